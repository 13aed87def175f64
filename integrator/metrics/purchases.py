"""What and how often each client buys: rhythm, loss and return, value and regularity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics import loss
from integrator.metrics.columns import joined, quotient, today
from integrator.metrics.ranking import ranked

if TYPE_CHECKING:
    from integrator.metrics.context import Context
    from integrator.metrics.shared import Shared

PERIODS = "purchase_periods"
# What clients are judged by, and the row of the cohorts that stands for all of them.
_JUDGED, _ALL = ("period", "estimate"), ""
_WHOSE = ("own", "class", "all", "default")
_HELPERS = {f"{whose}_{what}" for whose in _WHOSE for what in _JUDGED}
_WINDOW, _WINDOWS, _YEAR = 91, 4, 365
_VARIATION_STEP = (
    10_000  # variations that are whole ten-thousandths are given exactly, so that a bound like 0.1 holds them
)


def purchase_days(deals: pl.DataFrame) -> pl.DataFrame:
    """Return one row per client and day of purchase, in order, with the day's sums and the rhythm up to it.

    `position` counts from 0; `interval` is days since the purchase before, `rhythm` the median of the intervals so far.
    `last` is true for the client's last day.
    """
    deals = deals[["key", "closed_day", "outcome", "amount", "value", "closed_at"]]
    won = deals.filter((pl.col("outcome") == "won") & pl.col("key").is_not_null() & pl.col("closed_day").is_not_null())
    daily = won.group_by("key", pl.col("closed_day").alias("day")).agg(
        pl.col("amount").sum().alias("revenue"),
        pl.col("value").sum().alias("value"),
        pl.col("amount").count().alias("known"),
        pl.col("closed_at").max().alias("last_purchase_at"),
    )
    key, row = pl.col("key"), pl.int_range(pl.len(), dtype=pl.Int64)
    first = (key != key.shift()).fill_null(value=True)
    days = daily.sort("key", "day").with_columns(
        row=row,
        position=row - pl.when(first).then(row).forward_fill(),
        interval=pl.when(~first).then(pl.col("day") - pl.col("day").shift()),
        last=(key != key.shift(-1)).fill_null(value=True),
    )
    return joined(days, loss.rolling(days, "own_rhythm").rename({"estimate": "rhythm"}), on="row")


def buyers(days: pl.DataFrame, context: Context, shared: Shared) -> pl.DataFrame:
    """Return one row per client who has bought, with every metric that follows from his purchases."""
    days = days.with_columns(loss.estimates(days, context.word("win_back.lost_by")))
    # One row per client and in the same order: no join is needed.
    clients = _last(days, context).hstack(_sums(days, context))
    clients = joined(clients, _returns(days, context))
    clients = _with_period(ranked(clients, context, shared), context, shared)
    threshold, period = loss.threshold(_pooled("estimate"), context), pl.col("purchase_period_days")
    # The first day of silence that counts as a loss: what is bought on it comes too late.
    lost_day = pl.col("last_day") + pl.col("lost_threshold_days").ceil().cast(pl.Int32)
    since_lost = today(context) - lost_day
    found = clients.with_columns(lost_threshold_days=threshold).with_columns(
        lost_on=lost_day.cast(pl.Date),
        lost_recently=(since_lost >= 0) & (since_lost < period),
        return_window_days=period * context.param("win_back.return_periods"),
        days_since_return=(today(context) - pl.col("last_return_day")).cast(pl.Int64),
    )
    return found[[name for name in found.columns if name not in _HELPERS]]


def _last(days: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the last purchase of each client."""
    return days.filter("last").select(
        "key",
        "last_purchase_at",
        purchase_count=pl.col("position") + 1,
        last_day="day",
        last_purchase_amount=pl.when(pl.col("known") > 0).then(pl.col("revenue")),
        days_silent=(today(context) - pl.col("day")).cast(pl.Int64),
        own_period="rhythm",
        own_estimate="estimate",
    )


