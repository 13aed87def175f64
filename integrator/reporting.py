"""Reports: the mirror, the rules and what is stored, put together for a window."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

import polars as pl

from integrator import metrics
from integrator.metrics.columns import client_of
from integrator.metrics.compute import started
from integrator.metrics.profile_key import profile_of_key
from integrator.metrics.purchases import purchase_days
from integrator.metrics.refusals_answers import of_deals as with_answers
from integrator.planning.calendar import WorkCalendar
from integrator.reports import activity, effects, funnel, losses, reasons, renewal
from integrator.reports.window import Window
from integrator.store import effects as stored_effects
from integrator.store import frames
from integrator.verdicts import context_of, verdicts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from integrator.store.database import Database
    from integrator.verdicts import Job

Rows = list[dict[str, Any]]
# Days that each report looks back where none are named.
USUAL_DAYS = {"funnel": 90, "reasons": 14, "losses": 365, "base": 365, "prospecting": 7, "time": 30, "rules": 90}
NAMES = tuple(USUAL_DAYS)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: of all managers or one, as of the job's instant, `listed` with what stands behind it."""

    job: Job
    window: Window
    manager: int | None = None
    weekly: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A report as programs read it, what stands behind its figures, and the names of the managers in it."""

    body: Any
    behind: Rows
    managers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Ground:
    """What reports are made of, as at the end of their window."""

    db: Database
    request: Request
    snapshot: Mapping[str, pl.DataFrame]
    context: metrics.Context
    base: metrics.Base

    @property
    def window(self) -> Window:
        return self.request.window

    def facts(self) -> metrics.Facts:
        return metrics.compute(self.snapshot, self.context)

    def judged(self, facts: metrics.Facts) -> pl.DataFrame:
        """Return the clients' facts with the classes that the rules give them at the end of the window."""
        job = replace(self.request.job, at=self.context.now)
        return facts.clients.hstack(verdicts_of(job, facts)["client"])


def window_of(job: Job, name: str, since: date | None, until: date | None) -> Window:
    """Return the days asked for, else the report's usual ones that end today."""
    last = until or job.at.astimezone(job.portal.zone).date()
    return Window(since, last) if since else Window.last(USUAL_DAYS[name], last)


def report(db: Database, name: str, request: Request) -> Report:
    """Return the report of that name; nothing after the job's instant is seen."""
    snapshot = frames.snapshot(db, request.job.name)
    context = request.window.at_end(context_of(request.job))
    base = started(snapshot, context, metrics.Shared())
    body, behind = _REPORTS[name](_Ground(db, request, snapshot, context, base))
    users = {str(row["id"]): row["name"] for row in snapshot["users"].iter_rows(named=True)}
    return Report(body, behind, users)


def _funnel(ground: _Ground) -> tuple[Any, Rows]:
    plan = [100 * ground.context.param(f"prospecting.plan_{step}") for step in funnel.STEPS]
    users = ground.snapshot["users"]
    active = frozenset(users.filter(pl.col("active"))["id"].to_list())
    deals = _of_manager(
        funnel.cohort(ground.base.deals, ground.snapshot, ground.context, ground.window), ground.request
    )
    body = funnel.funnel(deals, plan, active) | {"mix": funnel.mix(deals, _abc(ground))}
    if ground.request.weekly:
        body["weeks"] = funnel.weekly(deals, ground.context, plan)
    columns = ["id", "title", "responsible_id", "pipeline_id", "outcome", "step", "created_at"]
    return body, _listed(deals, columns)


def _abc(ground: _Ground) -> pl.DataFrame:
    """Return the clients with their class of value."""
    clients = ground.facts().clients
    share = pl.col("abc_share_above")
    a_below, b_below = (ground.context.param(f"win_back.abc_{letter}_below") for letter in "ab")
    letter = (
        pl.when(share < a_below).then(pl.lit("A")).when(share < b_below).then(pl.lit("B")).when(share.is_not_null())
    ).then(pl.lit("C"))
    return clients.select(key=client_of("kind", "id"), abc=letter)


def _reasons(ground: _Ground) -> tuple[Any, Rows]:
    both = pl.concat([ground.base.deals, ground.base.leads], how="diagonal")
    marked = both.with_columns(
        entity=pl.Series(["deal"] * ground.base.deals.height + ["lead"] * ground.base.leads.height, dtype=pl.String)
    )
    wanted = _of_manager(marked, ground.request)
    lost = reasons.refusals(wanted, ground.window)
    columns = ["entity", "id", "title", "responsible_id", "closed_at", "loss_reason", "loss_reason_name", "reason_text"]
    body = reasons.reasons(wanted, ground.context, ground.window)
    causes = _of_manager(with_answers(ground.base), ground.request)
    body["causes"] = reasons.causes(causes, ground.context, ground.window)
    body["answers"] = reasons.answers(
        _of_manager(ground.facts().clients, ground.request), ground.context, ground.window
    )
    return body, _listed(lost, columns)


