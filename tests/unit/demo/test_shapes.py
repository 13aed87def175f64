from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import yaml

from connectors.demo import amocrm, bitrix24, business, vocabulary
from connectors.demo.config import demo_config
from connectors.demo.model import Means, Owner, Step
from integrator.config import load

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.demo.model import Business
    from tests.unit.demo.conftest import Folder

WON, LOST = 142, 143


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def field(row: dict, field_id: int) -> object:
    return next(
        (item["values"][0]["value"] for item in row["custom_fields_values"] or () if item["field_id"] == field_id), ""
    )


def test_both_hold_the_same_deals(whole: Business, amo: Folder, b24: Folder) -> None:
    leads, deals = amo.by_id("leads"), b24.by_id("crm.deal")
    assert list(leads) == list(deals) == [deal.id for deal in whole.deals]
    for number, lead in leads.items():
        deal = deals[number]
        assert deal["TITLE"] == lead["name"]
        assert deal["OPPORTUNITY"] == f"{lead['price']}.00"
        assert int(deal["ASSIGNED_BY_ID"]) == lead["responsible_user_id"]
        assert {"142": "S", "143": "F"}.get(str(lead["status_id"]), "P") == deal["STAGE_SEMANTIC_ID"]
        assert seconds(deal["DATE_CREATE"]) == lead["created_at"]
        assert seconds(deal["DATE_MODIFY"]) == lead["updated_at"]
        assert [int(deal["COMPANY_ID"])] == ([item["id"] for item in lead["_embedded"]["companies"]] or [0])
        assert [int(deal["CONTACT_ID"])] == ([item["id"] for item in lead["_embedded"]["contacts"]] or [0])
        assert deal["UF_CRM_LOSS_REASON"] == str(lead["loss_reason_id"] or "")
        assert deal["UF_CRM_REASON_TEXT"] == field(lead, vocabulary.REASON_TEXT)
        assert deal["UF_CRM_SUB_REASON"] == field(lead, vocabulary.SUB_REASON)


def test_both_hold_the_same_clients_and_people(amo: Folder, b24: Folder) -> None:
    assert [row["name"] for row in amo.rows("companies")] == [row["TITLE"] for row in b24.rows("crm.company")]
    assert list(amo.by_id("companies")) == list(b24.by_id("crm.company"))
    ours, theirs = amo.by_id("contacts"), b24.by_id("crm.contact")
    assert list(ours) == list(theirs)
    for number, row in ours.items():
        assert [int(theirs[number]["COMPANY_ID"])] == ([one["id"] for one in row["_embedded"]["companies"]] or [0])
    activity = {row["id"]: row["rights"]["is_active"] for row in amo.rows("users")}
    assert activity == {int(row["ID"]): row["ACTIVE"] for row in b24.rows("user")}


def test_both_hold_the_same_marks(whole: Business, amo: Folder, b24: Folder) -> None:
    leads, deals = amo.by_id("leads"), b24.by_id("crm.deal")
    for number, lead in leads.items():
        assert deals[number]["UF_CRM_MARGIN"] == field(lead, vocabulary.MARGIN)
        assert deals[number]["UF_CRM_REFERRER"] == field(lead, vocabulary.REFERRER)
    ours, theirs = amo.by_id("companies"), b24.by_id("crm.company")
    for company in whole.companies:
        ids = vocabulary.COMPLAINT["company"], vocabulary.VERIFIED_ON["company"]
        complaint, verified = (field(ours[company.id], id_) for id_ in ids)
        assert (theirs[company.id]["UF_CRM_COMPLAINT"] == "1") == bool(complaint) == company.profile.complaint
        day = theirs[company.id]["UF_CRM_VERIFIED_ON"]
        assert (seconds(day) if day else "") == verified


def test_bitrix24_alone_holds_the_requests(whole: Business, b24: Folder) -> None:
    statuses = {row["STATUS_ID"]: row for row in b24.rows("crm.status") if row["ENTITY_ID"] == "STATUS"}
    rows = b24.by_id("crm.lead")
    assert list(rows) == [lead.id for lead in whole.leads]
    for row in rows.values():
        assert (statuses[row["STATUS_ID"]]["SEMANTICS"] or "P") == row["STATUS_SEMANTIC_ID"]
        assert bool(row["DATE_CLOSED"]) == (row["STATUS_SEMANTIC_ID"] != "P")


