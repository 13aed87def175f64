"""One subject looked at with every rule of its kind: what each came to and on which facts, and what would change it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from integrator.domain import Metric, Truth
from integrator.engine.flips import Flip, flips
from integrator.engine.holding import NOTHING, Held, Seen, hold
from integrator.engine.reference import Trace, trace
from integrator.engine.ruleset import CLASS, OF_CLIENT, SCORE, SCORE_BOUNDS, score_metric

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

    `earlier` is that rule, `only` the trace of the task's own condition, `stop` that of its chain's end, `due` whether
    the task should exist, `flips` are the smallest changes that would make the rule fire (empty where it did, or where
    no small change does). Of a rule that takes time `held` is what is known now, `until` the trace of what lets it go.
    """

    rule: Rule
    trace: Trace
    fired: bool
    earlier: str | None
    only: Trace | None
    due: bool
    flips: tuple[Flip, ...]
    held: Held | None = None
    until: Trace | None = None
    stop: Trace | None = None

    @property
    def holds(self) -> bool:
        """True where nothing but its class keeps the rule from firing."""
        return self.trace.truth is Truth.TRUE if self.held is None else self.held.fires

    @property
    def waits(self) -> bool:
        """True where the condition holds, though not long enough yet."""
        return self.trace.truth is Truth.TRUE and not self.holds

    @property
    def stays(self) -> bool:
        """True where the rule goes on though its condition does not."""
        return self.holds and self.trace.truth is not Truth.TRUE


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
        return _within(sum(points for fired, points in given if fired)) if given else None

    def columns(self) -> dict[str, Any]:
        """Return the classes and verdicts under the names that a whole evaluation gives them."""
        classes = {f"{CLASS}{one.dimension.name}": one.value for one in self.classes}
        fired = {f"rule.{one.rule.full}": one.fired for one in self.rules}
        return classes | fired | {f"task.{one.rule.full}": one.due for one in self.rules if one.rule.task}


def judge(
    rules: RuleSet,
    subject: str,
    facts: Mapping[str, Any],
    metrics: Mapping[str, Metric],
    wanted: str | None = None,
    before: Mapping[str, Held] = NOTHING,
) -> Judgement:
    """Return what the rules about this kind of subject make of the facts; `wanted` names the one rule to tell of.

    `before` has what was known of rules that take time, by full id; the facts must then tell what day it is.
    """
    known = dict(facts)
    classes: list[ClassVerdict] = []
    for stratum in rules.strata[subject]:
        for name in stratum.dimensions:
            classes.append(_classify(rules, rules.dimensions[name], known, before))
            known[f"{CLASS}{name}"] = classes[-1].value
        if stratum.scored:
            known[f"{CLASS}{SCORE}"] = _points(rules, subject, known, before, classes)
    decided = {full: one for one in classes for full in one.dimension.order}
    told = [rule for rule in rules.rules if rule.subject == subject and wanted in (None, rule.full)]
    kinds = {**metrics, **_class_metrics(rules, subject)}
    verdicts = tuple(
        _verdict(rules, _looked_at(rule, known, before), known, decided.get(rule.full), kinds) for rule in told
    )
    return Judgement(known, tuple(classes), verdicts)


def _looked_at(rule: Rule, known: Mapping[str, Any], before: Mapping[str, Held]) -> RuleVerdict:
    """Return the rule with what its own conditions came to."""
    seen = trace(rule.when, known)
    alone = RuleVerdict(rule, seen, fired=False, earlier=None, only=None, due=False, flips=())
    if not rule.takes_time:
        return alone
    until = trace(rule.keep.until, known) if rule.keep and rule.keep.until else None
    cleared = Truth.FALSE if until is None else until.truth
    held = hold(before.get(rule.full, Held()), Seen(known["today"], seen.truth, cleared), rule.for_days, rule.keep)
    return replace(alone, held=held, until=until)


def _classify(
    rules: RuleSet, dimension: Dimension, known: Mapping[str, Any], before: Mapping[str, Held]
) -> ClassVerdict:
    only = trace(dimension.only, known) if dimension.only else None
    if only is not None and only.truth is not Truth.TRUE:
        return ClassVerdict(dimension, None, None, (), only)
    passed: list[str] = []
    for full in dimension.order:
        rule = rules.rule(full)
        found = _looked_at(rule, known, before)
        if found.holds:
            return ClassVerdict(dimension, rule.classify, full, tuple(passed), only)
        if found.trace.truth is Truth.UNKNOWN:
            passed.append(full)
    return ClassVerdict(dimension, dimension.otherwise, None, tuple(passed), only)


def _points(
    rules: RuleSet,
    subject: str,
    known: Mapping[str, Any],
    before: Mapping[str, Held],
    classes: Sequence[ClassVerdict],
) -> int:
    """Return the sum of the points of all rules that fire, within a score's bounds."""
    decided = {full: one.by == full for one in classes for full in one.dimension.order}
    given = [rule for rule in rules.rules if rule.subject == subject and rule.score]
    fired = (rule for rule in given if decided.get(rule.full, True) and _looked_at(rule, known, before).holds)
    return _within(sum(rule.score or 0 for rule in fired))


def _within(points: int) -> int:
    lowest, highest = SCORE_BOUNDS
    return max(lowest, min(highest, points))


def _class_metrics(rules: RuleSet, subject: str) -> dict[str, Metric]:
    """Return the classes that rules about the subject may read, a deal's those of its client too."""
    prefixes = {subject: "", **({"client": OF_CLIENT} if subject == "deal" else {})}
    named = {
        f"{prefixes[one.subject]}{CLASS}{one.name}": one for one in rules.dimensions.values() if one.subject in prefixes
    }
    classes = {name: Metric(name, subject, "string", "", one.title, tuple(one.values)) for name, one in named.items()}
    return classes | {f"{CLASS}{SCORE}": score_metric(subject)}


def _verdict(
    rules: RuleSet,
    found: RuleVerdict,
    known: Mapping[str, Any],
    decided: ClassVerdict | None,
    metrics: Mapping[str, Metric],
) -> RuleVerdict:
    rule = found.rule
    fired = found.holds and (decided is None or decided.by == rule.full)
    earlier = decided.by if decided and not fired and found.holds else None
    only = trace(rule.task.only, known) if rule.task and rule.task.only else None
    stop = trace(rule.task.stop, known) if rule.task and rule.task.stop else None
    asked = (only is None or only.truth is Truth.TRUE) and (stop is None or stop.truth is not Truth.TRUE)
    due = fired and rule.task is not None and asked
    # What only waits needs no change.
    ways = () if fired or found.waits else flips(*_needs(rules, rule, decided), known, metrics)
    return replace(found, fired=fired, earlier=earlier, only=only, due=due, flips=ways, stop=stop)


def _needs(rules: RuleSet, rule: Rule, decided: ClassVerdict | None) -> tuple[Sequence[Condition], Sequence[Condition]]:
    """Return what must be TRUE for the rule to fire, and what must not be."""
    if decided is None:
        return (rule.when,), ()
    order = decided.dimension.order
    before = [rules.rule(full).when for full in order[: order.index(rule.full)]]
    applies = [decided.dimension.only] if decided.dimension.only else []
    return (*applies, rule.when), before
