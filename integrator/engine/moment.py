"""As of when is decided, as the facts that rules about days gone by read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import tzinfo


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, and what day it is then at the portal."""

    now: datetime
    today: date

    @classmethod
    def of(cls, now: datetime, zone: tzinfo = UTC) -> Moment:
        """Return the instant with its day in the zone."""
        return cls(now.astimezone(UTC), now.astimezone(zone).date())

    @property
    def facts(self) -> dict[str, Any]:
        """The facts by name (`operators.CLOCKS`); they stand beside a subject's own."""
        return {"now": self.now, "today": self.today}


def day_of(moment: Moment | None) -> date:
    """Return the moment's day; ValueError without a moment, since rules that take time count days."""
    if moment is None:
        raise ValueError("rules that take time are judged as of a moment")
    return moment.today
