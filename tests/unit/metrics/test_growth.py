"""B8 and B7: a falling turnover, and what a client does not buy of what those like him do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrator.metrics import Context, Facts, compute
from tests.unit.metrics.alone import alone, clients_of
from tests.unit.metrics.bases import MOSCOW, client, deal, facts, frames

TODAY = "2026-06-30"
FAST = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def on(number: int, day: str, amount: int = 100_00, **columns: Any) -> dict[str, Any]:
    return deal(number, "won", f"{day} 12:00", amount=amount, **columns)


def ago(days: int, today: str = TODAY) -> str:
    return str(date.fromisoformat(today) - timedelta(days=days))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, (100_00, 0, None)),
        (89, (100_00, 0, None)),
        (90, (0, 100_00, None)),
        (179, (0, 100_00, None)),
        (180, (0, 0, None)),
        (364, (0, 0, None)),
        (365, (0, 0, 100_00)),
        (454, (0, 0, 100_00)),
        (455, (0, 0, None)),
    ],
)
def test_windows_of_ninety_days_include_the_day_they_end_on(days: int, expected: tuple[int, int, int | None]) -> None:
    found = client(facts(f"{TODAY} 23:59", [on(1, ago(days))]))
    assert (found["revenue_90"], found["revenue_90_before"], found["revenue_90_year_ago"]) == expected


def test_a_year_before_the_leap_day_is_the_28th() -> None:
    found = client(facts("2024-02-29 12:00", [on(1, "2023-02-28"), on(2, "2023-03-01")]))
    assert found["revenue_90_year_ago"] == 100_00


def test_ratios_are_exact_at_the_bound_and_missing_where_there_is_nothing_to_compare_with() -> None:
    seven_tenths = [on(1, ago(5), 70), on(2, ago(95), 100), on(3, ago(370), 100)]
    found = client(facts(f"{TODAY} 12:00", seven_tenths))
    assert (found["turnover_ratio"], found["turnover_ratio_year"]) == (0.7, 0.7)
    new = client(facts(f"{TODAY} 12:00", [on(1, ago(5))]))
    assert (new["turnover_ratio"], new["turnover_ratio_year"]) == (None, None)
    gone = client(facts(f"{TODAY} 12:00", [on(1, ago(95))]))
    assert (gone["revenue_90"], gone["turnover_ratio"]) == (0, 0.0)


def test_who_never_bought_has_no_turnover() -> None:
    found = client(facts(f"{TODAY} 12:00", [deal(1)]))
    names = ("revenue_90", "revenue_90_before", "turnover_ratio", "groups_bought", "gap_group")
    assert [found[name] for name in names] == [0, 0, None, None, None]


PRODUCTS = [
    {"id": 1, "name": "Cable", "group": "Cables"},
    {"id": 2, "name": "Lamp", "group": "Lamps "},
    {"id": 3, "name": "Socket", "group": "Sockets"},
    {"id": 4, "name": "Bag", "group": " "},
]


def buys(company: int, *items: int, amount: int = 100, **columns: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A purchase of these products, for so much each."""
    lines = [{"deal_id": company, "product_id": item, "amount": amount * item} for item in items]
    return on(company, ago(5), 1000_00, **{"company_id": company, **columns}), lines


def base(*bought: tuple[dict[str, Any], list[dict[str, Any]]], **more: Any) -> Facts:
    # One who brings ten times as much makes all the others equals of one class, A.
    deals, lines = [one for one, _ in bought], [line for _, some in bought for line in some]
    return facts(f"{TODAY} 12:00", deals, products=PRODUCTS, basket_lines=lines, **more)


WIDE = {"params": {"win_back.abc_a_below": 1.1, "win_back.abc_b_below": 1.2}}  # all of one class


def test_the_gap_is_what_most_like_him_buy_and_he_does_not() -> None:
    found = client(base(buys(1, 1), buys(2, 1, 2), buys(3, 2, 3), buys(4, 1, 2, 3), settings=WIDE))
    assert (found["groups_bought"], found["groups_missing"]) == ("Cables", "Lamps, Sockets")
    # Three of three buy lamps for 600, two of three sockets for 600: of equals the first by name.
    assert (found["gap_group"], found["gap_share"]) == ("Lamps", 1.0)


def test_of_several_gaps_the_one_with_the_most_spending_comes_first() -> None:
    found = client(base(buys(1, 1), buys(2, 1, 2), buys(3, 2, 3), buys(4, 2, 3, amount=200), settings=WIDE))
    assert (found["gap_group"], found["gap_share"]) == ("Sockets", pytest.approx(2 / 3))


def test_half_of_them_is_not_most_of_them() -> None:
    some = (buys(1, 1), buys(2, 1), buys(3, 1, 2), buys(4, 1, 2), buys(5, 1))
    assert client(base(*some, settings=WIDE))["gap_group"] is None
    assert client(base(*some[:4], settings=WIDE))["gap_group"] == "Lamps"


def test_too_few_alike_tell_nothing_and_neither_do_unknown_baskets() -> None:
    assert client(base(buys(1, 1), buys(2, 2), buys(3, 2), settings=WIDE))["gap_group"] is None
    unknown = base(buys(1), buys(2, 2), buys(3, 2), buys(4, 2), buys(5, 4), settings=WIDE)
    assert (client(unknown)["groups_bought"], client(unknown)["gap_group"]) == (None, None)
    assert client(unknown, 5)["groups_bought"] is None


