"""B1, B3, B9, C4: what is known of a client from his card and his deals."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from integrator.metrics import absence
from tests.unit.metrics.bases import at, client, deal, facts

NOW = "2026-01-01 12:00"
NAMED = frozenset(
    {"client.quarter_volume", "client.need_date", "client.industry", "client.region", "client.partner"}
    | {"client.verified_at", "client.complaint", "client.tax_number", "deal.referrer"}
)


def company(number: int = 1, **columns: Any) -> dict[str, Any]:
    return {"id": number, "name": f"Company {number}", "created_at": at("2025-01-01 12:00"), **columns}


def told(*deals: dict[str, Any], now: str = NOW, params: dict[str, Any] | None = None, **card: Any) -> dict[str, Any]:
    settings = {"fields_named": NAMED, "params": params or {}}
    return client(facts(now, list(deals), settings, companies=[company(**card)]))


def test_the_last_quarter_is_today_and_the_ninety_days_before() -> None:
    first_day, day_before = "2025-10-03 00:10", "2025-10-02 23:50"  # ages 90 and 91
    bought = [deal(1, "won", first_day, amount=100), deal(2, "won", day_before, amount=7)]
    assert told(*bought)["revenue_91"] == 100
    assert told(*bought, now="2026-01-02 12:00")["revenue_91"] == 0


@pytest.mark.parametrize(("stated", "volume"), [("500", 500_00), ("50", 100_00), (None, 100_00)])
def test_the_volume_is_the_larger_of_what_he_says_and_what_he_bought(stated: str | None, volume: int) -> None:
    assert told(deal(1, "won", "2025-12-01 12:00", amount=100_00), quarter_volume=stated)["volume_91"] == volume


@pytest.mark.parametrize(
    ("currency", "set_to", "wanted"),
    [
        ("RUB", None, None),
        ("RUB", 400_000, 400_000_00),
        ("USD", None, 4500_00),
        ("USD", 9000, 9000_00),
        ("RUB", 0, None),
    ],
)
def test_the_threshold_of_volume_has_a_default_in_dollars_alone(
    currency: str, set_to: int | None, wanted: int | None
) -> None:
    settings = {"currency": currency, "params": {"target.min_quarter_volume": set_to}}
    assert client(facts(NOW, [], settings, companies=[company()]))["volume_wanted"] == wanted


def test_purchases_of_a_year_are_days_of_purchase() -> None:
    days = ["2026-01-01 09:00", "2026-01-01 10:00", "2025-01-02 00:10", "2025-01-01 23:50"]  # ages 0, 0, 364, 365
    assert told(*(deal(number, "won", day) for number, day in enumerate(days)))["purchases_365"] == 2


@pytest.mark.parametrize(
    ("created", "dealt", "since", "days"),
    [
        ("2025-10-01 12:00", None, date(2025, 10, 1), 183),
        ("2025-10-01 12:00", "2025-09-30 12:00", date(2025, 9, 30), 184),
        ("2025-10-01 12:00", "2025-10-02 12:00", date(2025, 10, 1), 183),
        ("2025-09-30 23:59", None, date(2025, 9, 30), 184),
        (None, "2025-10-02 12:00", date(2025, 10, 2), 182),
    ],
)
def test_the_need_is_counted_from_the_start_of_work(
    created: str | None, dealt: str | None, since: date, days: int
) -> None:
    deals = [deal(1, created_at=at(dealt))] if dealt else []
    found = told(*deals, created_at=at(created) if created else None, need_date="2026-04-02")
    assert (found["known_since"], found["need_within_days"]) == (since, days)


@pytest.mark.parametrize(
    ("deals", "asked"),
    [
        ([], False),
        ([deal(1)], True),
        ([deal(1, "won", "2025-12-30 12:00")], False),
        ([deal(1, "lost", "2025-07-05 00:10")], True),  # 180 days ago
        ([deal(1, "lost", "2025-07-04 23:50")], False),
        ([deal(1, "lost", "2026-01-02 12:00")], True),  # it is open at now
    ],
)
def test_who_has_a_deal_open_or_lost_of_late_has_asked(deals: list[dict[str, Any]], asked: bool) -> None:
    assert told(*deals)["asked_recently"] is asked


def test_a_card_is_as_fresh_as_its_creation_or_its_verification() -> None:
    verified = told(verified_at="2025-06-01")
    assert (verified["checked_on"], verified["days_since_verified"]) == (date(2025, 6, 1), 214)
    assert told(verified_at="2024-06-01")["checked_on"] == date(2025, 1, 1)
    assert told()["days_since_verified"] == 365
    # What is dated later than now is not seen.
    yet_to_come = told(verified_at="2026-01-02")
    assert (yet_to_come["verified_on"], yet_to_come["checked_on"]) == (None, date(2025, 1, 1))


@pytest.mark.parametrize(
    ("industry", "listed", "unserved"),
    [
        (" Табак ", ["табак", "оружие"], True),
        ("Лёгкая  промышленность", ["легкая промышленность"], True),
        ("Табак и чай", ["табак"], False),
        ("Табак", [], False),
        ("  ", ["табак"], None),
        (None, ["табак"], None),
    ],
)
def test_an_industry_is_served_unless_it_is_listed(industry: str | None, listed: list[str], unserved: bool) -> None:
    params = {"target.industries_not_served": tuple(listed), "target.regions_not_served": tuple(listed)}
    found = told(params=params, industry=industry, region=industry)
    assert (found["industry_not_served"], found["region_not_served"]) == (unserved, unserved)


def test_the_gaps_of_a_card_are_told_in_the_order_that_is_asked_for() -> None:
    empty = told(quarter_volume="не знаю")
    assert empty["profile_gaps"] == "отрасль, регион, сколько берут за квартал у всех поставщиков, когда понадобится"
    assert empty["profile_completeness"] == 0
    some = told(params={"target.profile_fields": ("tax_number", "region", "nothing")}, region="Пермь")
    assert (some["profile_gaps"], some["profile_completeness"]) == ("ИНН", 0.5)
    full = told(industry="IT", region="Пермь", quarter_volume="7", need_date="01.03.2026")
    assert (full["profile_gaps"], full["profile_completeness"]) == (None, 1.0)


def test_fields_that_the_portal_does_not_name_are_not_asked_for() -> None:
    settings = {"fields_named": frozenset({"client.region"}), "language": "en"}
    found = client(facts(NOW, [], settings, companies=[company()]))
    assert (found["profile_gaps"], found["profile_completeness"]) == ("region", 0.0)
    unnamed = client(facts(NOW, [], companies=[company()]))
    assert (unnamed["profile_gaps"], unnamed["profile_completeness"]) == (None, None)
    silent = ("partner", "complaint", "referred_deals")
    assert [unnamed[name] for name in silent] == [None] * 3
    for name in (*silent, "industry", "quarter_volume", "need_within_days", "verified_on"):
        assert "не указано в настройках" in absence.why("client", name, unnamed, ())["ru"]


def test_why_a_fact_of_the_card_is_missing_is_told_by_what_is_there() -> None:
    found = told(quarter_volume="не знаю", industry="IT", region="Пермь", need_date="01.03.2026")
    assert absence.why("client", "quarter_volume", found, NAMED)["en"].startswith("it is empty in the card, or")
    assert absence.why("client", "industry", told(), NAMED) == absence.EMPTY
    full = {"profile_completeness": 1.0}
    assert absence.why("client", "profile_gaps", full, NAMED)["en"] == "all required fields are filled in"
    assert "target.min_quarter_volume" in absence.why("client", "volume_wanted", found, NAMED)["ru"]
    buyer, stranger = {"purchase_count": 2}, {"purchase_count": 0}
    assert absence.why("client", "closeness", buyer, NAMED) != absence.why("client", "closeness", stranger, NAMED)
    twins = [
        absence.why("client", "duplicate_last_purchase_on", one, NAMED) for one in ({}, {"possible_duplicate": "x"})
    ]
    assert twins[0] != twins[1]


@pytest.mark.parametrize(("text", "flag"), [("true", True), ("Да", True), ("нет", False), ("", False), (None, False)])
def test_marks_of_the_card_are_read_as_flags(text: str | None, flag: bool) -> None:
    found = told(partner=text, complaint=text)
    assert (found["partner"], found["complaint"]) == (flag, flag)
