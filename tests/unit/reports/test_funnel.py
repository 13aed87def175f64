"""The funnel: the plan's 61 of 100, who teaches whom, what counts as passed, and what is luck."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrator.reports.funnel import STEPS, Passed, cohort, funnel, mentoring, mix, weekly
from integrator.reports.shares import wilson
from tests.unit.metrics.bases import at, deal
from tests.unit.reports.grounds import Ground, window

PLAN = (100, 80, 80, 95)
MARCH = window("2026-03-01", "2026-03-31")
NAMED = {1: {"acquaintance": "met", "presentation": "shown", "contract": "agreed", "payment": "won"}}
STAGES = [
    {"pipeline_id": 1, "id": name, "sort": place * 10, "outcome": outcome, "name": name}
    for place, (name, outcome) in enumerate(
        [("new", "open"), ("met", "open"), ("shown", "open"), ("agreed", "open"), ("won", "won"), ("lost", "lost")]
    )
]


def made(number: int, stage: str = "new", manager: int = 7, **columns: Any) -> dict[str, Any]:
    outcome = {"won": "won", "lost": "lost"}.get(stage, "open")
    closed = "2026-03-20 12:00" if outcome != "open" else None
    row = deal(number, outcome, closed, created_at=at("2026-03-05 12:00"), responsible_id=manager, **columns)
    return {**row, "stage_id": stage}


def moved(deal_id: int, stage: str, when: str) -> dict[str, Any]:
    return {"id": f"{deal_id}{stage}{when}", "deal_id": deal_id, "pipeline_id": 1, "stage_id": stage, "at": at(when)}


def ground(deals: list[dict[str, Any]], changes: list[dict[str, Any]] | None = None, **tables: Any) -> Ground:
    settings = {"stages": NAMED}
    return Ground(MARCH, deals=deals, stage_changes=changes or [], stages=STAGES, settings=settings, **tables)


def steps_of(of: Ground) -> dict[int, int]:
    found = cohort(of.base.deals, of.snapshot, of.context, of.window)
    return dict(found.select("id", "step").iter_rows())


def test_of_a_hundred_companies_about_sixty_one_pay_by_the_plan() -> None:
    passed, entered = 100.0, 100.0
    for goal in PLAN:
        passed = entered * goal / 100
        entered = passed
    assert round(passed) == 61


def test_sidorov_teaches_the_beginning_and_ivanov_the_end() -> None:
    ivanov, sidorov = ((80, 70, 85, 95.5), (95.5, 90, 70, 80))
    steps = {
        number: [Passed(1000, round(rate * 10)) for rate in rates] for number, rates in ((1, ivanov), (2, sidorov))
    }
    found = [(row["step"], row["teacher_id"], row["pupil_id"]) for row in mentoring(steps, PLAN)]
    assert found == [
        ("acquaintance", "2", "1"),
        ("presentation", "2", "1"),
        ("contract", "1", "2"),
        ("payment", "1", "2"),
    ]
    assert all(row["significant"] for row in mentoring(steps, PLAN))


def test_few_deals_show_no_difference() -> None:
    steps = {1: [Passed(5, 3)] * 4, 2: [Passed(5, 4)] * 4}
    assert {row["significant"] for row in mentoring(steps, PLAN)} == {False}


def test_of_equal_rates_he_with_more_deals_teaches_then_the_lower_id() -> None:
    best = {3: [Passed(10, 9)] * 4, 4: [Passed(20, 18)] * 4, 5: [Passed(20, 18)] * 4, 6: [Passed(10, 5)] * 4}
    found = mentoring(best, PLAN)
    assert {row["teacher_id"] for row in found} == {"4"}
    # Who is as good as the teacher learns nothing from him.
    assert {row["pupil_id"] for row in found} == {"6"}


def test_a_deal_that_skipped_a_stage_has_passed_it_and_a_loss_is_no_stage() -> None:
    deals = [made(1, "new"), made(2, "met"), made(3, "agreed"), made(4, "won"), made(5, "lost"), made(6, "lost")]
    changes = [moved(5, "lost", "2026-03-20 12:00"), moved(6, "shown", "2026-03-10 12:00")]
    changes.append(moved(6, "lost", "2026-03-20 12:00"))
    assert steps_of(ground(deals, changes)) == {1: 0, 2: 1, 3: 3, 4: 4, 5: 0, 6: 2}


def test_history_counts_up_to_the_window_s_end() -> None:
    changes = [moved(1, "met", "2026-03-10 12:00"), moved(1, "agreed", "2026-04-01 00:00")]
    assert steps_of(ground([made(1, "agreed")], changes)) == {1: 1}


def test_only_deals_created_in_the_window_in_a_named_pipeline_are_in_the_cohort() -> None:
    early = {**made(1), "created_at": at("2026-02-28 23:59")}
    late = {**made(2), "created_at": at("2026-04-01 00:00")}
    first = {**made(3), "created_at": at("2026-03-01 00:00")}
    assert steps_of(ground([early, late, first, {**made(4), "pipeline_id": 9}])) == {3: 0}


def test_a_step_without_a_stage_is_passed_with_the_one_before() -> None:
    named = {1: {"acquaintance": "met", "contract": "agreed", "payment": "won"}}
    of = Ground(MARCH, deals=[made(1, "met"), made(2, "new")], stages=STAGES, settings={"stages": named})
    assert steps_of(of) == {1: 2, 2: 0}


def test_the_funnel_by_manager_shows_open_deals_and_nothing_of_nothing() -> None:
    of = ground([made(1, "won"), made(2, "met"), made(3, "new", manager=8), made(4, "new", manager=8)])
    body = funnel(cohort(of.base.deals, of.snapshot, of.context, of.window), PLAN, frozenset({7, 8}))
    assert body["steps"] == [{"name": name, "plan_pct": goal} for name, goal in zip(STEPS, PLAN, strict=True)]
    seventh, eighth = body["managers"]
    assert [(step["entered"], step["passed"]) for step in seventh["steps"]] == [(2, 2), (2, 1), (1, 1), (1, 1)]
    assert seventh["undecided_pct"] == 50.0
    assert [step["rate_pct"] for step in eighth["steps"]] == [0.0, None, None, None]
    assert eighth["steps"][1]["low_pct"] is None
    assert body["mentoring"] == [
        {"step": "acquaintance", "teacher_id": "7", "pupil_id": "8", "significant": False},
    ]
    assert body["total"]["deals"] == 4


def test_a_deactivated_user_neither_teaches_nor_learns() -> None:
    of = ground([made(1, "won"), made(2, "new", manager=8)])
    body = funnel(cohort(of.base.deals, of.snapshot, of.context, of.window), PLAN, frozenset({8}))
    assert body["mentoring"] == []


def test_the_mix_of_the_base_stands_beside() -> None:
    of = ground([made(1, source="сайт"), made(2, source="сайт"), made(3, manager=8, source="выставка", company_id=2)])
    deals = cohort(of.base.deals, of.snapshot, of.context, of.window)
    abc = deals.select("key").unique().with_columns(abc=deals["key"].unique().cast(str))
    found = mix(deals, abc)
    assert [row["source"] for row in found] == [{"сайт": 2}, {"выставка": 1}]
    assert [sum(row["abc"].values()) for row in found] == [2, 1]
    unknown = mix(deals.with_columns(source=pl.lit(None, dtype=pl.String)), abc.clear())
    assert [(row["source"], row["abc"]) for row in unknown] == [({"none": 2}, {"none": 2}), ({"none": 1}, {"none": 1})]


def test_weeks_begin_on_monday() -> None:
    of = ground([made(1), {**made(2), "created_at": at("2026-03-09 00:00")}])
    rows = weekly(cohort(of.base.deals, of.snapshot, of.context, of.window), of.context, PLAN)
    assert [(str(row["week"]), row["deals"]) for row in rows] == [("2026-03-02", 1), ("2026-03-09", 1)]


def test_wilson_is_as_published() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I: 81/263, 15/148, 0/20, 1/29.
    for part, whole, low, high in (
        (81, 263, 25.53, 36.62),
        (15, 148, 6.24, 16.05),
        (0, 20, 0, 16.11),
        (1, 29, 0.61, 17.18),
    ):
        assert wilson(part, whole) == pytest.approx((low, high), abs=0.01)


@given(st.integers(1, 60), st.data())
def test_an_interval_holds_its_share_and_never_leaves_the_percents(whole: int, drawn: st.DataObject) -> None:
    part = drawn.draw(st.integers(0, whole))
    found = wilson(part, whole)
    assert found is not None
    assert 0 <= found[0] <= part * 100 / whole + 1e-9
    assert part * 100 / whole - 1e-9 <= found[1] <= 100
