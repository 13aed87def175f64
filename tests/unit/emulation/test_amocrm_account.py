"""What the emulated account does by itself: dates it sets, events it writes, hooks it sends, batches it refuses."""

import json
import threading
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import unquote_plus

import pytest

from connectors.amocrm.emulator.app import build
from connectors.amocrm.emulator.gate import Gate
from connectors.amocrm.emulator.oauth import OAuth
from connectors.amocrm.emulator.state import State
from connectors.amocrm.emulator.webhooks import Webhooks, schedule
from connectors.emulation import form
from connectors.emulation.clock import EmulatorClock

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = int(START.timestamp())


def statuses(pipeline):
    return [
        {"id": pipeline * 10 + 1, "name": "Неразобранное", "sort": 10, "type": 1},
        {"id": pipeline * 10 + 2, "name": "Первый контакт", "sort": 20},
        {"id": pipeline * 10 + 3, "name": "Переговоры", "sort": 30},
        {"id": 142, "name": "Успешно", "sort": 10000},
        {"id": 143, "name": "Не реализовано", "sort": 11000},
    ]


DATA = {
    "users": [{"id": 7, "name": "Иван"}, {"id": 8, "name": "Пётр"}],
    "pipelines": [
        {"id": number, "name": f"В{number}", "sort": number, "is_main": number == 3,
         "_embedded": {"statuses": statuses(number)}}
        for number in (3, 4)
    ],
    "loss_reasons": [{"id": 5, "name": "Дорого", "sort": 1}],
    "companies": [{"id": 1, "name": "ООО Ромашка"}],
    "contacts": [{"id": 2, "name": "Анна", "_embedded": {"companies": [{"id": 1}]}}],
    "leads": [
        {"id": 10, "name": "Сделка", "price": 100, "status_id": 32, "pipeline_id": 3, "responsible_user_id": 7,
         "created_by": 7, "updated_by": 7, "created_at": 100, "updated_at": 200,
         "_embedded": {"companies": [{"id": 1}], "contacts": [{"id": 2, "is_main": True}],
                       "tags": [{"id": 1, "name": "старый"}]}},
        {"id": 11, "name": "В корзине", "status_id": 32, "pipeline_id": 3, "is_deleted": True},
    ],
    "custom_fields": [
        {"id": 100, "name": "Причина", "type": "text", "entity_type": "leads"},
        {"id": 101, "name": "Вид", "type": "select", "entity_type": "leads",
         "enums": [{"id": 1, "value": "А", "sort": 1}, {"id": 2, "value": "Б", "sort": 2}]},
        {"id": 102, "name": "Дата", "type": "date", "entity_type": "leads"},
        {"id": 200, "name": "Телефон", "code": "PHONE", "type": "multitext", "entity_type": "contacts",
         "enums": [{"id": 9, "value": "WORK", "sort": 1}]},
    ],
}  # fmt: skip


@pytest.fixture
def portal(tmp_path):
    for name, rows in DATA.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(rows), "utf-8")
    clock = EmulatorClock(START, 0.0001)
    state = State(tmp_path, 7, clock)
    sent = []
    state.hooks.publish = sent.extend
    app = build(state, OAuth(clock, "T", "S"), Gate(clock, active=False))
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer T"

    def ask(method, path, body=None, **more):
        answer = client.open(f"/api/v4/{path}", method=method, json=body, **more)
        return SimpleNamespace(status=answer.status_code, json=answer.get_json(force=True, silent=True))

    return SimpleNamespace(ask=ask, state=state, sent=sent, client=client)


def lead(portal, row_id=10):
    return portal.ask("GET", f"leads/{row_id}?with=contacts,loss_reason").json


def events(portal, **wanted):
    found = portal.ask("GET", "events").json["_embedded"]["events"]
    return [event for event in found if wanted.items() <= event.items()]


def settings_of(portal):
    return [hook.setting for hook in portal.sent]


