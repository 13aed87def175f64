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
from integrator.engine.operators import (
    AGE,
    CLOCKS,
    DAY,
    JUDGED,
    OPERATORS,
    RANKED,
    SEVERAL,
    age,
    family,
    operand_family,
)

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


@dataclass(frozen=True, slots=True)
class Age:
    """How long ago a day or an instant was against numbers of days; codes as of a ranked scale."""

    metric: str
    days: tuple[int, ...]

    @property
    def metrics(self) -> tuple[str, ...]:
        """The facts that are read, as of when is decided among them."""
        return (self.metric, *CLOCKS.values())

    @property
    def scale(self) -> Scale:
        """The scale of ages in microseconds."""
        return Scale(self.metric, "number", tuple(one * DAY for one in self.days))

    @property
    def kinds(self) -> int:
        """How many codes there are, that of a missing fact included."""
        return self.scale.kinds

    def code(self, facts: Mapping[str, Any]) -> int | None:
        """Return the code of the fact's age, None where it is not known."""
        past = age(facts.get(self.metric), facts)
        return None if past is None else self.scale.of(past)


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a text holds something: 1 or 0."""

    metric: str
    op: str
    value: Any
    kinds: int = 3

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that are read."""
        return (self.metric,)

    def code(self, facts: Mapping[str, Any]) -> int | None:
        """Return the code of the text, None when it is missing or no text."""
        value: Any = facts.get(self.metric)
        return self.of(value) if family(value) == "string" else None

    def of(self, text: str) -> int:
        """Return 1 when the text holds what is asked, else 0."""
        return int(OPERATORS[self.op].compare(text, self.value))


Axis = Scale | Presence | Pair | Age | Judged


@dataclass(frozen=True, slots=True)
class Coding:
    """The axes on which some conditions tell facts apart."""

    axes: tuple[Axis, ...]

    @classmethod
    def of(cls, conditions: Iterable[Condition]) -> Coding:
        """Return the axes of all tests of the conditions."""
        constants: dict[tuple[str, str], dict[Any, None]] = {}
        ages: dict[str, dict[int, None]] = {}
        others: dict[Axis, None] = {}
        for test in (test for condition in conditions for test in tests(condition)):
            takes = OPERATORS[test.op].takes
            if takes in _PLAIN or test.other is not None:
                others[_plain_axis(test)] = None
            elif takes == "days":
                ages.setdefault(test.metric, {})[test.value] = None
            elif kind := operand_family(test.op, test.value):
                values = test.value if takes in SEVERAL else (test.value,)
                constants.setdefault((test.metric, kind), {}).update(dict.fromkeys(values))
        scales = (Scale(metric, kind, _ordered(kind, values)) for (metric, kind), values in constants.items())
        aged = (Age(metric, tuple(sorted(days))) for metric, days in ages.items())
        return cls((*scales, *aged, *others))

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
        if OPERATORS[test.op].takes in _PLAIN or test.other is not None:
            return self.axes.index(_plain_axis(test)), _plain_code(test)
        kind = operand_family(test.op, test.value)
        for index, axis in enumerate(self.axes):
            if isinstance(axis, Age) and (axis.metric, AGE) == (test.metric, kind):
                return index, axis.scale.of(test.value * DAY)
            if isinstance(axis, Scale) and (axis.metric, axis.family) == (test.metric, kind):
                return index, axis.of(test.value)
        raise KeyError(test)


_PLAIN = JUDGED | {"flag"}
_DENIED = {"not_mentions": "mentions", "not_matches": "matches"}


def _plain_axis(test: Test) -> Axis:
    """Return the axis of a test that stands alone on it, but for its opposite."""
    if OPERATORS[test.op].takes in JUDGED:
        return Judged(test.metric, _DENIED.get(test.op, test.op), test.value)
    if test.other is None:
        return Presence(test.metric)
    return Pair(test.metric, test.other, OPERATORS[test.op].families == RANKED)


def _plain_code(test: Test) -> int:
    if OPERATORS[test.op].takes in JUDGED:
        return int(test.op not in _DENIED)
    return EQUAL if test.other is not None else int(test.value)


def _ordered(kind: str, values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(values)) if kind in RANKED else tuple(values)
