"""Telling a label stuck on a client from a reason why he did not buy."""

from __future__ import annotations

from enum import StrEnum
from functools import cache, lru_cache

from integrator.text.lemmas import BREAK, lemmas, linked
from integrator.text.lexicon import Lexicon
from integrator.text.lists import sections, words
from integrator.text.lists.grammar import DENIALS, PASSED
from integrator.text.lists.labels import BESIDE, LABELS
from integrator.text.reading import Reading, either_way, read
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


@lru_cache(maxsize=10_000)
def classify(text: str, language: str = "ru") -> Kind:
    """Return what the text is worth; in a language without a list every word is substance."""
    words = tuple(mended(word) for word in linked(text))
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
    if len(words) in reached:
        return Kind.LABEL if reached[len(words)] else Kind.NOTHING
    return Kind.LABEL if _opinion(text, language) else Kind.SUBSTANCE


def _opinion(text: str, language: str) -> bool:
    """Return True when the text is opinions of the client and words that say nothing beside them."""
    cues, alone = _opinions(language)
    reading = read(text)
    covered = frozenset[int]().union(*(hit.places for hit in cues.hits(reading)))
    return bool(covered) and all(
        place in covered or not alone.isdisjoint(reading.keys[place]) or _belongs(reading, place, covered)
        for place in range(len(reading.words))
    )


def _belongs(reading: Reading, place: int, covered: frozenset[int]) -> bool:
    """Return True where the word denies a word of an opinion, which is a part of it then."""
    if reading.words[place] not in DENIALS and not reading.words[place].endswith("n't"):
        return False
    following = range(place + 1, len(reading.words))
    weighty = next((at for at in following if at in covered or reading.words[at] not in PASSED), None)
    return weighty in covered


@cache
def _opinions(language: str) -> tuple[Lexicon, frozenset[str]]:
    """Return the language's cues of opinions, and the words that may stand beside them, denied or not."""
    cues = ((cue, cue) for cue in sections("opinions").get(language, ()))
    return Lexicon(cues), either_way(words("opinions", f"{language} alone"))


Phrases = dict[str, list[tuple[tuple[Slot, ...], bool]]]


@cache
def _compiled(language: str) -> tuple[Phrases, frozenset[str]]:
    """Return the language's phrases by the lemmas they may begin with, each with whether it is a label, and these."""
    found: Phrases = {}
    for source, label in ((LABELS, True), (BESIDE, False)):
        for phrase in source.get(language, ()):
            places = slots(phrase)
            for opener in openers(places):
                found.setdefault(opener, []).append((places, label))
    return found, frozenset(found)
