from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from integrator.domain import PlannedTask, Subject
from integrator.planning import episodes
from integrator.planning.people import Staff
from integrator.planning.plan import SENTENCES, Known, Policy, Verdict, plan

DEAL = Subject("deal", 93)


def task(key: str, responsible: int = 7) -> PlannedTask:
    due = datetime(2026, 11, 23, 15, tzinfo=UTC)
    return PlannedTask("refusals/reason_missing", "t", key, DEAL, DEAL, responsible, due, "title", "text")


def test_a_task_is_made_once() -> None:
    assert plan([task("a")], {}, Policy()).create == (task("a"),)
    assert plan([task("a")], {"a": Known.SENT}, Policy()).verdicts == {Verdict.ALREADY_OPEN: 1}
    assert plan([task("a")], {"a": Known.CLOSED}, Policy()).verdicts == {Verdict.ALREADY_CLOSED: 1}


def test_what_cleared_is_completed_or_dropped() -> None:
    known = {"sent": Known.SENT, "waiting": Known.WAITING, "flying": Known.IN_FLIGHT, "closed": Known.CLOSED}
    found = plan([], known, Policy())
    assert (found.complete, found.drop) == (("sent",), ("waiting",))


def test_nothing_is_written_while_observing() -> None:
    found = plan([task("a")], {"sent": Known.SENT}, Policy("observe"))
    assert (found.create, found.complete) == ((), ())
    assert found.verdicts == {Verdict.OBSERVE: 1}


def test_a_pilot_is_for_its_managers() -> None:
    found = plan([task("a", 7), task("b", 8)], {}, Policy("pilot", frozenset({7})))
    assert [one.key for one in found.create] == ["a"]
    assert found.verdicts == {Verdict.CREATE: 1, Verdict.NOT_PILOT: 1}


def test_every_verdict_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Verdict)


@given(
    wanted=st.sets(st.sampled_from("abcdef")), known=st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(Known))
)
def test_planning_twice_changes_nothing(wanted: set[str], known: dict[str, Known]) -> None:
    tasks = [task(key) for key in sorted(wanted)]
    first = plan(tasks, known, Policy())
    after = {**known, **{one.key: Known.WAITING for one in first.create}}
    after.update(dict.fromkeys((*first.complete, *first.drop), Known.CLOSED))
    second = plan(tasks, after, Policy())
    assert (second.create, second.complete, second.drop) == ((), (), ())


def test_a_key_names_one_episode_everywhere() -> None:
    at = datetime(2026, 11, 1, 12, tzinfo=UTC)
    key = episodes.key("main", "p/r", DEAL, at)
    assert key == episodes.key("main", "p/r", DEAL, at.astimezone(timezone(timedelta(hours=3))))
    others = {
        episodes.key("shop", "p/r", DEAL, at),
        episodes.key("main", "p/q", DEAL, at),
        episodes.key("main", "p/r", Subject("deal", 94), at),
        episodes.key("main", "p/r", DEAL, at + timedelta(seconds=1)),
        episodes.key("main", "p/r", DEAL, at, 1),
        episodes.key("main", "p/r", DEAL, date(2026, 11, 1)),
    }
    assert len(others | {key}) == 7
    assert episodes.marker(key) == f"№{key[:12]}"


def test_who_gets_a_task() -> None:
    staff = Staff(frozenset({2, 3, 4}), {1: 2}, head=3, pool=(4,))
    assert staff.assignee(4) == 4
    assert staff.assignee(1) == 2
    assert staff.assignee(9) == 3
    assert staff.assignee(None) == 3
    assert Staff(frozenset(), {}).assignee(1) is None
