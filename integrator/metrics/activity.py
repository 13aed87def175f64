"""What was done with each client: contacts made (D9) and touches that he has not answered (B6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.activity_places import owners, place
from integrator.metrics.columns import day, exists, today

if TYPE_CHECKING:
    from integrator.metrics.context import Base

QUARTER = 90
CALL, MEETING = "call", "meeting"
_DEEDS, _WRITTEN = ("task", CALL, MEETING), ("email", "message")
_LONG_AGO = pl.lit(0).cast(pl.Datetime("us", "UTC"))


def made(base: Base) -> pl.DataFrame:
    """Return what was done by now, one row per deed and entity.

    `contact`: a completed task, call or meeting, or an incoming letter or message. `answer`: the client began it, or
    came to a meeting. `touch`: a call, letter or message of ours. `ours`: not begun by the client.
    """
    now = base.context.now
    done = base.snapshot["tasks"].filter(exists(base.context), pl.col("completed"), pl.col("completed_at") <= now)
    kind, incoming = pl.col("kind").fill_null("task"), pl.col("incoming").fill_null(value=False)
    return done.select(
        *("origin", "id", "responsible_id"),
        place=place(),
        kind=kind,
        at="completed_at",
        contact=kind.is_in(_DEEDS) | (incoming & kind.is_in(_WRITTEN)),
        answer=incoming | (kind == MEETING),
        ours=~incoming,
        touch=~incoming & (kind.is_in(_WRITTEN) | (kind == CALL)),
    )


def of_clients_made(base: Base) -> pl.DataFrame:
    """Return what was done by now with its client's `key`, each deed once a client."""
    deeds = made(base).join(owners(base), on="place")
    return deeds.drop("place").unique(["key", "origin", "id"])


def of_clients(base: Base) -> pl.DataFrame:
    """Return the clients with when and how often they were in contact, and how long they have not answered."""
    context = base.context
    deeds = of_clients_made(base).select("key", "at", "contact", "answer", "touch")
    # A purchase answers whatever went before.
    bought = base.clients.filter(pl.col("last_purchase_at").is_not_null()).select(
        "key", at="last_purchase_at", contact=pl.lit(value=False), answer=pl.lit(value=True), touch=pl.lit(value=False)
    )
    at, contact = pl.col("at"), pl.col("contact")
    answered = at.filter(pl.col("answer")).max().fill_null(_LONG_AGO)
    deeds = pl.concat([deeds, bought]).with_columns(day=day("at", context))
    found = deeds.group_by("key").agg(
        first_contact_at=at.filter(contact).min(),
        last_contact_at=at.filter(contact).max(),
        contacts_90=(contact & (pl.col("day") > today(context) - QUARTER)).sum().cast(pl.Int64),
        touches_unanswered=(pl.col("touch") & (at > answered)).sum().cast(pl.Int64),
    )
    clients = base.clients.join(found, on="key", how="left", maintain_order="left")
    return clients.with_columns(
        *(pl.col(name).fill_null(0) for name in ("contacts_90", "touches_unanswered")),
        days_since_contact=(today(context) - day("last_contact_at", context)).cast(pl.Int64),
    )
