"""Who a client is, on any small base: the same alone as among all, blind to what is yet to come, in one class each."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrator import metrics, packs
from integrator.engine.classes import evaluate
from integrator.engine.loader import load
from integrator.engine.moment import Moment
from integrator.engine.reference import ReferenceEngine
from integrator.metrics import Context, compute
from integrator.metrics.catalogue import profile
from tests.unit.metrics.alone import alone, clients_of
from tests.unit.metrics.worlds import MOSCOW, NOW, Story, regulars, snapshot, stories

FAST = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMED = frozenset(
    {"client.quarter_volume", "client.need_date", "client.industry", "client.region", "client.partner"}
    | {"client.verified_at", "client.blacklisted", "deal.referrer"}
)
# Small enough that every branch of the arithmetic is met on a handful of deals.
PARAMS = {
    "target.hours_per_year": 1, "target.hour_cost": 20, "target.least_decided": 2, "target.min_quarter_volume": 100,
    "target.industries_not_served": ("табак",), "pyramid.least_keys": 1, "pyramid.key_purchases": 1,
    "win_back.lost_by": "fixed_days", "win_back.lost_fixed_days": 3650,
}  # fmt: skip
CARD: dict[str, list[str | None]] = {
    "quarter_volume": [None, "1 000", "2,5 тыс.", "нет", "10 $"],
    "need_date": [None, "2026-02-01", "01.06.2024"],
    "industry": [None, "IT", "it ", "Табак"],
    "region": [None, "Пермь", "Тверь"],
    "partner": [None, "true", "нет"],
    "verified_at": [None, "2025-06-01", "2027-01-01"],
    "blacklisted": [None, "true", "false"],
    "keys": [None, "aa", "aa bb", "bb", "cc", ""],
}
DEALS: dict[str, list[str | None]] = {
    "referrer": [None, "CO_1", "C_2, CO_2", "company 3", ""],
    "source": [None, "Сайт", " Выставка"],
}
OWN = ["kind", "id", *(row[0] for row in profile.CLIENT)]
WORLDS = stories() | regulars()


def filled(world: list[Story], seed: int, synced: Any = NOW) -> dict[str, pl.DataFrame]:
    """The snapshot of the world with cards, sources and lines drawn by the ids, so that a later one adds rows only."""
    base = snapshot(world, synced, exact=True)
    for table, columns in (("companies", CARD), ("contacts", CARD), ("deals", DEALS)):
        base[table] = base[table].with_columns(
            pl.Series(
                name, [values[(seed // 7 + row * (place + 1)) % len(values)] for row in base[table]["id"]], pl.String
            )
            for place, (name, values) in enumerate(columns.items())
        )
    groups = ["Кабель", "Лампы", None]
    products = [{"id": number, "name": str(number), "group": group} for number, group in enumerate(groups)]
    lines = [{"deal_id": row, "product_id": (row + seed) % 3, "amount": row} for row in base["deals"]["id"]]
    for table, rows in (("products", products), ("basket_lines", lines)):
        base[table] = pl.DataFrame(
            [{name: row.get(name) for name in base[table].columns} for row in rows], schema=base[table].schema
        )
    return base


def context(now: Any = NOW) -> Context:
    return Context(now, MOSCOW, "RUB", fields_named=NAMED, params=PARAMS)


@cache
def rules() -> Any:
    return load(packs.find([packs.shipped()], ["target", "pyramid", "win_back"]), metrics.METRICS, params=PARAMS)


@FAST
@given(world=WORLDS, seed=st.integers(0, 10_000))
def test_one_client_alone_is_what_he_is_among_all(world: list[Story], seed: int) -> None:
    whole = filled(world, seed)
    found = compute(whole, context())
    for client, row in clients_of(found).items():
        himself = alone(whole, context(), found.shared, client)
        assert himself is not None
        assert {name: himself[name] for name in OWN} == {name: row[name] for name in OWN}


@FAST
@given(world=stories(), seed=st.integers(0, 10_000), back=st.integers(0, 600))
def test_what_comes_after_now_changes_nothing(world: list[Story], seed: int, back: int) -> None:
    then = NOW - timedelta(days=back)
    early, late = (compute(filled(world, seed, synced), context(then)).clients for synced in (then, NOW))
    assert early.select(OWN).equals(late.select(OWN))


@FAST
@given(world=WORLDS, seed=st.integers(0, 10_000))
def test_every_client_has_one_place_and_no_partner_is_turned_away(world: list[Story], seed: int) -> None:
    clients = compute(filled(world, seed), context()).clients
    found = evaluate(rules(), "client", clients, ReferenceEngine(), Moment.of(NOW, MOSCOW))
    order = [rule for rule in found.columns if rule.startswith("rule.pyramid/")]
    for facts, row in zip(clients.iter_rows(named=True), found.iter_rows(named=True), strict=True):
        place = row["class.pyramid"]
        assert place in rules().dimensions["pyramid"].values
        assert sum(row[rule] for rule in order) == (place != "potential")
        assert (place in {"key", "real_large", "real_medium", "real_small"}) == (facts["purchase_count"] > 0)
        assert row["class.target"] in {"target", "non_target", "unknown"}
        if row["class.role"] == "partner":
            assert row["class.target"] != "non_target"
        elif facts["blacklisted"]:
            assert row["class.target"] == "non_target"
