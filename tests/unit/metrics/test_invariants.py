"""What the catalogue declares true of every subject is true of the facts of any base."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrator.domain import Truth
from integrator.engine.conditions import metrics_read
from integrator.engine.reference import evaluate
from integrator.metrics import Context, compute
from integrator.metrics.catalogue import INVARIANTS, METRICS
from tests.unit.metrics.worlds import MOSCOW, NOW, Story, regulars, snapshot, stories

TEXTS = (None, "", "  ", "Дорого", "не целевая", "Выбрали поставщика ближе к стройке")
REASONS = {"Дорого": "price_high", "Нецелевой": "other", "Бизнес закрыт": "business_closed"}
WAYS = (None, "fixed_days", "own_mean", "percentile_95")


def untrue(subject: str, facts: dict[str, Any]) -> list[object]:
    return [
        one
        for one in INVARIANTS
        if one.subject == subject
        and (one.when is None or evaluate(one.when, facts) is Truth.TRUE)
        and evaluate(one.then, facts) is Truth.FALSE
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    world=stories() | regulars(),
    exact=st.booleans(),
    texts=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3),
    mapped=st.booleans(),
    way=st.sampled_from(WAYS),
)
def test_no_base_has_a_subject_of_whom_they_are_untrue(
    world: list[Story], exact: bool, texts: list[str | None], mapped: bool, way: str | None
) -> None:
    base = snapshot(world, NOW, exact=exact)
    deals = base["deals"]
    written = [texts[number % len(texts)] for number in range(deals.height)]
    base["deals"] = deals.with_columns(reason_text=pl.Series(written, dtype=pl.String))
    params = {"win_back.lost_by": way} if way else {}
    context = Context(NOW, MOSCOW, "RUB", reason_map=REASONS if mapped else {}, params=params, closed_at_exact=exact)
    found = compute(base, context)
    for subject, frame in (("client", found.clients), ("deal", found.deals)):
        for facts in frame.iter_rows(named=True):
            assert untrue(subject, facts) == []


@pytest.mark.parametrize("invariant", INVARIANTS, ids=str)
def test_they_speak_of_metrics_of_their_subject(invariant: Any) -> None:
    read = (*metrics_read(invariant.then), *(metrics_read(invariant.when) if invariant.when else ()))
    assert {(invariant.subject, name) for name in read} <= set(METRICS)


@pytest.mark.parametrize(
    ("subject", "facts"),
    [
        ("client", {"purchase_count": 0, "days_silent": 3}),
        ("client", {"purchase_count": 1, "abc_share_above": None}),
        ("client", {"purchase_count": -1}),
        ("client", {"days_silent": 9, "days_since_return": 3}),
        ("deal", {"outcome": "open", "closed_at": NOW}),
        ("deal", {"outcome": "lost", "loss_reason": "other"}),
    ],
)
def test_they_can_be_untrue(subject: str, facts: dict[str, Any]) -> None:
    assert untrue(subject, facts)
