"""Names of products as they are compared: one way to write sizes, units, dashes, brands and forms of words."""

from __future__ import annotations

import re
from functools import lru_cache

from integrator.text.lemmas import fold, is_known, is_russian, parses

_SIGNS = str.maketrans({"×": "х", "*": "х", "–": "-", "—": "-", "−": "-", "″": '"', "«": " ", "»": " ", '"': " "})
_TIMES = re.compile(r"(?<=\d)\s*[xх]\s*(?=\d)")
_DECIMAL = re.compile(r"(?<=\d),(?=\d)")
_PIECE = re.compile(r"\d+(?:\.\d+)?(?:[х/]\d+(?:\.\d+)?)*|[^\W\d_]+")
_LOOKALIKES = str.maketrans("aceopxykmthb", "асеорхукмтнв")
_ONLY_LOOKALIKES = re.compile("[aceopxykmthb]{1,3}")
UNITS = {
    **dict.fromkeys(("миллиметр", "мм"), "мм"),
    **dict.fromkeys(("сантиметр", "см"), "см"),
    **dict.fromkeys(("метр", "м"), "м"),
    **dict.fromkeys(("литр", "л"), "л"),
    **dict.fromkeys(("килограмм", "кило", "кг", "kg"), "кг"),
    **dict.fromkeys(("грамм", "гр", "г"), "г"),
    **dict.fromkeys(("штука", "шт"), "шт"),
    **dict.fromkeys(("ватт", "вт", "w"), "вт"),
    **dict.fromkeys(("вольт", "v"), "в"),
    **dict.fromkeys(("дюйм",), "дюйм"),
}


def normal_item(name: str) -> str:
    """Return the name as names of products are compared: "Кабеля ВВГ-нг 3×2,5" as "кабель ввг нг 3х2.5"."""
    return " ".join(pieces(name))


@lru_cache(maxsize=200_000)
def pieces(name: str) -> tuple[str, ...]:
    """Return the words, codes and sizes of the name in their normal form."""
    text = _TIMES.sub("х", _DECIMAL.sub(".", fold(name).translate(_SIGNS)))
    return tuple(_normal(piece) for piece in _PIECE.findall(text))


def _normal(piece: str) -> str:
    if piece[0].isdigit():
        return piece
    if _ONLY_LOOKALIKES.fullmatch(piece):
        piece = piece.translate(_LOOKALIKES)
    word = _lemma(piece)
    return UNITS.get(word, word)


def _lemma(word: str) -> str:
    """Return the dictionary form of a known word, a noun's or an adjective's rather than a verb's."""
    if len(word) < 3 or not is_russian(word) or not is_known(word):  # noqa: PLR2004 - shorter ones are codes and units
        return word
    found = parses(word)
    return next((one.lemma for one in found if one.part in {"NOUN", "ADJF", "PRTF"}), found[0].lemma if found else word)
