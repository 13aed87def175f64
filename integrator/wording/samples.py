"""An imagined client, deal and manager, by which task texts are shown where there is no real one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.domain import Metric

NAMES = {"ru": ("Вега-Строй", "Поставка на склад"), "en": ("Vega Build", "Delivery to the warehouse")}
MANAGERS = {"ru": "Анна Петрова", "en": "Anna Reed"}
SILENT, PERIOD, BACK, CLOSED, AWAY = 123, 91.0, 3, 2, 75
# What is written in cards and deals, in Russian and in English.
TEXTS: Mapping[str, tuple[str, str]] = {
    "loss_reason_name": ("Дорого", "Too expensive"),
    "catalogue_item": ("Кабель ВВГ 3×2,5", "Cable 3×2.5"),
    "stage_name": ("Презентация", "Presentation"),
    "soft_no_phrase": ("надо посоветоваться с директором", "I have to ask my director"),
    "profile_gaps": ("отрасль, когда понадобится", "industry, when it is needed"),
    "groups_bought": ("Автоматика, Щиты", "Automation, Panels"),
    "groups_missing": ("Кабель, Светильники", "Cable, Lamps"),
    "gap_group": ("Кабель", "Cable"),
    "responsible_before": ("Олег Смирнов", "Owen Stone"),
    "handed_over_from": ("Олег Смирнов", "Owen Stone"),
    "successor": ("Анна Петрова", "Anna Reed"),
    "leaving_answer": ("привезли не то и долго меняли", "it was the wrong goods, and slow to be changed"),
    "industry": ("Строительство", "Construction"),
    "region": ("Казань", "Leeds"),
    "call_list": (
        "Вега-Строй: последний контакт 14 июля\nКонтур: ещё не связывались",
        "Vega Build: last contact on 14 July\nContour: no contact yet",
    ),
    "lost_yesterday_list": (
        "Вега-Строй, Поставка на склад, 480 000 ₽: дорого. Как можно было удержать?",
        "Vega Build, Delivery to the warehouse, 480,000: too expensive. How could the client have been kept?",
    ),
}
# Figures that belong together: what is overdue is more than usual.
FIGURES: Mapping[str, float] = {
    "stage_days": 31,
    "stage_days_usual": 8,
    "age_days": 42,
    "cycle_days": 24.0,
    "next_step_after_days": 66,
    "days_since_step": 21,
    "open_tasks": 1,
    "tasks_overdue": 1,
    "days_without_contact": AWAY,
    "call_list_count": 2,
    "lost_yesterday": 1,
    "turnover_ratio": 0.4,
    "turnover_ratio_year": 0.5,
    "revenue_90": 6_200_000,
    "revenue_90_before": 15_500_000,
    "revenue_90_year_ago": 12_400_000,
    "gap_share": 0.62,
}
# What is mostly not there.
MISSING = frozenset({"loss_reason", "reason_text", "possible_duplicate", "duplicate_last_purchase_on"})
# Days that lie ahead.
AHEAD = frozenset({"next_step_at", "meeting_at", "come_back_on", "lost_on", "need_date"})


def facts(subject: str, metrics: Mapping[tuple[str, str], Metric], now: datetime, language: str) -> dict[str, Any]:
    """Return a value for every metric of the subject, as templates see them."""
    today = now.date()
    client, deal = NAMES[language]
    made = {name: _by_type(metric, now, today) for (of, name), metric in metrics.items() if of == subject}
    ahead = {name: made[name] + timedelta(days=2 * BACK) for name in AHEAD & made.keys()}
    texts = {name: both[0 if language == "ru" else 1] for name, both in TEXTS.items()}
    told = {**ahead, **texts, **FIGURES, **dict.fromkeys(MISSING), **_client(now, today), **_deal(now)}
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


def _client(now: datetime, today: date) -> dict[str, Any]:
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
        "last_contact_at": now - timedelta(days=AWAY),
    }


def _deal(now: datetime) -> dict[str, Any]:
    return {
        "outcome": "lost",
        "closed_at": now - timedelta(days=CLOSED),
        "amount": 48_000_000,
        "days_since_closed": CLOSED,
    }
