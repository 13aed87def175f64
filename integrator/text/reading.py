"""A text read for meaning: its words by dictionary form, each with whether it is denied where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from integrator.text.lemmas import BREAK, lemmas, linked, parses
from integrator.text.lists.grammar import (
    ABSENT,
    DENIALS,
    NOT_A_DENIAL,
    NOT_THERE,
    PARTING,
    PASSED,
    PREPOSITIONS,
    REASONS,
    WANTING,
)
from integrator.text.typos import mended

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORTEST_STEM = 3
REACH = 4
"""So many words on either side of "there is no" or "is not enough" are what is not there."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a text without its punctuation, what each may be called, and which part of the text it stands in.

    A key is a dictionary form; with a minus before it where the word is denied, a tilde after it where it is a verb
    that is not in the past, an exclamation mark where it is no infinitive either. `=` stands before the word as it is
    written; `#geo` is a name of a place.
    """

    words: tuple[str, ...]
    keys: tuple[frozenset[str], ...]
    parts: tuple[int, ...]


@lru_cache(maxsize=1_000)
def read(text: str) -> Reading:
    """Return the text as it is understood."""
    parts: list[list[str]] = [[]]
    for token in linked(text):
        if token == BREAK or token in PARTING:
            parts.append([])
        if token != BREAK:
            parts[-1].append(token)
    contrasted = [*(following[:1] == ["а"] for following in parts[1:]), False]
    keys = [keyed for part, other in zip(parts, contrasted, strict=True) for keyed in _keyed(part, contrasted=other)]
    numbers = [number for number, part in enumerate(parts) for _ in part]
    return Reading(tuple(word for part in parts for word in part), tuple(keys), tuple(numbers))


@lru_cache(maxsize=100_000)
def names(word: str) -> frozenset[str]:
    """Return what the folded word may be called; a slip in a word of our lists is mended."""
    meant = mended(word)
    found = {*lemmas(meant), f"={word}"}
    for parse in parses(word):
        if parse.part in {"VERB", "INFN"} and not parse.past:
            lemma = parse.lemma if meant == word else meant
            found |= {f"{lemma}~", f"{lemma}!"} if parse.part == "VERB" else {f"{lemma}~"}
        if parse.place:
            found.add("#geo")
    if word.isascii() and word.isalpha():
        found |= _english(word)
        if not word.endswith("ed"):
            found |= {f"{stem}~" for stem in found if stem[0] != "="}
    return frozenset(found)


def either_way(words: Iterable[str]) -> frozenset[str]:
    """Return the keys of the words, denied or not."""
    return frozenset(key for word in words for key in (word, f"-{word}"))


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


class _How(Enum):
    """How a word stands in its part of the text."""

    PLAIN = 0
    DENIED = 1
    MISSING = 2  # it, or a word beside it, is what is not there
    EXCLUDED = 3  # said not to be the reason: "не из-за цены", "дело не в деньгах"


def _keyed(part: list[str], *, contrasted: bool) -> list[frozenset[str]]:
    how = _standing(part, contrasted=contrasted)
    return [_keys(word, how.get(place, _How.PLAIN)) for place, word in enumerate(part)]


@lru_cache(maxsize=100_000)
def _keys(word: str, how: _How) -> frozenset[str]:
    if how is _How.EXCLUDED:
        return frozenset()
    plain = names(word)
    if how is _How.PLAIN:
        return plain
    against = frozenset(f"-{name}" for name in plain)
    return against if how is _How.DENIED else plain | against


def _standing(part: list[str], *, contrasted: bool) -> dict[int, _How]:
    """Return how the words stand, by place, those that are not plain; `contrasted` where an "а" follows the part."""
    how: dict[int, _How] = {}
    for place, word in enumerate(part):
        if _denies(word):
            reach = _after(part, place)
            excluded = _excludes(part, place) or (contrasted and place == 0 and not _acts(part, reach))
            how.update(dict.fromkeys(reach, _How.EXCLUDED if excluded else _How.DENIED))
        elif word in NOT_THERE:
            ahead = _not_there(part, place) or set(range(max(0, place - REACH), place))
            how.update(dict.fromkeys(ahead, _How.DENIED))
    for place, word in enumerate(part):
        wanting = how.get(place) is _How.DENIED and not WANTING.isdisjoint(names(word))
        if wanting or not ABSENT.isdisjoint(lemmas(word)):
            for near in range(max(0, place - REACH), min(len(part), place + REACH + 1)):
                how.setdefault(near, _How.MISSING)
    return how


def _acts(part: list[str], places: set[int]) -> bool:
    """Return True when a verb is among the words: "не устроила" denies, "не цена" names what it is not."""
    return any(parse.part in {"VERB", "INFN"} for place in places for parse in parses(part[place])[:1])


def _excludes(part: list[str], place: int) -> bool:
    """Return True when the denial says that something is not the reason."""
    following = part[place + 1 : place + 3]
    if following == ["из", "за"]:
        return True
    return following[:1] in (["в"], ["по"]) and any(not REASONS.isdisjoint(lemmas(word)) for word in part)


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
    if parses(part[reached])[:1] and parses(part[reached])[0].part in {"VERB", "INFN"}:
        return set()  # "времени нет вникать": of what stands before
    return set(range(place + 1, reached + 1))


def _describes(part: list[str], place: int) -> bool:
    """Return True when the word is likeliest an adjective, so that what it describes is still to come."""
    found = parses(part[place])
    return bool(found) and found[0].part in {"ADJF", "PRTF", "ADVB", "NPRO"}
