"""A rule fires once its condition held long enough, and stays until it is let go."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrator.domain import Test as Leaf
from integrator.domain import Truth
from integrator.engine.holding import Seen, replay
from integrator.engine.ruleset import Keep

START = date(2026, 1, 1)
UNTIL = Leaf("n", "eq", 0)
TRUTHS = {"T": Truth.TRUE, "F": Truth.FALSE, "U": Truth.UNKNOWN, "C": Truth.FALSE}


def history(days: str) -> list[Seen]:
    """One evaluation a day: T, F and U are what the condition is, C is FALSE with the clearing condition TRUE."""
    return [
        Seen(START + timedelta(days=day), TRUTHS[one], Truth.TRUE if one == "C" else Truth.FALSE)
        for day, one in enumerate(days)
    ]


@pytest.mark.parametrize(
    ("days", "for_days", "keep", "fires"),
    [
        ("T", None, None, True), ("F", None, None, False), ("U", None, None, False), ("TF", None, None, False),
        ("T", 2, None, False), ("TT", 2, None, False), ("TTT", 2, None, True), ("TTFT", 2, None, False),
        ("TUTT", 2, None, False), ("TTTT", 2, None, True),
        ("TF", None, Keep(UNTIL), True), ("TFFFFF", None, Keep(UNTIL), True), ("TFC", None, Keep(UNTIL), False),
        ("TFCF", None, Keep(UNTIL), False), ("FF", None, Keep(UNTIL), False), ("TU", None, Keep(UNTIL), True),
        ("TFF", None, Keep(days=3), True), ("TFFF", None, Keep(days=3), False), ("TFTFF", None, Keep(days=3), True),
        ("TFC", None, Keep(days=9), True), ("TFC", None, Keep(UNTIL, 9), False), ("TFFF", None, Keep(UNTIL, 3), False),
        ("TTTFT", 2, Keep(days=3), True), ("TTTCT", 2, Keep(UNTIL), False), ("TF", 1, Keep(UNTIL), False),
    ],
)  # fmt: skip
def test_what_was_before_decides_with_what_is_now(
    days: str, for_days: int | None, keep: Keep | None, *, fires: bool
) -> None:
    assert replay(history(days), for_days, keep).fires is fires


@given(st.text("TFUC", max_size=20))
def test_without_a_time_a_rule_fires_when_its_condition_is_true(days: str) -> None:
    assert replay(history(days)).fires is days.endswith("T")


@given(st.text("TFUC", max_size=20), st.integers(1, 9), st.integers(1, 9))
def test_a_longer_wait_never_fires_earlier_and_a_longer_stay_never_ends_sooner(days: str, few: int, more: int) -> None:
    short, long = sorted((few, more))
    seen = history(days)
    assert replay(seen, short).fires or not replay(seen, long).fires
    assert replay(seen, None, Keep(days=long)).fires or not replay(seen, None, Keep(days=short)).fires
