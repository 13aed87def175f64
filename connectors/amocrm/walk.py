"""Walks through lists that change under the walker, and misses nothing (README.md, "Walking a list").

Pages are cut by position, so a row that goes away moves all later ones to lower positions. Read forwards, a row can
slip from the page to come into the one already read. Read from the last page back, it can only be met twice.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from connectors.pagination import LoopGuard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from connectors.amocrm.api import Json, Read, Sheet

    Key = Callable[[Json], int]


def by_id(row: Json) -> int:
    """Return what a list ordered by id is ordered by."""
    return int(row["id"])


def by_change(row: Json) -> int:
    """Return what a list ordered by updated_at is ordered by."""
    return int(row["updated_at"])


def forwards(read: Read, what: str, start: int = 1) -> Iterator[tuple[int, Sheet]]:
    """Yield the pages with their numbers, for lists from which nothing ever goes away."""
    guard = LoopGuard(what)
    page = start
    while True:
        sheet = read(page)
        guard.check(row["id"] for row in sheet.rows)
        yield page, sheet
        if not sheet.more:
            return
        page += 1


def backwards(read: Read, start: int) -> Iterator[tuple[int, Sheet]]:
    """Yield the pages from `start` down to the first, with their numbers; the same page may rightly come twice."""
    for page in range(start, 0, -1):
        yield page, read(page)


def remembering(read: Read) -> Read:
    """Return what reads the same, but not the page that it has just read: a walk begins with the last page found."""
    kept: dict[int, Sheet] = {}

    def again(page: int) -> Sheet:
        if page not in kept:
            sheet = read(page)
            kept.clear()
            kept[page] = sheet
        return kept[page]

    return again


def every_row(read: Read, what: str) -> Iterator[Json]:
    """Yield each row of a short list at least once, whatever is deleted meanwhile."""
    first = read(1)
    if not first.more:
        yield from first.rows
        return
    last = last_page(read, first, what, by_id)
    for _page, sheet in backwards(read, last):
        yield from sheet.rows


def last_page(read: Read, first: Sheet, what: str, key: Key, top: int | None = None) -> int:
    """Return the number of the last page of a list in ascending order; `first` is its first page, and not the only one.

    The CRM tells no totals. Every other guess supposes that keys grow evenly up to `top`, the largest; the others
    double and halve, so that an uneven list costs twice the logarithm of its pages at most.
    """
    guard = LoopGuard(what)
    guard.check(row["id"] for row in first.rows)
    low, bottom, reached, high = 1, key(first.rows[0]), key(first.rows[-1]), None
    evenly = top is not None
    while high is None or high - low > 1:
        guess = low * 2 if high is None else (low + high) // 2
        if evenly and top is not None and reached > bottom:
            guess = low + max(1, round((top - reached) * low / (reached - bottom)))
        guess = max(low + 1, guess if high is None else min(guess, high - 1))
        evenly = not evenly and top is not None
        sheet = read(guess)
        guard.check(row["id"] for row in sheet.rows)
        if sheet.rows and not sheet.more:
            return guess
        if sheet.rows:
            low, reached = guess, key(sheet.rows[-1])
        else:
            high = guess
    return low


def ascending(rows: Sequence[Json]) -> bool:
    """Whether the ids rise: only then does a page say anything about ids that it lacks."""
    ids = [by_id(row) for row in rows]
    return all(left < right for left, right in pairwise(ids))
