"""What a Bitrix24 portal has besides its entities: people, funnels, stages, the fields of deals, the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.demo import bitrix24_leads as leads
from connectors.demo import vocabulary as words
from connectors.demo.files import Row, save, save_one
from connectors.demo.model import Step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from connectors.demo.model import Product, Source, User

SALES, COMPLAINTS = 0, 1
FOUNDED = "2020-01-01T12:00:00+03:00"
DEPARTMENT = 1

LOSS_REASON, REASON_TEXT, SUB_REASON = "UF_CRM_LOSS_REASON", "UF_CRM_REASON_TEXT", "UF_CRM_SUB_REASON"
DEAL_SOURCE, PLANNED_ON = "UF_CRM_DEAL_SOURCE", "UF_CRM_PLANNED_ON"
QUARTER_VOLUME, BLACKLISTED, REGION = "UF_CRM_QUARTER_VOLUME", "UF_CRM_BLACKLISTED", "UF_CRM_REGION"
INDUSTRY, NEED_ON, PARTNER = "UF_CRM_INDUSTRY", "UF_CRM_NEED_ON", "UF_CRM_PARTNER"
TAX_NUMBER, COMPLAINT, VERIFIED_ON = "UF_CRM_TAX_NUMBER", "UF_CRM_COMPLAINT", "UF_CRM_VERIFIED_ON"
MARGIN, REFERRER = "UF_CRM_MARGIN", "UF_CRM_REFERRER"

_STAGE_CODES = {
    Step.ACQUAINTANCE: "NEW",
    Step.PRESENTATION: "PREPARATION",
    Step.CONTRACT: "PREPAYMENT_INVOICE",
    Step.PAYMENT: "EXECUTING",
    Step.WON: "WON",
    Step.LOST: "LOSE",
    Step.SORTED_OUT: "APOLOGY",
}
# A stage id of any funnel but the general one begins with the funnel's number.
STAGES: dict[int, dict[Step, str]] = {
    SALES: _STAGE_CODES,
    COMPLAINTS: {step: f"C{COMPLAINTS}:{code}" for step, code in _STAGE_CODES.items()},
}
SEMANTICS = {Step.WON: "S", Step.LOST: "F", Step.SORTED_OUT: "F"}
_NATURES = {Step.WON: "success", Step.LOST: "failure", Step.SORTED_OUT: "apology"}
_COLORS = {"process": "#39A8EF", "success": "#7BD500", "failure": "#FF5752", "apology": "#FF5752"}
_STAGE_NAMES: dict[int, dict[Step, str]] = {
    SALES: {
        Step.ACQUAINTANCE: "Знакомство",
        Step.PRESENTATION: "Презентация",
        Step.CONTRACT: "Договор",
        Step.PAYMENT: "Оплата",
        Step.WON: "Сделка успешна",
        Step.LOST: "Сделка провалена",
        Step.SORTED_OUT: "Анализ причины провала",
    },
    COMPLAINTS: {
        Step.ACQUAINTANCE: "Новая",
        Step.PRESENTATION: "Разбираем",
        Step.WON: "Решена",
        Step.LOST: "Не решена",
    },
}
_SYSTEM = frozenset({Step.ACQUAINTANCE, Step.WON, Step.LOST})
_DEAL_FIELDS = (
    (LOSS_REASON, "enumeration", "Причина отказа"),
    (REASON_TEXT, "string", "Причина отказа словами"),
    (SUB_REASON, "string", "Чем лучше поставщик"),
    (DEAL_SOURCE, "string", "Откуда сделка"),
    (PLANNED_ON, "date", "Когда запланирована покупка"),
    (MARGIN, "double", "Маржа, ₽"),
    (REFERRER, "string", "Кто привёл"),
)
_CURRENCIES = (("RUB", "Российский рубль", "1.0000"), ("USD", "Доллар США", "90.0000"), ("EUR", "Евро", "98.0000"))


def write(business: Source, directory: Path) -> None:
    """The directory holds the portal's dictionaries."""
    save(directory / "user.json", map(_user, business.users))
    department = {"ID": str(DEPARTMENT), "NAME": "Отдел продаж", "SORT": 500, "UF_HEAD": str(words.HEAD)}
    save(directory / "department.json", [department])
    save(directory / "crm.category.json", map(_category, _STAGE_NAMES))
    save(directory / "crm.status.json", _statuses())
    save(directory / "crm.lead.json", map(leads.row, business.leads))
    save(directory / "crm.deal.userfield.json", map(_userfield, range(len(_DEAL_FIELDS))))
    save(directory / "crm.currency.json", map(_currency, range(len(_CURRENCIES))))
    products = list(business.products)
    save(directory / "crm.product.json", map(_product, products))
    save(directory / "crm.productsection.json", map(_section, sorted({product.group for product in products})))
    save_one(directory / "calendar.settings.json", _calendar())


def _user(user: User) -> Row:
    return {
        "ID": str(user.id),
        "ACTIVE": user.active,
        "NAME": user.first_name,
        "LAST_NAME": user.last_name,
        "SECOND_NAME": "",
        "EMAIL": f"user{user.id}@example.com",
        "LAST_LOGIN": FOUNDED,
        "DATE_REGISTER": FOUNDED,
        "TIME_ZONE": "",
        "IS_ONLINE": "N",
        "TIMESTAMP_X": {},
        "LAST_ACTIVITY_DATE": {},
        "PERSONAL_GENDER": "",
        "PERSONAL_BIRTHDAY": "",
        "WORK_POSITION": user.post,
        "UF_EMPLOYMENT_DATE": "",
        "UF_DEPARTMENT": [DEPARTMENT],
        "USER_TYPE": "employee",
    }


