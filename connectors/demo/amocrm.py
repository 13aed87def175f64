"""The business as the data directory of the emulated amoCRM."""

from __future__ import annotations

from datetime import UTC, datetime, time
from itertools import count, pairwise
from typing import TYPE_CHECKING

from connectors.demo import amocrm_dictionaries as dictionaries
from connectors.demo import vocabulary as words
from connectors.demo.amocrm_dictionaries import ACCOUNT_ID, COMPLAINTS, FIELDS, SALES, STATUSES
from connectors.demo.files import Put, Row, array, save, save_one
from connectors.demo.model import FAILED, Kind, Move, Owner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from connectors.demo.model import Company, Contact, Deal, Note, Profile, Source, Todo

_ENTITY = {Owner.DEAL: "leads", Owner.COMPANY: "companies", Owner.CONTACT: "contacts"}
_TASK_TYPES = {Kind.CALL: 1, Kind.MEETING: 2, Kind.OTHER: 1}
_EVENT_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_EVENT_TAIL = 14

Due = dict[tuple[Owner, int], int]


def write(business: Source, directory: Path) -> None:
    """The directory holds the business; files of the same names are replaced."""
    directory.mkdir(parents=True, exist_ok=True)
    dictionaries.write(business, directory)
    due = _due(business)
    save(directory / "companies.json", (_company(company, due) for company in business.companies))
    save(directory / "contacts.json", (_contact(contact, due) for contact in business.contacts))
    with array(directory / "leads.json") as put_lead, array(directory / "events.json") as put_event:
        _write_deals(business, due, put_lead, put_event)
    save(directory / "tasks.json", map(_task, business.todos))
    save(directory / "notes.json", map(_note, business.notes))
    save_one(directory / "account.json", dictionaries.account())


def _write_deals(business: Source, due: Due, put_lead: Put, put_event: Put) -> None:
    numbers = count(1)
    for deal in business.deals:
        put_lead(_lead(deal, due.get((Owner.DEAL, deal.id))))
        if business.with_history:
            for event in _events(deal, numbers):
                put_event(event)


def _due(business: Source) -> Due:
    """The nearest open task of each entity, which amoCRM keeps on it as `closest_task_at`."""
    nearest: Due = {}
    for todo in business.todos:
        if todo.done_at is None:
            owner, seconds = (todo.owner, todo.owner_id), _seconds(todo.due_at)
            nearest[owner] = min(seconds, nearest.get(owner, seconds))
    return nearest


def _lead(deal: Deal, closest: int | None) -> Row:
    pipeline, status = _place(deal, deal.history[-1])
    reason = words.REASONS[deal.reason][0] if deal.reason else None
    companies = [{"id": deal.company_id}] if deal.company_id is not None else []
    contacts = [{"id": deal.contact_id, "is_main": True}] if deal.contact_id is not None else []
    return {
        "id": deal.id,
        "name": deal.title,
        "price": deal.amount,
        "responsible_user_id": deal.responsible_id,
        "group_id": 0,
        "status_id": status,
        "pipeline_id": pipeline,
        "loss_reason_id": reason,
        "source_id": None,
        "created_by": deal.responsible_id,
        "updated_by": deal.responsible_id,
        "created_at": _seconds(deal.created_at),
        "updated_at": _seconds(deal.updated_at),
        "closed_at": _seconds(deal.closed_at) if deal.closed_at else None,
        "closest_task_at": closest,
        "is_deleted": False,
        "custom_fields_values": _deal_fields(deal),
        "score": None,
        "account_id": ACCOUNT_ID,
        "labor_cost": None,
        "is_price_modified_by_robot": False,
        "_embedded": {
            "tags": [],
            "loss_reason": [dictionaries.LOSS_REASONS[deal.reason]] if deal.reason else [],
            "companies": companies,
            "contacts": contacts,
        },
    }


def _place(deal: Deal, move: Move) -> tuple[int, int]:
    pipeline = COMPLAINTS if deal.complaint else SALES
    return pipeline, STATUSES[pipeline][move.step]


def _events(deal: Deal, numbers: Iterator[int]) -> Iterator[Row]:
    for before, after in pairwise(deal.history):
        if before.step in FAILED and after.step in FAILED:
            # amoCRM has one failed status: nothing changes there.
            continue
        at = _seconds(after.at)
        yield {
            "id": _event_id(at, next(numbers)),
            "type": "lead_status_changed",
            "entity_id": deal.id,
            "entity_type": "lead",
            "created_by": deal.responsible_id,
            "created_at": at,
            "value_after": [_status_value(deal, after)],
            "value_before": [_status_value(deal, before)],
            "account_id": ACCOUNT_ID,
        }


