"""Who is a client, and the metrics of clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.domain.reasons import REASONS
from integrator.metrics.columns import (
    COMPANY,
    CONTACT,
    KINDS,
    born,
    client_key,
    flag,
    id_of,
    joined,
    kind_name,
    replaced,
)
from integrator.metrics.history import unborn
from integrator.metrics.purchases import buyers, purchase_days

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.metrics.context import Base, Context

_FAR = 2**61  # beyond every key: twice it fits into 64 bits still
_COUNTS = ("purchase_count", "open_deals", "revenue_total", "revenue_365")


def measured(base: Base) -> pl.DataFrame:
    """Return the clients with what they bought, have open and refused."""
    bought = buyers(purchase_days(base.deals), base.context, base.shared)
    deals = base.deals[["key", "id", "outcome", "closed_at", "loss_reason"]].filter(pl.col("key").is_not_null())
    found = base.clients[["key", "blacklisted"]]
    for metrics in (bought, _open_deals(deals), _refusals(deals)):
        found = joined(found, metrics)
    shut = pl.col("last_refusal_reason").is_in([reason.code for reason in REASONS if reason.closes_door])
    bought_since = pl.col("last_purchase_at") > pl.col("last_refusal_at")
    found = found.with_columns(
        *(pl.col(name).cast(pl.Int64).fill_null(0) for name in _COUNTS),
        refusal_closes_door=shut.fill_null(value=False) & ~bought_since.fill_null(value=False),
        last_purchase_on=pl.col("last_day").cast(pl.Date),
        last_return_on=pl.col("last_return_day").cast(pl.Date),
        blacklisted=flag("blacklisted", "client.blacklisted", base.context),
    )
    return replaced(base.clients, found)


def who(deals: pl.DataFrame, snapshot: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Return the clients as of now: companies, contacts who belong to none, and whoever a deal names.

    Companies come first, each kind by id.
    """
    columns = [name for name in snapshot["companies"].columns if name != "id"]
    companies, contacts = (born(snapshot[table], context) for table in ("companies", "contacts"))
    later = unborn(snapshot["companies"], context)
    free = pl.col("company_id").is_null() | pl.col("company_id").is_in(later.implode())
    people = contacts.select(client_key(CONTACT, "id").alias("key"), *columns, free=free)
    named = deals["key"].unique()
    people = people.filter(pl.col("free") | pl.col("key").is_in(named.implode()))
    cards = pl.concat([companies.select(client_key(COMPANY, "id").alias("key"), *columns), people.drop("free")])
    lacking = named.filter(named.is_not_null() & ~named.is_in(cards["key"].implode()))
    if not lacking.is_empty():
        cards = pl.concat([cards, lacking.to_frame()], how="diagonal")
    return _ordered(cards).with_columns(kind=kind_name("key"), id=id_of("key"), name=pl.col("name").fill_null(""))


def _ordered(cards: pl.DataFrame) -> pl.DataFrame:
    """Return the cards with companies first, each kind by id."""
    order = (pl.col("key") % len(KINDS)) * _FAR + pl.col("key")
    return cards if cards.select(order).to_series().is_sorted() else cards.sort(order)


def _open_deals(deals: pl.DataFrame) -> pl.DataFrame:
    """Return how many deals of each client are open."""
    return deals.filter(pl.col("outcome") == "open").group_by("key").agg(pl.len().alias("open_deals"))


def _refusals(deals: pl.DataFrame) -> pl.DataFrame:
    """Return each client's latest refusal; of several at one instant that of the higher id."""
    lost = deals.filter((pl.col("outcome") == "lost") & pl.col("closed_at").is_not_null())
    latest = lost.sort("key", "closed_at", "id").unique("key", keep="last", maintain_order=True)
    return latest.select("key", last_refusal_at="closed_at", last_refusal_reason="loss_reason")
