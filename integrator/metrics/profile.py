"""Who a client is: what his card says, since when he is known, what he asked for and what is still to be learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import day, flag, joined, quotient, replaced, today
from integrator.metrics.profile_economics import judged
from integrator.metrics.profile_key import closeness
from integrator.metrics.profile_links import duplicated, referred
from integrator.metrics.profile_stated import alike, alike_word, amount, once, word
from integrator.metrics.profile_stated import day as written_day

if TYPE_CHECKING:
    from integrator.metrics.context import Base, Context

_QUARTER, _MINOR_UNITS = 91, 100
# The volume that makes a target client where the portal sets none, by its currency.
USUAL_VOLUME = {"USD": 4500}
_LISTS = {"industry": "industries_not_served", "region": "regions_not_served"}
# Fields of the card that a profile may ask for: the metric that holds each and what managers call it.
ASKED = {
    "industry": {"ru": "отрасль", "en": "industry"},
    "region": {"ru": "регион", "en": "region"},
    "quarter_volume": {"ru": "сколько берут за квартал у всех поставщиков", "en": "volume per quarter from everybody"},
    "need_date": {"ru": "когда понадобится", "en": "when it will be needed"},
    "tax_number": {"ru": "ИНН", "en": "tax number"},
}


_READ = (
    *("key", "name", "created_at", "keys", "quarter_volume", "industry", "region", "tax_number", "need_date"),
    *("verified_at", "partner", "complaint", "purchase_count", "purchases_365", "last_purchase_on", "abc"),
    *("value_365", "days_silent", "lost_threshold_days"),
)


def measured(base: Base) -> pl.DataFrame:
    """Return the clients with the metrics of who they are; those of purchases are there already."""
    # Only what is read goes through the steps: the cards have many columns more.
    clients = joined(_read(base.clients[list(_READ)], base), _dealt(base))
    clients = _gaps(_dated(clients, base.context), base.context)
    clients = duplicated(referred(clients, base), base)
    return replaced(base.clients, closeness(judged(clients, base), base))


def _read(clients: pl.DataFrame, base: Base) -> pl.DataFrame:
    """Return the clients with the texts of their cards read; null where nothing is written, or nothing to be read."""
    context = base.context
    return clients.with_columns(
        amount(clients["quarter_volume"], base.snapshot["currencies"], context).alias("quarter_volume"),
        once(clients["need_date"], written_day).alias("need_date"),
        once(clients["verified_at"], written_day).alias("verified_on"),
        *(word(pl.col(name)).alias(name) for name in ("industry", "region", "tax_number")),
        *(_unserved(clients[name], _LISTS[name], context).alias(f"{name}_not_served") for name in _LISTS),
        partner=flag("partner", "client.partner", context),
        complaint=flag("complaint", "client.complaint", context),
    )


def _dealt(base: Base) -> pl.DataFrame:
    """Return what each client's deals tell: the first of them, what was bought of late, whether he asked."""
    context, now = base.context, today(base.context)
    closed, outcome = pl.col("closed_day"), pl.col("outcome")
    lately = pl.col("days_since_closed") <= context.param("pyramid.asked_days")
    asked = (outcome == "open") | ((outcome == "lost") & lately)
    of_quarter = (outcome == "won") & (closed > now - _QUARTER)
    deals = base.deals.select(
        *("key", "created_at"),
        amount=pl.when(of_quarter).then("amount"),
        asked=asked.fill_null(value=False),
    ).filter(pl.col("key").is_not_null())
    return deals.group_by("key").agg(
        first_deal_at=pl.col("created_at").min(),
        revenue_91=pl.col("amount").sum().cast(pl.Int64),
        asked_recently=pl.col("asked").any(),
    )


def _dated(clients: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the clients with their volumes and the days from which they are known and their card is fresh.

    Who has no deals has bought and asked for nothing.
    """
    own = pl.col("revenue_91").fill_null(0)
    wanted = context.param("target.min_quarter_volume") or USUAL_VOLUME.get(context.currency or "", 0)
    clients = clients.with_columns(
        pl.col("purchases_365").fill_null(0),
        own,
        pl.col("asked_recently").fill_null(value=False),
        volume_91=pl.max_horizontal(pl.col("quarter_volume"), own),
        volume_wanted=pl.lit(round(wanted * _MINOR_UNITS) or None, dtype=pl.Int64),
        verified_on=pl.when(pl.col("verified_on") <= context.today).then(pl.col("verified_on")),
        created_on=day("created_at", context).cast(pl.Date),
        first_deal_on=day("first_deal_at", context).cast(pl.Date),
    )
    known_since = pl.min_horizontal("created_on", "first_deal_on")
    checked_on = pl.max_horizontal("created_on", "verified_on")
    return clients.with_columns(
        known_since=known_since,
        checked_on=checked_on,
        need_within_days=(pl.col("need_date") - known_since).dt.total_days(),
        days_since_verified=(pl.lit(context.today) - checked_on).dt.total_days(),
    )


def _unserved(texts: pl.Series, parameter: str, context: Context) -> pl.Series:
    """Return whether what the cards say is among what the portal does not serve; null where they say nothing."""
    if texts.null_count() == texts.len():
        return texts.cast(pl.Boolean)
    listed = [alike_word(one) for one in context.words(f"target.{parameter}")]
    return once(texts, lambda text: alike(word(text)).is_in(pl.Series(listed, dtype=pl.String).implode()))


def _gaps(clients: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the clients with what of the profile is still empty; null where none of its fields is named."""
    wanted = [name for name in context.words("target.profile_fields") if name in ASKED]
    fields = [name for name in dict.fromkeys(wanted) if f"client.{name}" in context.fields_named]
    if not fields:
        return clients.with_columns(
            profile_gaps=pl.lit(None, dtype=pl.String), profile_completeness=pl.lit(None, dtype=pl.Float64)
        )
    words = [
        pl.when(pl.col(name).is_null()).then(pl.lit(ASKED[name].get(context.language, ASKED[name]["en"])))
        for name in fields
    ]
    gaps = pl.concat_str(words, separator=", ", ignore_nulls=True)
    known = pl.sum_horizontal(pl.col(name).is_not_null().cast(pl.Int64) for name in fields)
    return clients.with_columns(
        profile_gaps=pl.when(gaps != "").then(gaps), profile_completeness=quotient(known, len(fields))
    )