def _status_value(deal: Deal, move: Move) -> Row:
    pipeline, status = _place(deal, move)
    return {"lead_status": {"id": status, "pipeline_id": pipeline}}


def _event_id(seconds: int, number: int) -> str:
    """A ULID, as the real ones look: milliseconds first, then what makes it unique."""
    value = (seconds * 1000) << (5 * 16) | number << 20 | 0x5A5A5
    return "".join(_EVENT_ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))


def _deal_fields(deal: Deal) -> list[Row] | None:
    values = (
        (words.REASON_TEXT, deal.reason_text),
        (words.SUB_REASON, deal.sub_reason),
        (words.DEAL_SOURCE, deal.source),
        (words.PLANNED_ON, _midnight(deal.planned_on)),
    )
    return [_value(field_id, value) for field_id, value in values if value] or None


def _profile_fields(profile: Profile, kind: str) -> list[Row]:
    values = (
        (words.QUARTER_VOLUME, str(profile.quarter_volume) if profile.quarter_volume else None),
        (words.BLACKLISTED, profile.blacklisted),
        (words.REGION, profile.region),
        (words.INDUSTRY, profile.industry),
        (words.NEED_ON, _midnight(profile.need_on)),
        (words.PARTNER, profile.partner),
    )
    return [_value(ids[kind], value) for ids, value in values if value]


def _value(field_id: int, value: object) -> Row:
    return {**FIELDS[field_id], "values": [{"value": value}]}


def _company(company: Company, due: Due) -> Row:
    return {
        "id": company.id,
        "name": company.name,
        **_owned(company, due.get((Owner.COMPANY, company.id))),
        "custom_fields_values": _profile_fields(company.profile, "company") or None,
        "account_id": ACCOUNT_ID,
        "_embedded": {"tags": []},
    }


def _contact(contact: Contact, due: Due) -> Row:
    reached = (
        (words.PHONE_FIELD, contact.phone, dictionaries.WORK_PHONE),
        (words.EMAIL_FIELD, contact.email, dictionaries.WORK_EMAIL),
    )
    fields = [
        {**FIELDS[field_id], "values": [{"value": value, "enum_id": enum, "enum_code": "WORK"}]}
        for field_id, value, enum in reached
    ]
    return {
        "id": contact.id,
        "name": f"{contact.first_name} {contact.last_name}",
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        **_owned(contact, due.get((Owner.CONTACT, contact.id))),
        "custom_fields_values": fields + _profile_fields(contact.profile, "contact"),
        "account_id": ACCOUNT_ID,
        "_embedded": {"tags": [], "companies": [{"id": contact.company_id}] if contact.company_id else []},
    }


def _owned(row: Company | Contact, closest: int | None) -> Row:
    return {
        "responsible_user_id": row.responsible_id,
        "group_id": 0,
        "created_by": row.responsible_id,
        "updated_by": row.responsible_id,
        "created_at": _seconds(row.created_at),
        "updated_at": _seconds(row.updated_at),
        "closest_task_at": closest,
        "is_deleted": False,
    }


def _task(todo: Todo) -> Row:
    return {
        "id": todo.id,
        "created_by": todo.responsible_id,
        "updated_by": todo.responsible_id,
        "created_at": _seconds(todo.created_at),
        "updated_at": _seconds(todo.done_at or todo.created_at),
        "responsible_user_id": todo.responsible_id,
        "group_id": 0,
        "entity_id": todo.owner_id,
        "entity_type": _ENTITY[todo.owner],
        "duration": 0,
        "is_completed": todo.done_at is not None,
        "task_type_id": _TASK_TYPES[todo.kind],
        "text": todo.text,
        "result": [],
        "complete_till": _seconds(todo.due_at),
        "account_id": ACCOUNT_ID,
    }


def _note(note: Note) -> Row:
    at = _seconds(note.created_at)
    return {
        "id": note.id,
        "entity_id": note.deal_id,
        "entity_type": "leads",
        "created_by": note.author_id,
        "updated_by": note.author_id,
        "created_at": at,
        "updated_at": at,
        "responsible_user_id": note.author_id,
        "group_id": 0,
        "note_type": "common",
        "params": {"text": note.text},
        "account_id": ACCOUNT_ID,
    }


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _midnight(day: date | None) -> int | None:
    """A date field: amoCRM keeps a day as an instant, here midnight UTC."""
    return None if day is None else _seconds(datetime.combine(day, time(), UTC))
