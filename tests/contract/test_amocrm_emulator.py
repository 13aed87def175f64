"""A client and sample answers made by others find in the emulator what they would find at amoCRM."""

import datetime as dt
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
import requests
from amocrm.v2 import Lead, Pipeline, Task, exceptions, tokens
from amocrm.v2.interaction import _session

from connectors.amocrm.emulator import create, hookbodies
from connectors.amocrm.emulator.webhooks import Hook, Webhooks
from connectors.emulation import form
from connectors.emulation.clock import EmulatorClock
from connectors.emulation.server import EmulatorOptions

SAMPLES = Path(__file__).parent / "samples" / "amocrm"


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))


def rows_of(name, kind):
    return sample(name)["_embedded"][kind]


def write(folder, **files):
    for name, rows in files.items():
        (folder / f"{name}.json").write_text(json.dumps(rows), "utf-8")


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    """The account that the sample answers were taken from, as far as they show it."""
    folder = tmp_path_factory.mktemp("account")
    detail = sample("rest_lead_detail_with_all")
    [pipeline] = rows_of("rest_pipelines_list", "pipelines")
    pipeline["_embedded"]["statuses"] = rows_of("rest_statuses_list_with_descriptions", "statuses")
    fillers = [
        {"id": 1, "name": "", "_embedded": {"contacts": [{"id": 3, "is_main": True}]}},
        {"id": 3916883, "name": "", "_embedded": {"contacts": [{"id": 3, "is_main": True}]}},
    ]
    more_contacts = [{"id": 9_000_000, "name": "Ещё", "updated_at": 1_700_000_000}]
    write(
        folder,
        account=sample("rest_account"),
        users=rows_of("rest_users_list", "users"),
        pipelines=[pipeline],
        loss_reasons=detail["_embedded"]["loss_reason"],
        leads=[*rows_of("rest_leads_list", "leads"), detail, *fillers],
        contacts=[*rows_of("rest_contacts_list", "contacts"), sample("rest_contact_detail"), *more_contacts],
        companies=[*rows_of("rest_companies_list", "companies"), {"id": 9_000_000, "name": "Ещё"}],
        tasks=[*rows_of("rest_tasks_list", "tasks"), {**sample("rest_task_detail"), "task_type_id": 1},
               {**rows_of("rest_tasks_list", "tasks")[0], "id": 300_000}],
        notes=[{**row, "entity_type": "leads"} for row in rows_of("rest_notes_list", "notes")],
        events=[*rows_of("rest_events_list", "events"),
                {**rows_of("rest_events_list", "events")[0], "id": "older", "created_at": 5}],
        custom_fields=[{**row, "entity_type": "leads"} for row in rows_of("rest_custom_fields_list", "custom_fields")],
    )  # fmt: skip
    with create(EmulatorOptions(data=folder, token="T", user=581651, rate_limit=False)) as server:
        yield server


def ask(server, path, method="GET", **more):
    return requests.request(method, server.url + path, headers={"Authorization": "Bearer T"}, timeout=5, **more)


def localised(value, url):
    return json.loads(json.dumps(value).replace("https://example.amocrm.ru", url))


def lacks(expected, found, path=""):
    """What the sample has and the answer has not, or has otherwise."""
    if isinstance(expected, dict):
        if not isinstance(found, dict):
            return [f"{path}: {found!r} is no object"]
        return [
            miss
            for key, value in expected.items()
            for miss in (lacks(value, found[key], f"{path}.{key}") if key in found else [f"{path}.{key} is missing"])
        ]
    if isinstance(expected, list):
        if not isinstance(found, list) or len(found) != len(expected):
            return [f"{path}: {found!r} is not a list like {expected!r}"]
        pairs = zip(expected, found, strict=True)
        return [miss for number, (one, other) in enumerate(pairs) for miss in lacks(one, other, f"{path}.{number}")]
    return [] if expected == found else [f"{path}: {found!r} instead of {expected!r}"]


