"""Rows of Bitrix24 as ours (pure); what the API sends untyped ends here.

Everything is a string or null in the older methods, `"0"` stands for no link, instants bear the server's offset
(reference, 3.0 and 3.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from integrator.domain import (
    Company,
    Contact,
    Deal,
    EntityKind,
    Identity,
    Lead,
    Note,
    Outcome,
    StageChange,
    identity,
)

if TYPE_CHECKING:
    from connectors.bitrix24.fields import FieldSpec

Raw = Mapping[str, Any]

# "No deadline" is stored as the database's last day.
_NO_DEADLINE_YEAR = 9999
# Looked up once: a member of an enumeration costs as much as reading an instant.
_OPEN, _LOST = Outcome.OPEN, Outcome.LOST
_OUTCOMES = {"S": Outcome.WON, "F": _LOST}
_REACHED = (("PHONE", Identity.PHONE), ("EMAIL", Identity.EMAIL))
# Before a lead's failed status where it stands for the reason: `lead:JUNK`.
FAILED_LEAD = "lead:"


@dataclass(frozen=True, slots=True)
class Lookups:
    """What the rows refer to: configured fields by entity, names of sources, where the reason of a loss stands.

    `lead_loss` is where a lead's reason stands, None where a failed lead has its status alone. `sections` are the names
    of the catalogue's groups, `has_products` tells whether there is anything in the catalogue. `portal` is its name.
    """

    fields: Mapping[EntityKind, tuple[FieldSpec, ...]] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    loss: FieldSpec | None = None
    lead_loss: FieldSpec | None = None
    sections: Mapping[str, str] = field(default_factory=dict)
    has_products: bool = False
    portal: str = ""

    def specs(self, kind: EntityKind) -> tuple[FieldSpec, ...]:
        """Return the configured fields of an entity."""
        return self.fields.get(kind, ())


def instant(text: str) -> datetime:
    """Return the instant, aware; ValueError where the text is none."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def instant_or_none(text: Any) -> datetime | None:
    """Return the instant, None for an empty value and for the day that means "none"."""
    if not text or not isinstance(text, str):
        return None
    moment = instant(text)
    return None if moment.year >= _NO_DEADLINE_YEAR else moment


def link(value: Any) -> int | None:
    """Return the id linked to; None for null, "" and "0"."""
    return (int(value) or None) if value else None


def money(value: Any) -> Decimal:
    """Return the amount; nothing is zero."""
    if not value:
        return Decimal(0)
    try:
        return Decimal(value) if isinstance(value, str) else Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)


def company(row: Raw, lookups: Lookups) -> Company | None:
    """Return the company; None for one's own, which sells and does not buy."""
    if row.get("IS_MY_COMPANY") == "Y":
        return None
    created = instant(row["DATE_CREATE"])
    fields = _fields(row, lookups.specs(EntityKind.COMPANY))
    return Company(
        int(row["ID"]),
        row.get("TITLE") or "",
        link(row.get("ASSIGNED_BY_ID")),
        created,
        instant_or_none(row.get("DATE_MODIFY")) or created,
        fields,
        _keys(row, fields, lookups.portal),
    )


def contact(row: Raw, lookups: Lookups) -> Contact:
    """Return the contact."""
    created = instant(row["DATE_CREATE"])
    fields = _fields(row, lookups.specs(EntityKind.CONTACT))
    return Contact(
        int(row["ID"]),
        person_name(row),
        link(row.get("COMPANY_ID")),
        link(row.get("ASSIGNED_BY_ID")),
        created,
        instant_or_none(row.get("DATE_MODIFY")) or created,
        fields,
        _keys(row, fields, lookups.portal),
    )


def deal(row: Raw, lookups: Lookups) -> Deal:
    """Return the deal; closed when it came to its stage, never at CLOSEDATE, which people edit."""
    outcome = _OUTCOMES.get(row.get("STAGE_SEMANTIC_ID") or "", _OPEN)
    created = instant(row["DATE_CREATE"])
    moved = row.get("MOVED_TIME")
    fields = _fields(row, lookups.specs(EntityKind.DEAL))
    source = row.get("SOURCE_ID") or None
    return Deal(
        int(row["ID"]),
        row.get("TITLE") or "",
        int(row.get("CATEGORY_ID") or 0),
        row.get("STAGE_ID") or "",
        outcome,
        money(row.get("OPPORTUNITY")),
        row.get("CURRENCY_ID") or None,
        link(row.get("COMPANY_ID")),
        link(row.get("CONTACT_ID")),
        link(row.get("ASSIGNED_BY_ID")),
        created,
        instant_or_none(row.get("DATE_MODIFY")) or created,
        None if outcome is _OPEN else (instant(moved) if moved else created),
        _loss_reason(row, lookups.loss) if outcome is _LOST else None,
        fields.get("deal.source") or (lookups.sources.get(source, source) if source else None),
        fields,
    )


