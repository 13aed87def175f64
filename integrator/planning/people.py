"""Who gets a task."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def in_charge(row: Mapping[str, Any]) -> int | None:
    """Return who looks after the subject of the row: who takes over where his manager left, else the responsible."""
    successor: int | None = row.get("successor_id")
    responsible: int | None = row["responsible_id"]
    return responsible if successor is None else successor


@dataclass(frozen=True, slots=True)
class Staff:
    """Who works here: `active` ids, deputies by whom they stand in for, the head and a pool to fall back on.

    `heads` are those of single managers, by the manager.
    """

    active: frozenset[int]
    deputies: Mapping[int, int]
    head: int | None = None
    pool: tuple[int, ...] = ()
    heads: Mapping[int, int] = field(default_factory=dict)

    def assignee(self, responsible_id: int | None) -> int | None:
        """Return the responsible user, else his deputy, the head, the first of the pool who works; None if nobody."""
        candidates = (responsible_id, self.deputies.get(responsible_id or 0), self.head, *self.pool)
        return next((user for user in candidates if user is not None and user in self.active), None)

    def receiver(self, responsible_id: int | None, to: str) -> int | None:
        """Return who gets a task that goes to the responsible user, or to his `head`; None if nobody can."""
        head = self.heads.get(responsible_id or 0, self.head) if to == "head" else None
        return self.assignee(responsible_id if head is None else head)
