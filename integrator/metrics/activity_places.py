"""Whose is what hangs on a card: of the client himself, of the people of a company, or of a deal or lead of his."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import COMPANY, CONTACT, client_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.metrics.context import Base

# One integer for an entity of any kind.
_KINDS = ("company", "contact", "deal", "lead")


def place() -> pl.Expr:
    """Return one integer for the entity in the columns `entity_kind` and `entity_id`; null for any other kind."""
    numbers = list(range(len(_KINDS)))
    kind = pl.col("entity_kind").replace_strict(_KINDS, numbers, default=None, return_dtype=pl.Int64)
    return pl.col("entity_id") * len(_KINDS) + kind


def owners(base: Base) -> pl.DataFrame:
    """Return `place` and the `key` of each client whose it is: a person's is also that of the person's company."""
    people = base.snapshot["contacts"]
    parts = [
        (base.snapshot["companies"], "company", client_key(COMPANY, "id")),
        (people, "contact", client_key(CONTACT, "id")),
        (people, "contact", client_key(COMPANY, "company_id")),
        (base.deals, "deal", pl.col("key")),
        (base.leads, "lead", pl.col("key")),
    ]
    found = [rows.select(place=_place(kind), key=key) for rows, kind, key in parts if not rows.is_empty()]
    return pl.concat(found).drop_nulls("key") if found else pl.DataFrame(schema={"place": pl.Int64, "key": pl.Int64})


def keepers(snapshot: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return `place` and `keeper_id`, who looks after each card: messages that came in are his, they bear no name."""
    tables = (snapshot[name] for name in ("companies", "contacts", "deals", "leads"))
    parts = [
        table.select(place=_place(kind), keeper_id="responsible_id") for kind, table in zip(_KINDS, tables, strict=True)
    ]
    return pl.concat(parts)


def _place(kind: str) -> pl.Expr:
    return pl.col("id") * len(_KINDS) + _KINDS.index(kind)
