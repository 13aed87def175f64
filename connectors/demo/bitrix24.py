"""The business as the data directory of the emulated Bitrix24."""

from __future__ import annotations

from datetime import UTC, datetime, time
from itertools import count
from typing import TYPE_CHECKING

from connectors.demo import bitrix24_activities as activities
from connectors.demo import bitrix24_dictionaries as dictionaries
from connectors.demo import vocabulary as words
from connectors.demo.bitrix24_activities import written
from connectors.demo.bitrix24_dictionaries import COMPLAINTS, SALES, SEMANTICS, STAGES
from connectors.demo.files import Put, Row, array, save
from connectors.demo.model import CLOSED, MOSCOW, Owner, Step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from connectors.demo.model import Company, Contact, Deal, Line, Note, Product, Profile, Source, Todo

_BINDINGS = {Owner.DEAL: "D", Owner.CONTACT: "C", Owner.COMPANY: "CO"}
_CREATED, _MOVED, _FINAL = 1, 2, 3
_UTM = dict.fromkeys(("UTM_SOURCE", "UTM_MEDIUM", "UTM_CAMPAIGN", "UTM_CONTENT", "UTM_TERM"))
_DEAL: Row = {
    "TYPE_ID": "SALE",
    "PROBABILITY": None,
    "CURRENCY_ID": "RUB",
    "IS_MANUAL_OPPORTUNITY": "Y",
    "TAX_VALUE": "0.00",
    "LEAD_ID": None,
    "QUOTE_ID": None,
    "OPENED": "Y",
    "COMMENTS": "",
    "ADDITIONAL_INFO": None,
    "LOCATION_ID": None,
    "IS_NEW": "N",
    "IS_RECURRING": "N",
    "IS_RETURN_CUSTOMER": "N",
    "IS_REPEATED_APPROACH": "N",
    "SOURCE_DESCRIPTION": "",
    "ORIGINATOR_ID": None,
    "ORIGIN_ID": None,
    **_UTM,
}
_CLIENT: Row = {
    "HAS_IMOL": "N",
    "LEAD_ID": None,
    "COMMENTS": "",
    "OPENED": "Y",
    "ORIGINATOR_ID": None,
    "ORIGIN_ID": None,
    "ORIGIN_VERSION": None,
    "ADDRESS": None,
    "ADDRESS_CITY": None,
    "ADDRESS_COUNTRY": None,
    **_UTM,
}


def write(business: Source, directory: Path) -> None:
    """The directory holds the business; files of the same names are replaced."""
    directory.mkdir(parents=True, exist_ok=True)
    dictionaries.write(business, directory)
    save(directory / "crm.company.json", map(_company, business.companies))
    save(directory / "crm.contact.json", map(_contact, business.contacts))
    with array(directory / "crm.deal.json") as put_deal, array(directory / "crm.stagehistory.json") as put_move:
        _write_deals(business, put_deal, put_move)
    with array(directory / "crm.activity.json") as put_activity, array(directory / "tasks.task.json") as put_task:
        for todo in business.todos:
            if todo.kind in activities.TODOS:
                put_activity(activities.of_todo(todo))
            else:
                put_task(_task(todo))
        for touch in business.touches:
            put_activity(activities.of_touch(touch))
    prices = {product.id: product for product in business.products}
    save(directory / "crm.productrow.json", (_line(line, prices[line.product_id]) for line in business.lines))
    save(directory / "crm.timeline.comment.json", map(_comment, business.notes))


def _write_deals(business: Source, put_deal: Put, put_move: Put) -> None:
    numbers = count(1)
    for deal in business.deals:
        put_deal(_deal(deal))
        if business.with_history:
            for move in _moves(deal, numbers):
                put_move(move)


