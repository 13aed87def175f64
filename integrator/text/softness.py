"""A soft no: what puts a decision off without saying no."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from integrator.text.lexicon import Lexicon
from integrator.text.lists import sections, words
from integrator.text.reading import read
from integrator.text.reasons import whole

if TYPE_CHECKING:
    from integrator.text.lexicon import Hit
    from integrator.text.reading import Reading


@lru_cache(maxsize=10_000)
def soft_no(text: str, language: str = "ru") -> str | None:
    """Return the words that put the decision off, up to the next sign ("посоветоваться с шефом"), or None."""
    reading = read(text)
    hits = _standing(reading, language)
    if not hits and not any(word[0].isdigit() for word in reading.words):
        hits = _standing(reading, f"{language} loose")
    if not hits or _decided(reading):
        return None
    first = min(hits, key=lambda hit: (hit.start, -len(hit.places)))
    part = reading.parts[first.start]
    return " ".join(word for at, word in enumerate(reading.words) if at >= first.start and reading.parts[at] == part)


def _standing(reading: Reading, heading: str) -> list[Hit]:
    """Return what is found of the cues under the heading and not taken back beside it."""
    return [hit for hit in whole(_cues(heading).hits(reading)) if not _taken_back(reading, hit)]


def _taken_back(reading: Reading, hit: Hit) -> bool:
    """Return True where a denied word beside the hit denies it: "не нужно думать", "думать не стал"."""
    start, end = min(hit.places), max(hit.places)
    beside = (*range(max(0, start - 2), start), end + 1, end + 2)
    return any(at < len(reading.keys) and not _back().isdisjoint(reading.keys[at]) for at in beside)


@cache
def _cues(heading: str) -> Lexicon:
    return Lexicon((cue, cue) for cue in sections("soft_no").get(heading, ()))


def _decided(reading: Reading) -> bool:
    """Return True where the client has bought or agreed: "уехал в отпуск, заказ оплатил"."""
    return "бы" not in reading.words and any(
        word in keys and f"{word}~" not in keys for word in words("soft_no", "decided") for keys in reading.keys
    )


@cache
def _back() -> frozenset[str]:
    """Return the denied words that take a soft no back."""
    return frozenset(f"-{word}" for word in words("soft_no", "back"))
