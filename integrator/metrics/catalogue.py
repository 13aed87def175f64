"""Every metric by subject and name: its type, its unit and one sentence about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrator.domain import Condition, Group, Metric, Test
from integrator.domain.invariants import Invariant
from integrator.domain.reasons import BY_CODE

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODES = tuple(BY_CODE)

# name, type, unit, Russian, English, values
_Row = tuple[str, str, str, str, str] | tuple[str, str, str, str, str, tuple[str, ...]]

_DEAL: tuple[_Row, ...] = (
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
        _CODES,
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
)

_CLIENT: tuple[_Row, ...] = (
    (
        "purchase_count",
        "integer",
        "purchases",
        "Число покупок; покупки одного дня считаются за одну.",
        "Purchases, those of one day counted once.",
    ),
    ("last_purchase_on", "date", "", "День последней покупки.", "The day of the last purchase."),
    (
        "last_purchase_amount",
        "money",
        "money",
        "Сумма покупок в день последней покупки.",
        "What was bought on the day of the last purchase.",
    ),
    ("days_silent", "integer", "days", "Дней с последней покупки.", "Days since the last purchase."),
    (
        "purchase_period_days",
        "number",
        "days",
        "Обычный промежуток между покупками: свой, а без него похожих клиентов.",
        "The usual interval between purchases: his own, else that of clients like him.",
    ),
    (
        "purchase_period_source",
        "string",
        "",
        "По чьим покупкам взят промежуток.",
        "Whose purchases the interval comes from.",
        ("own", "abc_class", "all_clients", "default"),
    ),
    (
        "lost_threshold_days",
        "number",
        "days",
        "После скольких дней молчания клиент считается потерянным.",
        "Days of silence from which the client counts as lost.",
    ),
    (
        "last_return_on",
        "date",
        "",
        "День последней покупки, прервавшей потерю.",
        "The day of the latest purchase that ended a loss.",
    ),
    ("days_since_return", "integer", "days", "Дней с возвращения.", "Days since the return."),
    (
        "return_window_days",
        "number",
        "days",
        "Сколько дней после возвращения клиент считается вернувшимся.",
        "Days after a return for which the client counts as returned.",
    ),
    (
        "value_365",
        "money",
        "money",
        "Маржа (без неё выручка) за 365 дней до последней покупки.",
        "Margin (else revenue) of the 365 days that end at the last purchase.",
    ),
    (
        "abc_share_above",
        "number",
        "share",
        "Доля клиентов, стоящих выше по ценности, в общей ценности базы.",
        "Share of the base's value that clients ranked above bring.",
    ),
    (
        "revenue_variation",
        "number",
        "",
        "Коэффициент вариации выручки по четырём окнам в 91 день.",
        "Coefficient of variation of revenue over four windows of 91 days.",
    ),
    ("revenue_total", "money", "money", "Выручка за всё время.", "Revenue of all time."),
    ("revenue_365", "money", "money", "Выручка за последние 365 дней.", "Revenue of the last 365 days."),
    ("average_purchase", "money", "money", "Средняя сумма покупки.", "Mean amount of a purchase."),
    ("open_deals", "integer", "deals", "Число открытых сделок.", "Open deals."),
    (
        "blacklisted",
        "boolean",
        "",
        "Клиент в чёрном списке; пусто, если поле не указано в настройках.",
        "The client is blacklisted; missing where the field is not named.",
    ),
    ("last_refusal_at", "instant", "", "Когда был последний отказ.", "When the latest refusal was."),
    (
        "last_refusal_reason",
        "string",
        "",
        "Причина последнего отказа по единому списку.",
        "The canonical reason of the latest refusal.",
        _CODES,
    ),
    (
        "refusal_closes_door",
        "boolean",
        "",
        "Последний отказ закрывает дверь, и покупок после него не было.",
        "The latest refusal closes the door and nothing was bought since.",
    ),
)


def _metric(subject: str, row: _Row) -> Metric:
    """Return a row of the table as a metric."""
    name, kind, unit, russian, english, *values = row
    return Metric(name, subject, kind, unit, {"ru": russian, "en": english}, *values)


METRICS: Mapping[tuple[str, str], Metric] = {
    (subject, row[0]): _metric(subject, row) for subject, rows in (("deal", _DEAL), ("client", _CLIENT)) for row in rows
}


def _known(metric: str) -> Test:
    return Test(metric, "exists", value=True)


def _bought(times: int) -> Test:
    return Test("purchase_count", "gte", times)


_LOST = Test("outcome", "eq", "lost")
_CLOSED = Test("outcome", "in", ("won", "lost"))
_ALWAYS_KNOWN: dict[str, tuple[str, ...]] = {
    "client": ("purchase_count", "open_deals", "revenue_total", "revenue_365", "refusal_closes_door"),
    "deal": ("outcome",),
}
_AT_LEAST: dict[str, dict[str, int]] = {
    "client": {
        "purchase_count": 0,
        "open_deals": 0,
        "days_silent": 0,
        "days_since_return": 0,
        "purchase_period_days": 0,
        "lost_threshold_days": 0,
        "return_window_days": 0,
        "revenue_variation": 0,
    },
    "deal": {"days_since_closed": 0, "refusal_seen_after_days": 0},
}
# The metric is known only where the condition holds.
_KNOWN_ONLY_WHERE: dict[str, dict[str, Condition]] = {
    "client": {
        "last_purchase_on": _bought(1),
        "last_purchase_amount": _bought(1),
        "days_silent": _bought(1),
        "purchase_period_days": _bought(1),
        "purchase_period_source": _bought(1),
        "lost_threshold_days": _bought(1),
        "return_window_days": _bought(1),
        "value_365": _bought(1),
        "abc_share_above": _bought(1),
        "average_purchase": _bought(1),
        "revenue_variation": _bought(2),
        "last_return_on": _bought(2),
        "days_since_return": _known("last_return_on"),
        "last_refusal_reason": _known("last_refusal_at"),
    },
    "deal": {
        "closed_at": _CLOSED,
        "days_since_closed": _known("closed_at"),
        "refusal_seen_after_days": _LOST,
        "reason_is_label": _LOST,
        "loss_reason_name": _LOST,
        "loss_reason": _known("loss_reason_name"),
    },
}
# The metric is known wherever the condition holds.
_KNOWN_WHEREVER: dict[str, dict[str, Condition]] = {
    "client": {
        "last_purchase_on": _bought(1),
        "days_silent": _bought(1),
        "purchase_period_days": _bought(1),
        "purchase_period_source": _bought(1),
        "lost_threshold_days": _bought(1),
        "return_window_days": _bought(1),
        "value_365": _bought(1),
        "abc_share_above": _bought(1),
        "days_since_return": _known("last_return_on"),
    },
    "deal": {"days_since_closed": _known("closed_at"), "reason_is_label": _LOST},
}
_FURTHER = (
    Invariant("client", Test("days_since_return", "gte", None, "days_silent")),
    Invariant("client", _known("last_refusal_reason"), Test("refusal_closes_door", "eq", value=True)),
    Invariant(
        "deal",
        Group("any", (_known("loss_reason_name"), _known("reason_text"))),
        Test("reason_is_label", "eq", value=True),
    ),
)

INVARIANTS: tuple[Invariant, ...] = (
    *(Invariant(subject, _known(name)) for subject, names in _ALWAYS_KNOWN.items() for name in names),
    *(
        Invariant(subject, Test(name, "gte", least))
        for subject, bounds in _AT_LEAST.items()
        for name, least in bounds.items()
    ),
    *(
        Invariant(subject, where, _known(name))
        for subject, rows in _KNOWN_ONLY_WHERE.items()
        for name, where in rows.items()
    ),
    *(
        Invariant(subject, _known(name), where)
        for subject, rows in _KNOWN_WHEREVER.items()
        for name, where in rows.items()
    ),
    *_FURTHER,
)
"""What the arithmetic of the metrics makes true of every client and deal: proofs about rules may count on it."""
