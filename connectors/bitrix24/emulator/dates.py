"""Instants as the portal reads and writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

# The portal takes what PHP's strtotime takes; of that, clients send these.
_FORMATS = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y")


def instant(text: str, zone: tzinfo) -> float | None:
    """The Unix seconds of a written date, in the portal's zone where it names none; None when it is not a date."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment_or_none = _other(text.strip())
        if moment_or_none is None:
            return None
        moment = moment_or_none
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.timestamp()


def _other(text: str) -> datetime | None:
    for pattern in _FORMATS:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - the caller gives it the portal's zone
        except ValueError:
            continue
    return None


def written(moment: datetime, zone: tzinfo) -> str:
    """A datetime as the portal writes it: whole seconds, the portal's offset."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


def written_seconds(seconds: float, zone: tzinfo) -> str:
    """The same, from Unix seconds."""
    return written(datetime.fromtimestamp(seconds, UTC), zone)


def written_day(text: str, zone: tzinfo) -> str | None:
    """A date field as the portal writes it: midnight UTC of that day, in the portal's offset."""
    seconds = instant(text, zone)
    if seconds is None:
        return None
    own = datetime.fromtimestamp(seconds, zone)
    # A value that came from the portal is midnight UTC already: its day is the day in UTC.
    at_utc = own.astimezone(UTC)
    day = at_utc if (at_utc.hour, at_utc.minute, at_utc.second) == (0, 0, 0) else own
    return written(datetime(day.year, day.month, day.day, tzinfo=UTC), zone)


def offset_of(text: object) -> tzinfo | None:
    """The offset a written datetime carries, or None."""
    if not isinstance(text, str):
        return None
    try:
        delta = datetime.fromisoformat(text).utcoffset()
    except ValueError:
        return None
    return None if delta is None else timezone(delta)


MOSCOW = timezone(timedelta(hours=3))