def test_his_industry_says_who_is_like_him_where_enough_of_it_are_known() -> None:
    four = [{"id": number, "name": "", "industry": "Стройка"} for number in range(1, 5)]
    others = [buys(number, 3) for number in range(5, 12)]
    same = [buys(1, 1), buys(2, 1, 2), buys(3, 2), buys(4, 2)]
    assert client(base(*same, *others, settings=WIDE, companies=four))["gap_group"] == "Lamps"
    assert client(base(*same, *others, settings=WIDE, companies=four[:3]))["gap_group"] == "Sockets"


def test_spending_is_compared_in_one_currency() -> None:
    rates = [{"code": "RUB", "rate": "1", "is_base": True}, {"code": "USD", "rate": "90", "is_base": False}]
    dollars = {"currency": "USD"}
    some = (buys(1, 1), buys(2, 2, 3), buys(3, 2, 3), buys(4, 2), buys(5, 2, **dollars))
    assert client(base(*some, settings=WIDE, currencies=rates))["gap_group"] == "Lamps"


COMPANIES = st.integers(1, 9)
ITEMS = st.lists(st.sampled_from([1, 2, 3, 4, None]), max_size=4)
MOMENTS = st.integers(0, 500)
NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)


@st.composite
def shops(draw: st.DrawFn) -> dict[str, Any]:
    deals, lines = [], []
    for number in range(1, draw(st.integers(1, 25)) + 1):
        moment = NOW - timedelta(days=draw(MOMENTS) - 60)
        columns = {"company_id": draw(COMPANIES), "created_at": moment - timedelta(days=1)}
        amount = draw(st.sampled_from([0, 100, 5000]))
        one = deal(number, draw(st.sampled_from(["won", "won", "lost", "open"])), None, amount=amount, **columns)
        deals.append(one | {"closed_at": None if one["outcome"] == "open" else moment})
        lines += [{"deal_id": number, "product_id": item, "amount": 10 * number} for item in draw(ITEMS)]
    industries = draw(st.lists(st.sampled_from([None, "", "a", "A "]), min_size=9, max_size=9))
    companies = [{"id": number + 1, "name": "", "industry": name} for number, name in enumerate(industries)]
    return {"deals": deals, "basket_lines": lines, "companies": companies, "products": PRODUCTS}


def looked_at(shop: dict[str, Any]) -> Facts:
    return compute(frames(**shop), CONTEXT)


CONTEXT = Context(NOW, MOSCOW, "RUB", params={"growth.alike_minimum": 1, "win_back.abc_a_below": 0.5})


@FAST
@given(shop=shops())
def test_groups_and_gaps_are_as_the_method_says(shop: dict[str, Any]) -> None:
    found = clients_of(looked_at(shop))
    for (_, number), row in found.items():
        expected = gap(shop, number, {company: row["abc"] for (_, company), row in lettered(found).items()})
        assert (row["gap_group"], row["gap_share"]) == expected


def lettered(found: dict[Any, dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    def letter(share: float | None) -> str | None:
        return None if share is None else "A" if share < 0.5 else "B" if share < 0.95 else "C"

    return {key: {**row, "abc": letter(row["abc_share_above"])} for key, row in found.items()}


def gap(shop: dict[str, Any], number: int, letters: dict[int, str | None]) -> tuple[str | None, float | None]:
    """The definition, one client after another."""
    groups = {row["id"]: row["group"].strip() for row in PRODUCTS if row["group"].strip()}
    sold = {
        row["id"]: row["company_id"] for row in shop["deals"] if row["outcome"] == "won" and row["closed_at"] <= NOW
    }
    spent: dict[int, dict[str, int]] = {}
    for line in shop["basket_lines"]:
        if line["deal_id"] in sold and line["product_id"] in groups:
            own = spent.setdefault(sold[line["deal_id"]], {})
            group = groups[line["product_id"]]
            own[group] = own.get(group, 0) + line["amount"]
    if number not in spent:
        return None, None
    industry = {row["id"]: (row["industry"] or "").strip().lower() for row in shop["companies"]}
    like = [other for other in spent if other != number and letters[other] == letters[number]]
    same = [other for other in like if industry[other] == industry[number]] if industry[number] else []
    alike = same or like
    found = []
    for group in {name for other in alike for name in spent[other]} - set(spent[number]):
        share = sum(group in spent[other] for other in alike) / len(alike)
        if share > 0.5:
            found.append((-sum(spent[other].get(group, 0) for other in alike), group, share))
    return (min(found)[1], min(found)[2]) if found else (None, None)


@FAST
@given(shop=shops())
def test_one_client_alone_is_what_he_is_among_all(shop: dict[str, Any]) -> None:
    snapshot, found = frames(**shop), looked_at(shop)
    for company, row in clients_of(found).items():
        assert alone(snapshot, CONTEXT, found.shared, company) == row


@FAST
@given(shop=shops())
def test_nothing_changes_by_what_comes_after_now(shop: dict[str, Any]) -> None:
    known = {**shop, "deals": [row for row in shop["deals"] if row["created_at"] <= NOW]}
    assert looked_at(shop).clients.equals(looked_at(known).clients)
