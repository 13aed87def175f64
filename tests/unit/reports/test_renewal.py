"""The base: renewed records, the pyramid, the matrix of the lost."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from integrator.reports.renewal import handovers, pyramid, renewal, win_back
from tests.unit.metrics.bases import at
from tests.unit.reports.grounds import Ground, window

YEAR = window("2026-01-01", "2026-12-31")


def card(number: int, created: str, verified: str | None = None) -> dict[str, Any]:
    return {"id": number, "name": "C", "created_at": at(f"{created} 12:00"), "verified_at": verified}


def test_a_record_created_or_verified_in_the_window_is_renewed_once() -> None:
    companies = [
        card(1, "2026-05-01"),
        card(2, "2020-05-01", "2026-05-01"),
        card(3, "2026-05-01", "01.06.2026"),
        card(4, "2020-05-01", "2025-12-31"),
        card(5, "2027-01-01"),
    ]
    ground = Ground(YEAR, "2026-12-31 23:00", companies=companies, contacts=[card(9, "2019-01-01")])
    body = renewal(ground.snapshot, ground.context, YEAR)
    assert (body["records"], body["created"], body["verified"], body["renewed"]) == (5, 2, 2, 3)
    assert body["renewed_pct"] == pytest.approx(60)


def clients() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "class.pyramid": ["key", "key", "potential"],
            "class.lifecycle": ["lost", "active", "lost"],
            "class.abc": ["A", "A", "C"],
            "class.xyz": ["X", "X", "Z"],
            "class.win_back": ["first", None, "let_go"],
            "revenue_365": [100_00, 50_00, 0],
            "revenue_total": [100_00, 150_00, 0],
            "value_365": [90_00, 10_00, 5_00],
        }
    )


def test_every_class_of_the_pyramid_has_a_row() -> None:
    rows = pyramid(clients(), {"key": "ключевой", "real_large": "крупный", "potential": "возможный"})
    assert [(row["class"], row["name"], row["clients"], row["revenue_365"]) for row in rows] == [
        ("key", "ключевой", 2, 150.0),
        ("real_large", "крупный", 0, 0.0),
        ("potential", "возможный", 1, 0.0),
    ]


def test_the_matrix_counts_the_lost_alone() -> None:
    cells = {(row["abc"], row["xyz"]): row for row in win_back(clients())}
    assert len(cells) == 9
    assert (cells["A", "X"]["clients"], cells["A", "X"]["value_365"], cells["A", "X"]["tiers"]) == (
        1,
        90.0,
        {"first": 1},
    )
    assert cells["C", "Z"]["tiers"] == {"let_go": 1}
    assert cells["B", "X"]["clients"] == 0


def test_clients_of_who_left_are_followed() -> None:
    left = at("2026-05-01 12:00")
    rows = pl.DataFrame(
        {
            "handed_over_at": [left, left, None],
            "handed_over_from": ["Иван", "Иван", None],
            "successor_id": [8, None, None],
            "last_contact_at": [at("2026-05-02 12:00"), at("2026-04-30 12:00"), left],
            "revenue_since_handover": [100_00, 0, 500_00],
        }
    )
    assert handovers(rows) == [
        {"manager": "Иван", "clients": 2, "with_successor": 1, "contacted": 1, "bought": 1, "revenue": 100.0}
    ]
