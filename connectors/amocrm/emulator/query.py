"""Which rows a list request asks for, in which order; and the page of them, cheaply."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from connectors.amocrm.emulator.rows import Row

if TYPE_CHECKING:
    from connectors.amocrm.emulator.collection import Collection, Id

Test = Callable[[Row], bool]
INFINITY = float("inf")
KEPT_SELECTIONS = 16


@dataclass(slots=True)
class Selection:
    """Rows that pass every test and lie in every range, by `order`. `ids` narrows them from the start."""

    order: str = "id"
    descending: bool = False
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    tests: list[Test] = field(default_factory=list)
    ids: list[Id] | None = None
    key: str = ""

    def page(self, rows: Collection, start: int, count: int) -> list[Row]:
        """So many rows from `start`; a plain ordered list costs the page, not the collection."""
        if not self.tests and self.ids is None and set(self.ranges) <= {self.order}:
            picked = self._slice(rows, start, count)
        else:
            picked = self._matching(rows)[start : start + count]
        return [row for row in map(rows.get, picked) if row is not None]

    def _bounds(self, index: list[tuple[Any, Id]], name: str) -> tuple[int, int]:
        low, high = self.ranges.get(name, (-INFINITY, INFINITY))
        start = 0 if low == -INFINITY else bisect_left(index, low, key=_first)
        stop = len(index) if high == INFINITY else bisect_right(index, high, key=_first)
        return start, max(start, stop)

    def _slice(self, rows: Collection, start: int, count: int) -> list[Id]:
        index = rows.ordered(self.order)
        low, high = self._bounds(index, self.order)
        if self.descending:
            high -= start
            return [row_id for _, row_id in reversed(index[max(low, high - count) : max(low, high)])]
        return [row_id for _, row_id in index[low + start : min(high, low + start + count)]]

    def _matching(self, rows: Collection) -> list[Id]:
        """Every matching id in order, remembered until the collection changes."""
        key = f"{self.order} {self.descending} {self.key}"
        if key not in rows.selections:
            while len(rows.selections) >= KEPT_SELECTIONS:
                rows.selections.pop(next(iter(rows.selections)))
            rows.selections[key] = self._select(rows)
        return rows.selections[key]

    def _select(self, rows: Collection) -> list[Id]:
        found: list[tuple[Any, Id]] = []
        for row_id in self._candidates(rows):
            row = rows.get(row_id)
            if row is not None and self._passes(row):
                value = row.get(self.order)
                found.append((-1 if value is None else value, row_id))
        found.sort(reverse=self.descending)
        return [row_id for _, row_id in found]

    def _candidates(self, rows: Collection) -> Iterable[Id]:
        if self.ids is not None:
            return dict.fromkeys(self.ids)
        name = next(iter(self.ranges), None)
        if name is None:
            return rows.rows
        index = rows.ordered(name)
        start, stop = self._bounds(index, name)
        return (row_id for _, row_id in islice(index, start, stop))

    def _passes(self, row: Row) -> bool:
        for name, (low, high) in self.ranges.items():
            value = row.get(name)
            if not isinstance(value, int | float) or not low <= value <= high:
                return False
        return all(test(row) for test in self.tests)


def _first(pair: tuple[Any, Id]) -> Any:
    return pair[0]
