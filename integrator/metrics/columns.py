"""Small expressions that several metrics share."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from integrator.metrics.context import Context

Schema = dict[str, Any]
INSTANT = pl.Datetime("us", "UTC")
COMPANY, CONTACT = 0, 1
KINDS = ("company", "contact")
_NO = ("", "0", "n", "no", "false", "нет", "off")


def client_key(kind: int, number: str) -> pl.Expr:
    """Return one integer for a client of the kind whose id is in the column `number`."""
    return pl.col(number).cast(pl.Int64) * len(KINDS) + kind


def client_of(kind: str, number: str) -> pl.Expr:
    """Return the integer of the client whose kind and id are in these columns."""
    return (
        pl.when(pl.col(kind) == KINDS[COMPANY]).then(client_key(COMPANY, number)).otherwise(client_key(CONTACT, number))
    )


def kind_of(key: str) -> pl.Expr:
    """Return the kind's number that is inside the key."""
    return pl.col(key) % len(KINDS)


def id_of(key: str) -> pl.Expr:
    """Return the CRM's id that is inside the key."""
    return pl.col(key) // len(KINDS)


def kind_name(key: str) -> pl.Expr:
    """Return `company` or `contact`; null where there is no key."""
    kind = kind_of(key)
    return pl.when(kind == COMPANY).then(pl.lit("company")).when(kind == CONTACT).then(pl.lit("contact"))


def quotient(over: pl.Expr, under: float) -> pl.Expr:
    """Return over / under, correctly rounded.

    A division by one number is a multiplication by its reciprocal in polars, which may miss a bound like 0.8 by a bit;
    a division by a column is not.
    """
    return over / (over * 0 + under)


def joined(frame: pl.DataFrame, part: pl.DataFrame, on: str = "key") -> pl.DataFrame:
    """Return the frame with the other columns of `part`, which has at most one row for each `on`; null without one.

    Only the column that is joined by goes through the join: the frame may have millions of rows and a hundred columns.
    """
    if part.is_empty():
        return frame.hstack(blank(frame.height, {name: kind for name, kind in part.schema.items() if name != on}))
    # One client's part is mostly the one row that is wanted.
    aligned = part.height == frame.height and part[on].equals(frame[on], null_equal=False)
    rows = part if aligned else frame[[on]].join(part, on=on, how="left", maintain_order="left")
    return frame.hstack([column for column in rows if column.name != on])


def replaced(frame: pl.DataFrame, part: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with the columns of `part`, which has the same rows; of one name those of the part."""
    theirs = set(part.columns)
    own = [name for name in frame.columns if name not in theirs]
    return frame[own].hstack(part) if own else part


def kept(frame: pl.DataFrame, part: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with the columns of `part`, as `replaced`; one that says what its own said is not held twice."""
    names = set(frame.columns)
    fresh = [column for column in part if column.name not in names or not column.equals(frame[column.name])]
    return replaced(frame, pl.DataFrame(fresh)) if fresh else frame


def slim(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame without memory for columns that have no value at all: of what a portal may tell, most is not."""
    counts = zip(frame.columns, frame.null_count().row(0), strict=True)
    bare = {name: frame.schema[name] for name, count in counts if count == frame.height}
    return replaced(frame, blank(frame.height, bare)) if bare else frame


def blank(rows: int, schema: Mapping[str, Any]) -> pl.DataFrame:
    """Return as many rows of nulls; they take no memory until something is written among them."""
    return pl.DataFrame([_null(kind).new_from_index(0, rows).alias(name) for name, kind in schema.items()])


@lru_cache(maxsize=64)
def _null(kind: Any) -> pl.Series:
    return pl.Series([None], dtype=kind)


@lru_cache(maxsize=64)
def instant(moment: datetime) -> pl.Expr:
    """Return the instant as an expression; made anew at each use it would cost more than what is done with it."""
    return pl.lit(moment)


def exists(context: Context) -> pl.Expr:
    """True for rows created by now; one without a date counts as always there."""
    return (pl.col("created_at") <= instant(context.now)).fill_null(value=True)


def born(table: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the rows created by now; mostly these are all."""
    latest: Any = table["created_at"].max()
    return table if latest is None or latest <= context.now else table.filter(exists(context))


def in_sales(context: Context) -> pl.Expr:
    """True for deals of the sales pipelines: those named, or all but those of complaints."""
    pipeline = pl.col("pipeline_id")
    if context.pipelines:
        return pipeline.is_in(context.pipelines)
    return ~pipeline.is_in(context.complaint_pipelines)


def flag(column: str, field: str, context: Context) -> pl.Expr:
    """True where the field says anything but no; null where the configuration does not name it."""
    if field not in context.fields_named:
        return pl.lit(None, dtype=pl.Boolean)
    return ~pl.col(column).fill_null("").str.strip_chars().str.to_lowercase().is_in(_NO)


def day(instant: str, context: Context) -> pl.Expr:
    """Return the calendar day of the instant in the portal's zone, as days since the epoch."""
    local = pl.col(instant).dt.convert_time_zone(str(context.timezone))
    return local.dt.date().to_physical()


def today(context: Context) -> int:
    """Return the day of `now`, as days since the epoch."""
    return context.today.toordinal() - 719_163  # the ordinal of 1970-01-01
