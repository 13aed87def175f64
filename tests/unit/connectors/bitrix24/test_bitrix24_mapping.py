import time
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from connectors.bitrix24 import activities, mapping
from connectors.bitrix24.fields import FieldSpec, calendar_date
from connectors.bitrix24.mapping import Lookups
from connectors.bitrix24.sources import sources
from integrator.domain import EntityKind, Outcome

MSK = timezone(timedelta(hours=3))
NOTHING = Lookups()
DEAL = {
    "ID": "37",
    "TITLE": "Deal",
    "CATEGORY_ID": "1",
    "STAGE_ID": "C1:LOSE",
    "STAGE_SEMANTIC_ID": "F",
    "OPPORTUNITY": "19999.99",
    "CURRENCY_ID": "RUB",
    "COMPANY_ID": "7",
    "CONTACT_ID": "0",
    "ASSIGNED_BY_ID": "6",
    "DATE_CREATE": "2026-01-01T10:00:00+03:00",
    "DATE_MODIFY": "2026-03-03T10:00:00+03:00",
    "MOVED_TIME": "2026-02-02T10:00:00+03:00",
    "CLOSEDATE": "2026-12-31T03:00:00+03:00",
    "SOURCE_ID": "CALL",
}


def test_a_deal_is_closed_when_it_moved_and_never_at_closedate():
    deal = mapping.deal(DEAL, NOTHING)
    assert deal.closed_at == datetime(2026, 2, 2, 10, tzinfo=MSK)
    assert deal.outcome is Outcome.LOST
    assert (deal.id, deal.pipeline_id, deal.stage_id) == (37, 1, "C1:LOSE")
    assert (deal.amount, deal.currency) == (Decimal("19999.99"), "RUB")
    assert (deal.company_id, deal.contact_id, deal.responsible_id) == (7, None, 6)
    assert deal.loss_reason_id == "1:C1:LOSE"


def test_an_open_deal_is_not_closed_and_has_no_reason():
    deal = mapping.deal({**DEAL, "STAGE_SEMANTIC_ID": "P"}, NOTHING)
    assert (deal.outcome, deal.closed_at, deal.loss_reason_id) == (Outcome.OPEN, None, None)


def test_a_won_deal_has_no_reason_of_loss():
    deal = mapping.deal({**DEAL, "STAGE_SEMANTIC_ID": "S"}, NOTHING)
    assert (deal.outcome, deal.loss_reason_id) == (Outcome.WON, None)
    assert deal.closed_at is not None


@pytest.mark.parametrize(
    ("value", "reason"),
    [("11", "11"), (["11", "12"], "11"), (11, "11"), ("0", None), ("", None), (None, None), (False, None), ([], None)],
)
def test_a_field_gives_the_option_as_reason(value, reason):
    loss = FieldSpec("loss", "UF_R", "enumeration", {"11": "Дорого"})
    assert mapping.deal({**DEAL, "UF_R": value}, Lookups(loss=loss)).loss_reason_id == reason


def test_a_text_field_gives_its_text_as_reason():
    loss = FieldSpec("loss", "UF_R")
    assert mapping.deal({**DEAL, "UF_R": " Дорого "}, Lookups(loss=loss)).loss_reason_id == "Дорого"
    assert mapping.deal({**DEAL, "UF_R": "  "}, Lookups(loss=loss)).loss_reason_id is None


def test_the_source_is_named_or_stays_as_it_is():
    assert mapping.deal(DEAL, Lookups(sources={"CALL": "Звонок"})).source == "Звонок"
    assert mapping.deal(DEAL, NOTHING).source == "CALL"
    assert mapping.deal({**DEAL, "SOURCE_ID": None}, NOTHING).source is None


def test_a_poor_row_is_a_deal_too():
    poor = {"ID": "1", "DATE_CREATE": DEAL["DATE_CREATE"], "OPPORTUNITY": None, "STAGE_SEMANTIC_ID": "S"}
    deal = mapping.deal(poor, NOTHING)
    assert (deal.amount, deal.currency, deal.closed_at) == (Decimal(0), None, deal.created_at)


