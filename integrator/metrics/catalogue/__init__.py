"""Every metric by subject and name: its type, its unit and one sentence about it; one module a theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integrator.metrics.catalogue import activity, growth, prevention, profile, purchases, refusals, steps
from integrator.metrics.catalogue.rows import metric, of_deal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.domain import Metric
    from integrator.domain.invariants import Invariant
    from integrator.metrics.catalogue.rows import Absence

_THEMES = (refusals, steps, purchases, profile, growth, activity, prevention)

_OWN = {
    (subject, row[0]): metric(subject, row)
    for theme in _THEMES
    for subject, rows in (("deal", theme.DEAL), ("client", theme.CLIENT), ("manager", theme.MANAGER))
    for row in rows
}
# What is known of a client is known of each of his deals, under another name.
_OF_CLIENTS = {("deal", f"client.{name}"): of_deal(one) for (subject, name), one in _OWN.items() if subject == "client"}
METRICS: Mapping[tuple[str, str], Metric] = {**_OWN, **_OF_CLIENTS}

INVARIANTS: tuple[Invariant, ...] = tuple(one for theme in _THEMES for one in theme.INVARIANTS)
"""What the arithmetic of the metrics makes true of every subject: proofs about rules may count on it."""

ABSENT: Mapping[tuple[str, str], Absence] = {key: why for theme in _THEMES for key, why in theme.ABSENT.items()}
"""Why a metric may have no value, by subject and name."""

FIELDS: Mapping[str, str] = {name: field for theme in _THEMES for name, field in theme.FIELDS.items()}
"""The field of the configuration that a metric stands on, by the metric's name."""

DEFAULT_PARAMS: Mapping[str, Any] = {name: value for theme in _THEMES for name, value in theme.PARAMS.items()}
"""The parameters that metrics read, with what holds where a portal says nothing."""
