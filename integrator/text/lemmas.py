"""Words of a text and their dictionary forms; ё and е are one letter."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any, NamedTuple

BREAK = ""
"""Stands between words where a sentence, or a part of one, ends."""

# A character that carries the emoji selector is a picture even where it is a digit or a letter by class (keycaps, ℹ).
_PICTURE = re.compile("[0-9#*]?\ufe0f\u20e3|.\ufe0f")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff\u0301]")  # soft hyphens, zero widths, stress marks
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[.,;:!?…]+")
_CYRILLIC = re.compile("[а-я]")
_TWO_SCRIPTS = re.compile("(?=[^а-я]*[а-я])(?=[^a-z]*[a-z])[а-яa-z]+")
_LOOKALIKES = str.maketrans("aceopxykmthb", "асеорхукмтнв")  # typed with the other keyboard: they look the same


class Parse(NamedTuple):
    """One reading of a word: its dictionary form, part of speech, and what else the lists ask for."""

    lemma: str
    part: str
    past: bool
    place: bool


def fold(text: str) -> str:
    """Return the text in lower case, composed, with ё as е and without what cannot be seen."""
    composed = unicodedata.normalize("NFC", text)
    return _INVISIBLE.sub("", composed).casefold().replace("ё", "е")


def tokens(text: str) -> tuple[str, ...]:
    """Return the folded words in order, with BREAK where punctuation parts them; hyphens part words without a break."""
    pictureless = _PICTURE.sub(" ", unicodedata.normalize("NFC", text))
    found = _TOKEN.findall(fold(pictureless))
    return tuple(one_script(token.replace("’", "'")) if token[0].isalnum() else BREAK for token in found)


def linked(text: str) -> tuple[str, ...]:
    """Return the tokens without the breaks that grammar alone puts before "что"."""
    found = tokens(text)
    return tuple(
        word
        for place, word in enumerate(found)
        if word != BREAK or found[place + 1 : place + 2] not in (("что",), ("чего",))
    )


def one_script(word: str) -> str:
    """Return the folded word in Cyrillic where Latin letters that look like Cyrillic ones stand among these."""
    if not _TWO_SCRIPTS.fullmatch(word):
        return word
    cyrillic = word.translate(_LOOKALIKES)
    return word if _TWO_SCRIPTS.fullmatch(cyrillic) else cyrillic


@lru_cache(maxsize=100_000)
def lemmas(word: str) -> frozenset[str]:
    """Return every dictionary form the folded word may have; the word itself where no Russian letter is in it."""
    return frozenset({parse.lemma for parse in parses(word)} | {word})


@lru_cache(maxsize=100_000)
def parses(word: str) -> tuple[Parse, ...]:
    """Return the readings of the folded word, the likeliest first; none where no Russian letter is in it."""
    if not is_russian(word):
        return ()
    found = (
        Parse(
            str(parse.normal_form).replace("ё", "е"),
            str(parse.tag.POS),
            parse.tag.tense == "past" and parse.tag.POS == "VERB",
            "Geox" in parse.tag,
        )
        for parse in analyzer().parse(word)
    )
    return tuple(dict.fromkeys(found))


def is_russian(word: str) -> bool:
    """Return True when a Russian letter is in the folded word."""
    return _CYRILLIC.search(word) is not None


def is_known(word: str) -> bool:
    """Return True when the dictionary has the folded word in this form."""
    return bool(analyzer().word_is_known(word))


@cache
def analyzer() -> Any:
    """Return the dictionary, read from disk once and only when a Russian word is met."""
    import pymorphy3

    return pymorphy3.MorphAnalyzer(lang="ru")
