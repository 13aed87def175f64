"""The legacy methods of deals, leads, contacts and companies, and of what hangs on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.bitrix24.emulator import selecting
from connectors.bitrix24.emulator.calls import Call, Method, Window, listed, read_filter, read_order
from connectors.bitrix24.emulator.changes import ENTITIES
from connectors.bitrix24.emulator.collection import Query
from connectors.bitrix24.emulator.filters import Column, Row, split
from connectors.bitrix24.emulator.replies import Reply, RestError
from connectors.bitrix24.emulator.schema import MULTIFIELDS
from connectors.bitrix24.emulator.state import LEAD_HISTORY

NOT_FOUND = "Not found"
_LABELS = ("EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL")


def methods() -> dict[str, Method]:
    """The methods by name, in lower case."""
    table: dict[str, Method] = {}
    for name in ENTITIES:
        table |= _of_entity(name)
    return table | {
        "crm.stagehistory.list": _history,
        "crm.timeline.comment.list": _comments,
        "crm.timeline.comment.add": _add_comment,
    }


def _of_entity(name: str) -> dict[str, Method]:
    return {
        f"{name}.list": lambda call: entities(call, name),
        f"{name}.get": lambda call: Reply(existing(call, name)),
        f"{name}.userfield.list": lambda call: _userfields(call, f"{name}.userfield"),
        f"{name}.userfield.get": lambda call: _userfield(call, f"{name}.userfield"),
        f"{name}.fields": lambda call: Reply({key: of.described() for key, of in call.state.fields(name).items()}),
        f"{name}.add": lambda call: Reply(call.state.add(name, call.fields(), user=call.user)),
        f"{name}.update": lambda call: _update(call, name),
        f"{name}.delete": lambda call: _delete(call, name),
    }


def entities(call: Call, name: str) -> Reply:
    """A page of a legacy list."""

    def resolve(field: str) -> Column | None:
        return call.state.column(name, field)

    query = Query(read_filter(call, "filter", resolve), read_order(call, resolve))
    shape = selecting.legacy(call.select(), call.state.fields(name).keys() | MULTIFIELDS)
    return listed(call, name, query, Window.legacy(call), shape)


def existing(call: Call, name: str) -> Row:
    """The row that the call's `id` names; a refusal where there is none."""
    number = call.number("id")
    if number <= 0:
        raise RestError("", "ID is not defined or invalid")
    row = call.state[name].get(number)
    if row is None:
        raise RestError("", NOT_FOUND)
    return row


def _update(call: Call, name: str) -> Reply:
    row = existing(call, name)
    call.state.update(name, int(row["ID"]), call.fields(), user=call.user)
    return Reply(result=True)


def _delete(call: Call, name: str) -> Reply:
    call.state.delete(name, int(existing(call, name)["ID"]))
    return Reply(result=True)


def _userfields(call: Call, name: str) -> Reply:
    query = _query(call, name)
    # Without a LANG in the filter the list has no labels at all [documented].
    language = call.mapping("filter").get("LANG")
    rows, _ = call.state[name].page(query, 0, 10**6, count=False)

    def shown(row: Row) -> Row:
        if language is None:
            return {key: value for key, value in row.items() if key not in _LABELS}
        return {**row, **{key: _in_language(row.get(key), str(language)) for key in _LABELS}}

    return Reply([shown(row) for row in rows], len(rows))


def _in_language(label: Any, language: str) -> Any:
    return label.get(language, "") if isinstance(label, Mapping) else label


def _userfield(call: Call, name: str) -> Reply:
    """One field, its labels in every language."""
    row = existing(call, name)
    labels = {key: row[key] if isinstance(row.get(key), Mapping) else {"ru": row.get(key) or ""} for key in _LABELS}
    return Reply({**row, **labels})


def _query(call: Call, name: str) -> Query:
    def resolve(field: str) -> Column | None:
        return call.state.column(name, field) if field != "LANG" else None

    return Query(read_filter(call, "filter", resolve), read_order(call, resolve))


def simple_list(name: str, *, pages: bool = True) -> Method:
    """A list without user fields and with few rows; with `pages` 50 at a time."""

    def method(call: Call) -> Reply:
        query = _query(call, name)
        known = call.state.fields(name).keys() | call.state[name].names
        select = [field for field in call.select() if field != "*"]
        shape = selecting.legacy(select, known) if select else list
        if pages:
            return listed(call, name, query, Window.legacy(call), shape)
        rows, total = call.state[name].page(query, 0, 10**9, count=True)
        return Reply(shape(rows), total)

    return method


def _history(call: Call) -> Reply:
    kind = call.number("entityTypeId")
    if kind not in (1, 2):
        raise RestError("ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported")
    name = LEAD_HISTORY if kind == 1 else "crm.stagehistory"
    known = call.state["crm.stagehistory"].names | {"ID"}

    def resolve(field: str) -> Column | None:
        return call.state.column("crm.stagehistory", field)

    def unknown(field: str) -> None:
        raise RestError("INVALID_ARG_VALUE", f"Invalid filter: field '{field}' is not allowed in filter")

    query = Query(read_filter(call, "filter", resolve, unknown=unknown), read_order(call, resolve))
    select = [field for field in call.select() if field != "*"]
    shape = selecting.legacy(select, known) if select else list
    return listed(call, name, query, Window.exact(call), lambda rows: {"items": shape(rows)})


def _comments(call: Call) -> Reply:
    given = call.mapping("filter")
    if not {"ENTITY_ID", "ENTITY_TYPE"} <= {split(key)[1] for key in given}:
        raise RestError("", "Access denied.")
    return simple_list("crm.timeline.comment")(call)


def _add_comment(call: Call) -> Reply:
    # Lower-case `fields` only [documented since crm 23.100].
    given = call.params.get("fields")
    if not isinstance(given, Mapping):
        raise RestError(100, "Could not find value for parameter {fields}")
    text = str(given.get("COMMENT") or "")
    if not text:
        raise RestError("INVALID_ARG_VALUE", "Comment message is empty")
    kind, owner = str(given.get("ENTITY_TYPE") or "").lower(), str(given.get("ENTITY_ID") or "")
    if f"crm.{kind}" not in ENTITIES or not owner.isdigit() or call.state[f"crm.{kind}"].get(int(owner)) is None:
        raise RestError("OWNER_NOT_FOUND", "Owner was not found.")
    row: dict[str, Any] = {"ENTITY_ID": owner, "ENTITY_TYPE": kind, "CREATED": call.state.now(), "COMMENT": text}
    row |= {"AUTHOR_ID": str(given.get("AUTHOR_ID") or call.user), "FILES": {}}
    return Reply(call.state.add("crm.timeline.comment", row, user=call.user))
