"""What people have agreed to do: to-dos, calls and meetings as they stood at now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import exists, instant

if TYPE_CHECKING:
    from datetime import date

    from integrator.metrics.context import Context

MEETING = "meeting"
# Letters and messages are answered, not agreed.
_KINDS = ("task", "call", MEETING)
# What else there is, amoCRM's notes and events, tells of what was made.
_ORIGINS = ("task", "activity")
# Bitrix24 records a call as it begins and as completed when it ends.
_LONGEST_CALL = timedelta(hours=1)


def todos(tasks: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return one row per to-do and entity: what it is, whether it is open, when it falls due and when it was done.

    The tasks are marked (own_tasks). What a rule made is left out: it asks for a step, and is none that was agreed with
    the client.
    """
    agreed = tasks.filter(
        exists(context),
        ~pl.col("own"),
        pl.col("kind").fill_null("task").is_in(_KINDS),
        ~pl.col("incoming").fill_null(value=False),
        ~logged(),
    )
    later = (pl.col("completed_at") > instant(context.now)).fill_null(value=False)
    done = pl.col("completed").fill_null(value=False) & ~later
    return agreed.select(
        *("entity_kind", "entity_id", "origin", "id", "responsible_id", "kind", "due_at"),
        open=~done,
        done_at=pl.when(done).then(pl.col("completed_at")),
        ahead=~done & (pl.col("due_at") >= instant(context.now)).fill_null(value=False),
    )


def logged() -> pl.Expr:
    """True for what was written down as made: nobody had agreed on it before.

    It ends no step either: else every call without a next step would begin a new episode, and ask for one again.
    """
    spare = pl.when(pl.col("kind") == "call").then(pl.lit(_LONGEST_CALL)).otherwise(pl.lit(timedelta()))
    at_once = pl.col("completed") & (pl.col("completed_at") <= pl.col("created_at") + spare)
    return ~pl.col("origin").is_in(_ORIGINS) | at_once.fill_null(value=False)


def days_to_call(meetings: pl.Series, context: Context) -> pl.Series:
    """Return in how many days the working day before each meeting is; below 0 once it has passed."""
    if meetings.null_count() == meetings.len():
        return pl.Series(meetings.name, [None], pl.Int64).new_from_index(0, meetings.len())
    days = meetings.dt.convert_time_zone(str(context.timezone)).dt.date()
    left: dict[date, int] = {
        day: (context.worked_before(day) - context.today).days for day in days.drop_nulls().unique().to_list()
    }
    return days.replace_strict(list(left), list(left.values()), default=None, return_dtype=pl.Int64)
