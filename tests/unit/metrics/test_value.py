"""D3: the value of a client, his rank in the base and how evenly he buys."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.metrics.bases import client, deal, facts

NOW = "2026-01-01 12:00"


def of(company: int, amount: int, day: str = "2025-06-01", **columns: Any) -> dict[str, Any]:
    return deal(
        company * 1000 + amount % 1000, "won", f"{day} 12:00", **{"company_id": company, "amount": amount, **columns}
    )


def shares(*deals: dict[str, Any], **more: Any) -> dict[tuple[str, int], float]:
    rows = facts(NOW, list(deals), **more).clients.iter_rows(named=True)
    return {(row["kind"], row["id"]): row["abc_share_above"] for row in rows}


def test_the_first_is_always_a_whatever_he_brings() -> None:
    assert shares(of(1, 999_999_99), of(2, 1)) == {("company", 1): 0.0, ("company", 2): 99999999 / 100000000}
    assert shares(of(1, 1)) == {("company", 1): 0.0}


def test_a_share_of_exactly_four_fifths_above_is_no_longer_a() -> None:
    found = shares(of(1, 50), of(2, 30), of(3, 15), of(4, 5))
    assert list(found.values()) == [0.0, 0.5, 0.8, 0.95]


@pytest.mark.parametrize("unit", [1, 3, 7, 12_345, 99_999_999])
def test_bounds_hold_to_the_last_bit(unit: int) -> None:
    found = shares(of(1, 80 * unit), of(2, 15 * unit), of(3, 5 * unit))
    assert list(found.values()) == [0.0, 0.8, 0.95]


def test_equals_are_ranked_companies_first_then_by_number() -> None:
    contact = deal(9, "won", "2025-06-01 12:00", company_id=None, contact_id=2, amount=100)
    found = shares(of(10, 100), of(9, 100), contact)
    assert found == {("company", 9): 0.0, ("company", 10): 1 / 3, ("contact", 2): 2 / 3}


def test_a_base_that_brought_nothing_ranks_everybody_at_the_top() -> None:
    assert shares(of(1, 0), of(2, 0)) == {("company", 1): 0.0, ("company", 2): 0.0}


def test_value_is_of_the_year_that_ends_at_the_last_purchase() -> None:
    # 365 days with the last one included: 2 June 2024 is in, 1 June is not.
    deals = [of(1, 1, "2024-06-01"), of(1, 20, "2024-06-02"), of(1, 300, "2025-06-01")]
    found = client(facts(NOW, deals))
    assert (found["value_365"], found["revenue_total"], found["revenue_365"]) == (320, 321, 300)


def test_a_year_to_now_includes_today() -> None:
    deals = [of(1, 1, "2025-01-01"), of(1, 20, "2025-01-02"), of(1, 300, "2026-01-01")]
    assert client(facts("2026-01-01 12:01", deals))["revenue_365"] == 320


def test_value_is_the_margin_deal_by_deal() -> None:
    deals = [of(1, 100_00, margin="12,34"), of(1, 50_01, margin=""), of(1, 3_02, margin="skip")]
    assert client(facts(NOW, deals))["value_365"] == 12_34 + 50_01 + 3_02


def test_one_kopeck_decides() -> None:
    assert shares(of(1, 100_00), of(2, 100_01)) == {("company", 1): 10001 / 20001, ("company", 2): 0.0}


def windows(*amounts: int) -> float | None:
    """The variation with these sums in the windows, the latest first, each on a window's first or last day."""
    days = ["2025-12-31", "2025-10-01", "2025-04-03", "2025-04-02"]  # ages 0, 91, 272, 273
    deals = [
        deal(place, "won", f"{day} 12:00", amount=amount)
        for place, (day, amount) in enumerate(zip(days, amounts, strict=True))
    ]
    found: float | None = client(facts("2026-01-01 12:00", deals))["revenue_variation"]
    return found


@pytest.mark.parametrize(
    ("amounts", "variation"),
    [
        ((100, 100, 100, 100), 0.0),
        ((90, 90, 110, 110), 0.1),
        ((27_00, 27_00, 33_00, 33_00), 0.1),
        ((75, 75, 125, 125), 0.25),
        ((70, 70, 130, 130), 0.3),
        ((999_999_999_90 * 9, 999_999_999_90 * 9, 999_999_999_90 * 11, 999_999_999_90 * 11), 0.1),
    ],
)
def test_variation_is_exact_where_a_bound_may_lie(amounts: tuple[int, ...], variation: float) -> None:
    assert windows(*amounts) == variation


def test_a_kopeck_above_the_bound_is_above() -> None:
    found = windows(89_999_99, 90_000_00, 110_000_00, 110_000_00)
    assert found is not None
    assert found > 0.1


def test_what_is_older_than_four_windows_is_not_counted() -> None:
    deals = [deal(1, "won", "2025-12-31 12:00", amount=100), deal(2, "won", "2025-01-01 12:00", amount=100)]  # 364 days
    assert client(facts(NOW, deals))["revenue_variation"] == pytest.approx(3**0.5)


def test_one_purchase_or_a_mean_of_nothing_has_no_variation() -> None:
    assert client(facts(NOW, [of(1, 100)]))["revenue_variation"] is None
    assert client(facts(NOW, [of(1, 0), of(1, 0, "2025-05-01")]))["revenue_variation"] is None
