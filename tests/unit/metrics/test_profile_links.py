"""Cards that belong together: who brought whom (B10), and who may be in the base twice."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.unit.metrics.bases import at, client, deal, facts

NOW = "2026-01-01 12:00"
NAMED = {"fields_named": frozenset({"deal.referrer"})}
BORN = at("2025-01-01 12:00")


def cards(*names: str, **columns: Any) -> list[dict[str, Any]]:
    return [{"id": place, "name": name, "created_at": BORN, **columns} for place, name in enumerate(names, 1)]


def referred(*referrers: str | None) -> dict[tuple[str, int], int]:
    """How many deals of company 9 are counted for whom."""
    deals = [deal(place, company_id=9, referrer=text) for place, text in enumerate(referrers, 1)]
    people = [{"id": 12, "name": "Фёдор Крюк", "created_at": BORN}]
    companies = [
        {"id": number, "name": name, "created_at": BORN} for number, name in ((9, "Купец"), (12, "Бюро «Ось»"))
    ]
    found = facts(NOW, deals, NAMED, companies=companies, contacts=people).clients
    rows = found.filter(found["referred_deals"] > 0).iter_rows(named=True)
    return {(row["kind"], row["id"]): row["referred_deals"] for row in rows}


@pytest.mark.parametrize("text", ["company:12", "CO_12", "co_12", " бюро  «ось» "])
def test_a_company_is_named_by_its_number_or_its_name(text: str) -> None:
    assert referred(text) == {("company", 12): 1}


@pytest.mark.parametrize("text", ["contact:12", "C_12", "Федор Крюк"])
def test_a_person_is_named_by_his_number_or_his_name(text: str) -> None:
    assert referred(text) == {("contact", 12): 1}


def test_each_deal_counts_once_for_each_whom_it_names() -> None:
    assert referred("CO_12, C_12", "CO_12", "CO_12, CO_12", "12", "кто-то", "", None) == {
        ("company", 12): 3,
        ("contact", 12): 1,
    }


def test_nobody_brings_himself() -> None:
    assert referred("CO_9", "Купец") == {}


def twin(found: Any, number: int = 1, kind: str = "company") -> tuple[str | None, date | None]:
    row = client(found, number, kind)
    return row["possible_duplicate"], row["duplicate_last_purchase_on"]


def test_the_other_card_is_the_one_that_bought_last() -> None:
    companies = [
        {"id": number, "name": name, "created_at": BORN, "keys": keys}
        for number, name, keys in ((1, "Вега", "aa bb"), (2, "Вега-Строй", "bb"), (3, "", "aa"), (4, "Другая", "cc"))
    ]
    deals = [deal(1, "won", "2025-03-01 12:00", company_id=2), deal(2, "won", "2025-04-01 12:00", company_id=3)]
    found = facts(NOW, deals, companies=companies)
    assert twin(found, 1) == ("компания 3", date(2025, 4, 1))
    assert twin(found, 2) == ("Вега (компания 1)", None)
    assert twin(found, 4) == (None, None)
    english = facts(NOW, deals, {"language": "en"}, companies=companies)
    assert twin(english, 3) == ("Вега (company 1)", None)


def test_people_of_a_company_speak_for_it() -> None:
    people = [
        {"id": 1, "name": "Анна", "company_id": 1, "created_at": BORN, "keys": "aa"},
        {"id": 2, "name": "Анна", "created_at": BORN, "keys": "aa"},
    ]
    bought = [deal(1, "won", "2025-03-01 12:00", company_id=None, contact_id=2)]
    found = facts(NOW, bought, companies=cards("Вега"), contacts=people)
    assert twin(found) == ("Анна (контакт 2)", date(2025, 3, 1))
    assert twin(found, 2, "contact") == ("Вега (компания 1)", None)


def test_a_card_that_is_yet_to_come_is_no_duplicate() -> None:
    later = [{"id": 2, "name": "Вега", "created_at": at("2026-01-01 13:00"), "keys": "aa"}]
    found = facts(NOW, [], companies=[*cards("Вега", keys="aa"), *later])
    assert twin(found) == (None, None)


@pytest.mark.parametrize(("count", "known"), [(2, True), (10, True), (11, False)])
def test_a_key_on_very_many_cards_says_nothing(count: int, known: bool) -> None:
    found = facts(NOW, [], companies=cards(*["Вега"] * count, keys="aa"))
    assert (twin(found)[0] is not None) is known


def test_without_keys_there_are_no_duplicates() -> None:
    assert twin(facts(NOW, [], companies=cards("Вега", "Вега"))) == (None, None)
