import time
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from connectors.amocrm import mapping
from connectors.amocrm.mapping import Layout
from connectors.amocrm.values import text
from integrator.domain import EntityKind, LossReason, Outcome
from integrator.ports import PortalSettings

MOSCOW = ZoneInfo("Europe/Moscow")
PLAIN = Layout(MOSCOW)


def lead(**more):
    return {
        "id": 93, "name": "Насосы", "price": 46333, "responsible_user_id": 7, "status_id": 1, "pipeline_id": 31,
        "loss_reason_id": None, "source_id": None, "created_at": 1453279607, "updated_at": 1502193501,
        "closed_at": None, "closest_task_at": None, "is_deleted": False, "custom_fields_values": None,
        "_embedded": {"tags": [], "companies": []},
    } | more  # fmt: skip


def field(id_, kind, *values, **more):
    return {
        "field_id": id_,
        "field_name": "Поле",
        "field_code": None,
        "field_type": kind,
        "values": list(values),
    } | more


def test_a_lead_is_a_deal():
    deal = mapping.deal(lead(), PLAIN)
    assert (deal.id, deal.title, deal.pipeline_id, deal.stage_id, deal.outcome) == (93, "Насосы", 31, "1", Outcome.OPEN)
    assert deal.amount == Decimal(46333)
    assert deal.currency is None
    assert deal.created_at == datetime(2016, 1, 20, 8, 46, 47, tzinfo=UTC)
    assert (deal.company_id, deal.contact_id, deal.closed_at, deal.loss_reason_id, deal.fields) == (
        None,
        None,
        None,
        None,
        {},
    )


@pytest.mark.parametrize(("status", "outcome"), [(142, Outcome.WON), (143, Outcome.LOST), (30846277, Outcome.OPEN)])
def test_the_system_stages_end_a_deal(status, outcome):
    deal = mapping.deal(lead(status_id=status, closed_at=1483005931), PLAIN)
    assert deal.outcome is outcome
    assert (deal.closed_at is None) == (outcome is Outcome.OPEN)


@pytest.mark.parametrize(
    ("price", "exact", "amount"),
    [(100, 100.5, "100.5"), (100, None, "100"), (None, None, "0"), (0, 0.1, "0.1"), (10, 0, "0")],
)
def test_the_exact_amount_is_taken_where_kommo_gives_it(price, exact, amount):
    assert mapping.deal(lead(price=price, price_with_minor_units=exact), PLAIN).amount == Decimal(amount)


def test_the_main_contact_is_kept_beside_the_company():
    embedded = {
        "companies": [{"id": 2}],
        "contacts": [{"id": 10, "is_main": False}, {"id": 11, "is_main": True}],
    }
    deal = mapping.deal(lead(_embedded=embedded), PLAIN)
    assert (deal.company_id, deal.contact_id) == (2, 11)


def test_without_a_main_contact_the_first_is_taken():
    assert mapping.deal(lead(_embedded={"contacts": [{"id": 10}, {"id": 11}]}), PLAIN).contact_id == 10


def test_a_deal_came_from_what_its_field_says_else_from_the_integration():
    layout = Layout(MOSCOW, fields={EntityKind.DEAL: {"8809": "deal.source"}})
    told = lead(source_id=5, custom_fields_values=[field(8809, "text", {"value": "Сайт"})])
    assert (mapping.deal(told, layout).source, mapping.deal(lead(source_id=5), layout).source) == ("Сайт", "5")
    assert mapping.deal(lead(), layout).source is None


def test_deals_of_other_pipelines_are_not_ours():
    assert mapping.deal(lead(), Layout(MOSCOW, pipelines=frozenset({32}))) is None
    assert mapping.deal(lead(), Layout(MOSCOW, pipelines=frozenset({31}))) is not None


