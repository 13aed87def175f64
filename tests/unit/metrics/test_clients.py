"""Who is a client, and what is known of his refusals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.metrics.bases import at, client, deal, facts, one

NOW = "2025-06-01 12:00"
BORN = at("2020-01-01 12:00")
REASONS = [{"id": "1", "name": "closed_business"}, {"id": "2", "name": "Дорого"}, {"id": "3", "name": "Moved away"}]


def company(number: int, **columns: Any) -> dict[str, Any]:
    return {"id": number, "name": f"Company {number}", "responsible_id": 7, "created_at": BORN, **columns}


def contact(number: int, **columns: Any) -> dict[str, Any]:
    return {"id": number, "name": f"Contact {number}", "responsible_id": 8, "created_at": BORN, **columns}


def clients(deals: list[dict[str, Any]], **tables: Any) -> list[tuple[str, int]]:
    return [(row["kind"], row["id"]) for row in facts(NOW, deals, **tables).clients.iter_rows(named=True)]


def test_companies_and_free_contacts_are_clients_without_any_deal() -> None:
    tables = {"companies": [company(2), company(10)], "contacts": [contact(3), contact(1), contact(4, company_id=2)]}
    assert clients([], **tables) == [("company", 2), ("company", 10), ("contact", 1), ("contact", 3)]


def test_a_contact_of_a_company_with_a_deal_of_his_own_is_a_client() -> None:
    tables = {"companies": [company(2)], "contacts": [contact(4, company_id=2)]}
    found = facts(NOW, [deal(1, company_id=None, contact_id=4)], **tables)
    assert client(found, 4, "contact")["name"] == "Contact 4"
    assert client(found, 4, "contact")["open_deals"] == 1
    assert client(found, 2)["open_deals"] == 0


def test_the_company_of_a_deal_comes_before_its_contact() -> None:
    tables = {"companies": [company(2)], "contacts": [contact(4, company_id=2)]}
    found = facts(NOW, [deal(1, company_id=2, contact_id=4)], **tables)
    assert (one(found)["client_kind"], one(found)["client_id"]) == ("company", 2)
    assert found.clients.height == 1


def test_a_deal_without_a_client_has_none() -> None:
    found = facts(NOW, [deal(1, "won", "2025-05-01 12:00", company_id=None)])
    assert (one(found)["client_kind"], one(found)["client_id"], found.clients.height) == (None, None, 0)


def test_who_came_later_is_nobody_yet() -> None:
    later = at("2025-06-01 12:01")
    tables = {
        "companies": [company(2, created_at=later)],
        "contacts": [contact(4, company_id=2), contact(5, created_at=later)],
    }
    found = facts(NOW, [deal(1, company_id=2, contact_id=4), deal(2, company_id=None, contact_id=5)], **tables)
    assert (one(found)["client_kind"], one(found)["client_id"]) == ("contact", 4)
    assert one(found, 2)["client_id"] is None
    assert [(row["kind"], row["id"]) for row in found.clients.iter_rows(named=True)] == [("contact", 4)]


def test_a_client_that_the_mirror_lacks_is_kept_by_number() -> None:
    found = client(facts(NOW, [deal(1, company_id=77)]), 77)
    assert (found["name"], found["responsible_id"], found["open_deals"]) == ("", None, 1)


def test_a_name_may_hold_anything() -> None:
    found = facts(NOW, [], companies=[company(1, name="ООО «Ёлка» 🎄\n'\"")])
    assert client(found)["name"] == "ООО «Ёлка» 🎄\n'\""


@pytest.mark.parametrize(
    ("text", "black"),
    [
        (None, False),
        ("", False),
        ("0", False),
        ("N", False),
        ("Нет", False),
        ("1", True),
        ("Y", True),
        ("да", True),
        ("Чёрный список", True),
    ],
)
def test_the_blacklist(text: str | None, black: bool) -> None:
    tables = {"companies": [company(1, blacklisted=text)]}
    assert client(facts(NOW, [], {"fields_named": frozenset({"client.blacklisted"})}, **tables))["blacklisted"] is black
    assert client(facts(NOW, [], **tables))["blacklisted"] is None


def refused(number: int, moment: str, reason: str | None = "1", **columns: Any) -> dict[str, Any]:
    return deal(number, "lost", moment, loss_reason_id=reason, **columns)


@pytest.mark.parametrize(
    ("deals", "reason", "shut"),
    [
        ([], None, False),
        ([refused(1, "2025-05-01 12:00")], "closed_business", True),
        ([refused(1, "2025-05-01 12:00", "3")], "moved_away", True),
        ([refused(1, "2025-05-01 12:00"), refused(2, "2025-05-02 12:00", "2")], "price_high", False),
        ([refused(1, "2025-05-02 12:00"), refused(2, "2025-05-01 12:00", "2")], "closed_business", True),
        ([refused(1, "2025-05-01 12:00", "2"), refused(2, "2025-05-01 12:00")], "closed_business", True),
        ([refused(1, "2025-05-01 12:00"), deal(2, "won", "2025-05-01 12:01")], "closed_business", False),
        ([refused(1, "2025-05-01 12:00"), deal(2, "won", "2025-05-01 11:59")], "closed_business", True),
        ([refused(1, "2025-05-01 12:00"), deal(2, "won", "2025-06-02 12:00")], "closed_business", True),
        ([refused(1, "2025-05-01 12:00", None)], None, False),
    ],
)
def test_the_latest_refusal_and_the_door(deals: list[dict[str, Any]], reason: str | None, shut: bool) -> None:
    tables = {"companies": [company(1)], "loss_reasons": REASONS}
    found = client(facts(NOW, deals, {"reason_map": {"дорого": "price_high"}}, **tables))
    assert (found["last_refusal_reason"], found["refusal_closes_door"]) == (reason, shut)
    assert (found["last_refusal_at"] is None) is (not deals)
