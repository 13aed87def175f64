"""What a write must satisfy; a batch with one wrong item is refused whole, each fault named by a dotted path.

References are only checked against dictionaries that have rows: an emulator started without `users.json`
takes any user id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from connectors.amocrm.emulator.problems import Problem, empty, invalid
from connectors.amocrm.emulator.rows import Row, embedded

if TYPE_CHECKING:
    from connectors.amocrm.emulator.state import State

MOST_ITEMS = 250
_MOMENTS = ("complete_till", "created_at", "updated_at", "closed_at")
TASK_TARGETS = frozenset({"leads", "contacts", "companies", "customers"})

Fault = tuple[str, str, str]
"""Code, path, detail."""
Check = Callable[["State", Any, str], Iterator[Fault]]


def batch(body: object, most: int = MOST_ITEMS) -> list[Row]:
    """The items of a write on a collection."""
    if not body:
        raise empty()
    if not isinstance(body, list):
        raise invalid([_entry(0, {}, [_type("", "array")])])
    if len(body) > most:
        raise Problem(422, f"Limit {most} per page")
    return [_whole(item) if isinstance(item, dict) else {"": item} for item in body]


def single(body: object) -> Row:
    """The object of a write on one entity."""
    if not body:
        raise empty()
    if not isinstance(body, dict):
        raise invalid([_entry(0, {}, [_type("", "object")])])
    return _whole(body)


def _whole(item: Row) -> Row:
    """Moments as whole numbers: 1796119200.0, which a client in wide use sends, is taken (unlike a float price)."""
    moments = {key: int(item[key]) for key in _MOMENTS if isinstance(item.get(key), float) and item[key].is_integer()}
    return {**item, **moments}


def hold(state: State, items: list[Row], table: Mapping[str, Check], *required: str) -> None:
    """Raises the 400 that names every fault of every item, unless there is none."""
    entries = []
    for number, item in enumerate(items):
        faults = [("FieldMissing", name, "This field is missing.") for name in required if item.get(name) is None]
        for name, check in table.items():
            if name in item:
                faults.extend(check(state, item[name], name))
        if faults:
            entries.append(_entry(number, item, faults))
    if entries:
        raise invalid(entries)


def refuse(number: int, item: Row, path: str) -> Problem:
    """One item names something that does not exist."""
    return invalid([_entry(number, item, [_choice(path)])])


def request_id(number: int, item: Row) -> str:
    """What the caller calls the item, else its place in the batch."""
    return str(item.get("request_id", number))


def _entry(number: int, item: Row, faults: list[Fault]) -> Row:
    errors = [{"code": code, "path": path, "detail": detail} for code, path, detail in faults]
    return {"request_id": request_id(number, item), "errors": errors}


def _type(path: str, kind: str) -> Fault:
    return "InvalidType", path, f"This value should be of type {kind}."


def _choice(path: str) -> Fault:
    return "NotSupportedChoice", path, "The value you selected is not a valid choice."


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def integer(_state: State, value: Any, path: str) -> Iterator[Fault]:
    """A whole number; amocrm.ru refuses a float price."""
    if not _is_int(value):
        yield _type(path, "int")


def maybe_integer(state: State, value: Any, path: str) -> Iterator[Fault]:
    """A whole number or null."""
    if value is not None:
        yield from integer(state, value, path)


def string(_state: State, value: Any, path: str) -> Iterator[Fault]:
    """A text."""
    if not isinstance(value, str):
        yield _type(path, "string")


def boolean(_state: State, value: Any, path: str) -> Iterator[Fault]:
    """True or false."""
    if not isinstance(value, bool):
        yield _type(path, "bool")


def known(collection: str, *allowed: object) -> Check:
    """An id of a row of that collection, or one of the allowed values."""

    def check(state: State, value: Any, path: str) -> Iterator[Fault]:
        rows = state.collections[collection]
        if value in allowed:
            return
        if not _is_int(value):
            yield _type(path, "int")
        elif rows.rows and rows.get(value) is None:
            yield _choice(path)

    return check


def target_kind(_state: State, value: Any, path: str) -> Iterator[Fault]:
    """A kind of entity that tasks may be on."""
    if value is not None and not (isinstance(value, str) and value in TASK_TARGETS):
        yield _choice(path)


def task_type(state: State, value: Any, path: str) -> Iterator[Fault]:
    """A type of task that the account has."""
    types = embedded(state.account, "task_types")
    if not _is_int(value):
        yield _type(path, "int")
    elif types and value not in {each["id"] for each in types}:
        yield _choice(path)


def result(_state: State, value: Any, path: str) -> Iterator[Fault]:
    """The result of a task: an object with its text."""
    if value in ([], None):
        return
    if not isinstance(value, dict):
        yield _type(path, "array")
    elif not isinstance(value.get("text"), str):
        yield _type(f"{path}.text", "string")


def custom_fields(kind: str) -> Check:
    """Values of fields that this kind of entity has, with choices that the fields have."""

    def check(state: State, value: Any, path: str) -> Iterator[Fault]:
        yield from fields_of(state.fields(kind))(state, value, path)

    return check


def fields_of(fields: dict[Any, Row]) -> Check:
    """Values of these fields, with choices that they have."""

    def check(state: State, value: Any, path: str) -> Iterator[Fault]:
        if value is None:
            return
        if not isinstance(value, list):
            yield _type(path, "array")
            return
        for number, each in enumerate(value):
            yield from _one_field(state, fields, each, f"{path}.{number}")

    return check


def _one_field(state: State, fields: dict[Any, Row], each: Any, path: str) -> Iterator[Fault]:
    if not isinstance(each, dict):
        yield _type(path, "array")
        return
    key = "field_id" if each.get("field_id") is not None else "field_code"
    field = fields.get(each.get(key))
    if field is None:
        if state.custom_fields.rows:
            yield _choice(f"{path}.{key}")
        return
    values = each.get("values")
    if values is not None and not isinstance(values, list):
        yield _type(f"{path}.values", "array")
        return
    for number, value in enumerate(values or ()):
        yield from _one_value(field, value, f"{path}.values.{number}")


def _one_value(field: Row, value: Any, path: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield _type(path, "array")
        return
    enums = field.get("enums") or []
    for key, of in (("enum_id", "id"), ("enum_code", "code")):
        wanted = value.get(key)
        if enums and wanted is not None and wanted not in {enum.get(of) for enum in enums}:
            yield _choice(f"{path}.{key}")
    if field.get("type") in ("select", "radiobutton", "multiselect") and value.get("enum_id") is None:
        texts = {enum.get("value") for enum in enums}
        if enums and value.get("enum_code") is None and value.get("value") not in texts:
            yield _choice(f"{path}.value")


def tags(_state: State, value: Any, path: str) -> Iterator[Fault]:
    """A list of {id} or {name}."""
    if value is not None and not (isinstance(value, list) and all(isinstance(each, dict) for each in value)):
        yield _type(path, "array")


def linked(_state: State, value: Any, path: str) -> Iterator[Fault]:
    """Lists of objects by name; null takes all tags away."""
    if not isinstance(value, dict):
        yield _type(path, "array")
        return
    for name, items in value.items():
        yield from tags(_state, items if isinstance(items, list | None) else [None], f"{path}.{name}")


_PERSON = known("users", 0, None)
_COMMON: dict[str, Check] = {
    "id": integer,
    "_embedded": linked,
    "": lambda _state, _value, path: iter([_type(path, "array")]),
    "responsible_user_id": known("users"),
    "created_by": _PERSON,
    "updated_by": _PERSON,
    "created_at": integer,
    "updated_at": integer,
}
LEAD: dict[str, Check] = {
    **_COMMON,
    "name": string,
    "price": integer,
    "status_id": integer,
    "pipeline_id": known("pipelines"),
    "loss_reason_id": known("loss_reasons", None),
    "closed_at": maybe_integer,
    "custom_fields_values": custom_fields("leads"),
    "tags_to_add": tags,
    "tags_to_delete": tags,
}
CONTACT: dict[str, Check] = {
    **_COMMON,
    "name": string,
    "first_name": string,
    "last_name": string,
    "custom_fields_values": custom_fields("contacts"),
    "tags_to_add": tags,
    "tags_to_delete": tags,
}
COMPANY: dict[str, Check] = {
    **_COMMON,
    "name": string,
    "custom_fields_values": custom_fields("companies"),
    "tags_to_add": tags,
    "tags_to_delete": tags,
}
TASK: dict[str, Check] = {
    **_COMMON,
    "text": string,
    "complete_till": integer,
    "entity_id": maybe_integer,
    "entity_type": target_kind,
    "task_type_id": task_type,
    "duration": integer,
    "is_completed": boolean,
    "result": result,
}
ENTITIES: dict[str, dict[str, Check]] = {"leads": LEAD, "contacts": CONTACT, "companies": COMPANY}
