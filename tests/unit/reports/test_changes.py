from __future__ import annotations

from typing import Any

import pytest

from integrator.reports.changes import gone_through
from tests.unit.metrics.bases import at, deal
from tests.unit.reports.grounds import Ground, window

YEAR = window("2026-01-01", "2026-12-31")
SORTED = [
    {"pipeline_id": 1, "id": name, "sort": place, "outcome": "open" if place < 3 else "lost", "name": name}
    for place, name in enumerate(("talk", "new", "shown", "lost"))
]
MADE = "2026-03-01 12:00"


def moved(stage: str, when: str, deal_id: int = 5) -> dict[str, Any]:
    return {"id": stage + when, "deal_id": deal_id, "pipeline_id": 1, "stage_id": stage, "at": at(when)}


def stages(*changes: dict[str, Any]) -> list[tuple[str, Any]]:
    ground = Ground(YEAR, deals=[deal(5, created_at=at(MADE))], stages=SORTED, stage_changes=list(changes))
    found = gone_through(ground.snapshot, ground.base.deals, ground.context).sort("at")
    return list(found.select("stage_id", "at").iter_rows())


def test_who_was_first_recorded_later_than_made_began_on_the_first_stage() -> None:
    assert stages(moved("lost", "2026-03-09 12:00")) == [("talk", at(MADE)), ("lost", at("2026-03-09 12:00"))]


@pytest.mark.parametrize(
    "change",
    [
        moved("new", MADE),  # Bitrix24 records the beginning itself.
        moved("talk", "2026-03-09 12:00"),  # Who came to the first stage by a change began on another.
    ],
)
def test_nothing_is_added_where_the_beginning_is_recorded_or_not_known(change: dict[str, Any]) -> None:
    assert stages(change) == [(change["stage_id"], change["at"])]


def test_of_others_and_of_what_comes_later_nothing_is_told() -> None:
    assert stages(moved("new", "2027-01-01 12:00"), moved("new", "2026-05-05 12:00", deal_id=6)) == []
