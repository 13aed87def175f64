"""The business as the data directory of the emulated amoCRM."""

from __future__ import annotations

from datetime import UTC, datetime, time
from itertools import chain, count, pairwise
from typing import TYPE_CHECKING

from connectors.demo import amocrm_contacts as contacts
from connectors.demo import amocrm_dictionaries as dictionaries
from connectors.demo import vocabulary as words
from connectors.demo.amocrm_contacts import seconds
from connectors.demo.amocrm_dictionaries import ACCOUNT_ID, COMPLAINTS, FIELDS, SALES, STATUSES
from connectors.demo.files import Put, Row, array, save, save_one
from connectors.demo.model import FAILED, Kind, Means, Move, Owner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from connectors.demo.model import Company, Contact, Deal, Note, Profile, Source, Todo

_TASK_TYPES = {Kind.CALL: 1, Kind.MEETING: 2, Kind.OTHER: dictionaries.OTHER_TASK}

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
    spoken = (contacts.note(touch) for touch in business.touches if touch.means is not Means.MESSAGE)
    save(directory / "notes.json", chain(map(_note, business.notes), spoken))
    save_one(directory / "account.json", dictionaries.account())


def _write_deals(business: Source, due: Due, put_lead: Put, put_event: Put) -> None:
    numbers, sold = count(1), _sold(business)
    for deal in business.deals:
        put_lead(_lead(deal, due.get((Owner.DEAL, deal.id)), sold.get(deal.id, [])))
        if business.with_history:
            for event in _events(deal, numbers):
                put_event(event)
    for touch in business.touches:
        if touch.means is Means.MESSAGE:
            put_event(contacts.message(touch, next(numbers)))


def _sold(business: Source) -> dict[int, list[Row]]:
    """The elements of the catalogue on each deal."""
    sold: dict[int, list[Row]] = {}
    for line in business.lines:
        metadata = {"quantity": line.quantity, "catalog_id": dictionaries.CATALOG}
        sold.setdefault(line.deal_id, []).append({"id": line.product_id, "metadata": metadata})
    return sold


def _due(business: Source) -> Due:
    """The nearest open task of each entity, which amoCRM keeps on it as `closest_task_at`."""
    nearest: Due = {}
    for todo in business.todos:
        if todo.done_at is None:
            owner, at = (todo.owner, todo.owner_id), seconds(todo.due_at)
            nearest[owner] = min(at, nearest.get(owner, at))
    return nearest


def _lead(deal: Deal, closest: int | None, elements: list[Row]) -> Row:
    pipeline, status = _place(deal, deal.history[-1])
    reason = words.REASONS[deal.reason][0] if deal.reason else None
    company = [{"id": deal.company_id}] if deal.company_id is not None else []
    contact = [{"id": deal.contact_id, "is_main": True}] if deal.contact_id is not None else []
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
        "created_at": seconds(deal.created_at),
        "updated_at": seconds(deal.updated_at),
        "closed_at": seconds(deal.closed_at) if deal.closed_at else None,
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
            "companies": company,
            "contacts": contact,
            "catalog_elements": elements,
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
        yield {
            **contacts.event_head(after.at, next(numbers)),
            "type": "lead_status_changed",
            "entity_id": deal.id,
            "entity_type": "lead",
            "created_by": deal.responsible_id,
            "value_after": [_status_value(deal, after)],
            "value_before": [_status_value(deal, before)],
        }


def _status_value(deal: Deal, move: Move) -> Row:
    pipeline, status = _place(deal, move)
    return {"lead_status": {"id": status, "pipeline_id": pipeline}}


def _deal_fields(deal: Deal) -> list[Row] | None:
    values = (
        (words.REASON_TEXT, deal.reason_text),
        (words.SUB_REASON, deal.sub_reason),
        (words.DEAL_SOURCE, deal.source),
        (words.PLANNED_ON, _midnight(deal.planned_on)),
        (words.MARGIN, str(deal.margin) if deal.margin else None),
        (words.REFERRER, deal.referrer),
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
        (words.COMPLAINT, profile.complaint),
        (words.VERIFIED_ON, _midnight(profile.verified_on)),
    )
    return [_value(ids[kind], value) for ids, value in values if value]


def _value(field_id: int, value: object) -> Row:
    return {**FIELDS[field_id], "values": [{"value": value}]}


def _company(company: Company, due: Due) -> Row:
    return {
        "id": company.id,
        "name": company.name,
        **_owned(company, due.get((Owner.COMPANY, company.id))),
        "custom_fields_values": _company_fields(company) or None,
        "account_id": ACCOUNT_ID,
        "_embedded": {"tags": []},
    }


def _company_fields(company: Company) -> list[Row]:
    fields = _reached(company, dictionaries.COMPANY_PHONE, dictionaries.COMPANY_EMAIL)
    if company.profile.tax_number:
        entity = {"name": company.name, "entity_type": 2, "vat_id": company.profile.tax_number}
        fields.append(_value(dictionaries.LEGAL_ENTITY, entity))
    return fields + _profile_fields(company.profile, "company")


def _reached(client: Company | Contact, phone_field: int, email_field: int) -> list[Row]:
    """Numbers and addresses; the field is absent where there is none."""
    values = (
        (phone_field, client.phone, dictionaries.WORK_PHONE),
        (email_field, client.email, dictionaries.WORK_EMAIL),
    )
    return [
        {**FIELDS[field_id], "values": [{"value": value, "enum_id": enum, "enum_code": "WORK"}]}
        for field_id, value, enum in values
        if value
    ]


def _contact(contact: Contact, due: Due) -> Row:
    fields = _reached(contact, words.PHONE_FIELD, words.EMAIL_FIELD)
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
        "created_at": seconds(row.created_at),
        "updated_at": seconds(row.updated_at),
        "closest_task_at": closest,
        "is_deleted": False,
    }


def _task(todo: Todo) -> Row:
    return {
        "id": todo.id,
        "created_by": todo.responsible_id,
        "updated_by": todo.responsible_id,
        "created_at": seconds(todo.created_at),
        "updated_at": seconds(todo.done_at or todo.created_at),
        "responsible_user_id": todo.responsible_id,
        "group_id": 0,
        "entity_id": todo.owner_id,
        "entity_type": contacts.ENTITY[todo.owner],
        "duration": 0,
        "is_completed": todo.done_at is not None,
        "task_type_id": _TASK_TYPES[todo.kind],
        "text": todo.text,
        "result": [],
        "complete_till": seconds(todo.due_at),
        "account_id": ACCOUNT_ID,
    }


def _note(note: Note) -> Row:
    return {
        **contacts.note_head(note.id, note.author_id, note.created_at),
        "entity_id": note.deal_id,
        "entity_type": "leads",
        "note_type": "common",
        "params": {"text": note.text},
    }


def _midnight(day: date | None) -> int | None:
    """A date field: amoCRM keeps a day as an instant, here midnight UTC."""
    return None if day is None else seconds(datetime.combine(day, time(), UTC))
