"""Deals as they stand, and refusals: metrics of deals."""

from __future__ import annotations

from integrator.domain import Group, Test
from integrator.domain.invariants import Invariant
from integrator.domain.reasons import BY_CODE, REASONS, SUB_REASONS, Nature, Side
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

DEAL: tuple[Row, ...] = (
    ("entity", "string", "", "Сделка или лид Битрикс24.", "A deal, or a lead of Bitrix24.", ("deal", "lead")),
    ("outcome", "string", "", "Исход сделки.", "How the deal stands.", ("open", "won", "lost")),
    ("closed_at", "instant", "", "Когда сделка выиграна или проиграна.", "When the deal was won or lost."),
    ("created_at", "instant", "", "Когда сделка создана.", "When the deal was created."),
    ("amount", "money", "money", "Сумма сделки в валюте портала.", "The deal's amount in the portal's currency."),
    (
        "loss_reason",
        "string",
        "",
        "Причина отказа по единому списку; пусто, если слово портала не сопоставлено.",
        "The canonical reason of the refusal; missing where the portal's own word is not mapped.",
        tuple(BY_CODE),
    ),
    (
        "loss_reason_name",
        "string",
        "",
        "Причина отказа словами портала.",
        "The reason of the refusal in the portal's words.",
    ),
    (
        "reason_text",
        "string",
        "",
        "Пояснение к отказу; пусто, если ничего не написано.",
        "What was written about the refusal.",
    ),
    (
        "reason_is_label",
        "boolean",
        "",
        "В отказе указан только ярлык вместо причины.",
        "All that is given for the refusal is a label.",
    ),
    (
        "refusal_seen_after_days",
        "integer",
        "days",
        "Через сколько дней после отказа о нём стало известно.",
        "Days from the refusal to the day it was first seen.",
    ),
    ("days_since_closed", "integer", "days", "Дней с закрытия сделки.", "Days since the deal was closed."),
    (
        "reason_nature",
        "string",
        "",
        "Препятствие это (objective) или ошибка продавца (sales_error).",
        "Whether the reason is an obstacle (objective) or a seller's error (sales_error).",
        tuple(map(str, Nature)),
    ),
    (
        "reason_side",
        "string",
        "",
        "От кого зависела причина: от клиента, от нас или от конкурента.",
        "Who caused the refusal: the client, the company or a competitor.",
        tuple(map(str, Side)),
    ),
    (
        "reason_is_vague",
        "boolean",
        "",
        "Слова об отказе не называют, что помешало.",
        "The words about the refusal do not name what stood in the way.",
    ),
    (
        "sub_reason",
        "string",
        "",
        "Чем лучше другой поставщик, по единому списку; пусто, если не указано или не сопоставлено.",
        "What the other supplier does better; missing where it is not given or not mapped.",
        SUB_REASONS,
    ),
    (
        "is_latest_refusal",
        "boolean",
        "",
        "Это последний отказ клиента.",
        "It is the client's latest refusal.",
    ),
    (
        "bought_since_refusal",
        "boolean",
        "",
        "После отказа клиент купил.",
        "The client has bought since the refusal.",
    ),
    (
        "come_back_on",
        "date",
        "",
        "Когда вернуться к клиенту после отказа; пусто, если дверь закрыта.",
        "When to come back after the refusal; missing where the door is closed.",
    ),
    (
        "catalogue_item",
        "string",
        "",
        "Что из названного в отказе есть в каталоге.",
        "What the refusal says we lack and the catalogue has.",
    ),
    (
        "catalogue_match",
        "integer",
        "",
        "Насколько название в каталоге похоже на названное, до 100.",
        "How well the name in the catalogue fits what was named, to 100.",
    ),
    (
        "seller_cause",
        "string",
        "",
        "Что не получилось у продавца, по его ответу.",
        "What went wrong on the seller's side, by his own answer.",
    ),
)

