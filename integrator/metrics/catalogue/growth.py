"""What more a client could buy: turnover and range; metrics of clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrator.metrics.catalogue.purchases import NEVER_BOUGHT, bought
from integrator.metrics.catalogue.rows import (
    Absence,
    Facts,
    Row,
    Texts,
    always_known,
    known,
    known_only_where,
    known_wherever,
    said,
)

if TYPE_CHECKING:
    from integrator.domain.invariants import Invariant

CLIENT: tuple[Row, ...] = (
    ("revenue_90", "money", "money", "Выручка за последние 90 дней.", "Revenue of the last 90 days."),
    ("revenue_90_before", "money", "money", "Выручка за 90 дней до них.", "Revenue of the 90 days before them."),
    (
        "revenue_90_year_ago",
        "money",
        "money",
        "Выручка за те же 90 дней год назад; пусто, если её не было.",
        "Revenue of the same 90 days a year ago; missing where there was none.",
    ),
    (
        "turnover_ratio",
        "number",
        "share",
        "Выручка последних 90 дней к выручке 90 дней до них.",
        "Revenue of the last 90 days over that of the 90 days before.",
    ),
    (
        "turnover_ratio_year",
        "number",
        "share",
        "Выручка последних 90 дней к выручке тех же дней год назад.",
        "Revenue of the last 90 days over that of the same days a year ago.",
    ),
    ("quarter_on", "date", "", "Первый день текущего квартала.", "The first day of this calendar quarter."),
    ("groups_bought", "string", "", "Какие группы товаров берёт.", "The groups of products he buys."),
    (
        "groups_missing",
        "string",
        "",
        "Какие группы товаров берут похожие клиенты, а он нет; сначала крупные.",
        "The groups of products that clients like him buy and he does not, the largest first.",
    ),
    (
        "gap_group",
        "string",
        "",
        "Самая крупная группа товаров, которую берут похожие клиенты, а он нет.",
        "The largest group of products that clients like him buy and he does not.",
    ),
    (
        "gap_share",
        "number",
        "share",
        "Доля похожих клиентов, которые берут эту группу.",
        "The share of clients like him who buy this group.",
    ),
)

DEAL: tuple[Row, ...] = ()
MANAGER: tuple[Row, ...] = ()
INVARIANTS: tuple[Invariant, ...] = (
    *always_known("client", "revenue_90", "revenue_90_before", "quarter_on"),
    *known_only_where(
        "client",
        {
            **dict.fromkeys(("revenue_90_year_ago", "turnover_ratio", "groups_bought"), bought(1)),
            "turnover_ratio_year": known("revenue_90_year_ago"),
            "groups_missing": known("gap_group"),
            "gap_group": known("groups_bought"),
            "gap_share": known("gap_group"),
        },
    ),
    *known_wherever(
        "client",
        {"turnover_ratio_year": known("revenue_90_year_ago"), "groups_missing": known("gap_group")},
    ),
    *known_wherever("client", {"gap_share": known("gap_group")}),
)


def _compared(russian: str, english: str) -> Absence:
    """Return why there is nothing to compare the turnover with."""

    def why(facts: Facts) -> Texts:
        return said(russian, english) if facts.get("purchase_count") else NEVER_BOUGHT

    return why


def _no_gap(facts: Facts) -> Texts:
    if not facts.get("purchase_count"):
        return NEVER_BOUGHT
    if facts.get("groups_bought") is None:
        return NO_BASKETS
    return said(
        "он берёт всё, что берёт большинство похожих клиентов, или похожих слишком мало",
        "he buys all that most clients like him buy, or there are too few like him",
    )


NO_BASKETS = said("в его покупках нет товаров с группами", "his purchases hold no products that belong to a group")
_BEFORE = _compared("за 90 дней до последних 90 он ничего не купил", "he bought nothing in the 90 days before these")
_YEAR = _compared("год назад в эти же 90 дней он ничего не купил", "he bought nothing in the same 90 days a year ago")


def _baskets(facts: Facts) -> Texts:
    return NO_BASKETS if facts.get("purchase_count") else NEVER_BOUGHT


ABSENT: dict[tuple[str, str], Absence] = {
    ("client", "revenue_90_year_ago"): _YEAR,
    ("client", "turnover_ratio"): _BEFORE,
    ("client", "turnover_ratio_year"): _YEAR,
    ("client", "groups_bought"): _baskets,
    **dict.fromkeys((("client", name) for name in ("groups_missing", "gap_group", "gap_share")), _no_gap),
}
FIELDS: dict[str, str] = {}
PARAMS: dict[str, object] = {"growth.most_share": 0.5, "growth.alike_minimum": 3}
