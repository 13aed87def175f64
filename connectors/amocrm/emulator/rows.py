"""The words of amoCRM's API that several modules need. A row is one entity as the API itself returns it."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]

WON = 142
LOST = 143
"""The ids of the two closing statuses, the same in every pipeline (developers: leads-pipelines)."""

CHAT_MESSAGES = {True: "incoming_chat_message", False: "outgoing_chat_message"}
"""The types of the events of a chat, by whether the client wrote."""

CLOSING = frozenset({WON, LOST})

SINGULAR = {"leads": "lead", "contacts": "contact", "companies": "company", "customers": "customer", "tasks": "task"}
ELEMENT_TYPES = {"contacts": 1, "leads": 2, "companies": 3, "customers": 12}
"""Numbers of the entity types in webhooks (they keep the shape of API v2)."""

NOTE_TYPES = {"common": 4, "attachment": 5, "call_in": 10, "call_out": 11}


def embedded(row: Row, name: str) -> list[Row]:
    """The list of that name inside `_embedded`, empty when there is none."""
    inner = row.get("_embedded")
    found = inner.get(name) if isinstance(inner, dict) else None
    return found if isinstance(found, list) else []


def with_embedded(row: Row, **lists: list[Row]) -> Row:
    """A copy of the row with these lists inside `_embedded`."""
    return {**row, "_embedded": {**(row.get("_embedded") or {}), **lists}}


def talks_with(row: Row) -> int | None:
    """The contact in whose talk a message was written; such an event's entity may be a lead."""
    inner = (row.get("_embedded") or {}).get("entity") or {}
    return inner.get("linked_talk_contact_id")
