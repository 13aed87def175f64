"""A small base on its way to a report."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from integrator.metrics import Base, Context, Facts, Shared, compute
from integrator.metrics.compute import started
from integrator.reports.window import Window
from tests.unit.metrics.bases import context, frames

if TYPE_CHECKING:
    import polars as pl


class Ground:
    """What reports are made of, as at a window's end, or at `now` where that comes first."""

    def __init__(self, window: Window, now: str = "2026-12-31 12:00", **tables: Any) -> None:
        settings = tables.pop("settings", {})
        self.window = window
        self.snapshot: dict[str, pl.DataFrame] = frames(**tables)
        self.context: Context = window.at_end(context(now, **settings))
        self.base: Base = started(self.snapshot, self.context, Shared())

    @property
    def facts(self) -> Facts:
        return compute(self.snapshot, self.context)


def window(since: str, until: str) -> Window:
    return Window(date.fromisoformat(since), date.fromisoformat(until))
