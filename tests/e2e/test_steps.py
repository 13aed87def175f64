"""From two CRMs to tasks in them, by the commands a person runs."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import World

EVENING = "2026-11-20T18:00:00+03:00"
MARKER = re.compile(r"№[0-9a-f]{12}$")
FAULTS = "429:0.05,500:0.05,reset:0.02,lost_reply:0.05,late_apply:0.02,html:0.01"


def markers(tasks: list[dict[str, Any]], field: str) -> Counter[str]:
    return Counter(found[0] for task in tasks if (found := MARKER.search(task[field] or "")))


def expected(decisions: list[dict[str, Any]]) -> Counter[str]:
    return Counter("№" + task["key"][:12] for line in decisions for task in line["tasks"])


# When the mirror itself saw a change of which no CRM keeps the instant: the portals were read one after the other.
SEEN = ("responsible_since", "handed_over_at")
# amoCRM keeps no requests beside its deals: those not accepted yet are no deals, and none is lost before.
ONLY_BITRIX24 = "lead:"


def by_the_day(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value)[:10] if name in SEEN else value for name, value in values.items()}


def comparable(line: dict[str, Any]) -> dict[str, Any]:
    """Drop what differs by nature: the portal and what is hashed with it, the seconds at which it was read."""
    tasks = [{**task, "key": "", "text": MARKER.sub("", task["text"])} for task in line["tasks"]]
    findings = [{**one, "evidence": by_the_day(one["evidence"])} for one in line["findings"]]
    told = {"findings": findings, "tasks": tasks, "metrics": by_the_day(line["metrics"])}
    return {**line, "portal": "", "ruleset": "", "at": "", **told}


def test_the_same_business_gives_the_same_decisions_in_both_crms(world: Callable[..., World]) -> None:
    here = world()
    here.look_twice()
    decisions = here.decisions("--dry-run", "--at", EVENING)
    amo = [comparable(line) for line in decisions["demo-amocrm"]]
    b24 = [comparable(line) for line in decisions["demo-bitrix24"]]
    leads = [line for line in b24 if line["subject"].startswith(ONLY_BITRIX24)]
    assert len(amo) == len(b24) - len(leads) > 300
    both = zip(amo, (line for line in b24 if line not in leads), strict=True)
    for left, right in both:
        assert left == right
    assert {one["finding"] for line in leads for one in line["findings"]} == {"refusal_reason_subjective"}


def test_a_dry_run_stores_and_sends_nothing(world: Callable[..., World]) -> None:
    here = world()
    here.run("sync")
    assert any(line["tasks"] for line in here.decisions("--dry-run")["demo-amocrm"])
    assert json.loads(here.run("outbox", "list", "--format", "json").stdout) == []
    assert [row["created"] for row in json.loads(here.run("deliver", "--format", "json").stdout)] == [0, 0]


def test_tasks_are_made_once_and_closed_when_their_cause_is_gone(world: Callable[..., World]) -> None:
    here = world()
    here.run("sync")
    decisions = here.decisions()
    first = {row["portal"]: row for row in json.loads(here.run("deliver", "--format", "json").stdout)}
    of_leads = sum(
        len(line["tasks"]) for line in decisions["demo-bitrix24"] if line["subject"].startswith(ONLY_BITRIX24)
    )
    assert of_leads > 0
    assert first["demo-amocrm"]["created"] == first["demo-bitrix24"]["created"] - of_leads > 10
    assert markers(here.amocrm_tasks(), "text") == expected(decisions["demo-amocrm"])
    assert markers(here.bitrix24_tasks(), "description") == expected(decisions["demo-bitrix24"])

    again = here.work()
    assert [(row["created"], row["completed"], row["dead"]) for row in again.values()] == [(0, 0, 0), (0, 0, 0)]

    deal, key = next(
        (int(line["subject"].removeprefix("deal:")), task["key"])
        for line in decisions["demo-bitrix24"]
        for task in line["tasks"]
        if task["rule"] == "refusals/reason_missing"
    )
    here.bitrix24("crm.deal.update", id=deal, fields={"UF_CRM_REASON_TEXT": "не хватило денег в этом квартале"})
    after = here.work()
    assert (after["demo-bitrix24"]["created"], after["demo-bitrix24"]["completed"]) == (0, 1)
    closed = [
        task for task in here.bitrix24_tasks() if task["status"] == "5" and MARKER.search(task["description"] or "")
    ]
    assert ["№" + key[:12]] == [MARKER.search(task["description"])[0] for task in closed]  # type: ignore[index]
    comments = here.bitrix24("crm.timeline.comment.list", filter={"ENTITY_ID": deal, "ENTITY_TYPE": "deal"})["result"]
    assert any("Закрыто автоматически" in comment["COMMENT"] for comment in comments)


@pytest.mark.parametrize("seed", [1, 2])
def test_under_faults_every_task_is_made_exactly_once(world: Callable[..., World], seed: int) -> None:
    here = world(faults=FAULTS, seed=seed)
    here.work()
    here.work()
    decisions = here.decisions("--dry-run")
    assert markers(here.amocrm_tasks(), "text") == expected(decisions["demo-amocrm"])
    assert markers(here.bitrix24_tasks(), "description") == expected(decisions["demo-bitrix24"])
    rows = json.loads(here.run("outbox", "list", "--format", "json").stdout)
    assert {row["state"] for row in rows} == {"done"}
