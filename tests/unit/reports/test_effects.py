"""What became of the tasks of rules, and what was bought after them."""

from __future__ import annotations

from typing import Any

from integrator.reports.effects import effects, tasks
from tests.unit.metrics.bases import at, deal
from tests.unit.reports.grounds import Ground, window

SPRING = window("2026-03-01", "2026-05-31")


def planned(remote: int, subject: str, day: str = "2026-03-10") -> dict[str, Any]:
    created = at(f"{day} 12:00")
    return {"rule": "win_back/first", "subject": subject, "remote_id": remote, "state": "done", "created_at": created}


def test_money_counts_when_it_came_after_the_task() -> None:
    deals = [
        deal(1, "won", "2026-03-09 12:00", amount=1_000_00),
        deal(2, "won", "2026-04-01 12:00", amount=2_000_00),
        deal(3, "won", "2026-04-02 12:00", amount=3_000_00),
        deal(4, "won", "2026-04-02 12:00", amount=9_000_00, company_id=2),
        deal(5, "lost", "2026-03-01 12:00"),
    ]
    done = {"origin": "task", "id": 70, "entity_kind": "company", "entity_id": 1, "completed": True}
    crm = [{**done, "created_at": at("2026-03-10 12:00"), "completed_at": at("2026-03-12 12:00"), "result": "звонил"}]
    own = [planned(70, "client:company:1"), planned(71, "deal:5", "2026-04-01"), planned(72, "client:contact:9")]
    ground = Ground(SPRING, deals=deals, own_tasks=own, tasks=crm)
    found = tasks(ground.snapshot, ground.base.deals, ground.context, at("2026-03-01 00:00"))
    assert dict(found.select("remote_id", "won_after").iter_rows()) == {70: 5_000_00, 71: 3_000_00, 72: 0}
    stored = {"win_back/first": {"fired": 4, "cleared": 1, "tasks": 3, "closed_by_itself": 0, "dead": 0}}
    (row,) = effects(stored, found, {"win_back/first": "Возвращать первым"})
    assert (row["done_by_managers"], row["answered"], row["clients_bought_after"], row["money_won_after"]) == (
        1,
        1,
        2,
        8_000.0,
    )


def test_a_rule_that_only_found_things_has_a_row_too() -> None:
    ground = Ground(SPRING)
    none = tasks(ground.snapshot, ground.base.deals, ground.context, at("2026-03-01 00:00"))
    (row,) = effects({"a/b": {"fired": 2, "cleared": 0}}, none, {})
    assert (row["rule"], row["title"], row["fired"], row["tasks"], row["money_won_after"]) == ("a/b", "a/b", 2, 0, 0.0)
