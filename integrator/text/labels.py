"""Telling a label stuck on a client from a reason why he did not buy."""

from __future__ import annotations

from enum import StrEnum
from functools import cache, lru_cache

from integrator.text.lemmas import BREAK, lemmas, tokens
from integrator.text.phrases import BESIDE, LABELS
from integrator.text.slots import Slot, ends, openers, slots


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
    phrases, opening = _compiled(language)
    reached = {0: False}  # place in the text up to which phrases cover it -> whether a label is among them
    for place, word in enumerate(words):
        if place not in reached:
            continue
        if word == BREAK:
            reached[place + 1] = reached.get(place + 1, False) or reached[place]
        elif not opening.isdisjoint(lemmas(word)):
            for phrase, label in phrases:
                for end in ends(phrase, words, place):
                    reached[end] = reached.get(end, False) or label or reached[place]
    if len(words) not in reached:
        return Kind.SUBSTANCE
    return Kind.LABEL if reached[len(words)] else Kind.NOTHING


@cache
def _compiled(language: str) -> tuple[tuple[tuple[tuple[Slot, ...], bool], ...], frozenset[str]]:
    """Return the language's phrases, each with whether it is a label, and the lemmas that any may begin with."""
    phrases = tuple(
        (slots(phrase), label)
        for source, label in ((LABELS, True), (BESIDE, False))
        for phrase in source.get(language, ())
    )
    return phrases, frozenset[str]().union(*(openers(phrase) for phrase, _ in phrases))
