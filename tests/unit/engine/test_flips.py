"""What would make a rule fire: every flip that is told does flip, and fewer changes would not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from integrator.domain import Group, Metric, Truth
from integrator.domain import Test as Leaf
from integrator.engine import conditions as reading
from integrator.engine.flips import flips
from integrator.engine.reference import evaluate

from .strategies import FACTS, METRICS, conditions
from .strategies import facts as some_facts

DAYS = Metric("days_silent", "client", "integer", "days", {})
LIMIT = Metric("lost_threshold_days", "client", "number", "days", {})
COUNT = Metric("purchase_count", "client", "integer", "purchases", {})
KINDS = {metric.name: metric for metric in (DAYS, LIMIT, COUNT)}


def told(condition: Any, facts: dict[str, Any], *, unwanted: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
    found = flips((condition,), unwanted, facts, KINDS)
    return [{one.metric: (one.to.low, one.to.high) for one in flip.changes} for flip in found]


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        (Leaf("days_silent", "gte", 121.5), {"days_silent": 97}, {"days_silent": (122, None)}),
        (Leaf("days_silent", "gt", 121), {"days_silent": 97}, {"days_silent": (122, None)}),
        (Leaf("days_silent", "lt", 14), {"days_silent": 97}, {"days_silent": (0, 13)}),
        (Leaf("purchase_count", "eq", 0), {"purchase_count": 3}, {"purchase_count": (0, 0)}),
        (Leaf("purchase_count", "gte", 4), {}, {"purchase_count": (4, None)}),
        (
            Leaf("days_silent", "gte", None, "lost_threshold_days"),
            {"days_silent": 97, "lost_threshold_days": 121.3},
            {"days_silent": (122, None)},
        ),
        (
            Group("all", (Leaf("days_silent", "gte", 30), Leaf("days_silent", "lt", 60))),
            {"days_silent": 97},
            {"days_silent": (30, 59)},
        ),
        (
            Group("all", (Leaf("days_silent", "gte", 30), Leaf("purchase_count", "gte", 2))),
            {"days_silent": 3, "purchase_count": 1},
            {"days_silent": (30, None), "purchase_count": (2, None)},
        ),
    ],
)
def test_the_nearest_stretch_is_told(condition: Any, facts: dict[str, Any], expected: dict[str, Any]) -> None:
    assert told(condition, facts)[0] == expected


def test_what_is_compared_with_is_changed_only_where_nothing_else_helps() -> None:
    facts = {"days_silent": 97, "lost_threshold_days": 121.3}
    over = Leaf("days_silent", "gte", None, "lost_threshold_days")
    assert [list(one) for one in told(over, facts)] == [["days_silent"]]
    short = Group("all", (over, Leaf("days_silent", "lt", 100)))
    assert told(short, facts) == [{"lost_threshold_days": (0, 97)}]


def test_words_are_told_together_and_a_missing_fact_becomes_known() -> None:
    (flip,) = flips((Leaf("reason", "in", ("a", "b")),), (), {"reason": None}, {})
    assert flip.changes[0].to.values == ("a", "b")
    (flip,) = flips((Leaf("reason", "not_in", ("a", "b")),), (), {"reason": "a"}, {})
    assert flip.changes[0].to.other
    assert flip.changes[0].to.has("c")
    assert not flip.changes[0].to.has("a")
    (flip,) = flips((Leaf("reason", "exists", value=False),), (), {"reason": "a"}, {})
    assert flip.changes[0].to.missing
    (flip,) = flips((Leaf("bought_on", "exists", value=True),), (), {}, {})
    assert flip.changes[0].to.has("any")


def test_days_are_told_as_days() -> None:
    bought = {"bought_on": Metric("bought_on", "client", "date", "", {})}
    (flip,) = flips((Leaf("bought_on", "gt", date(2026, 5, 1)),), (), {"bought_on": date(2026, 1, 1)}, bought)
    assert flip.changes[0].to.low == date(2026, 5, 2)


def test_what_must_not_hold_is_kept_from_holding() -> None:
    silent, never = Leaf("days_silent", "gte", 30), Leaf("purchase_count", "eq", 0)
    assert told(silent, {"days_silent": 40, "purchase_count": 0}, unwanted=(never,)) == [{"purchase_count": (1, None)}]


def test_nothing_is_told_where_nothing_needs_to_change_or_nothing_helps() -> None:
    assert told(Leaf("days_silent", "gte", 30), {"days_silent": 40}) == []
    never = Group("all", (Leaf("days_silent", "gte", 30), Leaf("days_silent", "lt", 30)))
    assert told(never, {"days_silent": 40}) == []
    three = Group("all", tuple(Leaf(name, "gte", 1) for name in ("a", "b", "c")))
    assert told(three, {"a": 0, "b": 0, "c": 0}) == []


@settings(max_examples=80, deadline=None)
@given(conditions(most=6), some_facts(), st.data())
def test_every_flip_flips(condition: Any, facts: dict[str, Any], data: st.DataObject) -> None:
    for flip in flips((condition,), (), facts, {}):
        assert evaluate(condition, facts) is not Truth.TRUE
        changed = {one.metric: one.to.example for one in flip.changes}
        assert evaluate(condition, {**facts, **changed}) is Truth.TRUE
        # Not only the value that was tried: any value of the stretch beside it.
        for change in flip.changes:
            inside = [value for value in FACTS if change.to.has(value)]
            if inside and not change.to.other:
                other = {**changed, change.metric: data.draw(st.sampled_from(inside))}
                assert evaluate(condition, {**facts, **other}) is Truth.TRUE


@settings(max_examples=60, deadline=None)
@given(conditions(most=6), some_facts())
def test_two_changes_are_told_only_where_one_will_not_do(condition: Any, facts: dict[str, Any]) -> None:
    found = flips((condition,), (), facts, {})
    if evaluate(condition, facts) is Truth.TRUE or any(len(flip.changes) == 1 for flip in found):
        return
    # What fits a pattern cannot be made up from it.
    assume(not any(test.op.endswith("matches") for test in reading.tests(condition)))
    for metric in METRICS:
        for value in FACTS:
            assert evaluate(condition, {**facts, metric: value}) is not Truth.TRUE


@settings(max_examples=60, deadline=None)
@given(conditions(most=6), some_facts())
def test_no_value_nearer_than_the_one_told_would_do(condition: Any, facts: dict[str, Any]) -> None:
    for flip in flips((condition,), (), facts, {}):
        change = flip.changes[0]
        if len(flip.changes) > 1 or not change.to.ranked or not isinstance(change.seen, int | float):
            continue
        if isinstance(change.seen, bool) or not isinstance(change.to.example, int | float):
            continue
        edge = float(change.to.nearest(change.seen))
        between = sorted((edge, float(change.seen)))
        for value in FACTS:
            if type(value) in (int, float) and between[0] < value < between[1]:
                assert evaluate(condition, {**facts, change.metric: value}) is not Truth.TRUE
