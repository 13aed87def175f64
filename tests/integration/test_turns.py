"""Deciding about those whose turn it is comes to the same, day by day, as deciding about all."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select

from integrator import bootstrap, decide, metrics, remembering, scope
from integrator.config import Auth, Config, Portal
from integrator.store import frames, shared
from integrator.store.schema import DECISIONS, FINDINGS, OUTBOX
from integrator.verdicts import learned
from tests.integration.month import BEGIN, COMPLAINTS, SALES, Business

FIELDS = ("industry", "quarter_volume", "need_date", "verified_at", "blacklisted")
# Rules that wait and stay, beside those that ship.
PACK = """\
schema: 1
name: mine
title: {ru: "Мои", en: "Mine"}
rules:
  - id: silent
    title: {ru: "Молчит", en: "Silent"}
    subject: client
    when: {all: [{days_silent: {gte: 40}}, {open_deals: {gte: 1}}]}
    for: {days: 3}
    keep: {days: 4}
    anchor: last_purchase_on
    then: {finding: silent, task: {template: call, due: {working_days: 1}}}
  - id: fresh
    title: {ru: "Недавняя", en: "Fresh"}
    subject: deal
    when: {all: [{outcome: {eq: won}}, {closed_at: {within_days: 5}}, {client.days_silent: {lte: 3}}]}
    keep: {until: {days_since_closed: {gte: 9}}}
    anchor: closed_at
    then: {finding: fresh}
  - id: seen
    title: {ru: "Была связь", en: "Seen"}
    subject: client
    when: {any: [{last_purchase_on: {older_than_days: 33}}, {lost_recently: {eq: true}}]}
    anchor: last_purchase_on
    then: {finding: seen}
  - id: unchecked
    title: {ru: "Не проверяли", en: "Unchecked"}
    subject: client
    when: {days_since_verified: {gte: 30}}
    anchor: checked_on
    then: {finding: unchecked}
templates:
  call:
    title: {ru: "Позвоните {{ client }}", en: "Call {{ client }}"}
    why: {ru: "Молчит", en: "Silent"}
    closes: {ru: "После звонка", en: "After the call"}
"""


@pytest.fixture
def job(tmp_path):
    (tmp_path / "rules" / "mine").mkdir(parents=True)
    (tmp_path / "rules" / "mine" / "pack.yaml").write_text(PACK)
    portal = Portal(
        crm="amocrm",
        base_url="http://localhost",
        auth=Auth.model_validate({"long_lived_token": "x"}),
        pipelines={"include": [SALES], "complaints": [COMPLAINTS]},
        stages={SALES: {"acquaintance": "new", "presentation": "talk", "contract": "offer", "payment": "won"}},
        fields={f"client.{name}": {"company": "1", "contact": "1"} for name in FIELDS}
        | {"deal.margin": 2, "deal.reason_text": 3},
        loss_reasons={"map": {"Дорого": "price_high"}},
        rules={"paths": [str(tmp_path / "rules")]},
        tasks={"mode": "on"},
    )
    rules = bootstrap.rule_set(Config(portals={"main": portal}), "main", tmp_path)
    return decide.Job("main", portal, rules, bootstrap.rule_engine(), BEGIN)


class Oracle:
    """Decides about all of the base every time, by the stored tables, and remembers by itself."""

    def __init__(self, db, job):
        self.db, self.job = db, job
        tomorrow = replace(job, at=job.at + timedelta(days=1))
        self.known = remembering.recall(db, tomorrow, dict).known

    def decisions(self, at):
        """What is decided: classes, findings and the keys of tasks by subject."""
        job = replace(self.job, at=at)
        tables = shared.load(self.db, "main", scope.meaning(job))
        snapshot = frames.snapshot(self.db, "main")
        facts = metrics.compute(snapshot, decide.context_of(job), metrics.Shared(tables))
        facts = replace(facts, managers=facts.managers.clear())
        verdicts = decide.verdicts_of(job, facts, self.known)
        self.known = learned(facts, verdicts)
        assembler = decide.assembler_of(job, snapshot["users"])
        return {
            str(one.subject): (
                dict(one.classes),
                {(found.rule, found.finding) for found in one.findings},
                {task.key for task in one.tasks},
            )
            for one in decide._stream(job, assembler, facts, verdicts)
        }


def stored(db):
    """What the database holds of clients and deals, in the same form."""
    with db.read() as connection:
        rows = connection.execute(select(DECISIONS)).mappings().all()
        findings = connection.execute(select(FINDINGS).where(FINDINGS.c.cleared_at.is_(None))).mappings().all()
        tasks = connection.execute(select(OUTBOX).where(OUTBOX.c.reason.is_(None))).mappings().all()
    found = {f"{row['subject_kind']}:{row['subject_id']}": (said(row["classes"]), set(), set()) for row in rows}
    for row in findings:
        found[f"{row['subject_kind']}:{row['subject_id']}"][1].add((row["rule"], row["finding"]))
    for row in tasks:
        found[row["subject"]][2].add(row["key"])
    return {subject: told for subject, told in found.items() if not subject.startswith("manager:")}


def said(text):
    """The value that the store wrote as text."""
    return orjson.loads(text)


def chance(seed):
    """Return what decides about what happens."""
    return random.Random(seed)  # noqa: S311 - nothing secret comes of it


def evaluated(db, job, at, **more):
    """Evaluate as of an instant."""
    return decide.evaluate(db, replace(job, at=at), lambda *_: None, **more)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long), pytest.param(3, marks=pytest.mark.long)])
def test_whose_turn_it_is_comes_to_the_same_as_all_day_by_day(database, job, seed):
    business = Business(database, chance(seed))
    business.found(60)
    evaluated(database, job, business.now)
    oracle, shares = Oracle(database, job), []
    for day in range(1, 31):
        business.now = BEGIN + timedelta(days=day, minutes=business.chance.randint(0, 900))
        business.work(5)
        if day == 12:
            business.leave()
        if day % 10 == 0:  # every night, in life: here most of the month has to do without
            evaluated(database, job, business.now)
        at = business.now + timedelta(minutes=5)
        result = evaluated(database, job, at, touched=True)
        expected = oracle.decisions(at)
        found = stored(database)
        wrong = {
            one: (found.get(one), expected.get(one))
            for one in {*found, *expected}
            if found.get(one) != expected.get(one)
        }
        assert wrong == {}, f"day {day}"
        shares.append(result.subjects["client"] / sum(one.startswith("client:") for one in expected))
    # Everybody is looked at on two days of the month: when a manager left, and when a quarter began.
    assert sorted(shares)[-3] < 1
    assert sorted(shares)[15] < 0.5