def test_closing_a_lead_sets_what_the_crm_sets(portal):
    body = {"status_id": 143, "pipeline_id": 3, "loss_reason_id": 5}
    assert portal.ask("PATCH", "leads/10", body).json["updated_at"] == NOW
    found = lead(portal)
    assert (found["closed_at"], found["updated_at"], found["loss_reason_id"]) == (NOW, NOW, 5)
    assert [reason["name"] for reason in found["_embedded"]["loss_reason"]] == ["Дорого"]
    [event] = events(portal, type="lead_status_changed")
    assert event["value_before"] == [{"lead_status": {"id": 32, "pipeline_id": 3}}]
    assert event["value_after"] == [{"lead_status": {"id": 143, "pipeline_id": 3}}]
    assert settings_of(portal) == ["update_lead", "status_lead"]
    assert {hook.item["old_status_id"] for hook in portal.sent} == {32}


def test_reopening_a_lead_clears_the_closing_and_the_reason(portal):
    portal.ask("PATCH", "leads/10", {"status_id": 143, "loss_reason_id": 5})
    portal.ask("PATCH", "leads/10", {"status_id": 33})
    found = lead(portal)
    assert (found["closed_at"], found["loss_reason_id"], found["pipeline_id"]) == (None, None, 3)


def test_the_caller_may_say_when_a_lead_was_closed(portal):
    portal.ask("PATCH", "leads/10", {"status_id": 142, "closed_at": 555, "updated_at": 556, "updated_by": 0})
    found = lead(portal)
    assert (found["closed_at"], found["updated_at"], found["updated_by"]) == (555, 556, 0)


def test_a_new_lead_stands_in_the_first_stage_of_the_main_pipeline(portal):
    made = portal.ask("POST", "leads", [{"name": "Новая"}]).json["_embedded"]["leads"][0]["id"]
    found = lead(portal, made)
    assert (found["pipeline_id"], found["status_id"], found["responsible_user_id"]) == (3, 32, 7)
    assert events(portal, type="lead_added", entity_id=made)
    assert settings_of(portal) == ["add_lead"]


def test_another_pipeline_means_its_first_stage(portal):
    portal.ask("PATCH", "leads/10", {"pipeline_id": 4})
    assert (lead(portal)["pipeline_id"], lead(portal)["status_id"]) == (4, 42)


def test_a_new_responsible_person_is_told_of(portal):
    portal.ask("PATCH", "leads/10", {"responsible_user_id": 8})
    assert settings_of(portal) == ["update_lead", "responsible_lead"]
    assert portal.sent[1].item["old_responsible_user_id"] == 7
    [event] = events(portal, type="entity_responsible_changed")
    assert event["value_after"] == [{"responsible_user": {"id": 8}}]


def test_tags_are_added_taken_away_and_replaced(portal):
    portal.ask("PATCH", "leads/10", {"tags_to_add": [{"name": "новый"}], "tags_to_delete": [{"name": "старый"}]})
    assert [tag["name"] for tag in lead(portal)["_embedded"]["tags"]] == ["новый"]
    assert {event["type"] for event in events(portal)} >= {"entity_tag_added", "entity_tag_deleted"}
    portal.ask("PATCH", "leads/10", {"_embedded": {"tags": [{"name": "иной"}]}})
    assert [tag["name"] for tag in lead(portal)["_embedded"]["tags"]] == ["иной"]
    portal.ask("PATCH", "leads/10", {"_embedded": {"tags": None}})
    assert lead(portal)["_embedded"]["tags"] == []
    assert [each["id"] for each in lead(portal)["_embedded"]["companies"]] == [1]


def test_custom_fields_are_read_as_they_are_shown(portal):
    given = [
        {"field_id": 100, "values": [{"value": 5}]},
        {"field_id": 101, "values": [{"enum_id": 2}]},
        {"field_id": 102, "values": [{"value": "2026-03-02T00:00:00+00:00"}]},
    ]
    portal.ask("PATCH", "leads/10", {"custom_fields_values": given})
    shown = {each["field_id"]: each["values"] for each in lead(portal)["custom_fields_values"]}
    assert shown == {
        100: [{"value": "5"}],
        101: [{"value": "Б", "enum_id": 2, "enum_code": None}],
        102: [{"value": 1772409600}],
    }
    portal.ask("PATCH", "leads/10", {"custom_fields_values": [{"field_id": 101, "values": None}]})
    assert [each["field_id"] for each in lead(portal)["custom_fields_values"]] == [100, 102]
    portal.ask("PATCH", "leads/10", {"custom_fields_values": None})
    assert lead(portal)["custom_fields_values"] is None


