"""Snapshots of the mirror as columns, for the metrics: what `integrator.domain.tables` promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import select

from integrator.domain.tables import SNAPSHOT
from integrator.store.schema import METADATA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection, CursorResult, Select, Table

    from integrator.store.database import Database

TYPES: dict[str, Any] = {"i": pl.Int64, "s": pl.String, "b": pl.Boolean, "t": pl.Datetime("us", "UTC")}
# Instants are stored as numbers.
STORED: dict[str, Any] = {**TYPES, "t": pl.Int64}
# Columns that come out of the JSON of named fields.
NAMED: dict[str, dict[str, str]] = {
    "deals": {
        "reason_text": "deal.reason_text",
        "sub_reason": "deal.sub_reason",
        "margin": "deal.margin",
        "referrer": "deal.referrer",
        "planned_at": "deal.planned_at",
    },
    "companies": {"blacklisted": "client.blacklisted"},
    "contacts": {"blacklisted": "client.blacklisted"},
}
# More at once would be slower: the rows would not fit into the processor's cache on their way into columns.
ROWS_AT_ONCE = 5_000


def snapshot(db: Database, portal: str) -> dict[str, pl.DataFrame]:
    """Return the portal's mirror, all tables as of one state of the database, rows by their keys."""
    with db.read() as connection:
        return {name: _frame(connection, METADATA.tables[name], portal, columns) for name, columns in SNAPSHOT.items()}


def _frame(connection: Connection, table: Table, portal: str, columns: Mapping[str, str]) -> pl.DataFrame:
    named = NAMED.get(table.name, {})
    stored: dict[str, Any] = {name: STORED[kind] for name, kind in columns.items() if name not in named}
    if named:
        stored["fields"] = pl.String
    order = [part for part in table.primary_key.columns if part.name != "portal"]
    wanted = select(*(table.c[name] for name in stored)).where(table.c.portal == portal).order_by(*order)
    parts = [_part(rows, stored) for rows in _batches(connection, wanted)]
    frame = pl.concat(parts, rechunk=True) if parts else pl.DataFrame(schema=stored)
    if named:
        frame = frame.with_columns(_decoded(list(named.values())))
    return frame.select(_column(name, kind, named.get(name)) for name, kind in columns.items())


def _batches(connection: Connection, wanted: Select[Any]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows as the driver's own tuples: an object of SQLAlchemy's a row would cost as much as the reading."""
    if connection.dialect.name == "postgresql":
        # A cursor on the server, else the driver holds the whole answer.
        query = wanted.compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"DECLARE snapshot NO SCROLL CURSOR FOR {query}", dict(query.params))
        while rows := _driver(connection.exec_driver_sql(f"FETCH {ROWS_AT_ONCE} FROM snapshot")).fetchall():
            yield rows
        connection.exec_driver_sql("CLOSE snapshot")
        return
    cursor = _driver(connection.execute(wanted))
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        yield rows
    cursor.close()


def _driver(result: CursorResult[Any]) -> Any:
    """Return the driver's cursor; SQLAlchemy has not taken any row from it, since the result is not a streamed one."""
    return result.cursor


def _part(rows: list[tuple[Any, ...]], stored: Mapping[str, Any]) -> pl.DataFrame:
    columns = zip(*rows, strict=True)
    return pl.DataFrame(
        [
            # SQLite has numbers for booleans.
            pl.Series(name, values, dtype=kind, strict=kind != pl.Boolean)
            for (name, kind), values in zip(stored.items(), columns, strict=True)
        ]
    )


def _decoded(fields: list[str]) -> pl.Expr:
    """Return the named fields as a struct; most rows have none, and are not parsed."""
    kind = pl.Struct([pl.Field(name, pl.String) for name in fields])
    return pl.when(pl.col("fields") != "{}").then(pl.col("fields")).str.json_decode(kind)


def _column(name: str, kind: str, field: str | None) -> pl.Expr:
    if field is not None:
        return pl.col("fields").struct.field(field).alias(name)
    return pl.col(name).cast(TYPES[kind]) if kind == "t" else pl.col(name)
