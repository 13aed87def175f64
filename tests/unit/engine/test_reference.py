"""The meaning of conditions: strong Kleene logic, with nothing compared across kinds of values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from integrator.domain import Group, Truth
from integrator.domain import Test as Leaf
from integrator.engine.operators import OPERATORS
from integrator.engine.reference import ReferenceEngine, evaluate, trace

if TYPE_CHECKING:
    from integrator.domain import Condition

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
LEAVES: dict[Truth, Condition] = {T: Leaf("known", "eq", 1), F: Leaf("known", "eq", 2), U: Leaf("missing", "eq", 1)}


@pytest.mark.parametrize(
    ("join", "parts", "truth"),
    [
        ("all", (T, T), T), ("all", (T, F), F), ("all", (T, U), U), ("all", (F, U), F), ("all", (U, U), U),
        ("any", (F, F), F), ("any", (T, F), T), ("any", (T, U), T), ("any", (F, U), U), ("any", (U, U), U),
        ("none", (F, F), T), ("none", (T, F), F), ("none", (T, U), F), ("none", (F, U), U), ("none", (U, U), U),
    ],
)  # fmt: skip
def test_groups_are_three_valued(join: str, parts: tuple[Truth, ...], truth: Truth) -> None:
    assert evaluate(Group(join, tuple(LEAVES[part] for part in parts)), {"known": 1}) is truth


@pytest.mark.parametrize(
    ("op", "value", "fact", "truth"),
    [
        ("eq", 7, 7.0, T), ("eq", 7, Decimal("7.00"), T), ("ne", 7, 7.0, F), ("gte", 7, Decimal("6.9999"), F),
        ("lt", 0.1, Decimal("0.1"), T), ("gte", Fraction(4, 3), 4 / 3, F), ("gt", 2**53, 2**53 + 1, T),
        ("lte", 5, float("-inf"), T), ("eq", 1, True, U), ("eq", True, 1, U), ("eq", "5", 5, U), ("eq", 5, "5", U),
        ("eq", "Дорого", "Дорого", T), ("eq", "Дорого", "дорого", F), ("lt", "б", "а", U), ("eq", 5, float("nan"), U),
        ("eq", 5, None, U), ("ne", 5, None, U), ("in", (1, 2), 2, T), ("in", (1, 2), 3, F), ("in", (1, 2), None, U),
        ("not_in", ("a", "b"), "c", T), ("not_in", ("a", "b"), "a", F), ("in", (1, "a"), 1, U), ("in", (), 1, U),
        ("exists", True, 0, T), ("exists", True, None, F), ("exists", False, None, T), ("exists", False, "", F),
        ("exists", True, float("nan"), F),
        ("between", (3, 10), 3, T), ("between", (3, 10), 10.0, T), ("between", (3, 10), 10.5, F),
        ("between", (3, 10), None, U), ("not_between", (3, 10), 2, T), ("not_between", (3, 10), 4, F),
        ("between", (date(2026, 1, 1), date(2026, 2, 1)), date(2026, 1, 15), T), ("between", (1, "a"), 1, U),
        ("mentions", ("дорого",), "Слишком ДОРОГАЯ доставка", T), ("mentions", ("дорого",), "не очень дорого", F),
        ("mentions", ("дорого",), None, U), ("not_mentions", ("дорого",), "цена устроила", T),
        ("not_mentions", ("дорого",), 7, U), ("matches", "заказ [0-9]+", "ЗАКАЗ 15", T),
        ("matches", "^заказ$", "заказ 15", F), ("not_matches", "[0-9]", "без цифр", T), ("matches", ".", None, U),
        ("gte", date(2026, 1, 1), date(2026, 1, 1), T), ("gte", date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), U),
        ("lt", datetime(2026, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC), T),
        ("lt", datetime(2026, 1, 1, tzinfo=UTC), datetime(2025, 12, 31), U),
    ],
)  # fmt: skip
def test_a_test_compares_exactly_and_only_like_with_like(op: str, value: Any, fact: Any, truth: Truth) -> None:
    assert evaluate(Leaf("m", op, value), {"m": fact}) is truth


NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fact", "within", "older"),
    [
        (NOW - timedelta(days=30), T, F), (NOW - timedelta(days=30, microseconds=1), F, T),
        (NOW + timedelta(days=1), T, F), (date(2026, 1, 30), T, F), (date(2026, 1, 29), F, T),
        (None, U, U), (5, U, U), ("2026-02-01", U, U),
    ],
)  # fmt: skip
def test_days_gone_by_are_counted_to_the_instant_or_the_day_of_deciding(fact: Any, within: Truth, older: Truth) -> None:
    facts = {"m": fact, "now": NOW, "today": date(2026, 3, 1)}
    assert evaluate(Leaf("m", "within_days", 30), facts) is within
    assert evaluate(Leaf("m", "older_than_days", 30), facts) is older
    assert evaluate(Leaf("m", "within_days", 30), {"m": fact}) is U


def test_metrics_are_compared_with_each_other() -> None:
    silent = Leaf("days_silent", "gte", None, "threshold")
    assert evaluate(silent, {"days_silent": 122, "threshold": 121.3}) is T
    assert evaluate(silent, {"days_silent": 121, "threshold": 121.3}) is F
    assert evaluate(silent, {"days_silent": 121}) is U
    assert evaluate(silent, {"days_silent": 121, "threshold": "much"}) is U


def test_the_opposite_of_an_operator_is_its_negation() -> None:
    for name, operator in OPERATORS.items():
        assert OPERATORS[operator.opposite].opposite == name
    for name in ("eq", "lt", "gt"):
        for fact in (1, 2, 3):
            one, other = Leaf("m", name, 2), Leaf("m", OPERATORS[name].opposite, 2)
            assert {evaluate(one, {"m": fact}), evaluate(other, {"m": fact})} == {T, F}


def test_a_trace_shows_every_part_with_what_was_seen() -> None:
    condition = Group("all", (Leaf("a", "gte", 5), Group("none", (Leaf("b", "eq", None, "c"), Leaf("d", "eq", "x")))))
    tree = trace(condition, {"a": 4, "b": 1, "c": 1})
    assert (tree.truth, tree.join, tree.path) == (F, "all", "")
    first, second = tree.parts
    assert (first.path, first.truth, first.seen) == ("all/0", F, 4)
    assert (second.path, second.truth) == ("all/1", F)
    assert [(part.path, part.truth, part.seen, part.seen_other) for part in second.parts] == [
        ("all/1/none/0", T, 1, 1),
        ("all/1/none/1", U, None, None),
    ]


def test_the_reference_engine_fires_rules_that_are_true_and_no_others() -> None:
    matcher = ReferenceEngine().load(dict(zip("tfu", LEAVES.values(), strict=True)))
    assert matcher.fired({"known": 1}) == {"t"}
