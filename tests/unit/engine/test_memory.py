"""What is remembered of a whole base is what is remembered of each subject, day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrator.domain import Group, Metric
from integrator.domain import Test as Leaf
from integrator.engine import memory
from integrator.engine.classes import evaluate, evaluate_one
from integrator.engine.explain import judge
from integrator.engine.holding import Held, days_needed
from integrator.engine.moment import Moment
from integrator.engine.reference import ReferenceEngine
from integrator.engine.ruleset import Keep
from integrator.engine.strata import cycle

from .building import dimension, one_by_one, rule, ruleset

if TYPE_CHECKING:
    from integrator.domain import Condition
    from integrator.engine.ruleset import RuleSet

START = date(2026, 1, 1)
ENGINE = ReferenceEngine()
IDS = (1, 2, 3, 4)
NUMBERS = {name: Metric(name, "client", "integer", "", {}) for name in ("n", "m")}


def leaves(*names: str) -> st.SearchStrategy[Condition]:
    plain = st.builds(Leaf, st.sampled_from(("n", "m")), st.sampled_from(("eq", "gte")), st.integers(0, 2))
    score = st.builds(Leaf, st.just("class.score"), st.just("gte"), st.sampled_from((30, 70)))
    chained = [score] * bool(names) + [
        st.builds(Leaf, st.just(f"class.{name}"), st.just("eq"), st.sampled_from(("x", "u"))) for name in names
    ]
    return st.one_of(plain, *chained, plain.map(lambda one: Group("none", (one,))))


@st.composite
def timed(draw: st.DrawFn) -> RuleSet:
    def made(id_: str, *names: str, **more: Any) -> Any:
        until = draw(st.one_of(st.none(), leaves(*names)))
        days = draw(st.one_of(st.none(), st.integers(1, 3)))
        keep = Keep(until, days) if until or days else None
        for_days = draw(st.one_of(st.none(), st.integers(1, 3)))
        return rule(id_, draw(leaves(*names)), for_days=for_days, keep=keep, **more)

    first = [made("x", classify="x"), made("y", classify="y")]
    second = [made("u", "one", classify="u"), made("v", "one", classify="v")]
    third = [made("r", "one", "two", only=draw(leaves("two"))), made("s", score=40), made("t", score=30)]
    one = dimension("one", ["x", "y"], otherwise=draw(st.sampled_from((None, "z"))))
    return ruleset([*third, *second, *first], [one, dimension("two", ["u", "v"], only=draw(leaves("one")))])


@st.composite
def bases(draw: st.DrawFn) -> list[pl.DataFrame]:
    """A base a day: clients come and go, facts change or are missing."""
    value = st.one_of(st.none(), st.integers(0, 2))
    days = []
    for _ in range(draw(st.integers(1, 7))):
        ids = draw(st.lists(st.sampled_from(IDS), unique=True))
        facts = {name: [draw(value) for _ in ids] for name in ("n", "m")}
        columns = {name: pl.Series(name, given, dtype=pl.Int64) for name, given in facts.items()}
        days.append(pl.DataFrame({"id": pl.Series(ids, dtype=pl.Int64), "kind": ["company"] * len(ids), **columns}))
    return days


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(timed(), bases())
def test_a_base_is_remembered_as_each_of_its_subjects(rules: RuleSet, days: list[pl.DataFrame]) -> None:
    known = memory.memory()
    stored: dict[Any, tuple[Any, ...]] = {}
    of_each: dict[int, dict[str, Held]] = {}
    for ahead, facts in enumerate(days):
        day = START + timedelta(days=ahead)
        moment = Moment(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), day)
        before = memory.recalled(known, rules.rules, facts, "client")
        found = evaluate(rules, "client", facts, ENGINE, moment, before)
        after: dict[int, dict[str, Held]] = {}
        for row, verdicts in zip(facts.iter_rows(named=True), found.iter_rows(named=True), strict=True):
            own = of_each.get(row["id"], {})
            states = {name: Held(**state) for name, state in verdicts.items() if name.startswith("held.")}
            expected = one_by_one(rules, row, own, day)
            assert {**verdicts, **states} == expected
            assert evaluate_one(rules, "client", row, ENGINE, moment, own) == expected
            judged = judge(rules, "client", {**row, "today": day}, NUMBERS, before=own)
            told = {**judged.columns(), "class.score": str(judged.score)}
            assert told == {name: value for name, value in verdicts.items() if name not in states}
            assert {f"held.{one.rule.full}": one.held for one in judged.rules if one.held} == states
            after[row["id"]] = {name.removeprefix("held."): state for name, state in states.items()}
        of_each = after
        known = memory.learned(found, facts, "client")
        store(stored, memory.memory(stored.values()), known)
        assert (
            memory.memory(stored.values()).sort(*memory.KEY).drop("last").equals(known.sort(*memory.KEY).drop("last"))
        )


def store(rows: dict[Any, tuple[Any, ...]], old: pl.DataFrame, new: pl.DataFrame) -> None:
    """Do to the rows what the changes ask for."""
    moved, gone = memory.changed(old, new)
    for key in gone:
        del rows[key]
    rows.update({row[:3]: row for row in moved})
    assert memory.changed(memory.memory(rows.values()), new) == ([], [])


def test_a_condition_that_goes_on_is_not_stored_every_day() -> None:
    yesterday = memory.memory([("deal", 1, "p/a", START, START, True), ("deal", 2, "p/a", None, START, True)])
    today = memory.memory([("deal", 1, "p/a", START, date(2026, 1, 2), True), ("deal", 2, "p/a", None, START, True)])
    assert memory.changed(yesterday, today) == ([], [])


def test_rules_that_take_time_need_a_day() -> None:
    rules = ruleset([rule("slow", Leaf("n", "eq", 1), for_days=2)])
    with pytest.raises(ValueError, match="as of a moment"):
        evaluate(rules, "client", pl.DataFrame({"n": [1]}), ENGINE)
    with pytest.raises(ValueError, match="as of a moment"):
        evaluate_one(rules, "client", {"n": 1}, ENGINE)


def test_as_many_days_are_needed_as_rules_wait_and_stay_one_after_the_other() -> None:
    one = rule("x", Leaf("n", "eq", 1), classify="x", for_days=5)
    other = rule("y", Leaf("n", "eq", 2), classify="y", for_days=9)
    on_it = rule("r", Leaf("class.one", "eq", "x"), keep=Keep(days=30), for_days=2)
    plain = rule("s", Leaf("class.one", "eq", "y"))
    until = rule("t", Leaf("n", "eq", 1), keep=Keep(until=Leaf("n", "eq", 2)))
    rules = ruleset([one, other, on_it, plain, until], [dimension("one", ["x", "y"])])
    assert [days_needed(rules, each) for each in (one, on_it, plain, until)] == [5, 41, 9, 366]


def test_what_lets_a_rule_go_comes_before_the_class_it_decides() -> None:
    back = Keep(until=Leaf("class.two", "eq", "u"))
    circle = {
        "one": dimension("one", ["x"]),
        "two": dimension("two", ["u"]),
    }
    rules = [
        rule("x", Leaf("n", "eq", 1), classify="x", keep=back),
        rule("u", Leaf("class.one", "eq", "x"), classify="u"),
    ]
    assert set(cycle(circle, {one.full: one for one in rules})) == {"one", "two"}
    assert cycle(circle, {one.full: one for one in [rules[0], rule("u", Leaf("n", "eq", 1), classify="u")]}) == []
