"""How managers' days go (B6, C7): calls against the quota, whom to call today, what was lost yesterday."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics import activity_lists
from integrator.metrics.activity import CALL, MEETING, begins, made
from integrator.metrics.activity_places import keepers, owners
from integrator.metrics.catalogue import METRICS
from integrator.metrics.columns import day, joined, today

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.metrics.context import Base, Context

WEEK = 7
# So many touches without an answer make an opportunity one that never answered.
_FIXED_FROM = 2
_EPOCH = 719_163
STEPS = ("acquaintance", "presentation", "contract", "payment")
_TYPES = {
    "integer": pl.Int64,
    "number": pl.Float64,
    "string": pl.String,
    "boolean": pl.Boolean,
    "date": pl.Date,
}
_COUNTS = ("calls_yesterday", "calls_today", "calls_7", "meetings_7", "activities_7", "contacts_yesterday")


def of_managers(base: Base) -> pl.DataFrame:
    """Return the managers with how their days went; null for who has neither clients nor deals, or is not active.

    A manager is the sum of many clients: where only some are at hand nothing is known of any.
    """
    if base.shared.stored is not None:
        return base.managers.with_columns(_unknown())
    context = base.context
    managers = _selling(base)
    deeds = _deeds(base)
    for part in (_counted(deeds, context), _new(deeds, base), _planned(base), _opportunities(base)):
        managers = joined(managers, part, on="id")
    managers = _against_plan(managers.with_columns(_filled(managers)), context)
    for part in (activity_lists.calls(base, managers), activity_lists.refusals(base, review_day(context))):
        managers = joined(managers, part, on="id")
    managers = managers.with_columns(pl.col(name).fill_null(0) for name in ("call_list_count", "lost_yesterday"))
    names = ["id", *_names()]
    return joined(base.managers, managers.select(names), on="id")


def review_day(context: Context) -> int:
    """Return the last day before today that was worked, since the epoch: a review on Monday begins with Friday."""
    return context.worked_before(context.today).toordinal() - _EPOCH


def contact_plan(size: int, context: Context) -> Mapping[str, float]:
    """Return how many contacts a day a list of so many opportunities asks for, by the step of C1 that they are for.

    The list is gone through once in `list_days` working days; each step is entered by those who passed the ones
    before at the rates of the plan. The day's quota is never exceeded.
    """
    entering, share = [], 1.0
    for step in STEPS:
        entering.append(share)
        share *= context.param(f"prospecting.plan_{step}")
    wanted = size * sum(entering) / context.param("prospecting.list_days")
    total = min(ceil(round(wanted, 6)), context.param("prospecting.quota"))
    return {step: total * part / sum(entering) for step, part in zip(STEPS, entering, strict=True)}


def _names() -> list[str]:
    return [name for subject, name in METRICS if subject == "manager"]


def _unknown() -> list[pl.Expr]:
    types = {name: _TYPES[metric.type] for (subject, name), metric in METRICS.items() if subject == "manager"}
    return [pl.lit(None, dtype=kind).alias(name) for name, kind in types.items()]


def _selling(base: Base) -> pl.DataFrame:
    """Return the users who are active at now and responsible for clients or deals."""
    busy = pl.concat([base.clients.select(id="responsible_id"), base.deals.select(id="responsible_id")]).unique()
    active = pl.col("active").fill_null(value=False) | (pl.col("inactive_since") > base.context.now)
    return base.managers.filter(active.fill_null(value=False)).select("id").join(busy, on="id", how="semi")


def _deeds(base: Base) -> pl.DataFrame:
    """Return what was done lately, one row per deed and client, with what that client is."""
    context = base.context
    since = min(context.today - timedelta(days=WEEK - 1), context.worked_before(context.today))
    deeds = made(base, begins(since, context)).with_columns(day=day("at", context))
    # amoCRM does not say who received a message: who looks after the card it is on did.
    nobodys = deeds.filter(pl.col("responsible_id").is_null())["place"].implode()
    kept = joined(deeds, keepers(base.snapshot).filter(pl.col("place").is_in(nobodys)), on="place")
    deeds = kept.with_columns(responsible_id=pl.coalesce("responsible_id", "keeper_id"))
    deeds = deeds.filter(pl.col("responsible_id").is_not_null())
    fixed = (pl.col("engaged_deals") == 0) & (pl.col("touches_unanswered") >= _FIXED_FROM)
    clients = base.clients.select("key", "first_contact_at", fixed=fixed)
    theirs = owners(base).join(deeds[["place"]], on="place", how="semi").join(clients, on="key")
    return deeds.join(theirs, on="place", how="left")


def _counted(deeds: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return what each manager did: yesterday (since the last working day), today and in the last seven days."""
    each = deeds.group_by("origin", "id").agg(
        *(pl.col(name).first() for name in ("kind", "day", "contact", "ours", "logged")),
        responsible_id=pl.col("responsible_id").min(),
        fixed=pl.col("fixed").any(),
        whom=pl.coalesce(pl.col("key").min(), -pl.col("place").min()),
    )
    number = pl.col("day")
    yesterday = number.is_between(review_day(context), today(context) - 1)
    week = number > today(context) - WEEK
    activity = pl.col("ours") & week
    sums = each.group_by(id="responsible_id").agg(
        meetings_7=(week & (pl.col("kind") == MEETING)).sum().cast(pl.Int64),
        activities_7=activity.sum().cast(pl.Int64),
        contacts_yesterday=(yesterday & pl.col("contact")).sum().cast(pl.Int64),
        fixation_7=pl.when(activity.any()).then(
            (activity & pl.col("fixed")).sum().cast(pl.Float64) / activity.sum().cast(pl.Float64)
        ),
    )
    return sums.join(_calls(each, yesterday, week, context), on="id", how="left")


