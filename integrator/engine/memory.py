"""What is remembered of a whole base: of rules that take time, a row for each subject with something to say.

`engine.holding` says what it means for one subject; here it is the same in columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from integrator.domain import Subject
    from integrator.engine.ruleset import Rule

HELD = "held."
_OF_SUBJECT: dict[str, Any] = {"subject_kind": pl.String, "subject_id": pl.Int64}
_STATE: dict[str, Any] = {"since": pl.Date, "last": pl.Date, "fires": pl.Boolean}
STATE = pl.Struct(_STATE)
COLUMNS: dict[str, Any] = {**_OF_SUBJECT, "rule": pl.String, **_STATE}
KEY = (*_OF_SUBJECT, "rule")


def memory(rows: Iterable[tuple[Any, ...]] = ()) -> pl.DataFrame:
    """Return rows of (kind and id of a subject, rule, since, last, fires) as a memory."""
    return pl.DataFrame(list(rows), schema=COLUMNS, orient="row")


def hold(before: pl.Series | None, holds: pl.Series, cleared: pl.Series | None, day: date, rule: Rule) -> pl.Series:
    """Return what is known of the rule after the day, from where its condition is TRUE and where it is let go."""
    known = pl.Series([None], dtype=STATE).new_from_index(0, holds.len()) if before is None else before
    frame = known.struct.unnest().with_columns(holds.alias("holds"), _or_nowhere(cleared, holds.len()).alias("cleared"))
    today = pl.lit(day, dtype=pl.Date)
    since = pl.when("holds").then(pl.coalesce("since", today))
    long_enough = (today - since).dt.total_days() >= (rule.for_days or 0)
    fired = pl.col("fires").fill_null(value=False)
    fires = pl.when("holds").then(fired | long_enough).otherwise(fired & _kept(today, rule))
    last = pl.when("holds").then(today).when(fires).then("last")
    return frame.select(pl.struct(since=since, last=last, fires=fires)).to_series()


def _or_nowhere(cleared: pl.Series | None, size: int) -> pl.Series:
    return pl.repeat(value=False, n=size, eager=True) if cleared is None else cleared


def _kept(today: pl.Expr, rule: Rule) -> pl.Expr:
    if rule.keep is None:
        return pl.lit(value=False)
    kept = pl.col("last").is_not_null() & ~pl.col("cleared")
    if rule.keep.days is not None:
        kept &= ((today - pl.col("last")).dt.total_days() < rule.keep.days).fill_null(value=False)
    return kept


def subjects(facts: pl.DataFrame, subject: str) -> pl.DataFrame:
    """Return the kind and id of whom each row of the facts is about."""
    kinds = {"client": pl.format("client:{}", "kind"), "deal": pl.col("entity")}
    kind = kinds.get(subject, pl.lit(subject, dtype=pl.String))
    return facts.select(kind.alias("subject_kind"), pl.col("id").cast(pl.Int64).alias("subject_id"))


def recalled(known: pl.DataFrame, rules: Iterable[Rule], facts: pl.DataFrame, subject: str) -> pl.DataFrame:
    """Return what the memory knows of these rules and of the subject of each row of the facts, a column a rule."""
    whom = subjects(facts, subject)
    found = {}
    for rule in rules:
        own = known.filter(pl.col("rule") == rule.full).select(*_OF_SUBJECT, state=pl.struct(*_STATE))
        found[HELD + rule.full] = whom.join(own, on=list(_OF_SUBJECT), how="left", maintain_order="left")["state"]
    return pl.DataFrame(found)


def learned(verdicts: pl.DataFrame, facts: pl.DataFrame, subject: str) -> pl.DataFrame:
    """Return what an evaluation of these facts leaves to remember."""
    whom = subjects(facts, subject)
    parts = [
        whom.with_columns(rule=pl.lit(name.removeprefix(HELD))).hstack(verdicts[name].struct.unnest())
        for name in verdicts.columns
        if name.startswith(HELD)
    ]
    said = pl.col("since").is_not_null() | pl.col("fires")
    return pl.concat([memory(), *(part.filter(said) for part in parts)])


def of_subjects(known: pl.DataFrame, wanted: Collection[Subject]) -> pl.DataFrame:
    """Return what the memory knows of these subjects."""
    keys = pl.DataFrame([(one.kind, one.id) for one in wanted], schema=_OF_SUBJECT, orient="row")
    return known.join(keys, on=list(_OF_SUBJECT), how="semi")


def of_rules(known: pl.DataFrame, rules: Collection[str]) -> pl.DataFrame:
    """Return what the memory knows of these rules."""
    return known.filter(pl.col("rule").is_in(list(rules)))


def joined(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return the memories of different rules or subjects as one."""
    return pl.concat([memory(), *parts])


def changed(old: pl.DataFrame, new: pl.DataFrame) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Return the rows to store so that `old` becomes `new`, and the keys of those to remove.

    While a condition holds, the last day on which it did is the last day looked at, and no row is stored for that.
    """
    kept = pl.col("last") != pl.col("last_stored")
    told = new.join(old, on=list(KEY), how="left", suffix="_stored")
    differs = pl.col("since").ne_missing(pl.col("since_stored")) | pl.col("fires").ne_missing(pl.col("fires_stored"))
    moved = told.filter(differs | (pl.col("since").is_null() & kept.fill_null(value=True))).select(*COLUMNS)
    gone = old.join(new, on=list(KEY), how="anti").select(*KEY)
    return moved.rows(), gone.rows()
