"""The emulated portal over HTTP: a client written by others works on it, its answers have the documented shapes."""

from __future__ import annotations

import http.server
import json
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from fast_bitrix24 import Bitrix
from fast_bitrix24.server_response import ErrorInServerResponseException

from connectors.bitrix24.emulator import create
from connectors.bitrix24.emulator.state import State
from connectors.emulation.server import EmulatorOptions, RunningServer

SAMPLES = Path(__file__).parent / "samples" / "bitrix24"
TOKEN = "application"
Serve = Callable[..., RunningServer[State]]


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def write(data: Path, name: str, rows: Any) -> None:
    (data / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    running: list[RunningServer[State]] = []
    deal = sample("crm.deal.get.response")["result"]
    write(tmp_path, "crm.deal", [{**deal, "ID": str(number), "COMPANY_ID": "1"} for number in range(1, 131)])
    write(tmp_path, "user", sample("user.get.response")["result"])

    def start(*, rate_limit: bool = False, **options: Any) -> RunningServer[State]:
        extra = {name: options.pop(name) for name in ("operating_limit", "auth_status") if name in options}
        asked = EmulatorOptions(data=tmp_path, secret="s3", token=TOKEN, rate_limit=rate_limit, **options)
        running.append(create(asked, **extra))
        return running[-1]

    yield start
    for server in running:
        server.close()


@pytest.fixture
def portal(serve: Serve) -> RunningServer[State]:
    return serve()


def hook(server: RunningServer[State], method: str) -> str:
    return f"{server.url}/rest/1/s3/{method}"


def ask(server: RunningServer[State], method: str, **params: Any) -> Any:
    answer = requests.post(hook(server, method), json=params, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestClientOfOthers:
    def test_lists_everything_over_several_pages(self, portal: RunningServer[State]) -> None:
        rows = client(portal).get_all("crm.deal.list", {"select": ["ID", "TITLE"]})
        assert sorted(int(row["ID"]) for row in rows) == list(range(1, 131))
        assert set(rows[0]) == {"ID", "TITLE"}

    def test_reads_one(self, portal: RunningServer[State]) -> None:
        assert client(portal).get_by_ID("crm.deal.get", [7])["ID"] == "7"

    def test_creates_a_task_and_reads_it_back(self, portal: RunningServer[State]) -> None:
        fields = {"TITLE": "Перезвонить", "RESPONSIBLE_ID": 1, "UF_CRM_TASK": ["D_7"]}
        made = client(portal).call("tasks.task.add", {"fields": fields})
        found = client(portal).get_all("tasks.task.list", {"filter": {"UF_CRM_TASK": "D_7"}, "select": ["ID", "TITLE"]})
        assert [(task["id"], task["title"]) for task in found] == [(made["id"], "Перезвонить")]

    def test_lists_leads_and_goods(self, portal: RunningServer[State]) -> None:
        lead = client(portal).call("crm.lead.add", {"fields": {"TITLE": "Заявка", "STATUS_ID": "JUNK"}})
        found = client(portal).get_all("crm.lead.list", {"filter": {"STATUS_SEMANTIC_ID": "F"}, "select": ["ID"]})
        assert [int(row["ID"]) for row in found] == [int(lead)]
        fields = [{"fields": {"NAME": f"Болт {number}"}} for number in range(60)]
        client(portal).call("crm.product.add", fields)
        assert len(client(portal).get_all("crm.product.list", {"select": ["ID", "NAME"]})) == 60
        rows = [{"PRODUCT_ID": 1, "PRICE": 100, "QUANTITY": 2}] * 55
        client(portal).call("crm.deal.productrows.set", {"id": 7, "rows": rows})
        lines = client(portal).get_all("crm.productrow.list", {"filter": {"OWNER_TYPE": "D", "OWNER_ID": 7}})
        assert len(lines) == 55
        assert {(row["OWNER_ID"], row["PRODUCT_ID"], row["PRICE"]) for row in lines} == {("7", "1", 100.0)}

    def test_is_told_of_a_failing_command_in_a_batch(self, portal: RunningServer[State]) -> None:
        with pytest.raises(ErrorInServerResponseException, match="Not found"):
            client(portal).get_by_ID("crm.deal.get", [7, 999])


def client(server: RunningServer[State]) -> Bitrix:
    return Bitrix(f"{server.url}/rest/1/s3/", verbose=False)


class TestTransport:
    @pytest.mark.parametrize("send", ["query", "form", "json", "multipart", "broken json"])
    def test_parameters_come_in_every_way(self, portal: RunningServer[State], send: str) -> None:
        url, flat = hook(portal, "CRM.Deal.LIST.json"), {"filter[>ID]": "128", "select[]": "ID"}
        answer = {
            "query": lambda: requests.get(url, params=flat, timeout=10),
            "form": lambda: requests.post(url, data=flat, timeout=10),
            "json": lambda: requests.post(url, json={"FILTER": {">ID": 128}, "SELECT": ["ID"]}, timeout=10),
            "multipart": lambda: requests.post(
                url, files={key: (None, value) for key, value in flat.items()}, timeout=10
            ),
            "broken json": lambda: requests.post(
                url + "?filter[>ID]=128&select[]=ID", data="{", headers={"Content-Type": "application/json"}, timeout=10
            ),
        }[send]()
        assert answer.json()["result"] == [{"ID": "129"}, {"ID": "130"}]
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"

    @pytest.mark.parametrize(
        ("path", "status", "error"),
        [
            ("1/wrong/profile", 401, "INVALID_CREDENTIALS"),
            ("2/s3/profile", 401, "INVALID_CREDENTIALS"),
            ("1/profile", 404, "ERROR_METHOD_NOT_FOUND"),
            ("profile", 401, "NO_AUTH_FOUND"),
            ("profile?auth=nonsense", 401, "invalid_token"),
            ("1/s3/event.bind", 403, "WRONG_AUTH_TYPE"),
        ],
    )
    def test_refusals_of_access(self, portal: RunningServer[State], path: str, status: int, error: str) -> None:
        answer = requests.get(f"{portal.url}/rest/{path}", timeout=10)
        assert (answer.status_code, answer.json()["error"]) == (status, error)

    def test_the_documented_status_can_be_asked_for(self, serve: Serve) -> None:
        server = serve(auth_status=403)
        assert requests.get(f"{server.url}/rest/1/wrong/profile", timeout=10).status_code == 403

    def test_the_bucket_holds_fifty_and_a_batch_counts_once(self, serve: Serve) -> None:
        server = serve(rate_limit=True)
        session = requests.Session()
        many = {"cmd": {f"k{number}": "profile" for number in range(50)}}
        assert len(session.post(hook(server, "batch"), json=many, timeout=10).json()["result"]["result"]) == 50
        answers = [session.get(hook(server, "server.time"), timeout=10) for _ in range(60)]
        refused = [answer for answer in answers if answer.status_code == 503]
        assert 1 <= len(refused) <= 11
        assert refused[0].json() == {"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"}

    def test_faults_look_like_this_crm(self, serve: Serve) -> None:
        server = serve(faults="html:1")
        answer = requests.get(hook(server, "profile"), timeout=10)
        assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")
        assert requests.get(server.url, timeout=10).status_code == 200

    def test_a_lost_reply_was_applied(self, serve: Serve) -> None:
        server = serve(faults="lost_reply:1")
        with pytest.raises(requests.ConnectionError):
            requests.post(
                hook(server, "tasks.task.add"), json={"fields": {"TITLE": "x", "RESPONSIBLE_ID": 1}}, timeout=10
            )
        assert len(server.state["tasks.task"]) == 1

    def test_many_threads_write_and_read_at_once(self, portal: RunningServer[State]) -> None:
        fields = {"TITLE": "x", "RESPONSIBLE_ID": 1, "UF_CRM_TASK": ["D_7"]}

        def work(number: int) -> tuple[str, int]:
            made = ask(portal, "tasks.task.add", fields=fields)["result"]["task"]["id"]
            ask(portal, "crm.deal.update", id=number + 1, fields={"STAGE_ID": "WON"})
            listed = ask(portal, "crm.deal.list", filter={"STAGE_ID": "WON"}, order={"DATE_MODIFY": "DESC"})
            return made, len(listed["result"])

        with ThreadPoolExecutor(8) as pool:
            done = list(pool.map(work, range(40)))
        assert {int(made) for made, _ in done} == set(range(1, 41))
        assert max(count for _, count in done) == 40
        assert len(portal.state["crm.stagehistory"]) == 40

    def test_the_page_for_people_shows_deals_and_tasks(self, portal: RunningServer[State]) -> None:
        portal.state.add("tasks.task", {"TITLE": "Узнать <причину>", "RESPONSIBLE_ID": 1, "UF_CRM_TASK": ["D_9"]})
        page = requests.get(portal.url, timeout=10)
        assert page.headers["Content-Type"].startswith("text/html")
        assert "Узнать &lt;причину&gt;" in page.text
        assert "New Deal #1" in page.text


class TestOAuth:
    def token(self, server: RunningServer[State], **params: str) -> requests.Response:
        named = {"client_id": "app.1", "client_secret": "s3", **params}
        return requests.get(f"{server.url}/oauth/token/", params=named, timeout=10)

    def test_a_refresh_token_is_good_once(self, portal: RunningServer[State]) -> None:
        first = self.token(portal, grant_type="refresh_token", refresh_token="REFRESH")
        assert set(first.json()) == set(sample("oauth.token.refresh.response"))
        again = self.token(portal, grant_type="refresh_token", refresh_token="REFRESH")
        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
        token = first.json()["refresh_token"]
        assert self.token(portal, grant_type="refresh_token", refresh_token=token).status_code == 200

    def test_a_code_gives_a_token_that_expires(self, serve: Serve) -> None:
        server = serve(clock=datetime(2025, 6, 2, tzinfo=UTC), time_scale=20000)
        token = self.token(server, grant_type="authorization_code", code="CODE").json()["access_token"]
        url = f"{server.url}/rest/profile"
        assert requests.post(url, json={"auth": token}, timeout=10).json()["result"]["ID"] == "1"
        threading.Event().wait(0.2)
        late = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10)
        assert (late.status_code, late.json()["error"]) == (401, "expired_token")

    def test_a_wrong_client_is_refused(self, portal: RunningServer[State]) -> None:
        answer = self.token(portal, grant_type="authorization_code", code="CODE", client_secret="no")
        assert answer.json()["error"] == "invalid_client"

    def test_an_application_binds_events_and_reads_the_offline_queue(self, portal: RunningServer[State]) -> None:
        auth = self.token(portal, grant_type="authorization_code", code="CODE").json()["access_token"]

        def call(method: str, **params: Any) -> Any:
            return requests.post(f"{portal.url}/rest/{method}", json={"auth": auth, **params}, timeout=10).json()

        assert call("event.bind", event="NOPE", handler="http://x")["error"] == "ERROR_EVENT_NOT_FOUND"
        assert call("event.bind", event="onCrmDealUpdate", event_type="offline")["result"] is True
        assert (
            call("event.bind", event="OnCrmDealUpdate", event_type="offline")["error"] == "ERROR_HANDLER_ALREADY_EXIST"
        )
        assert set(call("event.get")["result"][0]) == set(sample("event.get.response")["result"][0])
        for _ in range(2):
            portal.state.update("crm.deal", 5, {"TITLE": "Иначе"})
        held = call("event.offline.get", clear=0)["result"]
        assert [row["EVENT_DATA"] for row in held["events"]] == [{"FIELDS": {"ID": "5"}}]
        assert call("event.offline.get")["result"]["events"] == []
        assert call("event.offline.clear", process_id=held["process_id"])["result"] is True
        assert call("event.offline.get", process_id=held["process_id"])["result"]["events"] == []
        assert call("event.unbind", event="ONCRMDEALUPDATE", event_type="offline")["result"] == {"count": 1}


@pytest.fixture
def handler() -> Iterator[tuple[str, list[str]]]:
    bodies: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(500)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", bodies
    server.shutdown()
    server.server_close()


def waited(bodies: list[str], count: int) -> list[str]:
    for _ in range(200):
        if len(bodies) >= count:
            break
        threading.Event().wait(0.02)
    return bodies


class TestEvents:
    def test_bodies_have_the_documented_keys_and_come_once(self, serve: Serve, handler: tuple[str, list[str]]) -> None:
        url, bodies = handler
        server = serve(event_handler=url)
        number = server.state.add("crm.deal", {"TITLE": "x"})
        ask(server, "crm.deal.update", id=number, fields={"STAGE_ID": "WON"})
        ask(server, "crm.deal.delete", id=number)
        task = ask(server, "tasks.task.add", fields={"TITLE": "x", "RESPONSIBLE_ID": 1})["result"]["task"]["id"]
        ask(server, "tasks.task.complete", taskId=task)
        names = ("ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE")
        expected = [(SAMPLES / f"event.{name}.webhook.body.txt").read_text() for name in names]
        expected.append((SAMPLES / "event.ONTASKADD.app.body.txt").read_text())
        expected.append((SAMPLES / "event.ONTASKUPDATE.webhook.body.txt").read_text())
        threading.Event().wait(0.2)
        found = waited(bodies, 5)
        assert len(found) == 5
        for body, wanted in zip(found, expected, strict=True):
            assert shape_of(body) == shape_of(wanted)
        assert dict(parse_qsl(found[0]))["auth[application_token]"] == TOKEN
        assert dict(parse_qsl(found[0]))["auth[member_id]"] == "emulator"
        assert dict(parse_qsl(found[0]))["data[FIELDS][ID]"] == str(number)
        assert "data%5BFIELDS%5D%5BID%5D=" in found[0]

    def test_a_lost_hook_never_comes_and_a_double_one_twice(self, serve: Serve, handler: tuple[str, list[str]]) -> None:
        url, bodies = handler
        serve(event_handler=url, faults="lost_hook:1").state.update("crm.deal", 5, {"TITLE": "a"})
        serve(event_handler=url, faults="double_hook:1").state.update("crm.deal", 6, {"TITLE": "a"})
        assert [dict(parse_qsl(body))["data[FIELDS][ID]"] for body in waited(bodies, 2)] == ["6", "6"]


def shape_of(body: str) -> tuple[str, list[str], list[str]]:
    """The event's name, its keys in order, what is `undefined`; the tokens of an application are left out."""
    pairs = parse_qsl(body)
    of_app = {f"auth[{name}]" for name in ("access_token", "refresh_token", "expires_in", "scope", "status")}
    own = [key for key, _ in pairs if key not in of_app and key != "event_handler_id"]
    literal = [f"{key}={value}" for key, value in pairs if value in ("undefined", "N")]
    return pairs[0][1], sorted(own), literal


# What the documentation's portals have and a fresh one has not, and the other way round.
_OWN = re.compile(r"^(UF_|PARENT_ID_|parentId\d|ufCrm)")


def assert_shape(found: Any, wanted: Any, where: str = "") -> None:
    """Every documented key is there with a value of the documented type; a null may be anything."""
    if isinstance(wanted, dict):
        assert isinstance(found, dict), where
        for key, value in wanted.items():
            if not _OWN.match(key):
                assert key in found, f"{where}.{key}"
                assert_shape(found[key], value, f"{where}.{key}")
    elif isinstance(wanted, list):
        assert isinstance(found, list), where
        if wanted and found:
            assert_shape(found[0], common(wanted), f"{where}[0]")
    elif wanted is not None and found is not None:
        numbers = (int, float)
        same = isinstance(found, type(wanted)) or (isinstance(found, numbers) and isinstance(wanted, numbers))
        assert same, f"{where}: {found!r} is not like {wanted!r}"


def common(rows: list[Any]) -> Any:
    """The first of the documented rows, with only what all of them have."""
    if not isinstance(rows[0], dict):
        return rows[0]
    return {key: value for key, value in rows[0].items() if all(key in row for row in rows)}


def without_time(body: dict[str, Any]) -> dict[str, Any]:
    assert {"start", "finish", "duration", "date_start", "date_finish"} <= set(body["time"])
    return {key: value for key, value in body.items() if key not in ("time", "next")}


ACTIVITY = {"ownerTypeId": 2, "ownerId": 5, "deadline": "2025-06-03T10:00:00", "title": "x"}


@pytest.mark.parametrize(
    ("name", "method", "params"),
    [
        ("crm.deal.get", "crm.deal.get", {"id": 7}),
        ("crm.deal.get", "crm.deal.get", {"id": "new"}),
        ("crm.deal.list", "crm.deal.list", {}),
        ("crm.deal.fields", "crm.deal.fields", {}),
        ("crm.deal.update", "crm.deal.update", {"id": 7, "fields": {"TITLE": "x"}}),
        ("crm.contact.get", "crm.contact.get", {"id": "new"}),
        ("crm.category.list", "crm.category.list", {"entityTypeId": 2}),
        ("crm.status.list", "crm.status.list", {"filter": {"ENTITY_ID": "DEAL_STAGE"}}),
        ("crm.stagehistory.list", "crm.stagehistory.list", {"entityTypeId": 2}),
        ("crm.activity.todo.add", "crm.activity.todo.add", ACTIVITY),
        ("crm.activity.list", "crm.activity.list", {}),
        ("crm.timeline.comment.add", "crm.timeline.comment.add",
         {"fields": {"ENTITY_ID": 5, "ENTITY_TYPE": "deal", "COMMENT": "x"}}),
        ("tasks.task.add", "tasks.task.add", {"fields": {"TITLE": "x", "RESPONSIBLE_ID": 1}}),
        ("user.get", "user.get", {}),
    ],
)  # fmt: skip
def test_answers_have_the_shape_of_the_documented_ones(
    portal: RunningServer[State], name: str, method: str, params: dict[str, Any]
) -> None:
    new = {
        "crm.deal": portal.state.add("crm.deal", {"TITLE": "x"}),
        "crm.contact": portal.state.add(
            "crm.contact", {"NAME": "x", "PHONE": [{"VALUE": "1"}], "EMAIL": [{"VALUE": "a"}]}
        ),
    }
    ask(portal, "crm.activity.todo.add", **ACTIVITY)
    if params.get("id") == "new":
        params = {"id": new[method.rpartition(".")[0]]}
    assert_shape(without_time(ask(portal, method, **params)), without_time(sample(f"{name}.response")))


# Fields of the item in the sample that stand for nothing a deal of ours has.
_OBSOLETE = re.compile(r"(Short|^event|^is(Work|Won|Lose)$|^productId|^searchContent|^orderStage|Amount$|^hasProducts)")


def test_an_item_has_the_documented_names(portal: RunningServer[State]) -> None:
    found = ask(portal, "crm.item.update", entityTypeId=2, id=7, fields={"title": "x"})["result"]["item"]
    wanted = sample("crm.item.update.response")["result"]["item"]
    kept = {key: value for key, value in wanted.items() if not _OBSOLETE.search(key)}
    assert_shape(found, kept)
    assert found["title"] == "x"


@pytest.mark.parametrize("halt", [0, 1])
def test_a_batch_of_failures_is_the_documented_one(portal: RunningServer[State], halt: int) -> None:
    wanted = sample(f"batch.error.halt{halt}.response")["result"]
    cmd = {"get_user": "nope.first", "get_department": "nope.second"}
    found = ask(portal, "batch", halt=halt, cmd=cmd)["result"]
    assert list(found) == list(wanted)
    assert list(found["result_error"]) == list(wanted["result_error"])
    assert [found[key] for key in found if key != "result_error"] == [[], [], [], []]


def test_tasks_have_the_documented_names(portal: RunningServer[State]) -> None:
    portal.state.add("tasks.task", {"TITLE": "x", "RESPONSIBLE_ID": 1, "DEADLINE": "2030-01-01"})
    wanted = sample("tasks.task.list.response")["result"]["tasks"][0]
    select = (
        "ID TITLE DESCRIPTION DEADLINE CREATED_DATE RESPONSIBLE_ID PRIORITY MARK STATUS AUDITORS ACCOMPLICES GROUP_ID"
    )
    found = ask(portal, "tasks.task.list", select=["*", *select.split()])["result"]["tasks"][0]
    computed = ("lengthDeadline", "Result", "timer", "timeElapsed", "parsedDescription", "counter", "tags", "Data")
    assert_shape(found, {key: value for key, value in wanted.items() if not any(word in key for word in computed)})


def test_refused_writes_are_the_documented_ones(portal: RunningServer[State]) -> None:
    for name, method, params in (
        ("crm.deal.list.error", "crm.deal.list", {"filter": "x"}),
        ("tasks.task.add.error", "tasks.task.add", {"fields": {"RESPONSIBLE_ID": 1}}),
        ("crm.item.list.error", "crm.item.list", {"entityTypeId": 2, "filter": {"FIELD": 1}}),
    ):
        answer = requests.post(hook(portal, method), json=params, timeout=10)
        assert (answer.status_code, answer.json()) == (400, sample(name))
