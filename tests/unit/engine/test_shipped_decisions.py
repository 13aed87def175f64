"""The packs refusals and win_back decide as the methods say, each case by its facts."""

from __future__ import annotations

from itertools import product
from typing import Any

import polars as pl
import pytest

from integrator import metrics, packs
from integrator.engine.classes import evaluate
from integrator.engine.durable import choose
from integrator.engine.loader import load

# The packs are tried without the others' tasks; classes that these rules read are decided beside them.
TRIED = (
    "refusals/reason_missing",
    "refusals/reason_subjective",
    "win_back/returned",
    "win_back/first",
    "win_back/must",
)
RULES = load(packs.find([packs.shipped()]), metrics.METRICS, only=TRIED)
EMPTY: dict[str, dict[str, Any]] = {
    subject: {name: None for of, name in metrics.METRICS if of == subject} for subject in ("client", "deal")
}
DTYPES: dict[str, Any] = {
    "integer": pl.Int64, "number": pl.Float64, "money": pl.Int64, "string": pl.String, "boolean": pl.Boolean,
    "date": pl.Date, "instant": pl.Datetime("us", "UTC"),
}  # fmt: skip


def decide(subject: str, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    schema = {name: DTYPES[metric.type] for (of, name), metric in metrics.METRICS.items() if of == subject}
    frame = pl.DataFrame([EMPTY[subject] | row for row in rows], schema=schema)
    return evaluate(RULES, subject, frame, choose()).to_dicts()


def fired(row: dict[str, Any], prefix: str = "rule.") -> set[str]:
    return {name.removeprefix(prefix) for name, value in row.items() if name.startswith(prefix) and value is True}


@pytest.mark.parametrize(
    ("facts", "finding"),
    [
        ({}, "reason_missing"),
        ({"loss_reason": "other", "loss_reason_name": "Другое"}, "reason_missing"),
        ({"loss_reason": "other", "loss_reason_name": "Другое", "reason_text": "Закрыли склад"}, None),
        ({"loss_reason": "price_high", "loss_reason_name": "Дорого"}, None),
        ({"loss_reason_name": "Не сопоставлено"}, None),
        ({"reason_text": "Закрыли склад"}, None),
        ({"loss_reason_name": "Нецелевой", "reason_is_label": True}, "reason_subjective"),
        ({"reason_text": "просто посмотреть", "reason_is_label": True}, "reason_subjective"),
        ({"loss_reason": "other", "loss_reason_name": "Нецелевой", "reason_is_label": True}, "reason_missing"),
    ],
)
def test_a_refusal_gets_one_finding_and_its_task_while_it_is_fresh(facts: dict[str, Any], finding: str | None) -> None:
    lost = {"outcome": "lost", "reason_is_label": False, **facts}
    fresh, last, late = decide("deal", *({**lost, "refusal_seen_after_days": days} for days in (0, 30, 31)))
    expected = {f"refusals/{finding}"} if finding else set()
    assert fired(fresh) == fired(last) == fired(late) == expected
    assert fired(fresh, "task.") == fired(last, "task.") == expected
    assert fired(late, "task.") == set()


def test_open_and_won_deals_get_nothing() -> None:
    for row in decide("deal", {"outcome": "open"}, {"outcome": "won"}):
        assert fired(row) == set()


BUYER = {
    "purchase_count": 4, "days_silent": 100, "lost_threshold_days": 121.33333333333333, "purchase_period_days": 91.0,
    "return_window_days": 182.0, "abc_share_above": 0.0, "revenue_variation": 0.05, "refusal_closes_door": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "lifecycle"),
    [
        ({"purchase_count": 0, "days_silent": None, "purchase_period_days": None}, "never_bought"),
        ({"days_silent": 123}, "lost"),
        ({"days_silent": 121}, "at_risk"),
        ({"days_silent": 91}, "active"),
        ({"days_silent": 92}, "at_risk"),
        ({"days_silent": 121, "days_since_return": 121}, "returned"),
        ({"days_silent": 10, "days_since_return": 182}, "returned"),
        ({"days_silent": 10, "days_since_return": 183}, "active"),
        ({"days_silent": 123, "days_since_return": 123}, "lost"),
    ],
)
def test_the_first_state_that_holds_is_the_lifecycle(facts: dict[str, Any], lifecycle: str) -> None:
    (row,) = decide("client", {**BUYER, **facts})
    assert row["class.lifecycle"] == lifecycle


