"""What more a client could buy: is his turnover falling (B8), does he buy the whole range (B7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import joined, replaced, today
from integrator.metrics.growth_range import ranges

if TYPE_CHECKING:
    from datetime import date

    from integrator.metrics.context import Base, Context

_WINDOW = 90


def measured(base: Base) -> pl.DataFrame:
    """Return the clients with their turnover by windows of 90 days and the gaps in what they buy."""
    clients = joined(base.clients[["key"]], _turnover(base.deals, base.context))
    now, before, year_ago = (pl.col(name) for name in ("revenue_90", "revenue_90_before", "revenue_90_year_ago"))
    clients = clients.with_columns(
        revenue_90=now.fill_null(0),
        revenue_90_before=before.fill_null(0),
        # Where nothing was bought a year ago there is nothing to compare with.
        revenue_90_year_ago=pl.when(year_ago > 0).then(year_ago),
        turnover_ratio=pl.when(before > 0).then(now / before),
        turnover_ratio_year=pl.when(year_ago > 0).then(now / year_ago),
        quarter_on=pl.lit(quarter_of(base.context.today)),
    )
    return replaced(base.clients, joined(clients, ranges(base)))


def _turnover(deals: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the revenue of the last 90 days, of the 90 before, and of the last ones as they were a year ago."""
    end = today(context)
    ends = {
        "revenue_90": end,
        "revenue_90_before": end - _WINDOW,
        "revenue_90_year_ago": end - _days_of_year_before(context.today),
    }
    sold = pl.col("closed_day")
    within = {name: (sold > last - _WINDOW) & (sold <= last) for name, last in ends.items()}
    deals = deals[["key", "outcome", "closed_day", "amount"]]
    won = (pl.col("outcome") == "won") & pl.col("key").is_not_null() & pl.any_horizontal(*within.values())
    sums = [pl.col("amount").filter(window).sum().cast(pl.Int64).alias(name) for name, window in within.items()]
    return deals.filter(won).group_by("key").agg(sums)


def quarter_of(day: date) -> date:
    """Return the first day of the calendar quarter."""
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def _days_of_year_before(day: date) -> int:
    """Return how many days ago the same date of the year before was; for 29 February that of the 28th."""
    leap_day = (day.month, day.day) == (2, 29)
    return (day - day.replace(year=day.year - 1, day=28 if leap_day else day.day)).days
