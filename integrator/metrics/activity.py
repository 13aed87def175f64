"""What was done with each client: contacts made (D9) and touches that he has not answered (B6)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.activity_places import owners, place
from integrator.metrics.columns import day, exists, today
from integrator.metrics.steps_todos import logged

if TYPE_CHECKING:
    from datetime import date

    from integrator.metrics.context import Base, Context

QUARTER = 90
CALL, MEETING = "call", "meeting"
_DEEDS, _WRITTEN = ("task", CALL, MEETING), ("email", "message")
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def made(base: Base, since: datetime | None = None) -> pl.LazyFrame:
    """Return what was done by now (since an instant), one row per deed and entity.

    `contact`: a completed task, call or meeting, or an incoming letter or message. `answer`: the client began it, or
    came to a meeting. `touch`: a call, letter or message of ours. `ours`: not begun by the client.
    `logged`: written down as made, not planned before.
    """
    at = pl.col("completed_at")
    done = (
        base.snapshot["tasks"]
        .lazy()
        .filter(exists(base.context), pl.col("completed"), at <= base.context.now, at >= (since or _LONG_AGO))
    )
    kind, incoming = pl.col("kind").fill_null("task"), pl.col("incoming").fill_null(value=False)
    return done.select(
        *("id", "responsible_id"),
        origin=pl.col("origin").cast(pl.Categorical),
        logged=logged(),
        place=place(),
        kind=kind.cast(pl.Categorical),
        at=at,
        contact=kind.is_in(_DEEDS) | (incoming & kind.is_in(_WRITTEN)),
        answer=incoming | (kind == MEETING),
        ours=~incoming,
        touch=~incoming & (kind.is_in(_WRITTEN) | (kind == CALL)),
    )


def of_clients(base: Base) -> pl.DataFrame:
    """Return the clients with when and how often they were in contact, and how long they have not answered."""
    context = base.context
    at, contact = pl.col("at"), pl.col("contact")
    answered = at.filter(pl.col("answer")).max().fill_null(_LONG_AGO)
    lately = begins(context.today - timedelta(days=QUARTER - 1), context)
    found = (
        _deeds(base)
        .group_by("key")
        .agg(
            first_contact_at=at.filter(contact).min(),
            last_contact_at=at.filter(contact).max(),
            contacts_90=(contact & (at >= lately)).sum().cast(pl.Int64),
            touches_unanswered=(pl.col("touch") & (at > answered)).sum().cast(pl.Int64),
        )
    )
    clients = base.clients.select("key").join(found.collect(), on="key", how="left", maintain_order="left")
    told = clients.with_columns(
        *(pl.col(name).fill_null(0) for name in ("contacts_90", "touches_unanswered")),
        days_since_contact=(today(context) - day("last_contact_at", context)).cast(pl.Int64),
    )
    return base.clients.hstack(told.drop("key"))


def begins(day: date, context: Context) -> datetime:
    """Return the first instant of the day in the portal's zone."""
    return datetime.combine(day, time.min, context.timezone).astimezone(UTC)


def _deeds(base: Base) -> pl.LazyFrame:
    """Return what was done with each client, each deed once, and his last purchase: it answers whatever went before."""
    flags = ("contact", "answer", "touch")
    deeds = made(base).select("id", "origin", "place", "at", *flags).join(owners(base), on="place")
    deeds = deeds.unique(["key", "origin", "id"]).select("key", "at", *flags)
    bought = (
        base.clients.lazy()
        .filter(pl.col("last_purchase_at").is_not_null())
        .select(
            "key",
            at="last_purchase_at",
            contact=pl.lit(value=False),
            answer=pl.lit(value=True),
            touch=pl.lit(value=False),
        )
    )
    return pl.concat([deeds, bought])
