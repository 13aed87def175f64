"""What a refusal for range names: the things that we are said not to have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from integrator.text.lemmas import fold, lemmas, parses
from integrator.text.lists.goods import GENERIC, GONE, JOINING, KEEPING, NO_GOODS, NOT_KEPT, NOTHING_OF_IT, WANTED
from integrator.text.lists.grammar import NOT_THERE, PARTING, PASSED
from integrator.text.products import normal_item

_PIECE = re.compile(
    r"\d+(?:[.,]\d+)?(?:\s?[xх×*/]\s?\d+(?:[.,]\d+)?)*[^\W\d_]*"  # 3х2.5, 205/55, 12,5, 18мм
    r"|[^\W_]+(?:['’/-][^\W_]+)*"
    r"|[.,;:!?…()«»\"—–]"
)
_CODE = re.compile(r"[a-z]|\d+[а-я]|[а-я]+\d")
_LONGEST = 8  # words of a name


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a text between signs: its words, and the places of those that tell of absence or of wanting."""

    words: tuple[str, ...]
    absent: tuple[int, ...]
    wanted: tuple[int, ...]


@lru_cache(maxsize=100_000)
def items(text: str, *, named: bool = False) -> tuple[str, ...]:
    """Return the things that the text says we do not have, in their normal form: "нет кабеля ВВГ 3х2.5".

    With `named` the reason says already that it is the range: then every thing that the text names counts.
    """
    parts = _parts(text)
    found: list[str] = []
    for number, part in enumerate(parts):
        if part.absent:
            own = _thing_beside(part, part.absent)
            around = (parts[at] for at in (number - 1, number + 1) if not own and 0 <= at < len(parts))
            found += own or next(filter(None, (_things(near.words) for near in around if not near.absent)), ())
        elif named:
            found += _things(part.words)
    return tuple(dict.fromkeys(normal_item(item) for item in found))


def _parts(text: str) -> list[_Part]:
    parts: list[list[str]] = [[]]
    for word in _PIECE.findall(fold(text)):
        if not word[0].isalnum() or word in PARTING:
            if word not in '«»"':
                parts.append([])
            continue
        parts[-1].append(word)
    return [_part(tuple(words)) for words in parts if words]


def _part(words: tuple[str, ...]) -> _Part:
    absent = tuple(place for place in range(len(words)) if _tells_absence(words, place))
    wanted = tuple(place for place, word in enumerate(words) if not WANTED.isdisjoint(lemmas(word)))
    return _Part(words, absent, wanted)


def _tells_absence(words: tuple[str, ...], place: int) -> bool:
    forms = lemmas(words[place])
    if words[place] in NOT_THERE - {"без", "without"}:
        return True
    if not GONE.isdisjoint(forms):
        return not (place and words[place - 1] == "не")
    before = place - 1
    while before >= 0 and words[before] in PASSED:
        before -= 1
    denied = before >= 0 and (words[before] in {"не", "not", "never"} or words[before].endswith("n't"))
    return denied and not NOT_KEPT.isdisjoint(forms)


def _thing_beside(part: _Part, absent: tuple[int, ...]) -> tuple[str, ...]:
    """Return the thing named after the last word that tells of absence, else the one before the first."""
    return _things(part.words[absent[-1] + 1 :]) or _things(part.words[: absent[0]])


def _things(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the first run of words that names a certain thing; none where there is none."""
    run: list[str] = []
    for place, word in enumerate((*words, "")):
        if word and _belongs(words, place, run):
            run.append(word)
            continue
        if _certain(run):
            return (" ".join(run[:_LONGEST]),)
        if run and not _only_describes(run):
            head = _head(run)
            if head is not None and not NO_GOODS.isdisjoint(lemmas(head)):
                return ()
        run = []
    return ()


def _belongs(words: tuple[str, ...], place: int, run: list[str]) -> bool:
    """Return True when the word may be part of the name that the run is."""
    word = words[place]
    following = words[place + 1] if place + 1 < len(words) else ""
    if word in JOINING:
        return bool(run) and bool(following) and _names(following) and KEEPING.isdisjoint(lemmas(following))
    if place and words[place - 1] in JOINING and not run:
        return False
    return _names(word)


def _names(word: str) -> bool:
    """Return True when the word may stand in the name of a thing: a noun, what describes one, a code or a number."""
    if word in JOINING or word in PASSED or not NOTHING_OF_IT.isdisjoint(lemmas(word)):
        return False
    found = parses(word)
    return (
        not found
        or word[0].isdigit()
        or any(one.part in {"NOUN", "ADJF", "PRTF"} for one in found[:2])
        or _unknown(word)
    )


def _unknown(word: str) -> bool:
    found = parses(word)
    return bool(found) and found[0].part == "None"


def _only_describes(run: list[str]) -> bool:
    return _head(run) is None


def _head(run: list[str]) -> str | None:
    """Return the noun, the brand or the like that the run is about; None where it only describes."""
    for word in run:
        if word[0].isdigit() or word in JOINING:
            continue
        found = parses(word)
        if not found or found[0].part in {"NOUN", "None"} or any(one.part == "NOUN" for one in found[:2]):
            return word
    return None


def _certain(run: list[str]) -> bool:
    """Return True when the run names a thing that a catalogue may hold."""
    head = _head(run)
    if head is None:
        return False
    forms = lemmas(head)
    if not NO_GOODS.isdisjoint(forms) or head.endswith(("ость", "ости", "остью")):
        return False
    found = parses(head)
    nouns = [one for one in found if one.part == "NOUN"]
    if nouns and (all(one.animate for one in nouns) or nouns[0].place):
        return False
    if GENERIC.isdisjoint(forms):
        return True
    named = [word for word in run if word != head and word not in JOINING]
    return any(_CODE.search(word) or _certain([word]) for word in named)
