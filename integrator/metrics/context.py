"""What the metrics are told, and what they give back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from zoneinfo import ZoneInfo

    import polars as pl

DEFAULT_PARAMS: dict[str, Any] = {
    "win_back.lost_by": "own_rhythm",
    "win_back.lost_after_periods": Fraction(4, 3),
    "win_back.lost_fixed_days": 90,
    "win_back.lost_mean_factor": 2,
    "win_back.lost_floor_days": 14,
    "win_back.lost_ceiling_days": 730,
    "win_back.default_period_days": 90,
    "win_back.cohort_minimum": 5,
    "win_back.return_periods": 2,
    "win_back.abc_a_below": 0.8,
    "win_back.abc_b_below": 0.95,
}
"""The parameters that metrics read, with what holds where a portal says nothing."""


VERSION = "1"
"""Raised when the arithmetic of a metric changes: decisions made before and after are told apart by it."""


@dataclass(frozen=True, slots=True)
class Context:
    """The portal and the instant at which its base is looked at.

    `reason_map` and `sub_reason_map` take the portal's own words to canonical codes; `fields_named` are the names of
    methods' fields that the configuration sets (`client.blacklisted`, ...). `closed_at_exact` is true where the
    CRM keeps the instant of closing (amoCRM), false where it keeps that of the last move (Bitrix24).
    """

    now: datetime
    timezone: ZoneInfo
    currency: str | None = None
    language: str = "ru"
    reason_map: Mapping[str, str] = field(default_factory=dict)
    sub_reason_map: Mapping[str, str] = field(default_factory=dict)
    fields_named: frozenset[str] = frozenset()
    params: Mapping[str, Any] = field(default_factory=dict)
    closed_at_exact: bool = True

    def __post_init__(self) -> None:
        # An instant of a named zone cannot be compared with the columns, which are UTC.
        object.__setattr__(self, "now", self.now.astimezone(UTC))

    def param(self, name: str) -> float:
        """Return a parameter of DEFAULT_PARAMS that is a number as the portal sets it."""
        return float(Fraction(self._value(name)))

    def word(self, name: str) -> str:
        """Return a parameter of DEFAULT_PARAMS that is a word as the portal sets it."""
        return str(self._value(name))

    def _value(self, name: str) -> Any:
        value = self.params.get(name)
        return value if value is not None else DEFAULT_PARAMS[name]

    @property
    def today(self) -> date:
        """The portal's calendar day at `now`."""
        return self.now.astimezone(self.timezone).date()


@dataclass(frozen=True, slots=True)
class Facts:
    """One row per client and per deal; `notes` are sentences for the admin about what was left out.

    `clients`: kind (company, contact), id, name, responsible_id and the client metrics; companies first, by id.
    `deals`: id, title, pipeline_id, client_kind, client_id, responsible_id and the deal metrics; by id.
    Money columns are integers of minor units of the portal's currency.
    """

    clients: pl.DataFrame
    deals: pl.DataFrame
    notes: tuple[str, ...] = ()
