"""The examples inside packs, run against the meaning of their rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integrator.domain import Truth
from integrator.engine.reference import evaluate, trace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from integrator.engine.reference import Trace
    from integrator.engine.ruleset import Example, Rule, RuleSet, TaskSpec

OUTCOMES = {Truth.TRUE: "fires", Truth.FALSE: "silent", Truth.UNKNOWN: "unknown"}


@dataclass(frozen=True, slots=True)
class Failure:
    """An example whose rule, or its task, came to something else than `expected`; `traces` tell how."""

    rule: Rule
    number: int
    example: Example
    expected: str
    got: str
    traces: tuple[Trace, ...]

    def __str__(self) -> str:
        seen = "; ".join(_sentence(part) for one in self.traces for part in _leaves(one))
        said = f"{self.rule.full}, example {self.number}: expected {self.expected}, got {self.got}"
        return f"{self.example.source}: {said} ({seen})"


def run(ruleset: RuleSet) -> list[Failure]:
    """Return the examples that do not hold, in the order of the rules."""
    numbered = ((rule, number, one) for rule in ruleset.rules for number, one in enumerate(rule.examples, 1))
    return [failure for rule, number, one in numbered if (failure := _failure(rule, number, one))]


def _failure(rule: Rule, number: int, example: Example) -> Failure | None:
    got = OUTCOMES[evaluate(rule.when, example.given)]
    if got != example.expect:
        return Failure(rule, number, example, example.expect, got, (trace(rule.when, example.given),))
    if example.task is None or rule.task is None or asked(rule.task, example.given) is example.task:
        return None
    told = tuple(trace(one, example.given) for one in rule.task.conditions)
    words = {True: "its task", False: "no task"}
    return Failure(rule, number, example, words[example.task], words[not example.task], told)


def asked(task: TaskSpec, facts: Mapping[str, Any]) -> bool:
    """Return whether the task of a rule that fires is asked for."""
    free = task.stop is None or evaluate(task.stop, facts) is not Truth.TRUE
    return free and (task.only is None or evaluate(task.only, facts) is Truth.TRUE)


def _leaves(node: Trace) -> Iterator[Trace]:
    if node.test is not None:
        yield node
    for part in node.parts:
        yield from _leaves(part)


def _sentence(node: Trace) -> str:
    test = node.test
    if test is None:
        return ""
    wanted = f"{test.other} ({_shown(node.seen_other)})" if test.other else test.value
    return f"{test.metric} is {_shown(node.seen)}, {test.op} {wanted}: {node.truth}"


def _shown(value: object) -> object:
    return "missing" if value is None else value
