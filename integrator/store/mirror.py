"""The mirror: typed rows of what the CRM holds. A row that did not change is not written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Table, bindparam, delete, func, literal_column, select

from integrator.domain import EntityKind, Outcome
from integrator.store import cursors, touches
from integrator.store.batches import Upsert, chunks, look_up
from integrator.store.convert import clean, to_micros
from integrator.store.kinds import KINDS, Kind
from integrator.store.schema import BASKETS, DEALS, NOTES, STAGE_CHANGES, TASKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Delete

    from integrator.domain import Note
    from integrator.ports import Page, Sweep
    from integrator.store.batches import Record
    from integrator.store.database import Database

# Rows to delete in one transaction: each takes the rows that hang on it along.
DELETED_AT_ONCE = 100
# Written out, not a parameter: only so can the indexes of lost and of open deals be seen to fit.
_LOST: ColumnElement[str] = literal_column(f"'{Outcome.LOST}'")
_OPEN: ColumnElement[str] = literal_column(f"'{Outcome.OPEN}'")
_NOTES = Upsert.whole(NOTES)
_OF_ENTITY = (TASKS, ("portal", "entity_kind", "entity_id"))
# What goes with a row: the table and the columns that name the row there.
HANGING: dict[EntityKind, tuple[tuple[Table, tuple[str, ...]], ...]] = {
    EntityKind.COMPANY: (_OF_ENTITY,),
    EntityKind.CONTACT: (_OF_ENTITY,),
    EntityKind.LEAD: (_OF_ENTITY,),
    EntityKind.DEAL: (
        (STAGE_CHANGES, ("portal", "deal_id")),
        (NOTES, ("portal", "deal_id")),
        (BASKETS, ("portal", "id")),
        _OF_ENTITY,
    ),
}


@dataclass(frozen=True, slots=True)
class Changes:
    """How many rows were written, and how many stood as they were."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0

    def __add__(self, other: Changes) -> Changes:
        return Changes(
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.deleted + other.deleted,
            self.unchanged + other.unchanged,
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What storing a page will write; `known` are the rows that are there already, by their keys."""

    records: Sequence[Record]
    known: Mapping[Record, Record]
    doomed: Sequence[Record]
    changes: Changes
    cursor_moved: bool


def store_page(db: Database, portal: str, kind: EntityKind, page: Page, now: datetime) -> Changes:
    """The mirror holds the page's rows and lacks what the page tells is gone; the cursor comes with the last of it.

    Rows are written in short transactions: a hook waits behind each of them.
    """
    table = KINDS[kind]
    with db.read() as connection:
        plan = _plan(connection, table, portal, page)
    records = table.stamped(plan.records, plan.known, to_micros(now))
    parts: list[tuple[Sequence[Record], Sequence[Record]]] = [(part, []) for part in chunks(records, db.chunk)]
    parts += [([], part) for part in chunks(plan.doomed, DELETED_AT_ONCE)]
    if not parts and plan.cursor_moved:
        parts = [([], [])]
    for number, (stored, doomed) in enumerate(parts, start=1):
        with db.write_part() as connection:
            _store(connection, table, portal, stored, plan.known)
            _delete(connection, table, portal, doomed)
            if number == len(parts):
                cursors.write(connection, portal, kind, page.cursor)
    return plan.changes


def sweep(db: Database, portal: str, kind: EntityKind, found: Sweep) -> int:
    """The mirror lacks what the sweep found deleted; return how many rows that were. The cursor is the caller's."""
    table = KINDS[kind]
    with db.read() as connection:
        doomed = _gone(connection, table, portal, found)
        inside = _inside(connection, table, portal, found)
        doomed |= {key for key in inside if key[table.id_at] not in found.present}
    for part in chunks(sorted(doomed), DELETED_AT_ONCE):
        with db.write_part() as connection:
            _delete(connection, table, portal, part)
    return len(doomed)


def count(db: Database, portal: str, kind: EntityKind) -> int:
    """Return how many rows of the kind the mirror holds."""
    table = KINDS[kind].table
    with db.read() as connection:
        return connection.execute(select(func.count()).select_from(table).where(table.c.portal == portal)).scalar_one()


def store_notes(db: Database, portal: str, notes: Iterable[Note]) -> int:
    """The mirror holds the notes; return how many were written."""
    written = 0
    for chunk in chunks(notes, db.chunk):
        records = {
            note.id: (portal, note.id, note.deal_id, clean(note.text), to_micros(note.created_at), note.created_by)
            for note in chunk
        }
        with db.read() as connection:
            held = look_up(connection, list(NOTES.columns), [NOTES.c.portal == portal], NOTES.c.id, records)
        known = {row[1]: row for row in held}
        changed = [record for key, record in records.items() if known.get(key) != record]
        if changed:
            with db.write_part() as connection:
                written += _NOTES.run(connection, changed)
                touches.note(connection, portal, ((EntityKind.DEAL, record[2]) for record in changed))
    return written


def recent_refusals(db: Database, portal: str, since: datetime) -> list[int]:
    """Return the ids of the deals lost at or after `since`."""
    lost = select(DEALS.c.id).where(
        DEALS.c.portal == portal, DEALS.c.outcome == _LOST, DEALS.c.closed_at >= to_micros(since)
    )
    with db.read() as connection:
        return list(connection.execute(lost.order_by(DEALS.c.id)).scalars())


def open_deals(db: Database, portal: str, last: int, size: int) -> list[int]:
    """Return the ids of the next open deals after `last`, going on with the first after the last one."""
    number = DEALS.c.id
    found = select(number).where(DEALS.c.portal == portal, DEALS.c.outcome == _OPEN).order_by(number)
    with db.read() as connection:
        after = list(connection.execute(found.where(number > last).limit(size)).scalars())
        before = found.where(number <= last).limit(size - len(after))
        return [*after, *connection.execute(before).scalars()]


def _plan(connection: Connection, table: Kind, portal: str, page: Page) -> _Plan:
    offered = {table.key(record): record for record in (table.record(portal, row) for row in page.rows)}
    known = _known(connection, table, portal, offered)
    changed = [record for key, record in offered.items() if known.get(key) != record]
    # A task is several rows when it is bound to several entities: what it is no longer bound to goes.
    doomed = known.keys() | _gone(connection, table, portal, page) | _inside(connection, table, portal, page)
    doomed -= offered.keys()
    new = sum(table.key(record) not in known for record in changed)
    changes = Changes(new, len(changed) - new, len(doomed), len(offered) - len(changed))
    moved = cursors.read(connection, portal, table.kind) != page.cursor
    return _Plan(sorted(changed, key=table.key), known, sorted(doomed), changes, moved)


def _known(connection: Connection, table: Kind, portal: str, keys: Iterable[Record]) -> dict[Record, Record]:
    """Return what the mirror holds under the ids of these keys."""
    ids: defaultdict[Record, set[Any]] = defaultdict(set)
    for key in keys:
        ids[key[1 : table.id_at]].add(key[table.id_at])
    columns = [table.table.c[name] for name in table.compared]
    return {
        table.key(row): row
        for scope, numbers in ids.items()
        for row in look_up(connection, columns, table.scope(portal, *scope), table.table.c.id, numbers)
    }


def _gone(connection: Connection, table: Kind, portal: str, found: Page | Sweep) -> set[Record]:
    """Return the mirror's keys among the ids told to be gone."""
    ids = [table.id_type(number) for number in found.gone]
    if not ids:
        return set()
    columns = list(table.table.primary_key.columns)
    return set(look_up(connection, columns, table.meant(portal, found.origin), table.table.c.id, ids))


def _inside(connection: Connection, table: Kind, portal: str, found: Page | Sweep) -> set[Record]:
    """Return the keys of the window; a stage change has none: its ids are text, and it goes with its deal only."""
    if found.window is None or table.id_type is str:
        return set()
    after, upto = found.window
    number = table.table.c.id
    within = [number > after] if upto is None else [number > after, number <= upto]
    keys = select(*table.table.primary_key.columns).where(*table.meant(portal, found.origin), *within)
    return {tuple(row) for row in connection.execute(keys)}


def _store(
    connection: Connection, table: Kind, portal: str, records: Sequence[Record], known: Mapping[Record, Record]
) -> None:
    """The rows are stored, and whom they concern, as they were and as they are, is noted."""
    if not records:
        return
    table.way.run(connection, records)
    before = (known[key] for key in map(table.key, records) if key in known)
    rows = (dict(zip(table.compared, row, strict=False)) for row in (*records, *before))
    touches.note(connection, portal, touches.whose(table.kind, rows))


def _delete(connection: Connection, table: Kind, portal: str, keys: Sequence[Record]) -> None:
    """The rows are gone, and with a deal its history, notes, tasks and basket; whom they concerned is noted."""
    if not keys:
        return
    touches.note_doomed(connection, portal, table.kind, keys)
    names = [part.name for part in table.table.primary_key.columns]
    connection.execute(_delete_where(table.table, *names), [_numbered(key) for key in keys])
    for hanging, columns in HANGING.get(table.kind, ()):
        rest = (table.kind.value,) if "entity_kind" in columns else ()
        rows = [_numbered((key[0], *rest, key[table.id_at])) for key in keys]
        connection.execute(_delete_where(hanging, *columns), rows)


@cache
def _delete_where(table: Table, *columns: str) -> Delete:
    """Return the statement that deletes by these columns: one step into an index a key, in both databases."""
    return delete(table).where(*(table.c[name] == bindparam(f"key_{at}") for at, name in enumerate(columns)))


def _numbered(key: Record) -> dict[str, Any]:
    return {f"key_{at}": value for at, value in enumerate(key)}
