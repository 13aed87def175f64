"""Finding in a catalogue the thing that a text names."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from integrator.text.goods import items
from integrator.text.lemmas import is_known, is_russian
from integrator.text.lists.goods import GENERIC, JOINING
from integrator.text.products import UNITS, pieces

if TYPE_CHECKING:
    from collections.abc import Iterable

ENOUGH = 75
"""From this score on, of 100, a name is taken for the thing; numbers and the word it is about must be there anyway."""

_ALIKE = 82  # of 100: two spellings of one word
_FUZZY_FROM = 4  # shorter words must be the same
_LIGHT = frozenset({*UNITS, *UNITS.values(), *JOINING, *GENERIC, "и"})
_NUMBER_WEIGHT = 4.0
_WORD_WEIGHT = 8.0  # at most: a long word does not count for everything
_LATIN = {
    **dict(zip("абвгдезийклмнопрстуфхцыэ", "abvgdeziyklmnoprstufhcye", strict=True)),
    "ж": "zh",
    "ч": "ch",
    "ш": "sh",
    "щ": "sch",
    "ю": "yu",
    "я": "ya",
    "ъ": "",
    "ь": "",
}


@dataclass(frozen=True, slots=True)
class Match:
    """A name of the catalogue, and how well it fits what was named: 100 is every word of it."""

    name: str
    score: int


class Catalogue:
    """Names of products made ready, so that many texts can be looked up in them."""

    __slots__ = ("_dictionary", "_found", "_holders", "_names", "_numbers", "_words")

    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(dict.fromkeys(names))
        self._holders: dict[str, set[int]] = defaultdict(set)
        self._numbers: list[frozenset[str]] = []
        self._dictionary: set[str] = set()
        for place, name in enumerate(self._names):
            parts = pieces(name)
            self._numbers.append(frozenset(part for part in parts if part[0].isdigit()))
            for part in parts:
                if not part[0].isdigit():
                    self._holders[_latin(part)].add(place)
                    if _dictionary(part):
                        self._dictionary.add(_latin(part))
        self._words = list(self._holders)
        self._found: dict[str, Match | None] = {}

    def match(self, item: str) -> Match | None:
        """Return the name that fits the thing best, None where none fits well enough."""
        if item not in self._found:
            self._found[item] = self._best(pieces(item))
        return self._found[item]

    def named_in(self, text: str, *, named: bool = False) -> Match | None:
        """Return the best match of the things that a refusal says we do not have; `named` as for `items`."""
        found = [match for match in map(self.match, items(text, named=named)) if match]
        return max(found, key=lambda match: match.score, default=None)

    def _best(self, parts: tuple[str, ...]) -> Match | None:
        numbers = {part for part in parts if part[0].isdigit()}
        words = [part for part in dict.fromkeys(parts) if part not in numbers and part not in _LIGHT]
        if not words:
            return None
        alike = {word: self._alike(word) for word in words}
        sure = _NUMBER_WEIGHT * len(numbers)
        scores = {
            place: sure + sum(_weight(word) * alike[word].get(place, 0.0) for word in words)
            for place in alike[_head(words)]
            if _has(numbers, self._numbers[place])
        }
        if not scores:
            return None
        best = max(scores.values())
        asked = " ".join(parts)
        name = max((self._names[at] for at in scores if scores[at] == best), key=lambda one: _closeness(asked, one))
        score = round(100 * best / (sure + sum(map(_weight, words))))
        return Match(name, score) if score >= ENOUGH else None

    def _alike(self, word: str) -> dict[int, float]:
        """Return the names that hold the word or another spelling of it, with how alike these are."""
        key = _latin(word)
        found = dict.fromkeys(self._holders.get(key, ()), 1.0)
        if len(key) < _FUZZY_FROM:
            return found
        for other, score, _ in process.extract(key, self._words, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=20):
            if not (_dictionary(word) and other in self._dictionary):  # two words of the dictionary are two words
                for place in self._holders[other]:
                    found[place] = max(found.get(place, 0.0), score / 100)
        return found


def best_match(item: str, names: Iterable[str]) -> Match | None:
    """Return the name that fits the thing best; for many things make one `Catalogue`."""
    return Catalogue(names).match(item)


def _head(words: list[str]) -> str:
    """Return the word that the thing is about, which must be in its name: the first that does not just describe."""
    long = [word for word in words if len(word) >= _FUZZY_FROM - 1]
    return next((word for word in long if not _describes(word)), (long or words)[0])


def _describes(word: str) -> bool:
    return word.endswith(("ый", "ий", "ой")) and _dictionary(word)


def _has(numbers: set[str], there: frozenset[str]) -> bool:
    """Return True when every number is there, or is the beginning of a longer size: 20х30 of 20х30х7."""
    return all(number in there or any(one.startswith(f"{number}х") for one in there) for number in numbers)


def _weight(word: str) -> float:
    return min(float(len(word)), _WORD_WEIGHT)


def _closeness(asked: str, name: str) -> tuple[float, str]:
    return fuzz.ratio(asked, " ".join(pieces(name))), name


def _dictionary(word: str) -> bool:
    return is_russian(word) and is_known(word)


@lru_cache(maxsize=100_000)
def _latin(word: str) -> str:
    """Return the word as it is compared, in Latin letters, since brands are written in either."""
    return "".join(_LATIN.get(letter, letter) for letter in word)
