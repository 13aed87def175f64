"""What and how each client buys, and what became of him: metrics of clients."""

from __future__ import annotations

from fractions import Fraction

from integrator.domain import Test
from integrator.domain.invariants import Invariant
from integrator.domain.reasons import BY_CODE
from integrator.metrics.catalogue.refusals import NO_RATE
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
        "lost_on",
        "date",
        "",
        "С какого дня молчание считается потерей, если не купит раньше.",
        "The day from which silence counts as a loss unless he buys before.",
    ),
    (
        "lost_recently",
        "boolean",
        "",
        "Потерян, и с потери не прошло ещё одного обычного промежутка.",
        "Lost, and since the loss not another usual interval has passed.",
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
        tuple(BY_CODE),
    ),
    (
        "refusal_closes_door",
        "boolean",
        "",
        "Последний отказ закрывает дверь, и покупок после него не было.",
        "The latest refusal closes the door and nothing was bought since.",
    ),
)


def bought(times: int) -> Test:
    """Return the condition that the client bought on so many days."""
    return Test("purchase_count", "gte", times)


DEAL: tuple[Row, ...] = ()
MANAGER: tuple[Row, ...] = ()
INVARIANTS: tuple[Invariant, ...] = (
    *always_known("client", *("purchase_count", "open_deals", "revenue_total", "revenue_365", "refusal_closes_door")),
    *at_least(
        "client",
        {
            "purchase_count": 0,
            "open_deals": 0,
            "days_silent": 0,
            "days_since_return": 0,
            "purchase_period_days": 0,
            "lost_threshold_days": 0,
            "return_window_days": 0,
            "revenue_variation": 0,
        },
    ),
    *known_only_where(
        "client",
        {
            "last_purchase_on": bought(1),
            "last_purchase_amount": bought(1),
            "days_silent": bought(1),
            "purchase_period_days": bought(1),
            "purchase_period_source": bought(1),
            "lost_threshold_days": bought(1),
            "lost_on": bought(1),
            "lost_recently": bought(1),
            "return_window_days": bought(1),
            "value_365": bought(1),
            "abc_share_above": bought(1),
            "average_purchase": bought(1),
            "revenue_variation": bought(2),
            "last_return_on": bought(2),
            "days_since_return": known("last_return_on"),
            "last_refusal_reason": known("last_refusal_at"),
        },
    ),
    *known_wherever(
        "client",
        {
            "last_purchase_on": bought(1),
            "days_silent": bought(1),
            "purchase_period_days": bought(1),
            "purchase_period_source": bought(1),
            "lost_threshold_days": bought(1),
            "lost_on": bought(1),
            "lost_recently": bought(1),
            "return_window_days": bought(1),
            "value_365": bought(1),
            "abc_share_above": bought(1),
            "days_since_return": known("last_return_on"),
        },
    ),
    Invariant("client", Test("days_since_return", "gte", None, "days_silent")),
    Invariant(
        "client", Test("days_silent", "gte", None, "lost_threshold_days"), Test("lost_recently", "eq", value=True)
    ),
    Invariant("client", known("last_refusal_reason"), Test("refusal_closes_door", "eq", value=True)),
)

NEVER_BOUGHT = said("покупок у него ещё не было", "he has not bought yet")
NEVER_CAME_BACK = said("потерянным он не был или с тех пор не покупал", "he was never lost, or has not bought since")
NO_REFUSAL = said("отказов у него не было", "he has not refused anything")


def _refusal_reason(facts: Facts) -> Texts:
    if facts.get("last_refusal_at") is None:
        return NO_REFUSAL
    return said(
        "причина не выбрана или её слово не сопоставлено (loss_reasons.map)",
        "no reason is chosen, or its word is not mapped (loss_reasons.map)",
    )


def _variation(facts: Facts) -> Texts:
    if not facts.get("purchase_count"):
        return NEVER_BOUGHT
    if facts["purchase_count"] == 1:
        return said("покупка пока одна, сравнить не с чем", "there is one purchase only, nothing to compare with")
    return said("за год до последней покупки он ничего не принёс", "the year to his last purchase brought nothing")


def never_bought(facts: Facts) -> Texts | None:
    """Return that the client has not bought, where he has not."""
    return None if facts.get("purchase_count") else NEVER_BOUGHT


def _returned(facts: Facts) -> Texts:
    return NEVER_CAME_BACK if facts.get("purchase_count") else NEVER_BOUGHT


def _rated(facts: Facts) -> Texts:
    return never_bought(facts) or NO_RATE


_BY_PURCHASES = (
    *("last_purchase_on", "days_silent", "purchase_period_days", "purchase_period_source", "lost_threshold_days"),
    *("return_window_days", "value_365", "abc_share_above", "lost_on", "lost_recently"),
)
ABSENT: dict[tuple[str, str], Absence] = {
    **dict.fromkeys((("client", name) for name in _BY_PURCHASES), never_bought),
    ("client", "last_purchase_amount"): _rated,
    ("client", "average_purchase"): _rated,
    ("client", "last_return_on"): _returned,
    ("client", "days_since_return"): _returned,
    ("client", "revenue_variation"): _variation,
    ("client", "last_refusal_at"): NO_REFUSAL,
    ("client", "last_refusal_reason"): _refusal_reason,
}
FIELDS: dict[str, str] = {"blacklisted": "client.blacklisted"}
PARAMS: dict[str, object] = {
    "win_back.lost_by": "own_rhythm",
    "win_back.lost_after_periods": Fraction(4, 3),
    "win_back.lost_fixed_days": 90,
    "win_back.lost_mean_factor": 2,
    "win_back.lost_floor_days": 14,
    "win_back.lost_ceiling_days": 730,
    "win_back.default_period_days": 90,
    "win_back.cohort_minimum": 5,
    "win_back.return_periods": 2,
    "win_back.abc_a_below": 0.8,
    "win_back.abc_b_below": 0.95,
}
