"""Rule sets made in memory, and what a base's classes are when every subject is decided by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integrator.domain import Truth
from integrator.engine.holding import Held, Seen, hold
from integrator.engine.reference import evaluate
from integrator.engine.ruleset import Dimension, Due, Rule, RuleSet, Source, TaskSpec
from integrator.engine.strata import stratify

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from integrator.domain import Condition

NOWHERE = Source("pack.yaml", 1, 1)


def rule(id_: str, when: Condition, *, classify: str | None = None, only: Condition | None = None, **more: Any) -> Rule:
    task = TaskSpec("call", Due(1), only) if classify is None else None
    return Rule("p", id_, {}, "client", "normal", when, (), NOWHERE, classify=classify, task=task, **more)


def dimension(
    name: str, order: Iterable[str], *, otherwise: str | None = None, only: Condition | None = None
) -> Dimension:
    full = tuple(f"p/{id_}" for id_ in order)
    return Dimension("p", name, {}, "client", "at_most_one", {}, full, NOWHERE, otherwise=otherwise, only=only)


def ruleset(rules: Iterable[Rule], dimensions: Iterable[Dimension] = ()) -> RuleSet:
    made = tuple(rules)
    named = {one.name: one for one in dimensions}
    return RuleSet("sha256:0", {}, made, named, {}, {}, {}, stratify(made, named))


def one_by_one(
    rules: RuleSet, facts: Mapping[str, Any], before: Mapping[str, Held] | None = None, day: date | None = None
) -> dict[str, Any]:
    """Decide about one subject in the plainest way: dimensions in the order given, then the other rules."""
    known = dict(facts)
    fired: dict[str, bool] = {}
    held: dict[str, Held] = {}

    def holds(condition: Condition | None) -> bool:
        return condition is None or evaluate(condition, known) is Truth.TRUE

    def fires(one_rule: Rule) -> bool:
        if not one_rule.takes_time:
            return holds(one_rule.when)
        assert day is not None
        until = one_rule.keep.until if one_rule.keep else None
        cleared = evaluate(until, known) if until else Truth.FALSE
        seen = Seen(day, evaluate(one_rule.when, known), cleared)
        known_of = (before or {}).get(one_rule.full, Held())
        held[one_rule.full] = hold(known_of, seen, one_rule.for_days, one_rule.keep)
        return held[one_rule.full].fires

    for name, one in rules.dimensions.items():
        free, value = holds(one.only), None
        for full in one.order:
            fired[full] = won = fires(rules.rule(full)) and free
            value = rules.rule(full).classify if won else value
            free = free and not won
        known[f"class.{name}"] = one.otherwise if free and one.otherwise else value
    own = [one_rule for one_rule in rules.rules if one_rule.subject == "client"]
    for one_rule in own:
        if one_rule.full not in fired:
            fired[one_rule.full] = fires(one_rule)
    return {
        **{name: value for name, value in known.items() if name.startswith("class.")},
        **{f"rule.{one_rule.full}": fired[one_rule.full] for one_rule in own},
        **{f"task.{one.full}": fired[one.full] and holds(one.task.only) for one in own if one.task},
        **{f"held.{full}": state for full, state in held.items()},
    }
