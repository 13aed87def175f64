"""Who is a client, and the metrics of clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.domain.reasons import REASONS
from integrator.metrics.columns import COMPANY, CONTACT, KINDS, client_key, exists, flag, id_of, kind_name
from integrator.metrics.purchases import buyers, purchase_days

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.metrics.context import Base, Context

_COUNTS = ("purchase_count", "open_deals", "revenue_total", "revenue_365")


def measured(base: Base) -> pl.DataFrame:
    """Return the clients with what they bought, have open and refused."""
    bought = buyers(purchase_days(base.deals), base.context, base.shared)
    by_deals = [bought, _open_deals(base.deals), _refusals(base.deals)]
    clients = base.clients
    for metrics in by_deals:
        clients = clients.join(metrics, on="key", how="left")
    shut = pl.col("last_refusal_reason").is_in([reason.code for reason in REASONS if reason.closes_door])
    bought_since = pl.col("last_purchase_at") > pl.col("last_refusal_at")
    return clients.with_columns(
        *(pl.col(name).cast(pl.Int64).fill_null(0) for name in _COUNTS),
        refusal_closes_door=shut.fill_null(value=False) & ~bought_since.fill_null(value=False),
        last_purchase_on=pl.col("last_day").cast(pl.Date),
        last_return_on=pl.col("last_return_day").cast(pl.Date),
        blacklisted=flag("blacklisted", "client.blacklisted", base.context),
    )


def who(deals: pl.DataFrame, snapshot: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Return the clients as of now: companies, contacts who belong to none, and whoever a deal names."""
    columns = [name for name in snapshot["companies"].columns if name != "id"]
    companies = snapshot["companies"].filter(exists(context)).select(client_key(COMPANY, "id").alias("key"), *columns)
    everyone = snapshot["contacts"].filter(exists(context))
    unborn = snapshot["companies"].filter(~exists(context))["id"].implode()
    free = everyone.filter(pl.col("company_id").is_null() | pl.col("company_id").is_in(unborn))
    contacts = everyone.select(client_key(CONTACT, "id").alias("key"), *columns)
    keys = pl.concat(
        [
            companies.select("key"),
            free.select(client_key(CONTACT, "id").alias("key")),
            deals.select("key").drop_nulls(),
        ]
    ).unique()
    clients = keys.join(pl.concat([companies, contacts]), on="key", how="left")
    return clients.with_columns(kind=kind_name("key"), id=id_of("key"), name=pl.col("name").fill_null(""))


def ordered(clients: pl.DataFrame) -> pl.DataFrame:
    """Return the clients with companies first, each kind by id."""
    rank = pl.col("key") % len(KINDS)
    return clients.sort(rank, "id")


def _open_deals(deals: pl.DataFrame) -> pl.DataFrame:
    """Return how many deals of each client are open."""
    opened = deals.filter((pl.col("outcome") == "open") & pl.col("key").is_not_null())
    return opened.group_by("key").agg(pl.len().alias("open_deals"))


def _refusals(deals: pl.DataFrame) -> pl.DataFrame:
    """Return each client's latest refusal; of several at one instant that of the higher id."""
    lost = deals.filter((pl.col("outcome") == "lost") & pl.col("key").is_not_null() & pl.col("closed_at").is_not_null())
    latest = lost.select("key", "closed_at", "id", "loss_reason").sort("key", "closed_at", "id")
    last = (pl.col("key") != pl.col("key").shift(-1)).fill_null(value=True)
    return latest.filter(last).select("key", last_refusal_at="closed_at", last_refusal_reason="loss_reason")
