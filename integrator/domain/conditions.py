"""Conditions of rules as trees, parameters already put in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Test:
    """One metric against a value, or against another metric when `other` names it; `op` is a name of OPERATORS."""

    metric: str
    op: str
    value: Any = None
    other: str | None = None

    # Python's True equals 1: taken for one another, a test of a flag and one of a number would share what was found.
    def __eq__(self, another: object) -> bool:
        """True where both tests mean the same, `true` and 1 told apart."""
        return isinstance(another, Test) and self._meaning() == another._meaning()

    def __hash__(self) -> int:
        """Return the same for tests that mean the same."""
        return hash((self.metric, self.op, self.other, self.value))

    def _meaning(self) -> tuple[Any, ...]:
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        return (self.metric, self.op, self.other, self.value, [isinstance(one, bool) for one in values])


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions joined by `all`, `any` or `none`."""

    join: str
    parts: tuple[Condition, ...]


Condition = Test | Group


@dataclass(frozen=True, slots=True)
class Metric:
    """A named figure about a subject (`client` or `deal`).

    `type` is one of integer, number, money, boolean, string, date, instant; `values` are all that a string
    may be (empty: any). `unit` is for people (`days`, `purchases`, ...); `doc` is one sentence, by language.
    """

    name: str
    subject: str
    type: str
    unit: str
    doc: dict[str, str]
    values: tuple[str, ...] = ()
