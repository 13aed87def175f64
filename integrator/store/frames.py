"""Snapshots of the mirror as columns, for the metrics: what `integrator.domain.tables` promises."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import bindparam, select

from integrator.domain.tables import SNAPSHOT
from integrator.store.batches import statement
from integrator.store.belonging import belongings
from integrator.store.shapes import shape_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import Connection, CursorResult

    from integrator.store.belonging import Whose
    from integrator.store.database import Database

# More at once would be slower: the rows would not fit into the processor's cache on their way into columns.
ROWS_AT_ONCE = 5_000


def snapshot(db: Database, portal: str, clients: Collection[Whose] | None = None) -> dict[str, pl.DataFrame]:
    """Return the portal's mirror, all tables as of one state of the database, rows by their keys.

    With `clients` it is what belongs to these alone, found by indexes, and the dictionaries whole.
    """
    with db.read() as connection:
        if clients is None:
            return {name: _whole(connection, portal, name) for name in SNAPSHOT}
        found = belongings(connection, portal, clients)
        rows = {name: found[name] if name in found else _rows(connection, portal, name) for name in SNAPSHOT}
    return {name: shape_of(name).frame(own) for name, own in rows.items()}


def _whole(connection: Connection, portal: str, name: str) -> pl.DataFrame:
    parts = [shape_of(name).frame(rows) for rows in _batches(connection, portal, name)]
    return pl.concat(parts, rechunk=True) if parts else shape_of(name).frame([])


def _batches(connection: Connection, portal: str, name: str) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows as the driver's own tuples: an object of SQLAlchemy's a row would cost as much as the reading."""
    query = _query(name, connection.dialect.name)
    if connection.dialect.name == "postgresql":
        # A cursor on the server, else the driver holds the whole answer.
        connection.exec_driver_sql(f"DECLARE snapshot NO SCROLL CURSOR FOR {query}", {"portal": portal})
        while rows := _driver(connection.exec_driver_sql(f"FETCH {ROWS_AT_ONCE} FROM snapshot")).fetchall():
            yield rows
        connection.exec_driver_sql("CLOSE snapshot")
        return
    cursor = _driver(connection.exec_driver_sql(query, (portal,)))
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        yield rows
    cursor.close()


def _rows(connection: Connection, portal: str, name: str) -> list[tuple[Any, ...]]:
    """Return all rows of a table that has few."""
    dialect = connection.dialect.name
    given: Any = (portal,) if dialect == "sqlite" else {"portal": portal}
    return list(_driver(connection.exec_driver_sql(_query(name, dialect), given)).fetchall())


@cache
def _query(name: str, dialect: str) -> str:
    shape = shape_of(name)
    wanted = select(*shape.columns).where(*shape.within(bindparam("portal"))).order_by(*shape.ordering)
    return statement(wanted, dialect)


def _driver(result: CursorResult[Any]) -> Any:
    """Return the driver's cursor; SQLAlchemy has not taken any row from it, since the result is not a streamed one."""
    return result.cursor
