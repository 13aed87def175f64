"""How deals stood at an instant, whatever happened to them since."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrator.metrics import Context, compute
from tests.unit.metrics.bases import MOSCOW, at, client, deal, facts, frames, one

MOVES = ("2025-01-10 12:00", "2025-02-10 12:00", "2025-03-10 12:00", "2025-04-10 12:00")


def changes(*stages: str, deal_id: int = 1) -> list[dict[str, Any]]:
    return [
        {"id": str(place), "deal_id": deal_id, "pipeline_id": 1, "stage_id": stage, "at": at(MOVES[place])}
        for place, stage in enumerate(stages)
    ]


def standing(now: str, row: dict[str, Any], *stages: str, exact: bool = True) -> tuple[str, Any]:
    found = one(facts(now, [row], {"closed_at_exact": exact}, stage_changes=changes(*stages)))
    return found["outcome"], found["closed_at"]


def test_a_deal_closed_after_now_is_open() -> None:
    row = deal(1, "won", "2025-05-01 12:00")
    assert standing("2025-05-01 11:59", row) == ("open", None)
    assert standing("2025-05-01 12:00", row) == ("won", at("2025-05-01 12:00"))


def test_a_deal_created_after_now_does_not_exist() -> None:
    found = facts("2025-01-01 12:00", [deal(1, created_at=at("2025-01-01 12:01"))])
    assert (found.deals.height, found.clients.height) == (0, 0)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2025-01-09 12:00", ("open", None)),
        ("2025-02-20 12:00", ("lost", at(MOVES[1]))),
        ("2025-03-20 12:00", ("open", None)),
        ("2025-04-20 12:00", ("won", at(MOVES[3]))),
    ],
)
def test_a_refusal_reopened_and_won(now: str, expected: tuple[str, Any], exact: bool) -> None:
    row = deal(1, "won", MOVES[3])
    assert standing(now, row, "new", "lost", "talk", "won", exact=exact) == expected


def test_a_move_between_two_failed_stages_is_no_second_refusal() -> None:
    row = deal(1, "lost", MOVES[2])  # Bitrix24: MOVED_TIME is that of the last move
    assert standing("2025-05-01 12:00", row, "new", "lost", "lost2", exact=False) == ("lost", at(MOVES[1]))
    assert standing("2025-03-01 12:00", row, "new", "lost", "lost2", exact=False) == ("lost", at(MOVES[1]))


def test_an_exact_instant_is_not_overridden_by_the_history() -> None:
    row = deal(1, "lost", "2025-02-09 23:59")  # the history has it a day later
    assert standing("2025-05-01 12:00", row, "new", "lost") == ("lost", at("2025-02-09 23:59"))


def test_a_history_that_lacks_the_closing_leaves_the_instant_of_the_row() -> None:
    row = deal(1, "won", "2025-03-01 12:00")
    assert standing("2025-05-01 12:00", row, "new", "talk", exact=False) == ("won", at("2025-03-01 12:00"))
    assert standing("2025-05-01 12:00", row, exact=False) == ("won", at("2025-03-01 12:00"))


def test_an_open_row_is_open_though_the_history_lags() -> None:
    assert standing("2025-05-01 12:00", deal(1), "new", "lost") == ("open", None)


def test_an_open_row_stood_lost_before_it_was_reopened() -> None:
    assert standing("2025-02-20 12:00", deal(1), "new", "lost", "talk") == ("lost", at(MOVES[1]))


def test_changes_of_one_second_follow_their_numbers() -> None:
    moment = at("2025-02-10 12:00")
    rows = [
        {"id": number, "deal_id": 1, "pipeline_id": 1, "stage_id": stage, "at": moment}
        for number, stage in (("10", "lost"), ("9", "talk"), ("8", "lost2"))
    ]
    found = facts(
        "2025-05-01 12:00", [deal(1, "lost", "2025-03-01 12:00")], {"closed_at_exact": False}, stage_changes=rows
    )
    assert one(found)["closed_at"] == moment


def test_a_stage_deleted_since_counts_as_open() -> None:
    assert standing("2025-02-20 12:00", deal(1, "won", MOVES[2]), "new", "gone", "won") == ("open", None)


def test_a_closed_deal_without_any_instant_is_no_purchase_and_is_told_of() -> None:
    found = facts("2025-05-01 12:00", [deal(1, "won")])
    assert (one(found)["outcome"], one(found)["closed_at"]) == ("won", None)
    assert client(found)["purchase_count"] == 0
    assert any("1" in note and "даты закрытия" in note for note in found.notes)


def test_a_reason_is_given_only_while_the_deal_stands_lost() -> None:
    row = deal(1, "lost", MOVES[1], loss_reason_id="7")
    tables = {"loss_reasons": [{"id": "7", "name": "Дорого"}]}
    assert one(facts("2025-02-10 11:00", [row], **tables))["loss_reason_name"] is None
    assert one(facts("2025-02-10 13:00", [row], **tables))["loss_reason_name"] == "Дорого"


@pytest.mark.parametrize(
    ("seen", "days"),
    [(None, 10), ("2025-02-10 23:00", 0), ("2025-02-13 00:10", 3), ("2025-06-01 12:00", 10), ("2024-01-01 12:00", 0)],
)
def test_days_until_a_refusal_was_seen(seen: str | None, days: int) -> None:
    row = deal(1, "lost", MOVES[1], first_closed_seen_at=at(seen) if seen else None)
    found = one(facts("2025-02-20 00:05", [row]))
    assert (found["refusal_seen_after_days"], found["days_since_closed"]) == (days, 10)
    assert one(facts("2025-02-20 00:05", [deal(1, "won", MOVES[1])]))["refusal_seen_after_days"] is None


def test_now_may_be_told_in_any_zone() -> None:
    base = frames(deals=[deal(1, "won", "2025-01-01 12:00")])
    moment = datetime(2025, 1, 1, 12, tzinfo=MOSCOW)
    zones = (MOSCOW, timezone(timedelta(hours=3)), ZoneInfo("UTC"))
    found = [compute(base, Context(moment.astimezone(zone), MOSCOW, "RUB")).deals for zone in zones]
    assert [one["outcome"].to_list() for one in found] == [["won"]] * 3
