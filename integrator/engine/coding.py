"""What rules can tell apart, as small integers: on which side of the rules' own constants a fact lies.

The codes keep every answer exact (7 equals 7.0, a day is no instant) and keep raw values away from engines that compare
them in their own ways.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from integrator.engine.conditions import tests
from integrator.engine.operators import OPERATORS, RANKED, family, operand_family

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from integrator.domain import Condition, Test

EQUAL = 1


@dataclass(frozen=True, slots=True)
class Scale:
    """A metric against constants of one family.

    Ranked values: 2i + 1 on the i-th constant, 2i below it. Words and booleans: i + 1 for the i-th constant, else 0.
    """

    metric: str
    family: str
    constants: tuple[Any, ...]

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that are read."""
        return (self.metric,)

    @property
    def ranked(self) -> bool:
        """True where the constants stand in an order."""
        return self.family in RANKED

    @property
    def kinds(self) -> int:
        """How many codes there are, that of a missing fact included."""
        return (2 * len(self.constants) if self.ranked else len(self.constants)) + 2

    def code(self, facts: Mapping[str, Any]) -> int | None:
        """Return the code of the fact, None when it is missing or of another family."""
        value = facts.get(self.metric)
        return self.of(value) if family(value) == self.family else None

    def of(self, value: Any) -> int:
        """Return the code of a value of this family."""
        if self.ranked:
            at = bisect_left(self.constants, value)
            return 2 * at + (at < len(self.constants) and self.constants[at] == value)
        return self.constants.index(value) + 1 if value in self.constants else 0


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether a metric is known: 1 or 0."""

    metric: str
    kinds: int = 2

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that are read."""
        return (self.metric,)

    def code(self, facts: Mapping[str, Any]) -> int | None:
        """Return 1 when the fact is known, else 0."""
        return int(family(facts.get(self.metric)) is not None)


@dataclass(frozen=True, slots=True)
class Pair:
    """A metric against another: 1 when equal, 2 when above it, else 0; what has no order has no code if `ranked`."""

    metric: str
    other: str
    ranked: bool
    kinds: int = 4

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that are read."""
        return (self.metric, self.other)

    def code(self, facts: Mapping[str, Any]) -> int | None:
        """Return the code, None unless both facts are known and of one family."""
        left: Any = facts.get(self.metric)
        right: Any = facts.get(self.other)
        kind = family(left)
        if kind is None or kind != family(right) or (self.ranked and kind not in RANKED):
            return None
        return EQUAL if left == right else 2 * int(self.ranked and left > right)


Axis = Scale | Presence | Pair


@dataclass(frozen=True, slots=True)
class Coding:
    """The axes on which some conditions tell facts apart."""

    axes: tuple[Axis, ...]

    @classmethod
    def of(cls, conditions: Iterable[Condition]) -> Coding:
        """Return the axes of all tests of the conditions."""
        constants: dict[tuple[str, str], dict[Any, None]] = {}
        others: dict[Axis, None] = {}
        for test in (test for condition in conditions for test in tests(condition)):
            if test.op == "exists" or test.other is not None:
                others[_plain_axis(test)] = None
            elif kind := operand_family(test.op, test.value):
                values = test.value if OPERATORS[test.op].takes == "list" else (test.value,)
                constants.setdefault((test.metric, kind), {}).update(dict.fromkeys(values))
        scales = (Scale(metric, kind, _ordered(kind, values)) for (metric, kind), values in constants.items())
        return cls((*scales, *others))

    @property
    def kinds(self) -> int:
        """How many vectors of codes there can be."""
        return prod(axis.kinds for axis in self.axes)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that are read, each once."""
        return tuple(dict.fromkeys(name for axis in self.axes for name in axis.metrics))

    def code(self, facts: Mapping[str, Any]) -> tuple[int | None, ...]:
        """Return the codes of the facts; equal codes have equal answers."""
        return tuple(axis.code(facts) for axis in self.axes)

    def place(self, test: Test) -> tuple[int, int]:
        """Return the axis of a test that compares with one value or metric, and the code it compares with."""
        if test.op == "exists":
            return self.axes.index(Presence(test.metric)), int(test.value)
        if test.other is not None:
            return self.axes.index(_plain_axis(test)), EQUAL
        kind = operand_family(test.op, test.value)
        for index, axis in enumerate(self.axes):
            if isinstance(axis, Scale) and (axis.metric, axis.family) == (test.metric, kind):
                return index, axis.of(test.value)
        raise KeyError(test)


def _plain_axis(test: Test) -> Presence | Pair:
    if test.other is None:
        return Presence(test.metric)
    return Pair(test.metric, test.other, OPERATORS[test.op].families == RANKED)


def _ordered(kind: str, values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(values)) if kind in RANKED else tuple(values)
