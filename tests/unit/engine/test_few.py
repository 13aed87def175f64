"""Few subjects are decided as many are, column by column."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
from hypothesis import HealthCheck, given, settings
from polars.testing import assert_frame_equal

from integrator.domain import Test as Leaf
from integrator.engine import memory
from integrator.engine.classes import evaluate
from integrator.engine.few import evaluate_few
from integrator.engine.moment import Moment
from integrator.engine.reference import ReferenceEngine
from integrator.engine.ruleset import Keep
from tests.unit.engine.building import rule, ruleset
from tests.unit.engine.test_classes import frames, rulesets
from tests.unit.engine.test_memory import bases, timed

ENGINE = ReferenceEngine()
MOMENT = Moment(datetime(2026, 1, 15, 12, tzinfo=UTC), date(2026, 1, 15))
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(rulesets(), frames())
def test_few_are_decided_as_many(rules, frame):
    assert_frame_equal(evaluate_few(rules, "client", frame, ENGINE), evaluate(rules, "client", frame, ENGINE))


@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(timed(), bases())
def test_few_are_remembered_as_many(rules, days):
    known = memory.memory()
    for facts in days:
        before = memory.recalled(known, rules.rules, facts, "client")
        found = evaluate(rules, "client", facts, ENGINE, MOMENT, before)
        assert_frame_equal(evaluate_few(rules, "client", facts, ENGINE, MOMENT, before), found)
        known = memory.learned(found, facts, "client")


def test_none_have_the_columns_of_many():
    made = [rule("a", Leaf("n", "eq", 1), score=5), rule("b", Leaf("n", "eq", 2), keep=Keep(days=3))]
    empty = pl.DataFrame(schema={"n": pl.Int64})
    found = evaluate_few(ruleset(made), "client", empty, ENGINE, MOMENT)
    assert_frame_equal(found, evaluate(ruleset(made), "client", empty, ENGINE, MOMENT))
    assert found.columns == ["rule.p/a", "task.p/a", "rule.p/b", "task.p/b", "held.p/b", "class.score"]
