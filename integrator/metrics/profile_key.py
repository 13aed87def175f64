"""What key clients have in common, and how close to them a client is who has not bought (B12)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.profile_stated import alike, once, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.metrics.context import Base, Context

FEATURES = ("industry", "region", "size", "source", "first_product")
TABLE, SIZES = "key_profile", "stated_sizes"
_LOW, _HIGH = "low", "high"
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_Z = 1.959963984540054  # of 95 %
_COUNTS = {"feature": pl.String, "value": pl.String, "name": pl.String, **dict.fromkeys(("keys", "everyone"), pl.Int64)}


def closeness(clients: pl.DataFrame, base: Base) -> pl.DataFrame:
    """Return the clients with `closeness`, 0 to 100, of those who have not bought: 50 is no closer than anybody."""
    if base.shared.stored is not None and (clients["purchase_count"] > 0).all():
        return clients.with_columns(closeness=pl.lit(None, dtype=pl.Int64))
    features = _features(clients, base)
    table = base.shared.table(TABLE, lambda: _counted(features, clients, base.context))
    weights = _weights(table)
    weighed = features.with_columns(_weighed(feature, weights) for feature in FEATURES)
    score = (100 / (1 + (-pl.sum_horizontal(FEATURES)).exp())).round().cast(pl.Int64)
    known = pl.any_horizontal(pl.col(feature).is_not_null() for feature in FEATURES)
    asked = known & (clients["purchase_count"] == 0)
    return clients.with_columns(weighed.select(closeness=pl.when(asked).then(score)))


def _weighed(feature: str, weights: pl.DataFrame) -> pl.Expr:
    """Return by how much the client's value of the feature speaks for a key client; null where nothing is known."""
    own = weights.filter(pl.col("feature") == feature)
    if own.is_empty():
        return pl.lit(None, dtype=pl.Float64).alias(feature)
    return pl.col(feature).replace_strict(own["value"], own["weight"], default=None, return_dtype=pl.Float64)


def is_key(context: Context) -> pl.Expr:
    """True for clients whom the pack `pyramid` takes for key ones by its own parameters."""
    often = pl.col("purchases_365") >= context.param("pyramid.key_purchases")
    there = pl.col("days_silent") < pl.col("lost_threshold_days")
    return ((pl.col("abc") == "A") & often & there).fill_null(value=False)


def _features(clients: pl.DataFrame, base: Base) -> pl.DataFrame:
    """Return, in the order of the clients, what each has of the features, as it is compared."""
    sizes = base.shared.table(SIZES, lambda: _sizes(clients))
    low, high = (pl.lit(sizes[bound].item(), dtype=pl.Int64) for bound in (_LOW, _HIGH))
    volume = pl.col("quarter_volume")
    size = pl.when(volume <= low).then(pl.lit("small")).when(volume <= high).then(pl.lit("medium"))
    stated = pl.when(volume.is_not_null()).then(size.otherwise(pl.lit("large")))
    named = clients.select("key", "industry", "region", size=stated)
    named = named.join(_sources(base), on="key", how="left", maintain_order="left")
    named = named.join(_first_products(base), on="key", how="left", maintain_order="left")
    return named.with_columns(
        *(pl.col(feature).alias(f"{feature}_name") for feature in FEATURES),
        *(once(named[feature], alike).alias(feature) for feature in FEATURES),
    )


def _sizes(clients: pl.DataFrame) -> pl.DataFrame:
    """Return the stated volumes that part the base into thirds: the size of those who have not bought is not known."""
    volume = pl.col("quarter_volume")
    return clients.select(
        volume.quantile(1 / 3, "nearest").cast(pl.Int64).alias(_LOW),
        volume.quantile(2 / 3, "nearest").cast(pl.Int64).alias(_HIGH),
    )


