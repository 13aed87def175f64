"""The tasks that rules made, among all that a CRM holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.metrics.columns import Schema

# What else there is, amoCRM's notes and events, no rule makes.
_ORIGINS = ("task", "activity")
_TASK = ["origin", "id"]
_BOUND = ["id", "entity_kind", "entity_id"]
_MADE: Schema = {"id": pl.Int64, "entity_kind": pl.String, "entity_id": pl.Int64, "cleared": pl.Boolean}
_ENTITY = r"(company|contact|deal|lead):(\d+)$"


def marked(snapshot: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the tasks with `own` (a rule made it) and `cleared` (the product itself completed it: its cause was gone).

    What the product completes nobody has done: it is no contact, and the text with which it does so is nobody's word.
    """
    tasks, made = snapshot["tasks"], _made(snapshot["own_tasks"])
    if made.is_empty():
        return tasks.with_columns(own=pl.lit(value=False), cleared=pl.lit(value=False))
    # The id alone would not do: Bitrix24 numbers its tasks and its activities apart, and rules may make either.
    few = tasks[["origin", *_BOUND]].filter(pl.col("origin").is_in(_ORIGINS), pl.col("id").is_in(made["id"].implode()))
    found = few.join(made, on=_BOUND).group_by(_TASK).agg(cleared=pl.col("cleared").any())
    told = tasks[_TASK].join(found, on=_TASK, how="left", maintain_order="left")["cleared"]
    return tasks.with_columns(own=told.is_not_null(), cleared=told.fill_null(value=False))


def kind_of_task() -> pl.Expr:
    """Return the kind of a marked task; what a rule made is a task, whatever the CRM must call it."""
    # amoCRM has no plain kind of task: its first, a call, stands for it.
    return pl.when("own").then(pl.lit("task")).otherwise(pl.col("kind").fill_null("task"))


def _made(own: pl.DataFrame) -> pl.DataFrame:
    """Return the tasks that rules made and the CRM has, by their id and what they hang on."""
    if own.is_empty():
        return pl.DataFrame(schema=_MADE)
    subject = pl.col("subject")
    made = own.select(
        id="remote_id",
        entity_kind=subject.str.extract(_ENTITY, 1),
        entity_id=subject.str.extract(_ENTITY, 2).cast(pl.Int64),
        cleared=pl.col("cleared").fill_null(value=False),
    )
    return made.drop_nulls()
