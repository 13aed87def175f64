"""Whose is what hangs on a card: of the client himself, of the people of a company, or of a deal or lead of his."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import COMPANY, CONTACT, client_key

if TYPE_CHECKING:
    from integrator.metrics.context import Base

# One integer for an entity of any kind.
_KINDS = ("company", "contact", "deal", "lead")


def place() -> pl.Expr:
    """Return one integer for the entity in the columns `entity_kind` and `entity_id`; null for any other kind."""
    numbers = list(range(len(_KINDS)))
    kind = pl.col("entity_kind").replace_strict(_KINDS, numbers, default=None, return_dtype=pl.Int64)
    return pl.col("entity_id") * len(_KINDS) + kind


def owners(base: Base) -> pl.LazyFrame:
    """Return `place` and the `key` of each client whose it is: a person's is also that of the person's company."""
    people = base.snapshot["contacts"].lazy().select("id", "company_id")
    parts = [
        base.snapshot["companies"].lazy().select(place=_place("company"), key=client_key(COMPANY, "id")),
        people.select(place=_place("contact"), key=client_key(CONTACT, "id")),
        people.select(place=_place("contact"), key=client_key(COMPANY, "company_id")),
        base.deals.lazy().select(place=_place("deal"), key="key"),
        base.leads.lazy().select(place=_place("lead"), key="key"),
    ]
    return pl.concat(parts).filter(pl.col("key").is_not_null())


def _place(kind: str) -> pl.Expr:
    return pl.col("id") * len(_KINDS) + _KINDS.index(kind)