@pytest.mark.parametrize(
    ("path", "name", "kind"),
    [
        ("leads?limit=2&page=2&order[id]=desc", "rest_leads_list", "leads"),
        ("contacts?limit=2&order[updated_at]=asc", "rest_contacts_list", "contacts"),
        ("companies?limit=2", "rest_companies_list", "companies"),
        ("tasks?filter[task_type][]=2&filter[is_completed][]=1&limit=2", "rest_tasks_list", "tasks"),
        ("leads/notes?filter[id][0]=42709325&filter[id][1]=42709842", "rest_notes_list", "notes"),
        ("events?limit=1", "rest_events_list", "events"),
        ("users?with=role,group", "rest_users_list", "users"),
        ("leads/pipelines", "rest_pipelines_list", "pipelines"),
        ("leads/pipelines/3177727/statuses?with=descriptions", "rest_statuses_list_with_descriptions", "statuses"),
        ("leads/custom_fields", "rest_custom_fields_list", "custom_fields"),
    ],
)
def test_lists_are_those_of_the_samples(account, path, name, kind):
    expected, found = localised(sample(name), account.url), ask(account, f"/api/v4/{path}").json()
    # Of these two the samples link with a slash at the end, or without the kind of entity.
    if kind in ("users", "custom_fields"):
        for row in expected["_embedded"][kind]:
            row.pop("_links")
    found_links, expected_links = found.pop("_links", {}), expected.pop("_links", {})
    # These two were cut from longer lists, so they know a further page.
    if kind not in ("notes", "custom_fields"):
        assert expected_links.keys() <= found_links.keys()
    expected.pop("_page_count", None)
    assert lacks(expected, found) == []


def test_links_between_pages_lead_back_to_the_host_that_was_asked(account):
    links = ask(account, "/api/v4/leads?limit=2&page=2").json()["_links"]
    expected = localised(sample("rest_leads_list")["_links"], account.url)
    assert links == expected
    assert "prev" not in ask(account, "/api/v4/leads?limit=2").json()["_links"]
    last = ask(account, "/api/v4/leads?limit=2&page=3").json()
    assert "next" not in last["_links"]
    assert ask(account, "/api/v4/leads?limit=2&page=4").status_code == 204


def test_details_are_those_of_the_samples(account):
    all_of = "contacts,catalog_elements,loss_reason,is_price_modified_by_robot,source_id,unknown,tags"
    found = ask(account, f"/api/v4/leads/3912171?with={all_of}").json()
    assert lacks(localised(sample("rest_lead_detail_with_all"), account.url), found) == []
    found = ask(account, "/api/v4/contacts/3?with=leads,customers,catalog_elements").json()
    assert lacks(localised(sample("rest_contact_detail"), account.url), found) == []
    found = ask(account, "/api/v4/tasks/56981").json()
    assert lacks({**localised(sample("rest_task_detail"), account.url), "task_type_id": 1}, found) == []
    plain = ask(account, "/api/v4/leads/3912171").json()["_embedded"]
    assert plain.keys() == {"tags", "companies"}


TOP_OF_ACCOUNT = ("amojo_id", "uuid", "drive_url", "version", "entity_names", "is_api_filter_enabled")


def test_the_account_shows_what_is_asked_for(account):
    everything = sample("rest_account")
    asked = {*TOP_OF_ACCOUNT, "amojo_rights", "users_groups", "task_types", "datetime_settings"}
    found = ask(account, f"/api/v4/account?with={','.join(asked)}").json()
    assert lacks(localised(everything, account.url), found) == []
    plain = ask(account, "/api/v4/account").json()
    assert everything.keys() - plain.keys() == {*TOP_OF_ACCOUNT, "_embedded"}


def shape(value):
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def test_answers_to_writes_have_the_shape_of_the_samples(account):
    task = {"task_type_id": 1, "text": "Встретиться", "complete_till": 1588885140, "entity_id": 19619,
            "entity_type": "leads", "request_id": "example"}  # fmt: skip
    made = ask(account, "/api/v4/tasks", "POST", json=[task])
    assert shape(made.json()) == shape(sample("rest_tasks_post_response"))
    assert made.json()["_embedded"]["tasks"][0]["request_id"] == "example"
    task_id = made.json()["_embedded"]["tasks"][0]["id"]
    found = ask(account, "/api/v4/tasks", "PATCH", json=[{"id": task_id, "text": "Иначе"}])
    assert shape(found.json()) == shape(sample("rest_tasks_patch_response"))
    done = {"is_completed": True, "result": {"text": "Удалось связаться"}}
    found = ask(account, f"/api/v4/tasks/{task_id}", "PATCH", json=done)
    assert shape(found.json()) == shape(sample("rest_task_complete_response"))
    found = ask(account, "/api/v4/leads", "POST", json=[{"name": "1"}, {"name": "2"}])
    assert shape(found.json()) == shape(sample("rest_leads_post_response"))
    found = ask(account, "/api/v4/leads", "PATCH", json=[{"id": 19619, "price": 5}])
    assert shape(found.json()) == shape(sample("rest_leads_patch_response"))
    found = ask(account, "/api/v4/leads/19619/notes", "POST", json=[{"note_type": "common", "params": {"text": "т"}}])
    assert shape(found.json()) == shape(sample("rest_notes_post_response"))
    hook = {"destination": "http://127.0.0.1:9/x", "settings": ["add_lead"], "sort": 10}
    found = ask(account, "/api/v4/webhooks", "POST", json=hook)
    assert (found.status_code, shape(found.json())) == (201, shape(sample("rest_webhooks_post_response")))
    assert shape(ask(account, "/api/v4/webhooks").json()) == shape(sample("rest_webhooks_list"))
    assert ask(account, "/api/v4/webhooks", "DELETE", json=hook).status_code == 204
    assert ask(account, "/api/v4/webhooks", "DELETE", json=hook).status_code == 404


