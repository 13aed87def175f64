"""Leads, contacts, companies, tasks and events: lists, single ones, and writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response

from connectors.amocrm.emulator import answers, checks, filters, render, tasks, writing
from connectors.amocrm.emulator.problems import Problem
from connectors.amocrm.emulator.query import Selection
from connectors.amocrm.emulator.webform import EVENTS_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.amocrm.emulator.rows import Row
    from connectors.amocrm.emulator.state import State

_KINDS = "<any(leads,contacts,companies):kind>"
_SORTS = {
    "leads": ("created_at", "updated_at", "id"),
    "contacts": ("updated_at", "id"),
    "companies": ("updated_at", "id"),
    "tasks": ("created_at", "complete_till", "id"),
    "events": ("created_at",),
}


def entity_routes(state: State) -> Blueprint:
    """The routes of what people work with."""
    routes = Blueprint("entities", __name__, url_prefix="/api/v4")
    _reading(routes, state)
    _writing(routes, state)
    _links(routes, state)
    _tasks(routes, state)
    _events(routes, state)

    @routes.get("/customers")
    @routes.get("/customers/<path:rest>")
    def customers(rest: str = "") -> Response:  # noqa: ARG001 - the rest of the path
        raise Problem(402, "Payment required")

    return routes


def _reading(routes: Blueprint, state: State) -> None:
    @routes.get(f"/{_KINDS}")
    def entities(kind: str) -> Response:
        ask = answers.ask()
        if kind == "leads" and "only_deleted" in ask.with_:
            return _binned(state)
        selection = Selection()
        answers.order(selection, ask, _SORTS[kind])
        if state.filters_enabled():
            filters.narrow(selection, kind, ask.filters)
        if ask.text:
            filters.search(selection, ask.text)
        return answers.page(state, ask, kind, state.collections[kind], selection)

    @routes.get(f"/{_KINDS}/<int:row_id>")
    def entity(kind: str, row_id: int) -> Response:
        row = state.collections[kind].get(row_id)
        return answers.hal(render.one(kind, state, row, answers.base(), answers.ask().with_))


def _binned(state: State) -> Response:
    """The recycle bin: a reduced model, and nothing of what was emptied from it."""
    ask = answers.ask()
    start = (ask.page - 1) * ask.limit
    with state.lock:
        found = [state.leads.bin[key] for key in sorted(state.leads.bin)][start : start + ask.limit + 1]
    if not found:
        raise Problem(204, "")
    shown = [render.binned(state, row, ask.base, ask.with_) for row in found[: ask.limit]]
    links = ask.links(further=len(found) > ask.limit)
    return answers.hal({"_page": ask.page, "_links": links, "_embedded": {"leads": shown}})


def _writing(routes: Blueprint, state: State) -> None:
    @routes.post(f"/{_KINDS}")
    def create(kind: str) -> Response:
        items = checks.batch(answers.body())
        return answers.written(kind, writing.create(state, kind, items, answers.user(state)), _echo(items))

    @routes.patch(f"/{_KINDS}")
    def edit(kind: str) -> Response:
        items = checks.batch(answers.body())
        return answers.written(
            kind, writing.edit(state, kind, items, answers.user(state)), _touched(items, always=False)
        )

    @routes.patch(f"/{_KINDS}/<int:row_id>")
    def edit_one(kind: str, row_id: int) -> Response:
        item = checks.single(answers.body())
        if state.collections[kind].get(row_id) is None:
            raise Problem(404, "Not found")
        row = writing.edit(state, kind, [{**item, "id": row_id}], answers.user(state))[0]
        return _edited(f"/api/v4/{kind}", row, item, always=False)

    @routes.post("/leads/complex")
    def create_complex() -> Response:
        items = checks.batch(answers.body(), writing.COMPLEX_LIMIT)
        return answers.hal(writing.create_complex(state, items, answers.user(state)))


def _links(routes: Blueprint, state: State) -> None:
    def change(kind: str, row_id: int, *, remove: bool) -> list[Row]:
        return writing.link(state, kind, row_id, checks.batch(answers.body()), answers.user(state), remove=remove)

    @routes.post(f"/{_KINDS}/<int:row_id>/link")
    def link(kind: str, row_id: int) -> Response:
        items = change(kind, row_id, remove=False)
        links = [{"to_entity_id": item["to_entity_id"], "to_entity_type": item["to_entity_type"],
                  "metadata": item.get("metadata")} for item in items]  # fmt: skip
        href = f"{answers.base()}/api/v4/{kind}/{row_id}/links"
        return answers.hal({"_total_items": len(links), "_links": render.link(href), "_embedded": {"links": links}})

    @routes.post(f"/{_KINDS}/<int:row_id>/unlink")
    def unlink(kind: str, row_id: int) -> Response:
        change(kind, row_id, remove=True)
        return Response(b"", 204)


def _tasks(routes: Blueprint, state: State) -> None:
    @routes.get("/tasks")
    def task_list() -> Response:
        ask = answers.ask()
        selection = Selection()
        answers.order(selection, ask, _SORTS["tasks"])
        filters.narrow(selection, "tasks", ask.filters)
        with state.lock:
            filters.tasks_of(selection, ask.filters, lambda key: state.tasks.group("entity", key))
        return answers.page(state, ask, "tasks", state.tasks, selection)

    @routes.get("/tasks/<int:row_id>")
    def task(row_id: int) -> Response:
        return answers.hal(render.one("tasks", state, state.tasks.get(row_id), answers.base(), frozenset()))

    @routes.post("/tasks")
    def create_tasks() -> Response:
        items = checks.batch(answers.body())
        return answers.written("tasks", tasks.create(state, items, answers.user(state)), _echo(items))

    @routes.patch("/tasks")
    def edit_tasks() -> Response:
        items = checks.batch(answers.body())
        return answers.written("tasks", tasks.edit(state, items, answers.user(state)), _touched(items, always=True))

    @routes.patch("/tasks/<int:row_id>")
    def edit_task(row_id: int) -> Response:
        item = checks.single(answers.body())
        if state.tasks.get(row_id) is None:
            raise Problem(404, "Not found")
        row = tasks.edit(state, [{**item, "id": row_id}], answers.user(state))[0]
        return _edited("/api/v4/tasks", row, item, always=True)


def _events(routes: Blueprint, state: State) -> None:
    @routes.get("/events")
    def events() -> Response:
        ask = answers.ask(EVENTS_LIMIT)
        filters.event_filters_hold(ask.filters)
        # Newest first unless asked otherwise.
        selection = Selection(order="created_at", descending=True)
        answers.order(selection, ask, _SORTS["events"])
        filters.narrow(selection, "events", ask.filters)
        filters.events_of(selection, ask.filters)
        return answers.page(state, ask, "events", state.events, selection)

    @routes.get("/events/<row_id>")
    def event(row_id: str) -> Response:
        row: Any = state.events.get(row_id)
        return answers.hal(render.one("events", state, row, answers.base(), frozenset()))


def _echo(items: list[Row]) -> Callable[[int, Row], Row]:
    return lambda number, _row: {"request_id": checks.request_id(number, items[number])}


def _touched(items: list[Row], *, always: bool) -> Callable[[int, Row], Row]:
    return lambda number, row: {"updated_at": row["updated_at"], **_request_id(number, items[number], always=always)}


def _request_id(number: int, item: Row, *, always: bool) -> Row:
    """Tasks echo a request id always, the others when one was given (as the samples show)."""
    return {"request_id": checks.request_id(number, item)} if always or "request_id" in item else {}


def _edited(path: str, row: Row, item: Row, *, always: bool) -> Response:
    links = render.link(f"{answers.base()}{path}/{row['id']}")
    return answers.hal(
        {"id": row["id"], "updated_at": row["updated_at"], **_request_id(0, item, always=always), "_links": links}
    )
