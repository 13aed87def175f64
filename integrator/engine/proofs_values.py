"""Enough values of each metric to meet every side of every constant, gathered into the kinds that tests tell apart.

Metrics that are compared with one another form a group, whose values are chosen together so that every order of them
occurs. Tests of different groups do not touch, so every subject there can be is one kind of each group.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count, islice, pairwise, product
from math import ceil, floor, inf, prod
from typing import TYPE_CHECKING, Any

from integrator.domain import Test, Truth
from integrator.engine.given import USUAL
from integrator.engine.operators import FAMILY_OF_TYPE, OPERATORS, family
from integrator.engine.reference import evaluate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from integrator.domain import Metric
    from integrator.domain.invariants import Invariant

MOST_IN_GROUP = 1_000_000
# Comparisons: a few seconds' worth.
MOST_LOOKS = 20_000_000
MOST_JUDGED = 6
ANSWERS = (Truth.TRUE, Truth.FALSE)
TODAY, NOW = USUAL.today, USUAL.now
CLOCK: Mapping[str, Any] = USUAL.facts
_DAY = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OTHER_WORDS = "text"
_LITERAL = frozenset({"value", "list", "range"})


class UnprovableError(Exception):
    """There are more kinds of subjects than can be looked through; the text says of what."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What tests make of some values: `facts` are an instance; `vague` where no such text could be written down."""

    truths: tuple[Truth, ...]
    facts: Mapping[str, Any]
    vague: bool = False


@dataclass(frozen=True, slots=True)
class Factor:
    """A group of metrics with all tests that read them, and every kind of values these tell apart."""

    metrics: tuple[str, ...]
    tests: tuple[Test, ...]
    kinds: tuple[Kind, ...]


def factors(
    tests: Iterable[Test], metrics: Mapping[str, Metric], invariants: Iterable[Invariant] = ()
) -> tuple[Factor, ...]:
    """Return the factors of the tests, without values of which an invariant is untrue.

    UnprovableError where one group has too many values to look through.
    """
    asked = tuple(dict.fromkeys(tests))
    true = tuple(invariants)
    return tuple(_factor(group, asked, metrics, true) for group in _groups(asked))


def can_be(facts: Mapping[str, Any], invariants: Iterable[Invariant]) -> bool:
    """False where one of the invariants is untrue of the facts."""
    return not any(
        (one.when is None or evaluate(one.when, facts) is Truth.TRUE) and evaluate(one.then, facts) is Truth.FALSE
        for one in invariants
    )


def _groups(tests: Iterable[Test]) -> list[tuple[str, ...]]:
    """Return the metrics in groups: those that some test compares stand together."""
    group: dict[str, list[str]] = {}
    for test in tests:
        own = group.setdefault(test.metric, [test.metric])
        other = group.setdefault(test.other, [test.other]) if test.other is not None else own
        if own is not other:
            own += other
            group.update(dict.fromkeys(other, own))
    return list(dict.fromkeys(tuple(one) for one in group.values()))


def _factor(
    names: tuple[str, ...], asked: Sequence[Test], metrics: Mapping[str, Metric], invariants: Sequence[Invariant]
) -> Factor:
    tests = tuple(test for test in asked if test.metric in names)
    values = _Values(tuple(metrics[name] for name in names), tests)
    columns = {metric.name: _column(metric.name, values.of(metric), invariants) for metric in values.metrics}
    if sum(_looks(test, columns) for test in tests) > MOST_LOOKS // 10:
        raise UnprovableError(f"{', '.join(names)} stands in too many conditions, or beside too many values")
    columns = _told_apart(columns, tests)
    cells = prod(len(column) for column in columns.values())
    if cells > MOST_IN_GROUP or cells * len(tests) > MOST_LOOKS or len(values.judged) > MOST_JUDGED:
        raise UnprovableError(f"{', '.join(names)} can be told apart in too many ways")
    tables = [_table(test, columns) for test in tests]
    found: dict[tuple[Truth, ...], tuple[int, ...]] = {}
    for cell in product(*(range(len(column)) for column in columns.values())):
        found.setdefault(tuple([rows[cell[at]][cell[beside]] for rows, at, beside in tables]), cell)
    return Factor(names, tests, tuple(_kinds(found.values(), columns, values, invariants)))


def _looks(test: Test, columns: Mapping[str, Sequence[Any]]) -> int:
    """Return how many comparisons it takes to know the test for every value."""
    values = len(test.value) if isinstance(test.value, tuple) else 1
    return len(columns[test.metric]) * values * (1 if test.other is None else len(columns[test.other]))


