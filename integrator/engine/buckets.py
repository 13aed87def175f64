"""Values of metrics in buckets: all values of one bucket look alike to the tests that were asked of the metric."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from integrator.engine.conditions import tests
from integrator.engine.operators import FAMILY_OF_TYPE, OPERATORS, RANKED, family

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from integrator.domain import Condition, Metric, Test

# Counts and days are never below nothing, a share never above all.
LOWEST = {"days": 0, "purchases": 0, "deals": 0, "share": 0, "tasks": 0, "clients": 0, "hours": 0}
HIGHEST = {"share": 1}
WHOLE = frozenset({"integer", "money"})
A_WORD = "…"
EXAMPLES: dict[str, Any] = {
    "number": 1,
    "string": A_WORD,
    "boolean": True,
    "date": date(2000, 1, 1),
    "instant": datetime(2000, 1, 1, tzinfo=UTC),
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """Values of a metric: from `low` to `high` where `ranked` (an end that is None is open for good), the `values`
    where it is a word or a flag (`other`: any but these), or none at all where `missing`.

    `example` is one of them.
    """

    example: Any
    ranked: bool = False
    low: Any = None
    high: Any = None
    low_in: bool = False
    high_in: bool = False
    values: tuple[Any, ...] = ()
    other: bool = False
    missing: bool = False

    def has(self, value: Any) -> bool:
        """True when the value is one of the bucket's."""
        if self.missing or value is None:
            return self.missing and value is None
        if family(value) != family(self.example):
            return False
        if not self.ranked:
            return (value in self.values) is not self.other
        above = self.low is None or value > self.low or (self.low_in and value == self.low)
        return above and (self.high is None or value < self.high or (self.high_in and value == self.high))

    def nearest(self, value: Any) -> Any:
        """Return the edge that lies nearest to a value of a ranked bucket's family; the value itself when inside."""
        if self.low is not None and value < self.low:
            return self.low
        return self.high if self.high is not None and value > self.high else value

    def joins(self, following: Bucket) -> bool:
        """True when this bucket and the one that follows it in its ladder are one stretch."""
        return self.ranked == following.ranked and not (self.other or following.other)

    def joined(self, following: Bucket) -> Bucket:
        """Return both as one."""
        if not self.ranked:
            return replace(self, values=(*self.values, *following.values))
        return replace(self, high=following.high, high_in=following.high_in)

    def exact(self) -> Bucket:
        """Return the bucket of the example alone."""
        if self.missing or self.other:
            return self
        if self.ranked:
            return replace(self, low=self.example, high=self.example, low_in=True, high_in=True)
        return replace(self, values=(self.example,))


@dataclass(frozen=True, slots=True)
class Buckets:
    """The buckets of every metric that some conditions read, beside the facts of one subject."""

    asked: Mapping[str, tuple[Test, ...]]
    facts: Mapping[str, Any]
    kinds: Mapping[str, Metric]

    @classmethod
    def of(cls, conditions: Iterable[Condition], facts: Mapping[str, Any], kinds: Mapping[str, Metric]) -> Buckets:
        """Return the buckets that the tests of the conditions tell apart."""
        asked: dict[str, list[Test]] = {}
        for test in (test for condition in conditions for test in tests(condition)):
            for name in dict.fromkeys((test.metric, test.other or test.metric)):
                asked.setdefault(name, []).append(test)
        return cls({name: tuple(found) for name, found in asked.items()}, facts, kinds)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that are read."""
        return tuple(self.asked)

    @property
    def judged(self) -> frozenset[str]:
        """The metrics that some test is about, not only compared with."""
        return frozenset(name for name, asked in self.asked.items() if any(test.metric == name for test in asked))

    def compared(self, one: str, other: str) -> bool:
        """True when some test compares the two with each other."""
        return any({test.metric, test.other} == {one, other} for test in self.asked[one])

    def ladders(self, metric: str) -> list[list[Bucket]]:
        """Return the metric's buckets, those of each family of values in their order, then that of no value."""
        return self._ladders(metric, self._points(metric))

    def flat(self, metric: str, beside: str) -> list[Bucket]:
        """Return the metric's buckets where another one may change with it."""
        points = self._points(metric)
        if self.compared(metric, beside):
            points += [*self._points(beside), self.facts.get(beside), self.facts.get(metric)]
            if not any(map(family, points)) and self._family(metric) in RANKED:
                points.append(EXAMPLES[self._family(metric) or ""])
        return [bucket for ladder in self._ladders(metric, points) for bucket in ladder]

    def within(self, metric: str, wide: Bucket) -> list[Bucket]:
        """Return the metric's buckets that a stretch is made of."""
        return [bucket for ladder in self.ladders(metric) for bucket in ladder if wide.has(bucket.example)]

    def _points(self, metric: str) -> list[Any]:
        points: list[Any] = []
        for test in self.asked[metric]:
            if test.other is not None:
                points.append(self.facts.get(test.other if test.metric == metric else test.metric))
            else:
                points += _POINTS.get(OPERATORS[test.op].takes, _none)(test.value, self.facts)
        return points

    def _family(self, metric: str) -> str | None:
        return FAMILY_OF_TYPE[self.kinds[metric].type] if metric in self.kinds else None

    def _ladders(self, metric: str, points: Sequence[Any]) -> list[list[Bucket]]:
        by_family: dict[str, list[Any]] = {}
        for one in points:
            kind = family(one)
            if kind is not None and not (kind == "number" and math.isinf(one)) and self._family(metric) in (None, kind):
                by_family.setdefault(kind, []).append(one)
        found = [self._ranked(metric, kind, by_family.pop(kind)) for kind in sorted(RANKED & by_family.keys())]
        found += [_words(values, kind, self.kinds.get(metric)) for kind, values in by_family.items()]
        if any(test.op == "exists" for test in self.asked[metric]):
            found.append([Bucket(None, missing=True)])
        if not any(ladder and not ladder[0].missing for ladder in found):
            found.append([Bucket(EXAMPLES[self._family(metric) or "string"], other=True)])
        return [ladder for ladder in found if ladder]

    def _ranked(self, metric: str, kind: str, points: list[Any]) -> list[Bucket]:
        about = self.kinds.get(metric)
        unit = about.unit if about else ""
        ends = [table[unit] for table in (LOWEST, HIGHEST) if kind == "number" and unit in table]
        low, high = (LOWEST.get(unit), HIGHEST.get(unit)) if kind == "number" else (None, None)
        inside = {one for one in (*points, *ends) if (low is None or one >= low) and (high is None or one <= high)}
        marks: list[Any] = sorted(inside)
        whole = kind == "date" or (about is not None and about.type in WHOLE)
        edges: list[tuple[Any, Any]] = [*zip([None, *marks], [*marks, None], strict=True)]
        made = []
        for at, (left, right) in enumerate(edges):
            beyond = (left is None and low is not None) or (right is None and high is not None)
            made.append(None if beyond else _between(left, right, kind, whole=whole))
            if at < len(marks):
                made.append(_point(marks[at], kind, whole=whole))
        return [bucket for bucket in made if bucket is not None]


