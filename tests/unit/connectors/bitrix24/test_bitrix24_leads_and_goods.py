from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from connectors.bitrix24 import activities, dictionary, mapping, products
from connectors.bitrix24.fields import FieldSpec
from connectors.bitrix24.mapping import Lookups
from connectors.bitrix24.sources import sources
from integrator.domain import BasketLine, EntityKind, Identity, LossReason, Outcome, Product, TaskKind, identity
from integrator.ports import PortalSettings

MSK = timezone(timedelta(hours=3))
AT = "2026-01-01T10:00:00+03:00"
LEAD = {
    "ID": "5", "TITLE": "Заявка", "STATUS_ID": "JUNK", "STATUS_SEMANTIC_ID": "F", "OPPORTUNITY": "15000.00",
    "CURRENCY_ID": "RUB", "COMPANY_ID": "0", "CONTACT_ID": "2069", "ASSIGNED_BY_ID": "1", "SOURCE_ID": "CALL",
    "DATE_CREATE": AT, "DATE_MODIFY": "2026-03-01T10:00:00+03:00", "DATE_CLOSED": "2026-02-02T10:00:00+03:00",
    "MOVED_TIME": "2026-02-03T10:00:00+03:00",
}  # fmt: skip


def test_a_failed_lead_is_lost_for_its_status():
    lead = mapping.lead(LEAD, Lookups(sources={"CALL": "Звонок"}))
    assert (lead.outcome, lead.pipeline_id, lead.stage_id, lead.loss_reason_id) == (
        Outcome.LOST,
        0,
        "JUNK",
        "lead:JUNK",
    )
    assert (lead.company_id, lead.contact_id, lead.source) == (None, 2069, "Звонок")
    assert lead.closed_at == datetime(2026, 2, 2, 10, tzinfo=MSK)


@pytest.mark.parametrize(
    ("changed", "day"),
    [({"DATE_CLOSED": ""}, 3), ({"DATE_CLOSED": None}, 3), ({"DATE_CLOSED": "", "MOVED_TIME": None}, 1)],
)
def test_a_lead_without_a_day_of_closing_closed_when_it_moved(changed, day):
    lead = mapping.lead({**LEAD, **changed}, Lookups())
    assert lead.closed_at is not None
    assert lead.closed_at.day == day


@pytest.mark.parametrize(("semantic", "outcome"), [("S", Outcome.WON), ("P", Outcome.OPEN), (None, Outcome.OPEN)])
def test_only_a_failed_lead_has_a_reason(semantic, outcome):
    lead = mapping.lead({**LEAD, "STATUS_SEMANTIC_ID": semantic}, Lookups())
    assert (lead.outcome, lead.loss_reason_id) == (outcome, None)
    assert (lead.closed_at is None) == (outcome is Outcome.OPEN)


def test_a_leads_field_holds_the_reason_and_may_be_empty():
    lookups = Lookups(lead_loss=FieldSpec("loss", "UF_R", "enumeration", {"11": "Дорого"}))
    assert mapping.lead({**LEAD, "UF_R": "11"}, lookups).loss_reason_id == "11"
    assert mapping.lead(LEAD, lookups).loss_reason_id is None


@pytest.mark.parametrize(
    ("type_", "provider", "kind"),
    [
        ("1", "CRM_MEETING", TaskKind.MEETING),
        ("2", "VOXIMPLANT_CALL", TaskKind.CALL),
        (2, None, TaskKind.CALL),
        ("4", "CRM_EMAIL", TaskKind.EMAIL),
        ("6", "CRM_TODO", TaskKind.TASK),
        ("6", "CALL_TRACKER", TaskKind.CALL),
        ("6", "VISIT_TRACKER", TaskKind.MEETING),
        ("6", "IMOPENLINES_SESSION", TaskKind.MESSAGE),
        ("6", "imopenlines_session", TaskKind.MESSAGE),
        ("6", "CRM_SMS", TaskKind.MESSAGE),
        ("6", "WAZZUP_WHATSAPP", TaskKind.MESSAGE),
        ("6", "CRM_WEBFORM", TaskKind.MESSAGE),
        ("6", "REST_APP", TaskKind.TASK),
        ("3", "TASKS", TaskKind.TASK),
        (None, None, TaskKind.TASK),
    ],
)
def test_what_an_activity_is(type_, provider, kind):
    assert activities.kind_of({"TYPE_ID": type_, "PROVIDER_ID": provider}) is kind


@pytest.mark.parametrize(("direction", "incoming"), [("1", True), (1, True), ("2", False), ("0", False), (None, False)])
def test_who_began(direction, incoming):
    row = {"ID": "1", "OWNER_TYPE_ID": "1", "OWNER_ID": "3", "TYPE_ID": "2", "CREATED": AT, "DIRECTION": direction}
    task = activities.activity(row)
    assert task is not None
    assert (task.incoming, task.entity_kind, task.entity_id) == (incoming, EntityKind.LEAD, 3)


@pytest.mark.parametrize("gap", [False, True])
def test_each_number_and_address_is_a_key_once(gap):
    told = [{"VALUE": "+7 (900) 111-22-33"}, {"VALUE": "89001112233"}, {"VALUE": "12"}, {"VALUE": None}]
    phones = {"0": told[0], "2": told[1], "3": told[2], "4": told[3]} if gap else told
    row = {"ID": "1", "NAME": "A", "DATE_CREATE": AT, "PHONE": phones, "EMAIL": [{"VALUE": "A@b.ru"}]}
    assert mapping.contact(row, Lookups(portal="p")).keys == (
        identity("p", Identity.PHONE, "9001112233"),
        identity("p", Identity.EMAIL, "a@b.ru"),
    )
    assert mapping.contact({**row, "PHONE": None, "EMAIL": []}, Lookups(portal="p")).keys == ()


