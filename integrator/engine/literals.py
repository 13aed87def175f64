"""Values written in packs, checked against the type of the metric they are compared with."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from integrator.engine.reading import said
from integrator.positions import suggest

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrator.domain import Metric

MINOR_UNITS = 100
AMOUNT = ("amount", "currency")
CURRENCY = re.compile("[A-Z]{3}")
_QUOTES = "; put the word in quotes"


def convert(value: Any, metric: Metric, *, exact: bool = True, currency: str = "") -> Any:
    """Return the value as facts of this metric are kept (money in minor units); ValueError says what to write instead.

    `exact` is false for thresholds: a whole number may be compared with a fraction, but never equals one. `currency`
    is the portal's (empty: not known); an amount in another one is refused.
    """
    if metric.type == "money" and isinstance(value, dict):
        value = _amount(value, metric, currency)
    if metric.type == "integer" and not exact:
        return _number(value, metric)
    return _CONVERT[metric.type](value, metric)


def is_amount(value: dict[Any, Any]) -> bool:
    """True where the mapping means money with its currency."""
    return bool(value.keys() & set(AMOUNT))


def _amount(value: dict[Any, Any], metric: Metric, currency: str) -> Any:
    if value.keys() != set(AMOUNT):
        raise ValueError(f'"{metric.name}" is money: write a number, or {{amount: 1000, currency: RUB}}')
    meant = value["currency"]
    if not isinstance(meant, str) or not CURRENCY.fullmatch(meant):
        raise ValueError(f"a currency is three capital letters, as RUB, not {said(meant)}")
    if currency and meant != currency:
        raise ValueError(f"the amount is in {meant}, the portal counts in {currency}; write it in {currency}")
    return value["amount"]


def number(value: Any) -> int | float:
    """Return a finite number, also one written as a fraction `4/3`; ValueError when it is none."""
    if isinstance(value, str):
        try:
            value = float(Fraction(value))
        except (ValueError, ZeroDivisionError):
            raise ValueError(f'must be a number, also as a fraction "4/3", not {said(value)}') from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"must be a number, not {said(value)}")
    return value


def _wrong(value: Any, metric: Metric, wanted: str, hint: str = "") -> ValueError:
    return ValueError(f'"{metric.name}" is {wanted}, it cannot be compared with {said(value)}{hint}')


def _number(value: Any, metric: Metric) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _wrong(value, metric, "a number")
    return value


def _integer(value: Any, metric: Metric) -> int:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(value, metric, "a whole number")
    return value


def _money(value: Any, metric: Metric) -> int:
    minor = Decimal(str(_number(value, metric))) * MINOR_UNITS
    if minor != minor.to_integral_value():
        raise ValueError(f'"{metric.name}" is money: write whole units with at most two decimals, not {said(value)}')
    return int(minor)


def _boolean(value: Any, metric: Metric) -> bool:
    if not isinstance(value, bool):
        raise _wrong(value, metric, "true or false")
    return value


def _string(value: Any, metric: Metric) -> str:
    if not isinstance(value, str):
        raise _wrong(value, metric, "a text", _QUOTES if isinstance(value, bool | int | float) else "")
    if metric.values and value not in metric.values:
        known = ", ".join(metric.values)
        raise ValueError(f'"{metric.name}" is never {said(value)}{suggest(value, metric.values)} (values: {known})')
    return value


def _date(value: Any, metric: Metric) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise _wrong(value, metric, "a day", "; write it as 2026-11-22")
    return value


def _instant(value: Any, metric: Metric) -> datetime:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise _wrong(value, metric, "an instant", "; write it as 2026-11-22T09:00:00+03:00")
    return value


_CONVERT: dict[str, Callable[[Any, Metric], Any]] = {
    "integer": _integer,
    "number": _number,
    "money": _money,
    "boolean": _boolean,
    "string": _string,
    "date": _date,
    "instant": _instant,
}