def _deal(deal: Deal) -> Row:
    category, step, responsible = _category(deal), deal.step, str(deal.responsible_id)
    # The portal's own word on when it closed: the last move, even from one failed stage to another.
    moved, updated = written(deal.history[-1].at), written(deal.updated_at)
    return {
        "ID": str(deal.id),
        "TITLE": deal.title,
        **_DEAL,
        "CATEGORY_ID": str(category),
        "STAGE_ID": STAGES[category][step],
        "STAGE_SEMANTIC_ID": SEMANTICS.get(step, "P"),
        "IS_NEW": "Y" if step is Step.ACQUAINTANCE else "N",
        "OPPORTUNITY": f"{deal.amount}.00",
        "COMPANY_ID": _link(deal.company_id),
        "CONTACT_ID": _link(deal.contact_id),
        "BEGINDATE": _day(deal.created_at.date()),
        "CLOSEDATE": _day(deal.close_on),
        "CLOSED": "Y" if step in CLOSED else "N",
        "ASSIGNED_BY_ID": responsible,
        "CREATED_BY_ID": responsible,
        "MODIFY_BY_ID": responsible,
        "MOVED_BY_ID": responsible,
        "LAST_ACTIVITY_BY": responsible,
        "DATE_CREATE": written(deal.created_at),
        "DATE_MODIFY": updated,
        "MOVED_TIME": moved,
        "LAST_ACTIVITY_TIME": updated,
        "SOURCE_ID": words.SOURCE_CODES.get(deal.source),
        dictionaries.LOSS_REASON: str(words.REASONS[deal.reason][0]) if deal.reason else "",
        dictionaries.REASON_TEXT: deal.reason_text,
        dictionaries.SUB_REASON: deal.sub_reason,
        dictionaries.DEAL_SOURCE: deal.source,
        dictionaries.PLANNED_ON: _day(deal.planned_on) if deal.planned_on else "",
        dictionaries.MARGIN: str(deal.margin) if deal.margin else "",
        dictionaries.REFERRER: deal.referrer,
    }


def _category(deal: Deal) -> int:
    return COMPLAINTS if deal.complaint else SALES


def _moves(deal: Deal, numbers: Iterator[int]) -> Iterator[Row]:
    category = _category(deal)
    for place, move in enumerate(deal.history):
        yield {
            "ID": next(numbers),
            "TYPE_ID": _CREATED if place == 0 else _FINAL if move.step in CLOSED else _MOVED,
            "OWNER_ID": deal.id,
            "CREATED_TIME": written(move.at),
            "CATEGORY_ID": category,
            "STAGE_SEMANTIC_ID": SEMANTICS.get(move.step, "P"),
            "STAGE_ID": STAGES[category][move.step],
        }


def _company(company: Company) -> Row:
    return {
        "ID": str(company.id),
        "TITLE": company.name,
        "COMPANY_TYPE": "CUSTOMER",
        "INDUSTRY": None,
        "EMPLOYEES": None,
        "REVENUE": "0.00",
        "CURRENCY_ID": "RUB",
        "IS_MY_COMPANY": "N",
        "BANKING_DETAILS": None,
        "LOGO": None,
        **_owned(company),
        **_reached(company),
    }


def _contact(contact: Contact) -> Row:
    return {
        "ID": str(contact.id),
        "NAME": contact.first_name,
        "SECOND_NAME": None,
        "LAST_NAME": contact.last_name,
        "HONORIFIC": None,
        "POST": None,
        "PHOTO": None,
        "BIRTHDATE": "",
        "TYPE_ID": "CLIENT",
        "SOURCE_ID": None,
        "SOURCE_DESCRIPTION": None,
        "EXPORT": "Y",
        "FACE_ID": None,
        "COMPANY_ID": _link(contact.company_id),
        **_owned(contact),
        **_reached(contact),
    }


def _reached(client: Company | Contact) -> Row:
    """Numbers and addresses; the field is absent where there is none."""
    row: Row = {}
    for place, (kind, value) in enumerate((("PHONE", client.phone), ("EMAIL", client.email)), 1):
        row[f"HAS_{kind}"] = "Y" if value else "N"
        if value:
            number = str(2 * client.id + place)
            row[kind] = [{"ID": number, "VALUE_TYPE": "WORK", "VALUE": value, "TYPE_ID": kind}]
    return row


