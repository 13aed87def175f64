"""Why clients and deals of the emulated CRMs are decided about as they are, and the rules as a document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import World

PORTAL = "demo-amocrm"
ENOUGH = 3


def explained(here: World, subject: str, *more: str) -> dict[str, Any]:
    done = here.run("explain", "--portal", PORTAL, "--subject", subject, "--format", "json", *more)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_subjects_are_explained_and_the_rules_told(world: Callable[..., World]) -> None:
    here = world()
    here.run("sync")
    assert "integrator evaluate" in here.run("rules", "document", "--portal", PORTAL).stdout
    lines = here.decisions()[PORTAL]
    here.run("deliver")
    a_lost_client(here, lines)
    a_refusal(here, lines)
    the_same_verdicts(here, lines)
    another_instant(here, lines)
    what_is_not_there(here)
    the_document(here, lines)


def a_lost_client(here: World, lines: list[dict[str, Any]]) -> None:
    lost = next(line for line in lines if line["classes"].get("win_back") in {"first", "must"} and line["tasks"])
    told = explained(here, lost["subject"])
    assert told["classes"]["lifecycle"]["by"] == "win_back/lost"
    by_rule = {one["rule"]: one for one in told["rules"]}
    assert all(one["rule"].partition("/")[0] in one["source"] for one in told["rules"])
    (task,) = lost["tasks"]
    asked = by_rule[task["rule"]]["task"]
    assert (asked["key"], asked["due"]) == (task["key"], True)
    assert [(one["action"], one["state"]) for one in asked["outbox"]] == [("create", "done")]
    assert by_rule["win_back/lost"]["fired"]
    assert by_rule["win_back/lost"]["anchor"]["since"]
    risk = by_rule["win_back/at_risk"]
    assert (risk["result"], risk["decided_by"]) == ("true", "win_back/lost")
    changed = risk["flips"][0]["changes"][0]
    assert (changed["metric"], changed["seen"]) == ("days_silent", lost["metrics"]["days_silent"])

    text = here.run("explain", "--portal", PORTAL, "--subject", lost["subject"], "--format", "table").stdout
    assert "Жизнь клиента: потерян, потому что молчание:" in text
    assert "Задача стоит в CRM, номер" in text
    assert "Сработало бы: молчание:" in text


def a_refusal(here: World, lines: list[dict[str, Any]]) -> None:
    rule = "refusals/reason_missing"
    refused = next(line for line in lines if any(task["rule"] == rule for task in line["tasks"]))
    (only,) = explained(here, refused["subject"], "--rule", rule)["rules"]
    assert only["fired"]
    assert [one["cleared_at"] for one in only["findings"]] == [None]
    assert only["anchor"]["metric"] == "closed_at"
    assert only["task"]["outbox"]


def the_same_verdicts(here: World, lines: list[dict[str, Any]]) -> None:
    kinds: dict[tuple[str | None, ...], dict[str, Any]] = {}
    for line in lines:
        findings = [one["finding"] for one in line["findings"]]
        kinds.setdefault((line["subject"].partition(":")[0], line["classes"].get("lifecycle"), *findings), line)
    for line in list(kinds.values())[-ENOUGH:]:
        told = explained(here, line["subject"])
        assert {name: one["value"] for name, one in told["classes"].items() if one["value"]} == line["classes"]
        due = {one["rule"]: one["task"]["key"] for one in told["rules"] if one["task"] and one["task"]["due"]}
        assert due == {task["rule"]: task["key"] for task in line["tasks"]}


def another_instant(here: World, lines: list[dict[str, Any]]) -> None:
    lost = next(line for line in lines if line["classes"].get("lifecycle") == "lost")
    before = explained(here, lost["subject"], "--at", f"{lost['metrics']['last_purchase_on']}T23:59:00+03:00")
    assert before["classes"]["lifecycle"]["value"] != "lost"


def what_is_not_there(here: World) -> None:
    ask = ("explain", "--portal", PORTAL, "--subject")
    assert "has no deal:1" in here.run(*ask, "deal:1", status=1).output
    wrong = here.run(*ask, "deal:10001", "--rule", "refusals/reason_mising", status=2).output
    assert 'did you mean "refusals/reason_missing"' in wrong
    assert "is about each client" in here.run(*ask, "deal:10001", "--rule", "win_back/lost", status=2).output
    assert "has no lead:1" in here.run(*ask, "lead:1", status=1).output
    assert "person:1" in here.run(*ask, "person:1", status=2).output


def the_document(here: World, lines: list[dict[str, Any]]) -> None:
    lost = sum(line["classes"].get("lifecycle") == "lost" for line in lines)
    text = here.run("rules", "document", "--portal", PORTAL).stdout.replace("\xa0", " ")
    assert f"#### Потерян — {lost} клиент" in text
    page = here.run("rules", "document", "--portal", PORTAL, "--format", "html", "--language", "en").stdout
    assert page.startswith('<!doctype html>\n<html lang="en">')
    assert "Clients lost and won back" in page
