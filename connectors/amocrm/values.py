"""Values of amoCRM's own fields as text, by the type of the field (reference, 3.5); pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from zoneinfo import ZoneInfo


LEGAL_ENTITY, TAX_NUMBER = "legal_entity", "vat_id"


def text(field: Mapping[str, Any], timezone: ZoneInfo) -> str:
    """Return the values of one field, joined by commas; "" when it has none."""
    convert = _BY_TYPE.get(field.get("field_type") or "", _plain)
    # A date may stand bare in the list, without its {"value": ...}.
    values = (each.get("value") if isinstance(each, dict) else each for each in field.get("values") or ())
    return ", ".join(word for value in values if value is not None and (word := convert(value, timezone)))


def tax_numbers(field: Mapping[str, Any], timezone: ZoneInfo) -> tuple[str, ...]:
    """Return the tax numbers of a field: those of its legal entities, or what is written in it."""
    if field.get("field_type") != LEGAL_ENTITY:
        written = text(field, timezone)
        return (written,) if written else ()
    entities = (each.get("value") for each in field.get("values") or ())
    found = (str(entity.get(TAX_NUMBER) or "") for entity in entities if isinstance(entity, dict))
    return tuple(number for number in found if number)


def _plain(value: Any, _timezone: ZoneInfo) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return str(value.get("name") or "")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _flag(value: Any, _timezone: ZoneInfo) -> str:
    return "true" if str(value).lower() in {"true", "1"} else "false"


def _date(value: Any, timezone: ZoneInfo) -> str:
    # The instant is midnight where the account is, so in UTC it may be the day before.
    moment = _moment(value)
    return _plain(value, timezone)[:10] if moment is None else moment.astimezone(timezone).date().isoformat()


def _date_time(value: Any, timezone: ZoneInfo) -> str:
    moment = _moment(value)
    return _plain(value, timezone) if moment is None else moment.astimezone(timezone).isoformat()


def _moment(value: Any) -> datetime | None:
    """Return the instant of Unix seconds; None for the strings that older accounts give."""
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


_BY_TYPE: Mapping[str, Callable[[Any, ZoneInfo], str]] = {
    "checkbox": _flag,
    "date": _date,
    "birthday": _date,
    "date_time": _date_time,
}
