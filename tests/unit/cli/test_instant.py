"""--at in every form a person writes it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import click
import pytest

from integrator.cli.common import instant

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-02-01", "2026-02-01T00:00:00+03:00"),
        ("2026-02-01T09:30:00", "2026-02-01T09:30:00+03:00"),
        ("2026-02-01T09:30:00Z", "2026-02-01T12:30:00+03:00"),
        ("2026-02-01T09:30:00-05:00", "2026-02-01T17:30:00+03:00"),
    ],
)
def test_an_instant_carries_the_offset_of_the_portal_and_no_named_zone(text: str, shown: str) -> None:
    value = instant(text, MOSCOW)
    assert value.isoformat() == shown
    assert not isinstance(value.tzinfo, ZoneInfo)


def test_the_offset_is_that_of_the_instant_not_of_today() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert [instant(day, berlin).isoformat()[-6:] for day in ("2026-01-10", "2026-07-10")] == ["+01:00", "+02:00"]


@pytest.mark.parametrize("text", ["yesterday", "", "2026-13-01", "2026-02-01T00:00:00+99:00"])
def test_what_is_no_instant_is_wrong_usage(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no instant"):
        instant(text, MOSCOW)


@pytest.mark.parametrize("text", ["0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31", "9999-12-31T23:00:00-12:00"])
def test_the_ends_of_the_calendar_are_wrong_usage(text: str) -> None:
    with pytest.raises(click.BadParameter, match="outside the years"):
        instant(text, MOSCOW)
