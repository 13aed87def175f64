"""What is true of every subject's facts, whatever the base: what a rule may count on and a proof may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integrator.domain.conditions import Test

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integrator.domain.conditions import Condition


@dataclass(frozen=True, slots=True)
class Invariant:
    """Of no subject of this kind is `then` FALSE where `when` is TRUE (without `when`: anywhere)."""

    subject: str
    then: Condition
    when: Condition | None = None

    @property
    def parts(self) -> tuple[Condition, ...]:
        """Its conditions."""
        return (self.then,) if self.when is None else (self.then, self.when)

    @property
    def tests(self) -> tuple[Test, ...]:
        """Every test in it."""
        return tuple(test for part in self.parts for test in _tests(part))

    @property
    def metrics(self) -> frozenset[str]:
        """The names of the metrics that it ties."""
        return frozenset(name for test in self.tests for name in (test.metric, test.other) if name)


def _tests(condition: Condition) -> Iterator[Test]:
    if isinstance(condition, Test):
        yield condition
        return
    for part in condition.parts:
        yield from _tests(part)
