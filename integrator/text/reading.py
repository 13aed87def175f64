"""A text read for meaning: its words by dictionary form, each with whether it is denied where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from integrator.text.lemmas import BREAK, lemmas, parses, tokens
from integrator.text.lists.grammar import (
    ABSENT,
    DENIALS,
    NOT_A_DENIAL,
    NOT_THERE,
    PARTING,
    PASSED,
    PREPOSITIONS,
    WANTING,
)
from integrator.text.typos import mended

_SHORTEST_STEM = 3
REACH = 4
"""So many words on either side of "there is no" or "is not enough" are what is not there."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a text without its punctuation, what each may be called, and which part of the text it stands in.

    A key is a dictionary form; with a minus before it where the word is denied, a tilde after it where it is a verb
    that is not in the past. `#geo` is a name of a place.
    """

    words: tuple[str, ...]
    keys: tuple[frozenset[str], ...]
    parts: tuple[int, ...]


@lru_cache(maxsize=20_000)
def read(text: str) -> Reading:
    """Return the text as it is understood; slips in the words of our lists are mended."""
    parts: list[list[str]] = [[]]
    for token in tokens(text):
        if token == BREAK or token in PARTING:
            parts.append([])
        if token != BREAK:
            parts[-1].append(mended(token))
    keys = [keyed for part in parts for keyed in _keyed(part)]
    numbers = [number for number, part in enumerate(parts) for _ in part]
    return Reading(tuple(word for part in parts for word in part), tuple(keys), tuple(numbers))


@lru_cache(maxsize=100_000)
def names(word: str) -> frozenset[str]:
    """Return what the folded word may be called: dictionary forms, a tilde after those of a verb not in the past."""
    found = set(lemmas(word))
    for parse in parses(word):
        if parse.part in {"VERB", "INFN"} and not parse.past:
            found.add(f"{parse.lemma}~")
        if parse.place:
            found.add("#geo")
    if word.isascii() and word.isalpha():
        found |= _english(word)
        if not word.endswith("ed"):
            found |= {f"{stem}~" for stem in found}
    return frozenset(found)


def _english(word: str) -> set[str]:
    """Return the word without the endings of English, as far as that goes without a dictionary; all it might be."""
    stems = set()
    for ending, instead in (("ies", "y"), ("es", ""), ("s", ""), ("ied", "y"), ("ed", ""), ("d", ""), ("ing", "")):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _SHORTEST_STEM:
            stems |= {stem + instead, stem + "e"} if ending == "ing" else {stem + instead}
            if ending in {"ed", "ing"} and stem[-1] == stem[-2]:
                stems.add(stem[:-1])
    return stems


def _keyed(part: list[str]) -> list[frozenset[str]]:
    denied, missing = _denied(part)
    return [_keys(word, place in denied, place in missing) for place, word in enumerate(part)]


@lru_cache(maxsize=100_000)
def _keys(word: str, denied: bool, missing: bool) -> frozenset[str]:  # noqa: FBT001 - a cache's key
    plain = names(word)
    against = frozenset(f"-{name}" for name in plain)
    if denied:
        return against
    return plain | against if missing else plain


def _denied(part: list[str]) -> tuple[set[int], set[int]]:
    """Return the places of the words that are denied, and of those that may be what is not there."""
    denied: set[int] = set()
    missing: set[int] = set()
    for place, word in enumerate(part):
        if _denies(word):
            denied |= _after(part, place)
        elif word in NOT_THERE:
            ahead = _not_there(part, place)
            denied |= ahead or set(range(max(0, place - REACH), place))
        if not ABSENT.isdisjoint(lemmas(word)) or (place in denied and not WANTING.isdisjoint(names(word))):
            missing |= set(range(max(0, place - REACH), min(len(part), place + REACH + 1))) - {place}
    return denied, missing


def _denies(word: str) -> bool:
    return word in DENIALS or word.endswith("n't")


def _after(part: list[str], place: int) -> set[int]:
    """Return the places that a "not" denies: up to the first word of weight."""
    if part[place + 1 : place + 2] and part[place + 1] in NOT_A_DENIAL:
        return set()
    reached = place + 1
    while reached < len(part) and (part[reached] in PASSED or part[reached] in PREPOSITIONS):
        reached += 1
    return set(range(place + 1, min(len(part), reached + 1)))


def _not_there(part: list[str], place: int) -> set[int]:
    """Return the places of what a "there is no" says is not there; none where it speaks of what stands before it."""
    behind = any(word not in PASSED and word not in PREPOSITIONS for word in part[:place])
    reached, inside = place + 1, False
    while reached < len(part) and (
        part[reached] in PASSED or part[reached] in PREPOSITIONS or _describes(part, reached)
    ):
        inside = inside or part[reached] in PREPOSITIONS
        reached += 1
    if reached == len(part) or (inside and behind):
        described = {at for at in range(place + 1, reached) if part[at] not in PASSED}
        return set() if behind else described
    return set(range(place + 1, reached + 1))


def _describes(part: list[str], place: int) -> bool:
    """Return True when the word is likeliest an adjective, so that what it describes is still to come."""
    found = parses(part[place])
    return bool(found) and found[0].part in {"ADJF", "PRTF", "ADVB", "NPRO"}
