"""What the catalogue's modules are written in: rows of metrics, invariants, and why a metric may have no value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from integrator.domain import Condition, Metric, Test
from integrator.domain.invariants import Invariant

# name, type, unit, Russian, English, values
Row = tuple[str, str, str, str, str] | tuple[str, str, str, str, str, tuple[str, ...]]
Texts = dict[str, str]
Facts = Mapping[str, Any]
# Why a metric has no value, as a sentence or as one made of the subject's facts; None: nothing is known of it.
Absence = Texts | Callable[[Facts], Texts | None]


def metric(subject: str, row: Row) -> Metric:
    """Return a row of a table as a metric."""
    name, kind, unit, russian, english, *values = row
    return Metric(name, subject, kind, unit, {"ru": russian, "en": english}, *values)


def of_deal(one: Metric) -> Metric:
    """Return the client's metric as one of his deal."""
    doc = {"ru": f"О клиенте сделки: {_small(one.doc['ru'])}", "en": f"Of the deal's client: {_small(one.doc['en'])}"}
    return replace(one, name=f"client.{one.name}", subject="deal", doc=doc)


def _small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def said(russian: str, english: str) -> Texts:
    """Return a sentence in both languages."""
    return {"ru": russian, "en": english}


def known(name: str) -> Test:
    """Return the condition that the metric has a value."""
    return Test(name, "exists", value=True)


def always_known(subject: str, *names: str) -> tuple[Invariant, ...]:
    """Return that the metrics have a value for every subject of the kind."""
    return tuple(Invariant(subject, known(name)) for name in names)


def at_least(subject: str, bounds: Mapping[str, int]) -> tuple[Invariant, ...]:
    """Return that the metrics are never below their bounds."""
    return tuple(Invariant(subject, Test(name, "gte", least)) for name, least in bounds.items())


def known_only_where(subject: str, rows: Mapping[str, Condition]) -> tuple[Invariant, ...]:
    """Return that each metric has a value only where its condition holds."""
    return tuple(Invariant(subject, where, known(name)) for name, where in rows.items())


def known_wherever(subject: str, rows: Mapping[str, Condition]) -> tuple[Invariant, ...]:
    """Return that each metric has a value wherever its condition holds."""
    return tuple(Invariant(subject, known(name), where) for name, where in rows.items())