def test_both_hold_the_same_todos(whole: Business, amo: Folder, b24: Folder) -> None:
    touches = {touch.id for touch in whole.touches}
    activities = {number: row for number, row in b24.by_id("crm.activity").items() if number not in touches}
    ours, tasks = amo.by_id("tasks"), b24.by_id("tasks.task")
    assert sorted([*activities, *tasks]) == list(ours)
    for number, row in ours.items():
        if number in activities:
            other = activities[number]
            assert (other["COMPLETED"] == "Y") == row["is_completed"]
            assert seconds(other["DEADLINE"]) == row["complete_till"]
            assert int(other["OWNER_ID"]) == row["entity_id"]
        else:
            other = tasks[number]
            assert (other["status"] == "5") == row["is_completed"]
            assert seconds(other["deadline"]) == row["complete_till"]
            assert other["ufCrmTask"] == [f"D_{row['entity_id']}"]


def test_bitrix24_holds_the_contacts_made(whole: Business, b24: Folder) -> None:
    activities = b24.by_id("crm.activity")
    types = {Means.CALL: "2", Means.EMAIL: "4", Means.MESSAGE: "6"}
    owners = {Owner.DEAL: "2", Owner.CONTACT: "3", Owner.COMPANY: "4"}
    for touch in whole.touches:
        row = activities[touch.id]
        assert (row["TYPE_ID"], row["DIRECTION"], row["COMPLETED"]) == (
            types[touch.means],
            "1" if touch.incoming else "2",
            "Y",
        )
        assert (row["OWNER_TYPE_ID"], row["OWNER_ID"]) == (owners[touch.owner], str(touch.owner_id))
        assert seconds(row["END_TIME"]) == int(touch.at.timestamp())


def test_bitrix24_holds_the_lines_and_how_clients_are_reached(whole: Business, b24: Folder) -> None:
    lines = b24.by_id("crm.productrow")
    told = [(int(row["OWNER_ID"]), int(row["PRODUCT_ID"]), row["PRICE"] * row["QUANTITY"]) for row in lines.values()]
    assert told == [(line.deal_id, line.product_id, line.amount) for line in whole.lines]
    cards = b24.by_id("crm.company")
    for company in whole.companies:
        card = cards[company.id]
        assert [entry["VALUE"] for entry in card.get("PHONE", ())] == [company.phone]
        assert [entry["VALUE"] for entry in card.get("EMAIL", ())] == ([company.email] if company.email else [])
        assert (card["HAS_EMAIL"], card["UF_CRM_TAX_NUMBER"]) == (
            "Y" if company.email else "N",
            company.profile.tax_number or "",
        )


def test_closing_is_told_by_the_history_and_not_by_closedate(whole: Business, amo: Folder, b24: Folder) -> None:
    final: dict[int, int] = {}
    for move in b24.rows("crm.stagehistory"):
        if move["TYPE_ID"] == 3:
            final.setdefault(move["OWNER_ID"], seconds(move["CREATED_TIME"]))
    deals = b24.by_id("crm.deal")
    late, typed = set(), 0
    for number, lead in amo.by_id("leads").items():
        assert final.get(number) == lead["closed_at"]
        if lead["closed_at"] is not None:
            moved = seconds(deals[number]["MOVED_TIME"])
            assert moved >= lead["closed_at"]
            if moved != lead["closed_at"]:
                late.add(number)
            own = datetime.fromisoformat(deals[number]["CLOSEDATE"])
            assert own.astimezone(UTC).time() == datetime.min.time()
            typed += own.date() != datetime.fromisoformat(deals[number]["MOVED_TIME"]).date()
    assert late == {deal.id for deal in whole.deals if deal.step is Step.SORTED_OUT}
    assert late
    assert typed > 50


