"""A replay sees each day as its evening did, whatever came later; tasks and losses count on the day they arose."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from integrator import backtest as step
from integrator import bootstrap, decide
from integrator.backtest import Window
from integrator.config import Auth, Config, Portal
from tests.unit.metrics.bases import at, deal, frames
from tests.unit.metrics.worlds import Story, regulars, snapshot, stories

if TYPE_CHECKING:
    from pathlib import Path

LATER = datetime(2030, 1, 1, tzinfo=UTC)
USERS = [{"id": number, "name": f"u{number}", "active": number != 3} for number in (1, 2, 3)]

# Of the refusals, the rule about reasons that are missing.
REASON = ["refusals/reason_missing"]


def job(base: Path, at_: datetime = LATER, **rules: Any) -> decide.Job:
    portal = Portal(
        crm="amocrm",
        base_url="http://localhost",
        auth=Auth.model_validate({"long_lived_token": "x"}),
        timezone="Europe/Moscow",
        currency="RUB",
        rules=rules,  # type: ignore[arg-type]
    )
    found = bootstrap.rule_set(Config(portals={"p": portal}), "p", base)
    return decide.Job("p", portal, found, bootstrap.rule_engine(), at_)


def run(tables: dict[str, Any], tested: decide.Job, since: str, until: str, **more: Any) -> step.Backtest:
    window = Window(date.fromisoformat(since), date.fromisoformat(until), **more)
    return step.of_snapshot(frames(**{"users": USERS, **tables}), tested, window, lambda *_: None)


def refused(number: int, day: str, manager: int = 1, **columns: Any) -> dict[str, Any]:
    row = {"company_id": number, "responsible_id": manager, "created_at": at("2025-01-01 12:00"), **columns}
    return deal(number, "lost", f"{day} 12:00", **row)


REFUSALS = [
    refused(1, "2025-03-02"),  # before the window
    refused(2, "2025-03-10"),
    refused(3, "2025-03-10"),
    refused(4, "2025-03-12"),
    refused(5, "2025-03-12", manager=2),
    refused(6, "2025-03-12", manager=3),  # does not work here any more
    refused(7, "2025-03-12", reason_text="Нашли дешевле"),
    refused(8, "2025-03-31"),  # after the window
]


def test_tasks_are_counted_by_day_and_manager(tmp_path: Path) -> None:
    found = run({"deals": REFUSALS}, job(tmp_path, packs=["refusals"], only=REASON), "2025-03-05", "2025-03-20").replay
    assert step.by_day(found) == [
        {"day": date(2025, 3, 10), "manager_id": 1, "tasks": 2},
        {"day": date(2025, 3, 12), "manager_id": 1, "tasks": 1},
        {"day": date(2025, 3, 12), "manager_id": 2, "tasks": 1},
        {"day": date(2025, 3, 12), "manager_id": None, "tasks": 1},
    ]
    first = step.by_manager(found)[0]
    assert first == {"manager_id": 1, "tasks": 3, "a_day": 0.19, "peak": 2, "peak_day": date(2025, 3, 10)}
    (missing,) = [row for row in step.by_rule(found) if row["rule"] == "refusals/reason_missing"]
    assert (missing["findings"], missing["tasks"], missing["before"], missing["settled"]) == (5, 5, 1, 0)


def test_a_task_whose_cause_went_away_was_settled_by_itself(tmp_path: Path) -> None:
    changes = [
        {"id": str(place), "deal_id": 2, "pipeline_id": 1, "stage_id": stage, "at": at(f"{day} 12:00")}
        for place, (stage, day) in enumerate([("lost", "2025-03-10"), ("talk", "2025-03-14")])
    ]
    row = {**refused(2, "2025-03-10"), "outcome": "open", "closed_at": None}
    tables = {"deals": [row, refused(8, "2025-03-31")], "stage_changes": changes}
    found = run(tables, job(tmp_path, packs=["refusals"], only=REASON), "2025-03-05", "2025-03-20").replay
    (missing,) = step.by_rule(found)
    assert (missing["tasks"], missing["settled"], missing["settled_after_days"]) == (1, 1, 4)


def test_each_third_day_finds_what_still_stands(tmp_path: Path) -> None:
    found = run(
        {"deals": REFUSALS}, job(tmp_path, packs=["refusals"], only=REASON), "2025-03-05", "2025-03-20", step=3
    ).replay
    assert found.days == [date(2025, 3, 5) + timedelta(days=3 * number) for number in range(6)]
    assert {row["day"] for row in step.by_day(found)} == {date(2025, 3, 11), date(2025, 3, 14)}
    assert sum(row["tasks"] for row in step.by_day(found)) == 5


def test_without_a_class_that_says_who_is_lost_no_alarm_is_judged(tmp_path: Path) -> None:
    found = run({"deals": REFUSALS}, job(tmp_path, packs=["refusals"], only=REASON), "2025-03-05", "2025-03-20")
    assert found.alarms == {}
    assert len(found.comparison) == 7


@pytest.mark.parametrize(("deals", "end"), [([], None), (REFUSALS, date(2025, 3, 31))])
def test_where_nothing_is_on_record_nothing_is_replayed(
    tmp_path: Path, deals: list[dict[str, Any]], end: date | None
) -> None:
    found = run({"deals": deals}, job(tmp_path), "2025-04-01", "2025-04-20")
    assert (found.span, found.end, found.replay.days) == (None, end, [])


def test_days_after_the_last_record_are_not_replayed(tmp_path: Path) -> None:
    found = run({"deals": REFUSALS}, job(tmp_path), "2025-03-25", "2025-04-20")
    assert found.replay.days[-1] == date(2025, 3, 31)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> decide.Job:
    return job(tmp_path_factory.mktemp("rules"))


QUICK = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
SINCE, UNTIL = date(2025, 3, 25), date(2025, 4, 11)
EVENING = datetime(2025, 4, 11, 20, 59, 59, tzinfo=UTC)


@QUICK
@given(world=stories() | regulars())
def test_what_comes_after_a_day_changes_nothing_on_it(shipped: decide.Job, world: list[Story]) -> None:
    # A deal of the last evening, so that both know of the same days.
    world = [*world, Story(999, 4, None, EVENING, (), 100, None, None, None)]
    window = Window(SINCE, UNTIL, step=6)
    then, later = (
        step.of_snapshot(snapshot(world, synced, exact=True), replace(shipped, at=LATER), window, lambda *_: None)
        for synced in (EVENING, LATER)
    )
    assert then.replay == later.replay


@QUICK
@given(world=regulars())
def test_losses_replayed_are_those_that_the_purchases_imply(shipped: decide.Job, world: list[Story]) -> None:
    base = snapshot(world, LATER, exact=True)
    window = Window(SINCE, SINCE + timedelta(days=10))
    found = step.of_snapshot(base, shipped, window, lambda *_: None)
    if found.span is None:
        return
    (own,) = [one.alarms for one in found.comparison if one.estimator.active]
    assert found.alarms["compared"] == own


def test_every_way_to_tell_who_is_lost_gives_the_same_by_replay_and_by_dates(tmp_path: Path) -> None:
    chance = Random(7)  # noqa: S311 - dates, no secrets
    rows: list[dict[str, Any]] = []
    for company in range(1, 31):
        day, usual = date(2024, 1, 1), chance.choice([7, 20, 40, 90])
        while day < date(2024, 12, 31):
            number = len(rows) + 1
            rows.append(deal(number, "won", f"{day} 12:00", company_id=company, responsible_id=1))
            day += timedelta(days=chance.randint(1, 2 * usual))
    for params in (
        {"win_back.lost_by": "own_mean", "win_back.lost_mean_factor": 1.5},
        {"win_back.lost_by": "percentile_95"},
        {"win_back.lost_by": "fixed_days", "win_back.lost_fixed_days": 30},
    ):
        found = run({"deals": rows}, job(tmp_path, params=params), "2024-10-01", "2024-10-28", horizon=20)
        (own,) = [one.alarms for one in found.comparison if one.estimator.active]
        assert found.alarms["compared"] == own
        assert own.rang > 0


def test_a_client_lost_before_the_window_is_no_new_loss(tmp_path: Path) -> None:
    rows = [deal(number, "won", f"2025-01-{number:02} 12:00") for number in (1, 8)]
    rows.append(deal(9, "won", "2025-06-01 12:00", company_id=2))
    found = run({"deals": rows}, job(tmp_path), "2025-03-01", "2025-03-03")
    assert (found.replay.lost_before, found.replay.flags) == (1, [])
    inside = run({"deals": rows}, job(tmp_path), "2025-01-19", "2025-01-24")
    assert inside.replay.flags == [{"kind": "company", "id": 1, "day": date(2025, 1, 22), "silent": 14, "purchases": 2}]
