"""The demo's data as the emulators give it out again over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import orjson
import pytest

from connectors.amocrm import emulator as amocrm_emulator
from connectors.bitrix24 import emulator as bitrix24_emulator
from connectors.demo import vocabulary
from connectors.emulation.server import EmulatorOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.demo.model import Business
    from tests.unit.demo.conftest import Folder

CLOCK = datetime(2026, 11, 22, 6, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def amo_url(amo: Folder) -> Iterator[str]:
    options = EmulatorOptions(data=amo.path, token="demo", secret="demo", rate_limit=False, clock=CLOCK)
    with amocrm_emulator.create(options) as server:
        yield server.url


@pytest.fixture(scope="module")
def b24_url(b24: Folder) -> Iterator[str]:
    options = EmulatorOptions(data=b24.path, token="demo", secret="demo", rate_limit=False, clock=CLOCK)
    with bitrix24_emulator.create(options) as server:
        yield f"{server.url}/rest/1/demo"


def get(address: str, body: object = None) -> Any:
    data = None if body is None else orjson.dumps(body)
    headers = {"Authorization": "Bearer demo", "Content-Type": "application/json"}
    with urlopen(Request(address, data, headers), timeout=20) as answer:
        content = answer.read()
    return orjson.loads(content) if content else None


def amo_list(url: str, kind: str, query: str = "") -> list[dict[str, Any]]:
    rows, address = [], f"{url}/api/v4/{kind}?limit=250{query}"
    while address:
        found = get(address)
        if found is None:
            break
        rows += next(iter(found["_embedded"].values()))
        address = found["_links"].get("next", {}).get("href")
    return rows


def b24_list(url: str, method: str, pick: str | None = None, **body: Any) -> list[dict[str, Any]]:
    rows, start = [], 0
    while start is not None:
        found = get(f"{url}/{method}", {**body, "start": start})
        rows += found["result"][pick] if pick else found["result"]
        start = found.get("next")
    return rows


def test_amocrm_lists_it_all(whole: Business, amo_url: str) -> None:
    leads = amo_list(amo_url, "leads", f"&with={quote('contacts,loss_reason')}")
    assert {row["id"] for row in leads} == {deal.id for deal in whole.deals}
    lost = next(row for row in leads if row["loss_reason_id"])
    assert lost["_embedded"]["loss_reason"][0]["id"] == lost["loss_reason_id"]
    assert len(amo_list(amo_url, "companies")) == len(whole.companies)
    assert len(amo_list(amo_url, "contacts")) == len(whole.contacts)
    assert len(amo_list(amo_url, "tasks")) == len(whole.todos)
    assert len(amo_list(amo_url, "leads/notes", "&filter[note_type]=common")) == len(whole.notes)
    assert len(amo_list(amo_url, "users")) == len(whole.users)
    assert [row["id"] for row in amo_list(amo_url, "leads/pipelines")] == [31, 32]
    assert {row["id"] for row in amo_list(amo_url, "leads/custom_fields")} >= {8803, 8804}
    events = amo_list(amo_url, "events", "&filter%5Btype%5D=lead_status_changed")
    assert len({row["id"] for row in events}) == len(events) > 5000


def test_bitrix24_lists_it_all(whole: Business, b24_url: str) -> None:
    deals = b24_list(b24_url, "crm.deal.list", select=["*", "UF_*"])
    assert {int(row["ID"]) for row in deals} == {deal.id for deal in whole.deals}
    assert sum(bool(row["UF_CRM_LOSS_REASON"]) for row in deals) == sum(bool(deal.reason) for deal in whole.deals)
    assert len(b24_list(b24_url, "crm.company.list")) == len(whole.companies)
    assert len(b24_list(b24_url, "crm.contact.list")) == len(whole.contacts)
    activities = b24_list(b24_url, "crm.activity.list")
    tasks = b24_list(b24_url, "tasks.task.list", "tasks", select=["ID", "TITLE", "UF_CRM_TASK", "STATUS", "DEADLINE"])
    assert len(activities) + len(tasks) == len(whole.todos) + len(whole.touches)
    assert len(b24_list(b24_url, "crm.product.list")) == len(whole.products)
    sections = get(f"{b24_url}/crm.productsection.list", {})["result"]
    assert {row["NAME"] for row in sections} == set(vocabulary.GROUPS.values())
    sold = [line for line in whole.lines if line.deal_id == whole.lines[0].deal_id]
    lines = get(f"{b24_url}/crm.deal.productrows.get", {"id": sold[0].deal_id})["result"]
    assert [row["PRICE"] * row["QUANTITY"] for row in lines] == [line.amount for line in sold]
    assert all(row["ufCrmTask"] for row in tasks)
    moves = b24_list(b24_url, "crm.stagehistory.list", "items", entityTypeId=2, filter={"OWNER_ID": whole.deals[0].id})
    assert [row["STAGE_ID"] for row in moves][-1] == "WON"
    noted = whole.notes[0]
    comments = get(
        f"{b24_url}/crm.timeline.comment.list", {"filter": {"ENTITY_ID": noted.deal_id, "ENTITY_TYPE": "deal"}}
    )
    assert noted.text in {row["COMMENT"] for row in comments["result"]}
    assert {row["id"] for row in get(f"{b24_url}/crm.category.list", {"entityTypeId": 2})["result"]["categories"]} == {
        0,
        1,
    }
    assert len(b24_list(b24_url, "user.get")) == len(whole.users)
