"""What sellers write, as data: lists of phrases and cues, by language where that is told apart."""

from __future__ import annotations

import re
from functools import cache

from integrator.text.lists import (
    english,
    grammar,
    hints,
    labels,
    reasons_client,
    reasons_core,
    reasons_seller,
    reasons_terms,
    reasons_work,
    soft_no,
    sub_reasons,
    vague,
)

_WORD = re.compile("[а-я]+")
_RUSSIAN = (reasons_core, reasons_terms, reasons_client, reasons_seller, reasons_work)


def strong() -> dict[str, tuple[str, ...]]:
    """Return the cues that tell a reason for sure, by its code."""
    found: dict[str, tuple[str, ...]] = {}
    for module in (*_RUSSIAN, english):
        for code, cues in module.STRONG.items():
            found[code] = (*found.get(code, ()), *cues)
    return found


@cache
def vocabulary() -> frozenset[str]:
    """Return every Russian word that stands in a list, as it is written there."""
    written = (
        *grammar.CLASSES.values(),
        *(cue for cues in strong().values() for cue in cues),
        *(cue for cues in hints.WEAK.values() for cue in cues),
        *(cue for cues in sub_reasons.CUES.values() for cue in cues),
        *hints.TOPICS.values(),
        *labels.LABELS["ru"],
        *labels.OPINIONS["ru"],
        *vague.CUES["ru"],
        *soft_no.CUES["ru"],
    )
    return frozenset(word for phrase in written for word in _WORD.findall(phrase))
