"""Lists that can be filtered by when a row changed: tasks, and the notes of one kind of entity.

A set of changes that lies in the past only loses members, so more than a page of it is walked by id from the last page
back (README.md, "Walking a list").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from connectors.amocrm.cursor import Cursor, Phase
from connectors.amocrm.source import between
from connectors.amocrm.walk import backwards, by_change, by_id, last_page, remembering

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from connectors.amocrm.api import Filter, Json, Read
    from connectors.amocrm.source import Source
    from integrator.ports import Page

BY_ID: Filter = {"order[id]": "asc"}
NEWEST_FIRST: Filter = {"order[updated_at]": "desc"}


@dataclass(frozen=True, slots=True)
class Listing:
    """One such list: how its pages are read, and what a page of its rows is for us."""

    name: str
    read: Callable[[Filter], Read]
    page: Callable[[Sequence[Json], Cursor], Page]

    def changes(self, start: int, end: int | None, order: Filter = BY_ID) -> Read:
        """Return what reads the rows changed between two instants."""
        return self.read({**order, **between("updated_at", start, end)})


@dataclass(frozen=True, slots=True)
class Span:
    """Changes between two instants of the CRM; `at` is ours, `top` about the largest id among them, where known."""

    floor: int
    until: int
    at: float
    top: int | None = None


def unordered(source: Source, listing: Listing, state: Cursor) -> Generator[Page, None, None]:
    """Yield what changed, of a list that cannot be ordered by change (tasks; reference, 3.2): one set after another."""
    if state.phase is Phase.MANY:
        state = yield from _past(source, listing, state)
    floor = state.floor(source.overlap)
    while True:
        first = listing.changes(floor, None)(1)
        newest = max((by_change(row) for row in first.rows), default=state.since)
        if not first.more:
            yield listing.page(first.rows, source.after(state, newest))
            return
        until = max(newest - 1, floor)
        state = yield from _set(source, listing, Span(floor, until, state.at))
        floor = until + 1


def ordered(source: Source, listing: Listing, state: Cursor) -> Generator[Page, None, None]:
    """Yield what changed, of a list that tells at once which change is the newest (notes)."""
    if state.phase is Phase.MANY:
        state = yield from _past(source, listing, state)
    floor = state.floor(source.overlap)
    first = listing.changes(floor, None, NEWEST_FIRST)(1)
    newest = max((by_change(row) for row in first.rows), default=state.since)
    if first.more:
        span = Span(floor, max(source.come(newest), floor), state.at, top=max(map(by_id, first.rows)))
        yield from _set(source, listing, span)
        return
    yield listing.page(first.rows, source.after(state, newest))


def _set(source: Source, listing: Listing, span: Span) -> Generator[Page, None, Cursor]:
    """Yield the rows changed in the span; return the cursor for what changes from then on."""
    read = remembering(listing.changes(span.floor, span.until))
    first = read(1)
    last = last_page(read, first, listing.name, by_id, span.top) if first.more else 1
    since = span.floor + source.overlap
    state = Cursor(Phase.MANY, since=since, until=span.until, page=last, at=span.at)
    return (yield from _past(source, listing, state, read))


def _past(source: Source, listing: Listing, state: Cursor, read: Read | None = None) -> Generator[Page, None, Cursor]:
    floor, after = state.floor(source.overlap), source.after(state, state.until)
    for number, sheet in backwards(read or listing.changes(floor, state.until), state.page):
        fresh = [row for row in sheet.rows if by_change(row) >= floor]
        yield listing.page(fresh, after if number == 1 else replace(state, page=number - 1))
    return after
