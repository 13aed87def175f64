"""Indexes over a collection, so that a filter on a million rows costs what it returns."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from connectors.bitrix24.emulator.values import Key, key, members

if TYPE_CHECKING:
    from datetime import tzinfo

    from connectors.bitrix24.emulator.filters import Column, Condition

Row = Mapping[str, Any]


class EqualityIndex:
    """Which rows hold a value; ids in order."""

    def __init__(self, column: Column, zone: tzinfo, rows: Iterable[tuple[int, Row]]) -> None:
        self._column = column
        self._zone = zone
        self._ids: dict[Key, list[int]] = {}
        for number, row in rows:
            for value in self._keys(row):
                self._ids.setdefault(value, []).append(number)

    def add(self, number: int, row: Row) -> None:
        """The row is found by its values."""
        for value in self._keys(row):
            insort(self._ids.setdefault(value, []), number)

    def remove(self, number: int, row: Row) -> None:
        """The row is no longer found."""
        for value in self._keys(row):
            ids = self._ids[value]
            del ids[bisect_left(ids, number)]

    def ids(self, condition: Condition) -> list[int]:
        """The ids that meet an `eq` or `in` condition, in order."""
        wanted = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        if len(wanted) == 1:
            return self._ids.get(wanted[0], [])
        return sorted({number for value in wanted for number in self._ids.get(value, ())})

    def count(self, condition: Condition) -> int:
        """At most how many ids meet it; cheap."""
        wanted = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        return sum(len(self._ids.get(value, ())) for value in wanted)

    def _keys(self, row: Row) -> set[Key]:
        name, kind = self._column
        return {key(kind, value, self._zone) for value in members(row.get(name))}


class RangeIndex:
    """The rows by the value of one field, empty values left out (SQL compares nothing with NULL)."""

    def __init__(self, column: Column, zone: tzinfo, rows: Iterable[tuple[int, Row]]) -> None:
        self._column = column
        self._zone = zone
        pairs = [(value, number) for number, row in rows if (value := self._key(row)) is not None]
        # Rows come in the order of ids and the sort is stable: equal values stay in that order.
        pairs.sort(key=itemgetter(0))
        self._values = [value for value, _ in pairs]
        self._numbers = [number for _, number in pairs]

    def add(self, number: int, row: Row) -> None:
        """The row stands at its value."""
        value = self._key(row)
        if value is None:
            return
        place = self._place(value, number)
        self._values.insert(place, value)
        self._numbers.insert(place, number)

    def remove(self, number: int, row: Row) -> None:
        """The row stands nowhere."""
        value = self._key(row)
        if value is None:
            return
        place = self._place(value, number)
        del self._values[place]
        del self._numbers[place]

    def bounds(self, condition: Condition) -> tuple[int, int]:
        """From where to where the rows stand that meet a range condition."""
        value: Any = condition.value
        if condition.op == "ge":
            return bisect_left(self._values, value), len(self._values)
        if condition.op == "gt":
            return bisect_right(self._values, value), len(self._values)
        if condition.op == "le":
            return 0, bisect_right(self._values, value)
        return 0, bisect_left(self._values, value)

    def ids(self, condition: Condition) -> list[int]:
        """The ids that meet it, in the order of ids."""
        low, high = self.bounds(condition)
        return sorted(self._numbers[low:high])

    def count(self, condition: Condition) -> int:
        """How many ids meet it; cheap."""
        low, high = self.bounds(condition)
        return high - low

    def _place(self, value: float, number: int) -> int:
        low, high = bisect_left(self._values, value), bisect_right(self._values, value)
        return bisect_left(self._numbers, number, low, high)

    def _key(self, row: Row) -> float | None:
        name, kind = self._column
        value = row.get(name)
        if value is None or value == "":
            return None
        return float(key(kind, value, self._zone))
