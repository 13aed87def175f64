"""What is sent, in which order, and what odd answers are taken for."""

from email.utils import formatdate
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from responses.registries import OrderedRegistry

from connectors import REGISTRY, MemoryBudgets
from connectors.amocrm.cursor import Cursor, Phase
from integrator.domain import EntityKind
from integrator.errors import AuthError, OutcomeUnknown, PermanentError, RetryableError
from integrator.ports import PortalSettings

BASE = "https://example.amocrm.test"
API = f"{BASE}/api/v4"
DENIED = {"title": "Forbidden", "type": "https://httpstatus.es/403", "status": 403, "detail": "No rights"}


@pytest.fixture
def connector(clock):
    settings = PortalSettings("main", BASE, {"token": "long-lived"})
    connector = REGISTRY["amocrm"](settings, MemoryBudgets(), clock)
    yield connector
    connector.close()


@pytest.fixture
def crm():
    with responses.RequestsMock(registry=OrderedRegistry) as mock:
        yield mock


def company(id_, at=100):
    return {"id": id_, "name": "", "created_at": at, "updated_at": at}


def add_page(crm, path, plural, rows, more=None, headers=None):
    links = {"next": {"href": more}} if more else {}
    crm.get(f"{API}/{path}", json={"_links": links, "_embedded": {plural: rows}}, headers=headers)


def asked(crm):
    return [
        {
            key: value[0]
            for key, value in parse_qs(urlsplit(call.request.url).query).items()
            if key not in ("limit", "with")
        }
        for call in crm.calls
    ]


def test_a_whole_pull_asks_for_pages_from_the_last_back(connector, crm):
    elsewhere = "https://elsewhere.test/api/v4/companies?page=2"
    add_page(crm, "companies", "companies", [company(9, 500)])
    add_page(crm, "companies", "companies", [company(1), company(3)], elsewhere)
    add_page(crm, "companies", "companies", [company(7)])
    add_page(crm, "companies", "companies", [company(6), company(7)])
    add_page(crm, "companies", "companies", [company(4), company(5)], elsewhere)
    add_page(crm, "companies", "companies", [company(1), company(3)], elsewhere)
    add_page(crm, "companies", "companies", [company(7), company(6)], elsewhere)
    add_page(crm, "companies", "companies", [company(9, 500), company(6)])
    pages = list(connector.pull(EntityKind.COMPANY, None))
    by_id, newest = {"order[id]": "asc"}, {"order[updated_at]": "desc", "page": "1"}
    assert asked(crm) == [
        newest,
        {**by_id, "page": "1"},
        {"order[id]": "desc", "page": "1"},
        {**by_id, "page": "3"},
        {**by_id, "page": "2"},
        {**by_id, "page": "1"},
        {"order[id]": "desc", "page": "1"},
        newest,
    ]
    assert [page.window for page in pages] == [(5, 7), (3, 5), (0, 3), (5, None), None]
    assert [row.id for row in pages[-1].rows] == [9]
    assert all(call.request.url.startswith(BASE) for call in crm.calls)
    assert all(call.request.headers["Authorization"] == "Bearer long-lived" for call in crm.calls)


def test_a_page_out_of_order_deletes_nothing(connector, crm):
    saved = Cursor(Phase.FULL, since=500, page=1, low=9).dump()
    add_page(crm, "companies", "companies", [company(5), company(3)])
    add_page(crm, "companies", "companies", [company(5)])
    add_page(crm, "companies", "companies", [company(5)])
    assert [page.window for page in connector.pull(EntityKind.COMPANY, saved)] == [None, (4, None), None]


def test_an_empty_account_is_read_in_three_requests(connector, crm):
    for _ in range(3):
        crm.get(f"{API}/contacts", status=204)
    pages = list(connector.pull(EntityKind.CONTACT, None))
    assert [(list(page.rows), page.window) for page in pages] == [([], (0, None)), ([], None)]


