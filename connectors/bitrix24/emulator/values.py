"""How a stored value compares: by the kind of its field, not by how it happens to be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.bitrix24.emulator.dates import MOSCOW, instant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

Key = bool | float | int | str

NUMBERS = frozenset(
    {"integer", "double", "user", "crm_category", "crm_company", "crm_contact", "crm_lead", "crm_quote"}
)
DATES = frozenset({"date", "datetime"})
_TRUE = frozenset({"1", "y", "yes", "true"})


def key(kind: str, value: Any, zone: tzinfo = MOSCOW) -> Key:
    """What two values of this kind are compared by; an empty number is 0, an empty text is ''."""
    if kind in NUMBERS:
        return _number(value)
    if kind in DATES:
        return _date(value, zone)
    if kind == "boolean":
        return value is True or str(value).lower() in _TRUE
    return _text(value)


def _number(value: Any) -> float | int:
    if isinstance(value, list | dict):
        # PHP's intval of an array: what an unresolved `$result[...]` of a batch ends up as.
        return 1 if value else 0
    if value in (None, "", False):
        return 0
    try:
        return int(value)
    except (TypeError, ValueError):
        pass
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0


def _date(value: Any, zone: tzinfo) -> float:
    seconds = instant(value, zone) if isinstance(value, str) and value else None
    return float("-inf") if seconds is None else seconds


def _text(value: Any) -> str:
    if value is None or value is False:
        return ""
    # MySQL's collation compares without case.
    return "1" if value is True else str(value).casefold()


def members(value: Any) -> Sequence[Any]:
    """The single values a field holds: of a multiple one each, of a multi-field (PHONE) the VALUE of each."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return (value,)
    if value and isinstance(value[0], dict):
        return [item.get("VALUE") for item in value]
    return value or (None,)