def _owned(row: Company | Contact) -> Row:
    responsible, updated = str(row.responsible_id), written(row.updated_at)
    return {
        **_CLIENT,
        "ASSIGNED_BY_ID": responsible,
        "CREATED_BY_ID": responsible,
        "MODIFY_BY_ID": responsible,
        "LAST_ACTIVITY_BY": responsible,
        "DATE_CREATE": written(row.created_at),
        "DATE_MODIFY": updated,
        "LAST_ACTIVITY_TIME": updated,
        **_profile(row.profile),
    }


def _profile(profile: Profile) -> Row:
    return {
        dictionaries.QUARTER_VOLUME: str(profile.quarter_volume) if profile.quarter_volume else "",
        dictionaries.BLACKLISTED: "1" if profile.blacklisted else None,
        dictionaries.REGION: profile.region or "",
        dictionaries.INDUSTRY: profile.industry or "",
        dictionaries.NEED_ON: _day(profile.need_on) if profile.need_on else "",
        dictionaries.PARTNER: "1" if profile.partner else None,
        dictionaries.COMPLAINT: "1" if profile.complaint else None,
        dictionaries.VERIFIED_ON: _day(profile.verified_on) if profile.verified_on else "",
        dictionaries.TAX_NUMBER: profile.tax_number or "",
    }


def _task(todo: Todo) -> Row:
    created, responsible = written(todo.created_at), str(todo.responsible_id)
    done = written(todo.done_at) if todo.done_at else None
    return {
        "id": str(todo.id),
        "parentId": None,
        "title": todo.text,
        "description": "",
        "mark": None,
        "priority": "1",
        "stageId": "0",
        "groupId": "0",
        "createdBy": responsible,
        "createdDate": created,
        "responsibleId": responsible,
        "changedBy": responsible,
        "changedDate": done or created,
        "statusChangedBy": responsible,
        "statusChangedDate": done or created,
        "activityDate": done or created,
        "closedBy": responsible if done else None,
        "closedDate": done,
        "deadline": written(todo.due_at),
        "status": "5" if done else "2",
        "allowChangeDeadline": "Y",
        "taskControl": "N",
        "descriptionInBbcode": "Y",
        "auditors": [],
        "accomplices": [],
        "tags": [],
        "ufCrmTask": [f"{_BINDINGS[todo.owner]}_{todo.owner_id}"],
    }


def _line(line: Line, product: Product) -> Row:
    return {
        "ID": str(line.id),
        "OWNER_ID": str(line.deal_id),
        "OWNER_TYPE": "D",
        "PRODUCT_ID": str(line.product_id),
        "PRODUCT_NAME": product.name,
        "ORIGINAL_PRODUCT_NAME": product.name,
        "PRICE": line.amount / line.quantity,
        "QUANTITY": line.quantity,
        "DISCOUNT_RATE": 0,
        "DISCOUNT_SUM": 0,
        "TAX_RATE": None,
        "TAX_INCLUDED": "N",
        "MEASURE_CODE": "796",
        "MEASURE_NAME": "шт",
        "SORT": "10",
    }


def _comment(note: Note) -> Row:
    return {
        "ID": str(note.id),
        "CREATED": written(note.created_at),
        "ENTITY_ID": str(note.deal_id),
        "ENTITY_TYPE": "deal",
        "AUTHOR_ID": str(note.author_id),
        "COMMENT": note.text,
    }


def _link(number: int | None) -> str:
    """No link is `"0"` here."""
    return str(number or 0)


def _day(day: date) -> str:
    """A date field: midnight UTC of the day, in the portal's offset."""
    return written(datetime.combine(day, time(), UTC).astimezone(MOSCOW))