LOST = Test("outcome", "eq", "lost")
_OF_REFUSALS = (
    *("reason_nature", "reason_side", "reason_is_vague", "sub_reason", "is_latest_refusal", "bought_since_refusal"),
    *("come_back_on", "catalogue_item"),
)
_CLOSED = Test("outcome", "in", ("won", "lost"))

CLIENT: tuple[Row, ...] = ()
MANAGER: tuple[Row, ...] = ()
INVARIANTS: tuple[Invariant, ...] = (
    *always_known("deal", "entity", "outcome"),
    *at_least("deal", {"days_since_closed": 0, "refusal_seen_after_days": 0}),
    *known_only_where(
        "deal",
        {
            "closed_at": _CLOSED,
            "days_since_closed": known("closed_at"),
            "refusal_seen_after_days": LOST,
            "reason_is_label": LOST,
            "loss_reason_name": LOST,
            **dict.fromkeys(_OF_REFUSALS, LOST),
            "loss_reason": known("loss_reason_name"),
        },
    ),
    *known_wherever("deal", {"days_since_closed": known("closed_at"), "reason_is_label": LOST}),
    Invariant(
        "deal",
        Group("any", (known("loss_reason_name"), known("reason_text"))),
        Test("reason_is_label", "eq", value=True),
    ),
)

NO_RATE = said(
    "сумма в валюте, для которой в CRM нет курса", "the amount is in a currency for which the CRM has no rate"
)
STILL_OPEN = said("сделка ещё открыта", "the deal is still open")
NOT_LOST = said("сделка не проиграна", "the deal is not lost")
NOT_CHOSEN = said("в сделке причина не выбрана", "no reason is chosen in the deal")


def _reason(facts: Facts) -> Texts | None:
    if facts.get("outcome") != "lost":
        return NOT_LOST
    name = facts.get("loss_reason_name")
    return NOT_CHOSEN if name is None else _unmapped(name)


def _unmapped(name: str) -> Texts:
    return said(
        f"«{name}» не сопоставлено с единым списком: добавьте его в loss_reasons.map",
        f"“{name}” is not mapped to the canonical list: add it to loss_reasons.map",
    )


def not_lost(facts: Facts) -> Texts | None:
    """Return that the deal is not lost, where it is not."""
    return None if facts.get("outcome") == "lost" else NOT_LOST


def _sub_reason(facts: Facts) -> Texts:
    return not_lost(facts) or said(
        "не указано, чем лучше другой поставщик, или его слово не сопоставлено (sub_reasons.map)",
        "what the other supplier does better is not given, or its word is not mapped (sub_reasons.map)",
    )


def _come_back(facts: Facts) -> Texts:
    if facts.get("outcome") == "lost" and facts.get("loss_reason_name") is None:
        return NOT_CHOSEN
    return not_lost(facts) or said("к такому отказу не возвращаются", "nobody comes back to such a refusal")


ABSENT: dict[tuple[str, str], Absence] = {
    ("deal", "closed_at"): STILL_OPEN,
    ("deal", "days_since_closed"): STILL_OPEN,
    ("deal", "amount"): NO_RATE,
    ("deal", "loss_reason"): _reason,
    ("deal", "loss_reason_name"): _reason,
    ("deal", "reason_is_label"): not_lost,
    ("deal", "refusal_seen_after_days"): not_lost,
    **dict.fromkeys((("deal", name) for name in _OF_REFUSALS), not_lost),
    ("deal", "catalogue_item"): said(
        "в тексте отказа не названо ничего, что есть в каталоге", "the refusal names nothing that the catalogue has"
    ),
    ("deal", "seller_cause"): said("продавец ещё не ответил", "the seller has not answered yet"),
    ("deal", "sub_reason"): _sub_reason,
    ("deal", "come_back_on"): _come_back,
}
# Metric → the field of the configuration that it stands on.
FIELDS: dict[str, str] = {"reason_text": "deal.reason_text"}
PARAMS: dict[str, object] = {
    **{f"refusals.back_days_{reason.code}": reason.come_back_days or 0 for reason in REASONS},
}