def _category(number: int) -> Row:
    return {
        "id": number,
        "name": ("Продажи", "Рекламации")[number],
        "sort": 100 * number + 100,
        "entityTypeId": 2,
        "isDefault": "Y" if number == SALES else "N",
        "originId": "",
        "originatorId": "",
    }


def _statuses() -> Iterator[Row]:
    number = 101
    for category, names in _STAGE_NAMES.items():
        entity = f"DEAL_STAGE_{category}" if category else "DEAL_STAGE"
        for place, (step, name) in enumerate(names.items(), 1):
            row = _status(number, entity, STAGES[category][step], name, 10 * place)
            nature = _NATURES.get(step, "process")
            row |= {"SYSTEM": "Y" if step in _SYSTEM else "N", "CATEGORY_ID": str(category) if category else None}
            row |= {"SEMANTICS": SEMANTICS.get(step), "COLOR": _COLORS[nature]}
            yield row | {"EXTRA": {"SEMANTICS": nature, "COLOR": _COLORS[nature]}}
            number += 2
    for place, (name, code) in enumerate(words.SOURCE_CODES.items(), 1):
        yield _status(number, "SOURCE", code, name, 10 * place)
        number += 2
    for place, (request, (code, name)) in enumerate(leads.STATUSES.items(), 1):
        yield _status(number, "STATUS", code, name, 10 * place) | {"SEMANTICS": leads.SEMANTICS.get(request)}
        number += 2


def _status(number: int, entity: str, code: str, name: str, sort: int) -> Row:
    return {
        "ID": str(number),
        "ENTITY_ID": entity,
        "STATUS_ID": code,
        "NAME": name,
        "NAME_INIT": "",
        "SORT": str(sort),
        "SYSTEM": "N",
        "CATEGORY_ID": None,
        "COLOR": None,
        "SEMANTICS": None,
    }


def _userfield(number: int) -> Row:
    code, kind, label = _DEAL_FIELDS[number]
    row: Row = {
        "ID": str(801 + number),
        "ENTITY_ID": "CRM_DEAL",
        "FIELD_NAME": code,
        "USER_TYPE_ID": kind,
        "XML_ID": None,
        "SORT": str(100 + 10 * number),
        "MULTIPLE": "N",
        "MANDATORY": "N",
        "SHOW_FILTER": "I",
        "SHOW_IN_LIST": "Y",
        "EDIT_IN_LIST": "Y",
        "IS_SEARCHABLE": "N",
        "SETTINGS": [],
        "EDIT_FORM_LABEL": label,
        "LIST_COLUMN_LABEL": label,
        "LIST_FILTER_LABEL": label,
        "ERROR_MESSAGE": None,
        "HELP_MESSAGE": None,
    }
    if kind == "enumeration":
        row["LIST"] = [
            {"ID": str(option), "SORT": str(10 * place), "VALUE": name, "DEF": "N", "XML_ID": key}
            for place, (key, (option, name, _)) in enumerate(words.REASONS.items(), 1)
        ]
    return row


def _currency(number: int) -> Row:
    code, name, rate = _CURRENCIES[number]
    return {
        "CURRENCY": code,
        "AMOUNT_CNT": "1",
        "AMOUNT": rate,
        "SORT": str(100 + 100 * number),
        "BASE": "Y" if number == 0 else "N",
        "FULL_NAME": name,
        "LID": "ru",
        "FORMAT_STRING": "# ₽" if code == "RUB" else f"# {code}",
        "DEC_POINT": ".",
        "THOUSANDS_SEP": " ",
        "DECIMALS": "2",
        "DATE_UPDATE": FOUNDED,
    }


def _product(product: Product) -> Row:
    return {
        "ID": str(product.id),
        "NAME": product.name,
        "CODE": None,
        "ACTIVE": "Y",
        "SORT": "500",
        "PRICE": f"{product.price}.00",
        "CURRENCY_ID": "RUB",
        "SECTION_ID": str(product.group),
        "CATALOG_ID": "25",
        "DESCRIPTION": None,
        "MEASURE": "9",
        "VAT_ID": None,
        "VAT_INCLUDED": "N",
        "XML_ID": str(product.id),
        "DATE_CREATE": FOUNDED,
        "TIMESTAMP_X": FOUNDED,
        "CREATED_BY": str(words.ADMIN),
        "MODIFIED_BY": str(words.ADMIN),
    }


def _section(number: int) -> Row:
    name = words.GROUPS[number]
    return {"ID": str(number), "CATALOG_ID": "25", "SECTION_ID": None, "NAME": name, "XML_ID": None, "CODE": None}


def _calendar() -> Row:
    return {
        "work_time_start": "9",
        "work_time_end": "18",
        "year_holidays": "1.01,2.01,3.01,4.01,5.01,6.01,7.01,8.01,23.02,8.03,1.05,9.05,12.06,4.11",
        "year_workdays": "",
        "week_holidays": ["SA", "SU"],
        "week_start": "MO",
    }
