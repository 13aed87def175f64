"""Which cause of a list an answer means: by the words that they share, rarer words of the list counting for more."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from math import log

from integrator.text.lemmas import lemmas
from integrator.text.lists.grammar import PASSED, PREPOSITIONS
from integrator.text.reading import read
from integrator.text.reasons import normal

Causes = tuple[tuple[str, str], ...]
"""Codes with their texts; a code may stand more than once, each time with another text."""

ENOUGH = 0.5
"""So much of a cause's text, by weight, must be in the answer."""

AHEAD = 0.1
"""By so much the best cause must be ahead of the next one, else the answer may mean either."""

_OPPOSITE = -1.0  # "не выявил" and "выявил" share a word and say the opposite
_SAME_ROOT = 0.75
_ROOT = 5  # letters

_LIGHT = frozenset({"не", "ни", "нет", "быть", "not", "no", "was", "were", "did"})

Words = tuple[frozenset[str], ...]


@lru_cache(maxsize=20_000)
def cause_in(text: str, causes: Causes) -> str | None:
    """Return the code of the cause that the answer means; None where it means none of them, or may mean two."""
    words = _words(text)
    weighed = _weighed(causes)
    best: dict[str, float] = {}
    for code, cause in weighed:
        if normal(text) == code:
            return code
        whole = sum(weight for _, weight in cause)
        shared = sum(weight * _told(one, words) for one, weight in cause)
        if whole:
            best[code] = max(best.get(code, 0.0), shared / whole)
    first, second = (*sorted(best.values(), reverse=True), 0.0, 0.0)[:2]
    if first < ENOUGH or first - second < AHEAD:
        return None
    return max(best, key=lambda code: best[code])


@lru_cache(maxsize=100)
def _weighed(causes: Causes) -> tuple[tuple[str, tuple[tuple[frozenset[str], float], ...]], ...]:
    """Return the words of each cause with their weights: the fewer causes share a word, the more it tells."""
    read_causes = [(code, _words(text)) for code, text in causes]
    sharing = Counter(name for _, words in read_causes for name in {bare for word in words for bare in _bare(word)})
    return tuple(
        (code, tuple((word, log(1 + len(causes) / max(sharing[name] for name in _bare(word)))) for word in words))
        for code, words in read_causes
    )


def _words(text: str) -> Words:
    """Return the words of weight, as they are read."""
    reading = read(text)
    return tuple(
        keys
        for word, keys in zip(reading.words, reading.keys, strict=True)
        if word not in PASSED and word not in PREPOSITIONS and _LIGHT.isdisjoint(lemmas(word))
    )


def _told(one: frozenset[str], words: Words) -> float:
    """Return how far the answer holds the word; below nothing where it holds only the opposite."""
    found = [_alike(one, word) for word in words]
    best = max(found, default=0.0)
    return best if best == 1 or _OPPOSITE not in found else _OPPOSITE


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    if not one.isdisjoint(other):
        return 1.0
    bare, others = _bare(one), _bare(other)
    if not bare.isdisjoint(others):
        return _OPPOSITE
    roots = {name[:_ROOT] for name in bare if len(name) > _ROOT}
    if _denied(one) == _denied(other) and any(name[:_ROOT] in roots for name in others):
        return _SAME_ROOT
    return 0.0


def _bare(word: frozenset[str]) -> frozenset[str]:
    return frozenset(name.lstrip("-").rstrip("~") for name in word)


def _denied(word: frozenset[str]) -> bool:
    return all(name.startswith("-") for name in word)
