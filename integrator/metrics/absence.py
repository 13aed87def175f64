"""Why a fact is missing, in words: what the base would need for it to be known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    Facts = Mapping[str, Any]
    Texts = dict[str, str]


def _said(russian: str, english: str) -> Texts:
    return {"ru": russian, "en": english}


NEVER_BOUGHT = _said("покупок у него ещё не было", "he has not bought yet")
NO_RATE = _said(
    "сумма в валюте, для которой в CRM нет курса", "the amount is in a currency for which the CRM has no rate"
)
NEVER_CAME_BACK = _said("потерянным он не был или с тех пор не покупал", "he was never lost, or has not bought since")
STILL_OPEN = _said("сделка ещё открыта", "the deal is still open")
NOT_LOST = _said("сделка не проиграна", "the deal is not lost")
NOT_CHOSEN = _said("в сделке причина не выбрана", "no reason is chosen in the deal")
NO_REFUSAL = _said("отказов у него не было", "he has not refused anything")
ELSE = _said("в базе этого нет", "the base does not hold it")

# Metric → the field of methods that it stands on.
FIELDS = {"blacklisted": "client.blacklisted", "reason_text": "deal.reason_text"}
EMPTY = _said("в карточке пусто", "it is empty in the card")


def why(subject: str, name: str, facts: Facts, fields_named: Collection[str]) -> Texts:
    """Return why the metric has no value for this subject, by language."""
    field = FIELDS.get(name)
    if field is not None:
        return EMPTY if field in fields_named else unnamed(field)
    tell = _TELLS.get((subject, name))
    return (tell(facts) if tell else None) or ELSE


def unnamed(field: str) -> Texts:
    """Return the sentence about a field that the configuration does not name."""
    return _said(
        f"поле {field} не указано в настройках портала (fields)",
        f"the field {field} is not named in the portal's fields",
    )


def _deal_reason(facts: Facts) -> Texts | None:
    if facts.get("outcome") != "lost":
        return NOT_LOST
    name = facts.get("loss_reason_name")
    return NOT_CHOSEN if name is None else _unmapped(name)


def _unmapped(name: str) -> Texts:
    return _said(
        f"«{name}» не сопоставлено с единым списком: добавьте его в loss_reasons.map",
        f"“{name}” is not mapped to the canonical list: add it to loss_reasons.map",
    )


def _refusal_reason(facts: Facts) -> Texts:
    if facts.get("last_refusal_at") is None:
        return NO_REFUSAL
    return _said(
        "причина не выбрана или её слово не сопоставлено (loss_reasons.map)",
        "no reason is chosen, or its word is not mapped (loss_reasons.map)",
    )


def _variation(facts: Facts) -> Texts:
    if not facts.get("purchase_count"):
        return NEVER_BOUGHT
    if facts["purchase_count"] == 1:
        return _said("покупка пока одна, сравнить не с чем", "there is one purchase only, nothing to compare with")
    return _said("за год до последней покупки он ничего не принёс", "the year to his last purchase brought nothing")


def _bought(facts: Facts) -> Texts | None:
    return None if facts.get("purchase_count") else NEVER_BOUGHT


def _returned(facts: Facts) -> Texts:
    return NEVER_CAME_BACK if facts.get("purchase_count") else NEVER_BOUGHT


def _rated(facts: Facts) -> Texts:
    return _bought(facts) or NO_RATE


def _lost(facts: Facts) -> Texts | None:
    return None if facts.get("outcome") == "lost" else NOT_LOST


_BY_PURCHASES = (
    *("last_purchase_on", "days_silent", "purchase_period_days", "purchase_period_source", "lost_threshold_days"),
    *("return_window_days", "value_365", "abc_share_above"),
)
_TELLS: dict[tuple[str, str], Callable[[Facts], Texts | None]] = {
    **dict.fromkeys((("client", name) for name in _BY_PURCHASES), _bought),
    ("client", "last_purchase_amount"): _rated,
    ("client", "average_purchase"): _rated,
    ("client", "last_return_on"): _returned,
    ("client", "days_since_return"): _returned,
    ("client", "revenue_variation"): _variation,
    ("client", "last_refusal_at"): lambda _: NO_REFUSAL,
    ("client", "last_refusal_reason"): _refusal_reason,
    ("deal", "closed_at"): lambda _: STILL_OPEN,
    ("deal", "days_since_closed"): lambda _: STILL_OPEN,
    ("deal", "amount"): lambda _: NO_RATE,
    ("deal", "loss_reason"): _deal_reason,
    ("deal", "loss_reason_name"): _deal_reason,
    ("deal", "reason_is_label"): _lost,
    ("deal", "refusal_seen_after_days"): _lost,
}
