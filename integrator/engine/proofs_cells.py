"""Every subject there can be, as one bit each of long integers: what holds for all of them is one operation on these.

A subject is one kind of each factor. What a condition comes to is a pair of sets: of those for whom it is TRUE and of
those for whom it is FALSE.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import reduce
from math import prod
from operator import and_, or_
from typing import TYPE_CHECKING, Any

from integrator.domain import Metric, Test, Truth
from integrator.domain.invariants import Invariant
from integrator.engine.conditions import tests
from integrator.engine.proofs_values import UnprovableError, factors
from integrator.engine.reference import evaluate
from integrator.engine.ruleset import CLASS, OF_CLIENT, SCORE, SUBJECTS, score_metric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from integrator.domain import Condition
    from integrator.engine.proofs_values import Factor
    from integrator.engine.ruleset import Dimension, RuleSet

MOST_CELLS = 1_000_000


@dataclass(frozen=True, slots=True)
class Sets:
    """For whom a condition is TRUE, and for whom it is FALSE; UNKNOWN for the rest."""

    true: int
    false: int


def _all(parts: Sequence[Sets], everyone: int) -> Sets:
    return Sets(reduce(and_, (part.true for part in parts), everyone), reduce(or_, (part.false for part in parts), 0))


def _any(parts: Sequence[Sets], everyone: int) -> Sets:
    return Sets(reduce(or_, (part.true for part in parts), 0), reduce(and_, (part.false for part in parts), everyone))


def _none(parts: Sequence[Sets], everyone: int) -> Sets:
    found = _any(parts, everyone)
    return Sets(found.false, found.true)


_JOINS: dict[str, Callable[[Sequence[Sets], int], Sets]] = {"all": _all, "any": _any, "none": _none}


@dataclass(frozen=True, slots=True)
class Space:
    """Every kind of subject that the conditions tell apart.

    `possible` are those that can be: no invariant is untrue of them. Classes in `decided` are as their rules give them;
    any other class is a fact like others.
    """

    factors: tuple[Factor, ...]
    decided: Mapping[str, Dimension]
    rules: RuleSet
    invariants: Sequence[Invariant] = ()
    _known: dict[Any, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many kinds of subjects there are, impossible ones included."""
        return prod(len(factor.kinds) for factor in self.factors)

    @property
    def everyone(self) -> int:
        """All kinds of subjects."""
        return (1 << self.size) - 1

    @property
    def possible(self) -> int:
        """The kinds of subjects that can be."""
        if "possible" not in self._known:
            broken = [
                (self.sets(one.when).true if one.when else self.everyone) & self.sets(one.then).false
                for one in self.invariants
            ]
            self._known["possible"] = self.everyone & ~reduce(or_, broken, 0)
        found: int = self._known["possible"]
        return found

    @property
    def undecided(self) -> bool:
        """True where classes are taken as any they may be."""
        return any(name.startswith(CLASS) for factor in self.factors for name in factor.metrics)

    @property
    def vague(self) -> int:
        """The kinds of subjects with texts that cannot be written down."""
        strides = self._strides()
        return reduce(or_, (self._mask(at, strides[at], lambda kind: kind.vague) for at in range(len(self.factors))), 0)

    def sets(self, condition: Condition) -> Sets:
        """Return for whom the condition is TRUE and for whom FALSE."""
        if condition not in self._known:
            self._known[condition] = self._sets(condition)
        found: Sets = self._known[condition]
        return found

    def _sets(self, condition: Condition) -> Sets:
        if not isinstance(condition, Test):
            return _JOINS[condition.join]([self.sets(part) for part in condition.parts], self.everyone)
        name = condition.metric.removeprefix(CLASS)
        if condition.metric.startswith(CLASS) and name in self.decided:
            return self._of_class(condition, name)
        strides = self._strides()
        at = next(at for at, factor in enumerate(self.factors) if condition in factor.tests)
        index = self.factors[at].tests.index(condition)
        return Sets(
            self._mask(at, strides[at], lambda kind: kind.truths[index] is Truth.TRUE),
            self._mask(at, strides[at], lambda kind: kind.truths[index] is Truth.FALSE),
        )

    def _of_class(self, test: Test, name: str) -> Sets:
        given = self.classes(name)
        truths = {value: evaluate(test, {test.metric: value}) for value in given}
        return Sets(
            reduce(or_, (given[value] for value, truth in truths.items() if truth is Truth.TRUE), 0),
            reduce(or_, (given[value] for value, truth in truths.items() if truth is Truth.FALSE), 0),
        )

    def admitted(self, dimension: Dimension) -> int:
        """Return the subjects to whom the dimension applies."""
        return self.everyone if dimension.only is None else self.sets(dimension.only).true

    def classes(self, name: str) -> dict[str | None, int]:
        """Return who gets which value of the dimension; under None who gets none."""
        key = (CLASS, name)
        if key not in self._known:
            self._known[key] = self._classes(self.rules.dimensions[name])
        found: dict[str | None, int] = self._known[key]
        return found

    def _classes(self, dimension: Dimension) -> dict[str | None, int]:
        found: dict[str | None, int] = {}
        free = self.admitted(dimension)
        for full in dimension.order:
            rule = self.rules.rule(full)
            won = free & self.sets(rule.when).true
            found[rule.classify] = found.get(rule.classify, 0) | won
            # One that must hold for some days gives nothing until then.
            free &= ~won if rule.for_days is None else self.everyone
        if dimension.otherwise is not None:
            found[dimension.otherwise] = found.get(dimension.otherwise, 0) | free
            free = 0
        outside = self.everyone & ~self.admitted(dimension)
        return {**found, None: found.get(None, 0) | free | outside}

    def _strides(self) -> list[int]:
        strides, stride = [], 1
        for factor in reversed(self.factors):
            strides.append(stride)
            stride *= len(factor.kinds)
        return strides[::-1]

    def _mask(self, at: int, stride: int, holds: Callable[[Any], bool]) -> int:
        kinds = self.factors[at].kinds
        block = (1 << stride) - 1
        unit = reduce(or_, (block << (stride * index) for index, kind in enumerate(kinds) if holds(kind)), 0)
        width = stride * len(kinds)
        return _tiled(unit, width, self.size // width)

    def facts(self, subjects: int, metrics: Iterable[str] | None = None) -> dict[str, Any]:
        """Return the facts of one of these subjects, classes among them; only of `metrics` where these are given."""
        bit = (subjects & -subjects).bit_length() - 1
        found: dict[str, Any] = {}
        for factor, stride in zip(self.factors, self._strides(), strict=True):
            found.update(factor.kinds[bit // stride % len(factor.kinds)].facts)
        for name in self.decided:
            value = next((value for value, given in self.classes(name).items() if given >> bit & 1), None)
            found.update({} if value is None else {CLASS + name: value})
        return found if metrics is None else {name: found[name] for name in metrics if name in found}


def _tiled(unit: int, width: int, times: int) -> int:
    """Return the bits of `unit`, `width` wide, so many times beside each other."""
    found, have = unit, 1
    while have < times:
        more = min(have, times - have)
        found |= (found & ((1 << more * width) - 1)) << (have * width)
        have += more
    return found


@dataclass(frozen=True, slots=True)
class World:
    """All that a proof may count on: the rules, the metrics and what is always true of these."""

    rules: RuleSet
    metrics: Mapping[tuple[str, str], Metric]
    invariants: Sequence[Invariant]
    _spaces: dict[Any, Space] = field(default_factory=dict, init=False)

    def space(self, subject: str, conditions: Iterable[Condition], *, chained: bool) -> Space:
        """Return the subjects that the conditions tell apart; UnprovableError where these are too many.

        Where `chained`, classes that the conditions read are decided by their own rules from the facts these read.
        """
        decided, plain = self._read(conditions, chained=chained)
        key = (subject, frozenset(plain), tuple(sorted(decided)))
        if key not in self._spaces:
            self._spaces[key] = self._best(subject, plain, decided)
        return self._spaces[key]

    def _best(self, subject: str, plain: Sequence[Test], decided: Mapping[str, Dimension]) -> Space:
        kinds = {name: metric for (of, name), metric in self._with_classes().items() if of == subject}
        least = [one for one in self._invariants(subject, plain, tied=False) if not _compares(one)]
        tied = self._invariants(subject, plain, tied=True)
        # The more is known of the facts, the more of them have to be looked at together.
        for invariants in (tied, [one for one in tied if not _compares(one)]):
            with suppress(UnprovableError):
                return self._space(plain, invariants, kinds, decided)
        return self._space(plain, least, kinds, decided)

    def _space(
        self,
        plain: Sequence[Test],
        invariants: Sequence[Invariant],
        kinds: Mapping[str, Metric],
        decided: Mapping[str, Dimension],
    ) -> Space:
        asked = [*plain, *(test for one in invariants for test in one.tests)]
        made = Space(factors(asked, kinds, invariants), decided, self.rules, invariants)
        if made.size > MOST_CELLS:
            widest = sorted(made.factors, key=lambda factor: -len(factor.kinds))[:3]
            listed = ", ".join(f"{' with '.join(factor.metrics)} {len(factor.kinds)}" for factor in widest)
            raise UnprovableError(f"{made.size} kinds of subjects, {MOST_CELLS} at most are looked through ({listed})")
        return made

    def _read(self, conditions: Iterable[Condition], *, chained: bool) -> tuple[dict[str, Dimension], list[Test]]:
        """Return the dimensions whose classes the conditions read, and all other tests, theirs included."""
        decided: dict[str, Dimension] = {}
        plain: list[Test] = []
        queue = [test for condition in conditions for test in tests(condition)]
        for test in queue:
            name = test.metric.removeprefix(CLASS)
            if chained and CLASS in f"{test.metric} {test.other}" and test.other:
                raise UnprovableError(f"{test.metric} is compared with {test.other}, which is not looked through")
            if not (chained and test.metric.startswith(CLASS)) or name == SCORE or self._takes_time(name):
                plain.append(test)
            elif name not in decided:
                decided[name] = dimension = self.rules.dimensions[name]
                for condition in of_dimension(dimension, self.rules):
                    queue.extend(tests(condition))
        return decided, plain

    def _takes_time(self, name: str) -> bool:
        """True of a class that facts of one instant do not settle."""
        rules = [self.rules.rule(full) for full in self.rules.dimensions[name].order]
        return any(rule.for_days is not None or rule.keep is not None for rule in rules)

    def _with_classes(self) -> dict[tuple[str, str], Metric]:
        classes = {
            (one.subject, CLASS + one.name): Metric(CLASS + one.name, one.subject, "string", "", {}, self._given(one))
            for one in self.rules.dimensions.values()
        }
        # A deal's rules read the classes of its client, if it has one.
        of_deals = {
            ("deal", OF_CLIENT + name): replace(one, name=OF_CLIENT + name, subject="deal")
            for (subject, name), one in classes.items()
            if subject == "client"
        }
        scores = {(one, CLASS + SCORE): score_metric(one) for one in SUBJECTS}
        return {**self.metrics, **classes, **of_deals, **scores}

    def _given(self, dimension: Dimension) -> tuple[str, ...]:
        """Return the values that the dimension may give."""
        values = [*(self.rules.rule(full).classify for full in dimension.order), dimension.otherwise]
        return tuple(dict.fromkeys(value for value in values if value is not None))

    def _all_have(self, read: set[str]) -> Iterator[Invariant]:
        """Yield that every subject has the classes among `read` that always end with a value."""
        for one in self.rules.dimensions.values():
            if CLASS + one.name in read and one.otherwise is not None and one.only is None:
                yield Invariant(one.subject, Test(CLASS + one.name, "exists", value=True))

    def _invariants(self, subject: str, plain: Sequence[Test], *, tied: bool) -> list[Invariant]:
        """Return what is known of the metrics read; if `tied`, also by way of metrics that tie several of these."""
        read = {name for test in plain for name in (test.metric, test.other) if name}
        own = [one for one in self.invariants if one.subject == subject]
        ties: dict[str, set[str]] = {}
        for one in own:
            if len(outside := one.metrics - read) == 1:
                ties.setdefault(next(iter(outside)), set()).update(one.metrics & read)
        known = {*read, *(name for name, held in ties.items() if tied and len(held) > 1)}
        return [*(one for one in own if one.metrics <= known), *self._all_have(read)]


def of_dimension(dimension: Dimension, rules: RuleSet) -> Iterator[Condition]:
    """Yield every condition by which the dimension is decided."""
    if dimension.only is not None:
        yield dimension.only
    for full in dimension.order:
        yield rules.rule(full).when


def _compares(invariant: Invariant) -> bool:
    return any(test.other is not None for test in invariant.tests)
