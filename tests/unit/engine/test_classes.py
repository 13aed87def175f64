"""A base decided by kinds of subjects comes to what each subject comes to by himself."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrator import metrics, packs
from integrator.domain import Group
from integrator.domain import Test as Leaf
from integrator.engine.classes import evaluate, evaluate_one
from integrator.engine.durable import DurableEngine, available
from integrator.engine.loader import load
from integrator.engine.moment import Moment
from integrator.engine.reference import ReferenceEngine

from .building import dimension, one_by_one, rule, ruleset
from .strategies import CONSTANTS, DAYS, INSTANTS, METRICS, WORDS, conditions, leaves

if TYPE_CHECKING:
    from integrator.domain import Condition
    from integrator.engine.ruleset import RuleSet
    from integrator.ports import RuleEngine

ENGINES: list[RuleEngine] = [ReferenceEngine(), *([DurableEngine()] if available() else [])]
WHOLE = (0, 1, 7, 8, -3, 121, 122, 2**53, 2**53 + 1, 2**63 - 1, -(2**63))
BINARY = (0.0, 7.0, 0.1, 121.3, 2.0**53, 1e22, float("nan"), float("inf"), float("-inf"), 2.0**63)
FUTURE = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=9)
COLUMNS: list[tuple[Any, tuple[Any, ...]]] = [
    (pl.Int64, WHOLE),
    (pl.Int16, (0, 7, 8, -3, 121)),
    (pl.UInt64, (0, 7, 2**53 + 1, 2**64 - 1)),
    (pl.Float64, BINARY),
    (pl.Float32, (0.0, 7.0, 0.5, float("nan"))),
    (pl.Decimal(20, 2), (Decimal("7.00"), Decimal("0.10"), Decimal("121.30"))),
    (pl.String, WORDS),
    (pl.Categorical, ("ab", "Дорого", "7")),
    (pl.Boolean, (True, False)),
    (pl.Date, DAYS),
    (pl.Datetime("us", "UTC"), (*INSTANTS, FUTURE)),
    (pl.Datetime("us", "Europe/Moscow"), (*INSTANTS, FUTURE)),
    (pl.Datetime("us"), (datetime(2026, 1, 1),)),
    (pl.Null, (None,)),
]

_NOW = (pl.Datetime("us", "UTC"), INSTANTS[0] + timedelta(days=31))
_TODAY = (pl.Date, DAYS[1])
CLOCK_COLUMNS: tuple[dict[str, tuple[Any, Any]], ...] = (
    {"now": _NOW, "today": _TODAY},
    {"now": (pl.Datetime("us", "Europe/Moscow"), INSTANTS[1]), "today": (pl.Date, None)},
    {"now": _TODAY, "today": _NOW},
    {"today": _TODAY},
    {},
)


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    height = draw(st.integers(0, 12))
    columns = {}
    for name in draw(st.lists(st.sampled_from(METRICS), unique=True)):
        kind, values = draw(st.sampled_from(COLUMNS))
        drawn = draw(st.lists(st.sampled_from((*values, None)), min_size=height, max_size=height))
        columns[name] = pl.Series(name, drawn, dtype=kind)
    for name, (kind, value) in draw(st.sampled_from(CLOCK_COLUMNS)).items():
        columns[name] = pl.Series(name, [value] * height, dtype=kind)
    return pl.DataFrame({**columns, "id": pl.Series(range(height), dtype=pl.Int64)})


@st.composite
def rulesets(draw: st.DrawFn) -> RuleSet:
    def some() -> Condition:
        return draw(conditions(most=5))

    chained = st.one_of(leaves(), st.builds(Leaf, st.just("class.one"), st.sampled_from(("eq", "ne")), st.just("x")))
    one = dimension("one", ["x", "y"], otherwise=draw(st.sampled_from((None, "z"))))
    two = dimension("two", ["u", "v"], only=draw(conditions(chained, most=3)))
    first = [rule("x", some(), classify="x"), rule("y", some(), classify="y")]
    second = [rule(id_, draw(conditions(chained, most=5)), classify=id_) for id_ in ("u", "v")]
    third = [rule(f"r{n}", draw(conditions(chained, most=5)), only=draw(conditions(chained, most=3))) for n in range(3)]
    return ruleset([*third, *second, *first], [one, two])


QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]


def same(rules: RuleSet, frame: pl.DataFrame) -> None:
    for engine in ENGINES:
        found = evaluate(rules, "client", frame, engine)
        assert found.height == frame.height
        for facts, row in zip(frame.iter_rows(named=True), found.iter_rows(named=True), strict=True):
            assert row == one_by_one(rules, facts), engine.name
            assert list(evaluate_one(rules, "client", facts, engine).items()) == list(row.items()), engine.name


@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(rulesets(), frames())
def test_random_bases_are_decided_as_one_by_one(rules: RuleSet, frame: pl.DataFrame) -> None:
    same(rules, frame)


@pytest.mark.long
@settings(max_examples=1500, deadline=None, suppress_health_check=QUIET)
@given(rulesets(), frames())
def test_random_bases_are_decided_as_one_by_one_at_length(rules: RuleSet, frame: pl.DataFrame) -> None:
    same(rules, frame)


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
@pytest.mark.parametrize(("number", "flag"), [(0, False), (1, True)])
def test_a_flag_and_a_number_that_python_holds_equal_are_told_apart(
    engine: RuleEngine, number: int, *, flag: bool
) -> None:
    either = Group("any", (Leaf("n", "eq", flag), Leaf("n", "eq", number)))
    frame = pl.DataFrame({"n": [number, None]})
    for literal, fires in ((number, True), (flag, False)):  # the engine remembers what it loaded: one after the other
        rules = ruleset([rule("one", Leaf("n", "eq", literal)), rule("either", either)])
        found = evaluate(rules, "client", frame, engine)
        assert found["rule.p/one"].to_list() == [fires, False]
        assert found["rule.p/either"].to_list() == [True, False]


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_boundaries_are_exact(engine: RuleEngine) -> None:
    silent = Leaf("silent", "gte", None, "threshold")
    rules = ruleset(
        [rule("lost", silent), rule("share", Leaf("share", "lt", 0.8)), rule("seven", Leaf("n", "eq", 7.0))]
    )
    frame = pl.DataFrame(
        {
            "silent": [120, 121, 122, None],
            "threshold": [120.0, 121.33333333333333, 121.33333333333333, 1.0],
            "share": [0.8, 0.7999999999999999, None, 0.0],
            "n": [7, 6, 8, None],
        }
    )
    found = evaluate(rules, "client", frame, engine)
    assert found["rule.p/lost"].to_list() == [True, False, True, False]
    assert found["rule.p/share"].to_list() == [False, True, False, True]
    assert found["rule.p/seven"].to_list() == [True, False, False, False]


def test_many_rules_on_many_metrics_are_decided_in_small_groups() -> None:
    chance = random.Random(5)  # noqa: S311
    names = [f"m{n}" for n in range(30)]
    made = [
        rule(f"r{n}", Group("all", tuple(Leaf(name, "gte", chance.randint(0, 9)) for name in chance.sample(names, 4))))
        for n in range(120)
    ]
    frame = pl.DataFrame({name: [chance.choice((None, *range(10))) for _ in range(400)] for name in names})
    rules = ruleset(made)
    found = evaluate(rules, "client", frame, ENGINES[-1])
    for facts, row in zip(frame.iter_rows(named=True), found.iter_rows(named=True), strict=True):
        assert row == one_by_one(rules, facts)


def test_a_condition_with_more_kinds_than_a_key_holds_is_decided() -> None:
    names = [f"m{n}" for n in range(70)]
    wide = Group("any", tuple(Leaf(name, "eq", 1) for name in names))
    frame = pl.DataFrame({name: [int(row == index) for row in range(71)] for index, name in enumerate(names)})
    found = evaluate(ruleset([rule("wide", wide)]), "client", frame, ENGINES[-1])
    assert found["rule.p/wide"].to_list() == [True] * 70 + [False]


def test_a_rule_that_lost_its_class_to_another_does_not_fire() -> None:
    both = [rule("a", Leaf("n", "gte", 1), classify="a"), rule("b", Leaf("n", "gte", 0), classify="b")]
    rules = ruleset(both, [dimension("d", ["a", "b"], only=Leaf("ok", "eq", value=True))])
    frame = pl.DataFrame({"n": [1, 0, 1, None], "ok": [True, True, None, True]})
    found = evaluate(rules, "client", frame, ENGINES[-1])
    assert found["class.d"].to_list() == ["a", "b", None, None]
    assert found["rule.p/a"].to_list() == [True, False, False, False]
    assert found["rule.p/b"].to_list() == [False, True, False, False]


class Counting:
    name = "counting"

    def __init__(self) -> None:
        self.asked = 0

    def load(self, rules: Any) -> Any:
        matcher = ReferenceEngine().load(rules)
        engine = self

        class Matcher:
            def fired(self, facts: Any) -> frozenset[str]:
                engine.asked += 1
                return matcher.fired(facts)

        return Matcher()


def test_a_hundred_thousand_clients_cost_a_few_hundred_inferences() -> None:
    shipped = load(packs.find(), metrics.METRICS)
    chance = random.Random(7)  # noqa: S311
    size = 100_000

    def column(*values: Any) -> list[Any]:
        return chance.choices(values, k=size)

    days = [chance.randint(0, 900) for _ in range(size)]
    frame = pl.DataFrame(
        {
            "purchase_count": column(0, 1, 2, 9),
            "days_silent": days,
            "lost_threshold_days": [chance.uniform(14, 730) for _ in range(size)],
            "purchase_period_days": [chance.uniform(14, 400) for _ in range(size)],
            "days_since_return": column(None, 5, 90),
            "return_window_days": [chance.uniform(14, 730) for _ in range(size)],
            "abc_share_above": [chance.random() for _ in range(size)],
            "revenue_variation": column(None, 0.05, 0.1, 0.2, 1.7),
            "blacklisted": column(None, True, False),
            "refusal_closes_door": column(True, False),
        }
    )
    engine = Counting()
    counted = evaluate(shipped, "client", frame, engine)
    assert engine.asked < 3000
    found = evaluate(shipped, "client", frame, ENGINES[-1])
    assert found.equals(counted)
    for row in chance.sample(range(size), 200):
        assert one_by_one(shipped, frame.row(row, named=True)) == found.row(row, named=True)


def test_days_and_instants_of_frames_are_those_of_rules() -> None:
    rules = ruleset([rule("day", Leaf("on", "gte", date(2026, 1, 1))), rule("at", Leaf("at", "gt", INSTANTS[0]))])
    frame = pl.DataFrame({"on": [date(2025, 12, 31), date(2026, 1, 1)], "at": [INSTANTS[0], INSTANTS[1]]})
    found = evaluate(rules, "client", frame, ENGINES[-1])
    assert found["rule.p/day"].to_list() == [False, True]
    assert found["rule.p/at"].to_list() == [False, True]


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_days_gone_by_are_counted_in_the_portals_zone(engine: RuleEngine) -> None:
    rules = ruleset([rule("day", Leaf("on", "within_days", 1)), rule("at", Leaf("at", "older_than_days", 1))])
    now = datetime(2026, 1, 2, 22, tzinfo=UTC)
    frame = pl.DataFrame({"on": [date(2026, 1, 1), date(2026, 1, 2), None], "at": [*INSTANTS[:2], None]})
    at_home = evaluate(rules, "client", frame, engine, Moment.of(now, ZoneInfo("Europe/Moscow")))
    assert at_home["rule.p/day"].to_list() == [False, True, False]
    assert at_home["rule.p/at"].to_list() == [True, True, False]
    assert evaluate(rules, "client", frame, engine, Moment.of(now))["rule.p/day"].to_list() == [True, True, False]


def test_points_are_summed_within_the_bounds_of_a_score() -> None:
    given_points = {"a": 70, "b": 50, "c": -90}
    made = [replace(rule(id_, Leaf(id_, "eq", 1)), score=points) for id_, points in given_points.items()]
    frame = pl.DataFrame({"a": [1, 1, 0, None, 1], "b": [1, 0, 0, None, 1], "c": [0, 0, 1, None, 1]})
    found = evaluate(ruleset(made), "client", frame, ENGINES[-1])
    assert found["class.score"].to_list() == ["100", "70", "0", "0", "30"]
    for facts, row in zip(frame.iter_rows(named=True), found.iter_rows(named=True), strict=True):
        assert evaluate_one(ruleset(made), "client", facts, ENGINES[-1]) == row
    assert "class.score" not in evaluate(ruleset([rule("a", Leaf("a", "eq", 1))]), "client", frame, ENGINES[-1]).columns


def test_rules_are_made_ready_for_single_subjects_once() -> None:
    rules = ruleset([rule("day", Leaf("on", "within_days", 1))])
    engine = Counting()
    moment = Moment.of(datetime(2026, 1, 2, 22, tzinfo=UTC), ZoneInfo("Europe/Moscow"))
    for on, fires in ((date(2026, 1, 1), False), (date(2026, 1, 2), True), (None, False)):
        found = evaluate_one(rules, "client", {"on": on}, engine, moment)
        assert found == {"rule.p/day": fires, "task.p/day": fires}
        assert found == evaluate(rules, "client", pl.DataFrame({"on": [on]}), engine, moment).row(0, named=True)
    (ready,) = rules.ready.values()
    evaluate_one(rules, "client", {}, Counting())
    assert list(rules.ready.values()) == [ready]
    assert replace(rules).ready == {}


def test_constants_of_the_strategies_cover_every_family() -> None:
    assert {type(one) for one in CONSTANTS} >= {int, float, str, bool, date, datetime, Decimal}
