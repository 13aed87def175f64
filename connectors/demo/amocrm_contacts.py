"""Calls and letters as amoCRM's notes on a card, messages as its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.demo.amocrm_dictionaries import ACCOUNT_ID
from connectors.demo.model import Means, Owner

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.demo.files import Row
    from connectors.demo.model import Touch

ENTITY = {Owner.DEAL: "leads", Owner.COMPANY: "companies", Owner.CONTACT: "contacts"}
_SINGULAR = {Owner.DEAL: "lead", Owner.COMPANY: "company", Owner.CONTACT: "contact"}
_EVENT_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def note(touch: Touch) -> Row:
    """A call or a letter."""
    kind, params = _call(touch) if touch.means is Means.CALL else _letter(touch)
    return {
        **note_head(touch.id, touch.responsible_id, touch.at),
        "entity_id": touch.owner_id,
        "entity_type": ENTITY[touch.owner],
        "note_type": kind,
        "params": params,
    }


def note_head(number: int, author_id: int, at: datetime) -> Row:
    """What every note has."""
    return {
        "id": number,
        "created_by": author_id,
        "updated_by": author_id,
        "created_at": seconds(at),
        "updated_at": seconds(at),
        "responsible_user_id": author_id,
        "group_id": 0,
        "account_id": ACCOUNT_ID,
    }


def message(touch: Touch, number: int) -> Row:
    """A message of a chat: amoCRM tells that it was written, and not what it says."""
    author = 0 if touch.incoming else touch.responsible_id
    said = {"message": {"id": f"message-{touch.id}", "origin": "telegram", "talk_id": touch.owner_id}}
    return {
        **event_head(touch.at, number),
        "type": "incoming_chat_message" if touch.incoming else "outgoing_chat_message",
        "entity_id": touch.owner_id,
        "entity_type": _SINGULAR[touch.owner],
        "created_by": author,
        "value_after": [said],
        "value_before": [],
    }


def event_head(at: datetime, number: int) -> Row:
    """What every event has."""
    return {"id": _event_id(seconds(at), number), "created_at": seconds(at), "account_id": ACCOUNT_ID}


def seconds(at: datetime) -> int:
    """An instant as amoCRM writes it."""
    return int(at.timestamp())


def _call(touch: Touch) -> tuple[str, Row]:
    # What a call came to is written by hand, in amoCRM alone: here nobody did.
    told = {"uniq": f"call-{touch.id}", "duration": 30 + touch.id % 400, "source": "АТС", "call_result": ""}
    return "call_in" if touch.incoming else "call_out", {**told, "call_responsible": touch.responsible_id}


def _letter(touch: Touch) -> tuple[str, Row]:
    return "amomail_message", {"income": touch.incoming, "subject": touch.text, "thread_id": touch.id}


def _event_id(at: int, number: int) -> str:
    """A ULID, as the real ones look: milliseconds first, then what makes it unique."""
    value = (at * 1000) << (5 * 16) | number << 20 | 0x5A5A5
    return "".join(_EVENT_ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))
