"""Working days of a portal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import holidays

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAY_ENDS = time(18, 0)
COUNTRIES = {"ru": "RU"}
SATURDAY = 5


@lru_cache(maxsize=64)
def _off_days(country: str, year: int) -> frozenset[date]:
    """Days off beside weekends; the Russian production calendar where `holidays` knows the year."""
    return frozenset(holidays.country_holidays(country, years=year))


@lru_cache(maxsize=64)
def _worked_weekends(country: str, year: int) -> frozenset[date]:
    calendar = holidays.country_holidays(country, years=year)
    return frozenset(getattr(calendar, "weekend_workdays", ()))


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days are worked: weekends and the country's holidays are off, weekends moved to work are on."""

    zone: ZoneInfo
    language: str = "ru"

    def is_working(self, day: date) -> bool:
        """Return whether people work on that day."""
        country = COUNTRIES.get(self.language)
        if country is None:
            return day.weekday() < SATURDAY
        if day in _worked_weekends(country, day.year):
            return True
        return day.weekday() < SATURDAY and day not in _off_days(country, day.year)

    def next_working(self, day: date) -> date:
        """Return the day itself when it is worked, else the first worked one after it."""
        while not self.is_working(day):
            day += timedelta(days=1)
        return day

    def due(self, now: datetime, working_days: int) -> datetime:
        """Return the end of the working day that lies `working_days` after today (0: today or the next worked)."""
        local = now.astimezone(self.zone)
        day = self.next_working(local.date())
        over = day == local.date() and local.time() >= DAY_ENDS
        if working_days == 0 and over:
            day = self.next_working(day + timedelta(days=1))
        elif working_days:
            day = local.date()
        for _ in range(working_days):
            day = self.next_working(day + timedelta(days=1))
        return datetime.combine(day, DAY_ENDS, self.zone)
