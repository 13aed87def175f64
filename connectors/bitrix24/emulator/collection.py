"""Rows of one kind: by id, in the order of ids, and by whatever a filter asked for before."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from connectors.bitrix24.emulator.dates import MOSCOW
from connectors.bitrix24.emulator.filters import AnyOf, Column, Condition, Conditions, Row, Test, matcher
from connectors.bitrix24.emulator.indexes import EqualityIndex, RangeIndex
from connectors.bitrix24.emulator.values import DATES, key

if TYPE_CHECKING:
    from datetime import tzinfo

# Below this an index costs more than reading the rows.
_WORTH_AN_INDEX = 1000
# So many rows are read before an index is built for a filter: most filters of a full read need none.
_GLANCE = 2000
_INDEXES = 16
_CACHED = 24
_ID_RANGES = frozenset({"gt", "ge", "lt", "le"})
_EQUALITIES = frozenset({"eq", "in"})

Rank = Callable[[Any], Any]
Index = EqualityIndex | RangeIndex


@dataclass(frozen=True, slots=True)
class Query:
    """What to list: all conditions hold; `order` are columns with whether they descend, by id when empty."""

    conditions: Conditions = ()
    order: tuple[tuple[Column, bool], ...] = ()
    volatile: bool = False


@dataclass(slots=True)
class _Plan:
    base: Sequence[int]
    low: int
    high: int
    test: Test | None


@dataclass(slots=True)
class Collection:
    """Holds rows; a stored row is never changed in place, so one read stays as it was."""

    id_field: str = "ID"
    zone: tzinfo = MOSCOW
    ranks: dict[str, Rank] = field(default_factory=dict)
    rows: dict[int, Row] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    version: int = 0
    _ids: list[int] = field(default_factory=list)
    _last: int = 0
    _indexes: dict[tuple[str, Column], Index] = field(default_factory=dict)
    _cache: OrderedDict[Any, list[int]] = field(default_factory=OrderedDict)

    def load(self, rows: Iterable[Row]) -> None:
        """The rows stand in the collection, as if they had always been there."""
        name, names, stored = self.id_field, self.names, self.rows
        for row in rows:
            stored[int(row[name])] = row
            names.update(row)
        self._ids = sorted(stored)
        self._last = self._ids[-1] if self._ids else 0
        self._indexes.clear()
        self._changed()

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Row]:
        return (self.rows[number] for number in list(self._ids))

    def get(self, number: int) -> Row | None:
        """The row with this id, or None."""
        return self.rows.get(number)

    def next_id(self) -> int:
        """An id never given before."""
        self._last += 1
        return self._last

    def put(self, number: int, row: Row) -> None:
        """The row stands in the collection, in the place of the former one if there was one."""
        former = self.rows.get(number)
        if former is None:
            self._ids.insert(bisect_left(self._ids, number), number)
            self._last = max(self._last, number)
        for index in self._indexes.values():
            if former is not None:
                index.remove(number, former)
            index.add(number, row)
        self.rows[number] = row
        self.names.update(row)
        self._changed()

    def remove(self, number: int) -> Row | None:
        """The row is gone; the answer is what it was."""
        former = self.rows.pop(number, None)
        if former is not None:
            del self._ids[bisect_left(self._ids, number)]
            for index in self._indexes.values():
                index.remove(number, former)
            self._changed()
        return former

    def _changed(self) -> None:
        self.version += 1
        self._cache.clear()

    def page(self, query: Query, offset: int, limit: int, *, count: bool) -> tuple[list[Row], int]:
        """So many rows from the offset on, and how many there are in all (0 when nobody counts)."""
        by_id = self._by_id(query)
        if by_id is not None and not count:
            glanced = self._glance(query, offset + limit, descends=by_id)
            if glanced is not None:
                return glanced[offset:], 0
        plan = self._plan(query)
        if by_id is None:
            ids = self._sorted(query, plan)
            return [self.rows[number] for number in ids[offset : offset + limit]], len(ids) if count else 0
        if plan.test is not None:
            if not count:
                return list(islice(self._scan(plan, descends=by_id), offset, offset + limit)), 0
            plan = self._matched(query, plan)
        total = max(0, plan.high - plan.low)
        window = _window(plan, offset, limit, descends=by_id)
        return [self.rows[number] for number in window], total if count else 0

    def _glance(self, query: Query, wanted: int, *, descends: bool) -> list[Row] | None:
        """The first rows that match, when they are found soon enough without an index; else None."""
        if any(self._known_index(condition) for condition in query.conditions):
            return None
        plan = self._plan(query, build=False)
        if plan.test is None:
            return None
        found: list[Row] = []
        places = _places(plan, descends=descends)
        for place in islice(places, _GLANCE):
            row = self.rows[plan.base[place]]
            if plan.test(row):
                found.append(row)
                if len(found) == wanted:
                    return found
        return found if len(places) <= _GLANCE else None

    def _known_index(self, condition: Condition | AnyOf) -> Index | None:
        if not isinstance(condition, Condition):
            return None
        shape = self._index_shape(condition)
        return None if shape is None else self._indexes.get((shape.__name__, condition.column))

    def _by_id(self, query: Query) -> bool | None:
        """Whether the order by id descends; None when it is another order."""
        if not query.order:
            return False
        column, descends = query.order[0]
        return descends if column.name == self.id_field else None

    def _plan(self, query: Query, *, build: bool = True) -> _Plan:
        chosen, base = self._base(query.conditions, build=build)
        low, high = 0, len(base)
        rest: list[Condition | AnyOf] = []
        for condition in query.conditions:
            if isinstance(condition, Condition) and self._is_id_range(condition):
                below, above = _bounds(base, condition)
                low, high = max(low, below), min(high, above)
            elif condition is not chosen:
                rest.append(condition)
        return _Plan(base, low, high, matcher(tuple(rest), self.zone))

    def _is_id_range(self, condition: Condition | AnyOf) -> bool:
        return (
            isinstance(condition, Condition) and condition.column.name == self.id_field and condition.op in _ID_RANGES
        )

    def _base(self, conditions: Conditions, *, build: bool) -> tuple[Condition | None, Sequence[int]]:
        """The shortest list of ids to look through, and the condition it comes from."""
        best: tuple[int, Condition, Index] | None = None
        for condition in conditions:
            if not isinstance(condition, Condition):
                continue
            if condition.column.name == self.id_field and condition.op in _EQUALITIES:
                return condition, self._existing(condition)
            index = self._index(condition) if build else None
            if index is not None:
                size = index.count(condition)
                if best is None or size < best[0]:
                    best = (size, condition, index)
        # Half of the rows are found soon enough in the order of ids, without a list of their own.
        if best is None or (best[0] > len(self._ids) // 2 and not isinstance(best[2], EqualityIndex)):
            return None, self._ids
        return best[1], self._cached(("base", best[1]), lambda: best[2].ids(best[1]))

    def _existing(self, condition: Condition) -> list[int]:
        wanted = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        return sorted({int(number) for number in wanted if number in self.rows})

    def _index_shape(self, condition: Condition) -> type[Index] | None:
        if condition.op in _EQUALITIES:
            return EqualityIndex
        dated = condition.op in _ID_RANGES and condition.column.kind in DATES
        return RangeIndex if dated else None

    def _index(self, condition: Condition) -> Index | None:
        shape = self._index_shape(condition)
        if shape is None:
            return None
        known = self._indexes.get((shape.__name__, condition.column))
        if known is None and len(self._ids) >= _WORTH_AN_INDEX and len(self._indexes) < _INDEXES:
            pairs = ((number, self.rows[number]) for number in self._ids)
            known = self._indexes[shape.__name__, condition.column] = shape(condition.column, self.zone, pairs)
        return known

    def _scan(self, plan: _Plan, *, descends: bool) -> Iterator[Row]:
        places = _places(plan, descends=descends)
        rows, base, test = self.rows, plan.base, plan.test
        for place in places:
            row = rows[base[place]]
            if test is None or test(row):
                yield row

    def _matched(self, query: Query, plan: _Plan) -> _Plan:
        """The same plan over the list of all that match, which the next page finds in the cache."""
        rest = tuple(condition for condition in query.conditions if not self._is_id_range(condition))
        whole = _Plan(plan.base, 0, len(plan.base), plan.test)

        def match() -> list[int]:
            return [int(row[self.id_field]) for row in self._scan(whole, descends=False)]

        ids = match() if query.volatile else self._cached(("match", rest), match)
        narrowed = _Plan(ids, 0, len(ids), None)
        for condition in query.conditions:
            if isinstance(condition, Condition) and self._is_id_range(condition):
                below, above = _bounds(ids, condition)
                narrowed.low, narrowed.high = max(narrowed.low, below), min(narrowed.high, above)
        return narrowed

    def _sorted(self, query: Query, plan: _Plan) -> list[int]:
        def arrange() -> list[int]:
            found = list(self._scan(plan, descends=False))
            for column, descends in reversed(query.order):
                found.sort(key=self._order_key(column), reverse=descends)
            return [int(row[self.id_field]) for row in found]

        return arrange() if query.volatile else self._cached(("sorted", query), arrange)

    def _order_key(self, column: Column) -> Callable[[Row], Any]:
        rank = self.ranks.get(column.name)
        if rank is not None:
            return lambda row: rank(row.get(column.name))
        return lambda row: key(column.kind, row.get(column.name), self.zone)

    def _cached(self, name: tuple[Any, ...], make: Callable[[], list[int]]) -> list[int]:
        known = self._cache.get(name)
        if known is None:
            known = self._cache[name] = make()
            if len(self._cache) > _CACHED:
                self._cache.popitem(last=False)
        return known


def _bounds(ids: Sequence[int], condition: Condition) -> tuple[int, int]:
    value: Any = condition.value
    if condition.op == "gt":
        return bisect_right(ids, value), len(ids)
    if condition.op == "ge":
        return bisect_left(ids, value), len(ids)
    if condition.op == "lt":
        return 0, bisect_left(ids, value)
    return 0, bisect_right(ids, value)


def _places(plan: _Plan, *, descends: bool) -> range:
    return range(plan.high - 1, plan.low - 1, -1) if descends else range(plan.low, plan.high)


def _window(plan: _Plan, offset: int, limit: int, *, descends: bool) -> Sequence[int]:
    if descends:
        high = max(plan.low, plan.high - offset)
        return plan.base[max(plan.low, high - limit) : high][::-1]
    low = plan.low + offset
    return plan.base[low : max(low, min(plan.high, low + limit))]
