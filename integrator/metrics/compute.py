"""From a snapshot to facts."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from integrator.metrics import (
    activity,
    activity_managers,
    growth,
    prevention,
    profile,
    refusals,
    refusals_answers,
    steps,
)
from integrator.metrics import clients as client_metrics
from integrator.metrics import deals as deal_metrics
from integrator.metrics.catalogue import METRICS
from integrator.metrics.columns import id_of, kind_name, slim
from integrator.metrics.context import Base, Context, Facts
from integrator.metrics.history import as_of
from integrator.metrics.money import converted
from integrator.metrics.notes import notes
from integrator.metrics.own_tasks import marked
from integrator.metrics.shared import Shared
from integrator.metrics.steps_todos import todos

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CLIENT_COLUMNS = ("kind", "id", "name", "responsible_id")
_MANAGER_COLUMNS = ("id", "name", "active", "responsible_id")
_DEAL_COLUMNS = ("entity", "id", "title", "pipeline_id", "client_kind", "client_id", "responsible_id")
# The themes in the order in which they build on each other: each returns its frame with its columns beside the others.
_MEASURES: dict[str, tuple[Callable[[Base], pl.DataFrame], ...]] = {
    "leads": (refusals.of_leads,),
    "deals": (refusals.of_deals, refusals_answers.of_deals, steps.of_deals),
    "clients": (
        client_metrics.measured,
        profile.measured,
        growth.measured,
        steps.of_clients,
        activity.of_clients,
        prevention.measured,
    ),
    "managers": (activity_managers.of_managers,),
}


def compute(snapshot: Mapping[str, pl.DataFrame], context: Context, shared: Shared | None = None) -> Facts:
    """Return the facts about deals, clients and managers as of the context's now; the snapshot is domain.tables'.

    Where the snapshot holds only some clients, `shared` brings what the whole base told.
    """
    base = started(snapshot, context, shared or Shared())
    # What is left out is told of the whole base, by the words of the CRM: the themes understand them.
    left_out = notes(base.deals, snapshot["loss_reasons"], context) if base.shared.stored is None else ()
    for name, measures in _MEASURES.items():
        for measure in measures:
            base = _with(base, name, measure(base))
    deals = _named(base.deals, "deal")
    if not base.leads.is_empty():
        deals = pl.concat([deals, _named(base.leads, "lead")], how="diagonal")
    return Facts(
        clients=base.clients.select(*_CLIENT_COLUMNS, *_names("client")),
        deals=deals,
        managers=base.managers.select(_unique(*_MANAGER_COLUMNS, *_names("manager"))).sort("id"),
        notes=left_out,
        shared=base.shared.found,
    )


def _with(base: Base, name: str, frame: pl.DataFrame) -> Base:
    """Return the base with the frame in its place; of millions of rows without what holds nothing."""
    frames: dict[str, Any] = {name: frame if base.shared.stored is not None else slim(frame)}
    return replace(base, **frames)


def started(snapshot: Mapping[str, pl.DataFrame], context: Context, shared: Shared) -> Base:
    """Return the base as of now before any theme has added to it."""
    snapshot = {**snapshot, "tasks": marked(snapshot)}
    deals = _standing(snapshot, context, "deals")
    # Most clients have none, and most portals neither.
    leads = deals.clear() if snapshot["leads"].is_empty() else _standing(snapshot, context, "leads")
    clients = client_metrics.who(deals, snapshot, context)
    managers = snapshot["users"].with_columns(responsible_id="id")
    return Base(snapshot, context, shared, deals, leads, clients, managers, todos(snapshot["tasks"], context))


def _standing(snapshot: Mapping[str, pl.DataFrame], context: Context, table: str) -> pl.DataFrame:
    """Return the deals (or leads) as of now in the portal's currency."""
    found = converted(as_of(snapshot, context, table), snapshot["currencies"], context)
    return deal_metrics.measured(found, snapshot["loss_reasons"], context)


def _named(deals: pl.DataFrame, entity: str) -> pl.DataFrame:
    """Return the deals with the names of what they are and whose, and their metrics as far as they have them."""
    made = {"entity": pl.lit(entity), "client_kind": kind_name("key"), "client_id": id_of("key")}
    known = {*deals.columns, *made}
    wanted = [name for name in _unique(*_DEAL_COLUMNS, *_names("deal")) if name in known]
    return deals.select(made[name].alias(name) if name in made else name for name in wanted)


@cache
def _names(subject: str) -> tuple[str, ...]:
    """Return the names of the subject's metrics, in the table's order."""
    return tuple(name for owner, name in METRICS if owner == subject)


def _unique(*names: str) -> list[str]:
    return list(dict.fromkeys(names))
