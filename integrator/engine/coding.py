"""What rules can tell apart, as small integers: on which side of the rules' own constants a fact lies.

The codes keep every answer exact (7 equals 7.0, a day is no instant) and keep raw values away from engines that compare
them in their own ways.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
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

    Ranked values are told apart by cuts, (constant, False) just below the constant and (constant, True) just above it,
    only where a test asks; the code is how many cuts a value lies beyond. Words and booleans: i + 1 for the i-th
    constant, else 0.
    """

    metric: str
    family: str
    marks: tuple[Any, ...]

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that are read."""
        return (self.metric,)

    @property
    def ranked(self) -> bool:
        """True where the marks are cuts."""
        return self.family in RANKED

    @property
    def kinds(self) -> int:
        """How many codes there are, that of a missing fact included."""
        return len(self.marks) + 2

    def code(self, facts: Mapping[str, Any]) -> int | None:
        """Return the code of the fact, None when it is missing or of another family."""
        value = facts.get(self.metric)
        return self.of(value) if family(value) == self.family else None

    def of(self, value: Any) -> int:
        """Return the code of a value of this family."""
        if self.ranked:
            return bisect_left(self.marks, (value, True))
        return self.marks.index(value) + 1 if value in self.marks else 0


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
    """How long ago a day or an instant was against numbers of days; codes as of the scale of microseconds."""

    metric: str
    scale: Scale

    @property
    def metrics(self) -> tuple[str, ...]:
        """The facts that are read, as of when is decided among them."""
        return (self.metric, *CLOCKS.values())

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


def key(axis: Axis) -> Any:
    """Return what axes that differ in their marks only have in common."""
    if isinstance(axis, Age):
        return (axis.metric, AGE)
    return (axis.metric, axis.family) if isinstance(axis, Scale) else axis


def marks(axis: Axis) -> tuple[Any, ...]:
    """Return what the axis tells apart, two less than its kinds."""
    if isinstance(axis, Age):
        return axis.scale.marks
    return axis.marks if isinstance(axis, Scale) else tuple(range(axis.kinds - 2))


def coarser(axis: Axis, other: Axis) -> list[int]:
    """Return for each code of the axis, that of a missing fact last, the code on one that has some of its marks."""
    scale, fewer = (one.scale if isinstance(one, Age) else one for one in (axis, other))
    if not isinstance(scale, Scale) or not isinstance(fewer, Scale):
        return list(range(axis.kinds))
    if scale.ranked:
        codes = [0, *accumulate(int(mark in fewer.marks) for mark in scale.marks)]
    else:
        codes = [0, *(fewer.of(word) for word in scale.marks)]
    return [*codes, fewer.kinds - 1]


@dataclass(frozen=True, slots=True)
class Coding:
    """The axes on which some conditions tell facts apart."""

    axes: tuple[Axis, ...]

    @classmethod
    def of(cls, conditions: Iterable[Condition]) -> Coding:
        """Return the axes of all tests of the conditions."""
        found: dict[tuple[str, str], dict[Any, None]] = {}
        others: dict[Axis, None] = {}
        for test in (test for condition in conditions for test in tests(condition)):
            if OPERATORS[test.op].takes in _PLAIN or test.other is not None:
                others[_plain_axis(test)] = None
            elif kind := operand_family(test.op, test.value):
                found.setdefault((test.metric, kind), {}).update(dict.fromkeys(_marks(test, kind)))
        return cls((*(_scale(metric, kind, made) for (metric, kind), made in found.items()), *others))

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


# Just below its constant lies the only cut of the first, just above it that of the others; the rest need both.
_BELOW = frozenset({"lt", "gte"})
_ABOVE = frozenset({"lte", "gt", "within_days", "older_than_days"})
_RANGES = frozenset({"between", "not_between"})


def _marks(test: Test, kind: str) -> Iterable[Any]:
    """Return what a test against constants needs to be told apart."""
    takes = OPERATORS[test.op].takes
    values = test.value if takes in SEVERAL else (test.value * DAY if kind == AGE else test.value,)
    if kind not in RANKED and kind != AGE:
        return tuple(values)
    if test.op in _RANGES:
        return tuple(zip(values, (False, True), strict=True))
    sides = (False,) if test.op in _BELOW else (True,) if test.op in _ABOVE else (False, True)
    return tuple((value, side) for value in values for side in sides)


def _scale(metric: str, kind: str, marks: Iterable[Any]) -> Scale | Age:
    if kind == AGE:
        return Age(metric, Scale(metric, "number", tuple(sorted(marks))))
    return Scale(metric, kind, tuple(sorted(marks)) if kind in RANKED else tuple(marks))