def test_ones_own_company_is_no_client():
    row = {"ID": "1", "TITLE": "We", "DATE_CREATE": DEAL["DATE_CREATE"], "IS_MY_COMPANY": "Y"}
    assert mapping.company(row, NOTHING) is None
    assert mapping.company({**row, "IS_MY_COMPANY": "N"}, NOTHING) is not None


def test_a_person_is_named_in_order():
    row = {"ID": "5", "NAME": " Анна ", "LAST_NAME": "Петрова", "COMPANY_ID": "0", "DATE_CREATE": DEAL["DATE_CREATE"]}
    contact = mapping.contact(row, NOTHING)
    assert (contact.name, contact.company_id) == ("Анна Петрова", None)


ACTIVITY = {
    "ID": "20",
    "OWNER_ID": "15",
    "OWNER_TYPE_ID": "2",
    "TYPE_ID": "2",
    "PROVIDER_ID": "VOXIMPLANT_CALL",
    "SUBJECT": "Call",
    "CREATED": "2026-01-01T10:00:00+03:00",
    "LAST_UPDATED": "2026-01-05T10:00:00+03:00",
    "END_TIME": "2026-01-02T10:00:00+03:00",
    "DEADLINE": "2026-01-02T10:00:00+03:00",
    "COMPLETED": "N",
    "RESPONSIBLE_ID": "505",
}


def test_an_open_activity_is_a_task_of_its_owner():
    task = activities.activity(ACTIVITY)
    assert task is not None
    assert (task.origin, task.id, task.entity_kind, task.entity_id) == ("activity", 20, EntityKind.DEAL, 15)
    assert (task.completed, task.completed_at, task.due_at) == (False, None, datetime(2026, 1, 2, 10, tzinfo=MSK))


@pytest.mark.parametrize(
    ("changed", "day"),
    [
        ({}, 2),
        ({"TYPE_ID": "6", "PROVIDER_ID": "CRM_TODO"}, 5),
        ({"END_TIME": "2026-01-09T10:00:00+03:00"}, 5),
        ({"END_TIME": ""}, 5),
    ],
)
def test_a_completed_activity_ended_with_the_call_or_with_its_last_change(changed, day):
    task = activities.activity({**ACTIVITY, "COMPLETED": "Y", **changed})
    assert task is not None
    assert task.completed_at == datetime(2026, 1, day, 10, tzinfo=MSK)


@pytest.mark.parametrize(
    "changed",
    [
        {"OWNER_TYPE_ID": "7"},
        {"OWNER_ID": "0"},
        {"PROVIDER_ID": "CRM_TASKS_TASK", "ASSOCIATED_ENTITY_ID": "8"},
        {"PROVIDER_ID": "TASKS", "ASSOCIATED_ENTITY_ID": "8"},
    ],
)
def test_an_activity_of_nobody_and_a_tasks_shadow_are_left_out(changed):
    assert activities.activity({**ACTIVITY, **changed}) is None


def test_the_databases_last_day_is_no_deadline():
    task = activities.activity({**ACTIVITY, "DEADLINE": "9999-12-31T00:00:00+03:00"})
    assert task is not None
    assert task.due_at is None


TASK = {
    "id": "8017",
    "title": "Call back",
    "description": "Why [k1]",
    "status": "2",
    "deadline": None,
    "responsibleId": "547",
    "createdDate": "2026-01-01T10:00:00+02:00",
    "changedDate": "2026-01-02T10:00:00+02:00",
    "closedDate": None,
    "ufCrmTask": ["D_10", "CO_5", "L_4", "D_10"],
}


def test_a_task_stands_once_for_each_client_and_deal():
    found = activities.tasks(TASK)
    assert [(task.entity_kind, task.entity_id) for task in found] == [
        (EntityKind.DEAL, 10),
        (EntityKind.COMPANY, 5),
        (EntityKind.LEAD, 4),
    ]
    assert {task.id for task in found} == {8017}
    assert found[0].text == "Call back\nWhy [k1]"


