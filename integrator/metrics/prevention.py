"""Signals before a loss: who looks after the client, open complaints, silence on our side (D9); whom to ask (D11)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import day, joined, replaced, today
from integrator.metrics.growth import quarter_of
from integrator.metrics.history import as_of
from integrator.metrics.prevention_answers import answers
from integrator.metrics.prevention_handover import handed_over, looked_after

if TYPE_CHECKING:
    from integrator.metrics.context import Base, Context

_QUARTERS, _MONTHS, _MONTHS_A_YEAR = 4, 3, 12
# Multiplying by it spreads neighbouring ids over all quarters; within 31 bits nothing overflows.
_SPREAD, _BITS, _LOW_BITS = 2_654_435_761, 2**31, 2**15


_READ = ("key", "complaint", "last_day", "created_at", "last_refusal_at", "lost_on", "last_contact_at")


def measured(base: Base) -> pl.DataFrame:
    """Return the clients with every signal before a loss, who takes over from a manager who left, and whom to ask."""
    looked = looked_after(base)
    clients = replaced(base.clients[list(_READ)], looked)
    for found in (_complaints(base), answers(base), handed_over(replace(base, clients=looked))):
        clients = joined(clients, found)
    now, awaited = today(base.context), pl.coalesce("last_contact_at", "created_at")
    lately = pl.col("changed_on") > now - base.context.param("prevention.changed_days")
    clients = clients.with_columns(
        responsible_changed=lately.fill_null(value=False),
        complaint_open=_complaining(base.context),
        complaint_since=_complaining_since(base.context),
        contact_awaited_since=awaited,
        refused_since_lost=_refused_since_lost(base.context),
        survey_quarter_on=_asked(base.context),
    )
    silent = (now - day("contact_awaited_since", base.context)).cast(pl.Int64)
    return replaced(base.clients, clients.with_columns(days_without_contact=silent))


def _complaints(base: Base) -> pl.DataFrame:
    """Return since when each client has a complaint open: a deal of the pipelines of complaints."""
    lines, deals = base.context.complaint_pipelines, base.snapshot["deals"]
    about = deals.filter(pl.col("pipeline_id").is_in(lines)) if lines else deals.clear()
    if about.is_empty():
        return pl.DataFrame(
            schema={"key": pl.Int64, "complains_since": pl.Datetime("us", "UTC"), "complaints": pl.UInt32}
        )
    stood = as_of({**base.snapshot, "deals": about}, replace(base.context, pipelines=lines))
    opened = stood.filter((pl.col("outcome") == "open") & pl.col("key").is_not_null())
    return opened.group_by("key").agg(complains_since=pl.col("created_at").min(), complaints=pl.len())


def _complaining(context: Context) -> pl.Expr:
    """True while a complaint is open; null where the portal says nowhere what is one."""
    by_deal = pl.col("complaints").is_not_null() if context.complaint_pipelines else pl.lit(None, dtype=pl.Boolean)
    named = by_deal.is_not_null() | pl.col("complaint").is_not_null()
    return pl.when(named).then(by_deal.fill_null(value=False) | pl.col("complaint").fill_null(value=False))


def _complaining_since(context: Context) -> pl.Expr:
    """The day of the complaint's deal; a mark in the card has none, it is dated by the purchase it may be about."""
    marked = pl.when(pl.col("complaint")).then(
        pl.coalesce(pl.col("last_day").cast(pl.Int32), day("created_at", context))
    )
    return pl.coalesce(day("complains_since", context), marked).cast(pl.Date)


def _refused_since_lost(context: Context) -> pl.Expr:
    """True where the latest refusal came when the client was lost already."""
    return (day("last_refusal_at", context).cast(pl.Date) >= pl.col("lost_on")).fill_null(value=False)


def _asked(context: Context) -> pl.Expr:
    """The first day of the quarter where it is the client's turn to be asked.

    Every client has one turn in so many quarters, at least a year: so nobody is asked twice in a year, and who is asked
    is the same on every run.
    """
    quarter = quarter_of(context.today)
    turns = max(int(context.param("prevention.survey_one_in")), _QUARTERS)
    turn = (quarter.year * _MONTHS_A_YEAR + quarter.month) // _MONTHS % turns
    drawn = ((pl.col("key") % _BITS) * _SPREAD % _BITS) // _LOW_BITS % turns
    return pl.when(drawn == turn).then(pl.lit(quarter))
