"""How deals went through their stages: each stay in one, where they stand, and how long such stays usually take."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import INSTANT, Schema, day, instant, joined, today
from integrator.metrics.history import later_changes

if TYPE_CHECKING:
    from integrator.metrics.context import Base

YEAR = 365
_STAGE = ["pipeline_id", "stage_id"]
# A deal is recorded as made and as come to its first stage within a moment.
_AT_ONCE = timedelta(minutes=1)
USUAL = "usual_stays"
# amoCRM's own first stage holds what is not sorted yet: no deal begins there.
_FIRST = "acquaintance"
_STAYS: Schema = {
    "deal_id": pl.Int64,
    "pipeline_id": pl.Int64,
    "stage_id": pl.String,
    "entered_at": INSTANT,
    "left_at": INSTANT,
}


def stays(base: Base) -> pl.DataFrame:
    """Return every stay of deals that are open or moved in the last year, in order; `left_at` is null for the last.

    Columns: deal_id, pipeline_id, stage_id, entered_at, left_at. Changes that lead where the deal already is are none.
    """
    deals, changes = _wanted(base), base.snapshot["stage_changes"]
    if deals.is_empty():
        return pl.DataFrame(schema=_STAYS)
    at_now = (pl.col("at") <= instant(base.context.now)) & pl.col("deal_id").is_in(deals["deal_id"].implode())
    past = changes.filter(at_now)
    past = past.select("deal_id", *_STAGE, "at", tie=_tie(past["id"]))
    moves = pl.concat([_beginnings(deals, past, base), past], how="vertical_relaxed").sort("deal_id", "at", "tie")
    # Who came to the first stage by a change did not begin on it: where he did is not known.
    guessed = pl.col("tie").is_null() & pl.all_horizontal(_same(name, -1) for name in ("deal_id", *_STAGE))
    moves = moves.filter(~guessed.fill_null(value=False))
    moves = moves.filter(~pl.all_horizontal(_same(name, 1) for name in ("deal_id", *_STAGE)).fill_null(value=False))
    left_at = pl.when(_same("deal_id", -1)).then(pl.col("at").shift(-1))
    return moves.select("deal_id", *_STAGE, entered_at="at", left_at=left_at)


def _same(column: str, shift: int) -> pl.Expr:
    """True where the row before (1) or after (-1) has the same value."""
    return pl.col(column) == pl.col(column).shift(shift)


def present(found: pl.DataFrame, base: Base) -> pl.DataFrame:
    """Return the stage of each open deal at now, and when it came there.

    Where no change after now is known the row is right: a change that the history lacks leaves the instant unknown.
    """
    deals = base.deals[["id", *_STAGE, "outcome"]]
    opened = deals.filter(pl.col("outcome") == "open").select(
        deal_id="id", row_pipeline="pipeline_id", row_stage="stage_id"
    )
    stands = joined(opened, found.filter(pl.col("left_at").is_null()), on="deal_id")
    told = _is_later(base)
    pipeline = pl.when(told).then(pl.col("pipeline_id")).otherwise(pl.col("row_pipeline"))
    stage = pl.when(told).then(pl.col("stage_id")).otherwise(pl.col("row_stage"))
    known = pl.col("stage_id").eq(stage) & pl.col("pipeline_id").eq(pipeline)
    return stands.select(
        "deal_id", pipeline_id=pipeline, stage_id=stage, entered_at=pl.when(known).then(pl.col("entered_at"))
    )


def usual(found: pl.DataFrame, base: Base) -> pl.DataFrame:
    """Return `stage_days_usual` by stage: the nearest rank of the stays that ended there in the last year.

    Stages with too few of them are absent.
    """
    return base.shared.table(USUAL, lambda: _usual(found, base))


def _usual(found: pl.DataFrame, base: Base) -> pl.DataFrame:
    context = base.context
    percentile = int(context.param("next_step.usual_stay_percentile"))
    opened = base.snapshot["stages"].filter(pl.col("outcome") == "open")
    ended = found.with_columns(entered=day("entered_at", context), left=day("left_at", context)).filter(
        pl.col("left") > today(context) - YEAR
    )
    lengths = ended.join(opened, left_on=_STAGE, right_on=["pipeline_id", "id"], how="semi")
    rank = (pl.len().cast(pl.Int64) * percentile + 99) // 100 - 1
    stages = lengths.group_by(_STAGE).agg(
        stage_days_usual=(pl.col("left") - pl.col("entered")).cast(pl.Int64).sort().get(rank.clip(0)), size=pl.len()
    )
    enough = pl.col("size") >= context.param("next_step.usual_stay_minimum")
    return stages.filter(enough).drop("size").sort(_STAGE)


def _is_later(base: Base) -> pl.Expr:
    """True for deals of which a change later than now is recorded."""
    later = later_changes(base.snapshot["stage_changes"], base.context)
    return pl.lit(value=False) if later.is_empty() else pl.col("deal_id").is_in(later.implode())


def _wanted(base: Base) -> pl.DataFrame:
    """Return the deals whose stays are asked for: the open ones, and those that moved in the last year.

    The latter tell how long stays usually take; where that is known from the whole base, only the open ones are asked.
    """
    deals = base.deals.select("created_at", *_STAGE, "outcome", deal_id="id")
    wanted = deals["outcome"] == "open"
    if base.shared.stored is None:
        since = base.context.now - timedelta(days=YEAR + 1)
        moved = base.snapshot["stage_changes"].filter(pl.col("at") > instant(since))["deal_id"].unique()
        wanted |= deals["deal_id"].is_in(moved.implode())
    return deals.filter(wanted)


def _beginnings(deals: pl.DataFrame, past: pl.DataFrame, base: Base) -> pl.DataFrame:
    """Return the first stage of deals that have no record of it, as a change without a tie.

    amoCRM records changes only: where the first of them comes later than the deal, it began on the first stage.
    """
    rows = joined(deals, past.group_by("deal_id").agg(first_at=pl.col("at").min()), on="deal_id")
    unrecorded = (pl.col("first_at") > pl.col("created_at") + _AT_ONCE).fill_null(value=True)
    rows = joined(rows.filter(unrecorded & pl.col("created_at").is_not_null()), _first_stages(base), on="pipeline_id")
    still = pl.col("first_at").is_null() & ~_is_later(base)
    stage = pl.when(still).then(pl.col("stage_id")).otherwise(pl.col("first_stage"))
    begun = rows.select("deal_id", "pipeline_id", stage_id=stage, at="created_at", tie=pl.lit(None))
    return begun.filter(pl.col("stage_id").is_not_null())


def _first_stages(base: Base) -> pl.DataFrame:
    """Return the first stage of each pipeline: the one named for the acquaintance, else the first of all."""
    named = {pipeline: steps[_FIRST] for pipeline, steps in base.context.stages.items() if _FIRST in steps}
    opened = base.snapshot["stages"].filter(pl.col("outcome") == "open").sort("sort", "id")
    first = opened.unique("pipeline_id", keep="first", maintain_order=True)
    rows = [(pipeline, named.get(pipeline, stage)) for pipeline, stage in first.select("pipeline_id", "id").iter_rows()]
    return pl.DataFrame(rows, schema={"pipeline_id": pl.Int64, "first_stage": pl.String}, orient="row")


def _tie(ids: pl.Series) -> pl.Series:
    """Return what changes of one second follow: their ids as numbers in Bitrix24, as sortable text in amoCRM."""
    numbers = ids.cast(pl.Int64, strict=False)
    return ids if numbers.null_count() else numbers
