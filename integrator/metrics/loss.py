"""From which silence a client is lost: by his own rhythm, his own mean or 95th percentile, or after fixed days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from integrator.metrics.columns import joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrator.metrics.context import Context

    Rolling = Callable[[pl.Expr, str], pl.Expr]

_SHARE = 0.95
_FIXED = "fixed_days"
# Estimates other than the rhythm, by how they follow from the intervals of a stretch of the axis.
_ROLLING: dict[str, Rolling] = {
    "own_rhythm": lambda intervals, window: intervals.rolling_median_by("place", window_size=window),
    # The nearest rank, as for stays in a stage (C5): of fewer than twenty intervals the longest.
    "percentile_95": lambda intervals, window: intervals.rolling_quantile_by(
        "place", window_size=window, quantile=_SHARE, interpolation="equiprobable"
    ),
}
NUMBERS = {
    "own_rhythm": "win_back.lost_after_periods",
    "own_mean": "win_back.lost_mean_factor",
    _FIXED: "win_back.lost_fixed_days",
}
"""The parameter that goes with a way to tell who is lost, where there is one."""


def rolling(days: pl.DataFrame, by: str) -> pl.DataFrame:
    """Return `row` and `estimate`: of the intervals of each client up to that row, without rows that have none.

    All clients share one rolling window over an integer axis: each has a stretch of it twice as long as the longest
    history, the window is one history long, so it never reaches the client before.
    """
    later = days[["row", "interval", "key", "position"]].filter(pl.col("position") > 0)
    if later.is_empty():
        return pl.DataFrame(schema={"row": pl.Int64, "estimate": pl.Float64})
    longest: Any = later["position"].max()
    longest += 1
    number = (pl.col("key") != pl.col("key").shift()).fill_null(value=False).cum_sum().cast(pl.Int64)
    axis = later.with_columns(place=number * 2 * longest + pl.col("position"))
    return axis.select("row", estimate=_ROLLING[by](pl.col("interval"), f"{longest}i").cast(pl.Float64))


def estimates(days: pl.DataFrame, by: str) -> pl.Series:
    """Return for every day of purchase what the client is judged by from then on; null with one purchase."""
    if by in {"own_rhythm", _FIXED}:
        return days["rhythm"].alias("estimate")
    if by == "own_mean":
        first = pl.when(pl.col("position") == 0).then(pl.col("day")).forward_fill()
        mean = (pl.col("day") - first) / pl.col("position")
        return days.select(estimate=pl.when(pl.col("position") > 0).then(mean)).to_series()
    return joined(days[["row"]], rolling(days, by), on="row")["estimate"]


def threshold(estimate: pl.Expr, context: Context) -> pl.Expr:
    """Return the days of silence from which a client of this estimate is lost; null where there is no estimate."""
    by = context.word("win_back.lost_by")
    if by == _FIXED:
        return pl.when(estimate.is_not_null()).then(pl.lit(context.param(NUMBERS[_FIXED])))
    stretched = estimate * context.param(NUMBERS[by]) if by in NUMBERS else estimate
    capped = pl.min_horizontal(stretched, pl.lit(context.param("win_back.lost_ceiling_days")))
    bounded = pl.max_horizontal(capped, pl.lit(context.param("win_back.lost_floor_days")))
    return pl.when(estimate.is_not_null()).then(bounded)