def _one(value: Any, _: Mapping[str, Any]) -> list[Any]:
    return [value]


def _several(values: Any, _: Mapping[str, Any]) -> list[Any]:
    return list(values)


def _none(_: Any, __: Mapping[str, Any]) -> list[Any]:
    return []


def _days_ago(days: Any, facts: Mapping[str, Any]) -> list[Any]:
    """Return the day and the instant so long ago, where the facts say as of when they are."""
    known = (facts.get(clock) for clock in ("today", "now"))
    try:
        return [clock - timedelta(days=days) for clock in known if isinstance(clock, date | datetime)]
    except (OverflowError, TypeError):
        return []


# Where the values of a metric part, by what the operator takes; a phrase or a pattern may itself be what it looks for.
_POINTS: dict[str, Callable[[Any, Mapping[str, Any]], list[Any]]] = {
    "value": _one,
    "list": _several,
    "range": _several,
    "days": _days_ago,
    "phrases": _several,
    "pattern": _one,
}


def _words(values: Iterable[Any], kind: str, about: Metric | None) -> list[Bucket]:
    """Return a bucket for each word, and one for every other where there are others."""
    if kind == "boolean":
        return [Bucket(value, values=(value,)) for value in (False, True)]
    known = tuple(dict.fromkeys((*(about.values if about else ()), *values)))
    listed = [Bucket(value, values=(value,)) for value in known]
    if about and about.values:
        return listed
    free = A_WORD
    while free in known:
        free += A_WORD
    return [*listed, Bucket(free, values=known, other=True)]


def _point(value: Any, kind: str, *, whole: bool) -> Bucket | None:
    if whole and kind == "number":
        if value != math.floor(value):
            return None
        value = int(value)
    return Bucket(value, ranked=True, low=value, high=value, low_in=True, high_in=True)


def _between(left: Any, right: Any, kind: str, *, whole: bool) -> Bucket | None:
    """Return the values strictly between two marks (None: no end); whole ones are told by the outermost of them."""
    if whole:
        step: Any = timedelta(days=1) if kind == "date" else 1
        try:
            low = None if left is None else (math.floor(left) if kind == "number" else left) + step
            high = None if right is None else (math.ceil(right) if kind == "number" else right) - step
        except OverflowError:
            return None
        if low is not None and high is not None and low > high:
            return None
        example = low if low is not None else high
        if example is None:
            return None
        return Bucket(example, ranked=True, low=low, high=high, low_in=low is not None, high_in=high is not None)
    middle = _middle(left, right)
    return None if middle is None else Bucket(middle, ranked=True, low=left, high=right)


def _middle(left: Any, right: Any) -> Any:
    """Return a value strictly between the marks, None where none can be written."""
    given = left if left is not None else right
    tried = _instants(left, right) if isinstance(given, date | datetime) else _numbers(left, right)
    return next((one for one in tried if (left is None or one > left) and (right is None or one < right)), None)


def _instants(left: Any, right: Any) -> list[Any]:
    try:
        if left is not None and right is not None:
            return [left + (right - left) / 2]
        return [left + timedelta(days=1)] if left is not None else [right - timedelta(days=1)]
    except OverflowError:
        return []


def _numbers(left: Any, right: Any) -> list[float]:
    try:
        if left is None or right is None:
            given, side = (float(left), math.inf) if left is not None else (float(right), -math.inf)
            return [given + math.copysign(1.0, side), math.nextafter(given, side)]
        low, high = float(left), float(right)
    except OverflowError:
        return []
    return [low + (high - low) / 2, math.nextafter(low, math.inf)]
