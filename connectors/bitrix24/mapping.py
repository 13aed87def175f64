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

from integrator.domain import Company, Contact, Deal, EntityKind, Note, Outcome, StageChange, Task

if TYPE_CHECKING:
    from connectors.bitrix24.fields import FieldSpec

Raw = Mapping[str, Any]

TASK = "task"
ACTIVITY = "activity"
COMPLETED_STATUS = "5"
# "No deadline" is stored as the database's last day.
_NO_DEADLINE_YEAR = 9999
_NOTHING = frozenset({None, "", "0", 0})  # 0 is False too
# Looked up once: a member of an enumeration costs as much as reading an instant.
_OPEN, _LOST = Outcome.OPEN, Outcome.LOST
_OUTCOMES = {"S": Outcome.WON, "F": _LOST}
_OWNERS = {"2": EntityKind.DEAL, "3": EntityKind.CONTACT, "4": EntityKind.COMPANY}
OWNER_TYPES: Mapping[EntityKind, int] = {EntityKind.DEAL: 2, EntityKind.CONTACT: 3, EntityKind.COMPANY: 4}
_BINDINGS = {"D": EntityKind.DEAL, "C": EntityKind.CONTACT, "CO": EntityKind.COMPANY}
BINDING_PREFIXES: Mapping[EntityKind, str] = {kind: prefix for prefix, kind in _BINDINGS.items()}
# Meetings, calls and letters end when their END_TIME says; a to-do's END_TIME is only its deadline.
_TIMED_TYPES = frozenset({"1", "2", "4"})
# The shadow that a task bound to a CRM entity casts among its activities: the task itself is read as a task.
_SHADOWS = frozenset({"TASKS", "CRM_TASKS_TASK", "CRM_TASKS_TASK_COMMENT"})


@dataclass(frozen=True, slots=True)
class Lookups:
    """What the rows refer to: configured fields by entity, names of sources, where the reason of a loss stands."""

    fields: Mapping[EntityKind, tuple[FieldSpec, ...]] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    loss: FieldSpec | None = None

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
    return Company(
        int(row["ID"]),
        row.get("TITLE") or "",
        link(row.get("ASSIGNED_BY_ID")),
        created,
        instant_or_none(row.get("DATE_MODIFY")) or created,
        _fields(row, lookups.specs(EntityKind.COMPANY)),
    )


def contact(row: Raw, lookups: Lookups) -> Contact:
    """Return the contact."""
    created = instant(row["DATE_CREATE"])
    return Contact(
        int(row["ID"]),
        person_name(row),
        link(row.get("COMPANY_ID")),
        link(row.get("ASSIGNED_BY_ID")),
        created,
        instant_or_none(row.get("DATE_MODIFY")) or created,
        _fields(row, lookups.specs(EntityKind.CONTACT)),
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


def stage_change(row: Raw) -> StageChange:
    """Return the change; its ids are numbers here, and texts on older portals."""
    return StageChange(
        str(row["ID"]),
        int(row["OWNER_ID"]),
        int(row.get("CATEGORY_ID") or 0),
        str(row.get("STAGE_ID") or ""),
        instant(row["CREATED_TIME"]),
    )


def activity(row: Raw) -> Task | None:
    """Return the activity as a task; None for a task's shadow and for what hangs on no client and no deal."""
    kind = _OWNERS.get(str(row.get("OWNER_TYPE_ID")))
    owner = link(row.get("OWNER_ID"))
    shadow = row.get("PROVIDER_ID") in _SHADOWS and row.get("ASSOCIATED_ENTITY_ID") not in _NOTHING
    if kind is None or owner is None or shadow:
        return None
    completed = row.get("COMPLETED") == "Y"
    created = instant(row["CREATED"])
    updated = instant_or_none(row.get("LAST_UPDATED")) or created
    return Task(
        ACTIVITY,
        int(row["ID"]),
        kind,
        owner,
        link(row.get("RESPONSIBLE_ID")),
        row.get("SUBJECT") or "",
        instant_or_none(row.get("DEADLINE")),
        completed,
        _ended(row, updated) if completed else None,
        created,
        updated,
    )


def tasks(row: Raw) -> list[Task]:
    """Return the task once for each client and deal it is bound to."""
    return [_task(row, kind, entity_id) for kind, entity_id in bindings(row.get("ufCrmTask"))]


def bindings(value: Any) -> list[tuple[EntityKind, int]]:
    """Return what `D_10`, `C_7`, `CO_5` stand for; leads and the like are left out, a value of no list is none."""
    found: list[tuple[EntityKind, int]] = []
    for item in (value,) if isinstance(value, str) else value if isinstance(value, list) else ():
        prefix, _, number = str(item).partition("_")
        kind = _BINDINGS.get(prefix)
        if kind is not None and number.isdigit() and (kind, int(number)) not in found:
            found.append((kind, int(number)))
    return found


def note(row: Raw, deal_id: int) -> Note:
    """Return the comment on the deal's timeline."""
    return Note(int(row["ID"]), deal_id, row.get("COMMENT") or "", instant(row["CREATED"]), link(row.get("AUTHOR_ID")))


def person_name(row: Raw) -> str:
    """Return the person's name, first name first; the address or the number of who has none."""
    name = " ".join(part.strip() for key in ("NAME", "LAST_NAME") if (part := row.get(key)) and part.strip())
    return name or row.get("EMAIL_WORK") or ""


def _ended(row: Raw, updated: datetime) -> datetime:
    ended = instant_or_none(row.get("END_TIME")) if str(row.get("TYPE_ID")) in _TIMED_TYPES else None
    return updated if ended is None else min(ended, updated)


def _task(row: Raw, kind: EntityKind, entity_id: int) -> Task:
    # `status` is the real one; -1 to -3 in old answers are marks on an open task (reference, 3.9).
    completed = str(row.get("status")) == COMPLETED_STATUS
    created = instant(row["createdDate"])
    updated = instant_or_none(row.get("changedDate")) or created
    text = "\n".join(part for part in (row.get("title"), row.get("description")) if part)
    return Task(
        TASK,
        int(row["id"]),
        kind,
        entity_id,
        link(row.get("responsibleId")),
        text,
        instant_or_none(row.get("deadline")),
        completed,
        (instant_or_none(row.get("closedDate")) or updated) if completed else None,
        created,
        updated,
    )


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
