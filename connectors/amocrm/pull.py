"""What changed, page by page; why each list is walked the way it is stands in README.md, "Walking a list"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from connectors.amocrm.api import EVENTS_PAGE_SIZE, PAGE_SIZE, PLURAL, WITH, reader
from connectors.amocrm.cursor import Cursor, Phase
from connectors.amocrm.mapping import MAPPERS
from connectors.amocrm.walk import ascending, backwards, by_change, by_id, forwards, last_page, remembering
from integrator.domain import EntityKind
from integrator.errors import PermanentError
from integrator.ports import Page, Sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from connectors.amocrm.api import Filter, Json, Read
    from connectors.amocrm.mapping import Layout
    from connectors.http import Session
    from integrator.ports import Row

# How far behind its cursor a pull looks again: what was written earlier may become visible later.
OVERLAP = 120
# How far back deletions are looked for at first: whatever went away while the first full pull was running.
FIRST_SWEEP = 2 * 24 * 3600
STAGE_CHANGED: Filter = {"filter[type][]": "lead_status_changed"}
SINGULAR = {
    EntityKind.COMPANY: "company",
    EntityKind.CONTACT: "contact",
    EntityKind.DEAL: "lead",
    EntityKind.TASK: "task",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from and how they are read."""

    session: Session
    layout: Layout
    now: Callable[[], float]
    overlap: int = OVERLAP

    def list(self, kind: EntityKind, query: Filter) -> Read:
        """Return what reads the pages of the kind's own list."""
        return reader(self.session, PLURAL[kind], PLURAL[kind], {**WITH.get(kind, {}), **query})

    def events(self, query: Filter) -> Read:
        """Return what reads the pages of the events, the newest first."""
        return reader(self.session, "events", "events", query, EVENTS_PAGE_SIZE)

    def rows(self, kind: EntityKind, rows: Sequence[Json]) -> tuple[Sequence[Row], Sequence[int]]:
        """Return the rows that are ours, and the ids of the others."""
        mapper = MAPPERS[kind]
        pairs = [(each, None if each.get("is_deleted") else mapper(each, self.layout)) for each in rows]
        return [row for _, row in pairs if row is not None], [each["id"] for each, row in pairs if row is None]

    def after(self, state: Cursor, newest: int) -> Cursor:
        """Return where the pull stands once all changes up to `newest` are stored."""
        return state.after(self.come(newest), self.now(), self.overlap)

    def come(self, instant: int) -> int:
        """Return the instant, or the CRM's own now when it has not come yet.

        An import may date a row into the future (reference, 4.4). A cursor there would see nothing until then.
        """
        told = self.session.told_at
        return instant if told is None else min(instant, told)


def pull(source: Source, kind: EntityKind, cursor: str | None) -> Generator[Page, None, None]:
    """Yield what changed since the cursor; everything, and then what changed meanwhile, without one."""
    state = Cursor.load(cursor) if cursor else None
    if kind is EntityKind.STAGE_CHANGE:
        yield from _stage_changes(source, state)
        return
    if state is None or state.phase is Phase.FULL:
        state = yield from _everything(source, kind, state)
    if state.phase is Phase.MANY:
        state = yield from _many(source, kind, state)
    yield from (_changed_tasks(source, state) if kind is EntityKind.TASK else _changed(source, kind, state))


