"""What is true of every subject's facts, whatever the base: what a rule may count on and a proof may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integrator.domain.conditions import Condition


@dataclass(frozen=True, slots=True)
class Invariant:
    """Of no subject of this kind is `then` FALSE where `when` is TRUE (without `when`: anywhere)."""

    subject: str
    then: Condition
    when: Condition | None = None