class TestLossReason:
    def test_native_id(self):
        assert mapping.deal(lead(loss_reason_id=5), PLAIN).loss_reason_id == "5"

    def test_native_embedded(self):
        row = lead(_embedded={"loss_reason": [{"id": 6, "name": "Дорого"}]})
        assert mapping.deal(row, PLAIN).loss_reason_id == "6"

    def test_failed_stage(self):
        layout = Layout(MOSCOW, reason_source="stage")
        assert mapping.deal(lead(status_id=143), layout).loss_reason_id == "31:143"
        assert mapping.deal(lead(status_id=142), layout).loss_reason_id is None
        assert mapping.deal(lead(loss_reason_id=5), layout).loss_reason_id is None

    def test_option_of_a_field(self):
        layout = Layout(MOSCOW, reason_source="field", reason_field="8804")
        row = lead(custom_fields_values=[field(8804, "select", {"value": "Дорого", "enum_id": 77})], loss_reason_id=5)
        assert mapping.deal(row, layout).loss_reason_id == "77"

    def test_words_of_a_field(self):
        layout = Layout(MOSCOW, reason_source="field", reason_field="8804")
        row = lead(custom_fields_values=[field(8804, "text", {"value": " Дорого "})])
        assert mapping.deal(row, layout).loss_reason_id == "Дорого"
        assert mapping.deal(lead(), layout).loss_reason_id is None


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("text", [{"value": " a "}], "a"),
        ("numeric", [{"value": "12.5"}], "12.5"),
        ("numeric", [{"value": 12.0}], "12"),
        ("select", [{"value": "Опт", "enum_id": 1, "enum_code": None}], "Опт"),
        ("multiselect", [{"value": "a", "enum_id": 1}, {"value": "b", "enum_id": 2}], "a, b"),
        ("checkbox", [{"value": True}], "true"),
        ("checkbox", [{"value": False}], "false"),
        ("checkbox", [{"value": "1"}], "true"),
        # Midnight of the 10th in Moscow is the 9th in UTC.
        ("date", [{"value": 1725915600}], "2024-09-10"),
        ("date", [1725915600], "2024-09-10"),
        ("date", [{"value": "2020-05-08"}], "2020-05-08"),
        ("birthday", [{"value": "1980-01-12T00:00:00+03:00"}], "1980-01-12"),
        ("date_time", [{"value": 1725915600}], "2024-09-10T00:00:00+03:00"),
        ("legal_entity", [{"value": {"name": "ООО Ромашка", "vat_id": "1"}}], "ООО Ромашка"),
        ("url", [{"value": None}], ""),
        ("unheard_of", [{"value": 5}], "5"),
        ("text", [], ""),
    ],
)
def test_values_as_text(kind, values, expected):
    assert text(field(1, kind, *values), MOSCOW) == expected


def test_named_fields_of_each_kind():
    settings = PortalSettings(
        "main", "http://crm.test", {}, timezone="Europe/Moscow",
        fields={"client.blacklisted": {"company": "8802", "contact": "8812"}, "deal.reason_text": {"deal": "8803"}},
    )  # fmt: skip
    layout = Layout.of(settings)
    values = [
        field(8802, "checkbox", {"value": True}),
        field(8812, "text", {"value": "x"}),
        field(8803, "text", {"value": "y"}),
    ]
    row = {"id": 1, "name": "", "created_at": 1, "updated_at": 1, "custom_fields_values": values}
    assert mapping.company(row, layout).fields == {"client.blacklisted": "true"}
    assert mapping.contact(row, layout).fields == {"client.blacklisted": "x"}
    assert mapping.deal(lead(custom_fields_values=values), layout).fields == {"deal.reason_text": "y"}


def test_a_field_may_be_named_by_its_code():
    layout = Layout(MOSCOW, fields={EntityKind.COMPANY: {"PHONE": "client.phone"}})
    row = {"id": 1, "custom_fields_values": [field(3, "multitext", {"value": "+7"}, field_code="PHONE")]}
    assert mapping.company(row, layout).fields == {"client.phone": "+7"}


def test_a_contact_knows_his_company_and_his_name():
    row = {"id": 1, "name": "", "first_name": "Анна", "last_name": "Ким", "_embedded": {"companies": [{"id": 4}]}}
    contact = mapping.contact(row, PLAIN)
    assert (contact.name, contact.company_id, contact.responsible_id) == ("Анна Ким", 4, None)