def test_refusals_are_those_of_the_samples(account):
    def refused(name, answer, *but):
        assert answer.headers["Content-Type"] == "application/problem+json"
        expected, found = sample(name), answer.json()
        assert answer.status_code == found["status"]
        assert {key: found[key] for key in expected if key not in but} == {
            key: value for key, value in expected.items() if key not in but
        }

    refused("error_401_ru", requests.get(account.url + "/api/v4/leads", timeout=5))
    refused("error_404", ask(account, "/api/v4/example"), "detail")
    assert ask(account, "/api/v4/example").json()["detail"] == f"Cannot GET {account.url}/api/v4/example"
    refused("error_405", ask(account, "/api/v4/leads", "DELETE"))
    refused("error_400_empty", ask(account, "/api/v4/leads", "POST", json=[]))
    refused("error_422_batch_too_big", ask(account, "/api/v4/leads", "POST", json=[{}] * 251))
    wrong = [{"custom_fields_values": [{"field_id": 5, "values": [{"value": "x"}]}], "responsible_user_id": "x"}]
    answer = ask(account, "/api/v4/leads", "POST", json=wrong)
    refused("error_400_validation", answer, "validation-errors")
    assert answer.json()["validation-errors"] == [
        {"request_id": "0", "errors": [
            {"code": "InvalidType", "path": "responsible_user_id", "detail": "This value should be of type int."},
            {"code": "NotSupportedChoice", "path": "custom_fields_values.0.field_id",
             "detail": "The value you selected is not a valid choice."},
        ]},
    ]  # fmt: skip


# --- webhook bodies -------------------------------------------------------------------------------------------------

RECORDED = ("raw_2025_leads_add", "raw_2025_leads_update", "raw_2025_contacts_add", "raw_2025_contacts_update")


def recorded(name):
    return (SAMPLES / f"{name}.urlencoded.txt").read_bytes().strip()


@pytest.mark.parametrize("name", RECORDED)
def test_the_form_reproduces_the_recorded_bytes(name):
    assert form.encode(form.decode(recorded(name))) == recorded(name)


def stored(item, kind):
    """The row behind a recorded hook: what the API would have answered about the same entity."""
    types = {"Date": "date", "Birthday": "birthday", "Any radiobutton": "radiobutton"}
    fields = []
    for each in item.get("custom_fields", []):
        values = each["values"] if isinstance(each["values"], list) else [each["values"]]
        fields.append({
            "field_id": each["id"], "field_name": each["name"], "field_code": each.get("code"),
            "field_type": types.get(each["name"], "text"),
            "values": [
                {"value": value} if isinstance(value, str) else {"value": value["value"], "enum_id": value.get("enum")}
                for value in values
            ],
        })  # fmt: skip
    return {
        "id": item["id"], "name": item["name"], "status_id": item.get("status_id"), "price": item.get("price"),
        "pipeline_id": item.get("pipeline_id"), "responsible_user_id": item["responsible_user_id"],
        "created_by": item["created_user_id"], "updated_by": item["modified_user_id"],
        "created_at": item["created_at"], "updated_at": item["updated_at"], "account_id": item["account_id"],
        "custom_fields_values": fields,
    }  # fmt: skip


def told(item, kind):
    old = {key: item[key] for key in ("old_status_id", "old_responsible_user_id") if key in item}
    row = stored(item, kind)
    if kind == "leads":
        return hookbodies.lead(row, **old)
    return hookbodies.client(row, kind, list(item.get("linked_leads_id", {})), None, **old)


