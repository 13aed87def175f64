"""B2: what a client is expected to bring against what his hours cost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.metrics.bases import at, client, deal, facts

NOW = "2026-01-01 12:00"
COSTS = {"target.hours_per_year": 10, "target.hour_cost": 1000}


def base(won: int, lost: int, amount: int, *, pipeline: int = 1) -> list[dict[str, Any]]:
    """New clients of whom so many bought once for the amount (in minor units) and so many refused."""
    return [
        deal(
            number,
            "won" if number <= won else "lost",
            "2025-06-01 12:00",
            company_id=100 + number,
            amount=amount,
            pipeline_id=pipeline,
        )
        for number in range(1, won + lost + 1)
    ]


def judged(deals: list[dict[str, Any]], params: dict[str, Any] | None = None, number: int = 1) -> tuple[Any, Any, Any]:
    settings = {"params": COSTS if params is None else params}
    companies = [{"id": 1, "created_at": at("2025-01-01 12:00")}]
    row = client(facts(NOW, deals, settings, companies=companies), number)
    return row["win_chance"], row["expected_margin"], row["uneconomic"]


@pytest.mark.parametrize(
    ("amount", "uneconomic"),
    [(40_000_00, False), (40_000_01, False), (39_999_99, True)],  # a quarter of it against ten hours of 1000
)
def test_a_client_pays_when_what_is_expected_reaches_the_cost(amount: int, uneconomic: bool) -> None:
    assert judged(base(5, 15, amount)) == (0.25, amount, uneconomic)


@pytest.mark.parametrize("missing", ["target.hours_per_year", "target.hour_cost"])
def test_nothing_is_said_while_hours_or_their_cost_are_unset(missing: str) -> None:
    assert judged(base(5, 15, 1), {**COSTS, missing: 0}) == (None, None, None)


def test_fewer_than_twenty_decided_deals_tell_no_chance() -> None:
    assert judged(base(5, 14, 1)) == (None, 1, None)
    assert judged(base(5, 14, 1), {**COSTS, "target.least_decided": 19})[0] == pytest.approx(5 / 19)


def test_deals_decided_more_than_a_year_ago_do_not_count() -> None:
    old = [{**row, "closed_at": at("2025-01-01 23:50")} for row in base(0, 15, 1)]
    assert judged([*base(5, 15, 1), *[{**row, "id": 100 + row["id"]} for row in old]])[0] == 0.25


def test_the_chance_is_that_of_the_pipeline_in_which_he_is_worked() -> None:
    elsewhere = [{**row, "id": 50 + row["id"], "company_id": 300 + row["id"]} for row in base(20, 0, 100, pipeline=2)]
    deals = [*base(5, 15, 100), *elsewhere]
    lost_there = deal(90, "lost", "2025-06-01 12:00", pipeline_id=2, created_at=at("2025-05-01 12:00"))
    # Without a deal the chance is that of all pipelines; an open deal weighs more than a later one that is closed.
    assert judged(deals)[0] == 25 / 40
    assert judged([*deals, deal(91, pipeline_id=1)])[0] == 0.25
    assert judged([*deals, deal(91, pipeline_id=1), lost_there])[0] == 5 / 20
    assert judged([*deals, lost_there])[0] == 20 / 21
    assert judged([*deals, deal(91, pipeline_id=7)]) == (None, 100, None)


def test_a_first_purchase_is_won_of_a_new_client_and_later_deals_of_his_class() -> None:
    first = base(10, 10, 100)
    again = [deal(60 + number, "lost", "2025-07-01 12:00", company_id=100 + number) for number in range(1, 11)]
    won_again = [deal(80 + number, "won", "2025-08-01 12:00", company_id=101) for number in range(1, 11)]
    deals = [*first, *again, *won_again]
    assert judged(deals)[0] == 0.5
    # Company 101 alone is of class A: its refusal and ten wins are fewer than twenty decided.
    settings = {**COSTS, "target.least_decided": 11}
    assert judged(deals, settings, number=101)[0] == pytest.approx(10 / 11)


def test_the_margin_is_the_median_of_the_class_and_of_all_buyers_for_a_new_client() -> None:
    deals = [
        deal(number, "won", "2025-06-01 12:00", company_id=100 + number, amount=amount)
        for number, amount in enumerate((70_00, 20_00, 6_00, 4_00), 1)
    ]
    assert [judged(deals, number=number)[1] for number in (101, 102, 103, 104)] == [45_00, 45_00, 6_00, 4_00]
    assert judged(deals)[1] == 13_00
