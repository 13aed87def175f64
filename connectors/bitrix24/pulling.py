"""Pulling: everything once, then what changed, with a cursor that is right after every page."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from connectors.bitrix24.mapping import instant
from connectors.bitrix24.walk import walk
from connectors.pagination import prefetch
from integrator.domain import EntityKind
from integrator.ports import Page

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from connectors.bitrix24.portal import Portal
    from connectors.bitrix24.sources import Source
    from connectors.bitrix24.walk import Stretch
    from integrator.ports import Clock

log = logging.getLogger(__name__)

# What is saved in one second may be seen in the next: changes of the last two minutes are read again.
OVERLAP = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a pull stands: `last` is the id reached in source number `source`.

    `begin` is when this pull began, `since` when the one before did (None while everything is pulled for the first
    time); both are the portal's own words, so that no clock but its own matters. `shape` stands for what was read of a
    row: with another field or pipeline in the configuration everything has to be read again.
    """

    source: int = 0
    last: int = 0
    begin: str | None = None
    since: str | None = None
    shape: str = ""

    @classmethod
    def read(cls, text: str | None) -> Cursor:
        """Return the cursor; one that cannot be read stands for the beginning."""
        try:
            cursor = cls(**json.loads(text)) if text else cls()
            for moment in (cursor.begin, cursor.since):
                if moment is not None:
                    datetime.fromisoformat(moment)
        except (ValueError, TypeError):
            log.warning("A cursor cannot be read; everything is pulled again.")
            return cls()
        return cursor

    def __str__(self) -> str:
        return json.dumps({key: value for key, value in asdict(self).items() if value}, separators=(",", ":"))


def pull(
    portal: Portal, kind: EntityKind, sources: Sequence[Source], cursor: Cursor, clock: Clock
) -> Generator[Page, None, None]:
    """Yield the pages from `cursor` on; while one is worked out and worked on, the next is fetched."""
    shape = _shape(sources)
    cursor = cursor if cursor.shape == shape else Cursor(shape=shape)
    if kind is EntityKind.STAGE_CHANGE:
        yield from _history(portal, sources[0], cursor, clock)
        return
    for _ in range(cursor.source, len(sources)):
        cursor = yield from _source(portal, sources, cursor, clock)


def _source(portal: Portal, sources: Sequence[Source], cursor: Cursor, clock: Clock) -> Generator[Page, None, Cursor]:
    """Yield the pages of the source the cursor stands in; return the cursor with which the next begins."""
    source = sources[cursor.source]
    since = None if cursor.since is None else datetime.fromisoformat(cursor.since) - OVERLAP
    filters = source.every if since is None else _changed_since(source, since)
    fresh = cursor.last == 0
    stretches = walk(portal, source.listing, filters, after=cursor.last, many=since is None)
    for stretch in prefetch(_followed(portal, source, stretches)):
        begin = cursor.begin or stretch.at or clock.now().isoformat(timespec="seconds")
        cursor = _reached(cursor, stretch, begin, len(sources))
        rows, others = source.split(stretch.rows, since)
        if since is not None and not rows and not others and not stretch.done:
            continue
        yield Page(
            rows,
            str(cursor),
            window=None if since is not None else (stretch.after, None if stretch.done else stretch.last),
            # Whatever is not ours lies in the window when everything is read.
            gone=others if since is not None else (),
            expected=stretch.total if fresh and since is None else None,
            origin=source.origin,
        )
    return cursor


def _followed(
    portal: Portal, source: Source, stretches: Generator[Stretch, None, None]
) -> Generator[Stretch, None, None]:
    """Yield the stretches with what else belongs to their rows, read before the next of them is asked for."""
    if source.follow is None:
        yield from stretches
        return
    for stretch in stretches:
        yield replace(stretch, rows=source.follow(portal, stretch.rows))


def _reached(cursor: Cursor, stretch: Stretch, begin: str, sources: int) -> Cursor:
    if not stretch.done:
        return replace(cursor, last=stretch.last, begin=begin)
    if cursor.source + 1 < sources:
        return replace(cursor, source=cursor.source + 1, last=0, begin=begin)
    return Cursor(since=begin, shape=cursor.shape)


def _shape(sources: Sequence[Source]) -> str:
    told = [
        (source.listing.method, source.listing.select, sorted(source.every.items()), *filter(None, (source.beside,)))
        for source in sources
    ]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


def _changed_since(source: Source, since: datetime) -> dict[str, str]:
    # In the portal's own offset: a server that overlooks the offset then understands the same instant (reference, 3.1).
    name = source.listing.changed[0] if source.listing.changed else "ID"
    return {f">={name}": since.isoformat(timespec="seconds")}


def _history(portal: Portal, source: Source, cursor: Cursor, clock: Clock) -> Generator[Page, None, None]:
    """Yield the stage history above the last id; nothing in it ever changes.

    Ids are given before transactions end, so one may appear below a higher one: the newest are read again next time.
    """
    settled = cursor.last
    for stretch in prefetch(walk(portal, source.listing, {}, after=cursor.last, many=cursor.since is None)):
        at = stretch.at or clock.now().isoformat(timespec="seconds")
        newest = datetime.fromisoformat(at) - OVERLAP
        rows, _ = source.split(stretch.rows)
        settled = max(
            (int(row["ID"]) for row in stretch.rows if instant(row["CREATED_TIME"]) < newest), default=settled
        )
        last, since = (settled, at) if stretch.done else (stretch.last, cursor.since)
        reached = replace(cursor, last=last, since=since)
        yield Page(rows, str(reached), expected=stretch.total)