def _losses(ground: _Ground) -> tuple[Any, Rows]:
    facts = ground.facts()
    clients = _of_manager(facts.clients, ground.request)
    body = losses.losses(
        replace(facts, clients=clients), purchase_days(ground.base.deals), ground.context, ground.window
    )
    lost = losses.flagged(clients, ground.window).filter(pl.col("lost")).with_columns(_money("revenue_365"))
    columns = ["kind", "id", "name", "responsible_id", "last_purchase_on", "days_silent", "lost_on", "revenue_365"]
    return body, _listed(lost, columns)


def _base(ground: _Ground) -> tuple[Any, Rows]:
    facts = ground.facts()
    clients = _of_manager(ground.judged(facts), ground.request)
    dimensions = ground.request.job.rules.dimensions
    own = dimensions["pyramid"].values if "pyramid" in dimensions else {}
    classes = {value: texts[ground.context.language] for value, texts in own.items()}
    body = {
        "renewal": renewal.renewal(ground.snapshot, ground.context, ground.window),
        "pyramid": renewal.pyramid(clients, classes) if classes else [],
        "win_back": renewal.win_back(clients) if "win_back" in dimensions else [],
        "key_profile": list(profile_of_key(facts.shared).iter_rows(named=True)),
        "handovers": renewal.handovers(clients),
    }
    given = [name for name in clients.columns if name.startswith("class.")]
    listed = clients.with_columns(_money("revenue_365", "revenue_total"))
    return body, _listed(listed, ["kind", "id", "name", "responsible_id", *given, "revenue_365", "revenue_total"])


def _prospecting(ground: _Ground) -> tuple[Any, Rows]:
    made = _of_manager(activity.contacts(ground.snapshot, ground.base.deals, ground.context), ground.request)
    portal = ground.request.job.portal
    calendar = WorkCalendar(portal.zone, portal.language)
    worked = sum(1 for day in ground.window.each() if calendar.is_working(day))
    quota = int(ground.context.param("prospecting.quota"))
    body = activity.prospecting(made, ground.judged(ground.facts()), ground.window, quota, worked)
    return body, _listed(activity.within(made, ground.window), ["origin", "id", "responsible_id", "kind", "day"])


def _time(ground: _Ground) -> tuple[Any, Rows]:
    made = _of_manager(activity.contacts(ground.snapshot, ground.base.deals, ground.context), ground.request)
    days = purchase_days(ground.base.deals)
    values = activity.values_of_year(days, ground.context)
    body = {
        "managers": activity.time_spent(made, values, ground.window),
        "stages": activity.stage_days(ground.snapshot, ground.base.deals, ground.context, ground.window),
    }
    return body, _listed(activity.within(made, ground.window), ["origin", "id", "responsible_id", "kind", "day", "key"])


def _rules(ground: _Ground) -> tuple[Any, Rows]:
    window, zone = ground.window, ground.context.timezone
    since = datetime.combine(window.since, time.min, zone).astimezone(UTC)
    stored = stored_effects.by_rule(ground.db, ground.request.job.name, since, ground.context.now)
    tasks = effects.tasks(ground.snapshot, ground.base.deals, ground.context, since)
    titles = {rule.full: rule.title[ground.context.language] for rule in ground.request.job.rules.rules}
    columns = ["rule", "subject", "remote_id", "created_at", "completed_at", "result", "won_after"]
    return effects.effects(stored, tasks, titles), _listed(tasks.with_columns(_money("won_after")), columns)


_REPORTS: dict[str, Callable[[_Ground], tuple[Any, Rows]]] = {
    "funnel": _funnel,
    "reasons": _reasons,
    "losses": _losses,
    "base": _base,
    "prospecting": _prospecting,
    "time": _time,
    "rules": _rules,
}


def _of_manager(rows: pl.DataFrame, request: Request) -> pl.DataFrame:
    return rows if request.manager is None else rows.filter(pl.col("responsible_id") == request.manager)


def _money(*names: str) -> list[pl.Expr]:
    return [pl.col(name) / losses.MINOR_UNITS for name in names]


def _listed(rows: pl.DataFrame, columns: list[str]) -> Rows:
    return list(rows.select(columns).iter_rows(named=True))
