"""Conditions as sentences: what is asked of a metric, and what was found."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from integrator.domain import Condition, Group, Test
from integrator.engine.operators import OPERATORS
from integrator.wording.labels import OF_CLIENT, RUN_ON

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from integrator.wording.speech import Speech

# Operator → Russian and English before the figure, then the same of days and instants.
RANKS: dict[str, tuple[str, str, str, str]] = {
    "lt": ("меньше", "less than", "раньше", "before"),
    "lte": ("не больше", "at most", "не позже", "not after"),
    "gt": ("больше", "more than", "позже", "after"),
    "gte": ("не меньше", "at least", "не раньше", "not before"),
}
JOINS = {
    "all": ("верно всё", "all of these hold"),
    "any": ("верно хотя бы одно", "at least one of these holds"),
    "none": ("не верно ни одно", "none of these holds"),
}


def asked(test: Test, speech: Speech) -> str:
    """Return the test as a criterion: `молчание не меньше 121 дня`."""
    return f"{speech.label(test.metric)}{needed(test, speech)}"


def needed(test: Test, speech: Speech, op: str | None = None, other: Any = None) -> str:
    """Return what the test (or the same with another operator) wants, as it follows the metric's name.

    `other` is what the metric that it compares with was seen to be.
    """
    words = WORDS.get(op or test.op, _plainly(op or test.op))
    return words(test, speech, other)


def listed(values: Sequence[str], speech: Speech, joint: tuple[str, str] = ("или", "or")) -> str:
    """Return the values as people list them: `A, B или C`."""
    if len(values) < 2:  # noqa: PLR2004 one alone is no list
        return "".join(values)
    return f"{', '.join(values[:-1])} {speech.either(*joint)} {values[-1]}"


def _equal(test: Test, speech: Speech, other: Any) -> str:
    if test.other is not None:
        return speech.either(" столько же, сколько ", " the same as ") + _other(test, speech, other)
    return f": {speech.value(test.metric, test.value)}"


def _unequal(test: Test, speech: Speech, other: Any) -> str:
    if test.other is not None:
        return speech.either(" не столько, сколько ", " not the same as ") + _other(test, speech, other)
    return speech.either(": не ", ": not ") + speech.value(test.metric, test.value)


def _ranked(op: str) -> Callable[[Test, Speech, Any], str]:
    figures, dates = RANKS[op][:2], RANKS[op][2:]

    def say(test: Test, speech: Speech, other: Any) -> str:
        about = speech.metrics.get(test.metric)
        dated = isinstance(test.value, date) or (about is not None and about.type in {"date", "instant"})
        russian, english = dates if dated else figures
        word = speech.either(russian, f"is {english}")
        if test.other is not None:
            than = speech.either(", чем ", " ")
            return f" {word}{than}{_other(test, speech, other)}"
        return f" {word} {speech.value(test.metric, test.value, genitive=True)}"

    return say


def _other(test: Test, speech: Speech, seen: Any) -> str:
    name = test.other or ""
    article = speech.either("", "the ")
    return article + (speech.label(name) if seen is None else f"{speech.label(name)} ({speech.value(name, seen)})")


def _between(test: Test, speech: Speech, _: Any) -> str:
    return speech.either(" ", " is ") + speech.span(test.metric, *test.value)


def _not_between(test: Test, speech: Speech, _: Any) -> str:
    return speech.either(" вне пределов ", " is not ") + speech.span(test.metric, *test.value)


def _among(test: Test, speech: Speech, _: Any) -> str:
    return ": " + listed([speech.value(test.metric, one) for one in test.value], speech)


def _not_among(test: Test, speech: Speech, _: Any) -> str:
    values = [speech.value(test.metric, one) for one in test.value]
    return speech.either(": не ", ": neither ") + listed(values, speech, ("и не", "nor"))


def _within(test: Test, speech: Speech, _: Any) -> str:
    days = speech.count(test.value, "days")
    return speech.either(f": не раньше чем {days} назад", f": within the last {days}")


def _older(test: Test, speech: Speech, _: Any) -> str:
    days = speech.count(test.value, "days")
    return speech.either(f": раньше чем {days} назад", f": more than {days} ago")


def _phrases(test: Test, speech: Speech) -> str:
    values = (test.value,) if isinstance(test.value, str) else test.value
    shown = [speech.quoted(str(one)) for one in values]
    more = len(shown) - MOST_PHRASES
    if more > 0:
        shown = [*shown[:MOST_PHRASES], speech.either(f"ещё {more}", f"{more} more")]
    return listed(shown, speech)


MOST_PHRASES = 6
PLAIN = frozenset({"eq", "in"})


def _mentions(test: Test, speech: Speech, _: Any) -> str:
    return speech.either(": сказано ", ": says ") + _phrases(test, speech)


def _not_mentions(test: Test, speech: Speech, _: Any) -> str:
    return speech.either(": не сказано ", ": does not say ") + _phrases(test, speech)


def _matches(test: Test, speech: Speech, _: Any) -> str:
    return speech.either(": подходит под образец ", ": fits the pattern ") + str(test.value)


def _not_matches(test: Test, speech: Speech, _: Any) -> str:
    return speech.either(": не подходит под образец ", ": does not fit the pattern ") + str(test.value)


def _exists(test: Test, speech: Speech, _: Any) -> str:
    return presence(test.metric, speech, known=test.value)


def presence(metric: str, speech: Speech, *, known: bool) -> str:
    """Return whether a fact is there, as it follows the metric's name; of a flag "no" would say something else."""
    about = speech.metrics.get(metric)
    if about is not None and about.type == "boolean":
        return speech.either(": известно", ": known") if known else speech.either(": неизвестно", ": unknown")
    return speech.either(": есть", ": given") if known else speech.either(": нет", ": not given")


