"""What groups of products a client buys, and what those like him buy beside (B7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.money import of_portal

if TYPE_CHECKING:
    from integrator.metrics.context import Base, Context

RANGE = "range_of_cohorts"
# The industry of the row that stands for a whole class.
_ANY = ""
_LIST = ", "


def ranges(base: Base) -> pl.DataFrame:
    """Return, for clients whose baskets are known, what they buy and what those like them buy and they do not."""
    bought = _bought(base)
    known = bought.select("key").unique().join(_cohorts(base.clients), on="key")
    popular = base.shared.table(RANGE, lambda: _popular(bought, known, base.context))
    missing = _missing(bought, known, popular)
    own = bought.sort("key", "group").group_by("key", maintain_order=True)
    return own.agg(groups_bought=pl.col("group").str.join(_LIST)).join(missing, on="key", how="left")


def _bought(base: Base) -> pl.DataFrame:
    """Return what each client spent on each group of products by deals that were won."""
    purchase = (pl.col("outcome") == "won") & pl.col("key").is_not_null() & pl.col("closed_day").is_not_null()
    won = base.deals.filter(purchase)
    groups = base.snapshot["products"].select(product_id="id", group=_named_group()).drop_nulls()
    lines = base.snapshot["basket_lines"].select("deal_id", "product_id", minor="amount")
    lines = lines.join(groups, on="product_id").join(won.select("key", "currency", deal_id="id"), on="deal_id")
    code = pl.col("currency").str.strip_chars().str.to_uppercase()
    coded = lines.select("key", "group", "minor", rate_code=pl.when(code != "").then(code))
    priced = of_portal(coded, base.snapshot["currencies"], base.context)
    return priced.group_by("key", "group").agg(spent=pl.col("minor").sum().cast(pl.Int64))


def _named_group() -> pl.Expr:
    """Return the name of a product's group; null where there is none, since it tells nothing."""
    name = pl.col("group").str.strip_chars()
    return pl.when(name != "").then(name)


def _cohorts(clients: pl.DataFrame) -> pl.DataFrame:
    """Return the buyers with their class and, where it is known, their industry."""
    industry = pl.col("industry").str.strip_chars().str.to_lowercase().fill_null(_ANY)
    return clients.filter(pl.col("abc").is_not_null()).select("key", "abc", industry=industry)


def _popular(bought: pl.DataFrame, known: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the groups that most clients of a cohort buy, those on which they spend most first in each.

    A row without a group tells that the cohort is large enough, whatever it buys.
    """
    whole = known.with_columns(industry=pl.lit(_ANY))
    members = pl.concat([whole, known.filter(pl.col("industry") != _ANY)])
    cohort = ["abc", "industry"]
    others = pl.col("size") - 1
    sizes = members.group_by(cohort).agg(size=pl.len().cast(pl.Int64))
    sizes = sizes.filter(others >= context.param("growth.alike_minimum"))
    groups = (
        members.join(bought, on="key")
        .group_by(*cohort, "group")
        .agg(buyers=pl.len().cast(pl.Int64), spent=pl.col("spent").sum())
    )
    groups = groups.join(sizes, on=cohort).with_columns(share=pl.col("buyers") / others)
    most = groups.filter(pl.col("share") > context.param("growth.most_share"))
    rows = pl.concat([sizes.select(cohort), most.select(*cohort, "group", "share", "spent")], how="diagonal")
    return rows.sort(*cohort, "spent", "group", descending=[False, False, True, False])


def _missing(bought: pl.DataFrame, known: pl.DataFrame, popular: pl.DataFrame) -> pl.DataFrame:
    """Return for each client the groups that those like him buy and he does not, the largest first."""
    cohort = ["abc", "industry"]
    judged = known.join(popular.select(cohort).unique(), on=cohort, how="semi")
    # Where too few of his industry are known, his class alone says who is like him.
    rest = known.join(judged, on="key", how="anti").with_columns(industry=pl.lit(_ANY))
    groups = popular.filter(pl.col("group").is_not_null()).with_row_index("place")
    gaps = pl.concat([judged, rest]).join(groups, on=cohort).join(bought, on=["key", "group"], how="anti")
    return (
        gaps.sort("key", "place")
        .group_by("key", maintain_order=True)
        .agg(
            groups_missing=pl.col("group").str.join(_LIST),
            gap_group=pl.col("group").first(),
            gap_share=pl.col("share").first(),
        )
    )
