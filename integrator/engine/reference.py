"""The meaning of conditions: three-valued, one subject at a time, with a trace of what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integrator.domain import Condition, Group, Test, Truth
from integrator.engine.operators import AGE, OPERATORS, age, family, operand_family

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integrator.ports import Matcher

_NOT = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}


def _all(truths: list[Truth]) -> Truth:
    if Truth.FALSE in truths:
        return Truth.FALSE
    return Truth.UNKNOWN if Truth.UNKNOWN in truths else Truth.TRUE


def _any(truths: list[Truth]) -> Truth:
    if Truth.TRUE in truths:
        return Truth.TRUE
    return Truth.UNKNOWN if Truth.UNKNOWN in truths else Truth.FALSE


JOINS: dict[str, Callable[[list[Truth]], Truth]] = {"all": _all, "any": _any, "none": lambda truths: _NOT[_any(truths)]}


@dataclass(frozen=True, slots=True)
class Trace:
    """What a condition came to and on which facts.

    `path` is where it stands below its rule's condition (`all/1/any/0`). A test has its `test`, the value `seen`, and
    where it compares with another metric that one's value in `seen_other`; a group has its `join` and `parts`.
    """

    path: str
    truth: Truth
    test: Test | None = None
    seen: Any = None
    seen_other: Any = None
    join: str | None = None
    parts: tuple[Trace, ...] = ()


def evaluate(condition: Condition, facts: Mapping[str, Any]) -> Truth:
    """Return what the condition is for these facts: absent, null or of another type, a fact makes its test UNKNOWN."""
    if isinstance(condition, Group):
        return JOINS[condition.join]([evaluate(part, facts) for part in condition.parts])
    return _test(condition, facts)


def _test(test: Test, facts: Mapping[str, Any]) -> Truth:
    seen = facts.get(test.metric)
    if test.op == "exists":
        return _truth((family(seen) is not None) is test.value)
    value = test.value if test.other is None else facts.get(test.other)
    wanted = operand_family(test.op, value)
    if wanted == AGE:
        seen = age(seen, facts)
        return Truth.UNKNOWN if seen is None else _truth(OPERATORS[test.op].compare(seen, value))
    if wanted is None or family(seen) != wanted:
        return Truth.UNKNOWN
    return _truth(OPERATORS[test.op].compare(seen, value))


def _truth(holds: bool) -> Truth:  # noqa: FBT001 the one argument is the truth itself
    return Truth.TRUE if holds else Truth.FALSE


def trace(condition: Condition, facts: Mapping[str, Any], path: str = "") -> Trace:
    """Return the tree of what the condition and each of its parts came to, whether they decided or not."""
    if isinstance(condition, Test):
        other = None if condition.other is None else facts.get(condition.other)
        return Trace(path, _test(condition, facts), condition, facts.get(condition.metric), other)
    stem = f"{path}/{condition.join}" if path else condition.join
    parts = tuple(trace(part, facts, f"{stem}/{index}") for index, part in enumerate(condition.parts))
    return Trace(path, JOINS[condition.join]([part.truth for part in parts]), join=condition.join, parts=parts)


@dataclass(frozen=True, slots=True)
class ReferenceMatcher:
    """Rules evaluated one by one."""

    rules: Mapping[str, Condition]

    def fired(self, facts: Mapping[str, Any]) -> frozenset[str]:
        """Return the ids of the rules whose condition is TRUE."""
        return frozenset(id_ for id_, rule in self.rules.items() if evaluate(rule, facts) is Truth.TRUE)


@dataclass(slots=True)
class ReferenceEngine:
    """The engine that needs nothing installed; every other one is measured by it."""

    name: str = "reference"

    def load(self, rules: Mapping[str, Condition]) -> Matcher:
        """Return the rules ready to be matched."""
        return ReferenceMatcher(dict(rules))
