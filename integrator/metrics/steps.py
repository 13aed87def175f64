"""The next step: whether the ball comes back (B4), how deals stand in their stages (C5), meetings ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics import steps_stages, steps_words
from integrator.metrics.activity_places import owners, place
from integrator.metrics.columns import day, today
from integrator.metrics.steps_todos import MEETING, days_to_call, todos

if TYPE_CHECKING:
    from integrator.metrics.context import Base, Context

CYCLES = "cycles"
PRESENTATION = "presentation"


def of_deals(base: Base) -> pl.DataFrame:
    """Return the deals with what was agreed on them, how they stand in their stage and what was written last."""
    # Of millions of deals only the columns that are asked for go through the joins.
    asked = base.deals.select("id", "pipeline_id", "outcome", "created_at")
    deals = asked
    for part in (_agreed(base), _stands(base), steps_words.latest(base)):
        deals = deals.join(part, on="id", how="left", maintain_order="left")
    deals = deals.join(_cycles(base), on="pipeline_id", how="left", maintain_order="left")
    return base.deals.hstack(_judged(deals, base.context).drop(asked.columns))


def of_clients(base: Base) -> pl.DataFrame:
    """Return the clients with how many of their deals go through the process with us, and what is agreed next."""
    named = any(PRESENTATION in steps for steps in base.context.stages.values())
    opened = base.deals.filter((pl.col("outcome") == "open") & pl.col("key").is_not_null())
    counted = opened.group_by("key").agg(
        engaged_deals=pl.col("engaged").sum().cast(pl.Int64), presented_deals=pl.col("presented").sum().cast(pl.Int64)
    )
    clients = base.clients.select("key")
    for part in (counted, _planned(base)):
        clients = clients.join(part, on="key", how="left", maintain_order="left")
    found = clients.with_columns(
        days_to_meeting_call=days_to_call(clients["meeting_at"], base.context),
        engaged_deals=pl.col("engaged_deals").fill_null(0),
        presented_deals=pl.col("presented_deals").fill_null(0) if named else pl.lit(None, dtype=pl.Int64),
    )
    return base.clients.hstack(found.drop("key"))


def _planned(base: Base) -> pl.DataFrame:
    """Return the day of what is planned next with each client, and his next meeting that hangs on no deal."""
    context = base.context
    ahead = todos(base).filter(pl.col("ahead")).with_columns(place=place())
    of_deals = ahead.filter(pl.col("entity_kind").is_in(["deal", "lead"])).select("origin", "id", on_deal=True).unique()
    ahead = ahead.join(of_deals, on=["origin", "id"], how="left")
    theirs = ahead.lazy().join(owners(base), on="place").collect()
    met = (pl.col("kind") == MEETING) & pl.col("on_deal").is_null()
    planned = theirs.group_by("key").agg(next_at=pl.col("due_at").min(), meeting_at=pl.col("due_at").filter(met).min())
    return planned.select("key", "meeting_at", next_contact_on=day("next_at", context).cast(pl.Date))


def _agreed(base: Base) -> pl.DataFrame:
    """Return what was agreed on each deal that has to-dos: how many are open, when the next one and the last one is."""
    context = base.context
    ours = todos(base).filter(pl.col("entity_kind") == "deal")
    opened, ahead, due = pl.col("open"), pl.col("ahead"), pl.col("due_at")
    past = opened & ~ahead
    ended = pl.coalesce(pl.when(past).then(due), "done_at")
    return ours.group_by(id="entity_id").agg(
        open_tasks=opened.sum().cast(pl.Int64),
        tasks_overdue=(past & due.is_not_null()).sum().cast(pl.Int64),
        next_step_at=due.filter(ahead).min(),
        meeting_at=due.filter(ahead & (pl.col("kind") == MEETING)).min(),
        last_ended_at=ended.filter(ended <= context.now).max(),
    )


def _stands(base: Base) -> pl.DataFrame:
    """Return how each open deal stands in its stage, and whether that is the presentation or a later one."""
    context = base.context
    stays = steps_stages.stays(base)
    stages = base.snapshot["stages"].lazy().select("pipeline_id", "sort", stage_id="id", stage_name="name")
    rows = steps_stages.present(stays, base).join(stages, on=["pipeline_id", "stage_id"], how="left")
    rows = rows.join(steps_stages.usual(stays, base).lazy(), on=["pipeline_id", "stage_id"], how="left")
    rows = rows.join(_presentations(stages, context), on="pipeline_id", how="left")
    return rows.select(
        "stage_name",
        "stage_days_usual",
        id="deal_id",
        stage_days=(today(context) - day("entered_at", context)).cast(pl.Int64),
        presented=(pl.col("sort") >= pl.col("presentation_sort")).fill_null(value=False),
    ).collect()


def _presentations(stages: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """Return where the presentation stage stands in each pipeline that names one."""
    named = [(pipeline, steps[PRESENTATION]) for pipeline, steps in context.stages.items() if PRESENTATION in steps]
    schema = {"pipeline_id": pl.Int64, "stage_id": pl.String}
    wanted = pl.LazyFrame(named, schema=schema, orient="row")
    found = wanted.join(stages, on=["pipeline_id", "stage_id"])
    return found.select("pipeline_id", presentation_sort="sort")


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
