"""Rules that wait and stay, evaluated day by day on a small base: what the store remembers, what is replayed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import pytest
from sqlalchemy import delete, select

from integrator import bootstrap, decide, rulesets
from integrator.config import Auth, Config, Portal
from integrator.domain import Subject
from integrator.engine import holding
from integrator.explaining import explain
from integrator.preview import preview
from integrator.store.convert import to_micros
from integrator.store.schema import COMPANIES, DEALS, HELD, HELD_RULES, STAGES, USERS
from integrator.wording.explanation import text
from integrator.wording.explanation_json import as_json

MONDAY = date(2026, 11, 2)
ONE, TWO = Subject("client:company", 1), Subject("client:company", 2)
RULE = "mine/slow"
PACK = """\
schema: 1
name: mine
title: {{ru: "Мои", en: "Mine"}}
classes:
  mood:
    title: {{ru: "Настроение", en: "Mood"}}
    subject: client
    assigns: exactly_one
    values: {{busy: {{ru: "занят", en: "busy"}}, calm: {{ru: "спокоен", en: "calm"}}}}
    order: [slow]
    otherwise: calm
rules:
  - id: slow
    title: {{ru: "Долго открыта", en: "Open for long"}}
    subject: client
    when: {{open_deals: {{gte: 1}}}}
    {time}
    anchor: name_of_anchor
    then:
      classify: busy
      finding: open_for_long
      task: {{template: call, due: {{working_days: 1}}}}
  - id: chained
    title: {{ru: "Занят", en: "Busy"}}
    subject: client
    when: {{class.mood: {{eq: busy}}}}
    for: {{days: 1}}
    then: {{score: 10}}
templates:
  call:
    title: {{ru: "Позвоните", en: "Call"}}
    why: {{ru: "Долго", en: "Long"}}
    closes: {{ru: "Само", en: "By itself"}}
