"""Words of our lists written with one slip; a word of the dictionary is never taken for another one."""

from __future__ import annotations

from functools import cache, lru_cache

from integrator.text.lemmas import analyzer, is_known, is_russian, lemmas
from integrator.text.lists import vocabulary

SHORTEST = 6
"""Shorter words are as they are: one letter makes too many others of them."""

_LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюя"


@lru_cache(maxsize=100_000)
def mended(word: str) -> str:
    """Return the word of our lists that the folded word is one slip away from, else the word as it is.

    A slip is a letter left out, put in, put for another, or two changed about.
    """
    if len(word) < SHORTEST or not is_russian(word) or not word.isalpha() or is_known(word):
        return word
    near = sorted(_one_slip(word) & _forms())
    return near[0] if near and frozenset.intersection(*map(lemmas, near)) else word


def _one_slip(word: str) -> frozenset[str]:
    halves = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    return frozenset(
        [
            *(left + right[1:] for left, right in halves if right),
            *(left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1),
            *(left + letter + right[1:] for left, right in halves if right for letter in _LETTERS),
            *(left + letter + right for left, right in halves for letter in _LETTERS),
        ]
    )


@cache
def _forms() -> frozenset[str]:
    """Return every form of the Russian words in our lists that is long enough."""
    found: set[str] = set()
    for word in vocabulary():
        if is_russian(word):
            for parse in analyzer().parse(word):
                if parse.normal_form.replace("ё", "е") == word:
                    found.update(form.word.replace("ё", "е") for form in parse.lexeme)
    return frozenset(form for form in found if len(form) >= SHORTEST)
