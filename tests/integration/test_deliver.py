"""Delivering: each task once, whatever the CRM and the worker do on the way."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from integrator.deliver import ATTEMPTS, REQUEST_LIMIT, Courier
from integrator.domain import PlannedTask, Subject
from integrator.errors import AuthError, NotFoundError, OutcomeUnknown, PermanentError, PortalBlocked, RetryableError
from integrator.planning import episodes
from integrator.store import outbox, portals

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrator.domain import EntityKind, TaskDraft
    from integrator.store.database import Database

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
DEAL = Subject("deal", 93)


class Time:
    """A clock that only sleep moves."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.at += timedelta(seconds=seconds)


@dataclass
class Crm:
    """A CRM that does what `plan` says at each creation; `late` are tasks that appear at an instant."""

    clock: Time
    plan: list[Callable[[Crm, TaskDraft], int]] = field(default_factory=list)
    tasks: dict[int, str] = field(default_factory=dict)
    late: list[tuple[datetime, str]] = field(default_factory=list)
    created_at: list[datetime] = field(default_factory=list)
    completed: list[tuple[int, str]] = field(default_factory=list)

    def create_task(self, draft: TaskDraft) -> int:
        self.created_at.append(self.clock.now())
        return self.plan.pop(0)(self, draft) if self.plan else self.keep(draft)

    def keep(self, draft: TaskDraft) -> int:
        self.tasks[500 + len(self.tasks)] = draft.marker
        return max(self.tasks)

    def find_tasks(self, kind: EntityKind, entity_id: int, marker: str) -> list[int]:
        for one in [one for one in self.late if one[0] <= self.clock.now()]:
            self.late.remove(one)
            self.tasks[900 + len(self.tasks)] = one[1]
        return [number for number, text in self.tasks.items() if text == marker]

    def complete_task(self, task_id: int, kind: EntityKind, entity_id: int, note: str) -> None:
        self.completed.append((task_id, note))


def task(key: str = "a" * 64) -> PlannedTask:
    text = f"Почему ушёл клиент?\n{episodes.marker(key)}"
    return PlannedTask("refusals/reason_missing", "t", key, DEAL, DEAL, 7, NOW + timedelta(days=1), "Выберите", text)


def plan(db: Database, *tasks: PlannedTask) -> None:
    with db.write() as connection:
        outbox.add(connection, "main", tasks or [task()])


def courier(db: Database, crm: Crm, worker: str = "w1", **more: object) -> Courier:
    return Courier(db, "main", crm, crm.clock, worker, **more)  # type: ignore[arg-type]


def quiet(done: int, total: int | None, what: str) -> None:
    """Nobody watches."""


def fails(error: Exception) -> Callable[[Crm, TaskDraft], int]:
    def step(crm: Crm, draft: TaskDraft) -> int:
        raise error

    return step


def lost_reply(crm: Crm, draft: TaskDraft) -> int:
    crm.keep(draft)
    raise OutcomeUnknown("the connection dropped")


def late_apply(seconds: float) -> Callable[[Crm, TaskDraft], int]:
    def step(crm: Crm, draft: TaskDraft) -> int:
        crm.late.append((crm.clock.now() + timedelta(seconds=seconds), draft.marker))
        raise OutcomeUnknown("the connection dropped")

    return step


def test_a_task_is_created_and_later_completed(database: Database) -> None:
    crm = Crm(Time())
    plan(database)
    assert courier(database, crm).run(quiet).done == {"create": 1}
    outbox.complete(database, "main", ["a" * 64], "Причина устранена.")
    assert courier(database, crm).run(quiet).done == {"complete": 1}
    assert (list(crm.tasks), crm.completed) == ([500], [(500, "Причина устранена.")])
    assert courier(database, crm).run(quiet).done == {}


def test_a_lost_reply_is_found_and_not_repeated(database: Database) -> None:
    crm = Crm(Time(), [lost_reply])
    plan(database)
    assert courier(database, crm).run(quiet).done == {"create": 1}
    assert (len(crm.created_at), outbox.list_rows(database, "main")[0]["remote_id"]) == (1, 500)


def test_a_task_about_a_manager_is_looked_for_at_who_has_it(database: Database) -> None:
    """It hangs on nothing, and his head may have it: found by neither, it would be made twice."""
    asked = []

    class Asked(Crm):
        def find_tasks(self, kind: EntityKind, entity_id: int, marker: str) -> list[int]:
            asked.append((str(kind), entity_id))
            return super().find_tasks(kind, entity_id, marker)

    crm, about = Asked(Time(), [lost_reply]), Subject("manager", 12)
    plan(database, replace(task(), subject=about, entity=about))
    assert courier(database, crm).run(quiet).done == {"create": 1}
    assert (asked, len(crm.created_at)) == ([("manager", 7)], 1)


def test_a_dropped_write_is_repeated_only_after_the_crms_own_limit(database: Database) -> None:
    crm = Crm(Time(), [fails(OutcomeUnknown("dropped")), fails(OutcomeUnknown("dropped"))])
    plan(database)
    courier(database, crm).run(quiet)
    first, second, third = crm.created_at
    assert second - first >= REQUEST_LIMIT <= third - second
    assert list(crm.tasks) == [500]


@pytest.mark.parametrize("seconds", [1, 10, 59])
def test_a_write_that_is_applied_late_is_not_repeated(database: Database, seconds: float) -> None:
    crm = Crm(Time(), [late_apply(seconds)])
    plan(database)
    assert courier(database, crm).run(quiet).done == {"create": 1}
    assert (len(crm.created_at), len(crm.tasks)) == (1, 1)


