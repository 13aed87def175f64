"""Leads with their statuses, the catalogue, and the lines of deals."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest


def test_a_lead_lives_from_new_to_junk(portal: Any) -> None:
    number = portal.result("crm.lead.add", fields={"TITLE": "Заявка", "PHONE": [{"VALUE": "+7 900"}]})
    lead = portal.result("crm.lead.get", id=number)
    assert (lead["STATUS_ID"], lead["STATUS_SEMANTIC_ID"], lead["DATE_CLOSED"]) == ("NEW", "P", "")
    assert (lead["HAS_PHONE"], lead["PHONE"][0]["VALUE"]) == ("Y", "+7 900")
    portal.result("crm.lead.update", id=number, fields={"STATUS_ID": "JUNK", "STATUS_SEMANTIC_ID": "S"})
    lead = portal.result("crm.lead.get", id=number)
    assert (lead["STATUS_SEMANTIC_ID"], lead["DATE_CLOSED"]) == ("F", lead["MOVED_TIME"])
    portal.result("crm.lead.update", id=number, fields={"STATUS_ID": "IN_PROCESS"})
    assert portal.result("crm.lead.get", id=number)["DATE_CLOSED"] == ""
    assert portal.refusal("crm.lead.update", id=number, fields={"STATUS_ID": "LOSE"})[0] == 400
    history = portal.result("crm.stagehistory.list", entityTypeId=1, filter={"OWNER_ID": number})["items"]
    assert [(row["TYPE_ID"], row["STATUS_ID"]) for row in history] == [(1, "NEW"), (3, "JUNK"), (2, "IN_PROCESS")]
    assert [event for event, _ in portal.told] == ["ONCRMLEADADD"] + ["ONCRMLEADUPDATE"] * 2


def test_leads_are_listed_by_their_semantics_and_in_the_order_of_their_statuses(portal: Any) -> None:
    for status in ("CONVERTED", "NEW", "JUNK"):
        portal.state.add("crm.lead", {"TITLE": status, "STATUS_ID": status})
    found = portal.result("crm.lead.list", order={"STATUS_ID": "ASC"}, select=["STATUS_ID"])
    assert [row["STATUS_ID"] for row in found] == ["NEW", "CONVERTED", "JUNK"]
    assert portal.result("crm.lead.list", filter={"STATUS_SEMANTIC_ID": "F"}, select=["ID"]) == [{"ID": "3"}]
    statuses = portal.result("crm.status.list", filter={"ENTITY_ID": "STATUS"}, order={"SORT": "ASC"})
    assert [row["STATUS_ID"] for row in statuses if row["SEMANTICS"] == "F"] == ["JUNK"]


def test_a_lead_has_own_fields(portal: Any) -> None:
    row = {"ID": "3", "FIELD_NAME": "UF_CRM_WHY", "USER_TYPE_ID": "enumeration", "MULTIPLE": "N"}
    portal.state["crm.lead.userfield"].load([{**row, "LIST": [{"ID": "11", "VALUE": "Дорого"}]}])
    assert portal.result("crm.lead.userfield.list")[0]["LIST"] == [{"ID": "11", "VALUE": "Дорого"}]
    assert portal.result("crm.lead.userfield.get", id=3)["FIELD_NAME"] == "UF_CRM_WHY"
    assert portal.result("crm.lead.fields")["UF_CRM_WHY"]["type"] == "enumeration"
    assert "UF_CRM_WHY" not in portal.result("crm.deal.fields")
    assert portal.result("crm.deal.userfield.list") == []
    number = portal.state.add("crm.lead", {"TITLE": "x", "UF_CRM_WHY": "11"})
    assert portal.result("crm.lead.list", filter={"UF_CRM_WHY": 11}, select=["ID"]) == [{"ID": str(number)}]


def test_a_task_and_an_activity_stand_on_a_lead(portal: Any) -> None:
    number = portal.state.add("crm.lead", {"TITLE": "x"})
    fields = {"TITLE": "Позвонить", "RESPONSIBLE_ID": 1, "UF_CRM_TASK": [f"L_{number}"]}
    task = portal.result("tasks.task.add", fields=fields)["task"]["id"]
    found = portal.result("tasks.task.list", filter={"UF_CRM_TASK": f"L_{number}"}, select=["ID"])["tasks"]
    assert [row["id"] for row in found] == [task]
    call = {"OWNER_TYPE_ID": 1, "OWNER_ID": number, "TYPE_ID": 2, "DIRECTION": 1, "PROVIDER_ID": "VOXIMPLANT_CALL"}
    portal.result("crm.activity.add", fields={**call, "SUBJECT": "Звонок", "COMPLETED": "Y"})
    shown = ["OWNER_ID", "DIRECTION", "COMPLETED"]
    (row,) = portal.result("crm.activity.list", filter={"OWNER_TYPE_ID": 1}, select=shown)
    assert (str(row["OWNER_ID"]), str(row["DIRECTION"]), row["COMPLETED"]) == (str(number), "1", "Y")


def test_the_catalogue_is_kept(portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    section = portal.result("crm.productsection.add", fields={"NAME": "Крепёж"})
    bolt = portal.result("crm.product.add", fields={"NAME": "Болт", "SECTION_ID": section, "PRICE": 2.5})
    made = portal.result("crm.product.get", id=bolt)
    assert (made["NAME"], made["SECTION_ID"], made["ACTIVE"], made["PRICE"]) == ("Болт", str(section), "Y", "2.5")
    later = portal.state.clock.now().replace(microsecond=0) + timedelta(hours=1)
    monkeypatch.setattr(portal.state.clock, "now", lambda: later)
    portal.result("crm.product.update", id=bolt, fields={"NAME": "Болт М8"})
    changed = portal.result("crm.product.list", filter={">=TIMESTAMP_X": later.isoformat()}, select=["ID", "NAME"])
    assert changed == [{"ID": str(bolt), "NAME": "Болт М8"}]
    assert portal.result("crm.product.delete", id=bolt) is True
    assert portal.result("crm.product.list") == []
    assert portal.refusal("crm.product.get", id=bolt) == (400, "", "Not found")
    assert portal.refusal("crm.product.add", fields={"NAME": " "})[0] == 400
    assert [row["NAME"] for row in portal.result("crm.productsection.list")] == ["Крепёж"]
    told = {"FIELDS": {"ID": str(bolt)}}
    assert portal.told == [("ONCRMPRODUCTADD", told), ("ONCRMPRODUCTUPDATE", told), ("ONCRMPRODUCTDELETE", told)]


def test_setting_lines_replaces_them_and_sums_them_up(portal: Any) -> None:
    deal, other = (portal.state.add("crm.deal", {"TITLE": "x"}) for _ in range(2))
    bolt = portal.result("crm.product.add", fields={"NAME": "Болт"})
    for owner in (deal, other):
        rows = [{"PRODUCT_ID": bolt, "PRICE": 2.5, "QUANTITY": 4}, {"PRODUCT_NAME": "Доставка", "PRICE": "10.10"}]
        assert portal.result("crm.deal.productrows.set", id=owner, rows=rows) is True
    lines = portal.result("crm.deal.productrows.get", id=deal)
    assert [(row["PRODUCT_NAME"], row["PRICE"], row["QUANTITY"]) for row in lines] == [
        ("Болт", 2.5, 4.0),
        ("Доставка", 10.1, 1.0),
    ]
    assert portal.result("crm.deal.get", id=deal)["OPPORTUNITY"] == "20.10"
    assert portal.told[-1] == ("ONCRMDEALUPDATE", {"FIELDS": {"ID": str(other)}})
    refusal = portal.refusal("crm.deal.productrows.set", id=deal, rows=[{"PRICE": "dear"}])
    assert refusal[0] == 400
    portal.result("crm.deal.productrows.set", id=deal, rows=[])
    assert portal.result("crm.deal.productrows.get", id=deal) == []
    both = {"OWNER_TYPE": "D", "OWNER_ID": [deal, other]}
    assert [row["OWNER_ID"] for row in portal.result("crm.productrow.list", filter=both)] == [str(other)] * 2


def test_lines_of_a_lead_are_not_those_of_the_deal_with_its_number(portal: Any) -> None:
    deal, lead = portal.state.add("crm.deal", {"TITLE": "x"}), portal.state.add("crm.lead", {"TITLE": "x"})
    assert deal == lead
    portal.result("crm.lead.productrows.set", id=lead, rows=[{"PRODUCT_NAME": "Болт", "PRICE": 1}])
    assert portal.result("crm.deal.productrows.get", id=deal) == []
    assert [row["OWNER_TYPE"] for row in portal.result("crm.lead.productrows.get", id=lead)] == ["L"]
