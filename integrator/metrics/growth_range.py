"""What groups of products a client buys, and what those like him buy beside (B7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import Schema, joined
from integrator.metrics.money import of_portal

if TYPE_CHECKING:
    from integrator.metrics.context import Base, Context

RANGE = "range_of_cohorts"
# The industry of the row that stands for a whole class.
_ANY = ""
_LIST = ", "
_COHORT = ["abc", "industry"]
_RANGES: Schema = {
    "key": pl.Int64,
    "groups_bought": pl.String,
    "groups_missing": pl.String,
    "gap_group": pl.String,
    "gap_share": pl.Float64,
}


def ranges(base: Base) -> pl.DataFrame:
    """Return, for clients whose baskets are known, what they buy and what those like them buy and they do not."""
    bought = _bought(base)
    known = _cohorts(base.clients, bought)
    popular = base.shared.table(RANGE, lambda: _popular(bought, known, base.context))
    if bought.is_empty():
        return pl.DataFrame(schema=_RANGES)
    own = bought.sort("key", "group").group_by("key", maintain_order=True)
    return joined(own.agg(groups_bought=pl.col("group").str.join(_LIST)), _missing(bought, known, popular))


def _bought(base: Base) -> pl.DataFrame:
    """Return what each client spent on each group of products by deals that were won."""
    lines = base.snapshot["basket_lines"]
    if lines.is_empty():
        return pl.DataFrame(schema={"key": pl.Int64, "group": pl.String, "spent": pl.Int64})
    purchase = (pl.col("outcome") == "won") & pl.col("key").is_not_null() & pl.col("closed_day").is_not_null()
    won = base.deals.select("key", "currency", "outcome", "closed_day", deal_id="id").filter(purchase)
    products = base.snapshot["products"].filter(pl.col("id").is_in(lines["product_id"].implode()))
    groups = products.select(product_id="id", group=_named_group()).drop_nulls()
    lines = lines.select("deal_id", "product_id", minor="amount").join(groups, on="product_id")
    code = pl.col("currency").str.strip_chars().str.to_uppercase()
    coded = lines.join(won, on="deal_id").select("key", "group", "minor", rate_code=pl.when(code != "").then(code))
    priced = of_portal(coded, base.snapshot["currencies"], base.context)
    return priced.group_by("key", "group").agg(spent=pl.col("minor").sum().cast(pl.Int64))


def _named_group() -> pl.Expr:
    """Return the name of a product's group; null where there is none, since it tells nothing."""
    name = pl.col("group").str.strip_chars()
    return pl.when(name != "").then(name)


def _cohorts(clients: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    """Return the buyers whose baskets are known with their class and, where it is known, their industry."""
    industry = pl.col("industry").str.strip_chars().str.to_lowercase().fill_null(_ANY)
    known = pl.col("abc").is_not_null() & pl.col("key").is_in(bought["key"].implode())
    return clients[["key", "abc", "industry"]].filter(known).with_columns(industry=industry)


def _popular(bought: pl.DataFrame, known: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the groups that most clients of a cohort buy, those on which they spend most first in each.

    A row without a group tells that the cohort is large enough, whatever it buys.
    """
    whole = known.with_columns(industry=pl.lit(_ANY))
    members = pl.concat([whole, known.filter(pl.col("industry") != _ANY)])
    others = pl.col("size") - 1
    sizes = members.group_by(_COHORT).agg(size=pl.len().cast(pl.Int64))
    sizes = sizes.filter(others >= context.param("growth.alike_minimum"))
    groups = (
        members.join(bought, on="key")
        .group_by(*_COHORT, "group")
        .agg(buyers=pl.len().cast(pl.Int64), spent=pl.col("spent").sum())
    )
    groups = groups.join(sizes, on=_COHORT).with_columns(share=pl.col("buyers") / others)
    most = groups.filter(pl.col("share") > context.param("growth.most_share"))
    rows = pl.concat([sizes.select(_COHORT), most.select(*_COHORT, "group", "share", "spent")], how="diagonal")
    return rows.sort(*_COHORT, "spent", "group", descending=[False, False, True, False])


def _missing(bought: pl.DataFrame, known: pl.DataFrame, popular: pl.DataFrame) -> pl.DataFrame:
    """Return for each client the groups that those like him buy and he does not, the largest first."""
    judged = known.join(popular, on=_COHORT, how="semi")
    # Where too few of his industry are known, his class alone says who is like him.
    rest = known.filter(~pl.col("key").is_in(judged["key"].implode())).with_columns(industry=pl.lit(_ANY))
    groups = popular.filter(pl.col("group").is_not_null()).with_row_index("place")
    gaps = pl.concat([judged, rest]).join(groups, on=_COHORT).join(bought, on=["key", "group"], how="anti")
    return (
        gaps.sort("key", "place")
        .group_by("key", maintain_order=True)
        .agg(
            groups_missing=pl.col("group").str.join(_LIST),
            gap_group=pl.col("group").first(),
            gap_share=pl.col("share").first(),
        )
    )
