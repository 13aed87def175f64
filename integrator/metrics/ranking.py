"""How valuable a client is beside all others: the share of those ranked above him, and his class (D3).

The whole base is told as a curve of at most some thousands of knots, which is stored: one client alone is ranked on it
as he was among all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import id_of, kind_of, quotient

if TYPE_CHECKING:
    from integrator.metrics.context import Context
    from integrator.metrics.shared import Shared

CURVE = "abc_curve"
# Below so many buyers each is a knot and every share is exact; above, none is off by more than one in so many.
_STEPS = 4096


def ranked(clients: pl.DataFrame, context: Context, shared: Shared) -> pl.DataFrame:
    """Return the clients with `abc_share_above`, the share of all value that those ranked above bring, and `abc`."""
    curve = shared.table(CURVE, lambda: _curve(clients, context))
    share = _placed(clients, curve)
    a_below, b_below = _bounds(context)
    letter = pl.when(share < a_below).then(pl.lit("A")).when(share < b_below).then(pl.lit("B")).otherwise(pl.lit("C"))
    return clients.with_columns(abc_share_above=share, abc=letter)


def _bounds(context: Context) -> tuple[float, float]:
    return context.param("win_back.abc_a_below"), context.param("win_back.abc_b_below")


def _order(rows: pl.DataFrame, *more: str) -> pl.DataFrame:
    """Return the rows in descending order of value; of equals companies first, then by id."""
    keyed = rows.with_columns(kind_rank=kind_of("key"), number=id_of("key"))
    descending = [True, False, False, *(False for _ in more)]
    return keyed.sort(["value_365", "kind_rank", "number", *more], descending=descending)


def _curve(clients: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the knots, in order: a client's key, his value, the share of those above him and the share with his own.

    Whoever stands beside a bound is a knot, so that a bound lies between the same two clients on the curve as in the
    base.
    """
    rows = _order(clients.select("key", "value_365"))
    total = int(rows["value_365"].sum())
    through = pl.col("value_365").cum_sum()
    rows = rows.select(
        "key",
        "value_365",
        above=_share(through - pl.col("value_365"), total),
        through=_share(through, total),
    )
    if rows.height <= _STEPS:
        return rows
    step = (pl.col("above") * _STEPS).floor()
    first = (step != step.shift()).fill_null(value=True)
    for bound in _bounds(context):
        beyond = pl.col("above") >= bound
        first |= (beyond != beyond.shift(-1)).fill_null(value=True) | (beyond != beyond.shift()).fill_null(value=True)
    return rows.filter(first)


def _share(value: pl.Expr, total: int) -> pl.Expr:
    """Return the value over the total; a base that brought nothing has everybody at the top."""
    return quotient(value, total) if total > 0 else pl.lit(0.0)


def _near(values: pl.Series, curve: pl.DataFrame) -> pl.DataFrame:
    """Return the knots between which the values lie; of few values most knots are none of these."""
    if values.len() * 2 > curve.height:
        return curve
    above = curve["value_365"].search_sorted(values, side="left", descending=True)
    beside = pl.int_range(1, pl.len() + 1).is_in(above.implode())
    return curve.filter(beside | pl.col("value_365").is_in(values.implode()))


def _placed(clients: pl.DataFrame, curve: pl.DataFrame) -> pl.Series:
    """Return each client's share on the curve: a knot's own, else that of the knots down to the last one above him."""
    own = clients.select("key", "value_365", row=pl.int_range(pl.len(), dtype=pl.Int64))
    near = _near(clients["value_365"], curve)
    knots = near.with_columns(row=pl.lit(-1, dtype=pl.Int64), knot="key", worth="value_365")
    merged = _order(pl.concat([own, knots], how="diagonal"), "row")
    last = merged.select("key", "value_365", "row", pl.col("knot", "worth", "above", "through").forward_fill())
    himself = (pl.col("key") == pl.col("knot")) & (pl.col("value_365") == pl.col("worth"))
    share = pl.when(himself).then(pl.col("above")).otherwise(pl.col("through")).fill_null(0.0)
    return last.filter(pl.col("row") >= 0).select("row", share=share).sort("row")["share"]
