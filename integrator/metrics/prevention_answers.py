"""What clients said when they were asked why they left, or what would make them leave (D11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import COMPANY, INSTANT, KINDS, Schema, instant
from integrator.text import canonical_all

if TYPE_CHECKING:
    from integrator.metrics.context import Base

# The tasks in whose result the answer stands, by rule.
ASKED = ("prevention/ask_loyal", "win_back/first", "win_back/must")
_OWN_ORIGIN = "task"
_ANSWERS: Schema = {
    "key": pl.Int64,
    "leaving_answer": pl.String,
    "leaving_answered_at": INSTANT,
    "leaving_reason": pl.String,
}


def answers(base: Base) -> pl.DataFrame:
    """Return each client's latest answer as it was written, when, and the canonical reason if its words are known."""
    asked = base.snapshot["own_tasks"]
    if not asked.is_empty():
        asked = asked.filter(pl.col("rule").is_in(ASKED) & pl.col("remote_id").is_not_null())
    if asked.is_empty():
        return pl.DataFrame(schema=_ANSWERS)
    parts = pl.col("subject").str.split(":")
    kind = pl.when(parts.list.get(1, null_on_oob=True) == KINDS[COMPANY]).then(COMPANY).otherwise(1 - COMPANY)
    number = parts.list.get(2, null_on_oob=True).cast(pl.Int64, strict=False)
    asked = asked.select(id="remote_id", key=number * len(KINDS) + kind).drop_nulls()
    text = pl.col("result").str.strip_chars()
    done = (
        (pl.col("origin") == _OWN_ORIGIN) & pl.col("completed") & (pl.col("completed_at") <= instant(base.context.now))
    )
    told = (
        base.snapshot["tasks"]
        .filter(done & ~pl.col("cleared") & (text != ""))
        .select("id", "completed_at", leaving_answer=text)
    )
    last = asked.join(told, on="id").sort("completed_at", "id").group_by("key", maintain_order=True).last()
    codes = canonical_all(last["leaving_answer"].unique().to_list(), base.context.reason_map)
    reasons = [codes[answer] for answer in last["leaving_answer"]]
    return last.select(
        "key",
        "leaving_answer",
        leaving_answered_at="completed_at",
        leaving_reason=pl.Series(reasons, dtype=pl.String),
    )
