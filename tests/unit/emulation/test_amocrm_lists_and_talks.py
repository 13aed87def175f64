"""Lists of goods, notes and messages of the emulated account."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from connectors.amocrm.emulator.app import build
from connectors.amocrm.emulator.gate import Gate
from connectors.amocrm.emulator.oauth import OAuth
from connectors.amocrm.emulator.state import State
from connectors.emulation.clock import EmulatorClock

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = int(START.timestamp())
PRICE = {
    "field_id": 51,
    "field_name": "Цена",
    "field_code": "PRICE",
    "field_type": "numeric",
    "values": [{"value": "12"}],
}
DATA = {
    "leads": [{"id": 10, "name": "Сделка"}],
    "contacts": [{"id": 2, "name": "Анна"}],
    "companies": [{"id": 1, "name": "Ромашка"}],
    "catalogs": [{"id": 901, "name": "Товары", "type": "products"}, {"id": 902, "name": "Счета", "type": "invoices"}],
    "catalog_elements": [
        {"id": 1, "catalog_id": 901, "name": "Насос", "custom_fields_values": [PRICE]},
        {"id": 2, "catalog_id": 901, "name": "Труба"},
        {"id": 3, "catalog_id": 902, "name": "Счёт"},
    ],
    "custom_fields": [
        {"id": 51, "name": "Цена", "code": "PRICE", "type": "numeric", "entity_type": "catalogs", "catalog_id": 901},
        {"id": 52, "name": "Группа", "code": "GROUP", "type": "category", "entity_type": "catalogs", "catalog_id": 901,
         "enums": [{"id": 7, "value": "Свет", "sort": 1}]},
    ],
    "notes": [
        {"id": id_, "entity_type": kind, "entity_id": entity, "note_type": type_, "params": {}, "updated_at": 100 * id_}
        for id_, kind, entity, type_ in (
            (1, "leads", 10, "call_in"), (2, "leads", 10, "amomail_message"), (3, "contacts", 2, "call_out"),
            (4, "companies", 1, "sms_in"), (5, "leads", 10, "common"),
        )
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
    client = build(state, OAuth(clock, "T", "S"), Gate(clock, active=False)).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer T"

    def ask(method, path, body=None):
        answer = client.open(f"/api/v4/{path}", method=method, json=body)
        return SimpleNamespace(status=answer.status_code, json=answer.get_json(force=True, silent=True))

    def ids(path):
        rows = ask("GET", path).json
        return [row["id"] for found in rows["_embedded"].values() for row in found] if rows else []

    return SimpleNamespace(ask=ask, ids=ids, state=state, sent=sent)


class TestLists:
    def test_what_there_is(self, portal):
        assert portal.ids("catalogs") == [901, 902]
        assert portal.ids("catalogs/901/elements") == [1, 2]
        assert portal.ids("catalogs/901/elements?filter[id][]=2&filter[id][]=3") == [2]
        assert portal.ids("catalogs/901/elements?query=насос") == [1]
        assert portal.ids("catalogs/901/elements?limit=1&page=2") == [2]
        assert portal.ids("catalogs/901/custom_fields") == [51, 52]
        assert portal.ask("GET", "catalogs/902/custom_fields").status == 204
        assert portal.ask("GET", "catalogs/901/elements/3").status == 204
        assert portal.ask("GET", "leads/custom_fields").status == 204

    def test_an_element_has_every_documented_key(self, portal):
        row = portal.ask("GET", "catalogs/901/elements/1").json
        assert row["custom_fields_values"] == [PRICE]
        assert row.keys() == {
            "id", "name", "created_by", "updated_by", "created_at", "updated_at", "is_deleted", "custom_fields_values",
            "catalog_id", "account_id", "_links",
        }  # fmt: skip
        assert portal.ask("GET", "catalogs/901").json["can_link_multiple"] is True

    def test_elements_are_made_and_changed(self, portal):
        values = [{"field_id": 51, "values": [{"value": 15}]}, {"field_code": "GROUP", "values": [{"enum_id": 7}]}]
        made = portal.ask("POST", "catalogs/901/elements", [{"name": "Кран", "custom_fields_values": values}])
        [row] = made.json["_embedded"]["elements"]
        assert {each["field_code"]: each["values"][0]["value"] for each in row["custom_fields_values"]} == {
            "PRICE": "15",
            "GROUP": "Свет",
        }
        assert (row["created_at"], row["updated_at"], row["created_by"]) == (NOW, NOW, 7)
        portal.ask("PATCH", f"catalogs/901/elements/{row['id']}", {"name": "Кран шаровой"})
        portal.ask("PATCH", "catalogs/901/elements", [{"id": 2, "name": "Труба медная"}])
        names = {each: portal.ask("GET", f"catalogs/901/elements/{each}").json["name"] for each in (row["id"], 2)}
        assert names == {row["id"]: "Кран шаровой", 2: "Труба медная"}

    @pytest.mark.parametrize(
        ("method", "path", "body", "status"),
        [
            ("POST", "catalogs/901/elements", [{}], 400),
            (
                "POST",
                "catalogs/901/elements",
                [{"name": "К", "custom_fields_values": [{"field_id": 99, "values": []}]}],
                400,
            ),
            ("POST", "catalogs/999/elements", [{"name": "К"}], 404),
            ("PATCH", "catalogs/901/elements", [{"id": 3, "name": "К"}], 400),
            ("PATCH", "catalogs/901/elements/3", {"name": "К"}, 404),
        ],
    )
    def test_wrong_ones_are_refused(self, portal, method, path, body, status):
        assert portal.ask(method, path, body).status == status
        assert portal.ids("catalogs/901/elements") == [1, 2]

    def test_goods_are_put_on_a_lead_and_taken_off(self, portal):
        link = {"to_entity_id": 1, "to_entity_type": "catalog_elements"}
        given = {**link, "metadata": {"quantity": 2.5, "catalog_id": 901, "price_id": 51}}
        assert portal.ask("POST", "leads/10/link", [given]).status == 200
        lead = portal.ask("GET", "leads/10?with=catalog_elements").json
        assert lead["_embedded"]["catalog_elements"] == [
            {"id": 1, "metadata": {"quantity": 2.5, "catalog_id": 901, "price_id": 51}}
        ]
        assert lead["updated_at"] == NOW
        assert "catalog_elements" not in portal.ask("GET", "leads/10").json["_embedded"]
        assert portal.ask("POST", "leads/10/unlink", [link]).status == 204
        assert portal.ask("GET", "leads/10?with=catalog_elements").json["_embedded"]["catalog_elements"] == []

    @pytest.mark.parametrize("link", [{"to_entity_id": 99, "to_entity_type": "catalog_elements"},
                                      {"to_entity_id": 7, "to_entity_type": "users"}])  # fmt: skip
    def test_what_cannot_be_put_on_a_lead(self, portal, link):
        assert portal.ask("POST", "leads/10/link", [link]).status == 400


class TestNotes:
    @pytest.mark.parametrize(
        ("path", "ids"),
        [
            ("leads/notes", [1, 2, 5]),
            ("contacts/notes", [3]),
            ("companies/notes?filter[note_type][]=sms_in&filter[note_type][]=sms_out", [4]),
            ("leads/notes?filter[note_type][]=call_in&filter[note_type][]=amomail_message", [1, 2]),
            ("leads/notes?filter[note_type]=common", [5]),
            ("leads/notes?filter[updated_at][from]=200&filter[updated_at][to]=499", [2]),
            ("leads/notes?filter[updated_at]=200&order[updated_at]=desc", [5, 2]),
            ("leads/notes?filter[entity_id][]=11", []),
            ("leads/10/notes?order[id]=desc", [5, 2, 1]),
            ("leads/notes?limit=1&page=3", [5]),
        ],
    )
    def test_lists(self, portal, path, ids):
        assert portal.ids(path) == ids

    def test_a_call_is_noted_and_corrected(self, portal):
        params = {"uniq": "8f52", "duration": 60, "source": "АТС", "phone": "+79990000000", "call_responsible": 7}
        made = portal.ask("POST", "contacts/2/notes", [{"note_type": "call_in", "params": params}]).json
        note_id = made["_embedded"]["notes"][0]["id"]
        assert portal.state.events.rows[list(portal.state.events.rows)[-1]]["type"] == "incoming_call"
        change = {"note_type": "call_in", "params": {**params, "duration": 90}}
        for path, body in ((f"contacts/2/notes/{note_id}", change), ("contacts/2/notes", [{**change, "id": note_id}])):
            assert portal.ask("PATCH", path, body).status == 200
            assert portal.ask("GET", f"contacts/notes/{note_id}").json["params"]["duration"] == 90
        edited = portal.ask("PATCH", "contacts/notes", [{**change, "id": note_id}]).json["_embedded"]["notes"]
        assert [(row["id"], row["entity_id"], row["updated_at"]) for row in edited] == [(note_id, 2, NOW)]

    @pytest.mark.parametrize(("kind", "event"), [("sms_in", "incoming_sms"), ("sms_out", "outgoing_sms")])
    def test_short_messages_are_told_of(self, portal, kind, event):
        portal.ask("POST", "leads/10/notes", [{"note_type": kind, "params": {"text": "Да", "phone": "1"}}])
        assert [row["type"] for row in portal.state.events.rows.values()] == [event]

    @pytest.mark.parametrize(
        ("path", "body", "status"),
        [
            ("leads/notes", [{"id": 3, "note_type": "call_out", "params": {}}], 400),  # it is a contact's
            ("leads/notes", [{"id": 99, "note_type": "call_out", "params": {}}], 400),
            ("leads/notes", [{"id": 2, "params": {"subject": "Иначе"}}], 400),  # nobody changes a letter
            ("leads/notes", [{"id": 1, "note_type": "amomail_message"}], 400),
            ("leads/10/notes/99", {"note_type": "common", "params": {}}, 404),
        ],
    )
    def test_what_may_not_be_changed(self, portal, path, body, status):
        before = dict(portal.state.notes.rows)
        assert portal.ask("PATCH", path, body).status == status
        assert portal.state.notes.rows == before


class TestTalks:
    def test_an_event_without_the_words_and_a_hook_with_them(self, portal):
        portal.state.say("leads", 10, "Когда привезёте?", contact=2)
        portal.state.say("leads", 10, "Завтра", contact=2, by=7)
        [out, come] = sorted(
            portal.ask("GET", "events").json["_embedded"]["events"], key=lambda row: -row["created_by"]
        )
        assert (come["type"], come["entity_type"], come["entity_id"]) == ("incoming_chat_message", "lead", 10)
        assert (out["type"], out["created_by"]) == ("outgoing_chat_message", 7)
        assert come["_embedded"]["entity"]["linked_talk_contact_id"] == 2
        assert come["value_after"][0]["message"].keys() == {"id", "origin", "talk_id"}
        assert [(hook.setting, hook.root, hook.action) for hook in portal.sent] == [
            ("add_message", "message", "add"),
            ("add_outgoing_message", "message", "add"),
        ]
        assert (portal.sent[0].item["text"], portal.sent[0].item["element_type"]) == ("Когда привезёте?", 2)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("filter[entity][]=contact", 2),
            ("filter[entity][]=lead", 1),
            ("filter[entity][]=contact&filter[entity_id][]=2", 2),
            ("filter[entity][]=lead&filter[entity_id][]=2", 0),
            ("filter[entity][]=contact&filter[entity_id][]=10", 0),
            ("filter[type]=incoming_chat_message,outgoing_chat_message", 2),
            ("filter[type][]=incoming_chat_message", 2),
            ("filter[type][]=outgoing_chat_message", 0),
        ],
    )
    def test_messages_are_found_by_the_contact_who_talks(self, portal, query, found):
        portal.state.say("leads", 10, "Да", contact=2)
        portal.state.say("contacts", 2, "Нет", contact=2)
        assert len(portal.ids(f"events?{query}")) == found
