"""What only the whole base can tell: boundaries, medians of cohorts, cycles of pipelines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl


@dataclass(frozen=True, slots=True)
class Shared:
    """Tables worked out from the whole base, or as they were when the whole base was last at hand (`stored`).

    One client is judged by the stored ones, so that he is judged as all others were.
    """

    stored: Mapping[str, pl.DataFrame] | None = None
    found: dict[str, pl.DataFrame] = field(default_factory=dict)

    def table(self, name: str, whole: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Return the table of that name; `whole` works it out where the whole base is at hand."""
        if self.stored is not None:
            return self.stored[name]
        if name not in self.found:
            self.found[name] = whole()
        return self.found[name]
