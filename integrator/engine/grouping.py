"""Which conditions are decided together: few groups, and few kinds of subjects in each."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

from integrator.engine.coding import Coding, key, marks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.domain import Condition

MOST_RULES = 40
# What a group costs beside its inferences, counted in inferences: its network, and what every row takes.
NETWORK = 50
ROWS_PER_INFERENCE = 5000
STEP = 16

Sides = dict[Any, frozenset[Any]]


@dataclass(slots=True)
class _Group:
    conditions: dict[str, Condition]
    sides: Sides = field(default_factory=dict)
    kinds: int = 1


def rounded(rows: int) -> int:
    """Return the size that bases of about so many rows have in common: they are grouped alike."""
    size = STEP
    while size < rows:
        size *= STEP
    return size


def grouped(conditions: Mapping[str, Condition], rows: int) -> list[dict[str, Condition]]:
    """Return the conditions in groups that cost about the least for so many subjects."""
    alone = NETWORK + rows // ROWS_PER_INFERENCE
    groups: list[_Group] = []
    for id_, condition in conditions.items():
        own = _sides(condition)
        best, least, wider = None, alone + min(_kinds(own), rows), own
        for group in groups:
            if len(group.conditions) >= MOST_RULES:
                continue
            merged = _merged(group.sides, own)
            more = min(_kinds(merged), rows) - min(group.kinds, rows)
            if more < least:
                best, least, wider = group, more, merged
        if best is None:
            best = _Group({})
            groups.append(best)
        best.conditions[id_] = condition
        best.sides, best.kinds = wider, _kinds(wider)
    return [group.conditions for group in groups]


def _sides(condition: Condition) -> Sides:
    """Return what the condition tells apart, by what other conditions may tell apart too."""
    return {key(axis): frozenset(marks(axis)) for axis in Coding.of((condition,)).axes}


def _merged(one: Sides, other: Sides) -> Sides:
    return {**one, **{at: one.get(at, frozenset()) | more for at, more in other.items()}}


def _kinds(sides: Sides) -> int:
    return prod(len(one) + 2 for one in sides.values())
