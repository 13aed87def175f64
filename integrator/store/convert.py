"""Between the domain's values and what both databases store the same way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MICROS = 86_400_000_000


def to_micros(instant: datetime) -> int:
    """Return microseconds since the epoch; TypeError for an instant without a zone."""
    delta = instant - EPOCH
    return delta.days * DAY_MICROS + delta.seconds * 1_000_000 + delta.microseconds


def maybe_micros(instant: datetime | None) -> int | None:
    """Return microseconds since the epoch, None for None."""
    return None if instant is None else to_micros(instant)


def from_micros(micros: int) -> datetime:
    """Return the aware instant, UTC."""
    return EPOCH + timedelta(microseconds=micros)


def maybe_instant(micros: int | None) -> datetime | None:
    """Return the aware instant, None for None."""
    return None if micros is None else from_micros(micros)


def wall_micros() -> int:
    """Return this machine's instant, for notes of when a row was touched; nothing is decided by it."""
    return to_micros(datetime.now(UTC))


def to_minor(amount: Decimal) -> int:
    """Return the amount in hundredths, half of one rounded away from zero."""
    return int((amount * 100).to_integral_value(ROUND_HALF_UP))


def clean(text: str) -> str:
    """Return the text without what a database refuses: NUL, and halves of surrogate pairs (a CRM cuts emoji in two)."""
    if text.isprintable():
        return text
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def to_json(value: Any) -> str:
    """Return compact JSON with sorted keys: equal values give equal text."""
    return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()


def from_json(text: str) -> Any:
    """Return the value that `to_json` wrote."""
    return orjson.loads(text)


def fields_json(fields: Mapping[str, str]) -> str:
    """Return named fields as JSON text; `{}` where there is none."""
    return to_json({name: clean(value) for name, value in fields.items()}) if fields else "{}"
