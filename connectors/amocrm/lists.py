"""Deals and clients, and the whole of the tasks; why each list is walked so stands in README.md, "Walking a list"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from connectors.amocrm.api import PAGE_SIZE
from connectors.amocrm.cursor import Cursor, Phase
from connectors.amocrm.source import largest_id, newest_instant
from connectors.amocrm.walk import ascending, backwards, by_change, by_id, last_page, remembering

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from connectors.amocrm.api import Filter, Json
    from connectors.amocrm.source import Source
    from integrator.domain import EntityKind
    from integrator.ports import Page

BY_CHANGE: Filter = {"order[updated_at]": "asc"}


def pull(source: Source, kind: EntityKind, state: Cursor | None) -> Generator[Page, None, None]:
    """Yield what changed since the cursor; everything, and then what changed meanwhile, without one."""
    if state is None or state.phase is Phase.FULL:
        state = yield from everything(source, kind, state)
    if state.phase is Phase.MANY:
        state = yield from _many(source, kind, state)
    yield from _changed(source, kind, state)


def everything(source: Source, kind: EntityKind, state: Cursor | None) -> Generator[Page, None, Cursor]:
    """Yield every row by id, from the last page back, then the newest ones again; return the cursor for the changes."""
    read = remembering(source.list(kind, {"order[id]": "asc"}))
    if state is None:
        state = Cursor(Phase.FULL, since=source.come(newest_instant(source, kind)), at=source.now())
        first = read(1)
        if not first.more:
            after = replace(state, phase=Phase.CHANGES)
            yield source.page(kind, first.rows, after, (0, None))
            return after
        state = replace(state, page=last_page(read, first, kind, by_id, largest_id(source, kind)))
    expected = state.page * PAGE_SIZE
    for number, sheet in backwards(read, state.page):
        window, low = _window(sheet.rows, state.low, number)
        state = replace(state, page=number - 1, low=low)
        yield replace(source.page(kind, sheet.rows, state, window), expected=expected)
    after = Cursor(Phase.CHANGES, since=state.since, at=state.at)
    # Only now, with the changes read right after it, may what lies above the newest row count as gone.
    tail = source.list(kind, {"order[id]": "desc"})(1).rows
    yield source.page(kind, tail, after, (min(map(by_id, tail)) - 1, None) if tail else None)
    return after


def _window(rows: Sequence[Json], low: int | None, number: int) -> tuple[tuple[int, int | None] | None, int | None]:
    """Return the ids that the page covers wholly, and the lowest id read so far.

    Nothing lies between this page and the one read before it: rows only move down, so it is met on this one instead.
    """
    if not rows or not ascending(rows):
        return None, min((by_id(row) for row in rows), default=low)
    bottom, top = by_id(rows[0]), by_id(rows[-1])
    upper = top if low is None else max(top, low - 1)
    return (0 if number == 1 else bottom - 1, upper), bottom


def _changed(source: Source, kind: EntityKind, state: Cursor) -> Generator[Page, None, None]:
    """Yield the changed rows: one page, newest first, is one moment; more than one are walked from the other end."""
    floor = state.floor(source.overlap)
    sheet = source.list(kind, {"order[updated_at]": "desc"})(1)
    newest = max((by_change(row) for row in sheet.rows), default=state.since)
    if sheet.more and min(map(by_change, sheet.rows)) >= floor:
        read = source.list(kind, BY_CHANGE)
        last = last_page(read, read(1), kind, by_change, newest)
        yield from _many(source, kind, replace(state, phase=Phase.MANY, until=newest, page=last))
        return
    fresh = [row for row in sheet.rows if by_change(row) >= floor]
    yield source.page(kind, fresh, source.after(state, newest))


def _many(source: Source, kind: EntityKind, state: Cursor) -> Generator[Page, None, Cursor]:
    """Yield the changed rows from the last page back; return the cursor for what changes from now on."""
    floor, after = state.floor(source.overlap), source.after(state, state.until)
    for number, sheet in backwards(source.list(kind, BY_CHANGE), state.page):
        fresh = [row for row in sheet.rows if by_change(row) >= floor]
        done = number == 1 or len(fresh) < len(sheet.rows)
        yield source.page(kind, fresh, after if done else replace(state, page=number - 1))
        if done:
            break
    return after
