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