def test_events_lead_to_the_status_of_now(amo: Folder) -> None:
    last: dict[int, tuple[int, int]] = {}
    for event in amo.rows("events"):
        if event["type"] in {"incoming_chat_message", "outgoing_chat_message"}:
            continue
        assert event["type"] == "lead_status_changed"
        before = event["value_before"][0]["lead_status"]
        after = event["value_after"][0]["lead_status"]
        assert before != after
        known = last.setdefault(event["entity_id"], (before["pipeline_id"], before["id"]))
        assert known == (before["pipeline_id"], before["id"])
        last[event["entity_id"]] = (after["pipeline_id"], after["id"])
    leads = amo.by_id("leads")
    for number, place in last.items():
        assert place == (leads[number]["pipeline_id"], leads[number]["status_id"])
    assert len({event["id"] for event in amo.rows("events")}) == len(amo.rows("events"))


def test_every_id_that_is_named_exists(amo: Folder, b24: Folder) -> None:
    stages = {
        (pipeline["id"], status["id"])
        for pipeline in amo.rows("pipelines")
        for status in pipeline["_embedded"]["statuses"]
    }
    reasons = {row["id"] for row in amo.rows("loss_reasons")}
    fields = {(row["entity_type"], row["id"]) for row in amo.rows("custom_fields")}
    for lead in amo.rows("leads"):
        assert (lead["pipeline_id"], lead["status_id"]) in stages
        assert lead["loss_reason_id"] is None or lead["loss_reason_id"] in reasons
        assert isinstance(lead["price"], int)
        assert {("leads", item["field_id"]) for item in lead["custom_fields_values"] or ()} <= fields
        assert (lead["closed_at"] is None) == (lead["status_id"] not in (WON, LOST))
    for kind in ("companies", "contacts"):
        for row in amo.rows(kind):
            assert {(kind, item["field_id"]) for item in row["custom_fields_values"] or ()} <= fields
    known = {row["STATUS_ID"] for row in b24.rows("crm.status")}
    options = {item["ID"] for row in b24.rows("crm.deal.userfield") for item in row.get("LIST", ())}
    for deal in b24.rows("crm.deal"):
        assert deal["STAGE_ID"] in known
        assert deal["UF_CRM_LOSS_REASON"] in options | {""}
        assert deal["SOURCE_ID"] in known


def test_values_are_as_each_api_writes_them(amo: Folder, b24: Folder) -> None:
    assert all(isinstance(value, str | type(None)) for row in b24.rows("crm.deal") for value in row.values())
    assert {type(value) for row in amo.rows("leads") for value in (row["id"], row["created_at"], row["price"])} == {int}
    barred = [row for row in amo.rows("companies") if field(row, vocabulary.BLACKLISTED["company"]) is True]
    assert [row["id"] for row in barred] == [
        int(row["ID"]) for row in b24.rows("crm.company") if row["UF_CRM_BLACKLISTED"] == "1"
    ]
    assert barred


def test_the_configuration_is_accepted(amo: Folder, b24: Folder, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    written = demo_config("http://127.0.0.1:1", "http://127.0.0.1:2", "sqlite:///x.db")
    path.write_text(yaml.safe_dump(written, allow_unicode=True), encoding="utf-8")
    portals = load(path).portals
    assert set(portals) == {"demo-amocrm", "demo-bitrix24"}
    names = {row["name"] for row in amo.rows("loss_reasons")}
    for portal in portals.values():
        assert set(portal.loss_reasons.map) < names
        assert portal.tasks.mode == "on"
    columns = set(b24.rows("crm.deal")[0]) | set(b24.rows("crm.company")[0])
    assert set(written["portals"]["demo-bitrix24"]["fields"].values()) <= columns


def test_a_synthetic_business_is_written_with_and_without_history(tmp_path: Path) -> None:
    today = date(2026, 11, 22)
    for write, deals, moves in ((amocrm.write, "leads", "events"), (bitrix24.write, "crm.deal", "crm.stagehistory")):
        counts = []
        for history in (True, False):
            path = tmp_path / f"{deals}{history}"
            write(business.synthetic(50, 400, 1, today, history=history), path)
            rows = [(path / f"{name}.json").read_bytes().count(b"\n{") for name in (deals, moves)]
            counts.append(rows)
        assert counts[0][0] == counts[1][0] == 400
        assert counts[0][1] > 400
        assert counts[1][1] == 0
