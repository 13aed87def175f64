"""Losses by manager: the golden case, the window's edges, and what they cost a year."""

from __future__ import annotations

from typing import Any

import pytest

from integrator.metrics.purchases import purchase_days
from integrator.reports.losses import flagged, losses
from tests.unit.metrics.bases import at, deal
from tests.unit.reports.grounds import Ground, window

YEAR = window("2026-01-01", "2026-12-31")
MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07")


def company(number: int, manager: int | None = 7) -> dict[str, Any]:
    return {"id": number, "name": f"C{number}", "responsible_id": manager, "created_at": at("2020-01-01 12:00")}


def bought(number: int, *days: str, amount: int = 50_000_00) -> list[dict[str, Any]]:
    return [
        deal(number * 100 + place, "won", f"{day} 12:00", company_id=number, amount=amount)
        for place, day in enumerate(days)
    ]


def counted(ground: Ground) -> list[dict[str, Any]]:
    return losses(ground.facts, purchase_days(ground.base.deals), ground.context, ground.window)


def test_ten_lost_at_fifty_thousand_seven_times_a_year_are_three_and_a_half_million() -> None:
    deals = [one for number in range(1, 11) for one in bought(number, *(f"{month}-10" for month in MONTHS))]
    ground = Ground(YEAR, deals=deals, companies=[company(number) for number in range(1, 11)])
    assert counted(ground) == [
        {
            "manager_id": "7",
            "clients_total": 10,
            "clients_lost": 10,
            "lost_pct": 100.0,
            "money_lost_per_year": pytest.approx(3_500_000),
        }
    ]


@pytest.mark.parametrize(
    ("since", "until", "lost"),
    [
        ("2026-01-01", "2026-01-30", 0),
        ("2026-01-31", "2026-01-31", 1),
        ("2026-01-15", "2026-03-01", 1),
        ("2026-02-01", "2026-03-01", 0),
    ],
)
def test_a_client_is_lost_in_the_window_that_holds_his_threshold_day(since: str, until: str, lost: int) -> None:
    # 1 January, April, July, October of 2025: period 91, lost from 121.33 days of silence on, that is on 31 January.
    deals = bought(1, "2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01")
    ground = Ground(window(since, until), deals=deals, companies=[company(1)])
    assert counted(ground)[0]["clients_lost"] == lost
    days = flagged(ground.facts.clients, ground.window)["lost_on"].drop_nulls()
    assert [str(day) for day in days] == (["2026-01-31"] if until >= "2026-01-31" else [])


def test_who_bought_since_is_not_lost() -> None:
    deals = bought(1, "2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01", "2026-02-20")
    ground = Ground(window("2026-01-01", "2026-02-28"), deals=deals, companies=[company(1)])
    assert counted(ground)[0]["clients_lost"] == 0


def test_what_happens_after_the_window_is_not_seen() -> None:
    before = bought(1, "2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01")
    after = bought(1, "2026-03-15")
    early = window("2026-01-01", "2026-02-28")
    alone = counted(Ground(early, deals=before, companies=[company(1)]))
    told = counted(Ground(early, deals=[*before, {**after[0], "id": 999}], companies=[company(1)]))
    assert alone == told
    assert alone[0]["clients_lost"] == 1


def test_every_client_stands_with_his_manager_and_who_never_bought_with_none() -> None:
    deals = [*bought(1, "2026-05-01"), *bought(2, "2026-05-02"), deal(900, company_id=4)]
    companies = [company(1, 7), company(2, None), company(3, 7), company(4, 8)]
    rows = counted(Ground(YEAR, deals=deals, companies=companies))
    assert [(row["manager_id"], row["clients_total"]) for row in rows] == [("7", 1), (None, 1)]


def test_purchases_of_one_day_count_once_and_their_amounts_add_up() -> None:
    # Two deals of one day: one purchase of 100,000; silent from 1 May on, lost by the default of 90 days.
    deals = [*bought(1, "2026-05-01", "2026-05-01"), *bought(2, "2026-12-20", amount=0)]
    rows = counted(Ground(YEAR, deals=deals, companies=[company(1), company(2)]))
    # 1 lost x (100,000 / 2 purchases) x (2 purchases / 2 clients)
    assert rows[0]["money_lost_per_year"] == pytest.approx(50_000)