def _calls(each: pl.DataFrame, yesterday: pl.Expr, week: pl.Expr, context: Context) -> pl.DataFrame:
    """Return the calls that each manager made.

    A planned call that was made may be there twice, as planned and as made: of one client and day the larger counts.
    """
    ours = each.filter((pl.col("kind") == CALL) & pl.col("ours"))
    of_source = ours.group_by("responsible_id", "whom", "day", "logged").agg(calls=pl.len().cast(pl.Int64))
    of_day = of_source.group_by("responsible_id", "whom", "day").agg(pl.col("calls").max())
    calls = pl.col("calls")
    return of_day.group_by(id="responsible_id").agg(
        calls_yesterday=calls.filter(yesterday).sum(),
        calls_today=calls.filter(pl.col("day") == today(context)).sum(),
        calls_7=calls.filter(week).sum(),
    )


def _new(deeds: pl.DataFrame, base: Base) -> pl.DataFrame:
    """Return with how many clients each manager was the first to be in contact, in the last seven days."""
    first = deeds.filter(
        pl.col("contact"),
        pl.col("at") == pl.col("first_contact_at"),
        pl.col("day") > today(base.context) - WEEK,
    )
    once = first.sort("key", pl.col("origin").cast(pl.String), "id").unique("key", keep="first", maintain_order=True)
    return once.group_by(id="responsible_id").agg(new_contacts_7=pl.len().cast(pl.Int64))


def _planned(base: Base) -> pl.DataFrame:
    """Return how many calls and meetings of today each manager still has before him."""
    due = day("due_at", base.context) == today(base.context)
    wanted = base.todos.filter(pl.col("open"), due, pl.col("kind").is_in([CALL, MEETING]))
    return wanted.unique(["origin", "id"]).group_by(id="responsible_id").agg(planned_today=pl.len().cast(pl.Int64))


def _opportunities(base: Base) -> pl.DataFrame:
    """Return how many opportunities each manager has."""
    clients = base.clients.select("responsible_id", chance=activity_lists.opportunity())
    found = clients.filter("chance").group_by(id="responsible_id")
    return found.agg(opportunities=pl.len().cast(pl.Int64))


def _filled(managers: pl.DataFrame) -> list[pl.Expr]:
    """Return 0 for what was not done; a share of nothing stays null."""
    return [pl.col(name).fill_null(0) for name in managers.columns if name not in {"id", "fixation_7"}]


def _against_plan(managers: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the managers with their quota, what is left of it today, and what yesterday lacked."""
    quota = int(context.param("prospecting.quota"))
    sizes = managers["opportunities"].unique().to_list()
    plans = [round(sum(contact_plan(size, context).values())) for size in sizes]
    planned = pl.col("opportunities").replace_strict(sizes, plans, return_dtype=pl.Int64)
    left = quota - pl.col("planned_today") - pl.col("calls_today")
    return managers.with_columns(
        call_quota=pl.lit(quota, dtype=pl.Int64),
        call_quota_left=left.clip(lower_bound=0),
        contacts_planned_yesterday=planned,
        contact_gap_yesterday=(planned - pl.col("contacts_yesterday")).clip(lower_bound=0),
        today=pl.lit(context.today, dtype=pl.Date),
        review_day=pl.lit(context.today - timedelta(days=today(context) - review_day(context)), dtype=pl.Date),
        works_today=pl.lit(context.works(context.today), dtype=pl.Boolean),
    )
