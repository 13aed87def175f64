"""An imagined client, deal and manager, by which task texts are shown where there is no real one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.domain import Metric

NAMES = {"ru": ("Вега-Строй", "Поставка на склад"), "en": ("Vega Build", "Delivery to the warehouse")}
MANAGERS = {"ru": "Анна Петрова", "en": "Anna Reed"}
REASONS = {"ru": ("Нецелевой", "просто интересовался"), "en": ("Not a target", "was just asking")}
SILENT, PERIOD, BACK, CLOSED = 123, 91.0, 3, 2


def facts(subject: str, metrics: Mapping[tuple[str, str], Metric], now: datetime, language: str) -> dict[str, Any]:
    """Return a value for every metric of the subject, as templates see them."""
    today = now.date()
    client, deal = NAMES[language]
    made = {name: _by_type(metric, now, today) for (of, name), metric in metrics.items() if of == subject}
    told = {**_client(today), **_deal(now, language)}
    made |= {name: value for name, value in told.items() if name in made}
    if subject == "manager":
        return made | {"manager": MANAGERS[language]}
    return made | {"client": client, "deal": deal if subject == "deal" else "", "of_client": {}}


def _by_type(metric: Metric, now: datetime, today: date) -> Any:
    by_type: dict[str, Any] = {
        "integer": 5,
        "number": 0.5 if metric.unit == "share" else 30.0,
        "money": 15_000_000,
        "boolean": False,
        "string": metric.values[0] if metric.values else "…",
        "date": today - timedelta(days=BACK),
        "instant": now - timedelta(days=BACK),
    }
    return by_type.get(metric.type)


def _client(today: date) -> dict[str, Any]:
    return {
        "purchase_count": 5,
        "last_purchase_on": today - timedelta(days=SILENT),
        "last_purchase_amount": 6_200_000,
        "days_silent": SILENT,
        "purchase_period_days": PERIOD,
        "purchase_period_source": "own",
        "lost_threshold_days": PERIOD * 4 / 3,
        "last_return_on": today - timedelta(days=BACK),
        "days_since_return": BACK,
        "revenue_total": 34_000_000,
    }


def _deal(now: datetime, language: str) -> dict[str, Any]:
    name, words = REASONS[language]
    return {
        "outcome": "lost",
        "closed_at": now - timedelta(days=CLOSED),
        "amount": 48_000_000,
        "loss_reason": None,
        "loss_reason_name": name,
        "reason_text": words,
        "days_since_closed": CLOSED,
    }
