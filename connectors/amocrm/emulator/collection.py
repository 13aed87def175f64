"""One kind of entity in memory: by id, by sorted fields and by groups, kept in step with every change.

Indexes are built when first asked for. A change costs a move inside a list, not a new sort, so a page of a
million leads costs the same as a page of a hundred.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from connectors.amocrm.emulator.rows import Row

Id = Any
Key = Callable[[Row], Iterable[Hashable]]
FIRST_ID = 1001


class Collection:
    """Rows that are there, and rows in the recycle bin. Rows are replaced, never changed in place."""

    def __init__(self, rows: Iterable[Row] = (), groups: Mapping[str, Key] | None = None) -> None:
        self.rows: dict[Id, Row] = {}
        self.bin: dict[Id, Row] = {}
        self.version = 0
        self.selections: dict[str, list[Id]] = {}
        for row in rows:
            (self.bin if row.get("is_deleted") else self.rows)[row["id"]] = row
        self._keys = dict(groups or {})
        self._sorted: dict[str, list[tuple[Any, Id]]] = {}
        self._groups: dict[str, dict[Hashable, dict[Id, None]]] = {}
        self._last = max((key for key in (*self.rows, *self.bin) if isinstance(key, int)), default=FIRST_ID - 1)

    def get(self, row_id: Id) -> Row | None:
        """The row, or None when there is none or it is in the bin."""
        return self.rows.get(row_id)

    def next_id(self) -> int:
        """An id nobody had."""
        self._last += 1
        return self._last

    def put(self, row: Row) -> Row:
        """The row is there and the indexes know it; returns it."""
        before = self.rows.get(row["id"])
        self.rows[row["id"]] = row
        self._index(before, row)
        return row

    def remove(self, row_id: Id) -> Row | None:
        """The row is in the bin; returns it as it was."""
        before = self.rows.pop(row_id, None)
        if before is not None:
            self.bin[row_id] = before
            self._index(before, None)
        return before

    def restore(self, row_id: Id) -> Row | None:
        """The row is back from the bin."""
        row = self.bin.pop(row_id, None)
        return None if row is None else self.put(row)

    def ordered(self, field: str) -> list[tuple[Any, Id]]:
        """(value, id) of every row, ascending; an absent value counts as -1. Not to be changed."""
        if field not in self._sorted:
            self._sorted[field] = sorted((_value(row, field), row_id) for row_id, row in self.rows.items())
        return self._sorted[field]

    def group(self, name: str, key: Hashable) -> list[Id]:
        """The ids of the rows that belong to the group under this key."""
        if name not in self._groups:
            groups = self._groups[name] = {}
            for row_id, row in self.rows.items():
                for each in self._keys[name](row):
                    groups.setdefault(each, {})[row_id] = None
        return list(self._groups[name].get(key, ()))

    def _index(self, before: Row | None, after: Row | None) -> None:
        self.version += 1
        self.selections.clear()
        for field, index in self._sorted.items():
            old = None if before is None else (_value(before, field), before["id"])
            new = None if after is None else (_value(after, field), after["id"])
            if old == new:
                continue
            if old is not None:
                del index[bisect_left(index, old)]
            if new is not None:
                insort(index, new)
        for name, groups in self._groups.items():
            for key in self._keys[name](before) if before is not None else ():
                groups.get(key, {}).pop(before["id"] if before else None, None)
            for key in self._keys[name](after) if after is not None else ():
                groups.setdefault(key, {})[after["id"] if after else None] = None


def _value(row: Row, field: str) -> Any:
    value = row.get(field)
    return -1 if value is None else value
