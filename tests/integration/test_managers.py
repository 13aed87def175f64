"""Rules about managers decide like those about clients and deals: findings, tasks, previews, explanations."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from integrator import backtest, bootstrap, decide, rulesets
from integrator.config import Auth, Config, Portal
from integrator.document import Setting, document
from integrator.domain import Subject
from integrator.explaining import explain
from integrator.preview import preview
from integrator.store import frames
from integrator.store.convert import to_micros
from integrator.store.schema import COMPANIES, DEALS, STAGES, USERS
from integrator.wording.blocks import markdown
from integrator.wording.explanation import text

FRIDAY = datetime(2026, 11, 20, 9, tzinfo=UTC)
SEVEN, EIGHT = Subject("manager", 7), Subject("manager", 8)
PACK = """\
schema: 1
name: mine
title: {{ru: "Мои", en: "Mine"}}
classes:
  day:
    title: {{ru: "День", en: "Day"}}
    subject: manager
    assigns: exactly_one
    values: {{work: {{ru: "рабочий", en: "at work"}}, rest: {{ru: "выходной", en: "off"}}}}
    order: [works]
    otherwise: rest
rules:
  - id: works
    title: {{ru: "Работает", en: "Works"}}
    subject: manager
    when: {{works_today: {{eq: true}}}}
    then: {{classify: work}}
  - id: review
    title: {{ru: "Разбор дня", en: "Review"}}
    subject: manager
    when: {{class.day: {{eq: work}}}}
    {time}
    anchor: today
    then:
      finding: review_due
      task: {{template: review, due: {{on: today}}, to: head}}
templates:
  review:
    title: {{ru: "Разберите день: {{{{ manager }}}}", en: "Review the day of {{{{ manager }}}}"}}
    why: {{ru: "Вчера.", en: "Yesterday."}}
    closes: {{ru: "Само", en: "By itself"}}
"""


@pytest.fixture
def base(database):
    tables = {
        USERS: [
            {"place": n, "id": n, "name": name, "active": True, "department_ids": "[]"}
            for n, name in ((7, "Анна"), (8, "Борис"), (9, "Вера"))
        ],
        STAGES: [{"place": 1, "pipeline_id": 31, "id": "142", "name": "won", "sort": 1, "outcome": "won"}],
        COMPANIES: [
            {"id": user, "name": "c", "responsible_id": user, "created_at": 0, "updated_at": 0, "fields": "{}"}
            for user in (7, 8)
        ],
        DEALS: [
            {
                **dict.fromkeys(("created_at", "updated_at", "closed_at", "first_closed_seen_at"), to_micros(FRIDAY)),
                "id": 10,
                "title": "",
                "pipeline_id": 31,
                "stage_id": "142",
                "outcome": "won",
                "fields": "{}",
                "amount": 100_00,
                "currency": "RUB",
                "company_id": 7,
            }
        ],
    }
    with database.write() as connection:
        for table, rows in tables.items():
            connection.execute(table.insert(), [{"portal": "p", **row} for row in rows])
    return database


@pytest.fixture
def job(tmp_path):
    def make(time="severity: low", at=FRIDAY):
        path = tmp_path / str(abs(hash(time))) / "mine" / "pack.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PACK.format(time=time), encoding="utf-8")
        portal = Portal(
            crm="amocrm",
            base_url="http://localhost",
            auth=Auth.model_validate({"long_lived_token": "x"}),
            rules={"paths": [str(path)], "packs": ["mine"]},
            tasks={"mode": "on"},
            people={"head": 9, "heads": {8: 7}},
        )
        rules = rulesets.draft(rulesets.Files(Config(portals={"p": portal}), "p", tmp_path)).rules
        return decide.Job("p", portal, rules, bootstrap.rule_engine(), at)

    return make


def lines(db, job):
    found = []
    decide.evaluate(db, job, lambda *_: None, watch=found.append)
    return {one.subject: one for one in found if one.subject.kind == "manager"}


def test_each_manager_has_a_line_with_classes_findings_and_tasks(base, job):
    found = lines(base, job())
    assert list(found) == [SEVEN, EIGHT, Subject("manager", 9)]
    # The head has no clients: his days are no working days of a seller.
    assert [one.classes["day"] for one in found.values()] == ["work", "work", "rest"]
    (finding,) = found[SEVEN].findings
    assert (finding.rule, finding.evidence) == ("mine/review", {"class.day": "work"})
    (task,) = found[EIGHT].tasks
    assert (task.entity, task.subject, task.responsible_id) == (EIGHT, EIGHT, 7)
    assert (task.title, task.due_at.isoformat()) == ("Разберите день: Борис", "2026-11-20T18:00:00+03:00")
    assert [one.responsible_id for one in found[SEVEN].tasks] == [9]
    assert found[SEVEN].metrics["works_today"] is True


def test_on_a_sunday_nobody_has_any(base, job):
    found = lines(base, job(at=datetime(2026, 11, 22, 9, tzinfo=UTC)))
    assert {one.classes["day"] for one in found.values()} == {"rest"}
    assert not any(one.tasks or one.findings for one in found.values())


def test_a_preview_counts_tasks_by_who_gets_them_and_the_day_they_fall_due(base, job):
    found = preview(base, job("for: {days: 300}"), job().rules)
    assert [(one.rule, one.new) for one in found.tasks] == [("mine/review", 2)]
    assert found.per_day == {(7, date(2026, 11, 20)): 1, (9, date(2026, 11, 20)): 1}
    assert [(one.rule, one.appear_examples[0]) for one in found.findings] == [("mine/review", SEVEN)]


def test_a_back_test_replays_them_too(base, job):
    window = backtest.Window(date(2026, 11, 18), date(2026, 11, 20))
    found = backtest.of_snapshot(frames.snapshot(base, "p"), job(), window, lambda *_: None)
    (row,) = [row for row in backtest.by_rule(found.replay) if row["rule"] == "mine/review"]
    assert (row["tasks"], row["before"]) == (6, 2)
    assert {(row["manager_id"], row["tasks"]) for row in backtest.by_manager(found.replay)} == {(9, 3), (7, 3)}


def test_a_back_test_counts_the_days_before_its_window(base, job):
    window = backtest.Window(date(2026, 11, 18), date(2026, 11, 20))
    waits = job("for: {days: 2}")
    found = backtest.of_snapshot(frames.snapshot(base, "p"), waits, window, lambda *_: None)
    # The day before, a Tuesday, is the second at work.
    (row,) = [row for row in backtest.by_rule(found.replay) if row["rule"] == "mine/review"]
    assert (row["tasks"], row["before"]) == (6, 0)


def test_they_are_explained(base, job):
    lines(base, job())
    told = text(explain(base, job(), EIGHT, "mine/review"))
    assert told.startswith("Борис — manager:8")
    assert "Разберите день: Борис" in told


def test_they_stand_in_the_document(base, job):
    found = markdown(document(job().rules, Setting("ru", FRIDAY)))
    assert "Каждый менеджер получает ровно один класс." in found
    assert "задача руководителю, срок — сегодня." in found
    assert "Разберите день: Анна Петрова" in found