def test_leads_bring_their_contacts_and_reasons(connector, crm):
    add_page(crm, "leads/pipelines", "pipelines", [])
    for _ in range(2):
        crm.get(f"{API}/leads/5", status=204)
    assert connector.fetch(EntityKind.DEAL, [5]) == []
    assert connector.fetch(EntityKind.DEAL, [5]) == []
    assert [urlsplit(call.request.url).path for call in crm.calls] == [
        "/api/v4/leads/pipelines",  # asked once: they tell which leads are no deals yet
        "/api/v4/leads/5",
        "/api/v4/leads/5",
    ]
    assert parse_qs(urlsplit(crm.calls[1].request.url).query)["with"] == ["contacts,loss_reason,source_id"]


@pytest.mark.parametrize("kind", [EntityKind.COMPANY, EntityKind.TASK, EntityKind.PRODUCT])
@pytest.mark.parametrize("text", ["x", "[]", '{"phase":"other"}', '{"phase":"full","what":1}', '{"what":"{}"}'])
def test_a_saved_cursor_of_another_version_says_what_to_do(connector, kind, text):
    with pytest.raises(PermanentError, match="--full"):
        list(connector.pull(kind, text))


@pytest.mark.parametrize("began", [None, Cursor(Phase.CHANGES, since=1000).dump()])
def test_a_row_dated_into_the_future_does_not_hide_what_changes_until_then(connector, crm, began):
    its_now = 2000
    headers = {"Date": formatdate(its_now, usegmt=True)}
    for _ in range(3 if began is None else 1):
        add_page(crm, "companies", "companies", [company(1, 9_000_000)], headers=headers)
    *_, page = connector.pull(EntityKind.COMPANY, began)
    assert [row.id for row in page.rows] == [1]
    assert Cursor.load(page.cursor).since == its_now


def test_a_cursor_is_what_was_saved():
    cursor = Cursor(Phase.MANY, since=5, page=3, low=None, until=9, at=1.5, settled=True)
    assert Cursor.load(cursor.dump()) == cursor


def test_something_that_is_no_list_is_for_later(connector, crm):
    crm.get(f"{API}/leads/pipelines", json=[1, 2])
    with pytest.raises(RetryableError, match="no list of pipelines"):
        connector.directory()


def test_users_that_may_not_be_read_are_missed_with_a_word(connector, crm):
    add_page(crm, "leads/pipelines", "pipelines", [])
    crm.get(f"{API}/users", json=DENIED, status=403, content_type="application/problem+json")
    crm.get(f"{API}/account", json={"id": 1, "name": "x"})
    crm.get(f"{API}/leads/loss_reasons", status=204)
    assert connector.directory().users == ()
    assert "administrator" in connector.warnings[0]


def test_lists_that_may_not_be_read_are_missed_with_a_word(connector, crm):
    add_page(crm, "leads/pipelines", "pipelines", [])
    crm.get(f"{API}/catalogs", json=DENIED, status=403, content_type="application/problem+json")
    [sentence] = connector.fields_missing()
    assert "right to lists" in sentence
    crm.get(f"{API}/catalogs", json=DENIED, status=403, content_type="application/problem+json")
    [page] = connector.pull(EntityKind.PRODUCT, None)
    assert (list(page.rows), page.window) == ([], (0, None))


def test_an_address_that_the_account_does_not_allow_stops_the_portal(connector, crm):
    crm.get(f"{API}/account", json={"title": "Forbidden", "code": 113}, status=403)
    with pytest.raises(AuthError, match="IP"):
        connector.account()


def test_an_answer_that_is_no_account(connector, crm):
    crm.get(f"{API}/account", json={"hello": "world"})
    with pytest.raises(PermanentError, match="base_url"):
        connector.account()


def test_a_task_taken_without_an_id_may_be_there(connector, crm):
    crm.post(f"{API}/leads/5/notes", json={"_embedded": {"notes": []}})
    with pytest.raises(OutcomeUnknown):
        connector.add_note(EntityKind.DEAL, 5, "x")


def test_without_a_token_nothing_is_made(clock):
    with pytest.raises(AuthError, match="long_lived_token"):
        REGISTRY["amocrm"](PortalSettings("main", BASE, {}), MemoryBudgets(), clock)


def test_the_registry_knows_both_crms():
    assert set(REGISTRY) == {"amocrm", "bitrix24"}
    assert len(REGISTRY) == 2
