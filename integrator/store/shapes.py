"""Where each table of a snapshot stands in the database, and how its rows become the columns that are promised."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl
from sqlalchemy import literal_column

from integrator.domain.tables import SNAPSHOT
from integrator.store.batches import part_of
from integrator.store.items import Action
from integrator.store.schema import BASKETS, METADATA, OUTBOX

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Column, ColumnElement, Table

Columns = dict[str, "Sequence[Any]"]
TYPES: dict[str, Any] = {"i": pl.Int64, "s": pl.String, "b": pl.Boolean, "t": pl.Datetime("us", "UTC")}
# Instants are stored as numbers.
STORED: dict[str, Any] = {**TYPES, "t": pl.Int64}


def _as_they_are(columns: Columns) -> Columns:
    return columns


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What is read of a stored table, the order of its rows, and how what was read becomes what is promised."""

    name: str
    table: Table
    stored: tuple[str, ...]
    order: tuple[str, ...]
    shaped: Callable[[Columns], Columns] = _as_they_are
    only: Mapping[str, str] | None = None

    @property
    def columns(self) -> list[ColumnElement[Any]]:
        """What is read of each row."""
        return [part_of(self.table, name) for name in self.stored]

    @property
    def ordering(self) -> list[Column[Any]]:
        """By what the rows are put in order."""
        return [self.table.c[name] for name in self.order]

    def within(self, portal: Any) -> list[ColumnElement[bool]]:
        """Return the conditions on the rows of a portal."""
        fixed: dict[str, Any] = {name: literal_column(f"'{value}'") for name, value in (self.only or {}).items()}
        return [self.table.c[name] == value for name, value in {"portal": portal, **fixed}.items()]

    def frame(self, rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
        """Return the rows, given as tuples of what is stored, in the columns that are promised."""
        if not rows:
            return _empty(self.name).clone()
        columns = self.shaped(dict(zip(self.stored, zip(*rows, strict=True), strict=False)))
        return pl.DataFrame([_series(name, kind, columns[name]) for name, kind in SNAPSHOT[self.name].items()])


def _series(name: str, kind: str, values: Sequence[Any]) -> pl.Series:
    # SQLite has numbers for booleans.
    made = pl.Series(name, values, dtype=STORED[kind], strict=kind != "b")
    return made.cast(TYPES[kind]) if kind == "t" else made


@cache
def _empty(name: str) -> pl.DataFrame:
    return pl.DataFrame(schema={column: TYPES[kind] for column, kind in SNAPSHOT[name].items()})


_OWN_TASKS = ("rule", "template", "subject", "remote_id", "state", "created_at", "payload", "cleared", "id")


@cache
def shape_of(name: str) -> Shape:
    """Return where the table of the snapshot comes from."""
    if name == "basket_lines":
        return Shape(name, BASKETS, ("id", "lines"), ("id",), _exploded)
    if name == "own_tasks":
        return Shape(name, OUTBOX, _OWN_TASKS, ("id",), _told, {"action": Action.CREATE.value})
    table, promised = METADATA.tables[name], SNAPSHOT[name]
    stored = tuple(column for column in promised if column in table.c)
    order = tuple(part.name for part in table.primary_key.columns if part.name != "portal")
    named = tuple(column for column in promised if column not in table.c)
    if not named:
        return Shape(name, table, stored, order)
    subject = "deal" if name in ("deals", "leads") else "client"
    fields = {column: f"{subject}.{column}" for column in named}
    return Shape(name, table, (*stored, "fields"), order, lambda columns: _named(columns, fields))


def _named(columns: Columns, fields: Mapping[str, str]) -> Columns:
    """Return the columns with the named fields out of the JSON; most rows have none, and are not parsed."""
    texts = columns.pop("fields")
    parsed = {at: orjson.loads(text) for at, text in enumerate(texts) if text != "{}"}
    for name, field in fields.items():
        values: list[Any] = [None] * len(texts)
        for at, found in parsed.items():
            values[at] = found.get(field)
        columns[name] = values
    return columns


def _exploded(columns: Columns) -> Columns:
    """Return a row for each line of the baskets."""
    parsed = [
        {**line, "deal_id": deal}
        for deal, lines in zip(columns["id"], columns["lines"], strict=True)
        for line in orjson.loads(lines)
    ]
    return {name: [line[name] for line in parsed] for name in SNAPSHOT["basket_lines"]}


def _told(columns: Columns) -> Columns:
    return {**columns, "responsible_id": [orjson.loads(text)["responsible_id"] for text in columns["payload"]]}
