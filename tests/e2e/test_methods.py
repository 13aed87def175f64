"""The demo shows every method: each class and each finding that the shipped packs declare comes up in it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from integrator import bootstrap
from tests.e2e.test_steps import EVENING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.e2e.conftest import World

Lines = list[dict[str, Any]]
MOST_A_DAY = 25
# It asks about a refusal ninety days old that was seen when it was fresh: no first day has one.
NO_TASK_ON_A_FIRST_DAY = {"refusals/come_back_late"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_whole_demo_shows_every_method(world: Callable[..., World]) -> None:
    here = world(customers=None)
    here.look_twice()
    for lines in here.decisions("--dry-run", "--at", EVENING).values():
        every_class_is_there(lines)
        every_finding_is_there(lines)
        every_kind_of_task_is_there(lines)
        what_is_behind_is_told(lines)
        nobody_is_flooded(lines)


def every_class_is_there(lines: Lines) -> None:
    seen = {(dimension, value) for line in lines for dimension, value in line["classes"].items()}
    declared = {
        (dimension.name, value)
        for dimension in bootstrap.rules_at([]).dimensions.values()
        for value in dimension.values
    }
    assert declared - seen == set()


def every_finding_is_there(lines: Lines) -> None:
    seen = {one["finding"] for line in lines for one in line["findings"]}
    declared = {rule.finding for rule in bootstrap.rules_at([]).rules if rule.finding}
    assert declared - seen == set()


def every_kind_of_task_is_there(lines: Lines) -> None:
    seen = {task["rule"] for line in lines for task in line["tasks"]}
    declared = {rule.full for rule in bootstrap.rules_at([]).rules if rule.task}
    assert declared - seen == NO_TASK_ON_A_FIRST_DAY


def what_is_behind_is_told(lines: Lines) -> None:
    told = evidence(lines, "refusal_contradicts_catalogue")
    assert any("Плед" in str(one["catalogue_item"]) for one in told)
    assert all(one["successor"] for one in evidence(lines, "client_left_behind"))
    assert any(
        line["metrics"].get("possible_duplicate") for line in lines if line["classes"].get("lifecycle") == "lost"
    )
    assert any(line["metrics"].get("uneconomic") is False for line in lines)
    assert any(line["metrics"].get("fixation_7") for line in lines)
    barred = {line["subject"] for line in lines if line["classes"].get("target") == "non_target"}
    labelled = [line for line in lines if line["metrics"].get("reason_is_label") and not line["findings"]]
    # The label on a refusal of who is none of ours by facts says the truth.
    assert barred
    assert labelled
    assert all(line["metrics"]["loss_reason_name"] for line in labelled)


def nobody_is_flooded(lines: Lines) -> None:
    """Even the first day, which finds what nobody has looked at for two years, asks for no more than can be done."""
    tasks = [task for line in lines for task in line["tasks"]]
    on_a_day = Counter((task["responsible_id"], task["due_at"][:10]) for task in tasks)
    assert max(on_a_day.values()) <= MOST_A_DAY


def evidence(lines: Iterable[dict[str, Any]], finding: str) -> Lines:
    return [one["evidence"] for line in lines for one in line["findings"] if one["finding"] == finding]