@pytest.mark.parametrize("name", RECORDED)
def test_hooks_have_the_bytes_that_were_recorded(name):
    nested = form.decode(recorded(name))
    root = "leads" if "leads" in nested else "contacts"
    action = next(iter(nested[root]))
    account = {"subdomain": nested["account"]["subdomain"], "id": nested["account"]["id"]}
    hooks = Webhooks(EmulatorClock(), account)
    hooks.base = nested["account"]["_links"]["self"]
    item = told(nested[root][action][0], root)
    assert list(hooks.bodies([Hook("any", root, action, item)])) == [recorded(name)]
    headers = (SAMPLES / "raw_2025_headers.txt").read_text()
    assert "Content-Length: 753" in headers
    assert len(recorded("raw_2025_contacts_add")) == 753


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("kommo_doc_leads_status", "leads"),
        ("kommo_doc_leads_responsible", "leads"),
        ("kommo_doc_leads_restore", "leads"),
        ("kommo_doc_contacts_responsible_comes_as_update", "contacts"),
        ("kommo_doc_companies_add_under_contacts", "companies"),
    ],
)
def test_hooks_have_the_keys_and_values_of_the_documentation(name, kind):
    actions = next(iter(sample(name).values()))
    [[item]] = actions.values()
    sent = form.decode(form.encode({"x": told(item, kind)}))["x"]
    assert sent == item
    assert list(sent) == list(item)


@pytest.mark.parametrize(
    "name", ["kommo_doc_task_add", "kommo_doc_task_complete", "kommo_doc_task_responsible_comes_as_update"]
)
def test_hooks_of_tasks_are_those_of_the_documentation(name):
    [[item]] = sample(name)["task"].values()
    row = {
        "id": item["id"], "entity_id": item["element_id"], "entity_type": "leads", "task_type_id": item["task_type"],
        "text": item["text"], "is_completed": item["status"] == "1", "created_by": item["created_user_id"],
        "created_at": int(item["created_at"]), "updated_at": int(item["updated_at"]),
        "account_id": item["account_id"], "responsible_user_id": item["responsible_user_id"],
        "complete_till": int(item["complete_before"]),
    }  # fmt: skip
    known = ("action_close", "old_text", "main_user", "modified_by", "old_responsible_user_id")
    more = {key: item[key] for key in known if key in item}
    sent = form.decode(form.encode({"x": hookbodies.task(row, **more)}))["x"]
    assert sent == item
    assert list(sent) == list(item)


def test_the_hook_of_a_note_is_that_of_the_documentation():
    from zoneinfo import ZoneInfo

    item = sample("kommo_doc_leads_note")["leads"]["note"][0]["note"]
    row = {
        "id": item["id"], "entity_id": item["element_id"], "entity_type": "leads", "note_type": "common",
        "params": {"text": item["text"]}, "created_by": 11087123, "updated_by": item["modified_by"],
        "responsible_user_id": item["main_user_id"], "account_id": item["account_id"],
        "created_at": int(item["created_at"]), "updated_at": int(item["updated_at"]),
    }  # fmt: skip
    sent = form.decode(form.encode({"x": hookbodies.note(row, "Jean Pierre", ZoneInfo("Europe/Moscow"))}))["x"]
    assert sent == item
    assert list(sent) == list(item)


# --- a client made by others ----------------------------------------------------------------------------------------


@pytest.fixture
def portal(tmp_path):
    statuses = [
        {"id": 10, "name": "Новая", "sort": 20},
        {"id": 142, "name": "Успешно", "sort": 10000},
        {"id": 143, "name": "Не реализовано", "sort": 11000},
    ]
    leads = [
        {"id": number, "name": f"Сделка {number}", "price": number, "responsible_user_id": 7, "status_id": 10,
         "pipeline_id": 31, "created_at": 1_700_000_000, "updated_at": 1_700_000_000 + number}
        for number in range(1, 621)
    ]  # fmt: skip
    write(
        tmp_path,
        users=[{"id": 7, "name": "Иван", "email": "i@example.com"}],
        pipelines=[{"id": 31, "name": "Воронка", "sort": 1, "is_main": True, "_embedded": {"statuses": statuses}}],
        leads=leads,
    )
    with create(EmulatorOptions(data=tmp_path, secret="S", user=7, rate_limit=False)) as server:
        yield server


