"""Elements of lists: what is set by the caller, and what the CRM sets itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.amocrm.emulator import checks, values
from connectors.amocrm.emulator.problems import Problem

if TYPE_CHECKING:
    from connectors.amocrm.emulator.journal import Change
    from connectors.amocrm.emulator.rows import Row
    from connectors.amocrm.emulator.state import State


def element(state: State, catalog_id: int, element_id: object) -> Row | None:
    """The element, None where this list has none of that id."""
    row = state.catalog_elements.get(element_id)
    return row if row is not None and row.get("catalog_id") == catalog_id else None


def create(state: State, catalog_id: int, items: list[Row], by: int) -> list[Row]:
    """The new elements, one for each item, or nothing at all when one is wrong."""
    with state.change(by) as change:
        _hold(state, catalog_id, items, "name")
        return [_add(change, catalog_id, item) for item in items]


def edit(state: State, catalog_id: int, items: list[Row], by: int) -> list[Row]:
    """The elements after the change, or nothing changed at all when one item is wrong."""
    with state.change(by) as change:
        _hold(state, catalog_id, items)
        for number, item in enumerate(items):
            if element(state, catalog_id, item.get("id")) is None:
                raise checks.refuse(number, item, "id")
        return [_edit(change, catalog_id, item) for item in items]


def _hold(state: State, catalog_id: int, items: list[Row], *required: str) -> None:
    if state.catalogs.get(catalog_id) is None:
        raise Problem(404, "Catalog not found")
    table = {"name": checks.string, "custom_fields_values": checks.fields_of(state.catalog_fields(catalog_id))}
    checks.hold(state, items, table, *required)


def _add(change: Change, catalog_id: int, item: Row) -> Row:
    rows = change.state.catalog_elements
    base: Row = {
        "id": rows.next_id(), "catalog_id": catalog_id, "created_by": change.by, "created_at": change.now,
        "is_deleted": False, "custom_fields_values": None, "account_id": change.state.account["id"],
    }  # fmt: skip
    return rows.put(_changed(change, catalog_id, base, item))


def _edit(change: Change, catalog_id: int, item: Row) -> Row:
    rows = change.state.catalog_elements
    return rows.put(_changed(change, catalog_id, rows.rows[item["id"]], item))


def _changed(change: Change, catalog_id: int, before: Row, item: Row) -> Row:
    row = {**before, "name": item.get("name", before.get("name", ""))}
    if "custom_fields_values" in item:
        fields = change.state.catalog_fields(catalog_id)
        row["custom_fields_values"] = values.merged(before, item["custom_fields_values"], fields)
    return {**row, "updated_at": change.now, "updated_by": change.by}
