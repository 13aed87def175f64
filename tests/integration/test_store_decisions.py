"""Decisions and findings: written where they say something new."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from integrator.domain import Decision, Finding, Known, PlannedTask, Subject
from integrator.store import decisions, outbox
from integrator.store.convert import to_micros
from integrator.store.mirror import Changes
from integrator.store.schema import DECISIONS, EVALUATIONS, FINDINGS

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
DEAL = Subject("deal", 93)
MISSING = Finding("refusals/reason_missing", "refusal_reason_missing", {"outcome": "lost", "loss_reason": None})
STALE = Finding("funnel/next_step", "next_step_missing", {"days": 3})
DECISION = Decision("main", DEAL, NOW, "sha256:1", {"target": "target"}, (MISSING,), (), {"days": 3.5})
TASK = PlannedTask("r/x", "t", "k1", DEAL, DEAL, 7, LATER, "title", "text\n[#k1]")


def rows_of(db, table):
    with db.read() as connection:
        return connection.execute(select(table).order_by(*table.primary_key.columns)).all()


def standing(db):
    return {(row.finding, row.subject_id): row.since for row in rows_of(db, FINDINGS) if row.cleared_at is None}


@contextmanager
def transactions(db):
    """The transactions that write."""
    seen = []

    def note(connection):
        options = connection.get_execution_options()
        if not (options.get("integrator_reads") or options.get("postgresql_readonly")):
            seen.append(connection)

    event.listen(db.engine, "begin", note)
    yield seen
    event.remove(db.engine, "begin", note)


def test_a_decision_is_stored(database):
    assert decisions.store(database, "main", [DECISION]) == Changes(inserted=1)
    (row,) = rows_of(database, DECISIONS)
    assert (row.portal, row.subject_kind, row.subject_id, row.at) == ("main", "deal", 93, to_micros(NOW))
    assert (row.ruleset, row.classes, row.metrics) == ("sha256:1", '{"target":"target"}', '{"days":3.5}')
    (found,) = rows_of(database, FINDINGS)
    assert (found.rule, found.finding, found.since, found.cleared_at) == (
        "refusals/reason_missing", "refusal_reason_missing", to_micros(NOW), None,
    )  # fmt: skip
    assert found.evidence == '{"loss_reason":null,"outcome":"lost"}'


def test_a_decision_that_says_the_same_is_not_written(database):
    decisions.store(database, "main", [DECISION])
    again = replace(DECISION, at=LATER, metrics={"days": 4.5})
    with transactions(database) as seen:
        assert decisions.store(database, "main", [again]) == Changes(unchanged=1)
    assert seen == []
    assert rows_of(database, DECISIONS)[0].at == to_micros(NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"classes": {"target": "unknown"}},
        {"ruleset": "sha256:2"},
        {"findings": ()},
        {"findings": (MISSING, STALE)},
        {"findings": (replace(MISSING, evidence={"outcome": "lost"}),)},
    ],
)
def test_a_decision_that_says_something_else_is_written(database, change):
    decisions.store(database, "main", [DECISION])
    changed = replace(DECISION, at=LATER, metrics={"days": 4.5}, **change)
    assert decisions.store(database, "main", [changed]) == Changes(updated=1)
    (row,) = rows_of(database, DECISIONS)
    assert (row.at, row.metrics) == (to_micros(LATER), '{"days":4.5}')


def test_the_order_of_classes_says_nothing():
    one = replace(DECISION, classes={"a": "1", "b": "2"})
    assert decisions.digest(one) == decisions.digest(replace(DECISION, classes={"b": "2", "a": "1"}))


def test_a_finding_stands_since_it_came_until_it_goes(database):
    decisions.store(database, "main", [DECISION])
    both = replace(DECISION, at=LATER, findings=(replace(MISSING, evidence={"outcome": "won"}), STALE))
    decisions.store(database, "main", [both])
    assert standing(database) == {
        ("refusal_reason_missing", 93): to_micros(NOW),
        ("next_step_missing", 93): to_micros(LATER),
    }
    assert rows_of(database, FINDINGS)[0].evidence == '{"outcome":"won"}'

    gone = LATER + timedelta(days=1)
    decisions.store(database, "main", [replace(DECISION, at=gone, findings=(STALE,))])
    assert standing(database) == {("next_step_missing", 93): to_micros(LATER)}
    assert [row.cleared_at for row in rows_of(database, FINDINGS)] == [to_micros(gone), None]

    back = gone + timedelta(days=1)
    decisions.store(database, "main", [replace(DECISION, at=back, findings=(STALE, MISSING))])
    assert standing(database)["refusal_reason_missing", 93] == to_micros(back)
    assert len(rows_of(database, FINDINGS)) == 3


def test_subjects_and_portals_do_not_meet(database):
    other = replace(DECISION, subject=Subject("client:company", 93), findings=(STALE,))
    decisions.store(database, "main", [DECISION, other])
    decisions.store(database, "shop", [replace(DECISION, portal="shop")])
    decisions.store(database, "main", [replace(DECISION, findings=())])
    left = [(row.portal, row.subject_kind) for row in rows_of(database, FINDINGS) if row.cleared_at is None]
    assert sorted(left) == [("main", "client:company"), ("shop", "deal")]


def test_decision_and_task_are_stored_together_or_not_at_all(database, monkeypatch):
    def fail(*_args):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "add", fail)
        with pytest.raises(RuntimeError):
            decisions.store(database, "main", [DECISION], [TASK])
    assert rows_of(database, DECISIONS) == []
    assert rows_of(database, FINDINGS) == []
    decisions.store(database, "main", [DECISION], [TASK])
    assert outbox.known(database, "main") == {"k1": Known.WAITING}


def test_a_task_is_planned_also_where_the_decision_did_not_change(database):
    decisions.store(database, "main", [DECISION])
    assert decisions.store(database, "main", [DECISION], [TASK]) == Changes(unchanged=1)
    assert outbox.known(database, "main") == {"k1": Known.WAITING}


def test_a_whole_evaluation_removes_who_is_no_longer_there(database):
    deals = [replace(DECISION, subject=Subject("deal", number)) for number in range(1, 8)]
    manager = replace(DECISION, subject=Subject("manager", 7), findings=())
    writer = decisions.Writer(database, "main", whole=True)
    writer.store(deals)
    writer.store([manager])
    assert writer.finish() == Changes(inserted=8)
    decisions.store(database, "shop", [replace(DECISION, portal="shop")])

    writer = decisions.Writer(database, "main", whole=True)
    writer.store([replace(one, at=LATER) for one in deals[:5]])
    assert writer.finish() == Changes(unchanged=5, deleted=3)
    left = [(row.portal, row.subject_kind, row.subject_id) for row in rows_of(database, DECISIONS)]
    assert left == [*(("main", "deal", number) for number in range(1, 6)), ("shop", "deal", 93)]
    cleared = {row.subject_id: row.cleared_at for row in rows_of(database, FINDINGS) if row.cleared_at is not None}
    assert cleared == {6: to_micros(LATER), 7: to_micros(LATER)}


def test_an_evaluation_of_some_subjects_removes_nobody(database):
    decisions.store(database, "main", [DECISION])
    writer = decisions.Writer(database, "main", whole=False)
    writer.store([replace(DECISION, subject=Subject("deal", 94))])
    assert writer.finish() == Changes(inserted=1)
    assert len(rows_of(database, DECISIONS)) == 2


def test_an_evaluation_is_on_record(database):
    decisions.record_evaluation(database, "main", NOW, "sha256:1", {"deal": 3})
    decisions.record_evaluation(database, "main", NOW, "sha256:1", {"deal": 4})
    assert [(row.at, row.counts) for row in rows_of(database, EVALUATIONS)] == [(to_micros(NOW), '{"deal":4}')]
