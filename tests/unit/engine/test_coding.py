"""What some rules tell apart says what fewer of them tell apart, and conditions are grouped whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrator.domain import Group
from integrator.domain import Test as Leaf
from integrator.engine.classes import evaluate
from integrator.engine.coding import Coding, coarser, key
from integrator.engine.grouping import MOST_RULES, grouped, rounded
from integrator.engine.reference import ReferenceEngine

from .building import one_by_one, rule, ruleset
from .strategies import conditions, facts, rules

if TYPE_CHECKING:
    from integrator.domain import Condition


def last(code: int | None, kinds: int) -> int:
    return kinds - 1 if code is None else code


@settings(max_examples=150, deadline=None)
@given(st.lists(conditions(most=6), min_size=1, max_size=5), st.lists(facts(), min_size=1, max_size=10))
def test_codes_of_many_rules_hold_those_of_each(many: list[Condition], seen: list[dict[str, Any]]) -> None:
    wide = {key(axis): axis for axis in Coding.of(many).axes}
    for axis in Coding.of(many[:1]).axes:
        wider = wide[key(axis)]
        numbers = coarser(wider, axis)
        assert len(numbers) == wider.kinds
        for one in seen:
            assert numbers[last(wider.code(one), wider.kinds)] == last(axis.code(one), axis.kinds)


@pytest.mark.parametrize(
    ("op", "value", "codes"),
    [("gte", 5, (0, 1, 1)), ("lt", 5, (0, 1, 1)), ("gt", 5, (0, 0, 1)), ("lte", 5, (0, 0, 1)), ("eq", 5, (0, 1, 2))],
)
def test_only_what_a_test_asks_is_told_apart(op: str, value: int, codes: tuple[int, ...]) -> None:
    (axis,) = Coding.of((Leaf("a", op, value),)).axes
    assert tuple(axis.code({"a": number}) for number in (4, 5, 6)) == codes


@settings(max_examples=50, deadline=None)
@given(rules(conditions(), most=60), st.integers(0, 10**7))
def test_every_condition_is_in_one_group(made: dict[str, Condition], rows: int) -> None:
    groups = grouped(made, rows)
    assert sorted(id_ for group in groups for id_ in group) == sorted(made)
    assert all(len(group) <= MOST_RULES for group in groups)
    assert rounded(rows) >= rows


def test_rules_that_share_metrics_are_decided_together() -> None:
    far = {f"far{n}": Leaf(f"m{n}", "in", tuple(range(300))) for n in range(4)}
    near = {f"near{n}": Leaf("a", "gte", n) for n in range(4)}
    mixed = dict(pair for pairs in zip(far.items(), near.items(), strict=True) for pair in pairs)
    found = grouped(mixed, 10**6)
    assert list(near) in [[id_ for id_ in group if id_ in near] for group in found]
    assert all(len(group.keys() & far.keys()) <= 1 for group in found)


@pytest.mark.parametrize("size", [13, 300])
def test_many_words_are_told_apart(size: int) -> None:
    words = [f"w{n}" for n in range(size)]
    made = ruleset(
        [
            rule("in", Leaf("a", "in", tuple(words))),
            rule("out", Group("all", (Leaf("a", "not_in", tuple(words)), Leaf("b", "ne", 1)))),
            rule("last", Leaf("a", "eq", words[-1])),
        ]
    )
    frame = pl.DataFrame({"a": [*words, "other", None], "b": [None, *range(size), 2]})
    found = evaluate(made, "client", frame, ReferenceEngine())
    for row, verdicts in zip(frame.iter_rows(named=True), found.iter_rows(named=True), strict=True):
        assert verdicts == one_by_one(made, row)