@pytest.fixture
def client(portal, monkeypatch):
    """The client as it is, but for the address: what it sends to amocrm.ru goes to the emulator."""
    send = requests.Session.request

    def redirected(self, method, url, **more):
        assert url.startswith("https://example.amocrm.ru/")
        return send(self, method, url.replace("https://example.amocrm.ru", portal.url), timeout=5, **more)

    monkeypatch.setattr(requests.Session, "request", redirected)
    monkeypatch.setattr(tokens.default_token_manager, "_storage", None)
    storage = tokens.MemoryTokensStorage()
    tokens.default_token_manager("id", "S", "example", "https://localhost", storage=storage)
    tokens.default_token_manager.init("CODE")
    yield storage
    _session.close()


def test_the_client_lists_everything_over_several_pages(client):
    found = list(Lead.objects.all())
    assert [lead.id for lead in found] == list(range(1, 621))
    assert found[4].name == "Сделка 5"
    assert [status.id for status in next(iter(Pipeline.objects.all())).statuses] == [10, 142, 143]


def test_the_client_reads_one_and_what_is_linked(client):
    lead = Lead.objects.get(object_id=33)
    assert (lead.price, lead.responsible_user.name, lead.pipeline.name, lead.status.name) == (
        33,
        "Иван",
        "Воронка",
        "Новая",
    )
    with pytest.raises(exceptions.NotFound):
        Lead.objects.get(object_id=99_999)


def test_the_client_creates_a_task_and_reads_it_back(client):
    due = dt.datetime(2026, 12, 1, 10, 0)
    made = Task(text="Позвонить", complete_till=due, entity_id=5, entity_type="leads", task_type_id=1).save()
    again = Task.objects.get(object_id=made.id)
    assert (again.text, again.entity_id, again.is_completed, again.entity.id) == ("Позвонить", 5, False, 5)
    assert again.complete_till == due
    assert [task.id for task in Lead.objects.get(object_id=5).tasks] == [made.id]
    with pytest.raises(exceptions.ValidationError):
        Task(text="Без срока").save()


def test_the_client_changes_a_lead(client):
    lead = Lead.objects.get(object_id=8)
    lead.price = 800
    lead.save()
    assert Lead.objects.get(object_id=8).price == 800


def test_the_client_is_refused_with_a_wrong_token(client):
    other = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQwMDAwMDAwMDB9.c2ln"
    client.save_tokens(other, "x")
    with pytest.raises(exceptions.UnAuthorizedException):
        Lead.objects.get(object_id=1)


def test_the_client_refreshes_a_token_once(client):
    refresh = client.get_refresh_token()
    assert tokens.default_token_manager._get_new_tokens()[0] != client.get_access_token()
    client.save_tokens(client.get_access_token(), refresh)
    with pytest.raises(OSError, match="Token has been revoked"):
        tokens.default_token_manager._get_new_tokens()


# --- limits and faults ----------------------------------------------------------------------------------------------


def emulator(folder, **more):
    write(folder, leads=[{"id": 1, "name": "А", "price": 1, "status_id": 10, "pipeline_id": 31}])
    return create(EmulatorOptions(data=folder, token="T", **more))


def test_the_eighth_request_in_a_second_is_refused_and_going_on_blocks(tmp_path):
    with emulator(tmp_path) as server:
        session = requests.Session()
        session.headers["Authorization"] = "Bearer T"
        answers = [session.get(server.url + "/api/v4/leads", timeout=5) for _ in range(70)]
        codes = [answer.status_code for answer in answers]
        assert codes[:8] == [200] * 7 + [429]
        assert set(codes) == {200, 429, 403}
        refusal = next(answer for answer in answers if answer.status_code == 429)
        assert {**refusal.json(), "retry_after": 300} == sample("error_429")
        blocked = answers[-1]
        assert blocked.status_code == 403
        assert blocked.headers["Content-Type"].startswith("text/html")
        assert blocked.text.split() == (SAMPLES / "error_403_ip_block.html").read_text().split()
        assert session.post(server.url + "/oauth2/access_token", json={}, timeout=5).status_code == 403
        assert session.get(server.url + "/", timeout=5).status_code == 200


def statuses(folder, seed):
    with emulator(folder, rate_limit=False, faults="429:0.2,500:0.2,502:0.1,504:0.1,html:0.1", seed=seed) as server:
        return [ask(server, "/api/v4/leads").status_code for _ in range(40)]


def test_the_same_seed_gives_the_same_faults(tmp_path):
    first = statuses(tmp_path, 5)
    assert first == statuses(tmp_path, 5)
    assert first != statuses(tmp_path, 6)
    assert {200, 429, 500, 502, 504} == set(first)


def rename(server, name):
    return ask(server, "/api/v4/leads/1", "PATCH", json={"name": name})


