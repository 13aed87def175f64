"""The packs next_step and prospecting decide as the methods say (B4, B5, B6, C7), in texts fit for managers."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import polars as pl
import pytest

from integrator import metrics, packs
from integrator.engine import examples
from integrator.engine.classes import evaluate
from integrator.engine.loader import load
from integrator.engine.moment import Moment
from integrator.engine.reference import ReferenceEngine
from integrator.engine.ruleset import LANGUAGES
from integrator.planning.words import TITLE_LIMIT, Words
from tests.unit.metrics.bases import MOSCOW, at, deal, facts
from tests.unit.metrics.test_steps import todo

NOW = "2026-06-10 12:00"
PACKS = ("next_step", "prospecting")
LONG = "Общество с ограниченной ответственностью «Северо-Западная строительная компания»"
COMPANY = {"id": 1, "name": LONG, "responsible_id": 7, "created_at": at("2020-01-01 12:00")}
STAGES = [{"pipeline_id": 1, "id": "new", "name": "КП отправлено", "sort": 1, "outcome": "open"}]
USERS = [{"id": 7, "name": "Иванов", "active": True}]
BANNED = re.compile(r"!|[Пп]равил|[Сс]истем|обнаруж|лассифиц|еобходимо|\brule|[Ss]ystem|detected|None|ndefined|\{|\}")


@cache
def rules() -> Any:
    return load(packs.find([packs.shipped()], list(PACKS)), metrics.METRICS)


def decided(subject: str, *tasks: dict[str, Any], now: str = NOW, **tables: Any) -> list[dict[str, Any]]:
    """The facts of a small base with what the rules make of them."""
    deals = tables.pop("deals", [deal(1, created_at=at("2026-05-20 12:00"), title="Поставка", amount=150_000_00)])
    rows = {"companies": [COMPANY], "users": USERS, "stages": STAGES, **tables}
    found = facts(now, deals, tasks=list(tasks), **rows)
    frame = {"deal": found.deals, "client": found.clients, "manager": found.managers}[subject]
    table = evaluate(rules(), subject, frame, ReferenceEngine(), Moment.of(at(now), MOSCOW))
    return pl.concat([frame, table.select(set(table.columns) - set(frame.columns))], how="horizontal").to_dicts()


def fired(row: dict[str, Any], prefix: str = "rule.") -> set[str]:
    return {name.removeprefix(prefix) for name, value in row.items() if name.startswith(prefix) and value is True}


def test_the_examples_hold_and_show_every_outcome() -> None:
    assert [str(failure) for failure in examples.run(rules())] == []
    for rule in rules().rules:
        assert {example.expect for example in rule.examples} == {"fires", "silent", "unknown"}, rule.full


SOFT = {"id": 1, "deal_id": 1, "text": "Сказал, надо посоветоваться с шефом", "created_at": at("2026-06-05 12:00")}
CASES: dict[str, tuple[list[dict[str, Any]], set[str], set[str]]] = {
    "nothing": ([], {"missing"}, {"missing"}),
    "done today": ([todo(1, NOW, done="2026-06-10 11:00")], {"missing"}, set()),
    "done yesterday": ([todo(1, NOW, done="2026-06-09 11:00")], {"missing"}, {"missing"}),
    "overdue": ([todo(1, "2026-06-08 12:00"), todo(2, "2026-06-09 12:00")], {"overdue"}, {"overdue"}),
    "overdue since an hour": ([todo(1, "2026-06-10 11:00")], {"overdue"}, set()),
    "one ahead": ([todo(1, "2026-06-08 12:00"), todo(2, "2026-06-12 12:00")], set(), set()),
    "on the last day": ([todo(1, "2026-06-19 12:00")], set(), set()),
    "beyond": ([todo(1, "2026-06-20 12:00")], {"beyond_cycle"}, {"beyond_cycle"}),
    "without a date": ([todo(1)], set(), set()),
}


@pytest.mark.parametrize("name", CASES)
def test_an_open_deal_has_one_finding_about_its_next_step(name: str) -> None:
    tasks, findings, asked = CASES[name]
    (row,) = decided("deal", *tasks)
    assert fired(row) == {f"next_step/{rule}" for rule in findings}
    assert fired(row, "task.") == {f"next_step/{rule}" for rule in asked}


@pytest.mark.parametrize("name", CASES)
def test_a_client_with_an_engaged_deal_is_active(name: str) -> None:
    (row,) = decided("client", *CASES[name][0])
    assert row["class.engagement"] == ("active" if name in {"one ahead", "on the last day"} else "opportunity")


def test_closed_deals_and_leads_need_no_step() -> None:
    closed = [deal(1, "won", "2026-06-01 12:00"), deal(2, "lost", "2026-06-01 12:00")]
    for row in decided("deal", deals=closed, leads=[deal(3, pipeline_id=0)], notes=[SOFT]):
        assert fired(row) == set()


def test_a_soft_no_without_a_date_asks_for_one_step_and_nothing_else() -> None:
    (row,) = decided("deal", notes=[SOFT])
    assert fired(row) == {"next_step/missing", "next_step/soft_no"}
    assert fired(row, "task.") == {"next_step/soft_no"}
    (agreed,) = decided("deal", todo(1, "2026-06-12 12:00"), notes=[SOFT])
    assert fired(agreed) == set()


def test_an_episode_begins_with_the_end_of_the_last_step() -> None:
    first, second = "2026-06-03 12:00", "2026-06-08 12:00"
    done = todo(1, first, done=first)
    (row,) = decided("deal", done)
    assert row[rules().rule("next_step/missing").anchor] == at(first)
    (row,) = decided("deal", done, todo(2, second))
    assert row[rules().rule("next_step/overdue").anchor] == at(second)


def test_a_morning_has_a_list_to_call_on_working_days() -> None:
    (row,) = decided("manager", now="2026-06-10 08:00")
    assert "prospecting/call_list" in fired(row, "task.")
    (sunday,) = decided("manager", now="2026-06-07 08:00")
    assert fired(sunday) == set()
    (nobody,) = decided("manager", deals=[], companies=[], now="2026-06-10 08:00")
    assert fired(nobody) == set()


def test_contacts_below_the_plan_are_told_to_the_morning_review() -> None:
    (row,) = decided("manager")
    assert row["contact_gap_yesterday"] == 1
    assert "prospecting/contact_gap" in fired(row)
    call = todo(1, done="2026-06-09 12:00", kind="call")
    (made,) = decided("manager", call)
    assert "prospecting/contact_gap" not in fired(made)


@pytest.mark.parametrize(("when", "due"), [("2026-06-11 10:00", True), ("2026-06-12 10:00", False)])
def test_a_meeting_is_reminded_of_on_the_working_day_before(when: str, due: bool) -> None:
    (row,) = decided("deal", todo(1, when, kind="meeting"))
    assert fired(row, "task.") == ({"prospecting/meeting_call"} if due else set())
    (client,) = decided("client", todo(1, when, kind="meeting", entity_kind="company"))
    assert fired(client, "task.") == ({"prospecting/meeting_call_client"} if due else set())


def test_no_task_is_without_the_fact_that_begins_its_episode() -> None:
    bases = [*(tasks for tasks, _, _ in CASES.values()), [todo(1, "2026-06-11 10:00", kind="meeting")]]
    for subject in ("deal", "client", "manager"):
        for tasks in bases:
            for row in decided(subject, *tasks, notes=[SOFT]):
                for name in fired(row, "task."):
                    assert row[rules().rule(name).anchor] is not None, name


def texts(language: str) -> list[tuple[str, ...]]:
    """Every text of the packs, about facts as they come from a base, with long names and without any."""
    words = Words(language, MOSCOW, "RUB", at(NOW).date())
    meeting = [todo(1, "2026-06-11 10:00", kind="meeting"), todo(2, "2026-06-11 10:00", kind="meeting", entity_id=9)]
    meeting.append({**meeting[0], "id": 3, "entity_kind": "company"})
    bases = [*(tasks for tasks, _, _ in CASES.values()), meeting]
    found = []
    for subject in ("deal", "client", "manager"):
        for row in (row for tasks in bases for row in decided(subject, *tasks, notes=[SOFT])):
            for name in fired(row):
                rule = rules().rule(name)
                template = rule.task and rules().templates[rule.pack, rule.task.template]
                for names in ({"client": LONG, "deal": row.get("title") or ""}, {"client": "", "deal": ""}):
                    parts = (template.title, template.why, template.closes) if template else ()
                    found.append((name, *(words.render(part[language], {**row, **names}) for part in parts)))
    return [each for each in found if len(each) > 1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_short_plain_and_whole(language: str) -> None:
    found = texts(language)
    with_tasks = {rule.full for rule in rules().rules if rule.task}
    assert {each[0] for each in found} == with_tasks
    for rule, *parts in found:
        title, why, closes = parts
        assert 10 < len(title) <= TITLE_LIMIT, (rule, title)
        assert "\n" not in title
        assert 2 <= len(why.splitlines()) <= 3, (rule, why)
        for text in (title, why, closes):
            assert text
            assert not BANNED.search(text), (rule, text)
            assert "«»" not in text
            assert not re.search(r" [,.:]|\.\.|,,", text), (rule, text)
