"""By what a card is known for another's twin: digests of its phone numbers, addresses and tax number; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.amocrm.values import LEGAL_ENTITY, tax_numbers
from integrator.domain import Identity, identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

# What every account's own fields of contacts and companies are called (reference, 3.5).
CODES = {"PHONE": Identity.PHONE, "EMAIL": Identity.EMAIL}


def keys(portal: str, row: Mapping[str, Any], tax_field: str | None, timezone: ZoneInfo) -> tuple[str, ...]:
    """Return the card's keys, each once; `tax_field` is the field, by id or code, that the configuration names."""
    # null, not [], when none is set (reference, 3.3).
    fields = row.get("custom_fields_values") or ()
    given = (identity(portal, *each) for field in fields for each in _values(field, tax_field, timezone))
    return tuple(dict.fromkeys(key for key in given if key))


def _values(field: Mapping[str, Any], tax_field: str | None, timezone: ZoneInfo) -> Iterator[tuple[Identity, str]]:
    code = field.get("field_code") or ""
    if field.get("field_type") == LEGAL_ENTITY or (tax_field and tax_field in (str(field.get("field_id")), code)):
        yield from ((Identity.TAX_NUMBER, number) for number in tax_numbers(field, timezone))
    elif kind := CODES.get(code):
        yield from ((kind, str(each["value"])) for each in field.get("values") or () if each.get("value"))
