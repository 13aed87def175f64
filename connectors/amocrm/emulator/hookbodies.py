"""What a webhook says of an entity: the shape of API v2, which account webhooks still have, keys in the recorded order.

The order and the keys are those of the bodies recorded in 2025 and of the documentation's samples; see the tests.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from connectors.amocrm.emulator.rows import ELEMENT_TYPES, NOTE_TYPES, SINGULAR, Row, embedded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

_LISTED_AS_OBJECT = "radiobutton"
_DATES = frozenset({"date", "date_time"})


def lead(row: Row, **old: object) -> Row:
    """A lead; `old_status_id` and `old_responsible_user_id` where they changed."""
    return {
        "id": row["id"],
        "name": row.get("name") or "",
        "status_id": row.get("status_id"),
        "old_status_id": old.get("old_status_id"),
        "price": row.get("price") or 0,
        "responsible_user_id": row.get("responsible_user_id"),
        "last_modified": row.get("updated_at"),
        "modified_user_id": row.get("updated_by", 0),
        "created_user_id": row.get("created_by", 0),
        "date_create": row.get("created_at"),
        "pipeline_id": row.get("pipeline_id"),
        "tags": [{"id": tag.get("id"), "name": tag.get("name")} for tag in embedded(row, "tags")],
        "account_id": row.get("account_id"),
        "custom_fields": custom_fields(row, "leads"),
        "old_responsible_user_id": old.get("old_responsible_user_id"),
        "created_at": row.get("created_at"),
        "updated_at": row.get("updated_at"),
    }


def deleted_lead(row: Row) -> Row:
    """All that is said of a deleted lead."""
    return {"id": row["id"], "status_id": row.get("status_id"), "pipeline_id": row.get("pipeline_id")}


def client(row: Row, kind: str, leads: list[int], company: Row | None, **old: object) -> Row:
    """A contact or a company: both are sent under `contacts`, told apart by the last key."""
    return {
        "id": row["id"],
        "name": row.get("name") or "",
        "responsible_user_id": row.get("responsible_user_id"),
        "date_create": row.get("created_at"),
        "last_modified": row.get("updated_at"),
        "created_user_id": row.get("created_by", 0),
        "modified_user_id": row.get("updated_by", 0),
        "company_name": None if company is None else company.get("name"),
        "linked_company_id": None if company is None else company["id"],
        "account_id": row.get("account_id"),
        "custom_fields": custom_fields(row, kind),
        "linked_leads_id": {lead_id: {"ID": lead_id} for lead_id in leads},
        "old_responsible_user_id": old.get("old_responsible_user_id"),
        "created_at": row.get("created_at"),
        "updated_at": row.get("updated_at"),
        "type": TYPES[kind],
    }


TYPES = {"contacts": "contact", "companies": "company"}


def task(row: Row, **more: object) -> Row:
    """A task; its readable dates are in UTC, unlike those of notes (computed from the documentation's samples)."""
    till = row.get("complete_till") or 0
    return {
        "id": row["id"],
        "element_id": row.get("entity_id"),
        "element_type": ELEMENT_TYPES.get(str(row.get("entity_type"))),
        "task_type": row.get("task_type_id"),
        "date_create": _moment(row.get("created_at") or 0, UTC),
        "text": row.get("text") or "",
        "status": int(bool(row.get("is_completed"))),
        "account_id": row.get("account_id"),
        "created_user_id": row.get("created_by", 0),
        "last_modified": _moment(row.get("updated_at") or 0, UTC),
        "responsible_user_id": row.get("responsible_user_id"),
        "complete_till": _moment(till, UTC),
        **more,
        "created_at": row.get("created_at"),
        "updated_at": row.get("updated_at"),
        "complete_before": till,
    }


def note(row: Row, author: str, zone: ZoneInfo) -> Row:
    """A note, its readable dates in the account's time zone."""
    metadata = {"event_source": {"id": row.get("created_by", 0), "author_name": author, "type": 1}}
    return {
        "text": str((row.get("params") or {}).get("text") or ""),
        "attachement": "",  # spelt so by amoCRM
        "date_create": _moment(row.get("created_at") or 0, zone),
        "note_type": NOTE_TYPES.get(str(row.get("note_type")), 4),
        "element_type": ELEMENT_TYPES.get(str(row.get("entity_type"))),
        "element_id": row.get("entity_id"),
        "catalog_id": 0,
        "group_id": row.get("group_id") or 0,
        "timestamp_x": _moment(row.get("updated_at") or 0, zone),
        "account_id": row.get("account_id"),
        "metadata": json.dumps(metadata, ensure_ascii=False, separators=(",", ":")),
        "created_by": row.get("created_by", 0),
        "modified_by": row.get("updated_by", 0),
        "main_user_id": row.get("responsible_user_id"),
        "id": row["id"],
        "created_at": row.get("created_at"),
        "updated_at": row.get("updated_at"),
    }


def message(said: Row, kind: str, row_id: int, at: int) -> Row:
    """A message of a chat, with its words."""
    return {
        "id": said["id"],
        "chat_id": said["chat_id"],
        "talk_id": said["talk_id"],
        "contact_id": said["contact_id"],
        "text": said["text"],
        "created_at": at,
        "element_type": ELEMENT_TYPES.get(kind),
        "entity_type": SINGULAR[kind],
        "element_id": row_id,
        "entity_id": row_id,
        "type": said["type"],
        "author": said["author"],
        "origin": said["origin"],
    }


def custom_fields(row: Row, kind: str) -> list[Row]:
    """The filled custom fields as v2 wrote them."""
    return [_field(each, kind) for each in row.get("custom_fields_values") or ()]


def _field(each: Row, kind: str) -> Row:
    values: Any = [_value(value, each.get("field_type")) for value in each.get("values") or ()]
    if each.get("field_type") == _LISTED_AS_OBJECT and kind != "leads" and values:
        values = values[0]
    return {
        "id": each.get("field_id"),
        "name": each.get("field_name"),
        "values": values,
        "code": each.get("field_code"),
    }


def _value(value: Mapping[str, Any], kind: object) -> object:
    plain = value.get("value")
    if kind in _DATES:
        # A date stands alone, without the [value] key.
        return plain
    if kind == "birthday" and isinstance(plain, int):
        plain = datetime.fromtimestamp(plain, UTC).strftime("%d.%m.%Y")
    return {"value": plain, "enum": value.get("enum_id")}


def _moment(timestamp: int, zone: Any) -> str:
    return datetime.fromtimestamp(timestamp, zone).strftime("%Y-%m-%d %H:%M:%S")
