"""D1 and D8: when a client is lost, and when a purchase ends a loss."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from tests.unit.metrics.bases import client, deal, facts

QUARTERS = ["2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01"]


def bought(*days: str, first: int = 1, **columns: Any) -> list[dict[str, Any]]:
    return [deal(first + place, "won", f"{day} 12:00", **columns) for place, day in enumerate(days)]


@pytest.mark.parametrize(("today", "lost"), [("2026-01-30", False), ("2026-02-01", True)])
def test_the_golden_case(today: str, lost: bool) -> None:
    found = client(facts(f"{today} 00:30", bought(*QUARTERS)))
    assert found["purchase_period_days"] == 91
    assert (found["days_silent"] >= found["lost_threshold_days"]) is lost


def test_silence_of_exactly_four_thirds_of_the_period_is_a_loss() -> None:
    days = bought("2025-01-01", "2025-04-01", "2025-06-30")  # 90 and 90 days: lost at 120
    assert client(facts("2025-10-27 23:59", days))["days_silent"] == 119
    found = client(facts("2025-10-28 00:00", days))
    assert found["days_silent"] == found["lost_threshold_days"] == 120


@pytest.mark.parametrize(("gap", "threshold"), [(1, 14), (10, 14), (11, 11 * 4 / 3), (547, 547 * 4 / 3), (600, 730)])
def test_the_threshold_has_a_floor_and_a_ceiling(gap: int, threshold: float) -> None:
    later = date.fromordinal(date(2021, 1, 1).toordinal() + gap)
    found = client(facts("2026-01-01 12:00", bought("2021-01-01", str(later))))
    assert found["lost_threshold_days"] == pytest.approx(threshold)


def test_parameters_of_the_portal_are_used() -> None:
    params = {"win_back.lost_after_periods": Fraction(2), "win_back.return_periods": 3}
    found = client(facts("2026-02-01 12:00", bought(*QUARTERS), {"params": params}))
    assert (found["lost_threshold_days"], found["return_window_days"]) == (182, 273)


@pytest.mark.parametrize(
    ("params", "threshold"),
    [
        ({"lost_by": "own_rhythm", "lost_after_periods": 2}, 40),
        ({"lost_by": "fixed_days"}, 90),
        ({"lost_by": "fixed_days", "lost_fixed_days": 7}, 7),  # neither floor nor ceiling: it is what was written
        ({"lost_by": "fixed_days", "lost_fixed_days": 1000}, 1000),
        ({"lost_by": "own_mean"}, 80),
        ({"lost_by": "own_mean", "lost_mean_factor": 3}, 120),
        ({"lost_by": "own_mean", "lost_ceiling_days": 60}, 60),
        ({"lost_by": "percentile_95"}, 80),
        ({"lost_by": "percentile_95", "lost_floor_days": 100}, 100),
    ],
)
def test_what_a_loss_is_judged_by_is_the_portals_choice(params: dict[str, Any], threshold: float) -> None:
    days = bought("2025-01-01", "2025-01-21", "2025-02-10", "2025-05-01")  # 20, 20 and 80 days: 40 in the mean
    named = {f"win_back.{name}": value for name, value in params.items()}
    found = client(facts("2025-05-02 12:00", days, {"params": named}))
    assert (found["purchase_period_days"], found["lost_threshold_days"]) == (20, threshold)


def test_of_twenty_intervals_the_longest_is_beyond_the_95th_percentile() -> None:
    starts = date(2025, 1, 1).toordinal()
    days = [date.fromordinal(starts + 20 * number) for number in range(20)]
    long = [*days, date.fromordinal(days[-1].toordinal() + 100)]
    params = {"params": {"win_back.lost_by": "percentile_95"}}
    found = [client(facts("2027-01-01 12:00", bought(*map(str, some)), params)) for some in (long, long[1:])]
    assert [one["lost_threshold_days"] for one in found] == [20, 100]


def test_a_return_is_judged_by_the_portals_choice() -> None:
    days = bought("2025-01-01", "2025-01-31", "2025-03-12")  # 30 days, then 40
    by_days = {"params": {"win_back.lost_by": "fixed_days", "win_back.lost_fixed_days": 41}}
    by_mean = {"params": {"win_back.lost_by": "own_mean", "win_back.lost_mean_factor": 1.2}}
    assert client(facts("2025-03-20 12:00", days, by_days))["last_return_on"] is None
    assert client(facts("2025-03-20 12:00", days, by_mean))["last_return_on"] == date(2025, 3, 12)


def test_an_even_number_of_intervals_takes_the_mean_of_the_middle_two() -> None:
    found = client(facts("2025-02-01 12:00", bought("2025-01-01", "2025-01-11", "2025-01-22")))
    assert found["purchase_period_days"] == 10.5


def test_purchases_of_one_day_count_once_and_add_up() -> None:
    found = client(facts("2025-02-01 12:00", bought("2025-01-01", "2025-01-11", "2025-01-11", "2025-01-11")))
    assert (found["purchase_count"], found["purchase_period_days"]) == (2, 10)
    assert (found["last_purchase_amount"], found["revenue_total"], found["average_purchase"]) == (
        300_00,
        400_00,
        200_00,
    )


def test_days_are_those_of_the_portal() -> None:
    around_midnight = [
        deal(1, "won", "2025-01-01 23:59"),
        deal(2, "won", "2025-01-02 00:01"),
        deal(3, "won", "2025-01-02 02:59"),
    ]
    found = client(facts("2025-01-03 00:00", around_midnight))
    assert (found["purchase_count"], found["last_purchase_on"], found["days_silent"]) == (2, date(2025, 1, 2), 1)


def others(count: int, gap: int, amount: int = 100_00) -> list[dict[str, Any]]:
    """Clients 2, 3, ... with two purchases `gap` days apart each."""
    start = date(2025, 1, 1).toordinal()
    return [
        deal(
            100 * number + place,
            "won",
            f"{date.fromordinal(start + place * gap)} 12:00",
            company_id=number,
            amount=amount,
        )
        for number in range(2, count + 2)
        for place in (0, 1)
    ]


@pytest.mark.parametrize(("alike", "period", "source"), [(4, 90, "default"), (5, 30, "abc_class")])
def test_one_purchase_takes_the_period_of_five_alike(alike: int, period: int, source: str) -> None:
    once = [deal(number, "won", "2025-02-01 12:00", company_id=number, amount=200_00) for number in (51, 52, 53)]
    base = [*bought("2025-03-01", amount=300_00), *others(alike, 30), *once]  # the last two of them are not A
    found = client(facts("2025-06-01 12:00", base))
    assert (found["abc_share_above"], found["purchase_period_days"], found["purchase_period_source"]) == (
        0,
        period,
        source,
    )


def test_one_purchase_takes_the_period_of_all_where_too_few_are_alike() -> None:
    base = [*bought("2025-03-01", amount=1), *others(5, 30)]  # he is C, they are A, A, A, A and B
    found = client(facts("2025-06-01 12:00", base))
    assert (found["purchase_period_days"], found["purchase_period_source"]) == (30, "all_clients")


def test_who_never_bought_has_no_rhythm() -> None:
    found = client(facts("2025-06-01 12:00", [deal(1)]))
    assert (found["purchase_count"], found["revenue_total"], found["open_deals"]) == (0, 0, 1)
    absent = (
        "last_purchase_on",
        "days_silent",
        "purchase_period_days",
        "purchase_period_source",
        "lost_threshold_days",
        "value_365",
        "abc_share_above",
        "revenue_variation",
        "last_return_on",
        "return_window_days",
    )
    assert [found[name] for name in absent] == [None] * len(absent)


def test_a_purchase_after_a_loss_is_a_return() -> None:
    days = bought("2025-01-01", "2025-01-31", "2025-03-12")  # 30 days, then 40: exactly lost
    found = client(facts("2025-03-20 12:00", days))
    assert (found["last_return_on"], found["days_since_return"]) == (date(2025, 3, 12), 8)
    assert (found["purchase_period_days"], found["return_window_days"]) == (35, 70)


def test_a_purchase_a_day_before_the_loss_is_none() -> None:
    found = client(facts("2025-03-20 12:00", bought("2025-01-01", "2025-01-31", "2025-03-11")))
    assert (found["last_return_on"], found["days_since_return"]) == (None, None)


def test_a_return_is_judged_on_two_purchases_at_least() -> None:
    assert client(facts("2025-03-20 12:00", bought("2023-01-01", "2025-03-12")))["last_return_on"] is None


def test_a_return_is_judged_by_the_rhythm_of_then() -> None:
    # Later purchases are slow; by the period of now the silence of 40 days would be none.
    days = bought("2023-01-01", "2023-01-31", "2023-03-12", "2023-12-31", "2024-12-31")
    assert client(facts("2023-03-15 12:00", days))["last_return_on"] == date(2023, 3, 12)
    assert client(facts("2025-01-05 12:00", days))["last_return_on"] == date(2024, 12, 31)


def test_a_new_return_replaces_the_old() -> None:
    days = bought("2024-01-01", "2024-01-31", "2024-06-01", "2024-07-01", "2024-12-01")
    assert client(facts("2025-01-01 12:00", days))["last_return_on"] == date(2024, 12, 1)
    assert client(facts("2024-11-30 12:00", days))["last_return_on"] == date(2024, 6, 1)


def test_the_day_of_the_loss_is_the_first_that_counts_as_one() -> None:
    known = client(facts("2026-01-30 12:00", bought(*QUARTERS)))
    assert (known["lost_on"], known["lost_recently"]) == (date(2026, 1, 31), False)
    on_the_day = client(facts("2026-01-31 00:00", bought(*QUARTERS)))
    assert on_the_day["days_silent"] >= on_the_day["lost_threshold_days"]
    assert on_the_day["lost_recently"] is True


@pytest.mark.parametrize(("today", "recently"), [("2026-05-01", True), ("2026-05-02", False)])
def test_a_loss_is_recent_for_less_than_another_period(today: str, recently: bool) -> None:
    found = client(facts(f"{today} 12:00", bought(*QUARTERS)))  # lost on 31 January, the period is 91 days
    assert found["lost_recently"] is recently
