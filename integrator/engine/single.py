"""One subject at a time, as fast as a hook needs it: what was made of the rules is kept with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integrator.domain import Truth
from integrator.engine.holding import NOTHING, Held, Seen, hold
from integrator.engine.moment import day_of
from integrator.engine.ruleset import CLASS, SCORE, SCORE_BOUNDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from integrator.engine.moment import Moment
    from integrator.engine.ruleset import Dimension, Rule, RuleSet
    from integrator.ports import Matcher, RuleEngine


@dataclass(frozen=True, slots=True)
class _Ready:
    """The rules about one kind of subjects, stratum by stratum: matchers, the rules that take time and dimensions of
    which all is known then, and whether the sum of points is.
    """

    strata: tuple[tuple[Matcher, tuple[Rule, ...], tuple[Dimension, ...], bool], ...]
    rules: tuple[tuple[str, Rule], ...]
    classes: Mapping[str, str | None]
    scored: bool

    @classmethod
    def of(cls, rules: RuleSet, subject: str, engine: RuleEngine) -> _Ready:
        own = tuple((rule.full, rule) for rule in rules.rules if rule.subject == subject)
        strata = (
            (
                engine.load(stratum.conditions),
                tuple(rules.rule(full) for full in stratum.timed),
                tuple(rules.dimensions[name] for name in stratum.dimensions),
                stratum.scored,
            )
            for stratum in rules.strata[subject]
        )
        return cls(
            tuple(strata),
            own,
            {full: rule.classify for full, rule in own},
            any(rule.score for _, rule in own),
        )


def evaluate_one(
    rules: RuleSet,
    subject: str,
    facts: Mapping[str, Any],
    engine: RuleEngine,
    moment: Moment | None = None,
    before: Mapping[str, Held] = NOTHING,
) -> dict[str, Any]:
    """Return the classes and verdicts of one subject: what `classes.evaluate` says of a base of one row.

    A fact that is not known may be absent or None. `before` has what was known of rules that take time, by full id;
    what is known now stands under `held.<pack>/<id>`. Engines of one name are taken to give the same matchers.
    """
    at = (subject, engine.name)
    ready = rules.ready.get(at) or rules.ready.setdefault(at, _Ready.of(rules, subject, engine))
    known = dict(facts) if moment is None else {**facts, **moment.facts}
    fired: set[str] = set()
    given: dict[str, Any] = {}
    held: dict[str, Held] = {}
    for matcher, timed, dimensions, scored in ready.strata:
        fired |= matcher.fired(known)
        for rule in timed:
            held[rule.full] = state = _held(rule, fired, before, moment)
            fired.discard(rule.full)
            fired.update([rule.full] if state.fires else [])
        for dimension in dimensions:
            name = f"{CLASS}{dimension.name}"
            known[name] = value = _classify(dimension, ready.classes, fired)
            if name not in facts:
                given[name] = value
        if scored:
            known[f"{CLASS}{SCORE}"] = _points(ready, fired)
    verdicts = dict(_verdicts(ready, fired))
    score = {f"{CLASS}{SCORE}": str(_points(ready, fired))} if ready.scored else {}
    return {**given, **verdicts, **{f"held.{full}": state for full, state in held.items()}, **score}


def _held(rule: Rule, fired: set[str], before: Mapping[str, Held], moment: Moment | None) -> Held:
    truth, cleared = (Truth.TRUE if id_ in fired else Truth.FALSE for id_ in (rule.full, f"{rule.full}#until"))
    return hold(before.get(rule.full, Held()), Seen(day_of(moment), truth, cleared), rule.for_days, rule.keep)


def _classify(dimension: Dimension, classes: Mapping[str, str | None], fired: set[str]) -> str | None:
    """Return the dimension's value; of its rules only that which gave it stays among those that fired."""
    free = dimension.only is None or f"{dimension.name}#only" in fired
    winner = next((full for full in dimension.order if full in fired), None) if free else None
    fired.difference_update(dimension.order)
    if winner is None:
        return dimension.otherwise if free else None
    fired.add(winner)
    return classes[winner]


def _verdicts(ready: _Ready, fired: set[str]) -> Iterator[tuple[str, bool]]:
    for full, rule in ready.rules:
        yield f"rule.{full}", full in fired
        if rule.task:
            asked = rule.task.only is None or f"{full}#task" in fired
            yield f"task.{full}", full in fired and asked and f"{full}#stop" not in fired


def _points(ready: _Ready, fired: set[str]) -> int:
    total = sum(rule.score for full, rule in ready.rules if rule.score and full in fired)
    least, most = SCORE_BOUNDS
    return min(max(total, least), most)
