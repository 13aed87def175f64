"""Telling whether a text speaks of something: phrases in any form of their words, what is denied left out."""

from __future__ import annotations

import re
from functools import lru_cache

from integrator.text.lemmas import fold, lemmas, tokens
from integrator.text.slots import Slot, ends, openers, slots

NEGATIONS = frozenset({"не", "ни", "нет", "без", "not", "no", "never", "without"})
_NEGATED = ("n't", "cannot")
# May stand between a negation and what it denies: "не очень дорого".
_BETWEEN = frozenset(
    {"очень", "слишком", "так", "такой", "совсем", "особо", "особенно", "уж", "too", "very", "so", "that", "really"}
)
_OPTIONAL = re.compile(r"\([^()\s]+\)")
_ODD = re.compile(r"[()]|\S-\S*\||\|\S*-")
_PLAIN = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def mentions(text: str, phrases: tuple[str, ...]) -> bool:
    """Return True when one of the phrases stands in the text, in any form of its words, and is not denied there."""
    words = tokens(text)
    return any(
        ends(places, words, place) and (denies or not _denied(words, place))
        for place, word in enumerate(words)
        for places, denies in _begun(word, phrases)
    )


def wrong_phrase(phrase: str) -> str:
    """Return a sentence that says what is wrong with the phrase, or an empty text."""
    places = _slots(phrase)
    if _ODD.search(_OPTIONAL.sub(" ", phrase)):
        return f'the phrase "{phrase}": put brackets around one word that may be left out, and | between single words'
    if not any(not optional for _, optional in places):
        return f'the phrase "{phrase}" has no word that must be there'
    odd = sorted(word for fitting, _ in places for word in fitting if not _PLAIN.fullmatch(word))
    if odd:
        return f'the phrase "{phrase}" may hold words, (a word that may be left out) and one|another, not "{odd[0]}"'
    return ""


def _slots(phrase: str) -> tuple[Slot, ...]:
    return slots(fold(phrase).replace("’", "'").replace("-", " "))


@lru_cache(maxsize=100_000)
def _begun(word: str, phrases: tuple[str, ...]) -> tuple[tuple[tuple[Slot, ...], bool], ...]:
    """Return the phrases that may begin with the word, each with whether it denies by itself."""
    compiled = (_compiled(phrase) for phrase in phrases)
    return tuple((places, denies) for places, opening, denies in compiled if not opening.isdisjoint(lemmas(word)))


@lru_cache(maxsize=10_000)
def _compiled(phrase: str) -> tuple[tuple[Slot, ...], frozenset[str], bool]:
    """Return the phrase with the forms of its words, what it may begin with, and whether it denies by itself."""
    written = _slots(phrase)
    places = tuple((frozenset[str]().union(*(lemmas(word) for word in words)), may) for words, may in written)
    return places, openers(places), any(_negates(word) for word in openers(written))


def _negates(word: str) -> bool:
    return word in NEGATIONS or word.endswith(_NEGATED)


def _denied(words: tuple[str, ...], place: int) -> bool:
    before = place - 1
    while before >= 0 and not _BETWEEN.isdisjoint(lemmas(words[before])):
        before -= 1
    return before >= 0 and _negates(words[before])
