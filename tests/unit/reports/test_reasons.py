"""Reasons of refusals: rows, shares, the window before, each manager's own."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from integrator.reports.reasons import answers, causes, reasons
from tests.unit.metrics.bases import at, deal
from tests.unit.reports.grounds import Ground, window

FORTNIGHT = window("2026-03-15", "2026-03-28")
LIST = [{"id": "1", "name": "Дорого"}, {"id": "2", "name": "Так вышло"}, {"id": "3", "name": "Нет бюджета"}]
MAP = {"Дорого": "price_high", "Нет бюджета": "no_budget"}


def lost(number: int, reason: str | None, day: str = "2026-03-20", **columns: Any) -> dict[str, Any]:
    return deal(number, "lost", f"{day} 12:00", loss_reason_id=reason, responsible_id=7, **columns)


def told(*deals: dict[str, Any], **tables: Any) -> dict[str, Any]:
    settings = {"reason_map": MAP}
    ground = Ground(FORTNIGHT, deals=list(deals), loss_reasons=LIST, settings=settings, **tables)
    return reasons(ground.base.deals, ground.context, FORTNIGHT)


def test_reasons_of_both_windows_have_a_row_the_frequent_first() -> None:
    body = told(
        lost(1, "1"),
        lost(2, "1"),
        lost(3, "3"),
        lost(4, None),
        lost(5, "3", "2026-03-14"),
        lost(6, "3", "2026-03-01"),
        lost(7, "3", "2026-02-28"),
        lost(8, "1", "2026-03-29"),
    )
    assert (body["lost_deals"], body["without_reason"], body["previous_lost_deals"]) == (4, 1, 2)
    assert body["rows"] == [
        {
            "reason": "price_high",
            "name": "Высокая цена",
            "nature": "sales_error",
            "side": "company",
            "count": 2,
            "share_pct": 50.0,
            "previous_count": 0,
        },
        {
            "reason": "no_budget",
            "name": "Нет бюджета",
            "nature": "objective",
            "side": "client",
            "count": 1,
            "share_pct": 25.0,
            "previous_count": 2,
        },
    ]


def test_a_reason_of_the_window_before_alone_has_a_row_of_nought() -> None:
    body = told(lost(1, "1", "2026-03-02"))
    assert [(row["reason"], row["count"], row["share_pct"], row["previous_count"]) for row in body["rows"]] == [
        ("price_high", 0, None, 1)
    ]


def test_an_unmapped_reason_keeps_its_name_and_a_bare_text_has_none() -> None:
    body = told(lost(1, "2"), lost(2, None, reason_text="ушли к соседям"), lost(3, None, reason_text="  "))
    assert {(row["reason"], row["name"], row["nature"]) for row in body["rows"]} == {
        (None, "Так вышло", None),
        (None, None, None),
    }
    assert body["without_reason"] == 1
    assert sum(row["count"] for row in body["rows"]) + body["without_reason"] == body["lost_deals"]


def test_every_manager_has_his_own() -> None:
    body = told(lost(1, "1"), {**lost(2, None), "responsible_id": 8}, {**lost(3, "3"), "responsible_id": None})
    assert [(one["manager_id"], one["lost_deals"], one["without_reason"]) for one in body["by_manager"]] == [
        ("7", 1, 0),
        ("8", 1, 1),
        (None, 1, 0),
    ]
    assert body["by_manager"][0]["rows"][0]["share_pct"] == 100.0


def test_errors_and_obstacles_are_shares_of_what_is_mapped() -> None:
    body = told(lost(1, "1"), lost(2, "3"), lost(3, "3"), lost(4, "2"), lost(5, None))
    shares = {row["nature"]: row["share_pct"] for row in body["by_nature"]}
    assert shares["sales_error"] == pytest.approx(100 / 3)
    assert shares["objective"] == pytest.approx(200 / 3)
    assert {row["side"]: row["count"] for row in body["by_side"]} == {
        "client": 2,
        "company": 1,
        "competitor": 0,
        "none": 0,
    }


def test_won_and_open_deals_are_no_refusals() -> None:
    body = told(deal(1, "won", "2026-03-20 12:00"), deal(2))
    assert body["lost_deals"] == 0
    assert body["rows"] == []


def test_the_commonest_cause_of_a_month_is_the_theme() -> None:
    causes_listed = {
        "price_early": {"ru": "рано назвали цену", "en": "too early"},
        "manner": {"ru": "манера", "en": "manner"},
    }
    settings = {"reason_map": MAP, "lists": {("refusals", "seller_causes"): causes_listed}}
    ground = Ground(FORTNIGHT, deals=[lost(number, "1") for number in (1, 2, 3)], loss_reasons=LIST, settings=settings)
    named = ground.base.deals.with_columns(seller_cause=pl.Series(["price_early", "price_early", "manner"]))
    found = causes(named, ground.context, FORTNIGHT)
    assert [(row["manager_id"], row["month"], row["name"], row["count"], row["theme"]) for row in found] == [
        ("7", "2026-03", "рано назвали цену", 2, True),
        ("7", "2026-03", "манера", 1, False),
    ]


def test_answers_of_clients_stand_apart() -> None:
    day = at("2026-03-20 12:00")
    clients = pl.DataFrame(
        {
            "leaving_answered_at": [day, day, day, at("2026-03-01 12:00"), None],
            "leaving_reason": ["price_high", "price_high", None, "quality", None],
        },
        schema={"leaving_answered_at": pl.Datetime("us", "UTC"), "leaving_reason": pl.String},
    )
    found = answers(clients, Ground(FORTNIGHT).context, FORTNIGHT)
    assert [(row["reason"], row["name"], row["clients"]) for row in found] == [
        ("price_high", "Высокая цена", 2),
        (None, None, 1),
    ]
