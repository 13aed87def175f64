"""Small bases for tests of metrics: rows as dictionaries, everything unsaid is null."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from integrator.domain.tables import SNAPSHOT
from integrator.metrics import Context, Facts, compute

Client = tuple[str, int]
MOSCOW = ZoneInfo("Europe/Moscow")
TYPES = {"i": pl.Int64, "s": pl.String, "b": pl.Boolean, "t": pl.Datetime("us", "UTC")}
STAGES = [
    {"pipeline_id": 1, "id": "new", "outcome": "open"},
    {"pipeline_id": 1, "id": "talk", "outcome": "open"},
    {"pipeline_id": 1, "id": "won", "outcome": "won"},
    {"pipeline_id": 1, "id": "lost", "outcome": "lost"},
    {"pipeline_id": 1, "id": "lost2", "outcome": "lost"},
]


def at(text: str) -> datetime:
    """Return an instant written in Moscow time, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW).astimezone(UTC)


def frames(**tables: list[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    """Return a snapshot with these rows and empty tables for the rest."""
    rows = {"stages": STAGES, **tables}
    return {
        name: pl.DataFrame(
            [{column: row.get(column) for column in columns} for row in rows.get(name, [])],
            schema={column: TYPES[kind] for column, kind in columns.items()},
        )
        for name, columns in SNAPSHOT.items()
    }


def deal(number: int, outcome: str = "open", closed: str | None = None, **columns: Any) -> dict[str, Any]:
    """Return a deal of company 1; `closed` is a Moscow time."""
    columns = {"company_id": 1, "amount": 100_00, "created_at": at("2020-01-01 12:00"), **columns}
    moment = at(closed) if closed else None
    stage = {"won": "won", "lost": "lost"}.get(outcome, "new")
    return {
        "id": number,
        "pipeline_id": 1,
        "stage_id": stage,
        "outcome": outcome,
        "closed_at": moment,
        "first_closed_seen_at": moment,
        **columns,
    }


def context(now: str, **settings: Any) -> Context:
    """Return a Moscow portal in roubles at a Moscow time."""
    return Context(**{"now": at(now), "timezone": MOSCOW, "currency": "RUB", **settings})


def facts(now: str, deals: list[dict[str, Any]], settings: dict[str, Any] | None = None, **tables: Any) -> Facts:
    """Return the facts of a small base at a Moscow time."""
    return compute(frames(deals=deals, **tables), context(now, **(settings or {})))


def client(found: Facts, number: int = 1, kind: str = "company") -> dict[str, Any]:
    """Return one client's facts."""
    return found.clients.row(by_predicate=(pl.col("id") == number) & (pl.col("kind") == kind), named=True)


def one(found: Facts, number: int = 1) -> dict[str, Any]:
    """Return one deal's facts."""
    return found.deals.row(by_predicate=pl.col("id") == number, named=True)
