"""What became of a task, in one sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrator.domain import PlannedTask, Subject
from integrator.domain import Test as Leaf
from integrator.engine.explain import judge
from integrator.metrics import METRICS
from integrator.store.items import Action, Reason, State
from integrator.store.standing import StoredFinding, Write
from integrator.wording import fates
from integrator.wording.explanation import Explanation, text
from integrator.wording.explanation_json import as_json
from integrator.wording.speech import Speech
from tests.unit.engine.building import rule, ruleset

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SUBJECT = Subject("client:company", 12)
OWN = {name: metric for (of, name), metric in METRICS.items() if of == "client"}
SILENT = Leaf("days_silent", "gte", 30)


def task(key: str = "k") -> PlannedTask:
    return PlannedTask("p/call", "call", key, SUBJECT, SUBJECT, 7, NOW, "Позвоните", "…")


def write(action: str = "create", state: str = "done", reason: str | None = None, key: str = "k") -> Write:
    return Write(key, "p/call", action, state, reason, 93 if state == "done" else None, "400", NOW)


def told(*, days: int = 40, only: Any = None, blacklisted: bool | None = None, **more: Any) -> Explanation:
    rules = ruleset([rule("call", SILENT, only=only)])
    facts = {"days_silent": days, "purchase_count": 2, "blacklisted": blacklisted}
    judgement = judge(rules, "client", facts, OWN)
    speech = Speech("ru", ZoneInfo("Europe/Moscow"), "RUB", date(2026, 11, 22), OWN, {})
    made = Explanation(SUBJECT, "Контур", NOW, rules, judgement, (task(),), (), (), speech, lambda _: "пусто")
    return replace(made, **more)


def fate(explanation: Explanation) -> list[str]:
    return list(fates.lines(explanation, explanation.judgement.rules[0]))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "Задача появится при следующем integrator evaluate."),
        ({"past": True}, "Задача на тот момент полагалась бы."),
        ({"mode": "observe"}, "Задача не отправляется: tasks.mode — observe, задачи только показываются."),
        ({"mode": "pilot"}, "Задача не отправляется: её исполнителя нет среди tasks.managers пилота."),
        ({"mode": "pilot", "pilots": frozenset({7})}, "Задача появится при следующем integrator evaluate."),
        ({"writes": (write(),)}, "Задача стоит в CRM, номер 93."),
        ({"writes": (write(state="waiting"),)}, "Задача ждёт отправки в CRM."),
        ({"writes": (write(state="dead"),)}, "Задача не принята CRM: 400."),
        ({"writes": (write(reason="DISCARDED"),)}, "Задача отброшена человеком."),
        (
            {"writes": (write(), write("complete", reason="CLEARED"))},
            "Задача закрыта в CRM, номер 93 (причина исчезла).",
        ),
    ],
)
def test_every_fate_is_one_sentence(more: dict[str, Any], expected: str) -> None:
    assert fate(told(**more))[0] == expected


def test_a_task_that_is_not_made_says_why() -> None:
    (line,) = fate(told(only=Leaf("purchase_count", "gte", 3), tasks=()))
    assert line == "Задача не ставится: число покупок: 2 — меньше 3."
    (line,) = fate(told(tasks=()))
    assert "people.head" in line


def test_tasks_of_earlier_episodes_stay_in_sight_when_the_rule_fell_silent() -> None:
    writes = (write(key="old"), write("complete", "waiting", "CLEARED", key="old"))
    shown = text(told(days=3, writes=writes))
    assert "Прежняя задача, от 22 ноября 2026, 12:00: ждёт закрытия (причина исчезла)." in shown
    assert "Сработало бы: молчание: 3\xa0дня → не меньше 30\xa0дней" in shown


def test_findings_are_told_as_of_the_instant() -> None:
    stored = StoredFinding("p/call", "silent", datetime(2026, 11, 20, tzinfo=UTC), None)
    assert "Находка записана 20 ноября 2026, 03:00." in text(told(findings=(stored,)))
    later = replace(stored, since=datetime(2026, 11, 23, tzinfo=UTC))
    assert "Находка" not in text(told(findings=(later,)))
    (only,) = as_json(told(findings=(stored,)), "main")["rules"]
    assert only["findings"] == [{"finding": "silent", "since": "2026-11-20T03:00:00+03:00", "cleared_at": None}]
    assert only["anchor"] == {"metric": None, "value": None, "since": "2026-11-12"}


def test_every_state_and_reason_of_a_write_has_words() -> None:
    assert set(fates.CREATE) == set(fates.COMPLETE) == {state.value for state in State}
    assert set(fates.REASONS) == {reason.value for reason in Reason}
    assert {"create", "complete"} <= {action.value for action in Action}


def test_of_a_client_in_the_blacklist_it_is_said_that_nothing_is_asked() -> None:
    assert fate(told(tasks=(), blacklisted=True)) == ["Задача не ставится: клиент в чёрном списке."]
    assert "некому" in fate(told(tasks=(), blacklisted=False))[0]
