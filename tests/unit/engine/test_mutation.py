"""Of a condition that no example would miss the admin is told, with an example that would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from integrator import bootstrap
from integrator.domain import Group
from integrator.domain import Test as Leaf
from integrator.engine import examples
from integrator.engine.mutation import NOTHING, mutants
from tests.unit.engine.packfiles import loaded, notes, pack, rule

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = (Leaf(name, "exists", value=True) for name in "abc")
BOTH = "{all: [{purchase_count: {gte: 3}}, {open_deals: {eq: 0}}]}"
FIRES = "      - {given: {purchase_count: 3, open_deals: 0}, expect: fires}"
FEW = "      - {given: {purchase_count: 2, open_deals: 0}, expect: silent}"
OPEN = "      - {given: {purchase_count: 3, open_deals: 1}, expect: silent}"


def test_every_condition_of_the_shipped_packs_is_pinned() -> None:
    assert bootstrap.unpinned(bootstrap.rules_at([]), bootstrap.own_packs([])) == []


def test_each_test_is_turned_round_and_left_out() -> None:
    found = list(mutants(Group("all", (A, Group("any", (B, C)))), ("when",)))
    assert [one.path for one in found] == [
        ("when", "all", 0, "a"),
        ("when", "all", 1, "any", 0, "b"),
        ("when", "all", 1, "any", 1, "c"),
    ]
    turned, left_out = (changed for _, changed in found[1].changes)
    assert turned == Group("all", (A, Group("any", (Group("none", (B,)), C))))
    assert left_out == Group("all", (A, Group("any", (C,))))


def test_a_group_of_which_nothing_is_left_is_left_out_with_it() -> None:
    (only,) = (one for one in mutants(Group("all", (A, Group("none", (B,)))), ()) if one.test == B)
    assert only.changes[1][1] == Group("all", (A,))
    (alone,) = mutants(A, ())
    assert alone.changes[1][1] == NOTHING


@pytest.mark.parametrize(
    ("given", "loose"),
    [
        ([FIRES, FEW, OPEN], []),
        ([FIRES, FEW], ["open_deals eq 0"]),
        ([FIRES], ["purchase_count gte 3", "open_deals eq 0"]),
        ([], ["purchase_count gte 3", "open_deals eq 0"]),
    ],
)
def test_a_test_is_pinned_by_examples_it_alone_decides(tmp_path: Path, given: list[str], loose: list[str]) -> None:
    found = notes(tmp_path, pack("", rule("mine", BOTH, examples="\n".join(given))))
    assert [one.split('no example pins "')[1].split('"')[0] for one in found] == loose


def test_the_note_stands_at_the_test(tmp_path: Path) -> None:
    text = pack("", rule("mine", BOTH, examples=f"{FIRES}\n{FEW}"))
    (note,) = notes(tmp_path, text)
    line = next(number for number, one in enumerate(text.splitlines(), 1) if "when:" in one)
    column = text.splitlines()[line - 1].index("open_deals") + 1
    assert note == (
        f"{tmp_path / 'shop' / 'pack.yaml'}:{line}:{column}: rule shop/mine: no example pins "
        '"open_deals eq 0" (left out, all examples come out the same); this one would: '
        "- {given: {purchase_count: 3, open_deals: 1}, expect: silent}"
    )


def test_money_is_told_in_whole_units(tmp_path: Path) -> None:
    (note,) = notes(tmp_path, pack("", rule("mine", "{average_purchase: {between: [99.50, 500]}}")))
    assert 'no example pins "average_purchase between [99.5, 500]"' in note


@pytest.mark.parametrize(
    "when",
    [
        BOTH,
        "{any: [{blacklisted: {eq: true}}, {none: [{days_silent: {lt: 30}}, {average_purchase: {lt: 99.50}}]}]}",
        "{days_silent: {gte: {metric: lost_threshold_days}}}",
        "{all: [{last_purchase_on: {within_days: 30}}, {last_refusal_at: {older_than_days: 60}}]}",
        "{all: [{purchase_period_source: {in: [own, default]}}, {last_purchase_on: {lt: 2026-01-01}}]}",
        "{none: [{all: [{revenue_total: {between: [100, 200]}}, {last_refusal_at: {exists: false}}]}]}",
    ],
)
def test_the_examples_it_offers_hold_and_pin_every_test(tmp_path: Path, when: str) -> None:
    given: list[str] = []
    for _ in range(3):
        text = pack("", rule("mine", when, examples="\n".join(given)))
        found = notes(tmp_path, text)
        given += [f"      {one.split('this one would: ')[1]}" for one in found]
    assert found == []
    assert examples.run(loaded(tmp_path, pack("", rule("mine", when, examples="\n".join(given))))) == []


def test_a_test_that_makes_no_difference_cannot_be_pinned(tmp_path: Path) -> None:
    when = "{all: [{purchase_count: {gte: 3}}, {purchase_count: {gte: 1}}]}"
    given = "      - {given: {purchase_count: 3}, expect: fires}\n      - {given: {purchase_count: 2}, expect: silent}"
    found = notes(tmp_path, pack("", rule("mine", when, examples=given)))
    assert found == []


CALL = "templates:\n  call:\n" + "".join(f"    {part}: {{ru: а, en: b}}\n" for part in ("title", "why", "closes"))
ASKS = (
    "{task: {template: call, due: {working_days: 1}, only: {all: [{blacklisted: {ne: true}}, {open_deals: {eq: 0}}]}}}"
)
QUIET = "      - {given: {days_silent: 90, blacklisted: false, open_deals: 0}, expect: fires, task: true}\n"
SHORT = "      - {given: {days_silent: 89}, expect: silent}\n"


def asking(given: str) -> str:
    return pack("", rule("mine", "{days_silent: {gte: 90}}", ASKS, examples=given.rstrip("\n")), tail=CALL)


def test_examples_that_tell_of_the_task_must_pin_what_it_depends_on(tmp_path: Path) -> None:
    given, found = QUIET + SHORT, notes(tmp_path, asking(QUIET + SHORT))
    assert [one.split('no example pins "')[1].split('"')[0] for one in found] == [
        "blacklisted ne true",
        "open_deals eq 0",
    ]
    assert all("of its task (left out, all examples come out the same); this one would: " in one for one in found)
    line = next(number for number, one in enumerate(asking(given).splitlines(), 1) if "then:" in one)
    column = asking(given).splitlines()[line - 1].index("open_deals") + 1
    assert f"pack.yaml:{line}:{column}: " in found[1]
    given += "".join(f"      {one.split('this one would: ')[1]}\n" for one in found)
    assert notes(tmp_path, asking(given)) == []
    assert examples.run(loaded(tmp_path, asking(given))) == []


def test_examples_that_say_nothing_of_the_task_pin_the_rule_alone(tmp_path: Path) -> None:
    assert notes(tmp_path, asking(QUIET.replace(", task: true", "") + SHORT)) == []


def test_an_example_whose_task_is_another_fails(tmp_path: Path) -> None:
    wrong = asking(QUIET.replace("blacklisted: false", "blacklisted: true"))
    (failure,) = examples.run(loaded(tmp_path, wrong))
    assert "shop/mine, example 1: expected its task, got no task (blacklisted is True, ne True: false;" in str(failure)
    (other,) = examples.run(loaded(tmp_path, asking(QUIET.replace("task: true", "task: false"))))
    assert "expected no task, got its task" in str(other)
