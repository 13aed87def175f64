"""Calls, letters and messages that were made, as completed tasks; pure.

amoCRM keeps calls, SMS and letters as notes on a card, and of a chat's messages one event each (reference, 3.9).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from connectors.amocrm.mapping import instant
from integrator.domain import EntityKind, Task, TaskKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.amocrm.mapping import Json, Layout, Mapper

NOTE_ORIGIN, EVENT_ORIGIN = "note", "event"
# The kind, and whether the client began it; a letter says so itself.
NOTES: Mapping[str, tuple[TaskKind, bool]] = {
    "call_in": (TaskKind.CALL, True),
    "call_out": (TaskKind.CALL, False),
    "sms_in": (TaskKind.MESSAGE, True),
    "sms_out": (TaskKind.MESSAGE, False),
    "amomail_message": (TaskKind.EMAIL, False),
}
INCOMING_MESSAGE = "incoming_chat_message"
BOUND_TO = {"lead": EntityKind.DEAL, "contact": EntityKind.CONTACT, "company": EntityKind.COMPANY}
_SIGN = 1  # of 64 bits


def noted(kind: EntityKind) -> Mapper:
    """Return what makes a contact of a note on a card of this kind: a note does not say what it is on."""
    return lambda row, _layout: _of_note(row, kind)


def _of_note(row: Json, kind: EntityKind) -> Task | None:
    known = NOTES.get(row.get("note_type") or "")
    if known is None or not row.get("entity_id"):
        return None
    params = _params(row)
    at = instant(row.get("created_at"))
    return Task(
        origin=NOTE_ORIGIN,
        id=row["id"],
        entity_kind=kind,
        entity_id=row["entity_id"],
        responsible_id=_who(row, params),
        # A letter's subject, a short message's words; of a call there is nothing but a phone number.
        text=str(params.get("subject") or params.get("text") or ""),
        due_at=None,
        completed=True,
        completed_at=at,
        created_at=at,
        updated_at=instant(row.get("updated_at")),
        result=str(params.get("call_result") or ""),
        kind=known[0],
        incoming=known[1] or bool(params.get("income")),
    )


def message(row: Json, _layout: Layout) -> Task | None:
    """Return the message of a chat, None when it hangs on nothing that we keep."""
    bound = _bound(row)
    if bound is None:
        return None
    at = instant(row["created_at"])
    incoming = row["type"] == INCOMING_MESSAGE
    return Task(
        origin=EVENT_ORIGIN,
        id=number(str(row["id"])),
        entity_kind=bound[0],
        entity_id=bound[1],
        # A robot's messages have no author, and who wrote to us is no user.
        responsible_id=None if incoming else row.get("created_by") or None,
        text="",
        due_at=None,
        completed=True,
        completed_at=at,
        created_at=at,
        updated_at=at,
        kind=TaskKind.MESSAGE,
        incoming=incoming,
    )


def number(event_id: str) -> int:
    """Return the same positive 63-bit number for the same event: events are known by letters, tasks by numbers."""
    return int.from_bytes(hashlib.blake2b(event_id.encode(), digest_size=8).digest()) >> _SIGN


def _bound(row: Json) -> tuple[EntityKind, int] | None:
    kind = BOUND_TO.get(row.get("entity_type") or "")
    if kind is not None and row.get("entity_id"):
        return kind, row["entity_id"]
    # A talk about a customer, which we do not keep, names the contact beside it (reference, 3.9).
    contact = ((row.get("_embedded") or {}).get("entity") or {}).get("linked_talk_contact_id")
    return (EntityKind.CONTACT, int(contact)) if contact else None


def _params(row: Json) -> Mapping[str, Any]:
    params = row.get("params")
    return params if isinstance(params, dict) else {}


def _who(row: Json, params: Mapping[str, Any]) -> int | None:
    # A telephone service may give its own user's name or number there instead of the CRM's id.
    caller = params.get("call_responsible")
    known = caller if isinstance(caller, int) else 0
    return known or row.get("responsible_user_id") or row.get("created_by") or None