def _told_apart(columns: Mapping[str, list[Any]], tests: Sequence[Test]) -> dict[str, list[Any]]:
    """Return the columns without values that come to the same as another, whatever they are compared with."""
    kept = dict(columns)
    for name in columns:
        mine = [test for test in tests if name in (test.metric, test.other)]
        sides: dict[tuple[Truth, ...], Any] = {}
        for value in kept[name]:
            sides.setdefault(tuple(_sides(name, value, mine, kept)), value)
        kept[name] = list(sides.values())
    return kept


def _sides(name: str, value: Any, tests: Iterable[Test], columns: Mapping[str, Sequence[Any]]) -> Iterator[Truth]:
    for test in tests:
        other = test.other if test.metric == name else test.metric
        if other is None or test.metric == test.other:
            yield evaluate(test, {name: value, **CLOCK})
        else:
            yield from (evaluate(test, {name: value, other: beside}) for beside in columns[other])


def _table(test: Test, columns: Mapping[str, Sequence[Any]]) -> tuple[list[list[Truth]], int, int]:
    """Return what the test comes to by the index of its metric's value and of the other's, and where these stand."""
    names = list(columns)
    at = names.index(test.metric)
    if test.other is None:
        alone = (evaluate(test, {test.metric: seen, **CLOCK}) for seen in columns[test.metric])
        return [[truth] * len(columns[names[0]]) for truth in alone], at, 0
    rows = [
        [evaluate(test, {test.metric: seen, test.other: beside}) for beside in columns[test.other]]
        for seen in columns[test.metric]
    ]
    return rows, at, names.index(test.other)


def _kinds(
    cells: Iterable[tuple[int, ...]],
    columns: Mapping[str, Sequence[Any]],
    values: _Values,
    invariants: Iterable[Invariant],
) -> Iterator[Kind]:
    """Yield the kinds whose instances the cells are, but for those that cannot be."""
    within = [one for one in invariants if len(one.metrics) > 1 and one.metrics <= set(columns)]
    found: dict[tuple[Truth, ...], Kind] = {}
    for cell in cells:
        seen = {name: column[at] for at, (name, column) in zip(cell, columns.items(), strict=True)}
        facts = {name: value for name, value in seen.items() if value is not None}
        if can_be(facts, within):
            truths = tuple(evaluate(test, {**facts, **CLOCK}) for test in values.tests)
            found[truths] = Kind(truths, facts)
    for kind in list(found.values()) if values.judged else ():
        known = dict(zip(values.tests, kind.truths, strict=True))
        for answers in _answers(values.judged, kind.facts):
            truths = tuple({**known, **answers}.values())
            found.setdefault(truths, Kind(truths, kind.facts, vague=True))
    yield from found.values()


def _column(name: str, values: Sequence[Any], invariants: Iterable[Invariant]) -> list[Any]:
    own = [one for one in invariants if one.metrics == {name}]
    return [value for value in (*values, None) if can_be({name: value}, own)]


def _answers(judged: Sequence[Test], facts: Mapping[str, Any]) -> Iterator[dict[Test, Truth]]:
    """Yield what tests whose answers cannot be foreseen may come to: either, where the metric is known."""
    asked = tuple(dict.fromkeys(_affirmed(test) for test in judged))
    for truths in product(*(ANSWERS if test.metric in facts else (Truth.UNKNOWN,) for test in asked)):
        answers = dict(zip(asked, truths, strict=True))
        yield {test: _as_asked(test, answers[_affirmed(test)]) for test in judged}


def _affirmed(test: Test) -> Test:
    """Return the test, or the one that it denies."""
    return Test(test.metric, min(test.op, OPERATORS[test.op].opposite), test.value, test.other)


def _as_asked(test: Test, truth: Truth) -> Truth:
    if truth is Truth.UNKNOWN or test == _affirmed(test):
        return truth
    return Truth.FALSE if truth is Truth.TRUE else Truth.TRUE


