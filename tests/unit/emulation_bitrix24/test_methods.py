"""What the methods do, and what the portal does by itself when something is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from connectors.bitrix24.emulator.loading import calm, rows

if TYPE_CHECKING:
    from pathlib import Path


def test_a_fresh_portal_has_the_general_funnel(portal: Any) -> None:
    assert portal.result("crm.category.list", entityTypeId=2)["categories"][0]["id"] == 0
    stages = portal.result("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE"}, order={"SORT": "ASC"})
    assert [row["STATUS_ID"] for row in stages] == [
        "NEW", "PREPARATION", "PREPAYMENT_INVOICE", "EXECUTING", "FINAL_INVOICE", "WON", "LOSE", "APOLOGY",
    ]  # fmt: skip
    assert [row["SEMANTICS"] for row in stages] == [None] * 5 + ["S", "F", "F"]


def test_a_new_deal_gets_what_the_portal_sets(portal: Any) -> None:
    number = portal.result("crm.deal.add", fields={"TITLE": "Новая", "OPPORTUNITY": 5, "CLOSEDATE": "2025-07-01"})
    deal = portal.result("crm.deal.get", id=number)
    assert (deal["ID"], deal["STAGE_ID"], deal["STAGE_SEMANTIC_ID"], deal["CLOSED"]) == (str(number), "NEW", "P", "N")
    assert (deal["OPPORTUNITY"], deal["CATEGORY_ID"], deal["CLOSEDATE"]) == ("5.00", "0", "2025-07-01T03:00:00+03:00")
    assert deal["DATE_CREATE"] == "2025-06-02T12:00:00+03:00"
    history = portal.result("crm.stagehistory.list", entityTypeId=2)["items"]
    assert [(row["TYPE_ID"], row["OWNER_ID"], row["STAGE_ID"]) for row in history] == [(1, number, "NEW")]
    assert portal.told == [("ONCRMDEALADD", {"FIELDS": {"ID": str(number)}})]


def test_a_lost_deal_is_closed_and_in_the_history(portal: Any) -> None:
    number = portal.state.add("crm.deal", {"TITLE": "Сделка"})
    for stage in ("PREPARATION", "LOSE"):
        assert portal.result("crm.deal.update", id=number, fields={"STAGE_ID": stage, "STAGE_SEMANTIC_ID": "S"}) is True
    deal = portal.result("crm.deal.get", ID=number)
    assert (deal["STAGE_SEMANTIC_ID"], deal["CLOSED"], deal["IS_NEW"]) == ("F", "Y", "N")
    history = portal.result("crm.stagehistory.list", entityTypeId=2, filter={"OWNER_ID": number})["items"]
    assert [(row["TYPE_ID"], row["STAGE_SEMANTIC_ID"]) for row in history] == [(1, "P"), (2, "P"), (3, "F")]
    before = portal.state["crm.deal"].get(number)
    portal.state.update("crm.deal", number, {"TITLE": "Иначе"})
    assert portal.state["crm.deal"].get(number)["MOVED_TIME"] == before["MOVED_TIME"]
    assert len(portal.state["crm.stagehistory"]) == 3


def test_only_item_update_changes_the_funnel(portal: Any) -> None:
    portal.state["crm.category"].put(5, {"id": 5, "name": "Опт", "sort": 400, "entityTypeId": 2, "isDefault": "N"})
    status = {"ENTITY_ID": "DEAL_STAGE_5", "STATUS_ID": "C5:NEW", "SORT": "10", "SEMANTICS": None, "NAME": "Новая"}
    portal.state["crm.status"].put(900, {"ID": "900", **status})
    number = portal.state.add("crm.deal", {"TITLE": "Сделка"})
    portal.result("crm.deal.update", id=number, fields={"CATEGORY_ID": 5})
    assert portal.result("crm.deal.get", id=number)["CATEGORY_ID"] == "0"
    item = portal.result("crm.item.update", entityTypeId=2, id=number, fields={"categoryId": 5})["item"]
    assert (item["categoryId"], item["stageId"]) == (5, "C5:NEW")
    last = portal.result("crm.stagehistory.list", entityTypeId=2, order={"ID": "DESC"})["items"][0]
    assert (last["TYPE_ID"], last["CATEGORY_ID"]) == (5, 5)
    moved = {"FIELDS": {"ID": str(number), "CATEGORY_ID": "5", "STAGE_ID": "C5:NEW"}}
    assert portal.told[-1] == ("ONCRMDEALMOVETOCATEGORY", moved)


@pytest.mark.parametrize(
    ("method", "params", "expected"),
    [
        ("crm.deal.get", {"id": 999}, (400, "", "Not found")),
        ("crm.deal.get", {}, (400, "", "ID is not defined or invalid")),
        ("crm.deal.list", {"filter": "x"}, (400, "", "Parameter 'filter' must be array.")),
        ("crm.deal.add", {}, (400, "", "Parameter 'fields' must be array.")),
        ("crm.item.get", {"entityTypeId": 2, "id": 999}, (400, "NOT_FOUND", "Element not found")),
        ("tasks.task.add", {"fields": {"RESPONSIBLE_ID": 1}}, (400, "ERROR_CORE", "Task title is not specified<br>")),
        ("tasks.task.complete", {"taskId": 5}, (400, 0, "Action is not allowed")),
        ("tasks.task.list", {"order": {"NOPE": "asc"}}, (400, "0", "Invalid sorting key (internal error)")),
        ("crm.stagehistory.list", {"entityTypeId": 7},
         (400, "ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported")),
        ("crm.activity.todo.add", {"ownerTypeId": 2, "ownerId": 1, "deadline": "2025-01-01"},
         (400, "OWNER_NOT_FOUND", "Owner was not found.")),
        ("nope", {}, (404, "ERROR_METHOD_NOT_FOUND", "Method not found!")),
    ],
)  # fmt: skip
def test_refusals(portal: Any, method: str, params: dict[str, Any], expected: tuple[int, Any, str]) -> None:
    assert portal.refusal(method, **params) == expected


def test_pages_totals_and_starts(portal: Any) -> None:
    portal.state["crm.deal"].load({"ID": str(number), "TITLE": "x"} for number in range(1, 121))

    def listed(method: str, **params: Any) -> tuple[int, int, int | None]:
        _, body = portal.ask(method, **params)
        found = body["result"]["items"] if isinstance(body["result"], dict) else body["result"]
        return int(found[0].get("ID") or found[0]["id"]), body["total"], body.get("next")

    assert listed("crm.deal.list") == (1, 120, 50)
    assert listed("crm.deal.list", start=10) == (1, 120, 50)
    assert listed("crm.deal.list", start="100") == (101, 120, None)
    assert listed("crm.deal.list", start=-1, filter={">ID": 60}, order={"ID": "ASC"}) == (61, 0, None)
    assert listed("crm.item.list", entityTypeId=2, start=10) == (11, 120, 60)
    assert listed("crm.deal.list", filter={"MISSPELT": 1}) == (1, 120, 50)
    assert portal.refusal("crm.item.list", entityTypeId=2, filter={"MISSPELT": 1})[1] == "INVALID_ARG_VALUE"


def test_select(portal: Any) -> None:
    portal.state["crm.deal"].load([{"ID": "1", "TITLE": "x", "UF_CRM_A": "1", "SUM": "2"}])
    portal.state["crm.contact"].load([{"ID": "1", "NAME": "A", "PHONE": [{"ID": "1", "VALUE": "+7"}]}])

    def keys(method: str, *select: str) -> set[str]:
        return set(portal.result(method, select=list(select))[0])

    assert keys("crm.deal.list") == {"ID", "TITLE", "UF_CRM_A", "SUM"}
    assert keys("crm.deal.list", "*") == {"ID", "TITLE", "SUM"}
    assert keys("crm.deal.list", "*", "UF_*") == {"ID", "TITLE", "UF_CRM_A", "SUM"}
    assert keys("crm.deal.list", "TITLE") == {"ID", "TITLE"}
    assert keys("crm.contact.list") == {"ID", "NAME"}
    assert keys("crm.contact.list", "PHONE") == {"ID", "PHONE"}
    assert portal.result("crm.contact.list", filter={"PHONE": "+7"})[0]["ID"] == "1"
    assert portal.result("crm.contact.list", filter={"PHONE": "+8"}) == []


def test_a_task_lives_and_is_found_by_what_it_stands_on(portal: Any) -> None:
    fields = {"TITLE": "Позвонить", "RESPONSIBLE_ID": 1, "UF_CRM_TASK": ["D_10"], "DEADLINE": "2025-06-02T10:00:00"}
    number = portal.result("tasks.task.add", fields=fields)["task"]["id"]
    portal.state.add("tasks.task", {**fields, "UF_CRM_TASK": ["D_11"], "DEADLINE": "2025-07-01"})
    asked = {"filter": {"UF_CRM_TASK": "D_10"}, "select": ["ID", "UF_CRM_TASK", "STATUS"]}
    found = portal.result("tasks.task.list", **asked)["tasks"]
    assert found == [{"id": number, "ufCrmTask": ["D_10"], "status": "2", "subStatus": "-1"}]
    assert "ufCrmTask" not in portal.result("tasks.task.list")["tasks"][0]
    assert len(portal.result("tasks.task.list", filter={"STATUS": -1})["tasks"]) == 1
    assert len(portal.result("tasks.task.list", filter={"REAL_STATUS": 2})["tasks"]) == 2
    done = portal.result("tasks.task.complete", taskId=number)["task"]
    assert (done["status"], done["closedDate"]) == ("5", "2025-06-02T12:00:00+03:00")
    assert portal.refusal("tasks.task.complete", taskId=number)[1] == 0
    assert portal.result("tasks.task.renew", taskId=number)["task"]["closedDate"] is None
    assert portal.result("tasks.task.delete", taskId=number) == {"task": True}
    assert [event for event, _ in portal.told] == ["ONTASKADD"] * 2 + ["ONTASKUPDATE"] * 2 + ["ONTASKDELETE"]


def test_a_todo_is_an_activity(portal: Any) -> None:
    deal = portal.state.add("crm.deal", {"TITLE": "Сделка"})
    params = {"ownerTypeId": 2, "ownerId": deal, "deadline": "2025-06-03T10:00:00", "title": "Дожать"}
    number = portal.result("crm.activity.todo.add", **params)["id"]
    wanted = {"OWNER_TYPE_ID": 2, "OWNER_ID": deal, "PROVIDER_ID": "CRM_TODO", "COMPLETED": "N"}
    rows_found = portal.result("crm.activity.list", filter=wanted)
    assert [(row["ID"], row["SUBJECT"], row["DEADLINE"]) for row in rows_found] == [
        (str(number), "Дожать", "2025-06-03T10:00:00+03:00")
    ]
    assert portal.result("crm.activity.update", id=number, fields={"COMPLETED": "Y"}) is True
    assert portal.result("crm.activity.list", filter=wanted) == []
    later = {**params, "id": number, "deadline": "2025-06-04"}
    assert portal.refusal("crm.activity.todo.update", **later)[1] == "CAN_NOT_UPDATE_COMPLETED_TODO"


def test_phones_are_joined_by_id_and_emptied_ones_go(portal: Any) -> None:
    number = portal.state.add("crm.contact", {"NAME": "Анна", "PHONE": [{"VALUE": "+7"}, {"VALUE": "+8"}]})
    first, second = portal.state["crm.contact"].get(number)["PHONE"]
    changed = [{"ID": first["ID"], "VALUE": "+9"}, {"ID": second["ID"], "VALUE": ""}]
    portal.state.update("crm.contact", number, {"PHONE": changed})
    assert [one["VALUE"] for one in portal.state["crm.contact"].get(number)["PHONE"]] == ["+9"]
    portal.state.update("crm.contact", number, {"PHONE": [{"ID": first["ID"], "VALUE": ""}]})
    assert portal.result("crm.contact.get", id=number)["HAS_PHONE"] == "N"


def test_comments_need_lower_case_fields_and_an_owner(portal: Any) -> None:
    deal = portal.state.add("crm.deal", {"TITLE": "Сделка"})
    fields = {"ENTITY_ID": deal, "ENTITY_TYPE": "deal", "COMMENT": "Готово"}
    assert portal.refusal("crm.timeline.comment.add", FIELDS=fields)[1] == 100
    number = portal.result("crm.timeline.comment.add", fields=fields)
    wanted = {"ENTITY_ID": deal, "ENTITY_TYPE": "deal"}
    assert portal.result("crm.timeline.comment.list", filter=wanted)[0]["ID"] == str(number)
    assert portal.told[-1] == ("ONCRMTIMELINECOMMENTADD", {"ID": str(number)})


def test_sorting_by_stage_goes_by_its_sort(portal: Any) -> None:
    portal.state["crm.deal"].load(
        {"ID": str(number), "STAGE_ID": stage} for number, stage in enumerate(("WON", "NEW", "EXECUTING"), 1)
    )
    found = portal.result("crm.deal.list", order={"STAGE_ID": "ASC"}, select=["STAGE_ID"])
    assert [row["STAGE_ID"] for row in found] == ["NEW", "EXECUTING", "WON"]


def test_items_show_numbers_and_camel_case(portal: Any) -> None:
    deal = {"TITLE": "x", "OPPORTUNITY": "10.50", "UF_CRM_1720019876534": "321", "CONTACT_ID": 4}
    portal.state["crm.deal"].names.add("UF_CRM_1720019876534")
    number = portal.state.add("crm.deal", deal)
    item = portal.result("crm.item.get", entityTypeId=2, id=number)["item"]
    assert (item["id"], item["opportunity"], item["companyId"], item["contactIds"]) == (number, 10.5, 0, [4])
    assert item["ufCrm_1720019876534"] == "321"
    original = portal.result("crm.item.get", entityTypeId=2, id=number, useOriginalUfNames="Y")["item"]
    assert original["UF_CRM_1720019876534"] == "321"
    found = portal.result("crm.item.list", entityTypeId=2, filter={">=opportunity": 10}, select=["id", "stageId"])
    assert found == {"items": [{"id": number, "stageId": "NEW"}]}


def test_products_of_deals_and_their_sections(portal: Any) -> None:
    deals = [portal.state.add("crm.deal", {"TITLE": "x"}) for _ in range(2)]
    portal.state["crm.productrow"].load(
        {"ID": str(n), "OWNER_ID": str(deals[n % 2]), "OWNER_TYPE": "D", "PRODUCT_ID": n, "PRICE": 1.5, "SORT": 40 - n}
        for n in range(1, 5)
    )
    portal.state["crm.product"].load([{"ID": "1", "NAME": "Болт", "SECTION_ID": "7"}, {"ID": "2", "NAME": "Винт"}])
    assert [row["ID"] for row in portal.result("crm.deal.productrows.get", id=deals[0])] == ["4", "2"]
    wanted = {"@OWNER_ID": deals, "OWNER_TYPE": "D"}
    assert len(portal.result("crm.productrow.list", filter=wanted)) == 4
    assert portal.refusal("crm.productrow.list", filter={"OWNER_TYPE": "D"})[1] == ""
    of_one = {"=ownerType": "D", "=ownerId": deals[1]}
    assert [row["id"] for row in portal.result("crm.item.productrow.list", filter=of_one)["productRows"]] == [1, 3]
    assert [row["ID"] for row in portal.result("crm.productsection.list")] == ["7"]


def test_a_stage_that_became_a_failure_closes_the_deals_that_reach_it(portal: Any) -> None:
    number = portal.state.add("crm.deal", {"TITLE": "x"})
    stage = portal.result("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE", "STATUS_ID": "EXECUTING"})[0]
    portal.state.update("crm.status", int(stage["ID"]), {"SEMANTICS": "F"})
    portal.state.update("crm.deal", number, {"STAGE_ID": "EXECUTING"})
    assert portal.result("crm.deal.get", id=number)["CLOSED"] == "Y"


def test_labels_of_user_fields(portal: Any) -> None:
    labels = {"EDIT_FORM_LABEL": {"ru": "Причина", "en": "Reason"}, "LIST_COLUMN_LABEL": "Причина"}
    row = {"ID": "3", "FIELD_NAME": "UF_CRM_REASON", "USER_TYPE_ID": "enumeration", "MULTIPLE": "N", **labels}
    portal.state["crm.deal.userfield"].load([row])
    assert "EDIT_FORM_LABEL" not in portal.result("crm.deal.userfield.list")[0]
    assert portal.result("crm.deal.userfield.list", filter={"LANG": "en"})[0]["EDIT_FORM_LABEL"] == "Reason"
    assert portal.result("crm.deal.userfield.get", id=3)["LIST_COLUMN_LABEL"] == {"ru": "Причина"}
    assert portal.result("crm.deal.fields")["UF_CRM_REASON"]["isDynamic"] is True


def test_events_need_an_application(portal: Any) -> None:
    assert portal.refusal("event.get")[:2] == (403, "WRONG_AUTH_TYPE")


def test_operating_time_is_counted_per_method(make: Any) -> None:
    portal = make(limit=1.0, operating_cost=0.7)
    assert [portal.ask("profile")[0] for _ in range(3)] == [200, 200, 429]
    assert portal.refusal("profile")[1] == "OPERATION_TIME_LIMIT"
    status, body = portal.ask("server.time")
    assert (status, body["time"]["operating"]) == (200, 0.7)


def test_large_files_are_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.bitrix24.emulator.loading._PIECE", 40)
    nasty = [{"ID": str(n), "PHONE": [{"V": "a}, {b"}, {"V": "},{"}], "T": "}\n,{ \\"} for n in range(50)]
    file = tmp_path / "crm.contact.json"
    for text in (json.dumps(nasty), json.dumps(nasty, indent=1), "[]" + " " * 200):
        file.write_text(text, encoding="utf-8")
        with calm():
            assert list(rows(file)) == json.loads(text)
