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


class _Known(dict[str, Any]):
    """Facts of a client; what is asked of his classes is decided when it is asked."""

    def __init__(self, rules: RuleSet, facts: Mapping[str, Any], before: Mapping[str, Held], day: date | None) -> None:
        super().__init__(facts)
        self.rules, self.before, self.day = rules, before, day
        self.own = [one for one in rules.rules if one.subject == "client"]
        self.dimensions = {f"class.{name}": one for name, one in rules.dimensions.items() if one.subject == "client"}
        self.held: dict[str, Held] = {}
        self.fired: dict[str, bool] = {}

    def get(self, name: str, default: Any = None) -> Any:
        if name not in self and name in self.dimensions:
            self[name] = self._decide(self.dimensions[name])
        if name == "class.score" and any(one.score for one in self.own):
            return min(100, max(0, sum(one.score for one in self.own if one.score and self.fires(one))))
        return super().get(name, default)

    def _decide(self, one: Dimension) -> str | None:
        free, value = self.holds(one.only), None
        for full in one.order:
            self.fired[full] = won = self.firing(self.rules.rule(full)) and free
            value = self.rules.rule(full).classify if won else value
            free = free and not won
        return one.otherwise if free and one.otherwise else value

    def holds(self, condition: Condition | None) -> bool:
        return condition is None or evaluate(condition, self) is Truth.TRUE

    def firing(self, one: Rule) -> bool:
        """Whether the rule would fire if no other decided about its class."""
        if not one.takes_time:
            return self.holds(one.when)
        assert self.day is not None
        until = one.keep.until if one.keep else None
        cleared = evaluate(until, self) if until else Truth.FALSE
        seen = Seen(self.day, evaluate(one.when, self), cleared)
        self.held[one.full] = state = hold(self.before.get(one.full, Held()), seen, one.for_days, one.keep)
        return state.fires

    def fires(self, one: Rule) -> bool:
        for name, dimension in self.dimensions.items():
            if one.full in dimension.order:
                self.get(name)
        if one.full not in self.fired:
            self.fired[one.full] = self.firing(one)
        return self.fired[one.full]


def one_by_one(
    rules: RuleSet, facts: Mapping[str, Any], before: Mapping[str, Held] | None = None, day: date | None = None
) -> dict[str, Any]:
    """Decide about one client in the plainest way."""
    known = _Known(rules, facts, before or {}, day)
    classes = {name: known.get(name) for name in known.dimensions}
    fired = {f"rule.{one.full}": known.fires(one) for one in known.own}
    tasks = {
        f"task.{one.full}": known.fires(one)
        and known.holds(one.task.only)
        and not (one.task.stop and known.holds(one.task.stop))
        for one in known.own
        if one.task
    }
    score = known.get("class.score")
    return {
        **classes,
        **fired,
        **tasks,
        **{f"held.{full}": state for full, state in known.held.items()},
        **({} if score is None else {"class.score": str(score)}),
    }