def test_who_never_bought_has_neither_value_nor_steadiness() -> None:
    nobody, one_purchase = decide("client", {"purchase_count": 0}, {**BUYER, "revenue_variation": None})
    assert (nobody["class.abc"], nobody["class.xyz"]) == (None, None)
    assert (one_purchase["class.abc"], one_purchase["class.xyz"]) == ("A", "Z")


@pytest.mark.parametrize(
    ("share", "variation", "abc", "xyz"),
    [(0.7999, 0.1, "A", "X"), (0.8, 0.1001, "B", "Y"), (0.9499, 0.25, "B", "Y"), (0.95, 0.2501, "C", "Z")],
)
def test_boundaries_of_value_and_steadiness(share: float, variation: float, abc: str, xyz: str) -> None:
    (row,) = decide("client", {**BUYER, "abc_share_above": share, "revenue_variation": variation})
    assert (row["class.abc"], row["class.xyz"]) == (abc, xyz)


WIN_BACK = {
    "AX": "first", "AY": "first", "AZ": "must", "BX": "must", "BY": "must",
    "BZ": "if_possible", "CX": "if_possible", "CY": "let_go", "CZ": "let_go",
}  # fmt: skip
SHARES = {"A": 0.0, "B": 0.9, "C": 0.99}
VARIATIONS = {"X": 0.0, "Y": 0.2, "Z": 2.0}


@pytest.mark.parametrize("blacklisted", [None, False])
def test_every_lost_client_has_one_place_in_the_queue(blacklisted: bool | None) -> None:
    pairs = list(product(SHARES, VARIATIONS))
    lost = {**BUYER, "days_silent": 400, "blacklisted": blacklisted}
    rows = decide(
        "client", *({**lost, "abc_share_above": SHARES[a], "revenue_variation": VARIATIONS[x]} for a, x in pairs)
    )
    assert {a + x: row["class.win_back"] for (a, x), row in zip(pairs, rows, strict=True)} == WIN_BACK
    for row in rows:
        place = row["class.win_back"]
        assert fired(row, "task.") == ({f"win_back/{place}"} if place in {"first", "must"} else set())


def test_who_is_not_lost_has_no_place_in_the_queue() -> None:
    for row in decide("client", BUYER, {"purchase_count": 0}, {**BUYER, "days_silent": 10, "days_since_return": 10}):
        assert row["class.win_back"] is None
        assert not fired(row, "task.") & {"win_back/first", "win_back/must"}


@pytest.mark.parametrize("reason", ["blacklisted", "refusal_closes_door"])
def test_whom_nobody_should_call_is_let_go(reason: str) -> None:
    (row,) = decide("client", {**BUYER, "days_silent": 400, reason: True})
    assert row["class.win_back"] == "let_go"
    assert fired(row, "task.") == set()


def test_who_returned_gets_care_unless_blacklisted() -> None:
    back = {**BUYER, "days_silent": 5, "days_since_return": 5}
    unnamed, not_listed, listed = decide("client", *({**back, "blacklisted": one} for one in (None, False, True)))
    assert fired(unnamed, "task.") == fired(not_listed, "task.") == {"win_back/returned"}
    assert fired(listed, "task.") == set()


def test_a_missing_reason_is_shown_as_the_contract_shows_it() -> None:
    assert RULES.rule("refusals/reason_missing").evidence == ("outcome", "loss_reason")
