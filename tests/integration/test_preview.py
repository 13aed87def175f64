"""What another rule set would change, on a base small enough to be checked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from integrator import bootstrap, decide, rulesets
from integrator.config import Auth, Config, Portal
from integrator.domain import Subject
from integrator.preview import ClassChange, FindingChange, TaskChange, preview
from integrator.store import outbox
from integrator.store.convert import to_micros
from integrator.store.schema import COMPANIES, DEALS, METADATA, STAGES, USERS

# A Friday: one working day later is Monday.
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
# Purchases of the companies 1, 2, ...; the user responsible for each, of whom 3 left and has no deputy.
PURCHASES = (0, 1, 2, 3, 4, 5)
RESPONSIBLE = (7, 7, 7, 8, 8, 3)
PACK = """\
schema: 1
name: mine
title: {{ru: "Мои", en: "Mine"}}
params:
  many: {{type: integer, default: {many}, min: 1, max: 100, doc: {{ru: "Столько покупок", en: "So many purchases"}}}}
classes:
  size:
    title: {{ru: "Размер", en: "Size"}}
    subject: client
    assigns: exactly_one
    values: {{small: {{ru: "мал", en: "small"}}, large: {{ru: "велик", en: "large"}}}}
    order: [large]
    otherwise: small
rules:
  - id: large
    title: {{ru: "Велик", en: "Large"}}
    subject: client
    severity: low
    when: {{purchase_count: {{gte: $many}}}}
    then: {{classify: large}}
    examples: [{{given: {{purchase_count: 100}}, expect: fires}}]
  - id: call
    title: {{ru: "Позвонить", en: "Call"}}
    subject: client
    severity: normal
    when: {{class.size: {{eq: large}}}}
    anchor: last_purchase_on
    evidence: [purchase_count]
    then:
      finding: big_client
      task: {{template: call, due: {{working_days: 1}}}}
    examples: [{{given: {{class.size: large}}, expect: fires}}]
templates:
  call:
    title: {{ru: "Позвоните", en: "Call"}}
    why: {{ru: "Много покупок", en: "Many purchases"}}
    closes: {{ru: "Само", en: "By itself"}}
