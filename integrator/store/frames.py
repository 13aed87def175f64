"""Snapshots of the mirror as columns, for the metrics: what `integrator.domain.tables` promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import select

from integrator.domain.tables import SNAPSHOT
from integrator.store.schema import METADATA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Table

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
ROWS_AT_ONCE = 50_000


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
    frame = pl.concat(parts) if parts else pl.DataFrame(schema=stored)
    return frame.select(_column(name, kind, named.get(name)) for name, kind in columns.items())


def _batches(connection: Connection, wanted: Any) -> Any:
    # Not the driver's own cursor: a streamed result has already taken its first row from it.
    return connection.execution_options(yield_per=ROWS_AT_ONCE).execute(wanted).partitions()


def _part(rows: list[tuple[Any, ...]], stored: Mapping[str, Any]) -> pl.DataFrame:
    columns = zip(*rows, strict=True)
    return pl.DataFrame(
        [
            pl.Series(name, values, dtype=kind, strict=kind != pl.Boolean)
            for (name, kind), values in zip(stored.items(), columns, strict=True)
        ]
    )


def _column(name: str, kind: str, field: str | None) -> pl.Expr:
    if field is not None:
        return _field(field).alias(name)
    return pl.col(name).cast(TYPES[kind]) if kind == "t" else pl.col(name)


def _field(field: str) -> pl.Expr:
    """Return the named field's text; most rows have none, and are not parsed."""
    return pl.when(pl.col("fields") != "{}").then(pl.col("fields")).str.json_path_match(f"$['{field}']")