@pytest.mark.parametrize("value", [None, False, "", [], "Q_1", ["T80_3"], {"0": "D_1"}])
def test_a_task_bound_to_nothing_of_ours_is_none(value):
    assert activities.tasks({**TASK, "ufCrmTask": value}) == []


def test_only_status_five_is_completed():
    assert [activities.tasks({**TASK, "status": status})[0].completed for status in ("-1", "2", "4", 5, "5", "6")] == [
        False,
        False,
        False,
        True,
        True,
        False,
    ]


def test_stage_changes_may_come_with_texts_or_numbers():
    row = {"ID": 35, "OWNER_ID": 21, "CREATED_TIME": "2026-04-25T14:59:11+00:00", "CATEGORY_ID": 0, "STAGE_ID": "NEW"}
    texts = {**row, "ID": "35", "OWNER_ID": "21", "CATEGORY_ID": "0"}
    assert mapping.stage_change(row) == mapping.stage_change(texts)
    assert mapping.stage_change(row).id == "35"


def test_an_instant_without_offset_is_taken_for_utc():
    assert mapping.instant("2026-01-01 10:00:00") == datetime(2026, 1, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        ("string", " a ", "a"),
        ("string", None, ""),
        ("string", 0, "0"),
        ("integer", "15", "15"),
        ("boolean", "1", "true"),
        ("boolean", "0", "false"),
        ("boolean", True, "true"),
        ("boolean", False, "false"),
        ("boolean", None, ""),
        ("enumeration", "11", "Дорого"),
        ("enumeration", ["11", "12"], "Дорого, Нет"),
        ("enumeration", ["11", "99"], "Дорого, 99"),
        ("enumeration", "0", ""),
        ("enumeration", False, ""),
        ("money", "100.50|RUB", "100.50"),
        ("date", "2026-09-09T03:00:00+03:00", "2026-09-09"),
        ("date", "2026-09-08T19:00:00-05:00", "2026-09-09"),
        ("date", ["2026-09-09T03:00:00+03:00", "2026-09-10"], "2026-09-09, 2026-09-10"),
        ("date", "soon", "soon"),
    ],
)
def test_a_fields_value_as_text(type_, value, text):
    assert FieldSpec("deal.x", "UF_X", type_, {"11": "Дорого", "12": "Нет"}).text(value) == text


def test_a_field_of_unknown_type_is_read_by_its_meaning():
    assert FieldSpec("client.blacklisted", "UF_B").text("1") == "true"
    assert FieldSpec("client.complaint", "UF_C").text("1") == "true"
    assert FieldSpec("deal.planned_at", "UF_P").text("2026-09-09T03:00:00+03:00") == "2026-09-09"
    assert FieldSpec("client.blacklisted", "UF_B", "enumeration", {"1": "Да"}).text("1") == "Да"


def test_midnight_of_the_portal_is_its_own_day():
    assert str(calendar_date("2026-09-09T00:00:00+03:00")) == "2026-09-09"


def test_a_request_of_rows_is_mapped_within_its_share_of_time():
    """A request of 2,500 rows may be sent every half second; 40 ms of it are the mapping's."""
    start = datetime(2020, 1, 1, tzinfo=MSK)

    def at(number: int) -> str:
        return (start + timedelta(seconds=number)).isoformat()

    rows = [
        {**DEAL, "ID": str(n), "DATE_CREATE": at(n), "DATE_MODIFY": at(9 * n), "MOVED_TIME": at(8 * n), "UF_A": "11"}
        for n in range(1, 2501)
    ]
    spec = FieldSpec("deal.sub_reason", "UF_A", "enumeration", {"11": "Дорого"})
    source = sources(EntityKind.DEAL, Lookups({EntityKind.DEAL: (spec,)}, loss=spec), frozenset({1}))[0]
    best = float("inf")
    for _ in range(5):
        begun = time.thread_time()
        ours, others = source.split(rows)
        best = min(best, time.thread_time() - begun)
    assert (len(ours), len(others)) == (2500, 0)
    assert best < 0.040