def _everything(source: Source, kind: EntityKind, state: Cursor | None) -> Generator[Page, None, Cursor]:
    """Yield every row by id, from the last page back, then the newest ones again; return the cursor for the changes."""
    read = remembering(source.list(kind, {"order[id]": "asc"}))
    if state is None:
        state = Cursor(Phase.FULL, since=source.come(_newest_instant(source, kind)), at=source.now())
        first = read(1)
        if not first.more:
            after = replace(state, phase=Phase.CHANGES)
            yield _page(source, kind, first.rows, after, (0, None))
            return after
        state = replace(state, page=last_page(read, first, kind, by_id, _largest_id(source, kind)))
    expected = state.page * PAGE_SIZE
    for number, sheet in backwards(read, state.page):
        window, low = _window(sheet.rows, state.low, number)
        state = replace(state, page=number - 1, low=low)
        yield replace(_page(source, kind, sheet.rows, state, window), expected=expected)
    after = Cursor(Phase.CHANGES, since=state.since, at=state.at)
    # Only now, with the changes read right after it, may what lies above the newest row count as gone.
    tail = source.list(kind, {"order[id]": "desc"})(1).rows
    yield _page(source, kind, tail, after, (min(map(by_id, tail)) - 1, None) if tail else None)
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
        read = source.list(kind, {"order[updated_at]": "asc"})
        last = last_page(read, read(1), kind, by_change, newest)
        yield from _many(source, kind, replace(state, phase=Phase.MANY, until=newest, page=last))
        return
    fresh = [row for row in sheet.rows if by_change(row) >= floor]
    yield _page(source, kind, fresh, source.after(state, newest))


def _many(source: Source, kind: EntityKind, state: Cursor) -> Generator[Page, None, Cursor]:
    """Yield the changed rows from the last page back; return the cursor for what changes from now on."""
    floor = state.floor(source.overlap)
    query: Filter = {"order[updated_at]": "asc"}
    if kind is EntityKind.TASK:
        query = {"order[id]": "asc", **_between("updated_at", floor, state.until)}
    after = source.after(state, state.until)
    for number, sheet in backwards(source.list(kind, query), state.page):
        fresh = [row for row in sheet.rows if by_change(row) >= floor]
        done = number == 1 or (kind is not EntityKind.TASK and len(fresh) < len(sheet.rows))
        yield _page(source, kind, fresh, after if done else replace(state, page=number - 1))
        if done:
            break
    return after


def _changed_tasks(source: Source, state: Cursor) -> Generator[Page, None, None]:
    """Yield the changed tasks.

    Tasks cannot be ordered by their change (reference, 3.2) but filtered by it. A set of changes that lies in the past
    only loses members, so more than a page of them is walked from the last page back, one such set after another.
    """
    kind = EntityKind.TASK
    floor = state.floor(source.overlap)
    while True:
        first = source.list(kind, {"order[id]": "asc", **_between("updated_at", floor, None)})(1)
        newest = max((by_change(row) for row in first.rows), default=state.since)
        if not first.more:
            yield _page(source, kind, first.rows, source.after(state, newest))
            return
        until = max(newest - 1, floor)
        past = source.list(kind, {"order[id]": "asc", **_between("updated_at", floor, until)})
        last = _last(past, kind)
        many = Cursor(Phase.MANY, since=floor + source.overlap, until=until, page=last, at=state.at)
        state = yield from _many(source, kind, many)
        floor = until + 1


def _stage_changes(source: Source, state: Cursor | None) -> Generator[Page, None, None]:
    """Yield the stage changes. Events are never taken back, so they are read forwards, the newest first."""
    kind = EntityKind.STAGE_CHANGE
    if state is None:
        first = source.events(STAGE_CHANGED)(1)
        newest = max((int(row["created_at"]) for row in first.rows), default=0)
        after = Cursor(Phase.CHANGES, since=source.come(newest), at=source.now())
        if not first.more:
            yield replace(_page(source, kind, first.rows, after), gone=())
            return
        state = replace(after, phase=Phase.FULL, page=1)
    if state.phase is Phase.FULL:
        # Up to an instant that is past the list does not grow, so a page keeps its number over a crash.
        read = source.events({**STAGE_CHANGED, **_between("created_at", 0, state.since)})
        for number, sheet in forwards(read, kind, state.page):
            state = replace(state, page=number)
            yield replace(_page(source, kind, sheet.rows, state), gone=())
        state = Cursor(Phase.CHANGES, since=state.since, at=state.at)
    newest = state.since
    read = source.events({**STAGE_CHANGED, **_between("created_at", state.floor(source.overlap), None)})
    for _number, sheet in forwards(read, kind):
        newest = max([newest, *(int(row["created_at"]) for row in sheet.rows)])
        # The rows come newest first: before the last page is stored the cursor must not move.
        after = state if sheet.more else source.after(state, newest)
        yield replace(_page(source, kind, sheet.rows, after), gone=())