def _sums(days: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return sums of each client's purchases: of all time, of the year to now, of windows that end at the last one.

    Clients stand in their order.
    """
    age = pl.when("last").then(pl.col("day")).backward_fill() - pl.col("day")
    aged = days.select(
        "key", "revenue", "value", age=age, recent=pl.col("day") > today(context) - _YEAR, priced=pl.col("known") > 0
    )
    revenue, age = pl.col("revenue"), pl.col("age")
    windows = [
        revenue.filter((age >= number * _WINDOW) & (age < (number + 1) * _WINDOW)).sum().alias(f"window_{number}")
        for number in range(_WINDOWS)
    ]
    sums = aged.group_by("key", maintain_order=True).agg(
        revenue.sum().alias("revenue_total"),
        revenue.filter("recent").sum().alias("revenue_365"),
        pl.col("value").filter(age < _YEAR).sum().alias("value_365"),
        pl.col("recent").sum().cast(pl.Int64).alias("purchases_365"),
        pl.col("priced").sum().alias("known_days"),
        pl.len().alias("purchases"),
        *windows,
    )
    return sums.select(
        *("revenue_total", "revenue_365", "value_365", "purchases_365"),
        average_purchase=_half_up("revenue_total", "known_days"),
        revenue_variation=_varied(sums),
    )


def _half_up(total: str, count: str) -> pl.Expr:
    """Return total / count to the minor unit, halves away from zero; null where the count is 0."""
    size = (pl.col(total).abs() * 2 + pl.col(count)) // (pl.col(count).cast(pl.Int64) * 2)
    signed = pl.when(pl.col(total) < 0).then(-size).otherwise(size)
    return pl.when(pl.col(count) > 0).then(signed)


def _varied(sums: pl.DataFrame) -> pl.Series:
    """Return population standard deviation / mean of the windows' revenue.

    With n windows of sum s and sum of squares q it is sqrt(n q - s^2) / s: integers until the last step.
    Null with one purchase or a mean of 0.
    """
    windows = [pl.col(f"window_{number}").cast(pl.Int128) for number in range(_WINDOWS)]
    total = pl.sum_horizontal(windows)
    squares = pl.sum_horizontal([window * window for window in windows])
    parts = sums.select(
        total=pl.when((total > 0) & (pl.col("purchases") > 1)).then(total), spread=squares * _WINDOWS - total * total
    )
    rough = pl.col("spread").cast(pl.Float64).sqrt() / pl.col("total").cast(pl.Float64)
    steps = (pl.col("rough") * _VARIATION_STEP).round().clip(0, 2 * _VARIATION_STEP)
    parts = parts.with_columns(rough=rough).with_columns(steps=steps)
    whole = pl.col("steps").cast(pl.Int128) * pl.col("total")
    exact = whole * whole == pl.col("spread") * _VARIATION_STEP * _VARIATION_STEP
    variation = pl.when(exact).then(quotient(pl.col("steps"), _VARIATION_STEP)).otherwise(pl.col("rough"))
    return parts.select(variation).to_series()


def _returns(days: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return each client's latest purchase that ended a loss, judged by the purchases before that silence."""
    before = loss.threshold(pl.col("estimate").shift(), context)
    return days.filter(pl.col("interval") >= before).group_by("key").agg(pl.col("day").max().alias("last_return_day"))


def _with_period(clients: pl.DataFrame, context: Context, shared: Shared) -> pl.DataFrame:
    """Return the clients with the period they are judged by: their own, else that of enough clients like them."""
    cohorts = shared.table(PERIODS, lambda: _periods(clients, context))
    alike = cohorts.filter(pl.col("abc") != _ALL).rename({name: f"class_{name}" for name in _JUDGED})
    everyone = cohorts.filter(pl.col("abc") == _ALL).row(0, named=True)
    default = context.param("win_back.default_period_days")
    clients = joined(clients, alike, on="abc").with_columns(
        *(pl.lit(everyone[name], dtype=pl.Float64).alias(f"all_{name}") for name in _JUDGED),
        *(pl.lit(default).alias(f"default_{name}") for name in _JUDGED),
    )
    ranks = {"own": "own_period", "abc_class": "class_period", "all_clients": "all_period", "default": "default_period"}
    sources = [pl.when(pl.col(column).is_not_null()).then(pl.lit(name)) for name, column in ranks.items()]
    return clients.with_columns(purchase_period_days=_pooled("period"), purchase_period_source=pl.coalesce(*sources))


def _periods(clients: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the medians of what clients are judged by, of each class and of all; null where too few have their own."""
    own = clients.filter(pl.col("own_period").is_not_null())
    enough = pl.len() >= max(context.param("win_back.cohort_minimum"), 1)
    medians = [pl.when(enough).then(pl.col(f"own_{name}").median()).alias(name) for name in _JUDGED]
    everyone = own.select(pl.lit(_ALL).alias("abc"), *medians)
    return pl.concat([own.group_by("abc", maintain_order=True).agg(medians).sort("abc"), everyone])


def _pooled(what: str) -> pl.Expr:
    """Return the client's own, else that of his class, else that of all, else the default."""
    return pl.coalesce(*(f"{whose}_{what}" for whose in _WHOSE))
