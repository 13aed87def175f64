"""Losses, measured (D2): how many clients each manager lost in a window, and what they brought a year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from integrator.metrics.columns import KINDS, today
from integrator.reports.shares import percent

if TYPE_CHECKING:
    from integrator.metrics import Facts
    from integrator.metrics.context import Context
    from integrator.reports.window import Window

YEAR = 365
MINOR_UNITS = 100
BENCHMARK_PCT = (9, 11)  # of clients a year, as companies commonly lose them


def losses(facts: Facts, days: pl.DataFrame, context: Context, window: Window) -> list[dict[str, Any]]:
    """Return a row per manager who has clients; `facts` and `days` (purchases by day) as at the window's end.

    The money is lost clients × mean purchase × purchases a year, both of all of the manager's clients in the 365 days
    to the window's end, in whole units of the portal's currency.
    """
    clients = flagged(facts.clients, window).select("kind", "id", "responsible_id", "lost")
    year = _year(days, context)
    joined = clients.join(year, on=["kind", "id"], how="left")
    rows = (
        joined.group_by("responsible_id")
        .agg(
            clients_total=pl.len(),
            clients_lost=pl.col("lost").sum(),
            purchases=pl.col("purchases").sum(),
            revenue=pl.col("revenue").sum(),
        )
        .sort("responsible_id", nulls_last=True)
    )
    return [_row(**row) for row in rows.iter_rows(named=True)]


def flagged(clients: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Return those who ever bought, with `lost_on` (the first day of silence that counts as a loss) and `lost`.

    `lost` is true where that day fell in the window: who bought since has another last purchase.
    """
    bought = clients.filter(pl.col("purchase_count") > 0)
    reached = pl.col("days_silent") >= pl.col("lost_threshold_days")
    day = pl.col("last_purchase_on") + pl.duration(days=pl.col("lost_threshold_days").ceil().cast(pl.Int64))
    lost_on = pl.when(reached).then(day)
    within = lost_on.is_between(window.since, window.until).fill_null(value=False)
    return bought.with_columns(lost_on=lost_on, lost=within)


def _year(days: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return what each client bought in the 365 days to now: on how many days, and for how much."""
    recent = days.filter(pl.col("day") > today(context) - YEAR)
    by_client = recent.group_by("key").agg(purchases=pl.len(), revenue=pl.col("revenue").sum())
    kind = pl.when(pl.col("key") % len(KINDS) == 0).then(pl.lit(KINDS[0])).otherwise(pl.lit(KINDS[1]))
    return by_client.select("purchases", "revenue", kind=kind, id=pl.col("key") // len(KINDS))


def _row(
    responsible_id: int | None, clients_total: int, clients_lost: int, purchases: int, revenue: int
) -> dict[str, Any]:
    mean_amount = revenue / MINOR_UNITS / purchases if purchases else 0
    return {
        "manager_id": None if responsible_id is None else str(responsible_id),
        "clients_total": clients_total,
        "clients_lost": clients_lost,
        "lost_pct": percent(clients_lost, clients_total),
        "money_lost_per_year": clients_lost * mean_amount * (purchases / clients_total),
    }
