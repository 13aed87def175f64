"""The stages of deals as they were gone through, the first one included where the CRM does not record it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.metrics import Context

_COLUMNS = ("id", "deal_id", "pipeline_id", "stage_id", "at")
# A deal is recorded as made and as come to its first stage within a moment.
_AT_ONCE = timedelta(minutes=1)


def gone_through(snapshot: Mapping[str, pl.DataFrame], deals: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the changes of the deals' stages by now, and their beginnings where the history lacks them.

    amoCRM records changes only: where the first of them comes later than the deal, it began on the first stage. Who
    came to the first stage by a change did not begin on it.
    """
    past = snapshot["stage_changes"].filter(pl.col("at") <= context.now).select(_COLUMNS)
    past = past.join(deals.select(deal_id="id"), on="deal_id", how="semi")
    first = past.sort("at").group_by("deal_id").agg(first_at=pl.col("at").first(), came_to=pl.col("stage_id").first())
    begun = deals.select("pipeline_id", "created_at", deal_id="id").join(first, on="deal_id")
    begun = begun.filter(pl.col("first_at") > pl.col("created_at") + _AT_ONCE)
    begun = begun.join(_first_stages(snapshot["stages"]), on="pipeline_id").filter(
        pl.col("stage_id") != pl.col("came_to")
    )
    rows = begun.select("deal_id", "pipeline_id", "stage_id", id=pl.lit(""), at="created_at").select(_COLUMNS)
    return pl.concat([rows, past], how="vertical_relaxed")


def _first_stages(stages: pl.DataFrame) -> pl.DataFrame:
    opened = stages.filter(pl.col("outcome") == "open")
    return opened.group_by("pipeline_id").agg(stage_id=pl.col("id").sort_by("sort", "id").first())
