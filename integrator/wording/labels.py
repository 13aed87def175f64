"""What metrics and their values are called in sentences; what is not listed is called by its own sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrator.domain.reasons import BY_CODE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.domain import Metric

LANGUAGES = ("ru", "en")
# Stands before what a deal's client is.
OF_CLIENT = "client."

# Noun phrases that stand before a figure: "молчание 123 дня", "silence 123 days".
LABELS: Mapping[str, tuple[str, str]] = {
    "outcome": ("исход сделки", "outcome"),
    "closed_at": ("закрытие сделки", "closing"),
    "created_at": ("создание сделки", "creation"),
    "amount": ("сумма сделки", "amount"),
    "loss_reason": ("причина отказа по единому списку", "canonical reason"),
    "loss_reason_name": ("причина отказа из списка портала", "reason from the portal's list"),
    "reason_text": ("пояснение к отказу", "explanation of the refusal"),
    "reason_is_label": ("вместо причины ярлык", "a label instead of a reason"),
    "refusal_seen_after_days": ("задержка, с которой узнали об отказе", "delay until the refusal was seen"),
    "days_since_closed": ("со дня закрытия прошло", "since closing"),
    "purchase_count": ("число покупок", "number of purchases"),
    "last_purchase_on": ("последняя покупка", "last purchase"),
    "last_purchase_amount": ("сумма последней покупки", "amount of the last purchase"),
    "days_silent": ("молчание", "silence"),
    "purchase_period_days": ("обычный промежуток между покупками", "usual interval between purchases"),
    "purchase_period_source": ("промежуток взят", "interval taken"),
    "lost_threshold_days": ("порог потери", "threshold of loss"),
    "last_return_on": ("последнее возвращение", "latest return"),
    "days_since_return": ("после возвращения прошло", "since the return"),
    "return_window_days": ("срок заботы о вернувшемся", "time of care after a return"),
    "value_365": ("ценность за год до последней покупки", "value of the year to the last purchase"),
    "abc_share_above": ("более ценные клиенты приносят", "share of value ranked above"),
    "revenue_variation": ("колебание выручки по кварталам", "variation of revenue from quarter to quarter"),
    "revenue_total": ("выручка за всё время", "revenue of all time"),
    "revenue_365": ("выручка за последние 365 дней", "revenue of the last 365 days"),
    "average_purchase": ("средняя покупка", "mean purchase"),
    "open_deals": ("число открытых сделок", "number of open deals"),
    "blacklisted": ("в чёрном списке", "blacklisted"),
    "last_refusal_at": ("последний отказ", "latest refusal"),
    "last_refusal_reason": ("причина последнего отказа", "reason of the latest refusal"),
    "refusal_closes_door": ("последний отказ закрыл дверь", "the latest refusal closes the door"),
}

# (one, few, many) in Russian, (one, many) in English.
UNITS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "days": {"ru": ("день", "дня", "дней"), "en": ("day", "days")},
    "purchases": {"ru": ("покупка", "покупки", "покупок"), "en": ("purchase", "purchases")},
    "deals": {"ru": ("сделка", "сделки", "сделок"), "en": ("deal", "deals")},
    "clients": {"ru": ("клиент", "клиента", "клиентов"), "en": ("client", "clients")},
    "managers": {"ru": ("менеджер", "менеджера", "менеджеров"), "en": ("manager", "managers")},
    "tasks": {"ru": ("задача", "задачи", "задач"), "en": ("task", "tasks")},
}

VALUES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("outcome", "open"): ("открыта", "open"),
    ("outcome", "won"): ("выиграна", "won"),
    ("outcome", "lost"): ("проиграна", "lost"),
    ("purchase_period_source", "own"): ("по его собственным покупкам", "from his own purchases"),
    ("purchase_period_source", "abc_class"): ("по клиентам того же класса ABC", "from clients of the same ABC class"),
    ("purchase_period_source", "all_clients"): ("по всем клиентам", "from all clients"),
    ("purchase_period_source", "default"): (
        "из настроек: сравнить не с кем",
        "from the settings: nobody to compare with",
    ),
}
FLAGS = {True: ("да", "yes"), False: ("нет", "no")}
SUBJECTS = {"client": ("клиент", "client"), "deal": ("сделка", "deal"), "manager": ("менеджер", "manager")}


def label(name: str, metric: Metric | None, language: str) -> str:
    """Return what the metric is called inside a sentence; a class by its title in quotes."""
    if name.startswith(OF_CLIENT):
        own = label(name.removeprefix(OF_CLIENT), metric, language)
        return f"{'клиент' if language == 'ru' else 'client'}: {own[:1].lower()}{own[1:]}"
    if name in LABELS:
        return LABELS[name][LANGUAGES.index(language)]
    if metric is None or not metric.doc:
        return name
    text = metric.doc[language].rstrip(".").strip()
    if name.startswith("class."):
        return text
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def word(name: str, value: str, language: str) -> str | None:
    """Return a value of the metric in words; None where it is the portal's own text."""
    name = name.removeprefix(OF_CLIENT)
    if (name, value) in VALUES:
        return VALUES[name, value][LANGUAGES.index(language)]
    if name in {"loss_reason", "last_refusal_reason"} and value in BY_CODE:
        return f"«{BY_CODE[value].name(language)}»" if language == "ru" else f"“{BY_CODE[value].name(language)}”"
    return None