""".replace("name_of_anchor", "last_purchase_on")
WAITS = "for: {days: 3}"


def at(ahead: int) -> datetime:
    """Noon of the day, in Moscow."""
    return datetime.combine(MONDAY + timedelta(days=ahead), time(9), UTC)


@pytest.fixture(autouse=True)
def _a_short_memory(monkeypatch):
    """Whatever stays until something happens is replayed for a year; some days do here."""
    monkeypatch.setattr(holding, "LONGEST_REPLAY", 8)


@pytest.fixture
def base(database):
    """Two companies that bought in October; the first has a deal open since Monday."""
    companies = [{"id": n, "name": f"c{n}", "created_at": 0, "updated_at": 0, "fields": "{}"} for n in (1, 2)]
    tables = {
        USERS: [{"place": 1, "id": 7, "name": "u7", "active": True, "department_ids": "[]"}],
        STAGES: [
            {"place": n, "pipeline_id": 31, "id": stage, "name": stage, "sort": n, "outcome": outcome}
            for n, (stage, outcome) in enumerate([("1", "open"), ("142", "won")])
        ],
        COMPANIES: [{**one, "responsible_id": 7} for one in companies],
        DEALS: [deal(10, 1, -30, "won"), deal(20, 2, -30, "won"), deal(11, 1, 0, "open")],
    }
    with database.write() as connection:
        for table, rows in tables.items():
            connection.execute(table.insert(), [{"portal": "p", **row} for row in rows])
    return database


def deal(number, company, ahead, outcome):
    moment = to_micros(at(ahead))
    closed = moment if outcome == "won" else None
    return {
        "id": number,
        "title": "",
        "pipeline_id": 31,
        "stage_id": "142" if closed else "1",
        "outcome": outcome,
        "amount": 100_00,
        "currency": "RUB",
        "company_id": company,
        "fields": "{}",
        "created_at": moment,
        "updated_at": moment,
        "closed_at": closed,
        "first_closed_seen_at": closed,
    }


def shut(db):
    """The open deal was deleted: no record tells that it was ever there."""
    with db.write() as connection:
        connection.execute(delete(DEALS).where(DEALS.c.id == 11))


def reopen(db, company=1, ahead=0):
    with db.write() as connection:
        connection.execute(DEALS.insert(), [{"portal": "p", **deal(11, company, ahead, "open")}])


def buy(db, ahead):
    with db.write() as connection:
        connection.execute(DEALS.insert(), [{"portal": "p", **deal(12, 1, ahead, "won")}])


@pytest.fixture
def job(tmp_path):
    """Make the job of evaluating the base by rules that take such a time, so many days after Monday."""

    @cache
    def drafted(waits):
        path = tmp_path / str(abs(hash(waits))) / "mine" / "pack.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PACK.format(time=waits), encoding="utf-8")
        portal = Portal(
            crm="amocrm",
            base_url="http://localhost",
            auth=Auth.model_validate({"long_lived_token": "x"}),
            rules={"paths": [str(path)], "packs": ["mine"]},
            tasks={"mode": "on"},
        )
        return portal, rulesets.draft(rulesets.Files(Config(portals={"p": portal}), "p", tmp_path)).rules

    def make(ahead, waits=WAITS, **more):
        portal, rules = drafted(waits)
        return decide.Job("p", portal, rules, bootstrap.rule_engine(), at(ahead), **more)

    return make


def fired(db, job, **more):
    """Evaluate; return who has the finding."""
    decisions = []
    decide.evaluate(db, job, lambda *_: None, watch=decisions.append, **more)
    found = {one.subject for one in decisions if one.findings}
    assert {one.subject for one in decisions if one.tasks} == found
    assert {one.subject for one in decisions if one.classes.get("mood") == "busy"} == found
    return found


def held(db):
    with db.read() as connection:
        rows = connection.execute(select(HELD).order_by(HELD.c.rule, HELD.c.subject_id)).mappings()
        return [(row["rule"], row["subject_id"], _day(row["since"]), _day(row["last"]), row["fires"]) for row in rows]


def _day(number):
    """Return the days from Monday."""
    return None if number is None else (date(1970, 1, 1) + timedelta(days=number) - MONDAY).days


def noted(db):
    with db.read() as connection:
        return {row.rule: _day(row.through) for row in connection.execute(select(HELD_RULES))}


def test_a_rule_fires_once_its_condition_held_for_its_days(base, job):
    assert [bool(fired(base, job(ahead))) for ahead in range(6)] == [False, False, False, True, True, True]
    assert (RULE, 1, 0, None, True) in held(base)
    assert noted(base) == {RULE: 5, "mine/chained": 5}


@pytest.mark.parametrize("first", [1, 2, 3, 4, 9])
def test_a_rule_that_nobody_looked_at_is_replayed_from_dated_records(base, job, first):
    assert fired(base, job(first), dry_run=True) == ({ONE} if first >= 3 else set())
    assert (held(base), noted(base)) == ([], {})
    assert fired(base, job(first)) == ({ONE} if first >= 3 else set())
    # The days before those that decide are not looked at.
    assert (RULE, 1, max(0, first - 3), None, first >= 3) in held(base)


def test_what_the_store_knows_counts_more_than_what_dates_tell(base, job):
    assert [bool(fired(base, job(ahead))) for ahead in range(2)] == [False, False]
    shut(base)
    fired(base, job(2))
    reopen(base)
    # The deal says of itself that it was always open: the store knows better.
    assert [bool(fired(base, job(ahead))) for ahead in range(3, 8)] == [False, False, False, True, True]
    assert fired(base, job(4, past=True), dry_run=True) == {ONE}


def test_days_that_nobody_looked_at_are_replayed_from_where_the_store_left_off(base, job):
    assert fired(base, job(0)) == set()
    reopen_day = 2
    shut(base)
    reopen(base, ahead=reopen_day)
    assert fired(base, job(4)) == set()
    assert (RULE, 1, reopen_day, None, False) in held(base)
    assert fired(base, job(5)) == {ONE}


def test_a_rule_stays_until_it_is_let_go(base, job):
    waits = "keep: {until: {days_silent: {lt: 5}}}"
    assert fired(base, job(0, waits)) == {ONE}
    shut(base)
    assert [fired(base, job(ahead, waits)) for ahead in (1, 2, 9)] == [{ONE}] * 3
    assert (RULE, 1, None, 0, True) in held(base)
    buy(base, 10)
    assert fired(base, job(10, waits)) == set()
    assert fired(base, job(20, waits)) == set()
    assert held(base) == []


def test_what_is_unknown_never_lets_go(base, job):
    waits = "keep: {until: {days_since_return: {lt: 5}}}"
    assert fired(base, job(0, waits)) == {ONE}
    shut(base)
    assert fired(base, job(1, waits)) == {ONE}


def test_a_rule_stays_for_its_days_after_it_last_held(base, job):
    waits = "keep: {days: 3}"
    assert fired(base, job(0, waits)) == {ONE}
    assert fired(base, job(1, waits)) == {ONE}
    shut(base)
    assert [bool(fired(base, job(ahead, waits))) for ahead in (2, 3, 4, 5)] == [True, True, False, False]


def test_rules_of_another_meaning_are_looked_at_anew(base, job):
    for ahead in range(3):
        fired(base, job(ahead))
    assert fired(base, job(3, "for: {days: 2}")) == {ONE}
    assert fired(base, job(4, "for: {days: 30}")) == set()
    assert fired(base, job(5, "severity: low")) == {ONE}
    assert set(noted(base)) == {"mine/chained"}
    assert {row[0] for row in held(base)} == {"mine/chained"}


def test_who_is_gone_is_forgotten(base, job):
    fired(base, job(3))
    with base.write() as connection:
        connection.execute(delete(DEALS).where(DEALS.c.company_id == 1))
        connection.execute(delete(COMPANIES).where(COMPANIES.c.id == 1))
    fired(base, job(4))
    assert held(base) == []


def test_one_subject_is_remembered_without_the_others(base, job):
    fired(base, job(0))
    reopen_two = {"portal": "p", **deal(21, 2, 1, "open")}
    with base.write() as connection:
        connection.execute(DEALS.insert(), [reopen_two])
    assert fired(base, job(1, subjects=frozenset({TWO}))) == set()
    assert held(base) == [(RULE, 1, 0, None, False), (RULE, 2, 1, None, False)]
    assert noted(base)[RULE] == 0
    assert fired(base, job(4, subjects=frozenset({TWO}))) == {TWO}
    assert noted(base)[RULE] == 3
    assert fired(base, job(4)) == {ONE, TWO}


def test_looking_back_leaves_what_is_remembered_as_it_is(base, job):
    fired(base, job(5))
    before = held(base), noted(base)
    assert fired(base, job(2, past=True)) == set()
    assert fired(base, job(3, past=True)) == {ONE}
    preview(base, job(5), job(5, "for: {days: 9}").rules)
    explain(base, job(5), ONE)
    assert (held(base), noted(base)) == before


def test_a_preview_replays_what_changed(base, job):
    for ahead in range(3):
        fired(base, job(ahead))
    found = preview(base, job(2), job(2, "for: {days: 2}").rules)
    assert [(one.dimension, one.before, one.after, one.count) for one in found.classes] == [
        ("mood", "calm", "busy", 1),
    ]
    assert [(one.rule, one.appear, one.clear) for one in found.findings] == [(RULE, 1, 0)]
    assert found.new_tasks == 1
    longer = preview(base, job(4), job(4, "for: {days: 9}").rules)
    assert [(one.rule, one.appear, one.clear) for one in longer.findings] == [(RULE, 0, 1)]


def plain(explanation):
    return text(explanation).replace("\xa0", " ")


def told(db, job, subject=ONE, **more):
    return explain(db, job, subject, RULE, **more)


def test_an_explanation_tells_how_many_of_the_days_are_over(base, job):
    fired(base, job(0))
    waiting = told(base, job(1))
    (rule,) = as_json(waiting, "p")["rules"]
    assert (rule["result"], rule["fired"], rule["flips"]) == ("true", False, [])
    known = {"since": "2026-11-02", "days": 1, "of": 3, "last": "2026-11-03", "kept": False, "until": None}
    assert rule["held"] == {**known, "from": "store"}
    assert "Условие верно с 2 ноября: 1 из 3 дней, сработает 5 ноября, если не изменится." in plain(waiting)
    assert "Дни посчитаны по сохранённым решениям." in plain(waiting)
    assert "… Долго открыта" in plain(waiting)

    before = told(base, job(2), past=True)
    assert as_json(before, "p")["rules"][0]["held"]["from"] == "replayed"
    assert "Дни восстановлены по датам записей CRM." in plain(before)

    (full,) = as_json(told(base, job(3)), "p")["rules"]
    assert (full["fired"], full["held"]["days"]) == (True, 3)


def test_an_explanation_tells_what_a_rule_stays_for(base, job):
    waits = "keep: {until: {days_silent: {lt: 5}}, days: 30}"
    fired(base, job(0, waits))
    shut(base)
    fired(base, job(1, waits))
    stays = told(base, job(2, waits))
    (rule,) = as_json(stays, "p")["rules"]
    assert (rule["result"], rule["fired"], rule["held"]["kept"], rule["held"]["last"]) == (
        *("false", True, True),
        "2026-11-02",
    )
    assert rule["held"]["until"]["result"] == "false"
    said = plain(stays)
    assert "Настроение: занят, потому что условие было верно 2 ноября и остаётся в силе, до 2 декабря, пока" in said
    assert "(сейчас: молчание: 32" in said
    other = replace(job(2, waits), portal=job(2, waits).portal.model_copy(update={"language": "en"}))
    assert "it held on 2 November and is kept, up to 2 December, until this holds:" in plain(told(base, other))
