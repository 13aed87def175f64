"""The columns give what the plain reading of the methods gives, on any small base."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrator.metrics import Context, compute
from tests.unit.metrics.bases import MOSCOW, Client
from tests.unit.metrics.oracle import Bought, Portrait, portraits, state_at
from tests.unit.metrics.worlds import NOW, Story, regulars, snapshot, stories

MARGINS = {
    None: None,
    "": None,
    "no": None,
    "10,50": Decimal("10.50"),
    "1 000.005": Decimal("1000.005"),
    "7": Decimal(7),
}
RATES = {None: Decimal(1), "RUB": Decimal(1), "USD": Decimal("90.55")}
FAST = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def context(*, exact: bool, **more: Any) -> Context:
    return Context(now=NOW, timezone=MOSCOW, currency="RUB", closed_at_exact=exact, **more)


def minor(units: Decimal | None, currency: str | None) -> int | None:
    rate = RATES.get(currency)
    if rate is None or units is None:
        return None
    return int((units * rate * 100).quantize(Decimal(1), ROUND_HALF_UP))


def purchases(world: list[Story]) -> list[Bought]:
    found = []
    for deal in world:
        outcome, since = state_at(deal.outcomes(), NOW)
        client = owner(deal)
        if deal.created_at > NOW or outcome != "won" or since is None or client is None:
            continue
        revenue = minor(Decimal(deal.amount) / 100, deal.currency)
        margin = minor(MARGINS[deal.margin], deal.currency)
        value = margin if margin is not None else revenue
        found.append(Bought(client, since.astimezone(MOSCOW).date(), revenue, value))
    return found


def owner(deal: Story) -> Client | None:
    if deal.company_id is not None:
        return ("company", deal.company_id)
    return ("contact", deal.contact_id) if deal.contact_id is not None else None


@FAST
@given(world=stories() | regulars(), exact=st.booleans())
def test_buyers_are_as_the_methods_say(world: list[Story], exact: bool) -> None:
    found = compute(snapshot(world, NOW, exact=exact), context(exact=exact)).clients
    rows = {(row["kind"], row["id"]): row for row in found.iter_rows(named=True)}
    expected = portraits(purchases(world))
    assert {client for client, row in rows.items() if row["purchase_count"]} == set(expected)
    for client, portrait in expected.items():
        check(rows[client], portrait, [bought for bought in purchases(world) if bought.client == client])


@FAST
@given(world=stories() | regulars(), by=st.sampled_from(["fixed_days", "own_mean", "percentile_95"]))
def test_losses_by_another_measure_are_as_the_methods_say(world: list[Story], by: str) -> None:
    params = {"win_back.lost_by": by, "win_back.lost_fixed_days": 60, "win_back.lost_mean_factor": 3}
    found = compute(snapshot(world, NOW, exact=True), context(exact=True, params=params)).clients
    rows = {(row["kind"], row["id"]): row for row in found.iter_rows(named=True)}
    bought = purchases(world)
    for client, portrait in portraits(bought, by).items():
        check(rows[client], portrait, [purchase for purchase in bought if purchase.client == client])


def check(row: dict[str, Any], portrait: Portrait, bought: list[Bought]) -> None:
    today = NOW.astimezone(MOSCOW).date()
    silent = (today - portrait.days[-1]).days
    assert row["purchase_count"] == len(portrait.days)
    assert row["last_purchase_on"] == portrait.days[-1]
    assert row["days_silent"] == silent
    assert row["value_365"] == portrait.value_365
    assert row["abc_share_above"] == portrait.above.numerator / portrait.above.denominator
    assert row["purchase_period_source"] == portrait.source
    assert row["purchase_period_days"] == float(portrait.period)
    assert row["lost_threshold_days"] == pytest.approx(float(portrait.threshold))
    assert (silent >= row["lost_threshold_days"]) == (silent >= portrait.threshold)
    assert row["last_return_on"] == portrait.returned_on
    assert row["days_since_return"] == (portrait.returned_on and (today - portrait.returned_on).days)
    assert row["return_window_days"] == float(portrait.period * 2)
    assert row["revenue_total"] == sum(purchase.revenue or 0 for purchase in bought)
    variation(row["revenue_variation"], portrait.squared_variation)


def variation(found: float | None, squared: Fraction | None) -> None:
    assert (found is None) == (squared is None)
    if found is None or squared is None:
        return
    assert found == pytest.approx(float(squared) ** 0.5)
    for bound in (Fraction(1, 10), Fraction(1, 4)):
        assert (found <= float(bound)) == (squared <= bound**2)


@FAST
@given(world=stories(), exact=st.booleans(), share=st.floats(0, 1))
def test_what_comes_after_now_changes_nothing(world: list[Story], exact: bool, share: float) -> None:
    middle = sorted(deal.created_at for deal in world)[int(share * (len(world) - 1))] if world else NOW
    settings_then = Context(now=middle, timezone=MOSCOW, currency="RUB", closed_at_exact=exact)
    then = compute(snapshot(world, middle, exact=exact), settings_then)
    later = compute(snapshot(world, NOW, exact=exact), settings_then)
    assert then.clients.equals(later.clients)
    assert then.deals.equals(later.deals)
    assert then.notes == later.notes


@FAST
@given(world=stories(), exact=st.booleans(), seed=st.integers(0, 2**32))
def test_the_order_of_rows_does_not_matter(world: list[Story], exact: bool, seed: int) -> None:
    base = snapshot(world, NOW, exact=exact)
    shuffled = {name: table.sample(fraction=1, shuffle=True, seed=seed) for name, table in base.items()}
    straight, mixed = (compute(tables, context(exact=exact)) for tables in (base, shuffled))
    assert straight.clients.equals(mixed.clients)
    assert straight.deals.equals(mixed.deals)
    assert straight.notes == mixed.notes


@FAST
@given(world=stories(), exact=st.booleans())
def test_deals_stand_as_their_history_says(world: list[Story], exact: bool) -> None:
    found = compute(snapshot(world, NOW, exact=exact), context(exact=exact)).deals
    rows = {row["id"]: row for row in found.iter_rows(named=True)}
    assert set(rows) == {deal.id for deal in world if deal.created_at <= NOW}
    for number, row in rows.items():
        outcome, since = state_at(next(deal for deal in world if deal.id == number).outcomes(), NOW)
        assert (row["outcome"], row["closed_at"]) == (outcome, since)
        assert (row["reason_is_label"] is None) == (outcome != "lost")


def test_frames_have_the_types_that_the_catalogue_promises() -> None:
    from integrator.metrics import METRICS

    kinds = {
        "integer": pl.Int64,
        "money": pl.Int64,
        "number": pl.Float64,
        "boolean": pl.Boolean,
        "string": pl.String,
        "date": pl.Date,
        "instant": pl.Datetime("us", "UTC"),
    }
    found = compute(snapshot([], NOW, exact=True), context(exact=True))
    frames = {"client": found.clients, "deal": found.deals, "manager": found.managers}
    # What rules about deals read of the client is his own metric, joined where it is read.
    own = {key: metric for key, metric in METRICS.items() if not key[1].startswith("client.")}
    for (subject, name), metric in own.items():
        assert frames[subject].schema[name] == kinds[metric.type], name
        assert metric.name == name
        assert metric.subject == subject
        assert set(metric.doc) == {"ru", "en"}
