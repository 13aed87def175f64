"""Rows become decisions: what is shown, what fires, and which tasks still need their texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrator.domain import Metric, PlannedTask, Subject
from integrator.planning.assemble import Assembler, RuleView, TaskRule
from integrator.planning.calendar import WorkCalendar
from integrator.planning.people import Staff
from integrator.planning.words import Words

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Moscow")
TYPES = {"total": "money", "last": "instant", "day": "date", "times": "integer", "big": "boolean", "absent": "money"}
METRICS = {("client", name): Metric(name, "client", kind, "", {}) for name, kind in TYPES.items()}
CALL = TaskRule("call", "Позвоните: {{ client }}", "Всего {{ total|money }}.", "Закроется сама.", 1)
RULES = [
    RuleView("p/lost", "client", "lost", "day", ("total", "absent"), CALL),
    RuleView("p/quiet", "client", "quiet", None, (), None),
    RuleView("p/deal", "deal", "odd", None, (), None),
]


def assembler(planned: frozenset[str] = frozenset(), staff: Staff | None = None) -> Assembler:
    staff = staff or Staff(frozenset({7}), {})
    words = Words("ru", ZONE, "RUB", date(2026, 11, 20))
    return Assembler("p", NOW, "sha256:0", ZONE, RULES, METRICS, staff, WorkCalendar(ZONE), words, planned)


def row(number: int = 1, **changed: Any) -> dict[str, Any]:
    facts = {"total": 150050, "last": NOW, "day": date(2026, 1, 2), "times": 3, "big": False, "absent": None}
    verdicts = {"class.abc": "A", "class.xyz": None, "rule.p/lost": True, "task.p/lost": True, "rule.p/quiet": False}
    who = {"subject": Subject("client:company", number), "client": "Клён", "responsible_id": 7}
    return {**facts, **verdicts, **who, **changed}


def test_a_row_becomes_a_decision_with_facts_as_people_read_them() -> None:
    (found,) = assembler().decisions("client", iter([row()]))
    assert found.classes == {"abc": "A"}
    assert found.metrics == {
        "total": 1500.5, "last": "2026-11-20T12:00:00+03:00", "day": "2026-01-02", "times": 3, "big": False,
    }  # fmt: skip
    (finding,) = found.findings
    assert (finding.rule, finding.finding, finding.evidence) == ("p/lost", "lost", {"total": 1500.5, "absent": None})
    (task,) = found.tasks
    assert task.title == "Позвоните: Клён"
    assert task.text == f"Всего 1\u202f500,50\u202f₽.\nЗакроется сама.\n№{task.key[:12]}"
    assert task.due_at == datetime(2026, 11, 23, 18, tzinfo=ZONE)


def test_a_task_planned_before_is_the_same_without_its_texts() -> None:
    told = [one.tasks[0] for one in assembler().decisions("client", iter([row(1), row(2)]))]
    first, second = (
        one.tasks[0] for one in assembler(frozenset({told[0].key})).decisions("client", iter([row(1), row(2)]))
    )
    assert (first.title, first.text) == ("", "")
    assert (first.key, first.due_at, first.responsible_id) == (told[0].key, told[0].due_at, 7)
    assert second == told[1]


def test_each_row_is_judged_by_its_own_verdicts() -> None:
    rows = [row(1), row(2, **{"rule.p/lost": False, "task.p/lost": False, "rule.p/quiet": True, "class.xyz": "X"})]
    first, second = assembler().decisions("client", iter(rows))
    assert [one.finding for one in first.findings] == ["lost"]
    assert [one.finding for one in second.findings] == ["quiet"]
    assert second.classes == {"abc": "A", "xyz": "X"}
    assert not second.tasks


def test_a_task_that_nobody_could_get_is_counted() -> None:
    made = assembler(staff=Staff(frozenset(), {}))
    (found,) = made.decisions("client", iter([row()]))
    assert not found.tasks
    assert made.unassigned == [Subject("client:company", 1)]


def one_task(task: TaskRule, staff: Staff | None = None, **facts: Any) -> PlannedTask:
    made = replace(assembler(staff=staff), rules=[replace(RULES[0], task=task)])
    (found,) = made.decisions("client", iter([row(**facts)]))
    return found.tasks[0]


@pytest.mark.parametrize(
    ("on", "due"),
    [
        (date(2026, 11, 25), datetime(2026, 11, 25, 18)),
        (date(2026, 11, 28), datetime(2026, 11, 30, 18)),  # a Saturday
        (date(2026, 11, 20), datetime(2026, 11, 20, 18)),  # today
        (date(2026, 11, 1), datetime(2026, 11, 20, 18)),  # past
        (None, datetime(2026, 11, 20, 18)),
        (datetime(2026, 11, 24, 22, tzinfo=UTC), datetime(2026, 11, 25, 18)),  # the next day in Moscow
    ],
)
def test_a_task_falls_due_on_the_day_of_a_metric(on: date | None, due: datetime) -> None:
    assert one_task(replace(CALL, on="next"), next=on).due_at == due.replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("staff", "receiver"),
    [
        (Staff(frozenset({1, 7, 9}), {}, 1, (), {7: 9}), 9),
        (Staff(frozenset({1, 7}), {}, 1, (), {8: 9}), 1),
        (Staff(frozenset({1, 7}), {}, 1, (), {7: 9}), 1),  # his own head has left
        (Staff(frozenset({7}), {}), 7),  # nobody leads
    ],
)
def test_a_task_goes_to_the_head_of_the_responsible_manager(staff: Staff, receiver: int) -> None:
    assert one_task(replace(CALL, to="head"), staff).responsible_id == receiver
    assert one_task(CALL, staff).responsible_id == 7


def test_texts_name_the_lists_of_their_pack() -> None:
    told = replace(CALL, why="Причины: {{ lists.causes|join(', ') }}.", lists={"causes": ["дорого", "долго"]})
    assert one_task(told).text.startswith("Причины: дорого, долго.\n")


def test_no_rows_make_no_decisions() -> None:
    assert list(assembler().decisions("client", iter([]))) == []


def test_nothing_is_asked_about_a_client_in_the_blacklist() -> None:
    made = assembler()
    listed = [row(1, blacklisted=True), row(2, of_client={"blacklisted": True})]
    others = [row(3, blacklisted=False), row(4, blacklisted=None), row(5, of_client={})]
    found = list(made.decisions("client", iter([*listed, *others])))
    assert [len(one.tasks) for one in found] == [0, 0, 1, 1, 1]
    assert [len(one.findings) for one in found] == [1] * 5
    assert made.blacklisted == [Subject("client:company", 1), Subject("client:company", 2)]
