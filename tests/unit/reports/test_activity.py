"""Calls and meetings, the silent ones, and whose time small clients take."""

from __future__ import annotations

from typing import Any

from integrator.metrics.purchases import purchase_days
from integrator.reports.activity import contacts, prospecting, stage_days, time_spent, values_of_year
from tests.unit.metrics.bases import at, deal
from tests.unit.reports.grounds import Ground, window

WEEK = window("2026-03-02", "2026-03-08")
BORN = at("2020-01-01 12:00")


def company(number: int) -> dict[str, Any]:
    return {"id": number, "name": f"C{number}", "responsible_id": 7, "created_at": BORN}


def touch(number: int, entity: tuple[str, int], day: str = "2026-03-03", **columns: Any) -> dict[str, Any]:
    kind, id_ = entity
    return {
        "origin": "task",
        "id": number,
        "entity_kind": kind,
        "entity_id": id_,
        "responsible_id": 7,
        "kind": "call",
        "incoming": False,
        "completed": True,
        "completed_at": at(f"{day} 12:00"),
        "created_at": at(f"{day} 11:00"),
        "result": "",
        **columns,
    }


def made(ground: Ground) -> Any:
    return contacts(ground.snapshot, ground.base.deals, ground.context)


def test_a_contact_counts_once_however_many_cards_it_hangs_on() -> None:
    ground = Ground(
        WEEK, deals=[deal(5)], companies=[company(1)], tasks=[touch(1, ("deal", 5)), touch(1, ("company", 1))]
    )
    assert made(ground).height == 1
    assert made(ground)["key"].to_list() == [2]


def test_what_bears_nobody_s_name_is_of_who_looks_after_the_card() -> None:
    said = {"origin": "event", "kind": "message", "incoming": True, "responsible_id": None}
    tasks = [touch(1, ("deal", 5), **said), touch(2, ("company", 1), **said), touch(3, ("company", 1))]
    deals = [deal(5, responsible_id=8)]
    rows = made(Ground(WEEK, deals=deals, companies=[{**company(1), "responsible_id": 9}], tasks=tasks))
    assert dict(rows.select("id", "responsible_id").iter_rows()) == {1: 8, 2: 9, 3: 7}


def test_what_is_not_done_by_the_window_s_end_is_no_contact() -> None:
    tasks = [touch(1, ("company", 1), "2026-03-09"), touch(2, ("company", 1), completed=False)]
    assert made(Ground(WEEK, companies=[company(1)], tasks=tasks)).height == 0


def test_calls_are_held_against_the_quota() -> None:
    tasks = [
        *(touch(number, ("company", 1)) for number in range(10)),
        touch(20, ("company", 1), kind="meeting"),
        touch(21, ("company", 1), incoming=True),
        touch(22, ("company", 2), "2026-02-10"),
        touch(23, ("company", 2)),
    ]
    ground = Ground(WEEK, companies=[company(1), company(2)], tasks=tasks)
    clients = ground.facts.clients.with_columns(**{"class.engagement": ground.facts.clients["kind"]})
    (row,) = prospecting(made(ground), clients, WEEK, 20, 5)
    assert (row["calls"], row["calls_quota"], row["quota_pct"]) == (11, 100, 11.0)
    assert (row["meetings"], row["calls_per_meeting"], row["new_contacts"]) == (1, 11.0, 1)


def test_fixation_is_time_on_who_never_answered() -> None:
    tasks = [touch(1, ("company", 1)), touch(2, ("company", 1)), touch(3, ("company", 2)), touch(4, ("company", 3))]
    tasks.append(touch(5, ("company", 3), incoming=True))
    ground = Ground(WEEK, companies=[company(number) for number in (1, 2, 3)], tasks=tasks)
    facts = ground.facts.clients
    clients = facts.with_columns(**{"class.engagement": facts["kind"].replace("company", "opportunity")})
    (row,) = prospecting(made(ground), clients, WEEK, 20, 5)
    assert row["fixation_pct"] == 40.0


def test_small_clients_together_bring_under_fifteen_per_cent() -> None:
    deals = [
        deal(1, "won", "2026-02-01 12:00", company_id=1, amount=86_000_00),
        deal(2, "won", "2026-02-01 12:00", company_id=2, amount=10_000_00),
        deal(3, "won", "2026-02-01 12:00", company_id=3, amount=4_000_00),
    ]
    tasks = [touch(number, ("company", number)) for number in (1, 2, 3, 4)]
    ground = Ground(WEEK, deals=deals, companies=[company(number) for number in (1, 2, 3, 4)], tasks=tasks)
    values = values_of_year(purchase_days(ground.base.deals), ground.context)
    (row,) = time_spent(made(ground), values, WEEK)
    assert (row["contacts"], row["on_small_clients"], row["on_prospects"]) == (4, 2, 1)
    assert row["share_pct"] == 50.0


def test_days_on_a_stage_are_those_of_stays_that_ended_in_the_window() -> None:
    def moved(number: int, stage: str, day: str) -> dict[str, Any]:
        return {"id": str(number), "deal_id": 5, "pipeline_id": 1, "stage_id": stage, "at": at(f"{day} 12:00")}

    changes = [moved(1, "new", "2026-02-20"), moved(2, "talk", "2026-03-02"), moved(3, "new", "2026-03-20")]
    ground = Ground(WEEK, deals=[deal(5)], stage_changes=changes)
    rows = stage_days(ground.snapshot, ground.base.deals, ground.context, WEEK)
    assert [(row["stage_id"], row["stays"], row["median_days"]) for row in rows] == [("new", 1, 10.0)]
