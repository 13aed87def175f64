"""The same rows as `crm.item.*` shows and takes them: other names, numbers as numbers, refusals instead of silence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from connectors.bitrix24.emulator import changes
from connectors.bitrix24.emulator.calls import Call, Method, Window, listed, read_filter, read_order
from connectors.bitrix24.emulator.changes import OWNERS
from connectors.bitrix24.emulator.collection import Query
from connectors.bitrix24.emulator.filters import split
from connectors.bitrix24.emulator.replies import Reply, RestError
from connectors.bitrix24.emulator.schema import ENTITY_TYPES, MULTIFIELDS, NEVER_RETURNED, camel, item_name
from connectors.bitrix24.emulator.values import NUMBERS

if TYPE_CHECKING:
    from connectors.bitrix24.emulator.filters import Column, Row

# An empty link is 0 here, where the legacy methods have null.
_ZERO_WHEN_EMPTY = frozenset({"COMPANY_ID", "CONTACT_ID"})
_FIXED: Row = {"observers": [], "webformId": 0}


def methods() -> dict[str, Method]:
    """The methods by name, in lower case."""
    return {
        "crm.item.list": _list,
        "crm.item.get": _get,
        "crm.item.add": _add,
        "crm.item.update": _update,
        "crm.item.delete": _delete,
        "crm.item.fields": _fields,
        "crm.item.productrow.list": _product_rows,
    }


def _kind(call: Call) -> tuple[int, str]:
    number = call.number("entityTypeId")
    if number not in ENTITY_TYPES:
        raise RestError("NOT_FOUND", "Smart process type was not found")
    return number, OWNERS[number]


def _names(call: Call, number: int) -> dict[str, str]:
    """The legacy name of each item field."""
    kind = ENTITY_TYPES[number]
    known = call.state.fields(OWNERS[number])
    return {_shown_name(call, kind, name): name for name in known if name not in MULTIFIELDS}


def _shown_name(call: Call, kind: str, name: str) -> str:
    if name.startswith("UF_") and str(call.get("useOriginalUfNames")).upper() == "Y":
        return name
    return item_name(kind, name)


def _list(call: Call) -> Reply:
    number, collection = _kind(call)
    names = _names(call, number)

    def resolve(field: str) -> Column | None:
        # Both official clients send an upper-case ID.
        legacy = "ID" if field == "ID" else names.get(field)
        return call.state.column(collection, legacy) if legacy else None

    def unknown(field: str) -> None:
        raise RestError("INVALID_ARG_VALUE", f"Invalid filter: field '{field}' is not allowed in filter")

    conditions = read_filter(call, "filter", resolve, unknown=unknown, logic=True)
    query = Query(conditions, read_order(call, resolve))
    return listed(call, collection, query, Window.exact(call), _shape(call, number, names))


def _shape(call: Call, number: int, names: Mapping[str, str]) -> Callable[[list[Row]], Any]:
    select = call.select()
    if not select or "*" in select:
        return lambda rows: {"items": [item(call, number, row, whole=True) for row in rows]}
    wanted = frozenset((*select, "id"))
    kept = {shown: legacy for shown, legacy in names.items() if shown in wanted or legacy in wanted}
    kinds = {name: field.kind for name, field in call.state.fields(OWNERS[number]).items()}

    def shape(rows: list[Row]) -> Any:
        plain = [{shown: _value(legacy, kinds[legacy], row) for shown, legacy in kept.items()} for row in rows]
        return {"items": plain}

    return shape


def item(call: Call, number: int, row: Row, *, whole: bool = True) -> Row:
    """The row as an item with all its fields."""
    kind = ENTITY_TYPES[number]
    known = call.state.fields(OWNERS[number])
    shown: Row = {}
    for name, field in known.items():
        if name not in MULTIFIELDS and name not in NEVER_RETURNED:
            shown[_shown_name(call, kind, name)] = _value(name, field.kind, row)
    multi = [entry for name in sorted(MULTIFIELDS, reverse=True) for entry in row.get(name) or ()]
    if whole and "HAS_PHONE" in known:
        shown["fm"] = [
            {"id": int(one["ID"]), "valueType": one["VALUE_TYPE"], "value": one["VALUE"], "typeId": one["TYPE_ID"]}
            for one in multi
        ]
    contact = _value("CONTACT_ID", "crm_contact", row)
    linked = {"contactIds": [contact] if contact else []} if "CONTACT_IDS" in known else {}
    return {**shown, **_FIXED, **linked, "entityTypeId": number}


def _value(name: str, kind: str, row: Row) -> Any:
    value = row.get(name)
    if kind not in NUMBERS or isinstance(value, list):
        return value
    if value is None or value == "":
        return 0 if name in _ZERO_WHEN_EMPTY else None
    number = float(value)
    return int(number) if number.is_integer() else number


def _existing(call: Call) -> tuple[int, str, Row]:
    number, collection = _kind(call)
    row = call.state[collection].get(call.number("id"))
    if row is None:
        raise RestError("NOT_FOUND", "Element not found")
    return number, collection, row


def _get(call: Call) -> Reply:
    number, _, row = _existing(call)
    return Reply({"item": item(call, number, row)})


def _legacy_fields(call: Call, number: int) -> Row:
    given = call.get("fields")
    if not isinstance(given, Mapping):
        raise RestError(100, "Could not find value for parameter {fields}")
    names = _names(call, number)
    written: Row = {names.get(str(key), str(key)): value for key, value in given.items()}
    return written | _multifields(written.pop("fm", None))


def _multifields(entries: Any) -> Row:
    found: Row = {}
    for entry in entries if isinstance(entries, list) else ():
        one = {"ID": entry.get("id"), "VALUE_TYPE": entry.get("valueType"), "VALUE": entry.get("value")}
        kept = {key: value for key, value in one.items() if value is not None}
        found.setdefault(str(entry.get("typeId")), []).append(kept)
    return found


def _add(call: Call) -> Reply:
    number, collection = _kind(call)
    created = call.state.add(collection, _legacy_fields(call, number), user=call.user)
    return Reply({"item": item(call, number, call.state[collection].rows[created])})


def _update(call: Call) -> Reply:
    number, collection, row = _existing(call)
    written = _legacy_fields(call, number)
    identity = int(row["ID"])
    funnel = str(written.pop("CATEGORY_ID", row.get("CATEGORY_ID") or "0"))
    try:
        if collection == "crm.deal" and funnel != str(row.get("CATEGORY_ID") or "0"):
            changes.move_to_funnel(call.state, identity, int(funnel), written, call.user)
        else:
            call.state.update(collection, identity, written, user=call.user)
    except RestError as refusal:
        # Here a wrong value has a name; the legacy methods have none.
        raise RestError(refusal.code or "CRM_FIELD_ERROR_VALUE_NOT_VALID", refusal.description) from None
    return Reply({"item": item(call, number, call.state[collection].rows[identity])})


def _delete(call: Call) -> Reply:
    _, collection, row = _existing(call)
    call.state.delete(collection, int(row["ID"]))
    return Reply([])


def _fields(call: Call) -> Reply:
    number, collection = _kind(call)
    kind = ENTITY_TYPES[number]
    told = {
        _shown_name(call, kind, name): {**field.described(), "upperName": name}
        for name, field in call.state.fields(collection).items()
        if name not in MULTIFIELDS
    }
    return Reply({"fields": told})


def _product_rows(call: Call) -> Reply:
    names = {camel(name): name for name in call.state.fields("crm.productrow")}

    def resolve(field: str) -> Column | None:
        return call.state.column("crm.productrow", names.get(field, ""))

    def unknown(field: str) -> None:
        raise RestError("INVALID_ARG_VALUE", f"Invalid filter: field '{field}' is not allowed in filter")

    if not any(split(name)[1] == "ownerType" for name in call.mapping("filter")):
        raise RestError("ACCESS_DENIED", "Access denied")
    query = Query(read_filter(call, "filter", resolve, unknown=unknown), read_order(call, resolve))

    def shape(rows: list[Row]) -> Any:
        return {"productRows": [_product_row(row) for row in rows]}

    return listed(call, "crm.productrow", query, Window.exact(call), shape)


def _product_row(row: Row) -> Row:
    whole = {"ID", "OWNER_ID"}
    return {camel(name): int(value) if name in whole else value for name, value in row.items()}