def _sources(base: Base) -> pl.DataFrame:
    """Return where each client's first deal with a source came from."""
    deals = base.deals.select("key", "source", "created_at", "id").drop_nulls("key")
    ordered = deals.filter(pl.col("source").str.strip_chars() != "").sort("id")
    first = ordered.group_by("key").agg(pl.col("source").get(pl.col("created_at").fill_null(_EVER).arg_min()))
    return first.with_columns(word(pl.col("source")))


def _first_products(base: Base) -> pl.DataFrame:
    """Return the product group of each client's first deal with products; of several that of the greatest amount."""
    groups = base.snapshot["products"].select(product_id="id", first_product=word(pl.col("group"))).drop_nulls()
    lines = base.snapshot["basket_lines"].join(groups, on="product_id")
    deals = base.deals.select("key", "created_at", deal_id="id").drop_nulls("key")
    known = lines.select("deal_id", "first_product", "amount").join(deals, on="deal_id")
    ordered = known.sort(
        ["created_at", "deal_id", "amount", "first_product"],
        descending=[False, False, True, False],
        nulls_last=True,
    )
    return ordered.group_by("key").agg(pl.col("first_product").first())


def _counted(features: pl.DataFrame, clients: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return how many key clients, and how many of all, have each value of each feature; none where keys are few."""
    keyed = features.with_columns(is_key=clients.select(is_key(context)).to_series())
    if keyed["is_key"].sum() < context.param("pyramid.least_keys"):
        return pl.DataFrame(schema=_COUNTS)
    parts = [
        keyed.filter(pl.col(feature).is_not_null())
        .group_by(value=feature)
        .agg(
            name=pl.col(f"{feature}_name").min(),
            keys=pl.col("is_key").sum().cast(pl.Int64),
            everyone=pl.len().cast(pl.Int64),
        )
        .select(pl.lit(feature).alias("feature"), "value", "name", "keys", "everyone")
        for feature in FEATURES
    ]
    return pl.concat(parts).sort("feature", "value")


def _weights(table: pl.DataFrame) -> pl.DataFrame:
    """Return by how much each value speaks for a key client, as the logarithm of the ratio of smoothed shares."""
    others = (pl.col("everyone") - pl.col("keys")).cast(pl.Float64)
    kinds = pl.len().over("feature")
    ours = (pl.col("keys") + 1) / (pl.col("keys").sum().over("feature") + kinds)
    theirs = (others + 1) / (others.sum().over("feature") + kinds)
    return table.select("feature", "value", weight=(ours / theirs).log())


def profile_of_key(shared: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return what key clients have in common, the most telling first, from the shared tables of facts.

    Columns: feature, name, keys and keys_known (how many have it, and of how many it is known), share with its Wilson
    interval low to high (95 %), everyone, everyone_known and base_share. No rows where there are few key clients.
    """
    known = [pl.col(name).sum().over("feature").alias(f"{name}_known") for name in ("keys", "everyone")]
    table = shared[TABLE].with_columns(known).filter(pl.col("keys_known") > 0)
    shares = table.with_columns(
        share=pl.col("keys") / pl.col("keys_known"), base_share=pl.col("everyone") / pl.col("everyone_known")
    )
    rows = shares.with_columns(**_wilson("keys", "keys_known"))
    ordered = rows.sort(
        [pl.col("low") / pl.col("base_share"), pl.col("keys"), pl.col("feature"), pl.col("name")],
        descending=[True, True, False, False],
    )
    counts = ("keys", "keys_known", "share", "low", "high", "everyone", "everyone_known", "base_share")
    return ordered.select("feature", "name", *counts)


def _wilson(count: str, of: str) -> dict[str, pl.Expr]:
    """Return the bounds of the Wilson 95 % interval of count / of."""
    total = pl.col(of).cast(pl.Float64)
    share = pl.col(count) / total
    middle = (share + _Z**2 / (2 * total)) / (1 + _Z**2 / total)
    spread = _Z * (share * (1 - share) / total + _Z**2 / (4 * total**2)).sqrt() / (1 + _Z**2 / total)
    return {"low": (middle - spread).clip(0, 1), "high": (middle + spread).clip(0, 1)}
