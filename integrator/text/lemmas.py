"""Words of a text and their dictionary forms; ё and е are one letter."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

BREAK = ""
"""Stands between words where a sentence, or a part of one, ends."""

# A character that carries the emoji selector is a picture even where it is a digit or a letter by class (keycaps, ℹ).
_PICTURE = re.compile("[0-9#*]?\ufe0f\u20e3|.\ufe0f")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff\u0301]")  # soft hyphens, zero widths, stress marks
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[.,;:!?…]+")
_CYRILLIC = re.compile("[а-я]")


def fold(text: str) -> str:
    """Return the text in lower case, composed, with ё as е and without what cannot be seen."""
    composed = unicodedata.normalize("NFC", text)
    return _INVISIBLE.sub("", composed).casefold().replace("ё", "е")


def tokens(text: str) -> tuple[str, ...]:
    """Return the folded words in order, with BREAK where punctuation parts them; hyphens part words without a break."""
    pictureless = _PICTURE.sub(" ", unicodedata.normalize("NFC", text))
    found = _TOKEN.findall(fold(pictureless))
    return tuple(token.replace("’", "'") if token[0].isalnum() else BREAK for token in found)


@lru_cache(maxsize=100_000)
def lemmas(word: str) -> frozenset[str]:
    """Return every dictionary form the folded word may have; the word itself where no Russian letter is in it."""
    if not _CYRILLIC.search(word):
        return frozenset((word,))
    forms = {str(parse.normal_form).replace("ё", "е") for parse in _analyzer().parse(word)}
    return frozenset(forms | {word})


@cache
def _analyzer() -> Any:
    """Return the dictionary, read from disk once and only when a Russian word is met."""
    import pymorphy3

    return pymorphy3.MorphAnalyzer(lang="ru")