def test_a_tax_number_is_a_key_where_its_field_is_named():
    row = {"ID": "1", "TITLE": "A", "DATE_CREATE": AT, "UF_INN": "7700000000"}
    spec = FieldSpec("client.tax_number", "UF_INN")
    company = mapping.company(row, Lookups({EntityKind.COMPANY: (spec,)}, portal="p"))
    assert company is not None
    assert company.keys == (identity("p", Identity.TAX_NUMBER, "7700000000"),)
    unnamed = mapping.company(row, Lookups(portal="p"))
    assert unnamed is not None
    assert unnamed.keys == ()


@pytest.mark.parametrize(
    ("section", "group"), [("7", ("7", "Крепёж")), ("8", ("8", None)), (None, (None, None)), ("0", (None, None))]
)
def test_a_product_stands_in_its_section(section, group):
    row = {"ID": "1", "NAME": "Болт", "SECTION_ID": section}
    assert products.product(row, {"7": "Крепёж"}) == Product(1, "Болт", *group)


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({}, BasketLine(1, "Болт", Decimal(4), Decimal(10))),
        ({"PRICE": "2.50", "QUANTITY": "4.0000"}, BasketLine(1, "Болт", Decimal(4), Decimal(10))),
        ({"PRICE": None}, BasketLine(1, "Болт", Decimal(4), None)),
        ({"PRICE": 0}, BasketLine(1, "Болт", Decimal(4), Decimal(0))),
        ({"PRODUCT_ID": "0", "PRODUCT_NAME": "", "ORIGINAL_PRODUCT_NAME": "Гайка"},
         BasketLine(None, "Гайка", Decimal(4), Decimal(10))),
    ],
)  # fmt: skip
def test_a_line_as_it_may_come(changed, line):
    row = {"ID": 9, "PRODUCT_ID": 1, "PRODUCT_NAME": "Болт", "PRICE": 2.5, "QUANTITY": 4, **changed}
    basket = products.basket({"ID": "3", "PRODUCT_ROWS": [row]})
    assert basket is not None
    assert (basket.id, basket.lines) == (3, (line,))


def test_a_deal_without_lines_has_no_basket():
    assert products.basket({"ID": "3"}) is None
    assert products.basket({"ID": "3", "PRODUCT_ROWS": []}) is None


def test_other_names_of_sections_are_another_reading_of_the_catalogue():
    first, second = (
        sources(EntityKind.PRODUCT, Lookups(sections={"7": name}), frozenset())[0] for name in ("Крепёж", "Метизы")
    )
    assert first.listing == second.listing
    assert first.beside != second.beside


SETTINGS = PortalSettings(
    "p",
    "https://p.example",
    {},
    fields={"deal.sub_reason": {"deal": "UF_SUB"}, "deal.margin": {"deal": "UF_M"}},
    loss_reason_source="field",
    loss_reason_field="UF_R",
)


def test_leads_are_asked_about_only_where_deals_have_configured_fields():
    bare = PortalSettings("p", "https://p.example", {})
    assert not any(key.startswith("lead.") for key in dictionary.lookups_wanted(bare))
    wanted = dictionary.lookups_wanted(SETTINGS)
    assert (wanted["lead.fields"].optional, wanted["deal.fields"].optional) == (True, False)


def test_a_lead_has_those_of_the_deals_fields_that_bear_the_same_code():
    answers = {"lead.fields": {"UF_SUB": {"type": "enumeration", "items": [{"ID": "21", "VALUE": "дешевле"}]}}}
    lookups = dictionary.lookups(SETTINGS, answers)
    assert [spec.name for spec in lookups.specs(EntityKind.LEAD)] == ["deal.sub_reason"]
    assert [spec.name for spec in lookups.specs(EntityKind.DEAL)] == ["deal.margin", "deal.sub_reason"]
    assert (lookups.loss is not None, lookups.lead_loss) == (True, None)
    assert dictionary._sub_reasons(lookups) == (LossReason("21", "дешевле"),)


def test_failed_statuses_are_reasons_of_leads_alone():
    rows = [
        {"ENTITY_ID": "STATUS", "STATUS_ID": "NEW", "NAME": "Новый", "SEMANTICS": None},
        {"ENTITY_ID": "STATUS", "STATUS_ID": "JUNK", "NAME": "Мусор", "SEMANTICS": "F"},
        {"ENTITY_ID": "STATUS", "STATUS_ID": "5", "NAME": "", "SEMANTICS": "F"},
        {"ENTITY_ID": "DEAL_STAGE", "STATUS_ID": "LOSE", "NAME": "Провал", "SEMANTICS": "F"},
    ]
    told = {"STATUS": rows}
    assert dictionary._lead_reasons(told, Lookups()) == (LossReason("lead:JUNK", "Мусор"), LossReason("lead:5", "5"))
    own = FieldSpec("loss", "UF_R", "enumeration", {"11": "Дорого", "12": "Нет"})
    deals = FieldSpec("loss", "UF_R", "enumeration", {"11": "Дорого"})
    assert dictionary._lead_reasons(told, Lookups(loss=deals, lead_loss=own)) == (LossReason("12", "Нет"),)
