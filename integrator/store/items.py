"""What the outbox holds, as values: a write, its states and reasons with a sentence each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from integrator.domain import Subject
from integrator.store.convert import from_json, from_micros, maybe_instant, to_json, wall_micros

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import RowMapping

    from integrator.domain import PlannedTask
    from integrator.store.batches import Record


class Action(StrEnum):
    """What is written to the CRM."""

    CREATE = "create"
    UPDATE = "update"
    COMPLETE = "complete"
    NOTE = "note"


class State(StrEnum):
    """How a write stands."""

    WAITING = "waiting"
    SENDING = "sending"
    UNKNOWN = "unknown"
    DONE = "done"
    DEAD = "dead"


class Reason(StrEnum):
    """Why a write is as it is, where its state alone does not say."""

    CLEARED_BEFORE_SENT = "CLEARED_BEFORE_SENT"
    CLEARED = "CLEARED"
    UNDONE = "UNDONE"
    DISCARDED = "DISCARDED"


SENTENCES: dict[State | Reason, str] = {
    State.WAITING: "it is sent as soon as it is due and the portal answers",
    State.SENDING: "a worker is sending it",
    State.UNKNOWN: "it may have reached the CRM or not: it is looked up there before it is sent again",
    State.DONE: "it is in the CRM, or need not be",
    State.DEAD: "the CRM refuses it for good: correct the cause, then retry or discard it",
    Reason.CLEARED_BEFORE_SENT: "its cause was gone before it was sent, so nothing was written",
    Reason.CLEARED: "the cause of its task is gone, so the task is completed",
    Reason.UNDONE: "a person took back what its rule made",
    Reason.DISCARDED: "a person discarded it",
}
UNFINISHED = (State.WAITING, State.SENDING, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Item:
    """One write; `subject` is whom it is about, `entity` what it is bound to in the CRM.

    `sent_at` is set while the write may have reached the CRM: then it is looked up before it is sent again.
    """

    id: int
    portal: str
    key: str
    action: Action
    subject: Subject
    rule: str
    template: str
    state: State
    reason: str | None
    attempts: int
    lookups: int
    remote_id: int | None
    not_before: datetime
    sent_at: datetime | None
    claimed_by: str | None
    claimed_at: datetime | None
    error: str | None
    payload: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime

    @property
    def entity(self) -> Subject:
        """The deal or client in the CRM on which the task stands."""
        return Subject.parse(self.payload["entity"])


@dataclass(frozen=True, slots=True)
class Due:
    """The next write and when it may be sent."""

    id: int
    not_before: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """How many writes stand in each state."""

    by_state: Mapping[State, int]

    @property
    def unfinished(self) -> int:
        """How many are still to be done."""
        return sum(self.by_state.get(state, 0) for state in UNFINISHED)


# The columns of a new row, in the order of `create_record` and `complete_record`.
COLUMNS = (
    "portal", "key", "action", "subject", "rule", "template", "state", "reason", "attempts", "lookups", "remote_id",
    "not_before", "error", "payload", "created_at", "updated_at",
)  # fmt: skip


def create_record(portal: str, task: PlannedTask) -> Record:
    """Return the row of a task that waits to be created."""
    payload = {
        "entity": str(task.entity),
        "responsible_id": task.responsible_id,
        "title": task.title,
        "text": task.text,
        "due_at": task.due_at.isoformat(),
        # The text ends with the marker by which the task is found again.
        "marker": task.text.rsplit("\n", 1)[-1],
    }
    now = wall_micros()
    head = (portal, task.key, Action.CREATE.value, str(task.subject), task.rule, task.template)
    return (*head, State.WAITING.value, None, 0, 0, None, 0, None, to_json(payload), now, now)


def complete_record(created: RowMapping, note: str, reason: Reason) -> Record:
    """Return the row by which the task of a created row waits to be completed."""
    payload = {"entity": from_json(created["payload"])["entity"], "note": note}
    now = wall_micros()
    head = (created["portal"], created["key"], Action.COMPLETE.value, created["subject"], created["rule"])
    state = (State.WAITING.value, reason.value, 0, 0, created["remote_id"], 0, None)
    return (*head, created["template"], *state, to_json(payload), now, now)


def item(row: RowMapping) -> Item:
    """Return a row as a value."""
    return Item(
        id=row["id"],
        portal=row["portal"],
        key=row["key"],
        action=Action(row["action"]),
        subject=Subject.parse(row["subject"]),
        rule=row["rule"],
        template=row["template"],
        state=State(row["state"]),
        reason=row["reason"],
        attempts=row["attempts"],
        lookups=row["lookups"],
        remote_id=row["remote_id"],
        not_before=from_micros(row["not_before"]),
        sent_at=maybe_instant(row["sent_at"]),
        claimed_by=row["claimed_by"],
        claimed_at=maybe_instant(row["claimed_at"]),
        error=row["error"],
        payload=from_json(row["payload"]),
        created_at=from_micros(row["created_at"]),
        updated_at=from_micros(row["updated_at"]),
    )


# Columns of a listing, by the contract's names in its order.
LISTED = (
    "id",
    "portal",
    "key",
    "subject",
    "rule",
    "action",
    "state",
    "reason",
    "attempts",
    "remote_id",
    "not_before",
    "error",
)


def listed(row: RowMapping) -> dict[str, Any]:
    """Return a row in the contract's form."""
    shown = {name: row[name] for name in LISTED}
    shown["not_before"] = from_micros(row["not_before"]).isoformat() if row["not_before"] else None
    return shown
