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

MARKER = re.compile(r"№[0-9a-f]{12}$")
FAULTS = "429:0.05,500:0.05,reset:0.02,lost_reply:0.05,late_apply:0.02,html:0.01"


def markers(tasks: list[dict[str, Any]], field: str) -> Counter[str]:
    return Counter(found[0] for task in tasks if (found := MARKER.search(task[field] or "")))


def expected(decisions: list[dict[str, Any]]) -> Counter[str]:
    return Counter("№" + task["key"][:12] for line in decisions for task in line["tasks"])


def comparable(line: dict[str, Any]) -> dict[str, Any]:
    """Drop what differs by nature: the portal and what is hashed with it."""
    tasks = [{**task, "key": "", "text": MARKER.sub("", task["text"])} for task in line["tasks"]]
    return {**line, "portal": "", "ruleset": "", "at": "", "tasks": tasks}


def test_the_same_business_gives_the_same_decisions_in_both_crms(world: Callable[..., World]) -> None:
    here = world()
    here.run("sync")
    decisions = here.decisions("--dry-run", "--at", "2026-11-20T15:00:00+03:00")
    amo = [comparable(line) for line in decisions["demo-amocrm"]]
    b24 = [comparable(line) for line in decisions["demo-bitrix24"]]
    assert len(amo) == len(b24) > 300
    for left, right in zip(amo, b24, strict=True):
        assert left == right
    findings = Counter(one["finding"] for line in amo for one in line["findings"])
    assert findings.keys() >= {"refusal_reason_missing", "refusal_reason_subjective"}
    assert {line["classes"].get("lifecycle") for line in amo} >= {
        "never_bought",
        "active",
        "at_risk",
        "lost",
        "returned",
    }
    assert {line["classes"].get("win_back") for line in amo} >= {"first", "must", "if_possible", "let_go"}


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
    assert first["demo-amocrm"]["created"] == first["demo-bitrix24"]["created"] > 10
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
