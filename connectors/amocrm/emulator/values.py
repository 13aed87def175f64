"""Custom field values and tags: what a write gives, turned into what a read shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from connectors.amocrm.emulator.rows import Row, embedded

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATES = frozenset({"date", "date_time", "birthday"})
_AS_GIVEN = frozenset(
    {"legal_entity", "file", "items", "linked_entity", "chained_list", "smart_address", "payer", "supplier"}
)


def merged(row: Row, given: Any, fields: Mapping[Any, Row]) -> list[Row] | None:
    """The fields after the write: given ones are replaced whole, cleared ones vanish; None when none is left."""
    kept = {each["field_id"]: each for each in row.get("custom_fields_values") or ()}
    for each in given or ():
        field = fields.get(each.get("field_id")) or fields.get(each.get("field_code")) or {}
        field_id = field.get("id", each.get("field_id"))
        if not each.get("values"):
            kept.pop(field_id, None)
            continue
        kept[field_id] = {
            "field_id": field_id,
            "field_name": field.get("name", ""),
            "field_code": field.get("code", each.get("field_code")),
            "field_type": field.get("type", "text"),
            "values": [_value(value, field) for value in each["values"]],
        }
    return list(kept.values()) or None


def _value(value: Row, field: Row) -> Row:
    enum = _enum(value, field.get("enums") or [])
    kind = field.get("type", "text")
    if enum is not None:
        own = value.get("value") if kind == "multitext" else enum.get("value")
        return {
            "value": own,
            "enum_id": enum["id"],
            "enum_code": enum.get("code") or (own if kind == "multitext" else None),
        }
    if kind == "multitext":
        first = (field.get("enums") or [{}])[0]
        return {
            "value": str(value.get("value")),
            "enum_id": first.get("id"),
            "enum_code": first.get("code") or first.get("value"),
        }
    return {"value": _plain(value.get("value"), kind)}


def _enum(value: Row, enums: list[Row]) -> Row | None:
    for key, of in (("enum_id", "id"), ("enum_code", "code"), ("enum_code", "value"), ("value", "value")):
        wanted = value.get(key)
        found = next((enum for enum in enums if wanted is not None and enum.get(of) == wanted), None)
        if found is not None:
            return found
    return None


def _plain(value: Any, kind: str) -> Any:
    if kind in _AS_GIVEN or value is None:
        return value
    if kind == "checkbox":
        return bool(value)
    if kind in _DATES:
        return _timestamp(value)
    return str(value)


def _timestamp(value: Any) -> Any:
    """Dates are accepted as Unix seconds or as RFC 3339 text and always read as seconds."""
    if isinstance(value, str) and not value.isdigit():
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    return int(value)


def tagged(row: Row, body: Row, new_id: int) -> list[Row]:
    """The tags after the write: `_embedded.tags` replaces all, `tags_to_add` and `tags_to_delete` do not."""
    tags = list(embedded(row, "tags"))
    inner = body.get("_embedded")
    if isinstance(inner, dict) and "tags" in inner:
        tags = []
        body = {**body, "tags_to_add": [*(inner["tags"] or []), *(body.get("tags_to_add") or [])]}
    for gone in body.get("tags_to_delete") or ():
        tags = [tag for tag in tags if not _same(tag, gone)]
    for number, new in enumerate(body.get("tags_to_add") or ()):
        if not any(_same(tag, new) for tag in tags):
            tags.append({"id": new.get("id") or new_id + number, "name": new.get("name", ""), "color": None})
    return tags


def _same(tag: Row, other: Row) -> bool:
    if other.get("id") is not None:
        return bool(tag.get("id") == other["id"])
    return bool(tag.get("name") == other.get("name"))
