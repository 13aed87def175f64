"""What an amoCRM account has besides its entities: people, pipelines, reasons, custom fields, the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.demo import vocabulary as words
from connectors.demo.files import Row, save
from connectors.demo.model import Step

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.demo.model import Product, Source, User

ACCOUNT_ID = 31415926
SALES, COMPLAINTS = 31, 32
CATALOG = 901
WORK_PHONE, WORK_EMAIL = 88211, 88221
# Fields of companies have ids of their own, and so have those of a list of goods.
COMPANY_PHONE, COMPANY_EMAIL, LEGAL_ENTITY = 8831, 8832, 8833
PRICE, GROUP = 9011, 9012
# A type of task that the account made beside the two of amoCRM.
OTHER_TASK = 2718281
_FOUNDED = 1577869200

_WON, _LOST = 142, 143
STATUSES: dict[int, dict[Step, int]] = {
    SALES: {
        Step.ACQUAINTANCE: 142000,
        Step.PRESENTATION: 142001,
        Step.CONTRACT: 142002,
        Step.PAYMENT: 142003,
        Step.WON: _WON,
        Step.LOST: _LOST,
        Step.SORTED_OUT: _LOST,
    },
    COMPLAINTS: {Step.ACQUAINTANCE: 143000, Step.PRESENTATION: 143001, Step.WON: _WON, Step.LOST: _LOST},
}
_NAMES = {
    SALES: ("Продажи", ("Знакомство", "Презентация", "Договор", "Оплата"), "Неразобранное"),
    COMPLAINTS: ("Рекламации", ("Новая", "Разбираем"), "Неразобранное"),
}
_COLORS = ("#99ccff", "#ffff99", "#ffcc66", "#ffc8c8")

LOSS_REASONS: dict[str, Row] = {
    key: {"id": number, "name": name, "sort": 10 * place, "created_at": _FOUNDED, "updated_at": _FOUNDED}
    for place, (key, (number, name, _)) in enumerate(words.REASONS.items(), 1)
}
# id, name, type, entity, code
_CLIENT_FIELDS = (
    (words.QUARTER_VOLUME, "Закупает за квартал, ₽", "numeric"),
    (words.BLACKLISTED, "Чёрный список", "checkbox"),
    (words.REGION, "Регион", "text"),
    (words.INDUSTRY, "Отрасль", "text"),
    (words.NEED_ON, "Когда понадобится", "date"),
    (words.PARTNER, "Партнёр", "checkbox"),
    (words.COMPLAINT, "Есть жалоба", "checkbox"),
    (words.VERIFIED_ON, "Карточку сверили", "date"),
)
_FIELDS: tuple[tuple[int, str, str, str, str | None], ...] = (
    (words.REASON_TEXT, "Причина отказа словами", "textarea", "leads", None),
    (words.SUB_REASON, "Чем лучше поставщик", "text", "leads", None),
    (words.DEAL_SOURCE, "Откуда сделка", "text", "leads", None),
    (words.PLANNED_ON, "Когда запланирована покупка", "date", "leads", None),
    (words.MARGIN, "Маржа, ₽", "numeric", "leads", None),
    (words.REFERRER, "Кто привёл", "text", "leads", None),
    *((ids["company"], name, kind, "companies", None) for ids, name, kind in _CLIENT_FIELDS),
    *((ids["contact"], name, kind, "contacts", None) for ids, name, kind in _CLIENT_FIELDS),
    (words.PHONE_FIELD, "Телефон", "multitext", "contacts", "PHONE"),
    (words.EMAIL_FIELD, "Email", "multitext", "contacts", "EMAIL"),
    (COMPANY_PHONE, "Телефон", "multitext", "companies", "PHONE"),
    (COMPANY_EMAIL, "Email", "multitext", "companies", "EMAIL"),
    (LEGAL_ENTITY, "Юр. лицо", "legal_entity", "companies", None),
    (PRICE, "Цена", "numeric", "catalogs", "PRICE"),
    (GROUP, "Группа", "category", "catalogs", "GROUP"),
)
# What stands on an entity beside the values of a field.
FIELDS: dict[int, Row] = {
    number: {"field_id": number, "field_name": name, "field_code": code, "field_type": kind}
    for number, name, kind, _, code in _FIELDS
}


def write(business: Source, directory: Path) -> None:
    """The directory holds the account's dictionaries."""
    save(directory / "users.json", map(_user, business.users))
    save(directory / "pipelines.json", map(_pipeline, STATUSES))
    save(directory / "loss_reasons.json", LOSS_REASONS.values())
    save(directory / "custom_fields.json", map(_field, _FIELDS))
    catalog = {"id": CATALOG, "name": "Товары", "type": "products", "sort": 10, "account_id": ACCOUNT_ID}
    save(directory / "catalogs.json", [catalog])
    save(directory / "catalog_elements.json", map(_element, business.products))


