"""What another supplier has that we lack, in the words of portals and of free texts."""

from __future__ import annotations

from functools import cache, lru_cache

from integrator.domain.reasons import SUB_REASONS
from integrator.text.lexicon import Lexicon
from integrator.text.lists import sections
from integrator.text.reading import read
from integrator.text.reasons import normal, whole


@lru_cache(maxsize=10_000)
def sub_reason(text: str) -> str | None:
    """Return the code of what the other supplier does better; None where the text names nothing of it."""
    if normal(text) in SUB_REASONS:
        return normal(text)
    hits = whole(_cues().hits(read(text)))
    if not hits:
        return None
    return max(hits, key=lambda hit: (len(hit.places), -hit.start)).value


@cache
def _cues() -> Lexicon:
    return Lexicon((cue, code) for code, cues in sections("sub_reasons").items() for cue in cues)
