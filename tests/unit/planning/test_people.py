"""Who gets a task."""

from __future__ import annotations

from typing import Any

import pytest

from integrator.planning.people import in_charge


@pytest.mark.parametrize(
    ("row", "user"),
    [
        ({"responsible_id": 7}, 7),
        ({"responsible_id": 7, "successor_id": None}, 7),
        ({"responsible_id": 7, "successor_id": 8}, 8),
        ({"responsible_id": None, "successor_id": 8}, 8),
        ({"responsible_id": None}, None),
    ],
)
def test_who_takes_a_client_over_looks_after_him(row: dict[str, Any], user: int | None) -> None:
    assert in_charge(row) == user
