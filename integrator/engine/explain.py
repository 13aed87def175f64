"""One subject looked at with every rule of its kind: what each came to and on which facts, and what would change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integrator.domain import Metric, Truth
from integrator.engine.flips import Flip, flips
from integrator.engine.reference import Trace, trace
from integrator.engine.ruleset import CLASS, SCORE_BOUNDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integrator.domain import Condition
    from integrator.engine.ruleset import Dimension, Rule, RuleSet


@dataclass(frozen=True, slots=True)
class ClassVerdict:
    """How a class was decided: by the rule `by`, or by none of them (`otherwise`, or no value at all).

    `passed` are the rules before it that were UNKNOWN; `only` is what the dimension's own condition came to.
    """

    dimension: Dimension
    value: str | None
    by: str | None
    passed: tuple[str, ...]
    only: Trace | None


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """What a rule came to; `fired` is false where its condition holds but its class was given by an earlier rule.

    `earlier` is that rule, `only` the trace of the task's own condition, `due` whether the task should exist, `flips`
    are the smallest changes that would make the rule fire (empty where it did, or where no small change does).
    """

    rule: Rule
    trace: Trace
    fired: bool
    earlier: str | None
    only: Trace | None
    due: bool
    flips: tuple[Flip, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that the rules say about one subject; `facts` hold its classes too."""

    facts: Mapping[str, Any]
    classes: tuple[ClassVerdict, ...]
    rules: tuple[RuleVerdict, ...]

    @property
    def score(self) -> int | None:
        """The sum of the points of the rules that fired, within a score's bounds; None where no rule gives any."""
        given = [(one.fired, one.rule.score) for one in self.rules if one.rule.score]
        lowest, highest = SCORE_BOUNDS
        return max(lowest, min(highest, sum(points for fired, points in given if fired))) if given else None

    def columns(self) -> dict[str, Any]:
        """Return the classes and verdicts under the names that a whole evaluation gives them."""
        classes = {f"{CLASS}{one.dimension.name}": one.value for one in self.classes}
        fired = {f"rule.{one.rule.full}": one.fired for one in self.rules}
        return classes | fired | {f"task.{one.rule.full}": one.due for one in self.rules if one.rule.task}


def judge(
    rules: RuleSet, subject: str, facts: Mapping[str, Any], metrics: Mapping[str, Metric], wanted: str | None = None
) -> Judgement:
    """Return what the rules about this kind of subject make of the facts; `wanted` names the one rule to tell of."""
    known = dict(facts)
    classes: list[ClassVerdict] = []
    for stratum in rules.strata[subject]:
        for name in stratum.dimensions:
            classes.append(_classify(rules, rules.dimensions[name], known))
            known[f"{CLASS}{name}"] = classes[-1].value
    decided = {full: one for one in classes for full in one.dimension.order}
    told = [rule for rule in rules.rules if rule.subject == subject and wanted in (None, rule.full)]
    kinds = {**metrics, **_class_metrics(rules, subject)}
    verdicts = tuple(_verdict(rules, rule, known, decided.get(rule.full), kinds) for rule in told)
    return Judgement(known, tuple(classes), verdicts)


def _classify(rules: RuleSet, dimension: Dimension, known: Mapping[str, Any]) -> ClassVerdict:
    only = trace(dimension.only, known) if dimension.only else None
    if only is not None and only.truth is not Truth.TRUE:
        return ClassVerdict(dimension, None, None, (), only)
    passed: list[str] = []
    for full in dimension.order:
        rule = rules.rule(full)
        truth = trace(rule.when, known).truth
        if truth is Truth.TRUE:
            return ClassVerdict(dimension, rule.classify, full, tuple(passed), only)
        if truth is Truth.UNKNOWN:
            passed.append(full)
    return ClassVerdict(dimension, dimension.otherwise, None, tuple(passed), only)


def _class_metrics(rules: RuleSet, subject: str) -> dict[str, Metric]:
    return {
        f"{CLASS}{one.name}": Metric(f"{CLASS}{one.name}", subject, "string", "", one.title, tuple(one.values))
        for one in rules.dimensions.values()
        if one.subject == subject
    }


def _verdict(
    rules: RuleSet, rule: Rule, known: Mapping[str, Any], decided: ClassVerdict | None, metrics: Mapping[str, Metric]
) -> RuleVerdict:
    seen = trace(rule.when, known)
    fired = seen.truth is Truth.TRUE and (decided is None or decided.by == rule.full)
    earlier = decided.by if decided and not fired and seen.truth is Truth.TRUE else None
    only = trace(rule.task.only, known) if rule.task and rule.task.only else None
    due = fired and rule.task is not None and (only is None or only.truth is Truth.TRUE)
    found = () if fired else flips(*_needs(rules, rule, decided), known, metrics)
    return RuleVerdict(rule, seen, fired, earlier, only, due, found)


def _needs(rules: RuleSet, rule: Rule, decided: ClassVerdict | None) -> tuple[Sequence[Condition], Sequence[Condition]]:
    """Return what must be TRUE for the rule to fire, and what must not be."""
    if decided is None:
        return (rule.when,), ()
    order = decided.dimension.order
    before = [rules.rule(full).when for full in order[: order.index(rule.full)]]
    applies = [decided.dimension.only] if decided.dimension.only else []
    return (*applies, rule.when), before
