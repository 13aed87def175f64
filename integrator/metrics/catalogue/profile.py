"""Who the client is: target, pyramid, profile, economics, duplicates."""

from __future__ import annotations

from integrator.domain import Test
from integrator.domain.invariants import Invariant
from integrator.metrics.catalogue.purchases import never_bought
from integrator.metrics.catalogue.rows import (
    Absence,
    Facts,
    Row,
    Texts,
    always_known,
    at_least,
    known,
    known_only_where,
    known_wherever,
    said,
)

CLIENT: tuple[Row, ...] = (
    (
        "quarter_volume",
        "money",
        "money",
        "Сколько клиент покупает за квартал у всех поставщиков, по его словам.",
        "What the client says he buys per quarter from all suppliers together.",
    ),
    ("revenue_91", "money", "money", "Выручка за последние 91 день.", "Revenue of the last 91 days."),
    (
        "volume_91",
        "money",
        "money",
        "Объём за квартал: названный клиентом или купленный у нас, что больше.",
        "Volume per quarter: stated or bought from us, the larger.",
    ),
    (
        "volume_wanted",
        "money",
        "money",
        "С какого объёма за квартал клиент целевой; пусто, если порог не задан.",
        "The volume per quarter from which a client is a target; missing where no threshold is set.",
    ),
    (
        "purchases_365",
        "integer",
        "purchases",
        "Число покупок за последние 365 дней.",
        "Purchases of the last 365 days.",
    ),
    ("need_date", "date", "", "Когда клиенту понадобится товар.", "When the client will need what we sell."),
    (
        "need_within_days",
        "integer",
        "days",
        "Через сколько дней после начала работы с клиентом появится потребность.",
        "Days from the start of work with the client to his need.",
    ),
    ("industry", "string", "", "Отрасль клиента.", "The client's industry."),
    ("region", "string", "", "Регион клиента.", "The client's region."),
    (
        "industry_not_served",
        "boolean",
        "",
        "Отрасль клиента среди тех, с которыми не работаем.",
        "The client's industry is one that is not served.",
    ),
    (
        "region_not_served",
        "boolean",
        "",
        "Регион клиента среди тех, с которыми не работаем.",
        "The client's region is one that is not served.",
    ),
    ("partner", "boolean", "", "В карточке отмечен партнёром.", "The card says that he is a partner."),
    (
        "referred_deals",
        "integer",
        "deals",
        "Сколько сделок других клиентов пришло от него.",
        "Deals of others that came by way of him.",
    ),
    ("complaint", "boolean", "", "В карточке отмечена жалоба.", "The card says that there is a complaint."),
    ("created_on", "date", "", "Когда создана карточка клиента.", "When the client's card was created."),
    ("verified_on", "date", "", "Когда карточку сверяли с клиентом.", "When the card was last verified."),
    (
        "checked_on",
        "date",
        "",
        "Когда карточку создали или сверили, что позже.",
        "When the card was created or verified, the later.",
    ),
    (
        "days_since_verified",
        "integer",
        "days",
        "Дней с тех пор, как карточку создали или сверили.",
        "Days since the card was created or verified.",
    ),
    ("first_deal_on", "date", "", "День первой сделки клиента.", "The day of the client's first deal."),
    (
        "known_since",
        "date",
        "",
        "Начало работы с клиентом: карточка или первая сделка, что раньше.",
        "The start of work with the client: his card or his first deal, the earlier.",
    ),
    (
        "asked_recently",
        "boolean",
        "",
        "Есть открытая сделка или недавний отказ: клиент о чём-то спрашивал.",
        "There is an open deal or a recent refusal: the client has asked for something.",
    ),
    (
        "profile_gaps",
        "string",
        "",
        "Что в карточке ещё не заполнено.",
        "What the card still lacks.",
    ),
    (
        "profile_completeness",
        "number",
        "share",
        "Какая доля нужных полей карточки заполнена.",
        "The share of the required fields of the card that are filled in.",
    ),
    (
        "win_chance",
        "number",
        "share",
        "Доля выигранных среди решённых за год сделок похожих клиентов в той же воронке.",
        "Share won of the deals of clients like him that were decided in a year in the same pipeline.",
    ),
    (
        "expected_margin",
        "money",
        "money",
        "Сколько маржи за год приносит обычный клиент того же класса.",
        "The margin that the usual client of the same class brings in a year.",
    ),
    (
        "uneconomic",
        "boolean",
        "",
        "Ожидаемая маржа меньше стоимости часов на клиента.",
        "The expected margin is below the cost of the hours planned for the client.",
    ),
    (
        "closeness",
        "integer",
        "points",
        "Насколько ещё не покупавший похож на ключевых клиентов: от 0 до 100, 50 — как все.",
        "How close one who has not bought is to key clients: 0 to 100, 50 is as anybody.",
    ),
    (
        "possible_duplicate",
        "string",
        "",
        "Карточка с тем же телефоном, адресом почты или ИНН: возможно, это тот же клиент.",
        "A card with the same phone, address or tax number: it may be the same client.",
    ),
    (
        "duplicate_last_purchase_on",
        "date",
        "",
        "День последней покупки по карточке возможного двойника.",
        "The day of the last purchase of the possible duplicate.",
    ),
)

_NEW = Test("purchase_count", "eq", 0)
_JUDGED = known("uneconomic")

