"""What the metrics are told, and what they give back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from integrator.metrics.catalogue import DEFAULT_PARAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from zoneinfo import ZoneInfo

    import polars as pl

    from integrator.metrics.shared import Shared

VERSION = "4"
"""Raised when the arithmetic of a metric changes: decisions made before and after are told apart by it."""

_SATURDAY, _LONGEST_HOLIDAY = 5, 31


def weekday(day: date) -> bool:
    """Return whether the day is one of Monday to Friday."""
    return day.weekday() < _SATURDAY


@dataclass(frozen=True, slots=True)
class Context:
    """The portal and the instant at which its base is looked at.

    `reason_map` and `sub_reason_map` take the portal's own words to canonical codes; `fields_named` are the names of
    methods' fields that the configuration sets (`client.blacklisted`, ...). `closed_at_exact` is true where the
    CRM keeps the instant of closing (amoCRM), false where it keeps that of the last move (Bitrix24).
    `pipelines` are the sales pipelines (empty: all but those of complaints), `stages` the stage id of each named step
    (acquaintance, presentation, contract, payment) by pipeline. `works` tells which days are worked.
    `deputies` are users by whom they stand in for, `pool` those who take over clients (empty: all who have some).
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
    pipelines: frozenset[int] = frozenset()
    complaint_pipelines: frozenset[int] = frozenset()
    stages: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    works: Callable[[date], bool] = weekday
    deputies: Mapping[int, int] = field(default_factory=dict)
    pool: tuple[int, ...] = ()
    lists: Mapping[tuple[str, str], Mapping[str, Mapping[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # An instant of a named zone cannot be compared with the columns, which are UTC.
        object.__setattr__(self, "now", self.now.astimezone(UTC))

    def param(self, name: str) -> float:
        """Return a parameter of DEFAULT_PARAMS that is a number as the portal sets it."""
        return float(Fraction(self._value(name)))

    def word(self, name: str) -> str:
        """Return a parameter of DEFAULT_PARAMS that is a word as the portal sets it."""
        return str(self._value(name))

    def words(self, name: str) -> tuple[str, ...]:
        """Return a parameter of DEFAULT_PARAMS that is a list of words as the portal sets it."""
        return tuple(str(word) for word in self._value(name))

    def _value(self, name: str) -> Any:
        value = self.params.get(name)
        return value if value is not None else DEFAULT_PARAMS[name]

    @property
    def today(self) -> date:
        """The portal's calendar day at `now`."""
        return self.now.astimezone(self.timezone).date()

    def worked_before(self, day: date) -> date:
        """Return the last day before this one that is worked; the day before where none is for a month."""
        earlier = (day - timedelta(days=number) for number in range(1, _LONGEST_HOLIDAY))
        return next((one for one in earlier if self.works(one)), day - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Facts:
    """One row per client, per deal and per manager; `notes` are sentences for the admin about what was left out.

    `clients`: kind (company, contact), id, name, responsible_id and the client metrics; companies first, by id.
    `deals`: id, title, pipeline_id, client_kind, client_id, responsible_id and the deal metrics; by id.
    `managers`: id, name, active, responsible_id (the manager himself) and the manager metrics; by id.
    Leads stand behind the deals: `entity` (deal, lead) tells which is which.
    Money columns are integers of minor units of the portal's currency. `shared` is what only the whole base tells.
    """

    clients: pl.DataFrame
    deals: pl.DataFrame
    managers: pl.DataFrame
    notes: tuple[str, ...] = ()
    shared: Mapping[str, pl.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Base:
    """The base on its way to facts: each theme adds its columns to the frames.

    The snapshot's tasks are marked as own or not (own_tasks).
    `deals` are those of the sales pipelines as of now, with `key` (their client), `closed_day` and amounts converted,
    `leads` the same of Bitrix24's leads; `clients` have `key`, `kind`, `id`, `name`, `responsible_id` and the columns
    of their card, as the CRM writes them; `managers` are the users, `todos` what people had agreed to do (steps_todos).
    """

    snapshot: Mapping[str, pl.DataFrame]
    context: Context
    shared: Shared
    deals: pl.DataFrame
    leads: pl.DataFrame
    clients: pl.DataFrame
    managers: pl.DataFrame
    todos: pl.DataFrame