def task(**more):
    return {
        "id": 7087, "created_at": 1575364000, "updated_at": 1575364851, "responsible_user_id": 123, "entity_id": 167353,
        "entity_type": "leads", "is_completed": True, "task_type_id": 2, "text": "Звонок", "result": [],
        "complete_till": 1575665940,
    } | more  # fmt: skip


def test_a_task_is_bound_to_its_entity():
    found = mapping.task(task(), PLAIN)
    assert (found.origin, found.entity_kind, found.entity_id, found.result) == ("task", EntityKind.DEAL, 167353, "")
    assert found.completed_at == found.updated_at


@pytest.mark.parametrize(("kind", "expected"), [("contacts", EntityKind.CONTACT), ("companies", EntityKind.COMPANY)])
def test_tasks_of_clients(kind, expected):
    assert mapping.task(task(entity_type=kind), PLAIN).entity_kind is expected


@pytest.mark.parametrize(
    "loose", [{"entity_type": "customers"}, {"entity_type": None, "entity_id": None}, {"entity_id": 0}]
)
def test_a_task_of_nothing_we_keep_is_left_out(loose):
    assert mapping.task(task(**loose), PLAIN) is None


def test_an_open_task_has_no_end_and_a_result_is_text():
    found = mapping.task(task(is_completed=False, result={"text": "ok"}, complete_till=None), PLAIN)
    assert (found.completed_at, found.result, found.due_at) == (None, "ok", None)


def event(**more):
    after = [{"lead_status": {"id": 142, "pipeline_id": 31}}]
    return {"id": "01p", "type": "lead_status_changed", "entity_id": 5, "created_at": 10, "value_after": after} | more


def test_a_status_event_is_a_stage_change():
    found = mapping.stage_change(event(), PLAIN)
    assert (found.id, found.deal_id, found.pipeline_id, found.stage_id) == ("01p", 5, 31, "142")
    assert mapping.stage_change(event(value_after=[]), PLAIN) is None
    assert mapping.stage_change(event(), Layout(MOSCOW, pipelines=frozenset({1}))) is None


def test_only_what_a_person_wrote_is_a_note():
    row = {
        "id": 1,
        "entity_id": 5,
        "note_type": "common",
        "params": {"text": "дорого"},
        "created_at": 1,
        "created_by": 0,
    }
    assert mapping.note(row).text == "дорого"
    assert mapping.note({**row, "note_type": "service_message"}) is None
    assert mapping.note({**row, "params": {}}) is None


def test_dictionaries():
    assert mapping.account({"id": 1, "name": "x", "currency": "USD"}).currency == "USD"
    user = mapping.user({"id": 1, "name": "A", "rights": {"is_active": False, "group_id": 0}})
    assert (user.active, user.department_ids) == (False, (0,))
    statuses = [{"id": 143, "name": "Нет", "sort": 11000}, {"id": 1, "name": "Новая", "sort": 10}]
    pipeline = mapping.pipeline({"id": 31, "name": "П", "sort": 1, "_embedded": {"statuses": statuses}})
    assert [stage.id for stage in pipeline.stages] == ["1", "143"]
    waiting = {"id": 9, "name": "Неразобранное", "sort": 1, "type": 1}
    assert mapping.pipeline({"id": 31, "_embedded": {"statuses": [waiting, *statuses]}}).stages == pipeline.stages
    assert mapping.failed_stages([pipeline]) == (LossReason("31:143", "Нет"),)
    assert mapping.options({"enums": [{"id": 5, "value": "Дорого"}]}) == (LossReason("5", "Дорого"),)


def test_a_page_is_mapped_in_a_few_milliseconds():
    layout = Layout(MOSCOW, frozenset({31}), {EntityKind.DEAL: {"8803": "deal.reason_text", "8805": "deal.planned_at"}})
    values = [field(n, "text", {"value": "слово"}) for n in range(8790, 8804)] + [
        field(8805, "date", {"value": 1725915600})
    ]
    embedded = {"contacts": [{"id": 1, "is_main": True}], "companies": [{"id": 2}]}
    rows = [lead(id=n, custom_fields_values=values, _embedded=embedded) for n in range(250)]
    best = min(_seconds(lambda: [mapping.deal(row, layout) for row in rows]) for _ in range(5))
    assert best < 0.02


def _seconds(call):
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
