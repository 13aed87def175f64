"""What can be asked of a metric: one function and one line of OPERATORS an operator."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ORDERED = frozenset({"integer", "number", "money", "date", "instant"})
COMPARED = ORDERED | {"string", "boolean"}
LISTED = ORDERED | {"string"}

# What a value is when the engine meets it; values of different families are never compared.
FAMILY_OF_TYPE = {
    "integer": "number",
    "number": "number",
    "money": "number",
    "date": "date",
    "instant": "instant",
    "string": "string",
    "boolean": "boolean",
}
_FAMILIES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "number"),
    (float, "number"),
    (Decimal, "number"),
    (Fraction, "number"),
    (str, "string"),
    (datetime, "instant"),
    (date, "date"),
)
RANKED = frozenset({"number", "date", "instant"})


@dataclass(frozen=True, slots=True)
class Operator:
    """How an operator compares, what it takes (`value`, `list` or `flag`), and its opposite for known facts."""

    compare: Callable[[Any, Any], bool]
    takes: str
    types: frozenset[str]
    families: frozenset[str]
    opposite: str


def among(value: Any, values: Any) -> bool:
    """True when the value equals one of the values."""
    return any(value == one for one in values)


def not_among(value: Any, values: Any) -> bool:
    """True when the value equals none of the values."""
    return not among(value, values)


ANY = frozenset(FAMILY_OF_TYPE.values())
OPERATORS: dict[str, Operator] = {
    "eq": Operator(operator.eq, "value", COMPARED, ANY, "ne"),
    "ne": Operator(operator.ne, "value", COMPARED, ANY, "eq"),
    "lt": Operator(operator.lt, "value", ORDERED, RANKED, "gte"),
    "lte": Operator(operator.le, "value", ORDERED, RANKED, "gt"),
    "gt": Operator(operator.gt, "value", ORDERED, RANKED, "lte"),
    "gte": Operator(operator.ge, "value", ORDERED, RANKED, "lt"),
    "in": Operator(among, "list", LISTED, ANY, "not_in"),
    "not_in": Operator(not_among, "list", LISTED, ANY, "in"),
    "exists": Operator(operator.eq, "flag", COMPARED, ANY, "exists"),
}


def family(value: Any) -> str | None:
    """Return what kind of value this is; None for a missing one (null, NaN) and for what no metric holds."""
    if isinstance(value, float) and value != value:  # noqa: PLR0124 NaN is the one value that differs from itself
        return None
    if isinstance(value, Decimal) and value.is_nan():
        return None
    if isinstance(value, datetime) and value.utcoffset() is None:
        return None
    return next((name for kind, name in _FAMILIES if isinstance(value, kind)), None)


def operand_family(op: str, value: Any) -> str | None:
    """Return the family that a fact must have to be compared with this literal; None: no fact can be."""
    if OPERATORS[op].takes == "list":
        families = {family(one) for one in value}
        found = families.pop() if len(families) == 1 else None
    else:
        found = family(value)
    return found if found in OPERATORS[op].families else None
