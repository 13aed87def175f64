"""D9, B6, C7: contacts made, touches without an answer, and managers' mornings."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from integrator.metrics import METRICS, Facts, Shared, compute
from integrator.metrics.activity_managers import contact_plan
from tests.unit.metrics.bases import at, client, context, deal, facts, frames

MONDAY, WEDNESDAY = "2026-06-08 09:00", "2026-06-10 12:00"
USERS = [
    {"id": 7, "name": "Иванов", "active": True},
    {"id": 8, "name": "Сидоров", "active": True},
    {"id": 9, "name": "Петров", "active": False},
]
OLD = at("2020-01-01 12:00")


def company(number: int, name: str = "", **columns: Any) -> dict[str, Any]:
    return {"id": number, "name": name or f"К{number}", "responsible_id": 7, "created_at": OLD, **columns}


def deed(number: int, when: str, kind: str = "call", **columns: Any) -> dict[str, Any]:
    """Something done with company 1 by manager 7."""
    return {
        "origin": "activity",
        "id": number,
        "entity_kind": "company",
        "entity_id": 1,
        "responsible_id": 7,
        "kind": kind,
        "incoming": False,
        "completed": True,
        "completed_at": at(when),
        "created_at": at(when),
        **columns,
    }


def found(*tasks: dict[str, Any], now: str = WEDNESDAY, settings: dict[str, Any] | None = None, **tables: Any) -> Facts:
    rows = {"companies": [company(1)], "users": USERS, **tables}
    return facts(now, rows.pop("deals", []), settings, tasks=list(tasks), **rows)


def manager(base: Facts, number: int = 7) -> dict[str, Any]:
    return base.managers.row(by_predicate=pl.col("id") == number, named=True)


@pytest.mark.parametrize(
    ("kind", "incoming", "contact"),
    [
        ("task", False, True),
        ("call", False, True),
        ("call", True, True),
        ("meeting", False, True),
        ("message", True, True),
        ("email", True, True),
        ("message", False, False),
        ("email", False, False),
    ],
)
def test_what_a_contact_is(kind: str, incoming: bool, contact: bool) -> None:
    row = client(found(deed(1, "2026-06-05 23:30", kind, incoming=incoming)))
    assert (row["last_contact_at"] is not None, row["contacts_90"]) == (contact, int(contact))
    assert row["days_since_contact"] == (5 if contact else None)


def test_contacts_are_of_the_client_his_people_his_deals_and_his_leads() -> None:
    people = [{"id": 5, "name": "Анна", "company_id": 1, "created_at": OLD}]
    tables: dict[str, Any] = {"contacts": people, "deals": [deal(3)], "leads": [deal(4, pipeline_id=0)]}
    for kind, number in (("company", 1), ("contact", 5), ("deal", 3), ("lead", 4)):
        row = client(found(deed(1, "2026-06-05 12:00", entity_kind=kind, entity_id=number), **tables))
        assert row["days_since_contact"] == 5, kind
        assert client(found(deed(1, "2026-06-05 12:00", entity_kind=kind, entity_id=9), **tables))["contacts_90"] == 0


def test_one_deed_with_several_cards_of_a_client_is_one_contact() -> None:
    both = [deed(1, "2026-06-05 12:00"), deed(1, "2026-06-05 12:00", entity_kind="deal", entity_id=3)]
    assert client(found(*both, deals=[deal(3)]))["contacts_90"] == 1


def test_what_is_open_or_done_later_is_no_contact() -> None:
    assert client(found(deed(1, "2026-06-10 12:01", created_at=at("2026-06-01 12:00"))))["contacts_90"] == 0
    assert client(found(deed(1, "2026-06-05 12:00", completed=False, completed_at=None)))["contacts_90"] == 0


def test_ninety_days_are_today_and_those_before() -> None:
    assert client(found(deed(1, "2026-03-13 00:30")))["contacts_90"] == 1
    assert client(found(deed(1, "2026-03-12 23:30")))["contacts_90"] == 0


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        (None, 3),
        (deed(9, "2026-06-02 12:00", incoming=True), 2),
        (deed(9, "2026-06-03 12:00", "message", incoming=True), 1),
        (deed(9, "2026-06-05 12:00", "meeting"), 0),
        (deed(9, "2026-06-05 12:00", "task"), 3),
    ],
)
def test_touches_since_the_client_last_answered(answer: dict[str, Any] | None, left: int) -> None:
    touches = [
        deed(1, "2026-06-01 12:00"),
        deed(2, "2026-06-03 12:00", "email"),
        deed(3, "2026-06-04 12:00", "message"),
    ]
    assert client(found(*touches, *([answer] if answer else [])))["touches_unanswered"] == left


def test_a_purchase_is_an_answer() -> None:
    touches = [deed(1, "2026-06-01 12:00"), deed(2, "2026-06-03 12:00")]
    assert client(found(*touches, deals=[deal(3, "won", "2026-06-02 12:00")]))["touches_unanswered"] == 1


def test_windows_of_a_managers_week() -> None:
    calls = ["2026-06-03 23:30", "2026-06-04 00:30", "2026-06-08 23:30", "2026-06-09 00:30", "2026-06-10 09:00"]
    meetings = [deed(20, "2026-06-04 00:30", "meeting"), deed(21, "2026-06-03 23:30", "meeting")]
    row = manager(found(*(deed(number, when) for number, when in enumerate(calls)), *meetings))
    assert (row["calls_yesterday"], row["calls_7"], row["meetings_7"]) == (1, 4, 1)
    assert (row["contacts_yesterday"], row["activities_7"]) == (1, 5)
    assert (row["today"], row["review_day"], row["works_today"]) == (date(2026, 6, 10), date(2026, 6, 9), True)


def test_on_a_monday_yesterday_begins_with_friday() -> None:
    calls = [deed(1, "2026-06-04 23:30"), deed(2, "2026-06-05 00:30"), deed(3, "2026-06-07 23:30"), deed(4, MONDAY)]
    row = manager(found(*calls, now=MONDAY))
    assert (row["calls_yesterday"], row["review_day"]) == (2, date(2026, 6, 5))
    assert manager(found(now="2026-06-07 09:00"))["works_today"] is False


@pytest.mark.parametrize("origin", ["note", "activity"])
def test_a_planned_call_that_was_made_counts_once(origin: str) -> None:
    asked: dict[str, Any] = {"created_at": at("2026-06-01 12:00")}
    plan = [deed(1, "2026-06-09 12:00", **asked), deed(2, "2026-06-09 12:10", origin=origin)]
    assert manager(found(*plan))["calls_7"] == 1
    assert manager(found(*plan, deed(3, "2026-06-09 15:00", origin=origin)))["calls_7"] == 2
    assert manager(found(*plan, deed(3, "2026-06-10 09:00", origin=origin)))["calls_7"] == 2
    assert manager(found(*plan, deed(3, "2026-06-09 15:00", **asked)))["calls_7"] == 2
    other = deed(3, "2026-06-09 15:00", origin=origin, entity_id=2)
    assert manager(found(*plan, other, companies=[company(1), company(2)]))["calls_7"] == 2


def test_a_message_that_nobody_received_is_the_clients_managers() -> None:
    message = deed(1, "2026-06-09 12:00", "message", incoming=True, responsible_id=None)
    assert manager(found(message))["contacts_yesterday"] == 1
    assert manager(found({**message, "entity_id": 9}))["contacts_yesterday"] == 0


def test_new_contacts_are_those_made_first_by_this_manager_in_the_week() -> None:
    deeds = [
        deed(1, "2026-06-09 12:00"),
        deed(2, "2026-06-10 10:00", responsible_id=8),
        deed(3, "2026-06-03 23:30", entity_id=2),
        deed(4, "2026-06-09 12:00", entity_id=2),
        deed(5, "2026-06-09 12:00", "message", entity_id=3),
    ]
    base = found(*deeds, companies=[company(1), company(2, responsible_id=8), company(3)])
    assert (manager(base)["new_contacts_7"], manager(base, 8)["new_contacts_7"]) == (1, 0)


def test_fixation_is_the_share_spent_on_who_never_answered() -> None:
    silent = [deed(number, "2026-06-09 12:00") for number in (1, 2)]
    answered = [
        deed(3, "2026-06-08 12:00", entity_id=2),
        deed(4, "2026-06-08 13:00", "message", entity_id=2),
        deed(5, "2026-06-09 12:00", "message", incoming=True, entity_id=2),
    ]
    once = [deed(6, "2026-06-09 12:00", entity_id=3)]
    base = found(*silent, *answered, *once, companies=[company(number) for number in (1, 2, 3)])
    assert manager(base)["fixation_7"] == 2 / 5
    assert manager(found())["fixation_7"] is None


def test_who_is_engaged_is_no_fixation() -> None:
    step = deed(9, WEDNESDAY, "task", entity_kind="deal", entity_id=3, completed=False, completed_at=None)
    step |= {"due_at": at("2026-06-11 12:00"), "created_at": at("2026-06-09 12:00")}
    silent = [deed(number, "2026-06-09 12:00") for number in (1, 2)]
    row = manager(found(*silent, step, deals=[deal(3, created_at=at("2026-06-01 12:00"))]))
    assert row["fixation_7"] == 0


def planned(number: int, due: str, kind: str = "call", **columns: Any) -> dict[str, Any]:
    open_ = {"completed": False, "completed_at": None, "due_at": at(due), "created_at": at("2026-06-01 12:00")}
    return deed(number, due, kind, **open_, **columns)


def test_what_is_planned_or_made_today_is_taken_off_the_quota() -> None:
    today = [planned(1, "2026-06-10 09:00"), planned(2, "2026-06-10 23:30", "meeting"), deed(3, "2026-06-10 10:00")]
    other = [planned(4, "2026-06-11 00:30"), planned(5, "2026-06-10 15:00", "task"), deed(6, "2026-06-09 10:00")]
    row = manager(found(*today, *other))
    assert (row["call_quota"], row["planned_today"], row["call_quota_left"]) == (20, 2, 17)
    few = manager(found(*today, *other, settings={"params": {"prospecting.quota": 2}}))
    assert few["call_quota_left"] == 0


def lines(base: Facts, number: int = 7) -> list[str]:
    text = manager(base, number)["call_list"]
    return [line.split(":")[0] for line in text.splitlines()] if text else []


def test_the_best_opportunities_are_called_first_then_the_longest_untouched() -> None:
    deals = [
        deal(1, "won", "2026-01-10 12:00", company_id=1, amount=900_00),  # A
        deal(2, "won", "2026-01-10 12:00", company_id=2, amount=90_00),  # B
        deal(3, "won", "2026-01-10 12:00", company_id=3, amount=10_00),  # C
        deal(4, company_id=4),  # an open deal
    ]
    companies = [company(number) for number in range(1, 6)] + [company(6, created_at=at("2019-01-01 12:00"))]
    base = found(deals=deals, companies=companies)
    assert lines(base) == ["К1", "К4", "К2", "К3", "К6", "К5"]
    assert manager(base)["call_list_count"] == 6
    assert lines(found(deals=deals, companies=companies, settings={"params": {"prospecting.quota": 2}})) == ["К1", "К4"]


def test_the_longest_untouched_comes_first() -> None:
    touched = [deed(1, "2026-05-01 12:00", entity_id=1), deed(2, "2026-04-01 12:00", entity_id=2)]
    assert lines(found(*touched, companies=[company(number) for number in (1, 2, 3)])) == ["К3", "К2", "К1"]


def test_a_line_tells_when_he_was_last_in_contact_and_what_he_brought() -> None:
    deals = [deal(1, "won", "2026-01-10 12:00", amount=480_000_00), deal(2, amount=1)]
    text = manager(found(deed(1, "2026-05-14 12:00"), deals=deals))["call_list"]
    expected = "К1: последний контакт 14 мая, за год купили на 480\u202f000\u202f₽, открытых сделок: 1"
    assert text == expected
    english = manager(found(deals=deals, settings={"language": "en", "currency": "USD"}))["call_list"]
    assert english == "К1: not contacted yet, bought for $480,000 in a year, open deals: 1"


@pytest.mark.parametrize(
    "tables",
    [
        {"tasks": [deed(1, "2026-06-04 00:30")]},
        {"tasks": [planned(1, "2026-06-20 12:00", "task")]},
        {"deals": [deal(3, "lost", "2026-05-12 12:00")]},
        {"companies": [company(1, blacklisted="да")], "settings": {"fields_named": frozenset({"client.blacklisted"})}},
        {"companies": [company(1, responsible_id=8)]},
        {"companies": [company(1, responsible_id=None)]},
    ],
)
def test_who_is_not_to_be_called(tables: dict[str, Any]) -> None:
    base = found(
        *tables.pop("tasks", []),
        deals=[*tables.pop("deals", []), deal(50, "won", "2024-01-01 12:00", company_id=2)],
        **tables,
    )
    assert "К1" not in lines(base)


def test_who_rested_long_enough_is_called_again() -> None:
    assert lines(found(deed(1, "2026-06-03 23:30"))) == ["К1"]
    assert lines(found(deals=[deal(3, "lost", "2026-05-11 12:00")])) == ["К1"]


def test_only_active_managers_with_clients_or_deals_have_metrics() -> None:
    base = found(companies=[company(1), company(2, responsible_id=9)])
    names = [name for subject, name in METRICS if subject == "manager"]
    assert manager(base)["call_quota"] == 20
    for number in (8, 9):
        assert {manager(base, number)[name] for name in names} == {None}


def test_who_was_active_then_had_a_morning() -> None:
    left = [{"id": 7, "name": "Иванов", "active": False, "inactive_since": at("2026-06-10 12:01")}]
    assert manager(found(users=left))["call_quota"] == 20


def test_lost_deals_are_told_with_their_reasons() -> None:
    reasons = [{"id": "1", "name": "Дорого"}, {"id": "2", "name": "Нецелевой"}]
    deals = [
        deal(1, "lost", "2026-06-09 12:00", title="Поставка", amount=480_000_00, responsible_id=7, loss_reason_id="1"),
        deal(2, "lost", "2026-06-09 13:00", amount=1_00, responsible_id=7),
        deal(3, "lost", "2026-06-09 13:00", amount=None, responsible_id=7, loss_reason_id="2", company_id=None),
        deal(4, "lost", "2026-06-08 13:00", responsible_id=7),
        deal(5, "lost", "2026-06-10 09:00", responsible_id=7),
        deal(6, "won", "2026-06-09 13:00", responsible_id=7),
    ]
    row = manager(found(deals=deals, loss_reasons=reasons, companies=[company(1, "Вега-Строй")]))
    assert row["lost_yesterday"] == 3
    assert row["lost_yesterday_list"].splitlines() == [
        "Вега-Строй, Поставка, 480\u202f000\u202f₽: Дорого. Как можно было удержать?",
        "Вега-Строй, сделка 2, 1\u202f₽: без причины. Как можно было удержать?",
        "сделка 3: вместо причины мнение «Нецелевой». Как можно было удержать?",
    ]


def test_on_a_monday_the_weekends_losses_are_told_too() -> None:
    days = ["2026-06-04", "2026-06-05", "2026-06-06", "2026-06-07", "2026-06-08"]
    deals = [deal(number, "lost", f"{day} 08:00", responsible_id=7) for number, day in enumerate(days)]
    assert manager(found(deals=deals, now=MONDAY))["lost_yesterday"] == 3


def test_long_lists_are_cut() -> None:
    deals = [deal(number, "lost", "2026-06-09 12:00", responsible_id=7) for number in range(45)]
    row = manager(found(deals=deals))
    assert row["lost_yesterday"] == 45
    assert row["lost_yesterday_list"].splitlines()[-1] == "И ещё 5."


def test_the_plan_of_contacts_follows_the_plan_of_the_funnel() -> None:
    # 100 companies: 100 acquaintances, 100 presentations, 80 contracts, 64 payments in 20 days.
    plan = contact_plan(100, context(WEDNESDAY))
    assert sum(plan.values()) == pytest.approx(18)
    assert [plan[step] / plan["acquaintance"] for step in plan] == pytest.approx([1, 1, 0.8, 0.64])
    assert sum(contact_plan(1000, context(WEDNESDAY)).values()) == pytest.approx(20)
    assert sum(contact_plan(0, context(WEDNESDAY)).values()) == 0


def test_the_gap_is_what_the_plan_lacked() -> None:
    companies = [company(number) for number in range(1, 21)]  # 20 opportunities: 3.44 contacts a day
    made = [deed(number, "2026-06-09 12:00", entity_id=number) for number in (1, 2)]
    row = manager(found(*made, companies=companies))
    assert (row["contacts_planned_yesterday"], row["contacts_yesterday"], row["contact_gap_yesterday"]) == (4, 2, 2)


def test_of_one_client_alone_nothing_is_said_about_managers() -> None:
    base = frames(companies=[company(1)], users=USERS)
    whole = compute(base, context(WEDNESDAY))
    alone = compute(base, context(WEDNESDAY), Shared(stored=whole.shared))
    names = [name for subject, name in METRICS if subject == "manager"]
    assert manager(whole)["call_list_count"] == 1
    assert {manager(alone)[name] for name in names} == {None}
    assert alone.managers.schema == whole.managers.schema


def test_days_off_are_no_yesterday() -> None:
    settings = {"works": lambda day: day.weekday() < 5 and day != date(2026, 6, 9)}
    assert manager(found(settings=settings))["review_day"] == date(2026, 6, 8)
    never = {"works": lambda _day: False}
    assert manager(found(settings=never))["review_day"] == date(2026, 6, 10) - timedelta(days=1)
