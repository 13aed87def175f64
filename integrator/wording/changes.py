"""What would have to be otherwise, in words: `молчание: 97 дней → не меньше 122 дней`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integrator.wording.conditions import RANKS, link, listed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from integrator.engine.buckets import Bucket
    from integrator.engine.flips import Change, Flip
    from integrator.wording.speech import Speech

MOST_WORDS = 6
MOST_TOGETHER = 3


def flip(one: Flip, speech: Speech) -> str:
    """Return the changes joined by "and"."""
    return speech.either(", и при этом ", ", and with it ").join(change(each, speech) for each in one.changes)


def change(one: Change, speech: Speech) -> str:
    """Return what was seen, an arrow and what it would have to be."""
    arrow = f"{speech.value(one.metric, one.seen)} → {target(one.metric, one.to, speech)}"
    colon = ":" if one.seen is None else link(one.metric, speech)
    return f"{speech.label(one.metric)}{colon} {arrow}"


def target(metric: str, to: Bucket, speech: Speech) -> str:
    """Return the values of a bucket in words."""
    if to.missing:
        return speech.either("нет", "missing")
    if to.ranked:
        return _stretch(metric, to, speech)
    about = speech.metrics.get(metric)
    rest = [value for value in about.values if value not in to.values] if about else []
    if rest and len(rest) < len(to.values) and len(to.values) > MOST_TOGETHER:
        return _but(metric, rest, speech)
    shown = [speech.value(metric, value) for value in to.values[:MOST_WORDS]]
    if len(to.values) > MOST_WORDS:
        shown.append(speech.either("другое из списка", "another of the list"))
    if not to.other:
        return listed(shown, speech)
    if not to.values:
        return speech.either("любое значение", "any value")
    return _but(metric, to.values, speech)


def _but(metric: str, values: Sequence[Any], speech: Speech) -> str:
    shown = [speech.value(metric, value) for value in values[:MOST_WORDS]]
    return speech.either("что угодно, кроме ", "anything but ") + listed(shown, speech, ("и", "and"))


def _stretch(metric: str, to: Bucket, speech: Speech) -> str:
    if to.low is not None and to.low == to.high:
        return speech.value(metric, to.low)
    if to.low == 0 and to.low_in and to.high is not None and metric in speech.metrics:
        # Nothing is less than nothing: only the upper end says something.
        return _edge(metric, to.high, "lte" if to.high_in else "lt", speech)
    low = _edge(metric, to.low, "gte" if to.low_in else "gt", speech)
    high = _edge(metric, to.high, "lte" if to.high_in else "lt", speech)
    if to.low_in and to.high_in and low and high:
        return speech.span(metric, to.low, to.high)
    return speech.either(" и ", " and ").join(text for text in (low, high) if text)


def _edge(metric: str, value: float | date | None, op: str, speech: Speech) -> str:
    if value is None:
        return ""
    about = speech.metrics.get(metric)
    dated = about is not None and about.type in {"date", "instant"}
    word = speech.either(*(RANKS[op][2:] if dated else RANKS[op][:2]))
    return f"{word} {speech.value(metric, value, genitive=True)}"