def test_a_batch_with_one_wrong_item_changes_nothing(portal):
    body = [{"id": 10, "name": "Другая", "request_id": "one"}, {"id": 999, "name": "Нет такой"}]
    refused = portal.ask("PATCH", "leads", body)
    assert refused.status == 400
    assert refused.json["validation-errors"][0]["errors"][0]["path"] == "id"
    assert (lead(portal)["name"], portal.sent) == ("Сделка", [])
    assert portal.ask("GET", "events").status == 204


@pytest.mark.parametrize(
    ("path", "item", "code", "where"),
    [
        ("leads", {"price": 1.5}, "InvalidType", "price"),
        ("leads", {"responsible_user_id": 99}, "NotSupportedChoice", "responsible_user_id"),
        ("leads", {"pipeline_id": 3, "status_id": 42}, "NotSupportedChoice", "status_id"),
        ("leads", {"loss_reason_id": 6}, "NotSupportedChoice", "loss_reason_id"),
        ("leads", {"_embedded": {"contacts": [{"id": 3}]}}, "NotSupportedChoice", "_embedded.contacts.0.id"),
        ("leads", {"_embedded": {"contacts": 5}}, "InvalidType", "_embedded.contacts"),
        ("leads", {"custom_fields_values": [{"field_id": 101, "values": [{"enum_id": 3}]}]}, "NotSupportedChoice",
         "custom_fields_values.0.values.0.enum_id"),
        ("leads", 5, "InvalidType", ""),
        ("tasks", {"text": "т"}, "FieldMissing", "complete_till"),
        ("tasks", {"complete_till": 5}, "FieldMissing", "text"),
        ("tasks", {"text": "т", "complete_till": 5, "entity_id": 10}, "FieldMissing", "entity_type"),
        ("tasks", {"text": "т", "complete_till": 5, "entity_id": 9, "entity_type": "leads"}, "NotSupportedChoice",
         "entity_id"),
        ("tasks", {"text": "т", "complete_till": 5, "entity_id": 9, "entity_type": ["x"]}, "NotSupportedChoice",
         "entity_type"),
        ("tasks", {"text": "т", "complete_till": 5, "task_type_id": 77}, "NotSupportedChoice", "task_type_id"),
        ("tasks", {"text": "т", "complete_till": "завтра"}, "InvalidType", "complete_till"),
        ("leads/10/notes", {"note_type": "nonsense", "params": {}}, "NotSupportedChoice", "note_type"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_path(portal, path, item, code, where):
    refused = portal.ask("POST", path, [item])
    assert refused.status == 400
    [entry] = refused.json["validation-errors"]
    assert entry["request_id"] == "0"
    assert {"code": code, "path": where}.items() <= entry["errors"][0].items()


def task(portal, **more):
    body = {"text": "Позвонить", "complete_till": NOW + 100, "entity_id": 10, "entity_type": "leads", **more}
    return portal.ask("POST", "tasks", [body]).json["_embedded"]["tasks"][0]["id"]


def test_the_nearest_open_task_shows_on_its_lead(portal):
    later, sooner = task(portal, complete_till=NOW + 500), task(portal, complete_till=NOW + 100)
    assert lead(portal)["closest_task_at"] == NOW + 100
    portal.ask("PATCH", f"tasks/{sooner}", {"is_completed": True})
    assert lead(portal)["closest_task_at"] == NOW + 500
    portal.state.delete("tasks", later)
    assert lead(portal)["closest_task_at"] is None
    assert lead(portal)["updated_at"] == 200


def test_completing_a_task_leaves_its_result_events_and_one_hook(portal):
    made = task(portal)
    assert portal.ask("GET", f"tasks/{made}").json["result"] == []
    portal.sent.clear()
    portal.ask("PATCH", f"tasks/{made}", {"is_completed": True, "result": {"text": "Дозвонился"}})
    found = portal.ask("GET", f"tasks/{made}").json
    assert (found["is_completed"], found["result"]) == (True, {"text": "Дозвонился"})
    kinds = {event["type"] for event in events(portal, entity_type="task", entity_id=made)}
    assert kinds == {"task_added", "task_completed", "task_result_added"}
    [hook] = portal.sent
    assert (hook.setting, hook.item["action_close"], hook.item["result"]["text"]) == ("update_task", 1, "Дозвонился")
    portal.ask("PATCH", f"tasks/{made}", {"text": "Иначе"})
    assert portal.sent[-1].item["action_close"] == 0


def test_tasks_are_found_by_what_they_are_on(portal):
    made = task(portal)
    task(portal, entity_type="companies", entity_id=1)
    found = portal.ask("GET", "tasks?filter[entity_type]=leads&filter[entity_id][]=10&filter[is_completed]=0").json
    assert [row["id"] for row in found["_embedded"]["tasks"]] == [made]
    assert portal.ask("GET", "tasks?filter[is_completed][]=1").status == 204
    assert portal.ask("GET", f"tasks?filter[updated_at]={NOW - 5}").status == 200
    assert portal.ask("GET", f"tasks?filter[updated_at][to]={NOW - 5}").status == 204


def test_a_deleted_lead_is_gone_but_for_the_bin_the_event_and_the_hook(portal):
    portal.state.delete("leads", 10)
    assert portal.ask("GET", "leads/10").status == 204
    assert portal.ask("GET", "leads").status == 204
    binned = portal.ask("GET", "leads?with=only_deleted").json["_embedded"]["leads"]
    assert [row["id"] for row in binned] == [10, 11]
    assert binned[0].keys() == {"id", "updated_at", "updated_by", "is_deleted", "_links"}
    assert events(portal, type="lead_deleted", entity_id=10)
    [hook] = portal.sent
    assert (hook.setting, hook.item) == ("delete_lead", {"id": 10, "status_id": 32, "pipeline_id": 3})
    portal.state.restore("leads", 10)
    assert lead(portal)["is_deleted"] is False
    assert portal.sent[-1].setting == "restore_lead"
    with pytest.raises(KeyError):
        portal.state.delete("leads", 999)


def test_clients_show_the_leads_they_are_linked_to(portal):
    assert portal.ask("GET", "contacts/2?with=leads").json["_embedded"]["leads"][0]["id"] == 10
    found = portal.ask("GET", "companies/1?with=leads,contacts").json["_embedded"]
    assert ([row["id"] for row in found["leads"]], [row["id"] for row in found["contacts"]]) == ([10], [2])
    portal.ask("POST", "leads/10/unlink", [{"to_entity_id": 2, "to_entity_type": "contacts"}])
    assert portal.ask("GET", "contacts/2?with=leads").json["_embedded"]["leads"] == []
    portal.ask("POST", "contacts/2/link", [{"to_entity_id": 10, "to_entity_type": "leads"}])
    assert lead(portal)["_embedded"]["contacts"][0]["is_main"] is True


def test_complex_makes_the_client_too(portal):
    body = [
        {
            "name": "Сделка",
            "_embedded": {"contacts": [{"first_name": "Анна", "last_name": "Ким"}], "companies": [{"name": "АО"}]},
        }
    ]
    [made] = portal.ask("POST", "leads/complex", body).json
    assert portal.ask("GET", f"contacts/{made['contact_id']}").json["name"] == "Анна Ким"
    assert lead(portal, made["id"])["_embedded"]["companies"][0]["id"] == made["company_id"]
    assert settings_of(portal) == ["add_company", "add_contact", "add_lead"]


def test_contacts_and_companies_share_a_root(portal):
    portal.ask("PATCH", "contacts/2", {"responsible_user_id": 8})
    assert {(hook.root, hook.action) for hook in portal.sent} == {("contacts", "update")}
    assert portal.sent[-1].setting == "responsible_contact"
    assert portal.sent[0].item["linked_company_id"] == 1
    assert portal.sent[0].item["type"] == "contact"


def test_notes_are_kept_and_told_of(portal):
    portal.ask("POST", "leads/10/notes", [{"note_type": "common", "params": {"text": "Перезвонить"}}])
    [note] = portal.ask("GET", "leads/10/notes").json["_embedded"]["notes"]
    assert (note["params"], note["entity_id"]) == ({"text": "Перезвонить"}, 10)
    assert "entity_type" not in note
    assert portal.sent[-1].item["note"]["text"] == "Перезвонить"
    assert portal.ask("GET", "contacts/notes").status == 204


def test_events_are_filtered_by_comma_lists(portal):
    task(portal)
    portal.ask("PATCH", "leads/10", {"price": 5, "status_id": 33})
    found = portal.ask("GET", "events?filter[type]=task_added,sale_field_changed").json["_embedded"]["events"]
    assert {event["type"] for event in found} == {"task_added", "sale_field_changed"}
    found = portal.ask("GET", "events?filter[entity][]=lead&filter[entity_id][]=10").json["_embedded"]["events"]
    assert {event["type"] for event in found} == {"lead_status_changed", "sale_field_changed"}
    pair = "[leads_statuses][0][pipeline_id]=3&filter[value_after][leads_statuses][0][status_id]=33"
    found = portal.ask("GET", f"events?filter[value_after]{pair}").json["_embedded"]["events"]
    assert [event["type"] for event in found] == ["lead_status_changed"]
    assert portal.ask("GET", "events?filter[entity_id][]=10").status == 400


def test_a_limit_beyond_the_most_falls_back_to_50(portal):
    portal.ask("POST", "leads", [{} for _ in range(120)])
    for path, count in (
        ("leads?limit=400", 50),
        ("leads?limit=100", 100),
        ("events?limit=250", 50),
        ("events?limit=100", 100),
    ):
        kind = path.partition("?")[0]
        assert len(portal.ask("GET", path).json["_embedded"][kind]) == count


def test_another_user_may_be_named(portal):
    portal.ask("PATCH", "leads/10", {"price": 1}, headers={"X-Context-User-ID": "8"})
    assert lead(portal)["updated_by"] == 8
    assert portal.ask("GET", "leads", headers={"X-Context-User-ID": "99"}).status == 401


def test_many_writers_lose_nothing(portal):
    def add():
        for _ in range(10):
            portal.ask("POST", "leads", [{"name": "x"}])

    threads = [threading.Thread(target=add) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(portal.state.leads.rows) == 61
    assert len(portal.state.events.rows) == 60


def test_nobody_but_the_page_is_served_without_a_token(portal):
    del portal.client.environ_base["HTTP_AUTHORIZATION"]
    assert portal.ask("GET", "leads").status == 401
    page = portal.client.get("/")
    assert page.status_code == 200
    assert "Сделка" in page.get_data(as_text=True)
    assert "ООО Ромашка" in page.get_data(as_text=True)


@pytest.mark.parametrize("content", ["{", "5", '[{"name": "без номера"}]'])
def test_broken_files_are_named(tmp_path, content):
    (tmp_path / "leads.json").write_text(content, "utf-8")
    with pytest.raises(ValueError, match=r"leads\.json"):
        State(tmp_path, 1, EmulatorClock())


# --- OAuth, limits, deliveries --------------------------------------------------------------------------------------


class Hand:
    """A clock that is moved by hand."""

    def __init__(self):
        self.seconds = 0.0

    def elapsed(self):
        return self.seconds

    def timestamp(self):
        return int(self.seconds)


def grant(portal, **more):
    body = {"client_id": "id", "client_secret": "S", "redirect_uri": "https://x", **more}
    answer = portal.client.post("/oauth2/access_token", json=body)
    return answer.status_code, answer.get_json()


def test_codes_and_refresh_tokens_are_good_once(portal):
    status, pair = grant(portal, grant_type="authorization_code", code="CODE")
    assert (status, pair["expires_in"], pair["token_type"]) == (200, 86400, "Bearer")
    assert grant(portal, grant_type="authorization_code", code="CODE")[0] == 400
    status, next_pair = grant(portal, grant_type="refresh_token", refresh_token=pair["refresh_token"])
    assert status == 200
    status, refused = grant(portal, grant_type="refresh_token", refresh_token=pair["refresh_token"])
    assert (status, refused["hint"]) == (401, "Token has been revoked")
    assert grant(portal, grant_type="refresh_token", refresh_token="REFRESH")[0] == 200
    assert grant(portal, grant_type="authorization_code", code="CODE", client_secret="other")[0] == 401
    assert grant(portal, grant_type="password")[0] == 400
    portal.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {next_pair['access_token']}"
    assert portal.ask("GET", "account").status == 200


def test_an_access_token_ends_after_a_day():
    clock = Hand()
    oauth = OAuth(clock, None, None)
    body = {
        "client_id": "a",
        "client_secret": "b",
        "grant_type": "authorization_code",
        "code": "CODE",
        "redirect_uri": "x",
    }
    bearer = f"Bearer {oauth.exchange(body, {})['access_token']}"
    assert oauth.accepts(bearer)
    clock.seconds = 86_400
    assert not oauth.accepts(bearer)
    assert not oauth.accepts("Bearer ")
    assert not oauth.accepts("Bearer токен")


def test_the_consent_page_leads_back_with_the_code(portal):
    answer = portal.client.get("/oauth?client_id=a&state=s1&redirect_uri=https://us.example/oauth/callback")
    assert answer.status_code == 302
    assert "code=CODE" in answer.location
    assert "state=s1" in answer.location
    assert "CODE" in portal.client.get("/oauth").get_data(as_text=True)


def test_more_than_fifty_refusals_in_ten_seconds_block_for_a_minute():
    clock = Hand()
    gate = Gate(clock, active=True)
    assert [gate.allow() for _ in range(8)] == [True] * 7 + [False]
    for _ in range(49):
        gate.allow()
    assert not gate.blocked()
    gate.allow()
    assert gate.blocked()
    clock.seconds = 59.9
    assert gate.blocked()
    clock.seconds = 60.1
    assert not gate.blocked()
    assert gate.allow()


def test_refusals_spread_over_time_do_not_block():
    clock = Hand()
    gate = Gate(clock, active=True)
    for _ in range(40):
        for _ in range(9):
            gate.allow()
        clock.seconds += 1.1
    assert not gate.blocked()


def test_429_can_come_without_json(portal):
    clock = EmulatorClock(START, 0.0001)
    app = build(portal.state, OAuth(clock, "T", None), Gate(clock, active=True))
    portal.state.plain_429 = True
    client = app.test_client()
    answers = [client.get("/api/v4/account", headers={"Authorization": "Bearer T"}) for _ in range(8)]
    assert answers[-1].status_code == 429
    assert answers[-1].content_type == "text/plain"


@pytest.mark.parametrize(
    ("status", "waits"),
    [
        (0, [300, 900, None]),
        (404, [300, 900, None]),
        (302, [300, 900, None]),
        (499, [300, 900, 900, 3600, None]),
        (503, [300, 900, 900, 3600, None]),
        (200, [None]),
        (100, [None]),
    ],
)
def test_deliveries_are_repeated_by_the_table(status, waits):
    assert [schedule(attempts, status) for attempts in range(1, len(waits) + 1)] == waits


def test_a_receiver_that_fails_too_often_is_disabled():
    clock = Hand()
    hooks = Webhooks(clock, {"id": 1, "subdomain": "x"})
    hooks.subscribe("http://a/", ["add_lead"], 1, 7)
    for number in range(101):
        assert not hooks.rows()[0]["disabled"]
        clock.seconds = number
        hooks._answered("http://a/", 500)
    assert hooks.rows()[0]["disabled"]
    hooks.enable("http://a/")
    assert not hooks.rows()[0]["disabled"]
    for number in range(300):
        clock.seconds = 10_000 + number * 100
        hooks._answered("http://a/", 500)
    assert not hooks.rows()[0]["disabled"]


def test_entities_of_one_event_come_in_one_body():
    hooks = Webhooks(EmulatorClock(), {"id": 1, "subdomain": "x"})
    from connectors.amocrm.emulator.webhooks import Hook

    told = [Hook("add_lead", "leads", "add", {"id": number}) for number in (5, 6)] + [
        Hook("status_lead", "leads", "status", {"id": 5})
    ]
    bodies = list(hooks.bodies(told))
    assert [form.decode(body)["leads"] for body in bodies] == [
        {"add": [{"id": "5"}, {"id": "6"}]},
        {"status": [{"id": "5"}]},
    ]
    assert unquote_plus(bodies[0].decode()).startswith(
        "account[subdomain]=x&account[id]=1&account[_links][self]=&leads[add][0]"
    )


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"settings": ["add_lead"]}, "destination"),
        ({"destination": "ftp://x/", "settings": ["add_lead"]}, "destination"),
        ({"destination": "http://x/"}, "settings"),
        ({"destination": "http://x/", "settings": ["add_lead", "add_moon"]}, "settings.1"),
    ],
)
def test_a_wrong_subscription_is_refused(portal, body, path):
    refused = portal.ask("POST", "webhooks", body)
    assert refused.status == 400
    assert refused.json["validation-errors"][0]["errors"][0]["path"] == path