DEAL: tuple[Row, ...] = ()
MANAGER: tuple[Row, ...] = ()
INVARIANTS: tuple[Invariant, ...] = (
    *always_known("client", "purchases_365", "revenue_91", "volume_91", "asked_recently"),
    *at_least(
        "client",
        {
            "quarter_volume": 0,
            "volume_wanted": 0,
            "purchases_365": 0,
            "referred_deals": 0,
            "days_since_verified": 0,
            "profile_completeness": 0,
            "win_chance": 0,
            "closeness": 0,
        },
    ),
    *known_only_where(
        "client",
        {
            "need_within_days": known("need_date"),
            "industry_not_served": known("industry"),
            "region_not_served": known("region"),
            "closeness": _NEW,
            "duplicate_last_purchase_on": known("possible_duplicate"),
            "profile_gaps": known("profile_completeness"),
        },
    ),
    *known_wherever(
        "client",
        {
            "industry_not_served": known("industry"),
            "region_not_served": known("region"),
            "days_since_verified": known("checked_on"),
            "checked_on": known("created_on"),
            "known_since": known("created_on"),
            "win_chance": _JUDGED,
            "expected_margin": _JUDGED,
        },
    ),
    Invariant("client", Test("purchases_365", "lte", None, "purchase_count")),
    Invariant("client", Test("volume_91", "gte", None, "revenue_91")),
    Invariant("client", Test("asked_recently", "eq", value=True), Test("open_deals", "gte", 1)),
    Invariant("client", Test("closeness", "lte", 100)),
    Invariant("client", Test("win_chance", "lte", 1)),
    Invariant("client", Test("profile_completeness", "lte", 1)),
)

NO_CARD = said("карточки клиента нет, его называет только сделка", "there is no card, only a deal names him")
NO_DEALS = said("сделок у него не было", "he has had no deals")
COSTS_UNSET = said(
    "не заданы часы на клиента и стоимость часа (target.hours_per_year, target.hour_cost)",
    "the hours per client and the cost of an hour are not set (target.hours_per_year, target.hour_cost)",
)
TOO_FEW = said(
    "не заданы часы и их стоимость, или похожих решённых сделок слишком мало",
    "hours and their cost are not set, or too few deals like his were decided",
)
NO_THRESHOLD = said(
    "порог не задан: укажите target.min_quarter_volume в валюте портала",
    "no threshold is set: give target.min_quarter_volume in the portal's currency",
)
NO_PROFILE = said(
    "поля карточки не указаны в настройках портала (fields)",
    "none of the card's fields is named in the portal's fields",
)
NO_TWIN = said(
    "карточек с тем же телефоном, почтой или ИНН нет", "no other card has the same phone, address or tax number"
)
TWIN_NEVER_BOUGHT = said("по второй карточке не покупали", "nothing was bought by the other card")
NOT_READ = said(
    "в карточке пусто или число не разобрать", "it is empty in the card, or what is written there is no amount"
)
NO_DAY = said("в карточке пусто или дату не разобрать", "it is empty in the card, or what is written there is no day")
UNLIKE = said(
    "ключевых клиентов мало, или об этом клиенте не известно, с чем сравнить",
    "there are few key clients, or nothing is known of this one to compare",
)


def _gaps(facts: Facts) -> Texts:
    if facts.get("profile_completeness") is None:
        return NO_PROFILE
    return said("все нужные поля заполнены", "all required fields are filled in")


def _twin_bought(facts: Facts) -> Texts:
    return NO_TWIN if facts.get("possible_duplicate") is None else TWIN_NEVER_BOUGHT


def _closeness(facts: Facts) -> Texts:
    return said("он уже покупал", "he has bought already") if never_bought(facts) is None else UNLIKE


ABSENT: dict[tuple[str, str], Absence] = {
    ("client", "quarter_volume"): NOT_READ,
    ("client", "volume_wanted"): NO_THRESHOLD,
    ("client", "need_date"): NO_DAY,
    ("client", "need_within_days"): NO_DAY,
    ("client", "created_on"): NO_CARD,
    ("client", "checked_on"): NO_CARD,
    ("client", "days_since_verified"): NO_CARD,
    ("client", "verified_on"): NO_DAY,
    ("client", "first_deal_on"): NO_DEALS,
    ("client", "profile_gaps"): _gaps,
    ("client", "profile_completeness"): NO_PROFILE,
    ("client", "win_chance"): TOO_FEW,
    ("client", "expected_margin"): COSTS_UNSET,
    ("client", "uneconomic"): TOO_FEW,
    ("client", "closeness"): _closeness,
    ("client", "possible_duplicate"): NO_TWIN,
    ("client", "duplicate_last_purchase_on"): _twin_bought,
}
FIELDS: dict[str, str] = {
    "quarter_volume": "client.quarter_volume",
    "need_date": "client.need_date",
    "need_within_days": "client.need_date",
    "industry": "client.industry",
    "industry_not_served": "client.industry",
    "region": "client.region",
    "region_not_served": "client.region",
    "partner": "client.partner",
    "complaint": "client.complaint",
    "verified_on": "client.verified_at",
    "referred_deals": "deal.referrer",
}
PARAMS: dict[str, object] = {
    # 0 is unset: see integrator.metrics.profile for what holds then.
    "target.min_quarter_volume": 0,
    "target.hours_per_year": 0,
    "target.hour_cost": 0,
    "target.least_decided": 20,
    "target.industries_not_served": (),
    "target.regions_not_served": (),
    "target.profile_fields": ("industry", "region", "quarter_volume", "need_date"),
    "pyramid.key_purchases": 4,
    "pyramid.asked_days": 180,
    "pyramid.least_keys": 5,
}
