"""What was done with each client: contacts made (D9) and touches that he has not answered (B6)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.activity_places import owners, place
from integrator.metrics.columns import day, exists, instant, joined, replaced, today
from integrator.metrics.own_tasks import kind_of_task
from integrator.metrics.steps_todos import logged

if TYPE_CHECKING:
    from datetime import date

    from integrator.metrics.context import Base, Context

QUARTER = 90
CALL, MEETING = "call", "meeting"
_DEEDS, _WRITTEN = ("task", CALL, MEETING), ("email", "message")


def made(base: Base, since: datetime | None = None) -> pl.DataFrame:
    """Return what people did by now (since an instant), one row per deed and entity.

    `contact`: a completed task, call or meeting, or an incoming letter or message. `answer`: the client began it, or
    came to a meeting. `touch`: a call, letter or message of ours. `ours`: not begun by the client.
    `logged`: written down as made, not planned before.
    """
    at = pl.col("completed_at")
    begun = [] if since is None else [at >= instant(since)]
    done = base.snapshot["tasks"].filter(
        exists(base.context), pl.col("completed"), ~pl.col("cleared"), at <= instant(base.context.now), *begun
    )
    kind, incoming = kind_of_task(), pl.col("incoming").fill_null(value=False)
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
    lately = begins(context.today - timedelta(days=QUARTER - 1), context)
    at, contact = pl.col("at"), pl.col("contact")
    answered = pl.max_horizontal(at.filter("answer").max(), pl.col("last_purchase_at").first())
    after = (at > answered).fill_null(value=True)
    found = (
        _deeds(base)
        .group_by("key")
        .agg(
            first_contact_at=at.filter(contact).min(),
            last_contact_at=at.filter(contact).max(),
            contacts_90=(contact & (at >= instant(lately))).sum().cast(pl.Int64),
            touches_unanswered=(pl.col("touch") & after).sum().cast(pl.Int64),
        )
    )
    told = joined(base.clients[["key"]], found).with_columns(
        *(pl.col(name).fill_null(0) for name in ("contacts_90", "touches_unanswered")),
        days_since_contact=(today(context) - day("last_contact_at", context)).cast(pl.Int64),
    )
    return replaced(base.clients, told)


def begins(day: date, context: Context) -> datetime:
    """Return the first instant of the day in the portal's zone."""
    return datetime.combine(day, time.min, context.timezone).astimezone(UTC)


def _deeds(base: Base) -> pl.DataFrame:
    """Return what was done with each client, each deed once, beside his last purchase: it answers what went before."""
    deeds = made(base)[["id", "origin", "place", "at", "contact", "answer", "touch"]]
    theirs = deeds.join(owners(base), on="place").unique(["key", "origin", "id"])
    return joined(theirs.drop("id", "origin", "place"), base.clients[["key", "last_purchase_at"]])
