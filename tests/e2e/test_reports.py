"""What heads of sales read is the same of both CRMs, and says something of each."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from integrator import reporting
from tests.e2e.test_steps import EVENING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import World

AMOCRM, BITRIX24 = "demo-amocrm", "demo-bitrix24"
# Each CRM has its own numbers for pipelines, stages, tasks and their sort of contacts.
OWN = {"pipeline_id", "stage_id", "origin", "remote_id"}
# Lists whose rows are contacts, which each CRM numbers and orders in its own way.
OF_CONTACTS = ("prospecting", "time")
QUARTER = ("--from", "2026-08-22", "--to", "2026-11-20")


def shared(value: Any) -> Any:
    """The same without what each CRM calls by its own number."""
    if isinstance(value, dict):
        return {name: shared(each) for name, each in value.items() if name not in OWN}
    return [shared(each) for each in value] if isinstance(value, list) else value


def told(here: World, name: str, portal: str, *more: str, at: str = EVENING) -> Any:
    return json.loads(here.run("report", name, "--portal", portal, "--at", at, "--format", "json", *more).stdout)


def listed(here: World, name: str, portal: str) -> list[str]:
    rows = shared(told(here, name, portal, "--list"))
    if name in OF_CONTACTS:
        rows = [{key: value for key, value in row.items() if key != "id"} for row in rows]
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_reports_are_the_same_of_both_crms(world: Callable[..., World]) -> None:
    here = world()
    here.look_twice()
    for name in (name for name in reporting.NAMES if name != "rules"):
        bodies = [shared(told(here, name, portal)) for portal in (AMOCRM, BITRIX24)]
        assert bodies[0] == bodies[1]
        lists = [listed(here, name, portal) for portal in (AMOCRM, BITRIX24)]
        assert lists[0] == lists[1] != []
        table = here.run("report", name, "--portal", AMOCRM, "--at", EVENING, "--format", "table").stdout
        assert "20.11.2026" in table
    every_report_says_something(here)
    requests_of_bitrix24_are_refusals_too(here)
    what_rules_came_to(here)


def every_report_says_something(here: World) -> None:
    funnel = told(here, "funnel", AMOCRM)
    assert [step["passed"] <= step["entered"] for step in funnel["total"]["steps"]] == [True] * 4
    assert all(step["entered"] for step in funnel["total"]["steps"])
    assert funnel["mentoring"]
    assert all(row["source"] for row in funnel["mix"])
    reasons = told(here, "reasons", AMOCRM)
    assert reasons["lost_deals"] > reasons["without_reason"] > 0
    assert sum(row["count"] for row in reasons["rows"]) + reasons["without_reason"] == reasons["lost_deals"]
    losses = told(here, "losses", AMOCRM)
    assert any(row["money_lost_per_year"] for row in losses)
    base = told(here, "base", AMOCRM)
    assert sum(row["clients"] for row in base["win_back"]) > 0
    prospecting = told(here, "prospecting", AMOCRM)
    assert sum(row["calls"] for row in prospecting) > sum(row["meetings"] for row in prospecting) > 0
    time = told(here, "time", AMOCRM)
    assert len(time["stages"]) == 4
    assert any(row["on_small_clients"] for row in time["managers"])


def requests_of_bitrix24_are_refusals_too(here: World) -> None:
    """None was lost within the usual two weeks and the two before, so that these are the same in both."""
    deals, both = (told(here, "reasons", portal, *QUARTER) for portal in (AMOCRM, BITRIX24))
    lost = [row for row in told(here, "reasons", BITRIX24, "--list", *QUARTER) if row["entity"] == "lead"]
    assert both["lost_deals"] - deals["lost_deals"] == len(lost) > 0


def what_rules_came_to(here: World) -> None:
    here.run("evaluate", "--format", "table")
    here.run("deliver")
    here.run("sync")
    # What is stored bears this machine's time, unlike the emulators' data.
    at = datetime.now(UTC).isoformat()
    ours, theirs = ({row["rule"]: row for row in told(here, "rules", portal, at=at)} for portal in (AMOCRM, BITRIX24))
    # Bitrix24 has requests that were put aside with a label for a reason.
    more = theirs.pop("refusals/reason_subjective"), ours.pop("refusals/reason_subjective")
    assert more[0]["fired"] > more[1]["fired"] > 0
    assert ours == theirs
    assert sum(row["tasks"] for row in ours.values()) > 0
    made = {name for name, row in ours.items() if row["tasks"]}
    assert {row["rule"] for row in told(here, "rules", AMOCRM, "--list", at=at)} >= made
