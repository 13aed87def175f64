"""What can be asked of a metric: one function and one line of OPERATORS an operator."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from integrator.text import matches, mentions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ORDERED = frozenset({"integer", "number", "money", "date", "instant"})
COMPARED = ORDERED | {"string", "boolean"}
LISTED = ORDERED | {"string"}
DATED = frozenset({"date", "instant"})
TEXT = frozenset({"string"})

# The facts that say as of when is decided; a day is compared with the day, an instant with the instant.
CLOCKS = {"date": "today", "instant": "now"}
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1) // MICROSECOND
AGE = "age"

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
# Types whose every value is known; subclasses and the others are looked into.
_PLAIN_FAMILIES = {int: "number", str: "string", bool: "boolean", date: "date"}
RANKED = frozenset({"number", "date", "instant"})


@dataclass(frozen=True, slots=True)
class Operator:
    """How an operator compares, what it takes (a key of TAKES), and its opposite for known facts.

    `asks` is the sentence that people read.
    """

    compare: Callable[[Any, Any], bool]
    takes: str
    types: frozenset[str]
    families: frozenset[str]
    opposite: str
    asks: str


TAKES = {
    "value": "a value, or {metric: name}",
    "list": "a list of values",
    "range": "two values, the lower first",
    "flag": "true or false",
    "days": "a whole number of days",
    "phrases": "a list of phrases, or {phrases: name}",
    "pattern": "a regular expression (RE2)",
}
SEVERAL = frozenset({"list", "range"})
JUDGED = frozenset({"phrases", "pattern"})


def among(value: Any, values: Any) -> bool:
    """True when the value equals one of the values."""
    return any(value == one for one in values)


def not_among(value: Any, values: Any) -> bool:
    """True when the value equals none of the values."""
    return not among(value, values)


def between(value: Any, bounds: Any) -> bool:
    """True when the value lies between the bounds, or on one of them."""
    low, high = bounds
    return bool(low <= value <= high)


def not_between(value: Any, bounds: Any) -> bool:
    """True when the value lies beyond the bounds."""
    return not between(value, bounds)


def not_mentions(text: Any, phrases: Any) -> bool:
    """True when none of the phrases stands in the text."""
    return not mentions(text, phrases)


def not_matches(text: Any, pattern: Any) -> bool:
    """True when the pattern is not found in the text."""
    return not matches(text, pattern)


def within_days(age: int, days: int) -> bool:
    """True when the age (microseconds) is at most so many days; what is yet to come has a negative age."""
    return age <= days * DAY


def older_than_days(age: int, days: int) -> bool:
    """True when the age (microseconds) is more than so many days."""
    return not within_days(age, days)


ANY = frozenset(FAMILY_OF_TYPE.values())
OPERATORS: dict[str, Operator] = {
    "eq": Operator(operator.eq, "value", COMPARED, ANY, "ne", "equals"),
    "ne": Operator(operator.ne, "value", COMPARED, ANY, "eq", "differs from"),
    "lt": Operator(operator.lt, "value", ORDERED, RANKED, "gte", "is less than, or earlier than"),
    "lte": Operator(operator.le, "value", ORDERED, RANKED, "gt", "is at most, or not later than"),
    "gt": Operator(operator.gt, "value", ORDERED, RANKED, "lte", "is more than, or later than"),
    "gte": Operator(operator.ge, "value", ORDERED, RANKED, "lt", "is at least, or not earlier than"),
    "between": Operator(between, "range", ORDERED, RANKED, "not_between", "lies between the two, both included"),
    "not_between": Operator(not_between, "range", ORDERED, RANKED, "between", "lies beyond the two"),
    "in": Operator(among, "list", LISTED, ANY, "not_in", "is one of"),
    "not_in": Operator(not_among, "list", LISTED, ANY, "in", "is none of"),
    "within_days": Operator(
        within_days, "days", DATED, frozenset({AGE}), "older_than_days", "was not longer ago than so many days"
    ),
    "older_than_days": Operator(
        older_than_days, "days", DATED, frozenset({AGE}), "within_days", "was longer ago than so many days"
    ),
    "mentions": Operator(
        mentions, "phrases", TEXT, TEXT, "not_mentions", "holds one of the phrases in any form of its words, not denied"
    ),
    "not_mentions": Operator(not_mentions, "phrases", TEXT, TEXT, "mentions", "holds none of the phrases"),
    "matches": Operator(matches, "pattern", TEXT, TEXT, "not_matches", "holds what the pattern describes"),
    "not_matches": Operator(not_matches, "pattern", TEXT, TEXT, "matches", "holds nothing the pattern describes"),
    "exists": Operator(operator.eq, "flag", COMPARED, ANY, "exists", "is known"),
}


def family(value: Any) -> str | None:
    """Return what kind of value this is; None for a missing one (null, NaN) and for what no metric holds."""
    plain = _PLAIN_FAMILIES.get(type(value))
    if plain is not None or value is None:
        return plain
    if isinstance(value, float) and value != value:  # noqa: PLR0124 NaN is the one value that differs from itself
        return None
    if isinstance(value, Decimal) and value.is_nan():
        return None
    if isinstance(value, datetime) and value.utcoffset() is None:
        return None
    return next((name for kind, name in _FAMILIES if isinstance(value, kind)), None)


def operand_family(op: str, value: Any) -> str | None:
    """Return the family that a fact must have to be compared with this literal; None: no fact can be.

    Days are compared with a fact's age, whose family is AGE.
    """
    operator_ = OPERATORS[op]
    if operator_.takes == "days":
        return AGE if isinstance(value, int) and not isinstance(value, bool) else None
    if operator_.takes in JUDGED:
        return "string"
    if operator_.takes in SEVERAL:
        families = {family(one) for one in value}
        found = families.pop() if len(families) == 1 else None
    else:
        found = family(value)
    return found if found in operator_.families else None


def age(value: Any, facts: Mapping[str, Any]) -> int | None:
    """Return how many microseconds ago a day or an instant was; None where that is not known."""
    kind = family(value)
    clock = facts.get(CLOCKS.get(kind or "", ""))
    if clock is None or family(clock) != kind:
        return None
    past: timedelta = clock - value
    return past // MICROSECOND
