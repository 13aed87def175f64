"""Lists of cues, found in any order of their words within a part of a text.

A cue is places parted by blanks, `a|b` is either word. `-word` is the word denied ("не устроила", "нет бюджета"), a
word without the minus the word not denied; `word~` is a verb that is not in the past; `#geo` a name of a place;
`@class` and `-@class` stand for the words of a class of `lists.grammar`. All places must be met within a few words of
each other.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from integrator.text.lists.grammar import CLASSES
from integrator.text.reading import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from integrator.text.reading import Reading

NEAR = 6
"""So far from the word that a cue is found by may its other words stand."""


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
        self._by_key: dict[str, list[tuple[tuple[frozenset[str], ...], str]]] = defaultdict(list)
        for cue, value in cues:
            first, *others = (_place(place) for place in cue.split())
            for key in sorted(first):
                self._by_key[key].append((tuple(others), value))

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """Yield every cue found, with repetitions where a word may be called in several ways."""
        for place, keys in enumerate(reading.keys):
            for key in keys & self._by_key.keys():
                for others, value in self._by_key[key]:
                    places = _placed(others, reading, place)
                    if places is not None:
                        yield Hit(value, places)


def _placed(others: tuple[frozenset[str], ...], reading: Reading, place: int) -> frozenset[int] | None:
    """Return the places of a cue whose first word stands at `place`, each other word as near as can be."""
    places = [place]
    part = reading.parts[place]
    for keys in others:
        near = (
            at
            for at in range(max(0, place - NEAR), min(len(reading.keys), place + NEAR + 1))
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
        return frozenset[str]().union(*(_alternative(minus + one) for one in CLASSES[bare[1:]].split("|")))
    if bare.startswith("#") or bare.endswith("~"):
        return frozenset({minus + bare})
    return frozenset(f"{minus}{name}" for name in names(bare) if not name.endswith("~") and name != "#geo")
