"""Where rows come from, how they become ours, and what the lists have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connectors.amocrm.api import EVENTS_PAGE_SIZE, PLURAL, WITH, reader
from connectors.amocrm.mapping import MAPPERS
from connectors.amocrm.shelf import Shelf
from connectors.amocrm.walk import by_change, by_id
from integrator.domain import EntityKind
from integrator.errors import PermanentError
from integrator.ports import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from connectors.amocrm.api import Filter, Json, Read
    from connectors.amocrm.cursor import Cursor
    from connectors.amocrm.mapping import Layout, Mapper
    from connectors.http import Session
    from integrator.ports import Row

# How far behind its cursor a pull looks again: what was written earlier may become visible later.
OVERLAP = 120


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from and how they are read; `shelf` lives as long as the connector."""

    session: Session
    layout: Layout
    now: Callable[[], float]
    overlap: int = OVERLAP
    shelf: Shelf = field(default_factory=Shelf)

    def list(self, kind: EntityKind, query: Filter) -> Read:
        """Return what reads the pages of the kind's own list."""
        return reader(self.session, PLURAL[kind], PLURAL[kind], {**WITH.get(kind, {}), **query})

    def events(self, query: Filter) -> Read:
        """Return what reads the pages of the events, the newest first."""
        return reader(self.session, "events", "events", query, EVENTS_PAGE_SIZE)

    def rows(self, kind: EntityKind, rows: Sequence[Json]) -> tuple[Sequence[Row], Sequence[int]]:
        """Return the rows that are ours, and the ids of the others."""
        if kind is EntityKind.BASKET:
            return self.shelf.baskets(self.session, rows, self.layout)
        mapper = MAPPERS[kind]
        pairs = [(each, None if each.get("is_deleted") else mapper(each, self.layout)) for each in rows]
        return [row for _, row in pairs if row is not None], [each["id"] for each, row in pairs if row is None]

    def page(
        self, kind: EntityKind, rows: Sequence[Json], cursor: Cursor, window: tuple[int, int | None] | None = None
    ) -> Page:
        """Return the rows as a page of their kind."""
        kept, gone = self.rows(kind, rows)
        return Page(kept, cursor.dump(), window, gone)

    def fresh(self, mapper: Mapper, rows: Sequence[Json], cursor: Cursor) -> Page:
        """Return the rows as a page that tells of nothing gone: of what is only ever added."""
        mapped = (mapper(each, self.layout) for each in rows)
        return Page([row for row in mapped if row is not None], cursor.dump())

    def after(self, state: Cursor, newest: int) -> Cursor:
        """Return where the pull stands once all changes up to `newest` are stored."""
        return state.after(self.come(newest), self.now(), self.overlap)

    def come(self, instant: int) -> int:
        """Return the instant, or the CRM's own now when it has not come yet.

        An import may date a row into the future (reference, 4.4). A cursor there would see nothing until then.
        """
        told = self.session.told_at
        return instant if told is None else min(instant, told)


def between(name: str, start: int, end: int | None) -> Filter:
    """Return the filter on a field of instants, both ends included."""
    bounds: Filter = {f"filter[{name}][from]": max(start, 0)}
    return bounds if end is None else {**bounds, f"filter[{name}][to]": end}


def largest_id(source: Source, kind: EntityKind) -> int | None:
    """Return the largest id of the kind's list, None where it is empty."""
    row = _top(source, PLURAL[kind], "id")
    return by_id(row) if row else None


def newest_instant(source: Source, kind: EntityKind) -> int:
    """Return an instant of the CRM's clock that has come, before any change that is still to come."""
    if kind is not EntityKind.TASK:
        row = _top(source, PLURAL[kind], "updated_at")
        return by_change(row) if row else 0
    row = _top(source, PLURAL[kind], "created_at")
    return max(newest_event(source), int(row["created_at"]) if row else 0)


def newest_event(source: Source) -> int:
    """Return the instant of the newest event; 0 without one, or without the right to read them."""
    try:
        row = _top(source, "events")
    except PermanentError:
        return 0  # It only makes the next pull longer.
    return int(row["created_at"]) if row else 0


def _top(source: Source, plural: str, order: str | None = None) -> Json | None:
    query: Filter = {f"order[{order}]": "desc"} if order else {}
    return next(iter(reader(source.session, plural, plural, query, 1)(1).rows), None)
