"""What ties cards to one another: deals that came by way of a client, and cards that may be one client twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import COMPANY, CONTACT, Schema, blank, born, client_key, id_of, joined, kind_of
from integrator.metrics.profile_stated import alike

if TYPE_CHECKING:
    from integrator.metrics.context import Base

REFERRALS, DUPLICATES = "referrals", "shared_keys"
_ID = r"(company|contact|co|c)[_:]\d+"
_IDS = rf"^{_ID}(\s*[,;]\s*{_ID})*$"
# A number that more cards share is a switchboard, or was typed to fill the field.
_MOST_CARDS = 10
_HEX_OF_INT64 = 15  # as many of a digest's signs as fit: among millions of cards two unlike ones will not meet
_FOUND: Schema = {"duplicate_last_purchase_on": pl.Date, "possible_duplicate": pl.String}
_WORDS = {"ru": ("компания", "контакт"), "en": ("company", "contact")}


def referred(clients: pl.DataFrame, base: Base) -> pl.DataFrame:
    """Return the clients with `referred_deals`, how many deals of others name each in `deal.referrer`."""
    if "deal.referrer" not in base.context.fields_named:
        return clients.with_columns(referred_deals=pl.lit(None, dtype=pl.Int64))
    # His deals are those of others: one client's own rows do not hold them.
    found = base.shared.table(REFERRALS, lambda: _referrals(clients, base))
    return joined(clients, found).with_columns(pl.col("referred_deals").fill_null(0))


def _referrals(clients: pl.DataFrame, base: Base) -> pl.DataFrame:
    """Return how many deals name each client, by his number or by his exact name, in the order of the keys."""
    told = base.deals.select("id", "referrer", own="key").filter(pl.col("referrer").str.strip_chars() != "")
    told = told.with_columns(referrer=alike(pl.col("referrer")))
    by_number = pl.col("referrer").str.contains(_IDS)
    numbered = told.filter(by_number).with_columns(pl.col("referrer").str.extract_all(_ID)).explode("referrer")
    number = pl.col("referrer").str.extract(r"(\d+)$").cast(pl.Int64, strict=False)
    numbered = numbered.with_columns(number=number).with_columns(
        key=pl.when(pl.col("referrer").str.starts_with("co") & ~pl.col("referrer").str.starts_with("contact"))
        .then(client_key(COMPANY, "number"))
        .otherwise(client_key(CONTACT, "number"))
    )
    named = told.filter(~by_number).join(clients.select("key", referrer=alike(pl.col("name"))), on="referrer")
    both = pl.concat([part.select("id", "own", "key") for part in (numbered, named)]).drop_nulls("key")
    others = both.filter(pl.col("own").is_null() | (pl.col("own") != pl.col("key")))
    return others.group_by("key").agg(pl.col("id").n_unique().cast(pl.Int64).alias("referred_deals")).sort("key")


def duplicated(clients: pl.DataFrame, base: Base) -> pl.DataFrame:
    """Return the clients with `possible_duplicate` and `duplicate_last_purchase_on`.

    Of several cards that share a key with his, it is the one with the latest purchase.
    """
    own = _keys(clients, base)
    table = base.shared.table(DUPLICATES, lambda: _shared_keys(own, clients))
    known = table.filter(pl.col("digest").is_in(own["digest"].implode())) if base.shared.stored is not None else table
    if known.is_empty():
        return clients.hstack(blank(clients.height, _FOUND))
    others = own.join(known, on="digest").filter(pl.col("key") != pl.col("other"))
    best = others.sort(
        ["duplicate_last_purchase_on", kind_of("other"), id_of("other")],
        descending=[True, False, False],
        nulls_last=True,
    )
    found = best.group_by("key").agg(pl.col("name", "other", "duplicate_last_purchase_on").first())
    called = _called(base.context.language)
    return joined(clients, found.select("key", "duplicate_last_purchase_on", possible_duplicate=called))


def _keys(clients: pl.DataFrame, base: Base) -> pl.DataFrame:
    """Return the digests of each client's own card and of the people in his company, as numbers."""
    people = born(base.snapshot["contacts"], base.context)
    theirs = people.select(key=client_key(COMPANY, "company_id"), keys="keys")
    told = pl.concat([clients[["key", "keys"]], theirs]).filter(
        pl.col("keys") != "", pl.col("key").is_in(clients["key"].implode())
    )
    told = told.with_columns(pl.col("keys").str.split(" ")).explode("keys")
    digest = pl.col("keys").str.head(_HEX_OF_INT64).str.to_integer(base=16, strict=False)
    return told.select("key", digest=digest).drop_nulls()


def _shared_keys(own: pl.DataFrame, clients: pl.DataFrame) -> pl.DataFrame:
    """Return the digests that stand on several clients' cards, with who these are."""
    # Few stand on several cards: the costly part is done with these alone.
    repeated = own.group_by("digest").len().filter(pl.col("len") > 1)
    several = own.join(repeated, on="digest", how="semi").unique()
    several = several.filter(pl.len().over("digest").is_between(2, _MOST_CARDS)).rename({"key": "other"})
    who = clients.select("name", other="key", duplicate_last_purchase_on="last_purchase_on")
    return several.join(who, on="other").sort("digest", "other")


def _called(language: str) -> pl.Expr:
    """Return the other card's name with what it is and its number, as people find it."""
    company, contact = _WORDS.get(language, _WORDS["en"])
    kind = pl.when(kind_of("other") == COMPANY).then(pl.lit(company)).otherwise(pl.lit(contact))
    card = pl.format("{} {}", kind, id_of("other"))
    return pl.when(pl.col("name") != "").then(pl.format("{} ({})", "name", card)).otherwise(card)
