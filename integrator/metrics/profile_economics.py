"""Whether a client's expected margin is worth the hours spent on him (B2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import today

if TYPE_CHECKING:
    from integrator.metrics.context import Base

NEW = "new"  # of whom nothing is bought yet; buyers are in the cohort of their ABC class
RATES, MARGINS = "profile_win_rates", "profile_margins"
_YEAR, _MINOR_UNITS = 365, 100
_OPEN = 2**61  # microseconds by which an open deal counts as later than any closed one
_SILENT = {
    "win_chance": pl.lit(None, dtype=pl.Float64),
    "expected_margin": pl.lit(None, dtype=pl.Int64),
    "uneconomic": pl.lit(None, dtype=pl.Boolean),
}


def judged(clients: pl.DataFrame, base: Base) -> pl.DataFrame:
    """Return the clients with `win_chance`, `expected_margin` and `uneconomic`; null while hours or cost are unset."""
    cost = base.context.param("target.hours_per_year") * base.context.param("target.hour_cost") * _MINOR_UNITS
    if cost <= 0:
        return clients.with_columns(**_SILENT)
    placed = clients.with_columns(cohort=pl.col("abc").fill_null(NEW)).join(_pipelines(base), on="key", how="left")
    rates = base.shared.table(RATES, lambda: _rates(placed, base))
    margins = base.shared.table(MARGINS, lambda: _margins(placed))
    found = placed.join(rates, on=["cohort", "pipeline_id"], how="left", nulls_equal=True, maintain_order="left")
    found = found.join(margins, on="cohort", how="left", maintain_order="left")
    # Compared without dividing, so that a bound met exactly is met.
    poor = pl.col("won") * pl.col("expected_margin") < pl.col("decided") * cost
    return found.with_columns(win_chance=pl.col("won") / pl.col("decided"), uneconomic=poor).drop(
        "cohort", "pipeline_id", "won", "decided"
    )


def _pipelines(base: Base) -> pl.DataFrame:
    """Return the pipeline in which each client is worked: that of his latest open deal, else of his latest one."""
    deals = base.deals.select("key", "pipeline_id", "created_at", "outcome", "id").drop_nulls("key")
    # Of two that were created at once the higher id stands first, and the first greatest counts.
    ordered = deals.sort("id", descending=True)
    instant = pl.col("created_at").to_physical().fill_null(0)
    later = pl.when(pl.col("outcome") == "open").then(instant + _OPEN).otherwise(instant)
    ranked = ordered.select("key", "pipeline_id", rank=later)
    return ranked.group_by("key").agg(pl.col("pipeline_id").get(pl.col("rank").arg_max()))


def _rates(placed: pl.DataFrame, base: Base) -> pl.DataFrame:
    """Return, of the deals decided in the last 365 days, how many were won, by cohort and pipeline, and of all (null).

    A deal counts for the cohort its client was in before it: the first purchase of a client is a deal won of a new one,
    else nobody new could ever be worth his hours. Pipelines with too few deals are left out.
    """
    closed = pl.col("closed_day")
    deals = base.deals.select("key", "pipeline_id", "outcome", "closed_day")
    decided = deals.filter((pl.col("outcome") != "open") & (closed > today(base.context) - _YEAR))
    bought = deals.filter((pl.col("outcome") == "won") & closed.is_not_null())
    first = bought.group_by("key").agg(first_day=closed.min())
    known = decided.join(first, on="key", how="left").join(placed.select("key", "cohort"), on="key")
    fresh = pl.col("first_day").is_null() | (closed <= pl.col("first_day"))
    known = known.with_columns(cohort=pl.when(fresh).then(pl.lit(NEW)).otherwise(pl.col("cohort")))
    counts = [(pl.col("outcome") == "won").sum().cast(pl.Int64).alias("won"), pl.len().cast(pl.Int64).alias("decided")]
    everywhere = known.group_by("cohort").agg(*counts).with_columns(pipeline_id=pl.lit(None, dtype=pl.Int64))
    each = known.filter(pl.col("pipeline_id").is_not_null()).group_by("cohort", "pipeline_id").agg(*counts)
    rates = pl.concat([each, everywhere], how="diagonal").sort("cohort", "pipeline_id")
    return rates.filter(pl.col("decided") >= base.context.param("target.least_decided"))


def _margins(placed: pl.DataFrame) -> pl.DataFrame:
    """Return the median margin of a client's last year of buying, by cohort; of a new one that of all buyers."""
    buyers = placed.filter(pl.col("value_365").is_not_null())
    median = pl.col("value_365").median().round().cast(pl.Int64).alias("expected_margin")
    everybody = buyers.select(median, cohort=pl.lit(NEW)).select("cohort", "expected_margin")
    return pl.concat([buyers.group_by("cohort").agg(median), everybody]).sort("cohort")
