"""The real purchases, moved so that the last day is today, and a few even ones made up beside them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.demo.model import MOSCOW
from connectors.demo.vocabulary import REGIONS, ROUBLES_PER_POUND

if TYPE_CHECKING:
    from random import Random

_EXTRACT = Path(__file__).with_name("purchases.csv")
_LAST_DAY = date(2011, 12, 9)
_OPENS, _MORNING = time(8), time(9)
_HOURS = 24


@dataclass(frozen=True, slots=True)
class Purchase:
    """What somebody bought at once; `number` is the invoice's."""

    at: datetime
    amount: int
    number: str


@dataclass(frozen=True, slots=True)
class Buyer:
    """One customer's purchases in their order; `real` is false for the even ones made up."""

    region: str
    purchases: tuple[Purchase, ...]
    real: bool = True


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of the business: nothing happens after nine in the morning of the last one."""

    today: date

    @property
    def end(self) -> datetime:
        """The instant after which nothing has happened yet."""
        return datetime.combine(self.today, _MORNING, MOSCOW)

    def squeezed(self, at: datetime) -> datetime:
        """The same instant, but of the last day the hour before nine stands for the whole of it; order is kept."""
        if at.date() < self.today or at <= self.end:
            return at
        midnight = datetime.combine(at.date(), time(), MOSCOW)
        seconds = (at - midnight) // timedelta(seconds=_HOURS)
        return datetime.combine(self.today, _OPENS, MOSCOW) + timedelta(seconds=seconds)

    def ago(self, days: int, random: Random) -> datetime:
        """Some instant in the working hours of the day that many days before the last one."""
        day = self.today - timedelta(days=days)
        at = datetime.combine(day, time(9 + random.randrange(9), random.randrange(60), random.randrange(60)), MOSCOW)
        return self.squeezed(at)


def real_buyers(calendar: Calendar, customers: int | None) -> list[Buyer]:
    """The customers of the extract (the first so many), in its order."""
    shift = calendar.today - _LAST_DAY
    found: dict[str, tuple[str, list[Purchase]]] = {}
    with _EXTRACT.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["customer"] not in found and len(found) == customers:
                break
            at = calendar.squeezed(datetime.fromisoformat(row["at"]).replace(tzinfo=MOSCOW) + shift)
            amount = round(float(row["pounds"]) * ROUBLES_PER_POUND)
            country = row["country"]
            _, purchases = found.setdefault(row["customer"], (REGIONS.get(country, country), []))
            purchases.append(Purchase(at, amount, row["invoice"]))
    return [Buyer(region, tuple(purchases)) for region, purchases in found.values()]


@dataclass(frozen=True, slots=True)
class _Even:
    """Buys for `amount` roubles, give or take `spread`, `times` times every `period` days, then is silent."""

    period: int
    times: int
    silence: int
    amount: int
    spread: float


# 91 days hold a whole number of each period, so that every quarter has as many purchases as the next.
_EVEN = (
    _Even(91, 5, 130, 1_200_000, 0.04),
    _Even(13, 32, 40, 150_000, 0.05),
    _Even(91, 6, 200, 1_000_000, 0.17),
    _Even(91, 5, 125, 900_000, 0.19),
    _Even(91, 5, 140, 33_000, 0.03),
    _Even(91, 4, 180, 30_000, 0.04),
    _Even(91, 5, 126, 30_000, 0.17),
    _Even(91, 5, 160, 34_000, 0.19),
    _Even(91, 5, 150, 6_000, 0.03),
    _Even(91, 4, 240, 5_000, 0.04),
    _Even(91, 5, 133, 6_500, 0.18),
    _Even(91, 5, 122, 5_500, 0.19),
    # Still buying: an even client who is in time, one who is late, and one who has come back.
    _Even(91, 5, 40, 1_100_000, 0.04),
    _Even(91, 5, 105, 950_000, 0.05),
)
# Signs in turn, so that the spread is a spread and not luck: up, down, a little up, a little down.
_SIGNS = (1.0, -1.0, 0.6, -0.6)


def even_buyers(calendar: Calendar, random: Random) -> list[Buyer]:
    """Clients with an even rhythm and even sums, most of them lost since."""
    found = []
    for number, even in enumerate(_EVEN):
        purchases = []
        for back in range(even.times):
            at = calendar.ago(even.silence + back * even.period, random)
            amount = 100 * round(even.amount * (1 + even.spread * _SIGNS[back % len(_SIGNS)]) / 100)
            purchases.append(Purchase(at, amount, str(700000 + 100 * number + even.times - back)))
        found.append(Buyer(REGIONS["United Kingdom"], tuple(reversed(purchases)), real=False))
    return found
