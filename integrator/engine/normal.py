"""Conditions in the form an engine without NOT and without nulls can carry: `all` and `any` of plain comparisons."""

from __future__ import annotations

from itertools import count
from math import prod
from typing import TYPE_CHECKING

from integrator.domain import Condition, Group, Test
from integrator.engine.operators import OPERATORS, operand_family

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ALWAYS = Group("all", ())
NEVER = Group("any", ())
# An engine tries every way through a condition: more than these in one rule, and parts are decided before it.
MOST_PATHS = 16
MOST_PARTS = 16
_OTHER_JOIN = {"all": "any", "any": "all"}
_ABSORBING = {"all": NEVER, "any": ALWAYS}
_IDLE = {"all": ALWAYS, "any": NEVER}


def normal(condition: Condition, *, negated: bool = False) -> Condition:
    """Return `all`, `any` and single comparisons that hold exactly where the condition is TRUE (FALSE if negated).

    `none` is pushed down to the comparisons: there the opposite test is TRUE exactly when the test is FALSE.
    """
    if isinstance(condition, Test):
        return _comparison(condition, negated=negated)
    if condition.join == "none":
        return _joined("any" if negated else "all", [normal(part, negated=not negated) for part in condition.parts])
    join = _OTHER_JOIN[condition.join] if negated else condition.join
    return _joined(join, [normal(part, negated=negated) for part in condition.parts])


def _comparison(test: Test, *, negated: bool) -> Condition:
    if test.op == "exists":
        return Test(test.metric, test.op, bool(test.value) is not negated)
    op = OPERATORS[test.op].opposite if negated else test.op
    if test.other is not None:
        return Test(test.metric, op, None, test.other)
    if operand_family(test.op, test.value) is None:
        return NEVER
    if op in {"in", "not_in"}:
        join, each = ("any", "eq") if op == "in" else ("all", "ne")
        return _joined(join, [Test(test.metric, each, one) for one in test.value])
    if op in {"between", "not_between"}:
        join, ops = ("all", ("gte", "lte")) if op == "between" else ("any", ("lt", "gt"))
        return _joined(join, [Test(test.metric, each, one) for each, one in zip(ops, test.value, strict=True)])
    return Test(test.metric, op, test.value)


def _joined(join: str, parts: Sequence[Condition]) -> Condition:
    """Return the parts joined, without those that do not matter and without groups in groups of the same kind."""
    flat: dict[Condition, None] = {}
    for part in parts:
        if part == _ABSORBING[join]:
            return part
        if isinstance(part, Group) and part.join == join:
            flat.update(dict.fromkeys(part.parts))
        else:
            flat[part] = None
    if not flat:
        return _IDLE[join]
    return next(iter(flat)) if len(flat) == 1 else Group(join, tuple(flat))


def paths(condition: Condition) -> int:
    """Return in how many ways a normal condition can hold."""
    if isinstance(condition, Test):
        return 1
    ways = [paths(part) for part in condition.parts]
    return prod(ways) if condition.join == "all" else sum(ways)


def size(condition: Condition) -> int:
    """Return how many comparisons a normal condition has."""
    return 1 if isinstance(condition, Test) else sum(size(part) for part in condition.parts)


def levels(rules: Mapping[str, Condition]) -> list[dict[str, Condition]]:
    """Return normal conditions by id in levels, each small; parts of large ones stand in earlier levels under ids `#n`.

    A later level reads them as boolean facts of that name.
    """
    splitter = _Splitter()
    for id_, rule in rules.items():
        condition, level = splitter.small(rule)
        splitter.put(level, id_, condition)
    return splitter.levels


class _Splitter:
    def __init__(self) -> None:
        self.levels: list[dict[str, Condition]] = []
        self._ids = (f"#{number}" for number in count())
        self._derived: dict[Condition, tuple[Test, int]] = {}

    def put(self, level: int, id_: str, condition: Condition) -> None:
        self.levels += [{} for _ in range(level + 1 - len(self.levels))]
        self.levels[level][id_] = condition

    def small(self, condition: Condition) -> tuple[Condition, int]:
        if isinstance(condition, Test) or (paths(condition) <= MOST_PATHS and size(condition) <= MOST_PARTS):
            return condition, 0
        level = 0
        parts = []
        for part in self._chunks(condition):
            leaf, above = (part, 0) if isinstance(part, Test) else self._derive(part)
            parts.append(leaf)
            level = max(level, above)
        return Group(condition.join, tuple(parts)), level

    def _derive(self, condition: Condition) -> tuple[Test, int]:
        if condition not in self._derived:
            inner, level = self.small(condition)
            id_ = next(self._ids)
            self.put(level, id_, inner)
            self._derived[condition] = (Test(id_, "eq", value=True), level + 1)
        return self._derived[condition]

    @staticmethod
    def _chunks(group: Group) -> Iterator[Condition]:
        width = -(-len(group.parts) // MOST_PARTS)
        for start in range(0, len(group.parts), width):
            chunk = group.parts[start : start + width]
            yield chunk[0] if len(chunk) == 1 else Group(group.join, chunk)
