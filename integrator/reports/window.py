"""The days that a report is about, and the base as it stood at their end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from integrator.metrics import Context

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Window:
    """Days in the portal's time zone, both included."""

    since: date
    until: date

    @classmethod
    def last(cls, days: int, until: date) -> Window:
        """Return the last so many days up to and with `until`."""
        return cls(until - timedelta(days=days - 1), until)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.until - self.since).days + 1

    @property
    def before(self) -> Window:
        """The window of the same length that ends where this one begins."""
        return Window.last(self.days, self.since - timedelta(days=1))

    def each(self) -> Iterator[date]:
        """Yield its days."""
        yield from (self.since + timedelta(days=number) for number in range(self.days))

    def __contains__(self, day: date) -> bool:
        return self.since <= day <= self.until

    def holds(self, day_number: pl.Expr) -> pl.Expr:
        """Return whether a day (as days since the epoch) is one of the window's."""
        return day_number.is_between((self.since - _EPOCH).days, (self.until - _EPOCH).days)

    def at_end(self, context: Context) -> Context:
        """Return the context of the last instant of the window that is not in the future."""
        evening = datetime.combine(self.until, time.max, context.timezone).astimezone(UTC)
        return replace(context, now=min(evening, context.now))
