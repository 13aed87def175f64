"""The next step: whether the ball comes back (B4), how deals stand in their stages (C5), meetings ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics import steps_stages, steps_words
from integrator.metrics.activity_places import owners, place
from integrator.metrics.columns import INSTANT, Schema, day, instant, joined, replaced, today
from integrator.metrics.steps_todos import MEETING, days_to_call

if TYPE_CHECKING:
    from integrator.metrics.context import Base, Context

CYCLES = "cycles"
PRESENTATION = "presentation"
_PLANNED: Schema = {"key": pl.Int64, "meeting_at": INSTANT, "next_contact_on": pl.Date}
_STANDS: Schema = {
    "stage_name": pl.String,
    "stage_since": INSTANT,
    "stage_days_usual": pl.Int64,
    "id": pl.Int64,
    "stage_days": pl.Int64,
    "presented": pl.Boolean,
}


def of_deals(base: Base) -> pl.DataFrame:
    """Return the deals with what was agreed on them, how they stand in their stage and what was written last."""
    # Of millions of deals only the columns that are asked for go through the joins.
    asked = base.deals.select("id", "pipeline_id", "outcome", "created_at")
    deals = asked
    for part in (_agreed(base), _stands(base), steps_words.latest(base)):
        deals = joined(deals, part, on="id")
    deals = joined(deals, _cycles(base), on="pipeline_id")
    return replaced(base.deals, _judged(deals, base.context).drop("last_ended_at"))


def of_clients(base: Base) -> pl.DataFrame:
    """Return the clients with how many of their deals go through the process with us, and what is agreed next."""
    named = any(PRESENTATION in steps for steps in base.context.stages.values())
    deals = base.deals[["key", "outcome", "engaged", "presented"]]
    opened = deals.filter((pl.col("outcome") == "open") & pl.col("key").is_not_null())
    counted = opened.group_by("key").agg(
        engaged_deals=pl.col("engaged").sum().cast(pl.Int64), presented_deals=pl.col("presented").sum().cast(pl.Int64)
    )
    clients = joined(joined(base.clients[["key"]], counted), _planned(base))
    found = clients.with_columns(
        days_to_meeting_call=days_to_call(clients["meeting_at"], base.context),
        engaged_deals=pl.col("engaged_deals").fill_null(0),
        presented_deals=pl.col("presented_deals").fill_null(0) if named else pl.lit(None, dtype=pl.Int64),
    )
    return replaced(base.clients, found)


def _planned(base: Base) -> pl.DataFrame:
    """Return the day of what is planned next with each client, and his next meeting that hangs on no deal."""
    context = base.context
    ahead = base.todos.filter(pl.col("ahead"))
    if ahead.is_empty():
        return pl.DataFrame(schema=_PLANNED)
    on_deal = pl.col("entity_kind").is_in(["deal", "lead"]).any().over("origin", "id")
    ahead = ahead.select("due_at", place=place(), meets=(pl.col("kind") == MEETING) & ~on_deal)
    theirs = ahead.join(owners(base), on="place")
    due = pl.col("due_at")
    planned = theirs.group_by("key").agg(next_at=due.min(), meeting_at=due.filter("meets").min())
    return planned.select("key", "meeting_at", next_contact_on=day("next_at", context).cast(pl.Date))


def _agreed(base: Base) -> pl.DataFrame:
    """Return what was agreed on each deal that has to-dos: how many are open, when the next one and the last one is."""
    ours = base.todos.filter(pl.col("entity_kind") == "deal")
    opened, ahead, due = pl.col("open"), pl.col("ahead"), pl.col("due_at")
    past = opened & ~ahead
    ended = pl.coalesce(pl.when(past).then(due), "done_at")
    return ours.group_by(id="entity_id").agg(
        open_tasks=opened.sum().cast(pl.Int64),
        tasks_overdue=(past & due.is_not_null()).sum().cast(pl.Int64),
        next_step_at=due.filter(ahead).min(),
        meeting_at=due.filter(ahead & (pl.col("kind") == MEETING)).min(),
        last_ended_at=ended.filter(ended <= instant(base.context.now)).max(),
    )


def _stands(base: Base) -> pl.DataFrame:
    """Return how each open deal stands in its stage, and whether that is the presentation or a later one."""
    stays = steps_stages.stays(base)
    usual = steps_stages.usual(stays, base)
    if not (base.deals["outcome"] == "open").any():
        return pl.DataFrame(schema=_STANDS)
    rows = steps_stages.present(stays, base)
    stages = base.snapshot["stages"].select("pipeline_id", stage_id="id", stage_name="name", sort="sort")
    for part in (stages, usual):
        rows = rows.join(part, on=["pipeline_id", "stage_id"], how="left", maintain_order="left")
    rows = joined(rows, _presentations(stages, base.context), on="pipeline_id")
    return rows.select(
        "stage_name",
        "stage_days_usual",
        id="deal_id",
        stage_since="entered_at",
        stage_days=(today(base.context) - day("entered_at", base.context)).cast(pl.Int64),
        presented=(pl.col("sort") >= pl.col("presentation_sort")).fill_null(value=False),
    )


def _presentations(stages: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return where the presentation stage stands in each pipeline that names one."""
    named = {(pipeline, steps[PRESENTATION]) for pipeline, steps in context.stages.items() if PRESENTATION in steps}
    rows = [(row[0], row[3]) for row in stages.iter_rows() if row[:2] in named] if named else []
    return pl.DataFrame(rows, schema={"pipeline_id": pl.Int64, "presentation_sort": pl.Int64}, orient="row")


def _cycles(base: Base) -> pl.DataFrame:
    """Return the median length of the deals won in each pipeline in the last year; absent where there are too few."""
    return base.shared.table(CYCLES, lambda: _whole_cycles(base))


def _whole_cycles(base: Base) -> pl.DataFrame:
    context = base.context
    won = base.deals.filter(
        pl.col("outcome") == "won",
        pl.col("closed_day") > today(context) - steps_stages.YEAR,
        pl.col("created_at").is_not_null(),
    )
    lengths = won.select("pipeline_id", length=pl.col("closed_day") - day("created_at", context))
    cycles = lengths.group_by("pipeline_id").agg(cycle_days=pl.col("length").median().cast(pl.Float64), size=pl.len())
    enough = pl.col("size") >= context.param("next_step.cycle_minimum")
    return cycles.filter(enough).drop("size").sort("pipeline_id")


def _judged(deals: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the deals with what follows from the next step, the last one and the cycle."""
    opened = pl.col("outcome") == "open"
    after = (day("next_step_at", context) - day("created_at", context)).cast(pl.Int64)
    deals = deals.with_columns(
        *(pl.col(name).fill_null(0) for name in ("open_tasks", "tasks_overdue")),
        cycle_days=pl.col("cycle_days").fill_null(context.param("next_step.default_cycle_days")),
        next_step_after_days=after,
        age_days=(today(context) - day("created_at", context)).cast(pl.Int64),
        last_step_at=pl.coalesce("last_ended_at", "created_at"),
        days_to_meeting_call=days_to_call(deals["meeting_at"], context),
    )
    inside = (pl.col("next_step_after_days") <= pl.col("cycle_days")).fill_null(value=False)
    return deals.with_columns(
        engaged=pl.when(opened).then(inside),
        days_since_step=(today(context) - day("last_step_at", context)).cast(pl.Int64),
    )