def account() -> Row:
    """The account, with everything that `with` can ask for."""
    types = ((1, "Связаться", "FOLLOW_UP"), (2, "Встреча", "MEETING"), (OTHER_TASK, "Прочее", None))
    return {
        "id": ACCOUNT_ID,
        "name": "Демонстрация",
        "subdomain": "demo",
        "current_user_id": words.ADMIN,
        "country": "RU",
        "currency": "RUB",
        "currency_symbol": "₽",
        "customers_mode": "disabled",
        "is_unsorted_on": True,
        "is_loss_reason_enabled": True,
        "is_helpbot_enabled": False,
        "is_technical_account": False,
        "is_api_filter_enabled": True,
        "contact_name_display_order": 1,
        "created_at": _FOUNDED,
        "created_by": words.ADMIN,
        "version": 16,
        "_embedded": {
            "users_groups": [{"id": 0, "name": "Отдел продаж", "uuid": None}],
            "task_types": [
                {"id": number, "name": name, "color": None, "icon_id": None, "code": code}
                for number, name, code in types
            ],
            "datetime_settings": {
                "date_pattern": "d.m.Y H:i",
                "short_date_pattern": "d.m.Y",
                "short_time_pattern": "H:i",
                "date_formant": "d.m.Y",
                "time_format": "H:i:s",
                "timezone": "Europe/Moscow",
                "timezone_offset": "+03:00",
            },
        },
    }


def _user(user: User) -> Row:
    letter = "A" if user.admin or user.id == words.HEAD else "M"
    rights = dict.fromkeys(("view", "edit", "add", "delete", "export"), letter)
    return {
        "id": user.id,
        "name": f"{user.first_name} {user.last_name}",
        "email": f"user{user.id}@example.com",
        "lang": "ru",
        "rights": {
            "leads": rights,
            "contacts": rights,
            "companies": rights,
            "tasks": {"edit": letter, "delete": letter},
            "mail_access": False,
            "catalog_access": user.admin,
            "status_rights": None,
            "is_admin": user.admin,
            "is_free": False,
            "is_active": user.active,
            "group_id": None,
            "role_id": None,
        },
        "_embedded": {"roles": [], "groups": []},
    }


def _pipeline(pipeline_id: int) -> Row:
    name, stages, unsorted = _NAMES[pipeline_id]
    own = sorted(set(STATUSES[pipeline_id].values()) - {_WON, _LOST})
    statuses = [_status(own[0] - 100, pipeline_id, unsorted, 10, "#c1c1c1", kind=1)]
    for place, (number, stage) in enumerate(zip(own, stages, strict=True)):
        statuses.append(_status(number, pipeline_id, stage, 20 + 10 * place, _COLORS[place], editable=True))
    statuses.append(_status(_WON, pipeline_id, "Успешно реализовано", 10000, "#CCFF66"))
    statuses.append(_status(_LOST, pipeline_id, "Закрыто и не реализовано", 11000, "#D5D8DB"))
    return {
        "id": pipeline_id,
        "name": name,
        "sort": pipeline_id - SALES + 1,
        "is_main": pipeline_id == SALES,
        "is_unsorted_on": True,
        "is_archive": False,
        "account_id": ACCOUNT_ID,
        "_embedded": {"statuses": statuses},
    }


def _status(  # noqa: PLR0913 - a row of a table
    number: int, pipeline_id: int, name: str, sort: int, color: str, *, kind: int = 0, editable: bool = False
) -> Row:
    return {
        "id": number,
        "name": name,
        "sort": sort,
        "is_editable": editable,
        "pipeline_id": pipeline_id,
        "color": color,
        "type": kind,
        "account_id": ACCOUNT_ID,
    }


def _field(field: tuple[int, str, str, str, str | None]) -> Row:
    number, name, kind, entity, code = field
    return {
        "id": number,
        "name": name,
        "code": code,
        "sort": 500 + number - words.QUARTER_VOLUME["company"],
        "type": kind,
        "entity_type": entity,
        "is_computed": False,
        "is_predefined": code is not None,
        "is_deletable": code is None,
        "remind": None,
        "settings": None,
        "is_api_only": False,
        "group_id": None,
        "enums": _enums(number, code),
        "required_statuses": None,
        "account_id": ACCOUNT_ID,
        **({"catalog_id": CATALOG} if entity == "catalogs" else {}),
    }


def _enums(number: int, code: str | None) -> list[Row] | None:
    if number == GROUP:
        return [{"id": id_, "value": name, "sort": id_, "code": None} for id_, name in words.GROUPS.items()]
    work = {"PHONE": WORK_PHONE, "EMAIL": WORK_EMAIL}.get(code or "")
    return [{"id": work, "value": "WORK", "sort": 1, "code": "WORK"}] if work else None


def _element(product: Product) -> Row:
    return {
        "id": product.id,
        "catalog_id": CATALOG,
        "name": product.name,
        "created_by": words.ADMIN,
        "updated_by": words.ADMIN,
        "created_at": _FOUNDED,
        "updated_at": _FOUNDED,
        "is_deleted": False,
        "custom_fields_values": [
            {**FIELDS[PRICE], "values": [{"value": str(product.price)}]},
            {**FIELDS[GROUP], "values": [{"value": words.GROUPS[product.group], "enum_id": product.group}]},
        ],
        "account_id": ACCOUNT_ID,
    }
