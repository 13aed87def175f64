"""Snapshots of the mirror as columns, for the metrics: what `integrator.domain.tables` promises."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import select

from integrator.domain.tables import SNAPSHOT
from integrator.store.items import Action
from integrator.store.schema import BASKETS, METADATA, OUTBOX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import ColumnElement, Connection, CursorResult, Select, Table

    from integrator.store.database import Database

TYPES: dict[str, Any] = {"i": pl.Int64, "s": pl.String, "b": pl.Boolean, "t": pl.Datetime("us", "UTC")}
# Instants are stored as numbers.
STORED: dict[str, Any] = {**TYPES, "t": pl.Int64}
# More at once would be slower: the rows would not fit into the processor's cache on their way into columns.
ROWS_AT_ONCE = 5_000
_LINES = pl.List(
    pl.Struct({name: STORED[kind] for name, kind in SNAPSHOT["basket_lines"].items() if name != "deal_id"})
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a frame comes from: the stored columns, the order of rows, and how a part becomes columns promised."""

    table: Table
    stored: Mapping[str, Any]
    order: tuple[ColumnElement[Any], ...]
    shaped: Callable[[pl.DataFrame], pl.DataFrame] = lambda part: part
    only: tuple[ColumnElement[bool], ...] = field(default=())


def snapshot(db: Database, portal: str) -> dict[str, pl.DataFrame]:
    """Return the portal's mirror, all tables as of one state of the database, rows by their keys."""
    with db.read() as connection:
        return {name: _frame(connection, _source(name), portal, columns) for name, columns in SNAPSHOT.items()}


def _frame(connection: Connection, source: Source, portal: str, columns: Mapping[str, str]) -> pl.DataFrame:
    table = source.table
    wanted = select(*(table.c[name] for name in source.stored)).where(table.c.portal == portal, *source.only)
    parts = [_part(rows, source, columns) for rows in _batches(connection, wanted.order_by(*source.order))]
    return pl.concat(parts, rechunk=True) if parts else pl.DataFrame(schema=_schema(columns))


def _schema(columns: Mapping[str, str]) -> dict[str, Any]:
    return {name: TYPES[kind] for name, kind in columns.items()}


def _source(name: str) -> Source:
    if name in _SPECIAL:
        return _SPECIAL[name]
    table, columns = METADATA.tables[name], SNAPSHOT[name]
    stored = {column: STORED[kind] for column, kind in columns.items() if column in table.c}
    named = [column for column in columns if column not in table.c]
    order = tuple(part for part in table.primary_key.columns if part.name != "portal")
    if not named:
        return Source(table, stored, order)
    subject = "deal" if name in ("deals", "leads") else "client"
    kind = pl.Struct({f"{subject}.{column}": pl.String for column in named})
    # Most rows have no named fields, and are not parsed.
    found = pl.when(pl.col("fields") != "{}").then(pl.col("fields")).str.json_decode(kind)
    parted = [found.struct.field(f"{subject}.{column}").alias(column) for column in named]
    return Source(table, {**stored, "fields": pl.String}, order, lambda part: part.with_columns(parted))


def _exploded(part: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each line of the baskets."""
    lines = part.with_columns(pl.col("lines").str.json_decode(_LINES)).explode("lines").drop_nulls("lines")
    return lines.unnest("lines").rename({"id": "deal_id"})


def _told(part: pl.DataFrame) -> pl.DataFrame:
    return part.with_columns(responsible_id=pl.col("payload").str.json_path_match("$.responsible_id").cast(pl.Int64))


_OWN = ("rule", "template", "subject", "remote_id", "state", "created_at")
_SPECIAL = {
    "basket_lines": Source(BASKETS, {"id": pl.Int64, "lines": pl.String}, (BASKETS.c.id,), _exploded),
    "own_tasks": Source(
        OUTBOX,
        {**{name: STORED[SNAPSHOT["own_tasks"][name]] for name in _OWN}, "payload": pl.String},
        (OUTBOX.c.id,),
        _told,
        (OUTBOX.c.action == Action.CREATE.value,),
    ),
}


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


def _part(rows: list[tuple[Any, ...]], source: Source, columns: Mapping[str, str]) -> pl.DataFrame:
    # SQLite has numbers for booleans.
    given = [
        pl.Series(name, values, dtype=kind, strict=kind != pl.Boolean)
        for (name, kind), values in zip(source.stored.items(), zip(*rows, strict=True), strict=True)
    ]
    return source.shaped(pl.DataFrame(given)).select(_column(name, kind) for name, kind in columns.items())


def _column(name: str, kind: str) -> pl.Expr:
    return pl.col(name).cast(TYPES[kind]) if kind == "t" else pl.col(name)
