"""Amounts in the portal's currency."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.metrics.bases import client, deal, facts, one

RATES = [
    {"code": "RUB", "rate": "1", "is_base": True},
    {"code": "USD", "rate": "90.555", "is_base": False},
    {"code": "KZT", "rate": "0.175", "is_base": False},
    {"code": "BAD", "rate": "0", "is_base": False},
    {"code": "ODD", "rate": "", "is_base": False},
]
NOW = "2025-06-01 12:00"


def won(**columns: Any) -> dict[str, Any]:
    return deal(1, "won", "2025-05-01 12:00", **columns)


def amount(minor: int, currency: str | None, own: str | None = "RUB") -> int | None:
    found: int | None = one(facts(NOW, [won(amount=minor, currency=currency)], {"currency": own}, currencies=RATES))[
        "amount"
    ]
    return found


@pytest.mark.parametrize(
    ("minor", "currency", "own", "expected"),
    [
        (123, None, "RUB", 123),
        (123, "RUB", "RUB", 123),
        (123, " rub ", "RUB", 123),
        (1, "USD", "RUB", 91),
        (100, "USD", "RUB", 9056),  # 9055.5: a half goes up
        (-100, "USD", "RUB", -9056),
        (2, "KZT", "RUB", 0),
        (20, "KZT", "RUB", 4),  # 3.5
        (9056, "RUB", "USD", 100),  # 100.0055...
        (100, "USD", "KZT", 51746),  # 90.555 / 0.175 = 517.457142...
        (10**15, "USD", "RUB", 90_555 * 10**12),
        (100, "USD", None, 9056),
        (100, "EUR", "RUB", None),
        (100, "BAD", "RUB", None),
        (100, "ODD", "RUB", None),
        (100, "USD", "EUR", None),
        (100, "EUR", "EUR", 100),
    ],
)
def test_amounts_are_converted_exactly(minor: int, currency: str | None, own: str | None, expected: int | None) -> None:
    assert amount(minor, currency, own) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10", 10_00),
        ("10,5", 10_50),
        ("1 234.567", 1234_57),
        ("1\u00a0000", 1000_00),
        ("+3", 3_00),
        ("-2.005", -2_01),
        (".5", 50),
        ("5.", 5_00),
        ("10|USD", 905_55),
        ("1500.50|RUB", 1500_50),
        ("10|EUR", 777_00),
        ("", 777_00),
        ("abc", 777_00),
        ("10%", 777_00),
        ("1.2.3", 777_00),
        ("-", 777_00),
        (".", 777_00),
        ("12345678901234", 777_00),
    ],
)
def test_margins_are_read_as_the_crm_writes_them(text: str, expected: int) -> None:
    found = client(facts(NOW, [won(amount=777_00, margin=text)], currencies=RATES))
    assert (found["value_365"], found["revenue_total"]) == (expected, 777_00)


def test_a_margin_is_in_the_currency_of_its_deal() -> None:
    assert (
        client(facts(NOW, [won(amount=777_00, currency="USD", margin="10")], currencies=RATES))["value_365"] == 905_55
    )


def test_a_deal_without_a_rate_is_left_out_of_sums_and_told_of() -> None:
    known = deal(2, "won", "2025-05-01 13:00", amount=100_00)
    later = deal(3, "won", "2025-05-11 13:00", amount=5_00, currency="EUR")
    found = facts(NOW, [won(amount=9_00, currency="EUR"), known, later], currencies=RATES)
    assert found.notes == ("Нет курса валюты EUR: сделок, не вошедших в суммы: 2.",)
    row = client(found)
    assert (row["purchase_count"], row["revenue_total"], row["average_purchase"]) == (2, 100_00, 100_00)
    assert row["last_purchase_amount"] is None


def test_a_mean_is_rounded_half_up() -> None:
    deals = [won(amount=1), deal(2, "won", "2025-05-02 12:00", amount=2)]
    assert client(facts(NOW, deals))["average_purchase"] == 2