def sweeps(source: Source, kind: EntityKind, cursor: str | None) -> Generator[Sweep, None, None]:
    """Yield the ids deleted since the cursor, from the CRM's events."""
    if kind not in SINGULAR:
        return
    deleted, restored = f"{SINGULAR[kind]}_deleted", f"{SINGULAR[kind]}_restored"
    types = [deleted] if kind is EntityKind.TASK else [deleted, restored]
    if cursor:
        state = Cursor.load(cursor)
    else:
        # Two days back from the CRM's now; where its answers do not tell that, from the newest event.
        now_there = source.session.told_at or _newest_event(source)
        state = Cursor(Phase.CHANGES, since=now_there - FIRST_SWEEP, at=source.now())
    read = source.events({"filter[type][]": types, **_between("created_at", state.floor(source.overlap), None)})
    # Oldest first, so that of one that was deleted and restored the last word counts.
    events = [row for _number, sheet in forwards(read, kind) for row in sheet.rows][::-1]
    events.sort(key=lambda row: int(row["created_at"]))
    last_word = {row["entity_id"]: row["type"] for row in events}
    newest = int(events[-1]["created_at"]) if events else state.since
    gone = [entity for entity, word in last_word.items() if word == deleted]
    yield Sweep(source.after(state, newest).dump(), gone)


def deal_stages(source: Source, deal_ids: Sequence[int]) -> Iterator[Json]:
    """Yield the events that tell these deals' stages; the CRM takes ten ids at once (reference, 3.9)."""
    for at in range(0, len(deal_ids), 10):
        query: Filter = {
            **STAGE_CHANGED,
            "filter[entity][]": "lead",
            "filter[entity_id][]": [*deal_ids[at : at + 10]],
        }
        for _number, sheet in forwards(source.events(query), EntityKind.STAGE_CHANGE):
            yield from sheet.rows


def _page(
    source: Source,
    kind: EntityKind,
    rows: Sequence[Json],
    cursor: Cursor,
    window: tuple[int, int | None] | None = None,
) -> Page:
    kept, gone = source.rows(kind, rows)
    return Page(kept, cursor.dump(), window, gone)


def _between(field: str, start: int, end: int | None) -> Filter:
    bounds: Filter = {f"filter[{field}][from]": max(start, 0)}
    return bounds if end is None else {**bounds, f"filter[{field}][to]": end}


def _last(read: Read, what: str) -> int:
    first = read(1)
    return last_page(read, first, what, by_id) if first.more else 1


def _largest_id(source: Source, kind: EntityKind) -> int | None:
    row = _top(source, PLURAL[kind], "id")
    return by_id(row) if row else None


def _newest_instant(source: Source, kind: EntityKind) -> int:
    """Return an instant of the CRM's clock that has come, before any change that is still to come."""
    if kind is not EntityKind.TASK:
        row = _top(source, PLURAL[kind], "updated_at")
        return by_change(row) if row else 0
    row = _top(source, PLURAL[kind], "created_at")
    return max(_newest_event(source), int(row["created_at"]) if row else 0)


def _newest_event(source: Source) -> int:
    try:
        row = _top(source, "events")
    except PermanentError:
        return 0  # No right to read events: 0 only makes the next pull longer.
    return int(row["created_at"]) if row else 0


def _top(source: Source, plural: str, field: str | None = None) -> Json | None:
    query: Filter = {f"order[{field}]": "desc"} if field else {}
    return next(iter(reader(source.session, plural, plural, query, 1)(1).rows), None)
