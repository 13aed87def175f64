"""The durable engine gives what the reference evaluator gives, whatever rules and facts it meets."""

from __future__ import annotations

import gc
import logging
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrator.domain import Group
from integrator.domain import Test as Leaf
from integrator.engine import durable
from integrator.engine.normal import levels, normal, paths, size
from integrator.engine.reference import ReferenceEngine
from integrator.errors import EngineError

from .strategies import conditions, facts, rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.domain import Condition

installed = pytest.mark.skipif(not durable.available(), reason="durable_rules is not installed for this Python")
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]


def same(group: Mapping[str, Condition], seen: list[dict[str, Any]]) -> None:
    matcher, meaning = durable.DurableEngine().load(group), ReferenceEngine().load(group)
    for one in seen:
        assert matcher.fired(one) == meaning.fired(one), (group, one)


@installed
@settings(max_examples=150, deadline=None, suppress_health_check=QUIET)
@given(rules(conditions()), st.lists(facts(), min_size=10, max_size=20))
def test_random_rules_fire_as_they_mean(group: dict[str, Condition], seen: list[dict[str, Any]]) -> None:
    same(group, seen)


@installed
@pytest.mark.long
@settings(max_examples=5000, deadline=None, suppress_health_check=QUIET)
@given(rules(conditions(most=30), most=60), st.lists(facts(), min_size=40, max_size=60))
def test_random_rules_fire_as_they_mean_at_length(group: dict[str, Condition], seen: list[dict[str, Any]]) -> None:
    same(group, seen)


@installed
@pytest.mark.parametrize(
    "group",
    [
        {f"r{n}": Leaf("a", "gte", n) for n in range(700)},
        {f"r{n}": Leaf("a", "lt", 1000) for n in range(300)},
        {f"r{n}": Leaf(f"m{n}", "exists", value=False) for n in range(300)},
        {"wide": Group("all", tuple(Leaf(f"m{n}", "ne", 5) for n in range(300)))},
        {"wide": Group("any", tuple(Leaf(f"m{n}", "eq", 5) for n in range(300)))},
        {"list": Leaf("a", "in", tuple(range(2000))), "not": Leaf("a", "not_in", tuple(range(2000)))},
        {"ways": Group("all", tuple(Group("any", (Leaf(f"m{n}", "eq", 5), Leaf("a", "gt", n))) for n in range(40)))},
        {"empty": Group("all", ()), "none": Group("none", ()), "any": Group("any", ())},
    ],
    ids=["thresholds", "alike", "absent", "all", "any", "lists", "ways", "empty"],
)
def test_what_would_crash_or_hang_the_library_is_carried(group: dict[str, Condition]) -> None:
    everywhere = {f"m{n}": 5 for n in range(300)}
    same(group, [{}, {"a": 5}, {"a": 699.5}, {"a": 10**6}, everywhere, {**everywhere, "a": 700}, {"m7": 5, "a": -1}])


@installed
def test_many_matchers_come_and_go() -> None:
    for n in range(600):
        group: dict[str, Condition] = {"r": Leaf("a", "gte", n)}
        assert durable.DurableEngine().load(group).fired({"a": n}) == {"r"}
    gc.collect()
    assert durable.DurableEngine().load({"r": Leaf("a", "gte", 1)}).fired({"a": 0}) == frozenset()


@installed
def test_a_matcher_recovers_after_the_library_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    matcher = durable.DurableEngine().load({"r": Leaf("recovering", "gte", 1)})
    assert matcher.fired({"recovering": 0}) == frozenset()
    with monkeypatch.context() as patched:
        patched.setattr(durable._Session, "run", failing)
        with pytest.raises(EngineError, match="too many conditions hold at once"):
            matcher.fired({"recovering": 2})
    assert matcher.fired({"recovering": 2}) == {"r"}


def failing(session: Any, *_: object) -> None:
    def raising() -> None:
        raise RuntimeError("Could not assert fact, error code: 303")

    session._call(raising)


def test_without_the_library_the_reference_evaluator_decides_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "durable_rules_engine", None)
    with caplog.at_level(logging.WARNING):
        engine = durable.choose()
    assert not durable.available()
    assert engine.name == "reference"
    assert "the reference evaluator decides" in caplog.text
    assert engine.load({"r": Leaf("a", "gte", 1)}).fired({"a": 1}) == {"r"}
    with pytest.raises(EngineError, match="use the reference engine"):
        durable.DurableEngine().load({"r": Leaf("absent", "gte", 1)}).fired({"absent": 1})


@installed
def test_with_the_library_it_decides() -> None:
    assert durable.choose().name == "durable_rules"


@settings(max_examples=100, deadline=None, suppress_health_check=QUIET)
@given(rules(conditions(most=60), most=4), facts())
def test_normal_conditions_in_levels_are_small_and_mean_the_same(
    group: dict[str, Condition], seen: dict[str, Any]
) -> None:
    known = dict(seen)
    fired: set[str] = set()
    for level in levels({id_: normal(one) for id_, one in group.items()}):
        for one in level.values():
            assert paths(one) <= 16
            assert size(one) <= 16
        decided = ReferenceEngine().load(level).fired(known)
        known |= {id_: True for id_ in decided if id_.startswith("#")}
        fired |= {id_ for id_ in decided if not id_.startswith("#")}
    assert fired == ReferenceEngine().load(group).fired(seen)


def test_names_of_properties_differ_as_the_library_tells_them_apart() -> None:
    names = ["id", "sid", "k", "$s", *(f"p{n}" for n in range(durable.MOST_PROPERTIES + 20))]
    assert len({fnv32(name) for name in names}) == len(names)


def fnv32(text: str) -> int:
    found = 0x811C9DC5
    for byte in text.encode():
        found = ((found ^ byte) * 0x01000193) & 0xFFFFFFFF
    return found
