"""What sellers write, as data. The longer lists are texts beside this module, a cue or some words a line."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from integrator.text.lists.labels import LABELS

Sections = dict[str, tuple[str, ...]]

_HEAD = re.compile(r"\[([a-z_ ]+)\]")
_ALONE = " alone"
_WORD = re.compile("[а-я]+")
_CUES = ("reasons_ru", "hints", "topics", "classes", "opinions", "vague", "soft_no", "sub_reasons")


@cache
def sections(name: str) -> Sections:
    """Return the lines of a list by the heading that they stand under; a line that begins with "# " is a remark."""
    found: dict[str, list[str]] = {}
    heading = ""
    for line in resources.files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8").splitlines():
        head = _HEAD.fullmatch(line)
        if head:
            heading = head[1]
            found[heading] = []
        elif line and not line.startswith("# "):
            found[heading].append(line)
    return {head: tuple(lines) for head, lines in found.items()}


def words(name: str, heading: str) -> tuple[str, ...]:
    """Return the words under a heading of a list that holds words; none where there is no such heading."""
    return tuple(word for line in sections(name).get(heading, ()) for word in line.split())


def strong(*, alone: bool = False) -> Sections:
    """Return the cues that tell a reason for sure, by its code; or those that do so where no other is told."""
    found: dict[str, list[str]] = {}
    for under in (sections("reasons_ru"), sections("reasons_en")):
        for heading, cues in under.items():
            if heading.endswith(_ALONE) == alone:
                found.setdefault(heading.removesuffix(_ALONE), []).extend(cues)
    return {code: tuple(cues) for code, cues in found.items()}


@cache
def vocabulary() -> frozenset[str]:
    """Return every Russian word that stands in a list, as it is written there."""
    lines = [line for name in _CUES for under in sections(name).values() for line in under]
    return frozenset(word for line in (*lines, *LABELS["ru"]) for word in _WORD.findall(line))
