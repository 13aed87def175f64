"""The examples inside packs, run against the meaning of their rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integrator.domain import Truth
from integrator.engine.reference import evaluate, trace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integrator.engine.reference import Trace
    from integrator.engine.ruleset import Example, Rule, RuleSet

OUTCOMES = {Truth.TRUE: "fires", Truth.FALSE: "silent", Truth.UNKNOWN: "unknown"}


@dataclass(frozen=True, slots=True)
class Failure:
    """An example whose rule came to something else; `trace` tells how."""

    rule: Rule
    number: int
    example: Example
    got: str
    trace: Trace

    def __str__(self) -> str:
        seen = "; ".join(_sentence(part) for part in _leaves(self.trace))
        said = f"{self.rule.full}, example {self.number}: expected {self.example.expect}, got {self.got}"
        return f"{self.example.source}: {said} ({seen})"


def run(ruleset: RuleSet) -> list[Failure]:
    """Return the examples that do not hold, in the order of the rules."""
    failures = []
    for rule in ruleset.rules:
        for number, example in enumerate(rule.examples, 1):
            got = OUTCOMES[evaluate(rule.when, example.given)]
            if got != example.expect:
                failures.append(Failure(rule, number, example, got, trace(rule.when, example.given)))
    return failures


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
