"""Lists, their fields and their elements (developers: catalogs-api)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from connectors.amocrm.emulator import answers, catalogs, checks, filters, render
from connectors.amocrm.emulator.problems import Problem
from connectors.amocrm.emulator.query import Selection

if TYPE_CHECKING:
    from connectors.amocrm.emulator.rows import Row
    from connectors.amocrm.emulator.state import State


def catalog_routes(state: State) -> Blueprint:
    """The routes of what an account keeps in lists."""
    routes = Blueprint("catalogs", __name__, url_prefix="/api/v4/catalogs")
    _catalogs(routes, state)
    _elements(routes, state)
    _writing(routes, state)
    return routes


def _catalogs(routes: Blueprint, state: State) -> None:
    @routes.get("/")
    def listed() -> Response:
        return answers.page(state, answers.ask(), "catalogs", state.catalogs, Selection())

    @routes.get("/<int:row_id>")
    def catalog(row_id: int) -> Response:
        return answers.hal(render.one("catalogs", state, state.catalogs.get(row_id), answers.base(), frozenset()))

    @routes.get("/<int:row_id>/custom_fields")
    def custom_fields(row_id: int) -> Response:
        rows = sorted(
            (state.custom_fields.rows[one] for one in state.custom_fields.group("catalog_id", row_id)),
            key=lambda row: (row.get("sort") or 0, row["id"]),
        )
        return answers.dictionary(state, answers.ask(), "custom_fields", rows)


def _elements(routes: Blueprint, state: State) -> None:
    @routes.get("/<int:row_id>/elements")
    def elements(row_id: int) -> Response:
        ask = answers.ask()
        selection = Selection(ids=state.catalog_elements.group("catalog_id", row_id))
        selection.tests.append(lambda row: row.get("catalog_id") == row_id)
        filters.narrow(selection, "elements", ask.filters)
        if ask.text:
            filters.search(selection, ask.text)
        return answers.page(state, ask, "elements", state.catalog_elements, selection)

    @routes.get("/<int:row_id>/elements/<int:element_id>")
    def element(row_id: int, element_id: int) -> Response:
        row = catalogs.element(state, row_id, element_id)
        return answers.hal(render.one("elements", state, row, answers.base(), frozenset()))


def _writing(routes: Blueprint, state: State) -> None:
    @routes.post("/<int:row_id>/elements")
    def create(row_id: int) -> Response:
        return _written(
            state, row_id, catalogs.create(state, row_id, checks.batch(answers.body()), answers.user(state))
        )

    @routes.patch("/<int:row_id>/elements")
    def edit(row_id: int) -> Response:
        return _written(state, row_id, catalogs.edit(state, row_id, checks.batch(answers.body()), answers.user(state)))

    @routes.patch("/<int:row_id>/elements/<int:element_id>")
    def edit_one(row_id: int, element_id: int) -> Response:
        item = checks.single(answers.body())
        if catalogs.element(state, row_id, element_id) is None:
            raise Problem(404, "Not found")
        [row] = catalogs.edit(state, row_id, [{**item, "id": element_id}], answers.user(state))
        return answers.hal(render.element(state, row, answers.base(), frozenset()))


def _written(state: State, catalog_id: int, rows: list[Row]) -> Response:
    """The elements whole: unlike other writes this one answers with more than ids."""
    base = answers.base()
    shown = [render.element(state, row, base, frozenset()) for row in rows]
    links = render.link(f"{base}/api/v4/catalogs/{catalog_id}/elements")
    return answers.hal({"_links": links, "_embedded": {"elements": shown}})
