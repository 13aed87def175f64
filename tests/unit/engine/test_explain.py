"""One subject looked at with every rule: the same verdicts as a whole evaluation, and why."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from integrator import bootstrap
from integrator.domain import Group, Metric, Truth
from integrator.domain import Test as Leaf
from integrator.engine.explain import judge
from integrator.metrics import METRICS

from .building import dimension, one_by_one, rule, ruleset
from .strategies import conditions
from .strategies import facts as some_facts

if TYPE_CHECKING:
    from integrator.engine.ruleset import RuleSet

SILENT = Leaf("days_silent", "gte", 30)
NEVER = Leaf("purchase_count", "eq", 0)
DAYS = {"days_silent": Metric("days_silent", "client", "integer", "days", {})}


def test_the_first_true_rule_decides_and_the_later_one_says_so() -> None:
    rules = ruleset(
        [rule("never", NEVER, classify="never"), rule("lost", SILENT, classify="lost")],
        [dimension("life", ["never", "lost"], otherwise="active")],
    )
    found = judge(rules, "client", {"days_silent": 40, "purchase_count": 0}, DAYS)
    (life,) = found.classes
    never, lost = found.rules
    assert (life.value, life.by, life.passed) == ("never", "p/never", ())
    assert (never.fired, lost.fired, lost.earlier, lost.trace.truth) == (True, False, "p/never", Truth.TRUE)
    assert [change.metric for flip in lost.flips for change in flip.changes] == ["purchase_count"]


def test_unknown_rules_are_passed_over_and_named() -> None:
    rules = ruleset(
        [rule("never", NEVER, classify="never"), rule("lost", SILENT, classify="lost")],
        [dimension("life", ["never", "lost"], otherwise="active")],
    )
    (life,) = judge(rules, "client", {"days_silent": 3}, DAYS).classes
    assert (life.value, life.by, life.passed) == ("active", None, ("p/never",))


def test_a_class_that_does_not_apply_has_the_trace_of_its_condition() -> None:
    rules = ruleset([rule("lost", SILENT, classify="lost")], [dimension("life", ["lost"], only=NEVER)])
    found = judge(rules, "client", {"days_silent": 40, "purchase_count": 3}, DAYS)
    (life,) = found.classes
    assert life.value is None
    assert life.only is not None
    assert life.only.truth is Truth.FALSE
    assert not found.rules[0].fired


def test_a_task_waits_for_its_own_condition_and_one_rule_may_be_asked_for() -> None:
    rules = ruleset([rule("call", SILENT, only=NEVER), rule("other", NEVER)])
    (call,) = judge(rules, "client", {"days_silent": 40, "purchase_count": 3}, DAYS, "p/call").rules
    assert (call.fired, call.due) == (True, False)
    assert call.only is not None
    assert call.only.truth is Truth.FALSE
    assert call.flips == ()


def test_points_are_summed_within_their_bounds() -> None:
    def scored(points: int, when: Any) -> Any:
        return replace(rule(f"r{points}".replace("-", "m"), when), score=points)

    rules = ruleset([scored(70, SILENT), scored(60, SILENT), scored(-5, NEVER)])
    assert judge(rules, "client", {"days_silent": 40, "purchase_count": 3}, DAYS).score == 100
    assert judge(rules, "client", {"days_silent": 4, "purchase_count": 0}, DAYS).score == 0
    assert judge(ruleset([rule("none", SILENT)]), "client", {}, DAYS).score is None


@cache
def shipped() -> RuleSet:
    return bootstrap.rules_at(())


def base() -> st.SearchStrategy[dict[str, Any]]:
    """Facts of clients, missing ones among them."""
    days, share = st.none() | st.integers(0, 200), st.none() | st.floats(0, 1.5)
    period = st.none() | st.integers(1, 150).map(float)
    flag = st.none() | st.booleans()
    return st.fixed_dictionaries(
        {
            "purchase_count": st.integers(0, 5),
            **dict.fromkeys(("days_silent", "days_since_return"), days),
            **dict.fromkeys(("lost_threshold_days", "purchase_period_days", "return_window_days"), period),
            **dict.fromkeys(("abc_share_above", "revenue_variation"), share),
            **dict.fromkeys(("blacklisted", "refusal_closes_door"), flag),
        }
    )


@settings(max_examples=15, deadline=None)
@given(base())
def test_a_rule_of_the_shipped_packs_fires_after_what_is_told_to_make_it_fire(facts: dict[str, Any]) -> None:
    rules = shipped()
    own = {name: metric for (of, name), metric in METRICS.items() if of == "client"}
    for verdict in judge(rules, "client", facts, own).rules:
        for flip in verdict.flips:
            changed = {one.metric: one.to.example for one in flip.changes}
            # A class follows from other facts: it cannot be set by itself.
            if not any(name.startswith("class.") for name in changed):
                after = judge(rules, "client", {**facts, **changed}, own, verdict.rule.full)
                assert [one.fired for one in after.rules] == [True]


@settings(max_examples=60, deadline=None)
@given(st.lists(conditions(most=4), min_size=3, max_size=3), some_facts())
def test_the_verdicts_are_those_of_the_plainest_evaluation(made: list[Any], facts: dict[str, Any]) -> None:
    first, second, third = made
    reads = Group("all", (Leaf("class.size", "eq", "big"), third))
    rules = ruleset(
        [rule("one", first, classify="big"), rule("two", second, classify="small"), rule("call", reads, only=first)],
        [dimension("size", ["one", "two"], only=third)],
    )
    assert judge(rules, "client", facts, {}).columns() == one_by_one(rules, facts)