def lead(row: Raw, lookups: Lookups) -> Lead:
    """Return the lead; won when it was converted, lost when it is junk."""
    outcome = _OUTCOMES.get(row.get("STATUS_SEMANTIC_ID") or "", _OPEN)
    created = instant(row["DATE_CREATE"])
    ended = row.get("DATE_CLOSED") or row.get("MOVED_TIME")
    fields = _fields(row, lookups.specs(EntityKind.LEAD))
    source = row.get("SOURCE_ID") or None
    return Lead(
        int(row["ID"]),
        row.get("TITLE") or "",
        0,
        row.get("STATUS_ID") or "",
        outcome,
        money(row.get("OPPORTUNITY")),
        row.get("CURRENCY_ID") or None,
        link(row.get("COMPANY_ID")),
        link(row.get("CONTACT_ID")),
        link(row.get("ASSIGNED_BY_ID")),
        created,
        instant_or_none(row.get("DATE_MODIFY")) or created,
        None if outcome is _OPEN else (instant(ended) if ended else created),
        _lead_reason(row, lookups.lead_loss) if outcome is _LOST else None,
        fields.get("deal.source") or (lookups.sources.get(source, source) if source else None),
        fields,
    )


def stage_change(row: Raw) -> StageChange:
    """Return the change; its ids are numbers here, and texts on older portals."""
    return StageChange(
        str(row["ID"]),
        int(row["OWNER_ID"]),
        int(row.get("CATEGORY_ID") or 0),
        str(row.get("STAGE_ID") or ""),
        instant(row["CREATED_TIME"]),
    )


def note(row: Raw, deal_id: int) -> Note:
    """Return the comment on the deal's timeline."""
    return Note(int(row["ID"]), deal_id, row.get("COMMENT") or "", instant(row["CREATED"]), link(row.get("AUTHOR_ID")))


def person_name(row: Raw) -> str:
    """Return the person's name, first name first; the address or the number of who has none."""
    name = " ".join(part.strip() for key in ("NAME", "LAST_NAME") if (part := row.get(key)) and part.strip())
    return name or row.get("EMAIL_WORK") or ""


def _fields(row: Raw, specs: tuple[FieldSpec, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for spec in specs:
        value = row.get(spec.code)
        # Most fields of most rows are empty: looked at here, that costs next to nothing.
        if value is not None and value != "" and (text := spec.text(value)):
            found[spec.name] = text
    return found


def _loss_reason(row: Raw, loss: FieldSpec | None) -> str | None:
    """Return the reason's id: an option's or a text where a field holds it, else the failed stage."""
    if loss is None:
        return f"{int(row.get('CATEGORY_ID') or 0)}:{row.get('STAGE_ID')}"
    return loss.raw(row.get(loss.code)) or None


def _lead_reason(row: Raw, loss: FieldSpec | None) -> str | None:
    """Return the reason's id as a deal's; a failed status bears a mark, since deals may have a stage of its name."""
    if loss is None:
        return f"{FAILED_LEAD}{row.get('STATUS_ID')}"
    return loss.raw(row.get(loss.code)) or None


def _keys(row: Raw, fields: Mapping[str, str], portal: str) -> tuple[str, ...]:
    """Return the digests of all its phone numbers, addresses and its tax number, each once."""
    found = [
        identity(portal, kind, str(entry.get("VALUE") or ""))
        for code, kind in _REACHED
        # Absent where there is none; PHP may write a list with a gap in it as a map.
        if (entries := row.get(code))
        for entry in (entries.values() if isinstance(entries, Mapping) else entries)
    ]
    if tax_number := fields.get("client.tax_number"):
        found.append(identity(portal, Identity.TAX_NUMBER, tax_number))
    return tuple(dict.fromkeys(key for key in found if key is not None))