def _plainly(op: str) -> Callable[[Test, Speech, Any], str]:
    """Return words for an operator that this table does not know."""

    def say(test: Test, speech: Speech, _: Any) -> str:
        value = speech.label(test.other) if test.other is not None else test.value
        return f" {op.replace('_', ' ')} {value}"

    return say


# A line for each operator; a test tells which one has none.
WORDS: dict[str, Callable[[Test, Speech, Any], str]] = {
    "eq": _equal,
    "ne": _unequal,
    **{op: _ranked(op) for op in RANKS},
    "between": _between,
    "not_between": _not_between,
    "in": _among,
    "not_in": _not_among,
    "within_days": _within,
    "older_than_days": _older,
    "mentions": _mentions,
    "not_mentions": _not_mentions,
    "matches": _matches,
    "not_matches": _not_matches,
    "exists": _exists,
}


def stated(test: Test, speech: Speech, seen: Any, other: Any, *, holds: bool) -> str:
    """Return what was seen as a true sentence: `молчание 97 дней — меньше, чем порог потери (121 день)`."""
    name = speech.label(test.metric)
    if test.op == "exists":
        known = test.value is holds
        return (
            f"{name}{link(test.metric, speech)} {speech.value(test.metric, seen)}"
            if known
            else f"{name}{presence(test.metric, speech, known=False)}"
        )
    shown = speech.value(test.metric, seen)
    head = f"{name}{link(test.metric, speech)} {shown}"
    op = test.op if holds else OPERATORS[test.op].opposite
    if (op in PLAIN or isinstance(seen, bool)) and test.other is None:
        return head
    if op in {"ne", "not_in"} and test.other is None:
        return f"{head}{unlike(test.metric, _values(test), speech)}"
    return head + speech.either(" —", ", which") + needed(test, speech, op, other).replace(":", "", 1)


def link(metric: str, speech: Speech) -> str:
    """Return what stands between the metric's name and its value."""
    return speech.either("", ":") if metric.removeprefix(OF_CLIENT) in RUN_ON else ":"


def unlike(metric: str, values: Sequence[Any], speech: Speech) -> str:
    """Return what a seen value is not, as it follows the value: `, а не X и не Y`."""
    shown = [speech.value(metric, one) for one in dict.fromkeys(values)]
    return speech.either(", а не ", ", neither " if len(shown) > 1 else ", not ") + listed(
        shown, speech, ("и не", "nor")
    )


def _values(test: Test) -> tuple[Any, ...]:
    return test.value if isinstance(test.value, tuple) else (test.value,)


def outline(condition: Condition, speech: Speech, depth: int = 0) -> list[tuple[int, str]]:
    """Return the condition as lines with their depth, the heading of each group before its parts."""
    if isinstance(condition, Test):
        return [(depth, asked(condition, speech))]
    lines = [(depth, speech.either(*JOINS[condition.join]) + ":")]
    if isinstance(condition, Group) and len(condition.parts) == 1 and condition.join != "none":
        return outline(condition.parts[0], speech, depth)
    for part in condition.parts:
        lines += outline(part, speech, depth + 1)
    return lines


def sentence(condition: Condition, speech: Speech) -> str:
    """Return the condition on one line."""
    if isinstance(condition, Test):
        return asked(condition, speech)
    parts = [sentence(part, speech) for part in condition.parts]
    inner = [
        f"({text})" if isinstance(part, Group) and len(part.parts) > 1 else text
        for part, text in zip(condition.parts, parts, strict=True)
    ]
    if condition.join == "none":
        return speech.either("неверно, что ", "it is not so that ") + speech.either(
            " и неверно, что ", " nor that "
        ).join(inner)
    return {"all": speech.either(" и ", " and "), "any": speech.either(" или ", " or ")}[condition.join].join(inner)
