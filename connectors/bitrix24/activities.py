"""Tasks and activities of Bitrix24 as ours (pure).

Both are a person's to-dos; of the activities, calls, letters and messages are contacts made once they are completed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from connectors.bitrix24.mapping import instant, instant_or_none, link
from integrator.domain import EntityKind, Task, TaskKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from connectors.bitrix24.mapping import Raw

TASK = "task"
ACTIVITY = "activity"
COMPLETED_STATUS = "5"
INCOMING = "1"
_OWNERS = {"1": EntityKind.LEAD, "2": EntityKind.DEAL, "3": EntityKind.CONTACT, "4": EntityKind.COMPANY}
OWNER_TYPES: Mapping[EntityKind, int] = {kind: int(number) for number, kind in _OWNERS.items()}
_BINDINGS = {"L": EntityKind.LEAD, "D": EntityKind.DEAL, "C": EntityKind.CONTACT, "CO": EntityKind.COMPANY}
BINDING_PREFIXES: Mapping[EntityKind, str] = {kind: prefix for prefix, kind in _BINDINGS.items()}
_NOTHING = frozenset({None, "", "0", 0})  # 0 is False too
_TYPES = {"1": TaskKind.MEETING, "2": TaskKind.CALL, "4": TaskKind.EMAIL}
# The providers that we know among those of type 6, which is for whatever has no type of its own.
_PROVIDERS = {
    "CRM_TODO": TaskKind.TASK,
    "CRM_MEETING": TaskKind.MEETING,
    "VISIT_TRACKER": TaskKind.MEETING,
    "CRM_CALL": TaskKind.CALL,
    "VOXIMPLANT_CALL": TaskKind.CALL,
    "CALL_TRACKER": TaskKind.CALL,
    "CRM_EMAIL": TaskKind.EMAIL,
    "CRM_WEBFORM": TaskKind.MESSAGE,
    "CRM_NOTIFICATION": TaskKind.MESSAGE,
}
# Open lines are IMOPENLINES_SESSION, short messages CRM_SMS; connectors of messengers name themselves.
_MESSENGERS = re.compile(r"OPEN_?LINE|CHAT|SMS|WHATSAPP|TELEGRAM|VIBER|MESSAGE")
# The shadow that a task bound to a CRM entity casts among its activities: the task itself is read as a task.
_SHADOWS = frozenset({"TASKS", "CRM_TASKS_TASK", "CRM_TASKS_TASK_COMMENT"})


def activity(row: Raw) -> Task | None:
    """Return the activity as a task; None for a task's shadow and for what hangs on no client, deal or lead."""
    kind = _OWNERS.get(str(row.get("OWNER_TYPE_ID")))
    owner = link(row.get("OWNER_ID"))
    shadow = row.get("PROVIDER_ID") in _SHADOWS and row.get("ASSOCIATED_ENTITY_ID") not in _NOTHING
    if kind is None or owner is None or shadow:
        return None
    completed = row.get("COMPLETED") == "Y"
    created = instant(row["CREATED"])
    updated = instant_or_none(row.get("LAST_UPDATED")) or created
    deed = kind_of(row)
    return Task(
        ACTIVITY,
        int(row["ID"]),
        kind,
        owner,
        link(row.get("RESPONSIBLE_ID")),
        row.get("SUBJECT") or "",
        instant_or_none(row.get("DEADLINE")),
        completed,
        _ended(row, deed, updated) if completed else None,
        created,
        updated,
        kind=deed,
        incoming=str(row.get("DIRECTION")) == INCOMING,
    )


def kind_of(row: Raw) -> TaskKind:
    """Return what the activity is, by its type, else by its provider; what nobody knows is a task."""
    known = _TYPES.get(str(row.get("TYPE_ID")))
    if known is not None:
        return known
    provider = str(row.get("PROVIDER_ID") or "").upper()
    told = _PROVIDERS.get(provider)
    if told is None:
        told = TaskKind.MESSAGE if _MESSENGERS.search(provider) else TaskKind.TASK
    return told


def tasks(row: Raw) -> list[Task]:
    """Return the task once for each client, deal and lead it is bound to."""
    return [_task(row, kind, entity_id) for kind, entity_id in bindings(row.get("ufCrmTask"))]


def bindings(value: Any) -> list[tuple[EntityKind, int]]:
    """Return what `D_10`, `L_4`, `C_7`, `CO_5` stand for; other things are left out, a value of no list is none."""
    found: list[tuple[EntityKind, int]] = []
    for item in (value,) if isinstance(value, str) else value if isinstance(value, list) else ():
        prefix, _, number = str(item).partition("_")
        kind = _BINDINGS.get(prefix)
        if kind is not None and number.isdigit() and (kind, int(number)) not in found:
            found.append((kind, int(number)))
    return found


def _ended(row: Raw, kind: TaskKind, updated: datetime) -> datetime:
    """Return when it was over: a contact when its END_TIME says, a to-do's END_TIME being only its deadline."""
    ended = None if kind is TaskKind.TASK else instant_or_none(row.get("END_TIME"))
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
