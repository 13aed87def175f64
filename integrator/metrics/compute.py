"""From a snapshot to facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrator.metrics import clients as client_metrics
from integrator.metrics import deals as deal_metrics
from integrator.metrics.catalogue import METRICS
from integrator.metrics.columns import id_of, kind_name
from integrator.metrics.context import Context, Facts
from integrator.metrics.history import as_of
from integrator.metrics.money import converted
from integrator.metrics.notes import notes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

_CLIENT_COLUMNS = ("kind", "id", "name", "responsible_id")
_MANAGER_COLUMNS = ("id", "name", "active", "responsible_id")
_DEAL_COLUMNS = ("id", "title", "pipeline_id", "client_kind", "client_id", "responsible_id")


def compute(snapshot: Mapping[str, pl.DataFrame], context: Context) -> Facts:
    """Return the facts about clients, deals and managers as of the context's now; the snapshot is domain.tables'."""
    standing = converted(as_of(snapshot, context), snapshot["currencies"], context)
    deals = deal_metrics.measured(standing, snapshot["loss_reasons"], context)
    clients = client_metrics.ordered(client_metrics.measured(deals, snapshot, context))
    reasons = deal_metrics.reasons(deals, snapshot["loss_reasons"], context)
    named = deals.with_columns(client_kind=kind_name("key"), client_id=id_of("key"))
    return Facts(
        clients=clients.select(*_CLIENT_COLUMNS, *_names("client")),
        deals=named.sort("id").select(*_DEAL_COLUMNS, *_names("deal")),
        managers=_managers(snapshot["users"]),
        notes=notes(deals, reasons, context),
    )


def _managers(users: pl.DataFrame) -> pl.DataFrame:
    """Return the managers; whether one works here is a column and may be a metric."""
    names = dict.fromkeys((*_MANAGER_COLUMNS, *_names("manager")))
    return users.with_columns(responsible_id="id").sort("id").select(*names)


def _names(subject: str) -> list[str]:
    """Return the names of the subject's metrics, in the table's order."""
    return [name for owner, name in METRICS if owner == subject]
