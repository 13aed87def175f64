"""Values of the portal's own fields as text, by the type the portal gave them (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TRUE = frozenset({"1", "Y", "TRUE"})
_FALSE = frozenset({"0", "N", "FALSE"})
# What these hold by their meaning, where the portal does not tell the type of a company's or a contact's own field.
_MEANT = {
    "client.blacklisted": "boolean",
    "client.partner": "boolean",
    "client.complaint": "boolean",
    "client.need_date": "date",
    "client.verified_at": "date",
    "deal.planned_at": "date",
}
_DATE_LENGTH = 10


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A configured field of one entity: our name, the CRM's code, its type, and the texts of its options."""

    name: str
    code: str
    type: str = "string"
    options: Mapping[str, str] = field(default_factory=dict)

    def text(self, value: Any) -> str:
        """Return the value as people read it, several joined by a comma; empty where there is none."""
        kind = _MEANT.get(self.name, self.type) if self.type == "string" else self.type
        if kind == "boolean":
            return _boolean(value)
        if _absent(value):
            return ""
        write = _WRITERS.get(kind, _plain)
        if isinstance(value, list | tuple):
            return ", ".join(text for item in value if not _absent(item) and (text := write(item, self)))
        return write(value, self)

    def raw(self, value: Any) -> str:
        """Return the value as the CRM keeps it (an option's id), the first of several; empty where there is none."""
        if isinstance(value, list | tuple):
            value = next((item for item in value if not _absent(item)), None)
        text = "" if _absent(value) else _plain(value, self)
        # An enumeration that was never set comes as "0" on some portals.
        return "" if self.type == "enumeration" and text == "0" else text


def calendar_date(text: str) -> date | None:
    """Return the day a `date` field means.

    It comes as midnight UTC written in the server's offset, `2024-09-09T03:00:00+03:00` (reference, 3.2).
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    if instant.tzinfo is None or len(text) <= _DATE_LENGTH:
        return instant.date()
    there = instant.astimezone(UTC)
    return there.date() if there.time() == datetime.min.time() else instant.date()


def _absent(value: Any) -> bool:
    # An empty value of PHP comes as null, "" or false; the number 0 is a value.
    return value is None or value is False or value == ""


def _plain(value: Any, _spec: FieldSpec) -> str:
    return str(value).strip()


def _option(value: Any, spec: FieldSpec) -> str:
    key = str(value).strip()
    return spec.options.get(key, "" if key == "0" else key)


def _date(value: Any, _spec: FieldSpec) -> str:
    text = str(value).strip()
    day = calendar_date(text)
    return text if day is None else day.isoformat()


def _money(value: Any, _spec: FieldSpec) -> str:
    return str(value).partition("|")[0].strip()


def _boolean(value: Any) -> str:
    text = "" if value is None else str(value).strip().upper()
    return "true" if text in _TRUE else "false" if text in _FALSE else text


_WRITERS: Mapping[str, Callable[[Any, FieldSpec], str]] = {
    "enumeration": _option,
    "crm_status": _option,
    "date": _date,
    "money": _money,
}
