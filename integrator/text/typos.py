"""Words of our lists written with one slip; a word of the dictionary is never taken for another one."""

from __future__ import annotations

from collections import defaultdict
from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from integrator.text.lemmas import is_known, is_russian, lemmas
from integrator.text.lists import vocabulary

SHORTEST = 6
"""Shorter words are as they are: one letter makes too many others of them."""


@lru_cache(maxsize=100_000)
def mended(word: str) -> str:
    """Return the word of our lists that the folded word, or a form it may be of, is one slip away from; else itself.

    A slip is a letter left out, put in, put for another, or two changed about. Where two words are as near, it stays.
    """
    if len(word) < SHORTEST or not is_russian(word) or not word.isalpha() or is_known(word):
        return word
    found = {
        near: distance
        for form in _forms(word)
        for near, distance, _ in process.extract(form, _of_length(len(form)), scorer=OSA.distance, score_cutoff=1)
    }
    nearest = [near for near, distance in found.items() if distance == min(found.values())]
    return nearest[0] if len(nearest) == 1 else word


def _forms(word: str) -> list[str]:
    """Return the word and what it may be a form of; an unknown adjective may be stressed on its ending."""
    found = lemmas(word)
    return sorted(found | {f"{form[:-2]}ой" for form in found if form.endswith(("ый", "ий"))})


@cache
def _of_length(length: int) -> tuple[str, ...]:
    """Return the words of our lists that are so long, or a letter longer or shorter."""
    return tuple(word for near in (length - 1, length, length + 1) for word in _by_length()[near])


@cache
def _by_length() -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for word in sorted(vocabulary()):
        if len(word) >= SHORTEST:
            found[len(word)].append(word)
    return found
