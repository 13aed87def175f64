"""Lists of cues, found in any order of their words within a part of a text.

A cue is places parted by blanks, `a|b` is either word. `-word` is the word denied ("не устроила", "нет бюджета"), a
word without the minus the word not denied; `word~` is a verb that is not in the past, `word!` no infinitive either;
`=word` the word in this very form; `#geo` a name of a place; `@class` and `-@class` stand for the words of a class of
`lists/classes.txt`. All places must be met within a few words of each other, one that begins with `>` right after the
one before it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from integrator.text.lists import words
from integrator.text.reading import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from integrator.text.reading import Reading

NEAR = 6
"""So far from the word that a cue is found by may its other words stand."""

RIGHT_AFTER = 2
"""So far from the word before it may a word stand that must follow."""

Place = tuple[frozenset[str], bool]
"""The keys that fit at a place of a cue, and whether it must follow the one before."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue found in a text: what it stands for, and the places of its words."""

    value: str
    places: frozenset[int]

    @property
    def start(self) -> int:
        """The place of its first word."""
        return min(self.places)


class Lexicon:
    """Cues by what they stand for, made ready for search."""

    __slots__ = ("_by_key",)

    def __init__(self, cues: Iterable[tuple[str, str]]) -> None:
        self._by_key: dict[str, list[tuple[tuple[Place, ...], str]]] = defaultdict(list)
        for cue, value in cues:
            first, *others = cue.split()
            places = tuple((_place(place.removeprefix(">")), place.startswith(">")) for place in others)
            for key in sorted(_place(first)):
                self._by_key[key].append((places, value))

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """Yield every cue found, with repetitions where a word may be called in several ways."""
        for place, keys in enumerate(reading.keys):
            for key in keys & self._by_key.keys():
                for others, value in self._by_key[key]:
                    places = _placed(others, reading, place)
                    if places is not None:
                        yield Hit(value, places)


def _placed(others: tuple[Place, ...], reading: Reading, place: int) -> frozenset[int] | None:
    """Return the places of a cue whose first word stands at `place`, each other word as near as can be."""
    places = [place]
    part = reading.parts[place]
    for keys, follows in others:
        reach = (places[-1] + 1, places[-1] + RIGHT_AFTER) if follows else (place - NEAR, place + NEAR)
        near = (
            at
            for at in range(max(0, reach[0]), min(len(reading.keys), reach[1] + 1))
            if at not in places and reading.parts[at] == part and not keys.isdisjoint(reading.keys[at])
        )
        nearest = min(near, key=lambda at: abs(at - place), default=None)
        if nearest is None:
            return None
        places.append(nearest)
    return frozenset(places)


@lru_cache(maxsize=10_000)
def _place(written: str) -> frozenset[str]:
    """Return the keys that fit at a place of a cue."""
    return frozenset[str]().union(*(_alternative(one) for one in written.split("|")))


def _alternative(written: str) -> frozenset[str]:
    minus = "-" if written.startswith("-") else ""
    bare = written.removeprefix("-")
    if bare.startswith("@"):
        return frozenset[str]().union(*(_alternative(minus + one) for one in words("classes", bare[1:])))
    if bare.startswith(("#", "=")) or bare.endswith(("~", "!")):
        return frozenset({minus + bare})
    return frozenset(
        f"{minus}{name}" for name in names(bare) if not name.endswith(("~", "!")) and not name.startswith(("#", "="))
    )
