"""What a refusal for range names: the things that we are said not to have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from integrator.text.lemmas import fold, is_known, is_russian, lemmas, parses
from integrator.text.lists.goods import (
    ABSTRACT_GOODS,
    DONE,
    GENERIC,
    GONE,
    JOINING,
    KEEPING,
    NO_GOODS,
    NOT_KEPT,
    NOTHING_OF_IT,
    WANTED,
)
from integrator.text.lists.grammar import NOT_THERE, PARTING, PASSED
from integrator.text.products import normal_item

_PIECE = re.compile(
    r"\d+(?:[.,]\d+)?(?:\s?[xх×*/]\s?\d+(?:[.,]\d+)?)*[^\W\d_]*"  # 3х2.5, 205/55, 12,5, 18мм
    r"|[^\W_]+(?:['’/-][^\W_]+)*"
    r"|[.,;:!?…()«»\"—–]"
)
_CODE = re.compile(r"[a-z]|\d+[а-я]|[а-я]+\d")
_ENGLISH_NAME = r"\b([\w./'-]+(?: [\w./'-]+){0,5})"
_ENGLISH = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:do|did|does|could)(?:n['’]?t| not) (?:have|stock|sell|carry|keep|supply|find) {_ENGLISH_NAME}",
        rf"(?:out of|(?:we|you) (?:have|had|stock) no|^no|there (?:is|are|was|were) no) {_ENGLISH_NAME}",
        rf"{_ENGLISH_NAME} (?:is|are|was|were) (?:out of stock|sold out|unavailable|discontinued|not in stock)",
    )
)
_ENGLISH_PART = re.compile(r"[^.,;:!?]+")
_ABSTRACT = re.compile("(ость|ние|ция|ство|ота|изм|ness|tion|ment|ity)$")
_OF_NAMES = frozenset({"NOUN", "ADJF", "PRTF"})
_OF_DEEDS = frozenset({"VERB", "INFN", "GRND", "ADVB", "PRED", "PRCL", "CONJ"})
_SHORT = 5  # words of a part that says only that we do not do a thing
_READ = 2_000  # letters of a text: what follows is no refusal any more
_LONGEST = 8  # words of a name


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a text between signs: its words, and the places of those that tell of absence or of wanting."""

    words: tuple[str, ...]
    absent: tuple[int, ...]
    wanted: tuple[int, ...]


@lru_cache(maxsize=10_000)
def items(text: str, *, named: bool = False) -> tuple[str, ...]:
    """Return the things that the text says we do not have, in their normal form: "нет кабеля ВВГ 3х2.5".

    With `named` the reason says already that it is the range: then every thing that the text names counts.
    """
    folded = fold(text[:_READ])
    if not is_russian(folded):
        return _english(folded, named=named)
    parts = _parts(folded)
    found: list[str] = []
    for number, part in enumerate(parts):
        if part.absent:
            own = _thing_beside(part, part.absent)
            near = () if own or _said(part) else (number - 1, number + 1)
            around = (parts[at] for at in near if 0 <= at < len(parts))
            found += own or next(filter(None, (_asked_for(near) for near in around)), ())
        elif named:
            found += _things(part.words)
    return tuple(dict.fromkeys(normal_item(item) for item in found))


def _english(text: str, *, named: bool) -> tuple[str, ...]:
    """Return what an English text says we do not have; articles and the like end a name, as does a verb."""
    found = [match[1] for pattern in _ENGLISH for match in pattern.finditer(text)]
    if named and not found:
        found = _ENGLISH_PART.findall(text)
    return tuple(dict.fromkeys(normal_item(item) for words in found for item in _things(tuple(_PIECE.findall(words)))))


def _parts(text: str) -> list[_Part]:
    parts: list[list[str]] = [[]]
    for word in _PIECE.findall(text):
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
    if before < 0 or words[before] != "не" or _will(words, forms):
        return False
    return not NOT_KEPT.isdisjoint(forms) or (not DONE.isdisjoint(forms) and len(words) <= _SHORT)


def _will(words: tuple[str, ...], forms: frozenset[str]) -> bool:
    """Return True where "не будут" belongs to another verb: "сеять не будут"."""
    return "быть" in forms and any(parse.part == "INFN" for word in words for parse in parses(word)[:1])


def _thing_beside(part: _Part, absent: tuple[int, ...]) -> tuple[str, ...]:
    """Return the thing named after the last word that tells of absence, else the one before the first."""
    return _things(part.words[absent[-1] + 1 :]) or _things(part.words[: absent[0]])


def _said(part: _Part) -> bool:
    """Return True where the part itself says what is not there, and it is no thing: "денег нет"."""
    return any(
        not NO_GOODS.isdisjoint(lemmas(word)) and not _governed(part.words, place)
        for place, word in enumerate(part.words)
    )


def _asked_for(part: _Part) -> tuple[str, ...]:
    """Return the thing of a part beside one that tells of absence: what was wanted, or named and nothing else."""
    if part.absent:
        return ()
    return _things(part.words) if part.wanted or all(map(_names_or_joins, part.words)) else ()


def _names_or_joins(word: str) -> bool:
    return word in JOINING or _names(word)


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
    return _names(word) and (bool(run) or not _governed(words, place))


def _governed(words: tuple[str, ...], place: int) -> bool:
    """Return True where a preposition stands before the word: "в этом квартале"."""
    before = place - 1
    while before >= 0 and (words[before] in PASSED or not NOTHING_OF_IT.isdisjoint(lemmas(words[before]))):
        before -= 1
    return before >= 0 and words[before] in JOINING


def _names(word: str) -> bool:
    """Return True when the word may stand in the name of a thing: a noun, what describes one, a code or a number."""
    if word in JOINING or word in PASSED or not NOTHING_OF_IT.isdisjoint(lemmas(word)):
        return False
    found = parses(word)
    if not found or word[0].isdigit() or not is_known(word):
        return True
    likely = found[:1] if found[0].part in _OF_DEEDS else found[:2]
    return any(parse.part in _OF_NAMES for parse in likely)


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
    if not NO_GOODS.isdisjoint(forms) or (_ABSTRACT.search(min(forms, key=len)) and ABSTRACT_GOODS.isdisjoint(forms)):
        return False
    found = parses(head)
    if found and found[0].place and is_known(head):
        return False
    if GENERIC.isdisjoint(forms):
        return True
    named = [word for word in run if word != head and word not in JOINING]
    return any(_CODE.search(word) or _certain([word]) for word in named)
