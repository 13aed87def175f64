"""What `config check` says of the pack `target` before it is relied upon."""

from __future__ import annotations

from typing import Any

import pytest

from integrator import check
from integrator.config.models import Portal

UNSET_VOLUME = "target.min_quarter_volume is not set"
UNSET_COST = "target.hours_per_year and target.hour_cost not set"


def told(currency: str = "RUB", packs: tuple[str, ...] = (), **params: Any) -> list[str]:
    named = {f"target.{name}": value for name, value in params.items()}
    portal = Portal.model_validate(
        {
            "crm": "amocrm",
            "base_url": "https://example.amocrm.ru",
            "auth": {"long_lived_token": "t"},
            "currency": currency,
            "rules": {"packs": packs, "params": named},
        }
    )
    lines = check.Lines()
    check._target(lines, portal)
    return lines.lines


def test_an_unset_threshold_is_told_where_no_default_fits_the_currency() -> None:
    assert any(UNSET_VOLUME in line and "in RUB" in line for line in told())
    assert not any(UNSET_VOLUME in line for line in told("USD"))
    assert not any(UNSET_VOLUME in line for line in told(min_quarter_volume=400_000))


def test_an_unset_cost_of_hours_is_told() -> None:
    assert any(UNSET_COST in line for line in told())
    assert any("target.hour_cost not set" in line for line in told(hours_per_year=12))
    assert not any("uneconomic" in line for line in told(hours_per_year=12, hour_cost=900))


def test_nothing_is_told_of_a_pack_that_does_not_decide() -> None:
    assert told(packs=("win_back",)) == []
    assert told(packs=("target",)) != []


@pytest.mark.parametrize("wrong", ["industri", "phone"])
def test_a_field_of_the_profile_that_does_not_exist_is_wrong(wrong: str) -> None:
    (line,) = [line for line in told(profile_fields=["region", wrong]) if line.startswith("wrong")]
    assert f'no field "{wrong}"' in line
    assert ("did you mean" in line) == (wrong == "industri")
