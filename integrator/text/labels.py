"""Telling a label stuck on a client from a reason why he did not buy."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache, lru_cache

from integrator.text.lemmas import BREAK, lemmas, tokens
from integrator.text.phrases import BESIDE, LABELS

_SLOT = re.compile(r"\([^)]*\)|\S+")

Slot = tuple[frozenset[str], bool]
"""The lemmas that fit at one place of a phrase, and whether the place may stay empty."""


class Kind(StrEnum):
    """What a text is worth as a reason."""

    NOTHING = "nothing"  # no word in it, or only such as may stand beside a label
    LABEL = "label"  # at least one label, and nothing of substance
    SUBSTANCE = "substance"  # anything else


def is_label(text: str, language: str = "ru") -> bool:
    """Return True when the text is made of labels only, punctuation and the like aside."""
    return classify(text, language) is Kind.LABEL


@lru_cache(maxsize=100_000)
def classify(text: str, language: str = "ru") -> Kind:
    """Return what the text is worth; in a language without a list every word is substance."""
    words = tokens(text)
    phrases, openers = _compiled(language)
    reached = {0: False}  # place in the text up to which phrases cover it -> whether a label is among them
    for place, word in enumerate(words):
        if place not in reached:
            continue
        if word == BREAK:
            reached[place + 1] = reached.get(place + 1, False) or reached[place]
        elif not openers.isdisjoint(lemmas(word)):
            for phrase, label in phrases:
                for end in _ends(phrase, words, place):
                    reached[end] = reached.get(end, False) or label or reached[place]
    if len(words) not in reached:
        return Kind.SUBSTANCE
    return Kind.LABEL if reached[len(words)] else Kind.NOTHING


def _ends(phrase: tuple[Slot, ...], words: tuple[str, ...], start: int) -> set[int]:
    """Return where a phrase that begins at `start` may end; empty where it does not fit."""
    places = {start}
    for fitting, optional in phrase:
        further = {place + 1 for place in places if place < len(words) and fitting & lemmas(words[place])}
        places = further | places if optional else further
    return places


@cache
def _compiled(language: str) -> tuple[tuple[tuple[tuple[Slot, ...], bool], ...], frozenset[str]]:
    """Return the language's phrases, each with whether it is a label, and the lemmas that any may begin with."""
    phrases = tuple(
        (tuple((frozenset(slot.strip("()").split("|")), slot.startswith("(")) for slot in _SLOT.findall(phrase)), label)
        for source, label in ((LABELS, True), (BESIDE, False))
        for phrase in source.get(language, ())
    )
    return phrases, frozenset[str]().union(*(_openers(phrase) for phrase, _ in phrases))


def _openers(phrase: tuple[Slot, ...]) -> frozenset[str]:
    """Return the lemmas that the phrase may begin with."""
    obligatory = next(place for place, (_, optional) in enumerate(phrase) if not optional)
    return frozenset[str]().union(*(fitting for fitting, _ in phrase[: obligatory + 1]))
