"""B12: what key clients have in common, and how close others are to them."""

from __future__ import annotations

from math import exp, log, sqrt
from typing import TYPE_CHECKING, Any

import pytest

from integrator.metrics.profile_key import profile_of_key
from tests.unit.metrics.bases import at, client, deal, facts

if TYPE_CHECKING:
    from integrator.metrics import Facts

NOW = "2026-01-01 12:00"
SETTINGS = {"fields_named": frozenset({"client.industry", "client.region", "client.quarter_volume"})}
BORN = at("2025-01-01 12:00")
# Five key clients, two of another sort who bought once for little, two who have not bought.
INDUSTRIES = ["IT", "it", "IT ", "Стройка", None, "Стройка", "Стройка", "IT", "Стройка"]


def key_client(number: int, **columns: Any) -> list[dict[str, Any]]:
    days = ("2025-09-01", "2025-10-01", "2025-11-01", "2025-12-01")
    return [
        deal(number * 10 + place, "won", f"{day} 12:00", company_id=number, amount=10_000_00, **columns)
        for place, day in enumerate(days)
    ]


def base(keys: int = 5, **tables: Any) -> Facts:
    companies = [
        {"id": number, "name": f"C{number}", "created_at": BORN, "industry": industry}
        for number, industry in enumerate(INDUSTRIES, 1)
    ]
    deals = [row for number in range(1, keys + 1) for row in key_client(number)]
    small = [
        deal(900 + number, "won", "2025-12-20 12:00", company_id=number, amount=1) for number in range(keys + 1, 8)
    ]
    return facts(NOW, [*deals, *small], SETTINGS, companies=companies, **tables)


def closeness(found: Facts, number: int) -> Any:
    return client(found, number)["closeness"]


def test_closeness_is_the_smoothed_odds_of_what_is_known_of_him() -> None:
    found = base()
    # Of four key clients with an industry three are in IT; of four others one. Both have two kinds.
    weights = {"it": log((4 / 6) / (2 / 6)), "other": log((2 / 6) / (4 / 6))}
    assert closeness(found, 8) == round(100 / (1 + exp(-weights["it"])))
    assert closeness(found, 9) == round(100 / (1 + exp(-weights["other"])))


def test_who_has_bought_is_not_compared_nor_one_of_whom_nothing_is_known() -> None:
    companies = [{"id": 8, "created_at": BORN}, {"id": 1, "industry": "IT", "created_at": BORN}]
    found = facts(NOW, [row for number in range(1, 6) for row in key_client(number)], SETTINGS, companies=companies)
    assert (closeness(found, 1), closeness(found, 8)) == (None, None)


def test_few_key_clients_tell_nothing() -> None:
    found = base(keys=4)
    assert closeness(found, 8) is None
    assert profile_of_key(found.shared).height == 0


@pytest.mark.parametrize(
    ("change", "keys"),
    [({}, 1), ({"pyramid.key_purchases": 5}, 0)],
)
def test_a_key_client_buys_often_enough(change: dict[str, Any], keys: int) -> None:
    settings = {**SETTINGS, "params": {"pyramid.least_keys": 1, **change}}
    found = facts(NOW, key_client(1), settings, companies=[{"id": 1, "industry": "IT", "created_at": BORN}])
    assert profile_of_key(found.shared)["keys"].sum() == keys


def test_a_lost_client_is_no_key_one() -> None:
    settings = {**SETTINGS, "params": {"pyramid.least_keys": 1}}
    cards = [{"id": 1, "industry": "IT", "created_at": BORN}]
    assert profile_of_key(facts("2026-01-09 12:00", key_client(1), settings, companies=cards).shared).height == 1
    assert profile_of_key(facts("2026-01-11 12:00", key_client(1), settings, companies=cards).shared).height == 0


def test_the_profile_of_key_clients_shows_shares_with_their_intervals() -> None:
    rows = profile_of_key(base().shared).to_dicts()
    it = next(row for row in rows if row["name"] in {"IT", "it"})
    assert rows[0] == it
    assert (it["feature"], it["keys"], it["keys_known"], it["everyone"], it["everyone_known"]) == (
        "industry",
        3,
        4,
        4,
        8,
    )
    assert (it["share"], it["base_share"]) == (0.75, 0.5)
    z, n, p = 1.959963984540054, 4, 0.75
    middle, spread = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert it["low"] == pytest.approx((middle - spread) / (1 + z * z / n))
    assert it["high"] == pytest.approx((middle + spread) / (1 + z * z / n))


def test_source_and_first_product_are_those_of_the_first_deal_that_has_them() -> None:
    early, late = at("2025-02-01 12:00"), at("2025-03-01 12:00")
    deals = [
        deal(1, company_id=1, created_at=early, source=" "),
        deal(2, company_id=1, created_at=late, source="Выставка"),
        deal(3, company_id=1, created_at=at("2025-04-01 12:00"), source="Сайт"),
    ]
    products = [{"id": number, "group": group} for number, group in ((1, "Кабель"), (2, "Лампы"), (3, None))]
    lines = [
        {"deal_id": 1, "product_id": 3, "amount": 900},
        {"deal_id": 2, "product_id": 1, "amount": 10},
        {"deal_id": 2, "product_id": 2, "amount": 20},
        {"deal_id": 3, "product_id": 1, "amount": 99},
    ]
    stated = [{"id": number, "quarter_volume": str(number), "created_at": BORN} for number in (1, 2, 3, 4)]
    settings = {**SETTINGS, "params": {"pyramid.least_keys": 0}}
    table = facts(NOW, deals, settings, companies=stated, products=products, basket_lines=lines).shared["key_profile"]
    values = {feature: set(part["name"]) for (feature,), part in table.group_by("feature")}
    assert values == {"source": {"Выставка"}, "first_product": {"Лампы"}, "size": {"small", "medium", "large"}}
