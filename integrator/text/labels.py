"""Telling a label stuck on a client from a reason why he did not buy."""

from __future__ import annotations

from enum import StrEnum
from functools import cache, lru_cache

from integrator.text.lemmas import BREAK, lemmas, tokens
from integrator.text.lists.labels import BESIDE, LABELS, OPINIONS
from integrator.text.slots import Slot, ends, openers, slots
from integrator.text.typos import mended


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
    words = tuple(mended(word) for word in tokens(text))
    phrases, opening = _compiled(language)
    reached = {0: False}  # place in the text up to which phrases cover it -> whether a label is among them
    for place, word in enumerate(words):
        if place not in reached:
            continue
        if word == BREAK:
            reached[place + 1] = reached.get(place + 1, False) or reached[place]
            continue
        for phrase, label in (one for lemma in lemmas(word) & opening for one in phrases[lemma]):
            for end in ends(phrase, words, place):
                reached[end] = reached.get(end, False) or label or reached[place]
    if len(words) not in reached:
        return Kind.SUBSTANCE
    return Kind.LABEL if reached[len(words)] else Kind.NOTHING


Phrases = dict[str, list[tuple[tuple[Slot, ...], bool]]]


@cache
def _compiled(language: str) -> tuple[Phrases, frozenset[str]]:
    """Return the language's phrases by the lemmas they may begin with, each with whether it is a label, and these."""
    found: Phrases = {}
    for source, label in ((LABELS, True), (OPINIONS, True), (BESIDE, False)):
        for phrase in source.get(language, ()):
            places = slots(phrase)
            for opener in openers(places):
                found.setdefault(opener, []).append((places, label))
    return found, frozenset(found)