@pytest.mark.parametrize(("fault", "status"), [("429", 429), ("500", 500), ("502", 502), ("504", 504), ("html", 502)])
def test_a_refusing_fault_applies_nothing(tmp_path, fault, status):
    with emulator(tmp_path, rate_limit=False, faults=f"{fault}:1") as server:
        answer = rename(server, "Б")
        assert answer.status_code == status
        assert ("<html>" in answer.text) == (fault == "html")
        assert server.state.leads.rows[1]["name"] == "А"


@pytest.mark.parametrize(("fault", "name"), [("reset", "А"), ("lost_reply", "Б"), ("late_apply", "А")])
def test_a_dropping_fault_answers_nothing(tmp_path, fault, name):
    with emulator(tmp_path, rate_limit=False, faults=f"{fault}:1", time_scale=20) as server:
        with pytest.raises(requests.ConnectionError):
            rename(server, "Б")
        assert server.state.leads.rows[1]["name"] == name
        deadline = time.monotonic() + 5
        while fault == "late_apply" and server.state.leads.rows[1]["name"] != "Б" and time.monotonic() < deadline:
            time.sleep(0.01)
        assert fault == "reset" or server.state.leads.rows[1]["name"] == "Б"


def test_slow_answers_late(tmp_path):
    with emulator(tmp_path, rate_limit=False, faults="slow:1", time_scale=25) as server:
        started = time.monotonic()
        assert rename(server, "Б").status_code == 200
        assert time.monotonic() - started > 0.19


def test_filters_are_ignored_without_the_option(tmp_path):
    write(tmp_path, leads=[{"id": number, "pipeline_id": 31, "status_id": number} for number in (1, 2)])
    for enabled, found in ((False, [1, 2]), (True, [2])):
        write(tmp_path, account={"is_api_filter_enabled": enabled})
        with create(EmulatorOptions(data=tmp_path, token="T", rate_limit=False)) as server:
            query = "filter%5Bstatuses%5D%5B0%5D%5Bpipeline_id%5D=31&filter[statuses][0][status_id]=2"
            answer = ask(server, f"/api/v4/leads?{query}").json()
            assert [row["id"] for row in answer["_embedded"]["leads"]] == found
            assert dict(parse_qsl(answer["_links"]["self"]["href"].partition("?")[2]))["page"] == "1"


# --- deliveries -----------------------------------------------------------------------------------------------------


class Receiver:
    """Whoever a webhook is sent to."""

    def __init__(self):
        self.got = []
        outer = self

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self):
                outer.got.append((self.rfile.read(int(self.headers["Content-Length"])), dict(self.headers)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def actions(self):
        bodies = [form.decode(body) for body, _ in self.got]
        return [(root, action) for body in bodies for root in body if root != "account" for action in body[root]]


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_subscribers_are_told_of_what_they_asked_for(tmp_path, receiver):
    with emulator(tmp_path, rate_limit=False) as server:
        body = {"destination": receiver.url, "settings": ["status_lead", "add_task"]}
        assert ask(server, "/api/v4/webhooks", "POST", json=body).status_code == 201
        rename(server, "Б")
        ask(server, "/api/v4/leads/1", "PATCH", json={"status_id": 143})
        task = {"text": "т", "complete_till": 1, "entity_id": 1, "entity_type": "leads"}
        ask(server, "/api/v4/tasks", "POST", json=[task])
        assert server.state.hooks.drain()
        assert receiver.actions() == [("leads", "status"), ("task", "add")]
        headers = receiver.got[0][1]
        assert headers["User-Agent"] == "amoCRM-Webhooks/3.0"
        assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert headers["Accept-Encoding"] == "gzip"
        assert len(headers["X-Amocrm-Requestid"]) == 36
        ask(server, "/api/v4/webhooks", "DELETE", json=body)
        ask(server, "/api/v4/leads/1", "PATCH", json={"status_id": 142})
        assert server.state.hooks.drain()
        assert len(receiver.got) == 2


@pytest.mark.parametrize(("fault", "times"), [("", 1), ("lost_hook:1", 0), ("double_hook:1", 2), ("late_hook:1", 1)])
def test_the_event_handler_is_told_of_everything(tmp_path, receiver, fault, times):
    with emulator(tmp_path, rate_limit=False, faults=fault, event_handler=receiver.url, time_scale=100) as server:
        rename(server, "Б")
        early = server.state.hooks.drain() and len(receiver.got)
        assert early == (0 if "late" in fault else times)
        time.sleep(0.2)
        assert receiver.actions() == [("leads", "update")] * times
