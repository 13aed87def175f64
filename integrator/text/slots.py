"""Phrases as places for words: `a|b` is either word, `(a)` may be left out."""

from __future__ import annotations

import re

from integrator.text.lemmas import lemmas

_SLOT = re.compile(r"\([^)]*\)|\S+")

Slot = tuple[frozenset[str], bool]
"""The words that fit at one place of a phrase, and whether the place may stay empty."""


def slots(phrase: str) -> tuple[Slot, ...]:
    """Return the places of the phrase."""
    return tuple((frozenset(one.strip("()").split("|")), one.startswith("(")) for one in _SLOT.findall(phrase))


def ends(phrase: tuple[Slot, ...], words: tuple[str, ...], start: int) -> set[int]:
    """Return where a phrase that begins at `start` may end; empty where it does not fit."""
    places = {start}
    for fitting, optional in phrase:
        further = {place + 1 for place in places if place < len(words) and fitting & lemmas(words[place])}
        places = further | places if optional else further
    return places


def openers(phrase: tuple[Slot, ...]) -> frozenset[str]:
    """Return the words that the phrase may begin with."""
    obligatory = next(place for place, (_, optional) in enumerate(phrase) if not optional)
    return frozenset[str]().union(*(fitting for fitting, _ in phrase[: obligatory + 1]))
