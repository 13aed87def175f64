"""Rule sets made in memory, and what a base's classes are when every subject is decided by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integrator.domain import Truth
from integrator.engine.reference import evaluate
from integrator.engine.ruleset import Dimension, Rule, RuleSet, Source, TaskSpec
from integrator.engine.strata import stratify

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from integrator.domain import Condition

NOWHERE = Source("pack.yaml", 1, 1)


def rule(id_: str, when: Condition, *, classify: str | None = None, only: Condition | None = None) -> Rule:
    task = TaskSpec("call", 1, only) if classify is None else None
    return Rule("p", id_, {}, "client", "normal", when, (), NOWHERE, classify=classify, task=task)


def dimension(
    name: str, order: Iterable[str], *, otherwise: str | None = None, only: Condition | None = None
) -> Dimension:
    full = tuple(f"p/{id_}" for id_ in order)
    return Dimension("p", name, {}, "client", "at_most_one", {}, full, NOWHERE, otherwise=otherwise, only=only)


def ruleset(rules: Iterable[Rule], dimensions: Iterable[Dimension] = ()) -> RuleSet:
    made = tuple(rules)
    named = {one.name: one for one in dimensions}
    return RuleSet("sha256:0", {}, made, named, {}, {}, {}, stratify(made, named))


def one_by_one(rules: RuleSet, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Decide about one subject in the plainest way: dimensions in the order given, then the other rules."""
    known = dict(facts)
    fired: dict[str, bool] = {}

    def holds(condition: Condition | None) -> bool:
        return condition is None or evaluate(condition, known) is Truth.TRUE

    for name, one in rules.dimensions.items():
        free, value = holds(one.only), None
        for full in one.order:
            fired[full] = won = free and holds(rules.rule(full).when)
            value = rules.rule(full).classify if won else value
            free = free and not won
        known[f"class.{name}"] = one.otherwise if free and one.otherwise else value
    own = [one_rule for one_rule in rules.rules if one_rule.subject == "client"]
    for one_rule in own:
        fired.setdefault(one_rule.full, holds(one_rule.when))
    return {
        **{name: value for name, value in known.items() if name.startswith("class.")},
        **{f"rule.{one_rule.full}": fired[one_rule.full] for one_rule in own},
        **{f"task.{one.full}": fired[one.full] and holds(one.task.only) for one in own if one.task},
    }