@dataclass(frozen=True, slots=True)
class _Values:
    """The values to try of metrics that are compared with one another."""

    metrics: tuple[Metric, ...]
    tests: tuple[Test, ...]

    @property
    def judged(self) -> tuple[Test, ...]:
        """Tests of texts; and of ages where the same metric is compared with fixed days: their order moves with now."""
        fixed = any(OPERATORS[test.op].takes in _LITERAL and test.other is None for test in self.tests)
        unforeseen = {"flag", "days", *_LITERAL} if not fixed else {"flag", *_LITERAL}
        return tuple(test for test in self.tests if OPERATORS[test.op].takes not in unforeseen)

    def of(self, metric: Metric) -> list[Any]:
        """Return the values of one metric; that it may be missing comes on top."""
        kind = metric.type
        if kind == "boolean":
            return [True, False]
        if kind == "string":
            return list(metric.values) if metric.values else self._words()
        points = sorted({_point(one) for one in self._constants()})
        if kind == "number":
            return _reals(points, self._whole(), len(self.metrics) - self._whole())
        return [_VALUE[kind](point) for point in _whole_points(points, self._whole(), _GRID.get(kind, _Grid()))]

    def _whole(self) -> int:
        """Return how many of the metrics take whole values only."""
        return sum(metric.type != "number" for metric in self.metrics)

    def _words(self) -> list[Any]:
        written = [one for one in (*self._constants(), *self._judged_by()) if isinstance(one, str)]
        listed = [value for metric in self.metrics for value in metric.values]
        known = dict.fromkeys([*written, *listed])
        others = (other for number in count() if (other := f"{_OTHER_WORDS} {number or ''}".strip()) not in known)
        return [*known, *islice(others, len(self.metrics))]

    def _judged_by(self) -> Iterator[Any]:
        """Yield phrases and patterns: most are found in themselves."""
        for test in self.judged:
            yield from test.value if isinstance(test.value, tuple) else (test.value,)

    def _constants(self) -> Iterator[Any]:
        judged = self.judged
        for test in self.tests:
            takes = OPERATORS[test.op].takes
            if test in judged or test.other is not None or takes == "flag":
                continue
            if takes == "days":
                values: Sequence[Any] = [one - timedelta(days=test.value) for one in (TODAY, NOW)]
            else:
                values = test.value if isinstance(test.value, tuple) else (test.value,)
            yield from (one for one in values if family(one) == FAMILY_OF_TYPE[self.metrics[0].type])


def _point(value: Any) -> Any:
    """Return the place of a value on a line of numbers."""
    if isinstance(value, datetime):
        return (value - _EPOCH) // timedelta(microseconds=1)
    return value.toordinal() if isinstance(value, date) else value


@dataclass(frozen=True, slots=True)
class _Grid:
    """The whole numbers on which values of a type lie: the bounds, where to begin, how far apart examples read well."""

    low: float = -inf
    high: float = inf
    origin: int = 1
    step: int = 1


_VALUE: dict[str, Any] = {
    "integer": int,
    "money": int,
    "date": date.fromordinal,
    "instant": lambda point: _EPOCH + timedelta(microseconds=point),
}
_GRID = {
    "money": _Grid(origin=100, step=100),
    "date": _Grid(date.min.toordinal(), date.max.toordinal(), TODAY.toordinal()),
    "instant": _Grid(
        _point(datetime(1, 1, 2, tzinfo=UTC)), _point(datetime(9999, 12, 30, tzinfo=UTC)), _point(NOW), _DAY
    ),
}


def _gaps(points: Sequence[Any]) -> list[tuple[Any, Any]]:
    return list(pairwise((-inf, *points, inf)))


def _whole_points(points: Sequence[Any], wanted: int, grid: _Grid) -> list[int]:
    """Return whole numbers: each constant that is one, and in each gap between constants as many as metrics."""
    found = {int(point) for point in points if point == int(point)}
    for low, high in _gaps(points):
        found.update(_inside(low, high, wanted, grid))
    return sorted(point for point in found if grid.low <= point <= grid.high)


def _inside(low: Any, high: Any, wanted: int, grid: _Grid) -> list[int]:
    """Return whole numbers strictly between the two, in steps where these fit, else one after the other."""
    if low == -inf:
        start = grid.origin if high == inf else ceil(high) - wanted * grid.step
        return [start + number * grid.step for number in range(wanted)]
    step = grid.step if floor(low) + grid.step * wanted < high else 1
    return [value for number in range(wanted) if (value := floor(low) + step * (number + 1)) < high]


def _reals(points: Sequence[Any], whole: int, real: int) -> list[Any]:
    """Return numbers: constants, whole numbers beside them, and between each two as many as metrics take fractions."""
    fixed = sorted({*points, *(_whole_points(points, whole, _Grid()) if whole else ())})
    found = set(fixed)
    for low, high in _gaps(fixed):
        found.update(value for value in _between(low, high, real) if low < value < high)
    return sorted(found)


def _between(low: Any, high: Any, wanted: int) -> list[Any]:
    if low == -inf:
        return [number + 1 if high == inf else high - number - 1 for number in range(wanted)]
    if high == inf:
        return [low + number + 1 for number in range(wanted)]
    steps = [(high - low) * (number + 1) / (wanted + 1) for number in range(wanted)]
    return [_rounded(low + step, room=(high - low) / (wanted + 1) / 2) for step in steps]


def _rounded(value: Any, room: Any) -> Any:
    """Return the value with as few decimals as keep it within the room around it."""
    return next((near for digits in range(12) if abs((near := round(value, digits)) - value) < room), value)
