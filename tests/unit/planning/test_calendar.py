from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from integrator.planning.calendar import WorkCalendar

MOSCOW = ZoneInfo("Europe/Moscow")
CALENDAR = WorkCalendar(MOSCOW)


@pytest.mark.parametrize(
    ("now", "working_days", "due"),
    [
        (datetime(2026, 11, 20, 9), 0, datetime(2026, 11, 20, 18)),  # a Friday morning: today
        (datetime(2026, 11, 20, 19), 0, datetime(2026, 11, 23, 18)),  # its evening: Monday
        (datetime(2026, 11, 20, 9), 1, datetime(2026, 11, 23, 18)),
        (datetime(2026, 11, 22, 9), 1, datetime(2026, 11, 23, 18)),  # from a Sunday one working day is Monday
        (datetime(2026, 12, 30, 9), 1, datetime(2027, 1, 11, 18)),  # over the New Year's holidays
    ],
)
def test_due_at_the_end_of_a_working_day(now: datetime, working_days: int, due: datetime) -> None:
    assert CALENDAR.due(now.replace(tzinfo=MOSCOW), working_days) == due.replace(tzinfo=MOSCOW)


def test_due_counts_days_in_the_portals_zone() -> None:
    late_in_utc = datetime(2026, 11, 23, 22, 30, tzinfo=ZoneInfo("UTC"))  # already Tuesday in Moscow
    assert CALENDAR.due(late_in_utc, 1).date() == date(2026, 11, 25)


def test_national_days_off_and_other_languages() -> None:
    assert not CALENDAR.is_working(date(2026, 5, 11))  # 9 May fell on a Saturday
    assert WorkCalendar(MOSCOW, "en").is_working(date(2026, 5, 11))
