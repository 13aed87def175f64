"""The catalogue with its sections, and the lines of deals and leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connectors.bitrix24.emulator.collection import Query
from connectors.bitrix24.emulator.filters import Column, Condition, split
from connectors.bitrix24.emulator.methods_crm import existing, simple_list
from connectors.bitrix24.emulator.replies import Reply, RestError
from connectors.bitrix24.emulator.values import key

if TYPE_CHECKING:
    from connectors.bitrix24.emulator.calls import Call, Method
    from connectors.bitrix24.emulator.filters import Row

_OWNERS = {"crm.deal": "D", "crm.lead": "L"}
_CATALOG = "25"


def methods() -> dict[str, Method]:
    """The methods by name, in lower case."""
    table: dict[str, Method] = {}
    for name in _OWNERS:
        table |= _of_owner(name)
    for name in ("crm.product", "crm.productsection"):
        table |= _of_catalogue(name)
    return table | {"crm.productrow.list": _lines, "crm.productsection.list": _sections}


def _of_owner(name: str) -> dict[str, Method]:
    return {
        f"{name}.productrows.get": lambda call: Reply(_lines_of(call, name, int(existing(call, name)["ID"]))),
        f"{name}.productrows.set": lambda call: _set_lines(call, name),
    }


def _of_catalogue(name: str) -> dict[str, Method]:
    return {
        f"{name}.list": simple_list(name),
        f"{name}.get": lambda call: Reply(existing(call, name)),
        f"{name}.add": lambda call: _add(call, name),
        f"{name}.update": lambda call: _update(call, name),
        f"{name}.delete": lambda call: _delete(call, name),
    }


def _add(call: Call, name: str) -> Reply:
    given = call.fields()
    if not str(given.get("NAME") or "").strip():
        raise RestError("", "The field NAME is required.")
    now, user = call.state.now(), str(call.user)
    blank: dict[str, Any] = {
        field: None for field, of in call.state.fields(name).items() if field != "ID" and not of.read_only
    }
    blank |= {"CATALOG_ID": _CATALOG}
    if name == "crm.product":
        blank |= {"ACTIVE": "Y", "SORT": "500", "DATE_CREATE": now, "TIMESTAMP_X": now}
        blank |= {"CREATED_BY": user, "MODIFIED_BY": user}
    return Reply(call.state.add(name, {**blank, **_texts(given)}, user=call.user))


def _update(call: Call, name: str) -> Reply:
    changed = _texts(call.fields())
    if name == "crm.product":
        changed |= {"TIMESTAMP_X": call.state.now(), "MODIFIED_BY": str(call.user)}
    call.state.update(name, int(existing(call, name)["ID"]), changed, user=call.user)
    return Reply(result=True)


def _delete(call: Call, name: str) -> Reply:
    call.state.delete(name, int(existing(call, name)["ID"]))
    return Reply(result=True)


def _texts(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if value is None else str(value) for name, value in given.items() if name != "ID"}


def _sections(call: Call) -> Reply:
    """The sections of the catalogue; where no file names them, one for each that a product stands in."""
    if not len(call.state["crm.productsection"]):
        numbers = {int(row["SECTION_ID"]) for row in call.state["crm.product"] if row.get("SECTION_ID")}
        call.state["crm.productsection"].load(
            {"ID": str(number), "CATALOG_ID": _CATALOG, "SECTION_ID": None, "NAME": f"Раздел {number}", "XML_ID": None}
            for number in sorted(numbers)
        )
    return simple_list("crm.productsection")(call)


def _lines(call: Call) -> Reply:
    """Lines of the owners that the filter names; without an owner nobody may read."""
    given = call.mapping("filter")
    if not {"OWNER_ID", "OWNER_TYPE"} <= {split(name)[1] for name in given}:
        raise RestError("", "Access denied.")
    return simple_list("crm.productrow")(call)


def _lines_of(call: Call, name: str, owner: int) -> list[Row]:
    number, letter = Column("OWNER_ID", "integer"), Column("OWNER_TYPE", "string")
    own = Query((Condition(number, "eq", owner), Condition(letter, "eq", key("string", _OWNERS[name]))))
    rows, _ = call.state["crm.productrow"].page(own, 0, 10**6, count=False)
    return sorted(rows, key=lambda row: int(row.get("SORT") or 0))


def _set_lines(call: Call, name: str) -> Reply:
    """The owner has these lines and no others, and their sum as its amount [documented]."""
    owner = int(existing(call, name)["ID"])
    given = call.get("rows")
    rows = list(given.values()) if isinstance(given, Mapping) else given
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise RestError("", "The parameter 'rows' must be array.")
    lines = [_line(call, row, place) for place, row in enumerate(rows, 1)]
    collection = call.state["crm.productrow"]
    for old in _lines_of(call, name, owner):
        collection.remove(int(old["ID"]))
    for line in lines:
        number = collection.next_id()
        collection.put(number, {"ID": str(number), "OWNER_ID": str(owner), "OWNER_TYPE": _OWNERS[name], **line})
    total = sum(line["PRICE"] * line["QUANTITY"] for line in lines)
    call.state.update(name, owner, {"OPPORTUNITY": total}, user=call.user)
    return Reply(result=True)


def _line(call: Call, given: Mapping[str, Any], place: int) -> Row:
    """The line as it is given back: prices and quantities are numbers, ids are texts [on-premise source]."""
    try:
        number = int(given.get("PRODUCT_ID") or 0)
        price, quantity = float(given.get("PRICE") or 0), float(given.get("QUANTITY") or 1)
    except ValueError:
        raise RestError("", "Invalid value of a field of a product row") from None
    product = call.state["crm.product"].get(number) or {}
    return {
        "PRODUCT_ID": str(number),
        "PRODUCT_NAME": str(given.get("PRODUCT_NAME") or product.get("NAME") or ""),
        "ORIGINAL_PRODUCT_NAME": product.get("NAME"),
        "PRICE": price,
        "QUANTITY": quantity,
        "SORT": str(10 * place),
    }