def test_the_limit_counts_from_the_end_of_the_request(database: Database) -> None:
    def slow(crm: Crm, draft: TaskDraft) -> int:
        crm.clock.sleep(50)  # the request waited for its turn before it was sent
        return late_apply(59)(crm, draft)

    crm = Crm(Time(), [slow])
    plan(database)
    courier(database, crm).run(quiet)
    assert (len(crm.created_at), len(crm.tasks)) == (1, 1)


def test_what_a_killed_worker_was_sending_is_looked_up_first(database: Database) -> None:
    crm = Crm(Time())
    plan(database)
    item = outbox.claim(database, outbox.next_due(database, "main").id, "dead", NOW)  # type: ignore[union-attr]
    assert item is not None
    outbox.sent(database, item.id, NOW, "dead")
    crm.tasks[77] = item.payload["marker"]  # it reached the CRM before the worker was killed
    assert courier(database, crm, is_dead=lambda worker: worker == "dead").run(quiet).done == {"create": 1}
    assert crm.created_at == []


def test_a_living_workers_write_is_left_to_it(database: Database) -> None:
    crm = Crm(Time())
    plan(database)
    item = outbox.claim(database, outbox.next_due(database, "main").id, "alive", NOW)  # type: ignore[union-attr]
    assert item is not None
    outbox.sent(database, item.id, NOW, "alive")
    courier(database, crm).run(quiet)
    assert crm.clock.now() - NOW > timedelta(minutes=5)  # it was taken over only when no living worker can hold it
    assert len(crm.tasks) == 1


def test_a_worker_that_wakes_up_after_its_claim_was_taken_sends_nothing(database: Database) -> None:
    crm = Crm(Time())
    plan(database)
    sleeper = courier(database, crm, "sleeper")
    item = outbox.claim(database, outbox.next_due(database, "main").id, "sleeper", NOW)  # type: ignore[union-attr]
    assert item is not None
    outbox.release(database, "main", NOW, NOW + timedelta(seconds=1))
    assert courier(database, crm, "other").run(quiet).done == {"create": 1}
    assert sleeper._write(item) is None
    assert len(crm.created_at) == 1


def test_a_refusal_for_good_is_dead_with_the_crms_answer(database: Database) -> None:
    crm = Crm(Time(), [fails(PermanentError("the CRM refuses", '{"title":"Bad Request"}'))])
    plan(database, task(), task("b" * 64))
    report = courier(database, crm).run(quiet)
    assert (report.dead, report.done) == ({"create": 1}, {"create": 1})
    row = outbox.list_rows(database, "main")[0]
    assert (row["state"], row["error"]) == ("dead", 'the CRM refuses {"title":"Bad Request"}')


def test_a_deal_that_is_gone_is_dead(database: Database) -> None:
    crm = Crm(Time(), [fails(NotFoundError("no such deal"))])
    plan(database)
    assert courier(database, crm).run(quiet).dead == {"create": 1}


@pytest.mark.parametrize("error", [RetryableError("busy"), RetryableError("busy", 30), OutcomeUnknown("dropped")])
def test_an_endless_outage_ends_dead_and_says_so(database: Database, error: RetryableError) -> None:
    crm = Crm(Time(), [fails(error)] * 99)
    plan(database)
    assert courier(database, crm).run(quiet).dead == {"create": 1}
    assert len(crm.created_at) == ATTEMPTS


def test_a_portal_that_refuses_us_is_stopped_and_nothing_is_lost(database: Database) -> None:
    crm = Crm(Time(), [fails(AuthError("the token is not accepted"))])
    plan(database)
    with pytest.raises(AuthError):
        courier(database, crm).run(quiet)
    assert portals.state(database, "main").stopped_reason == "the token is not accepted"
    assert outbox.list_rows(database, "main")[0]["state"] == "waiting"
    assert courier(database, crm).run(quiet).done == {"create": 1}


def test_what_is_due_much_later_is_left(database: Database) -> None:
    crm = Crm(Time())
    plan(database)
    item = outbox.claim(database, outbox.next_due(database, "main").id, "w1", NOW)  # type: ignore[union-attr]
    assert item is not None
    outbox.retry(database, item.id, NOW + timedelta(hours=2), "later", "w1")
    assert courier(database, crm).run(quiet).done == {}
    assert crm.clock.now() == NOW


def test_two_tasks_of_one_deal_are_told_apart(database: Database) -> None:
    crm = Crm(Time(), [lost_reply, lost_reply])
    plan(database, task(), replace(task("b" * 64), rule="refusals/reason_subjective"))
    assert courier(database, crm).run(quiet).done == {"create": 2}
    assert sorted(row["remote_id"] for row in outbox.list_rows(database, "main")) == [500, 501]


def test_a_portal_that_blocks_us_is_left_alone_twice_as_long_each_time(database: Database) -> None:
    crm = Crm(Time(), [fails(PortalBlocked("403")), fails(PortalBlocked("403"))])
    plan(database)
    for minutes in (5, 10):
        with pytest.raises(PortalBlocked):
            courier(database, crm).run(quiet)
        tried = len(crm.created_at)
        with pytest.raises(PortalBlocked, match="is blocked by the CRM"):
            courier(database, crm).run(quiet)
        assert len(crm.created_at) == tried
        assert portals.state(database, "main").blocked_until == crm.clock.now() + timedelta(minutes=minutes)
        crm.clock.sleep(minutes * 60)
    assert courier(database, crm).run(quiet).done == {"create": 1}
