"""Notes on leads, contacts and companies: calls, letters and what people write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from connectors.amocrm.emulator import answers, checks, filters, render, tasks
from connectors.amocrm.emulator.problems import Problem
from connectors.amocrm.emulator.query import Selection

if TYPE_CHECKING:
    from collections.abc import Hashable

    from connectors.amocrm.emulator.rows import Row
    from connectors.amocrm.emulator.state import State

_KINDS = "<any(leads,contacts,companies):kind>"
_SORTS = ("updated_at", "id")


def note_routes(state: State) -> Blueprint:
    """The routes of the notes."""
    routes = Blueprint("notes", __name__, url_prefix="/api/v4")
    _reading(routes, state)
    _writing(routes, state)
    return routes


def _reading(routes: Blueprint, state: State) -> None:
    def listed(kind: str, key: Hashable, group: str) -> Response:
        ask = answers.ask()
        with state.lock:
            selection = Selection(ids=state.notes.group(group, key))
        answers.order(selection, ask, _SORTS)
        selection.tests.append(lambda row: row.get("entity_type") == kind)
        filters.narrow(selection, "notes", ask.filters)
        return answers.page(state, ask, "notes", state.notes, selection)

    @routes.get(f"/{_KINDS}/notes")
    def all_notes(kind: str) -> Response:
        return listed(kind, kind, "entity_type")

    @routes.get(f"/{_KINDS}/<int:row_id>/notes")
    def notes(kind: str, row_id: int) -> Response:
        return listed(kind, (kind, str(row_id)), "entity")

    @routes.get(f"/{_KINDS}/notes/<int:note_id>")
    @routes.get(f"/{_KINDS}/<int:row_id>/notes/<int:note_id>")
    def note(kind: str, note_id: int, row_id: int | None = None) -> Response:
        row = state.notes.get(note_id)
        here = row is not None and row.get("entity_type") == kind and row_id in (None, row.get("entity_id"))
        return answers.hal(render.one("notes", state, row if here else None, answers.base(), frozenset()))


def _writing(routes: Blueprint, state: State) -> None:
    @routes.post(f"/{_KINDS}/notes")
    @routes.post(f"/{_KINDS}/<int:row_id>/notes")
    def create_notes(kind: str, row_id: int | None = None) -> Response:
        items = checks.batch(answers.body())
        if row_id is not None:
            items = [{**item, "entity_id": row_id} for item in items]
        rows = tasks.create_notes(state, kind, items, answers.user(state))
        return _noted(kind, rows, items)

    @routes.patch(f"/{_KINDS}/notes")
    @routes.patch(f"/{_KINDS}/<int:row_id>/notes")
    def edit_notes(kind: str, row_id: int | None = None) -> Response:  # noqa: ARG001 - the note's id says it all
        items = checks.batch(answers.body())
        rows = tasks.edit_notes(state, kind, items, answers.user(state))
        shown = [_note_edited(kind, row) for row in rows]
        links = render.link(f"{answers.base()}/api/v4/{kind}/notes")
        return answers.hal({"_links": links, "_embedded": {"notes": shown}})

    @routes.patch(f"/{_KINDS}/<int:row_id>/notes/<int:note_id>")
    def edit_note(kind: str, row_id: int, note_id: int) -> Response:  # noqa: ARG001 - the note's id says it all
        item = checks.single(answers.body())
        if state.notes.get(note_id) is None:
            raise Problem(404, "Not found")
        [row] = tasks.edit_notes(state, kind, [{**item, "id": note_id}], answers.user(state))
        return answers.hal(_note_edited(kind, row))


def _noted(kind: str, rows: list[Row], items: list[Row]) -> Response:
    shown = [
        {"id": row["id"], "entity_id": row["entity_id"], "request_id": checks.request_id(number, items[number]),
         "_links": _note_links(kind, row)}
        for number, row in enumerate(rows)
    ]  # fmt: skip
    links = render.link(f"{answers.base()}/api/v4/{kind}/notes")
    return answers.hal({"_links": links, "_embedded": {"notes": shown}})


def _note_edited(kind: str, row: Row) -> Row:
    own = {key: row[key] for key in ("id", "entity_id", "updated_at")}
    return {**own, "_links": _note_links(kind, row)}


def _note_links(kind: str, row: Row) -> Row:
    return render.link(f"{answers.base()}/api/v4/{kind}/{row['entity_id']}/notes/{row['id']}")
