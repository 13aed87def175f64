"""Why a fact is missing."""

from __future__ import annotations

from typing import Any

import pytest

from integrator.metrics import METRICS, absence
from integrator.metrics.catalogue import ABSENT

LOST = {"outcome": "lost"}


@pytest.mark.parametrize(
    ("subject", "name", "facts", "fields", "part"),
    [
        ("client", "blacklisted", {}, (), "client.blacklisted"),
        ("deal", "reason_text", LOST, (), "deal.reason_text"),
        ("deal", "reason_text", LOST, ("deal.reason_text",), "пусто"),
        ("client", "days_silent", {"purchase_count": 0}, (), "покупок у него ещё не было"),
        ("client", "revenue_variation", {"purchase_count": 1}, (), "одна"),
        ("client", "revenue_variation", {"purchase_count": 3}, (), "ничего не принёс"),
        ("client", "days_since_return", {"purchase_count": 3}, (), "потерянным"),
        ("client", "average_purchase", {"purchase_count": 3}, (), "нет курса"),
        ("client", "last_refusal_reason", {}, (), "отказов"),
        ("client", "last_refusal_reason", {"last_refusal_at": 1}, (), "loss_reasons.map"),
        ("deal", "loss_reason", {"outcome": "won"}, (), "не проиграна"),
        ("deal", "loss_reason", LOST, (), "не выбрана"),
        ("deal", "loss_reason", {**LOST, "loss_reason_name": "Дорого"}, (), "«Дорого» не сопоставлено"),
        ("deal", "closed_at", {"outcome": "open"}, (), "открыта"),
        ("client", "no_such_metric", {}, (), "в базе этого нет"),
    ],
)
def test_the_reason_says_what_would_be_needed(
    subject: str, name: str, facts: dict[str, Any], fields: tuple[str, ...], part: str
) -> None:
    told = absence.why(subject, name, facts, fields)
    assert part in told["ru"]
    assert told["en"]


def test_every_reason_is_about_a_metric_that_there_is() -> None:
    assert set(ABSENT) <= set(METRICS)