"""


@pytest.fixture
def base(database):
    """The database with the companies in it."""
    tables = {
        USERS: [{"place": n, "id": n, "name": f"u{n}", "active": n != 3, "department_ids": "[]"} for n in (3, 7, 8)],
        STAGES: [{"place": 1, "pipeline_id": 31, "id": "142", "name": "won", "sort": 1, "outcome": "won"}],
        COMPANIES: [
            {"id": n, "name": f"c{n}", "responsible_id": user, "created_at": 0, "updated_at": 0, "fields": "{}"}
            for n, user in enumerate(RESPONSIBLE, 1)
        ],
        DEALS: [deal(n, back) for n, count in enumerate(PURCHASES, 1) for back in range(count)],
    }
    with database.write() as connection:
        for table, rows in tables.items():
            connection.execute(table.insert(), [{"portal": "p", **row} for row in rows])
    return database


def deal(company, back):
    closed = to_micros(NOW - timedelta(days=10 + 30 * back))
    instants = dict.fromkeys(("created_at", "updated_at", "closed_at", "first_closed_seen_at"), closed)
    money = {"amount": 100_00, "currency": "RUB", "company_id": company, "fields": "{}"}
    named = {"id": company * 10 + back, "title": "", "pipeline_id": 31, "stage_id": "142", "outcome": "won"}
    return named | money | instants


@pytest.fixture
def job(tmp_path):
    """Make the job of evaluating the base by a pack where so many purchases make a client large."""

    def make(many):
        path = tmp_path / str(many) / "mine" / "pack.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PACK.format(many=many), encoding="utf-8")
        settings = {"paths": [str(path)], "packs": ["mine"]}
        portal = Portal(
            crm="amocrm",
            base_url="http://localhost",
            auth=Auth.model_validate({"long_lived_token": "x"}),
            rules=settings,
            tasks={"mode": "on"},
        )
        rules = rulesets.draft(rulesets.Files(Config(portals={"p": portal}), "p", tmp_path)).rules
        return decide.Job("p", portal, rules, bootstrap.rule_engine(), NOW)

    return make


def companies(*ids):
    return tuple(Subject("client:company", one) for one in ids)


def counted(db):
    with db.read() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(t)).scalar()
            for name, t in METADATA.tables.items()
        }


def test_a_lower_threshold_makes_more_clients_large(base, job):
    before = counted(base)
    found = preview(base, job(4), job(2).rules)
    assert found.classes == [ClassChange("size", "small", "large", 2, companies(3, 4))]
    assert found.findings == [FindingChange("mine/call", "big_client", 2, 0, companies(3, 4), ())]
    assert found.tasks == [TaskChange("mine/call", new=2, no_longer=0, completed=0, dropped=0, nobody=0)]
    assert found.per_day == {(7, MONDAY): 1, (8, MONDAY): 1}
    assert found.managers == {3: "u3", 7: "u7", 8: "u8"}
    assert (found.new_tasks, found.before, found.after) == (2, job(4).rules.hash, job(2).rules.hash)
    assert counted(base) == before


def test_a_client_of_nobody_who_works_here_has_a_finding_and_no_task(base, job):
    found = preview(base, job(6), job(5).rules)
    assert found.findings == [FindingChange("mine/call", "big_client", 1, 0, companies(6), ())]
    assert found.tasks == [TaskChange("mine/call", new=0, no_longer=0, completed=0, dropped=0, nobody=1)]
    assert found.per_day == {}


def test_a_higher_threshold_completes_what_was_sent_and_drops_what_waits(base, job):
    decide.evaluate(base, job(2), lambda *_: None)
    waiting = outbox.due(base, "p", NOW, 10)
    assert [str(item.subject) for item in waiting] == [f"client:company:{n}" for n in (3, 4, 5)]
    outbox.claim(base, waiting[0].id, "w", NOW)
    outbox.finish(base, waiting[0].id, 100)
    found = preview(base, job(2), job(5).rules)
    assert found.classes == [ClassChange("size", "large", "small", 3, companies(3, 4, 5))]
    assert found.findings == [FindingChange("mine/call", "big_client", 0, 3, (), companies(3, 4, 5))]
    assert found.tasks == [TaskChange("mine/call", new=0, no_longer=3, completed=1, dropped=2, nobody=0)]


def test_what_the_preview_says_is_what_an_evaluation_then_does(base, job):
    decide.evaluate(base, job(4), lambda *_: None)
    foretold = preview(base, job(4), job(1).rules)
    done = decide.evaluate(base, job(1), lambda *_: None)
    assert done.verdicts["CREATE"] == foretold.new_tasks == 3
    assert done.verdicts["NOBODY"] - 1 == sum(task.nobody for task in foretold.tasks) == 0


def test_a_task_that_the_outbox_knows_is_not_new(base, job):
    decide.evaluate(base, job(2), lambda *_: None)
    found = preview(base, job(4), job(2).rules)
    assert found.classes[0].count == 2
    assert found.tasks == []


def test_the_same_rules_change_nothing(base, job):
    found = preview(base, job(3), job(3).rules)
    assert (found.classes, found.findings, found.tasks, found.per_day) == ([], [], [], {})


def test_a_rule_set_without_the_pack_takes_all_of_it_away(base, job):
    bare = replace(job(2), rules=bootstrap.rules_at(()))
    found = preview(base, job(2), bare.rules)
    assert ClassChange("size", "large", None, 4, companies(3, 4, 5, 6)) in found.classes
    assert ClassChange("size", "small", None, 2, companies(1, 2)) in found.classes
    assert FindingChange("mine/call", "big_client", 0, 4, (), companies(3, 4, 5, 6)) in found.findings
