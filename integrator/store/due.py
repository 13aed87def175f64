"""When time alone may change what the rules come to about a client; who waits for events alone has no such instant."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import bindparam, delete, select

from integrator.domain import EntityKind
from integrator.store import touches
from integrator.store.batches import Lookup, Upsert, chunks
from integrator.store.belonging import by_kind
from integrator.store.convert import to_micros
from integrator.store.schema import DUE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from integrator.store.batches import Record
    from integrator.store.belonging import Whose
    from integrator.store.database import Database

NOTHING: Mapping[Whose, int] = MappingProxyType({})
COLUMNS: dict[str, Any] = {"kind": pl.String, "id": pl.Int64, "at": pl.Int64}
_KEY = ["kind", "id"]
_KEY_TYPES = {name: COLUMNS[name] for name in _KEY}
_DUE = Upsert.whole(DUE)
_LOOKUP = Lookup(DUE, tuple(COLUMNS), ("portal", "kind"), "id")
_GONE = delete(DUE).where(*(DUE.c[name] == bindparam(f"of_{name}") for name in ("portal", "kind", "id")))


def by(db: Database, portal: str, at: datetime) -> set[Whose]:
    """Return whose time has come."""
    wanted = select(DUE.c.kind, DUE.c.id).where(DUE.c.portal == portal, DUE.c.at <= to_micros(at))
    with db.read() as connection:
        return {(EntityKind(kind), number) for kind, number in connection.execute(wanted)}


def keep(
    db: Database,
    portal: str,
    due: pl.DataFrame,
    of: Collection[Whose] | None = None,
    noted: Mapping[Whose, int] = NOTHING,
) -> int:
    """The time of each of these clients (of all, where none are named) is that in `due`; return how many are new.

    `due` has the kind and id of whose it is and the instant in microseconds; whoever it lacks waits for events only.
    The changes that are `noted` were seen.
    """
    if of is not None:
        keys = pl.DataFrame([(kind.value, number) for kind, number in of], schema=_KEY_TYPES, orient="row")
        due = due.join(keys, on=_KEY, how="semi")
    with db.read() as connection:
        rows = _all(connection, portal) if of is None else _some(connection, portal, of)
    stored = pl.DataFrame(rows, schema=COLUMNS, orient="row")
    fresh = due.join(stored, on=[*_KEY, "at"], how="anti").sort(_KEY)
    gone = stored.join(due, on=_KEY, how="anti").sort(_KEY)
    writes: tuple[tuple[Callable[..., Any], Iterable[Any]], ...] = (
        (_put, fresh.iter_rows()),
        (_remove, gone.iter_rows()),
        (touches.seen, sorted(noted.items())),
    )
    # Few clients are settled in one transaction.
    for part in chunks(((write, row) for write, rows in writes for row in rows), db.chunk):
        with db.write_part() as connection:
            for write, own in groupby(part, key=itemgetter(0)):
                write(connection, portal, [row for _, row in own])
    return fresh.height


def _put(connection: Connection, portal: str, rows: Sequence[Record]) -> None:
    _DUE.run(connection, [(portal, *row) for row in rows])


def _remove(connection: Connection, portal: str, rows: Sequence[Record]) -> None:
    connection.execute(_GONE, [{"of_portal": portal, "of_kind": kind, "of_id": id_} for kind, id_, _ in rows])


def _all(connection: Connection, portal: str) -> list[Record]:
    found = connection.execute(select(*(DUE.c[name] for name in COLUMNS)).where(DUE.c.portal == portal))
    # The driver's own rows: there may be as many as clients.
    return list(found.cursor.fetchall()) if found.cursor else []


def _some(connection: Connection, portal: str, of: Collection[Whose]) -> list[Record]:
    return [row for kind, ids in by_kind(of).items() for row in _LOOKUP.rows(connection, (portal, kind.value), ids)]
