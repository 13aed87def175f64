"""The portal's own words for a reason, and the canonical reason they mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from integrator.domain.reasons import BY_CODE, OTHER, REASONS
from integrator.text import lists
from integrator.text.goods import items
from integrator.text.labels import is_label
from integrator.text.lemmas import fold
from integrator.text.lexicon import Hit, Lexicon
from integrator.text.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from integrator.text.reading import Reading


@dataclass(frozen=True, slots=True)
class Proposal:
    """The canonical reason that words seem to mean; `sure` where they say it outright and say no other."""

    code: str
    sure: bool


def normal(name: str) -> str:
    """Return the name as it is compared: trimmed, in lower case, ё as е, every white space one blank."""
    return " ".join(fold(name).split())


def canonical(name: str, mapping: Mapping[str, str]) -> str | None:
    """Return the canonical code of a reason's name: by the portal's mapping, our codes and names, then sure words."""
    return canonical_all((name,), mapping)[name]


def canonical_all(names: Iterable[str], mapping: Mapping[str, str]) -> dict[str, str | None]:
    """Return the canonical code of each name; None where the mapping does not know it and the words are not sure."""
    own = {normal(key): code for key, code in mapping.items()}
    return {name: own.get(normal(name)) or _sure(name) for name in names}


def propose(name: str) -> Proposal | None:
    """Return the canonical reason that the words mean or hint at; None where they say none, or are a mere label."""
    return _proposed(normal(name))


def tells(text: str) -> bool:
    """Return True when the text tells a reason outright, be it one or several, and does not just hint at one."""
    reading = read(text)
    return normal(text) in _table() or _of_range(text, reading) is not None or _told(reading) is not None


def _sure(name: str) -> str | None:
    proposal = propose(name)
    return proposal.code if proposal and proposal.sure else None


@lru_cache(maxsize=10_000)
def _proposed(text: str) -> Proposal | None:
    known = _table().get(text)
    if known:
        return Proposal(known, sure=True)
    if is_label(text) or is_label(text, "en"):
        return None
    reading = read(text)
    return _of_range(text, reading) or _told(reading) or _hinted(reading)


def _told(reading: Reading) -> Proposal | None:
    """Return the reason told outright; of several the one told first, unsure."""
    hits = whole(_strong().hits(reading)) or whole(_strong(alone=True).hits(reading))
    if hits:
        first = min(hits, key=lambda hit: (hit.start, -len(hit.places)))
        return Proposal(first.value, sure=len({hit.value for hit in hits}) == 1)
    topics = sorted(_topics().hits(reading), key=lambda hit: hit.start)
    covered = frozenset[int]().union(*(hit.places for hit in topics))
    rest = (keys for place, keys in enumerate(reading.keys) if place not in covered)
    if topics and all(not _fillers().isdisjoint(keys) for keys in rest):
        codes = list(dict.fromkeys(hit.value for hit in topics))
        others = [code for code in codes if code != OTHER]
        return Proposal((others or codes)[0], sure=len(others) < 2)  # noqa: PLR2004 - one reason or none
    return None


def _of_range(text: str, reading: Reading) -> Proposal | None:
    """Return the refusal for range where a thing is named that we have not got; unsure where it is theirs."""
    if not items(text):
        return None
    others = {hit.value for hit in _strong().hits(reading)} - {_RANGE}
    return Proposal(_RANGE, sure=not others and _THEIRS.isdisjoint(reading.words))


def whole(hits: Iterable[Hit]) -> list[Hit]:
    """Return the hits that share no word with a longer one; of two of the same length both."""
    found = list(dict.fromkeys(hits))
    return [
        hit
        for hit in found
        if not any(len(hit.places) < len(other.places) and hit.places & other.places for other in found)
    ]


def _hinted(reading: Reading) -> Proposal | None:
    """Return the reason that a word hints at; where several do the one of most words, then the first in the text."""
    hits = whole(_weak().hits(reading))
    if not hits:
        return None
    return Proposal(max(hits, key=lambda hit: (len(hit.places), -hit.start)).value, sure=False)


@cache
def _table() -> dict[str, str]:
    """Return our own codes and names, as they are compared, with the code of each."""
    names = {normal(name): reason.code for reason in REASONS for name in (reason.ru, reason.en)}
    names |= dict.fromkeys(("прочее", "разное", "иное"), OTHER)
    return names | {code: code for code in BY_CODE}


@cache
def _strong(*, alone: bool = False) -> Lexicon:
    return Lexicon((cue, code) for code, cues in lists.strong(alone=alone).items() for cue in cues)


@cache
def _topics() -> Lexicon:
    return Lexicon((cue, code) for code in lists.sections("topics") for cue in lists.words("topics", code))


@cache
def _weak() -> Lexicon:
    return Lexicon((cue, code) for code, cues in lists.sections("hints").items() for cue in cues)


@cache
def _fillers() -> frozenset[str]:
    """Return the words that may stand beside a topic: "по цене", "причина — сроки"."""
    words = (*lists.words("vague", "ru beside"), *lists.words("vague", "en beside"), *_BESIDE)
    return frozenset(word for word in words if word not in {"не", "нет", "ни", "not", "no", "without"})


_RANGE = "product_mismatch"
_THEIRS = frozenset(
    {"клиента", "них", "него", "нее", "заказчика", "покупателя", "they", "he", "she", "client", "customer"}
)
_BESIDE = (
    "комментарий",
    "коммент",
    "указать",
    "см",
    "смотреть",
    "вариант",
    "примечание",
    "вопрос",
    "фактор",
    "описание",
)
