"""Telling a text that says only that nothing came of it from one that says why."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from integrator.text.labels import Kind, classify
from integrator.text.lexicon import Lexicon
from integrator.text.lists import sections, words
from integrator.text.reading import either_way, read
from integrator.text.reasons import propose, tells

if TYPE_CHECKING:
    from integrator.text.reading import Reading

MOST_OTHER_WORDS = 2
"""With more words of their own beside what is vague, a text may give a reason that no list knows."""


@lru_cache(maxsize=10_000)
def vague(text: str, language: str = "ru") -> bool:
    """Return True when the text says that nothing came of it, not why: "не срослось", "передумал"."""
    cues, bare, fillers, because = _compiled(language)
    reading = read(text)
    covered = frozenset[int]().union(*(hit.places for hit in cues.hits(reading)))
    only_bare = not covered
    covered = covered or frozenset[int]().union(*(hit.places for hit in bare.hits(reading)))
    if not covered or classify(text, language) is not Kind.SUBSTANCE:
        return False
    others = _others(reading, covered, fillers)
    if others > (0 if only_bare else MOST_OTHER_WORDS) or (others and next(because.hits(reading), None)):
        return False
    return not tells(text) and (others == 0 or propose(text) is None)


def _others(reading: Reading, covered: frozenset[int], fillers: frozenset[str]) -> int:
    """Return how many words say something of their own; those of a part that is not vague itself count twice."""
    vague_parts = {reading.parts[place] for place in covered}
    counts = (
        1 if reading.parts[place] in vague_parts else 2
        for place, keys in enumerate(reading.keys)
        if place not in covered and keys.isdisjoint(fillers)
    )
    return sum(counts)


@cache
def _compiled(language: str) -> tuple[Lexicon, Lexicon, frozenset[str], Lexicon]:
    """Return the language's cues, the bare ones, the words that add nothing, and cues after which a reason follows."""
    under = sections("vague")
    lexicons = [
        Lexicon((cue, cue) for cue in under.get(heading, ()))
        for heading in (language, f"{language} bare", f"{language} because")
    ]
    return lexicons[0], lexicons[1], either_way(words("vague", f"{language} beside")), lexicons[2]
