"""Calls, letters, messages, goods, duplicates and requests not accepted yet, as the connector finds them in amoCRM."""

import json
from datetime import timedelta
from decimal import Decimal
from itertools import islice

import pytest

from integrator.domain import PULLED, BasketLine, EntityKind, Identity, TaskDraft, TaskKind, identity
from integrator.errors import OutcomeUnknown
from tests.contract.amocrm import BEFORE, STATUSES, THEN, QuickClock, company, lead, starter, task

COMPANY, CONTACT, DEAL, TASK = EntityKind.COMPANY, EntityKind.CONTACT, EntityKind.DEAL, EntityKind.TASK
STAGE, PRODUCT, BASKET, LEAD = EntityKind.STAGE_CHANGE, EntityKind.PRODUCT, EntityKind.BASKET, EntityKind.LEAD
MANAGER = EntityKind.MANAGER
UNSORTED = {"id": 9, "name": "Неразобранное", "sort": 1, "type": 1}
WITH_UNSORTED = [{"id": 31, "name": "П", "sort": 1, "_embedded": {"statuses": [UNSORTED, *STATUSES]}}]
FAULTS = "429:0.05,500:0.05,502:0.05,504:0.05,reset:0.05,lost_reply:0.05,html:0.05"


@pytest.fixture
def start(tmp_path):
    """Start an emulator with these collections and return it with a connector to it."""
    running = []
    yield starter(tmp_path, running)
    for each in running:
        each.close()


@pytest.fixture
def asked(monkeypatch):
    """Return what was asked for since the last time, as paths."""
    paths = []

    def watch(connector):
        get = connector._session.get
        monkeypatch.setattr(connector._session, "get", lambda path, *rest: (paths.append(path), get(path, *rest))[1])

        def since():
            found = [path.removeprefix("api/v4/") for path in paths]
            paths.clear()
            return found

        return since

    return watch


def note(id_, kind="call_out", entity="leads", entity_id=10, **more):
    return {
        "id": id_, "entity_type": entity, "entity_id": entity_id, "note_type": kind, "params": {},
        "created_by": 7, "responsible_user_id": 7, "created_at": BEFORE + id_, "updated_at": BEFORE + id_,
    } | more  # fmt: skip


def event(number, kind="incoming_chat_message", **more):
    return {
        "id": f"01event{number:06d}", "type": kind, "entity_id": 10, "entity_type": "lead", "created_by": 0,
        "created_at": BEFORE + number, "value_after": [{"message": {"id": str(number)}}], "value_before": [],
    } | more  # fmt: skip


def pulled(connector, kind, cursor=None):
    """Return the rows met, and the last cursor."""
    rows = []
    for page in connector.pull(kind, cursor):
        rows += page.rows
        cursor = page.cursor
    return rows, cursor


def mirrored(mirror, connector, kind, cursor=None):
    """Return what a mirror of these ids holds after the pull, and the cursor."""
    mirror = dict(mirror)
    for page in connector.pull(kind, cursor):
        rows = {row.id: row for row in page.rows}
        low, high = page.window or (0, 0)
        inside = {id_ for id_ in mirror if low < id_ and (high is None or id_ <= high)}
        for id_ in (inside | set(page.gone)) - rows.keys():
            mirror.pop(id_, None)
        mirror |= rows
        cursor = page.cursor
    return mirror, cursor


class TestContactsMade:
    def test_each_kind_with_who_and_when(self, start):
        notes = [
            note(1, "call_in", "companies", 4, params={"call_result": "Ждут счёт", "phone": "+79001112233"}),
            note(2, "call_out", "contacts", 5, params={"call_responsible": 8}),
            note(3, "sms_in", params={"text": "Когда привезёте?"}),
            note(4, "sms_out", responsible_user_id=0, created_by=8),
            note(5, "amomail_message", params={"subject": "Счёт", "income": True}),
            note(6, "amomail_message", params={"income": False}),
            note(7, "common", params={"text": "Обычное"}),
            note(8, "service_message", params={"text": "Служебное"}),
        ]
        _server, connector = start(notes=notes, tasks=[task(1, task_type_id=2), task(2, task_type_id=77)])
        rows, _cursor = pulled(connector, TASK)
        made = {(row.origin, row.id): row for row in rows}
        assert {key: (row.kind, row.incoming, row.entity_kind, row.entity_id) for key, row in made.items()} == {
            ("task", 1): (TaskKind.MEETING, False, DEAL, 10),
            ("task", 2): (TaskKind.TASK, False, DEAL, 10),
            ("note", 1): (TaskKind.CALL, True, COMPANY, 4),
            ("note", 2): (TaskKind.CALL, False, CONTACT, 5),
            ("note", 3): (TaskKind.MESSAGE, True, DEAL, 10),
            ("note", 4): (TaskKind.MESSAGE, False, DEAL, 10),
            ("note", 5): (TaskKind.EMAIL, True, DEAL, 10),
            ("note", 6): (TaskKind.EMAIL, False, DEAL, 10),
        }
        contacts = [row for row in rows if row.origin == "note"]
        assert all(row.completed and row.due_at is None for row in contacts)
        assert all(row.completed_at == row.created_at == THEN - timedelta(seconds=100_000 - row.id) for row in contacts)
        assert {row.id: row.responsible_id for row in contacts} == {1: 7, 2: 8, 3: 7, 4: 8, 5: 7, 6: 7}
        assert (made["note", 1].result, made["note", 1].text) == ("Ждут счёт", "")
        assert (made["note", 3].text, made["note", 5].text) == ("Когда привезёте?", "Счёт")

    def test_what_was_said_in_chats(self, start):
        server, connector = start(contacts=[{"id": 5, "name": "Анна"}])
        _rows, cursor = pulled(connector, TASK)
        server.state.say("leads", 10, "Здравствуйте", contact=5)
        server.state.say("leads", 10, "Добрый день", contact=5, by=7)
        server.state.say("contacts", 5, "Ещё здесь?", contact=5)
        rows, cursor = pulled(connector, TASK, cursor)
        assert {(row.origin, row.kind) for row in rows} == {("event", TaskKind.MESSAGE)}
        said = [(row.entity_kind, row.entity_id, row.incoming, row.responsible_id) for row in rows]
        assert sorted(said) == [(CONTACT, 5, True, None), (DEAL, 10, False, 7), (DEAL, 10, True, None)]
        again, _cursor = pulled(connector, TASK, cursor)
        assert {row.id for row in again} == {row.id for row in rows}
        assert all(0 < row.id < 2**63 for row in rows)

    def test_a_talk_about_a_customer_is_the_contacts(self, start):
        talks = {"entity": {"linked_talk_contact_id": 5}}
        events = [
            event(1, entity_type="customer", entity_id=3, _embedded=talks),
            event(2, entity_type="customer", entity_id=3),
            event(3, "outgoing_chat_message", created_by=0),
        ]
        _server, connector = start(events=events)
        rows, _cursor = pulled(connector, TASK)
        bound = {(row.entity_kind, row.entity_id, row.incoming, row.responsible_id) for row in rows}
        assert bound == {(CONTACT, 5, True, None), (DEAL, 10, False, None)}

    def test_nothing_new_costs_one_request_a_source(self, start, asked):
        notes = [note(1), note(2, entity="contacts", entity_id=5), note(3, entity="companies", entity_id=4)]
        clock = QuickClock()
        _server, connector = start(clock, notes=notes, tasks=[task(1)], events=[event(1)])
        _rows, cursor = pulled(connector, TASK)
        since = asked(connector)
        assert pulled(connector, TASK, cursor)[0]
        sources = ["tasks", "leads/notes", "contacts/notes", "companies/notes", "events"]
        assert since() == sources
        clock.sleep(600)
        _rows, cursor = pulled(connector, TASK, cursor)
        since()
        assert pulled(connector, TASK, cursor) == ([], cursor)
        assert since() == sources

    def test_more_calls_than_a_page_holds(self, start, asked):
        _server, connector = start(notes=[note(n) for n in range(1, 1101)])
        since = asked(connector)
        rows, cursor = pulled(connector, TASK)
        assert {row.id for row in rows} == set(range(1, 1101))
        assert len(since()) <= 16  # 5 pages, 3 to find the last one, the other sources
        made = connector._session.post("api/v4/leads/10/notes", [{"note_type": "call_in", "params": {"duration": 9}}])
        fresh, _cursor = pulled(connector, TASK, cursor)
        assert {row.id for row in fresh} >= {made["_embedded"]["notes"][0]["id"]}

    def test_calls_changed_while_they_are_read(self, start):
        _server, connector = start(notes=[note(n) for n in range(1, 1101)])
        met, cursor = set(), None
        walk = connector.pull(TASK, None)
        for page in walk:
            met |= {row.id for row in page.rows if row.origin == "note"}
            cursor = page.cursor
            change = [{"id": n, "note_type": "call_in", "params": {"duration": 1}} for n in range(1, 40)]
            connector._session.patch("api/v4/leads/notes", change)
        again, _cursor = pulled(connector, TASK, cursor)
        assert met | {row.id for row in again} == set(range(1, 1101))
        assert {row.id for row in again if row.incoming} == set(range(1, 40))

    @pytest.mark.parametrize("stored", range(1, 14))
    def test_a_crash_is_resumed_in_the_source_where_it_was(self, start, stored):
        notes = [note(n) for n in range(1, 601)] + [note(n, entity="contacts", entity_id=5) for n in range(601, 701)]
        events = [event(n) for n in range(1, 251)]
        _server, connector = start(notes=notes, events=events, tasks=[task(1)])
        walk = connector.pull(TASK, None)
        pages = list(islice(walk, stored))
        walk.close()
        rest, _cursor = pulled(connector, TASK, pages[-1].cursor)
        met = {(row.origin, row.id) for row in [*(row for page in pages for row in page.rows), *rest]}
        assert {id_ for origin, id_ in met if origin == "note"} == set(range(1, 701))
        assert sum(origin == "event" for origin, _id in met) == 250
        assert ("task", 1) in met

    def test_an_older_cursor_goes_on_with_the_tasks(self, start):
        _server, connector = start(tasks=[task(1)], notes=[note(1)])
        _rows, cursor = pulled(connector, TASK)
        of_tasks = json.loads(cursor)["tasks"]
        rows, _cursor = pulled(connector, TASK, of_tasks)
        assert {(row.origin, row.id) for row in rows} == {("task", 1), ("note", 1)}

    def test_pages_and_sweeps_speak_of_the_ids_of_their_origin(self, start):
        server, connector = start(tasks=[task(1), task(2)], notes=[note(1)], events=[event(1)])
        told = {page.origin: (page.window, page.gone) for page in connector.pull(TASK, None) if page.rows}
        assert told["note"] == told["event"] == (None, ())
        assert set(told) == {"task", "note", "event"}
        sweep = next(connector.deleted(TASK, 2, None))
        server.state.delete("tasks", 2)
        sweep = next(connector.deleted(TASK, 2, sweep.cursor))
        assert (sweep.origin, list(sweep.gone)) == ("task", [2])

    def test_everything_is_read_through_every_fault(self, start):
        notes = [note(n) for n in range(1, 601)] + [note(n, entity="companies", entity_id=4) for n in range(601, 701)]
        _server, connector = start(notes=notes, events=[event(n) for n in range(1, 301)], faults=FAULTS, seed=2)
        rows, _cursor = pulled(connector, TASK)
        assert {row.id for row in rows if row.origin == "note"} == set(range(1, 701))
        assert len({row.id for row in rows if row.origin == "event"}) == 300


def field(id_, kind, *values, code=None, name="Поле"):
    values = [value if isinstance(value, dict) else {"value": value} for value in values]
    return {"field_id": id_, "field_name": name, "field_code": code, "field_type": kind, "values": values}


class TestDuplicates:
    def test_cards_of_one_client_share_a_key(self, start):
        phones = field(1, "multitext", "8 (900) 111-22-33", "+7 495 000-00-00", code="PHONE")
        mail = field(2, "multitext", " Anna@Example.com", "нет", code="EMAIL")
        entity = field(3, "legal_entity", {"value": {"name": "ООО Ромашка", "vat_id": "7701234567"}})
        number = field(4, "text", "ИНН 7701234567")
        plain = {"created_at": BEFORE, "updated_at": BEFORE}
        _server, connector = start(
            companies=[
                {"id": 1, "name": "А", "custom_fields_values": [phones, entity], **plain},
                {"id": 2, "name": "Б", "custom_fields_values": [number], **plain},
                {"id": 3, "name": "В", "custom_fields_values": None, **plain},
            ],
            contacts=[{"id": 5, "name": "Анна", "custom_fields_values": [phones, mail], **plain}],
            settings={"fields": {"client.tax_number": {"company": "4"}}},
        )
        keys = {row.id: row.keys for row in (*pulled(connector, COMPANY)[0], *pulled(connector, CONTACT)[0])}
        phone = identity("main", Identity.PHONE, "+79001112233")
        tax = identity("main", Identity.TAX_NUMBER, "7701234567")
        assert keys[1] == (phone, identity("main", Identity.PHONE, "+74950000000"), tax)
        assert keys[2] == (tax,)
        assert keys[3] == ()
        assert keys[5] == (*keys[1][:2], identity("main", Identity.EMAIL, "anna@example.com"))
        assert not any("900" in key or "anna" in key for of in keys.values() for key in of)

    def test_a_tax_number_in_a_legal_entity_is_the_number(self, start):
        entity = field(3, "legal_entity", {"value": {"name": "ООО Ромашка", "vat_id": "7701234567"}})
        _server, connector = start(
            companies=[{"id": 1, "name": "А", "custom_fields_values": [entity]}],
            settings={"fields": {"client.tax_number": {"company": "3"}}},
        )
        [found] = connector.fetch(COMPANY, [1])
        assert found.fields == {"client.tax_number": "7701234567"}


class TestUnsorted:
    def test_a_request_is_no_deal_until_it_is_accepted(self, start):
        _server, connector = start(pipelines=WITH_UNSORTED, leads=[lead(10), lead(11, status_id=9)])
        deals, cursor = mirrored({11: None}, connector, DEAL)
        assert set(deals) == {10}
        assert connector.fetch(DEAL, [11]) == []
        connector._session.patch("api/v4/leads", [{"id": 11, "status_id": 11, "pipeline_id": 31}])
        assert set(mirrored(deals, connector, DEAL, cursor)[0]) == {10, 11}
        [change], _cursor = pulled(connector, STAGE)
        assert (change.deal_id, change.stage_id) == (11, "11")

    def test_its_stage_counts_as_none(self, start):
        after = [{"lead_status": {"id": 9, "pipeline_id": 31}}]
        back = event(1, "lead_status_changed", value_after=after)
        _server, connector = start(pipelines=WITH_UNSORTED, events=[back])
        assert pulled(connector, STAGE)[0] == []

    def test_the_directory_tells_it_too(self, start, asked):
        _server, connector = start(pipelines=WITH_UNSORTED, leads=[lead(11, status_id=9)])
        connector.directory()
        since = asked(connector)
        assert pulled(connector, DEAL)[0] == []
        assert "leads/pipelines" not in since()


CATALOGS = [
    {"id": 901, "name": "Товары", "type": "products"},
    {"id": 902, "name": "Услуги", "type": "regular"},
    {"id": 903, "name": "Счета", "type": "invoices"},
]


def element(id_, catalog=901, price=None, group=None):
    values = [field(51, "numeric", str(price), code="PRICE")] if price is not None else []
    values += [field(52, "category", {"value": group, "enum_id": 77}, code="GROUP")] if group else []
    return {"id": id_, "catalog_id": catalog, "name": f"Товар {id_}", "custom_fields_values": values or None}


def sold(id_, *lines, **more):
    """A lead with lines (element, quantity, list)."""
    elements = [
        {
            "id": item,
            "metadata": {"quantity": quantity, "catalog_id": catalog, **({"price_id": prices[0]} if prices else {})},
        }
        for item, quantity, catalog, *prices in lines
    ]
    row = lead(id_, **more)
    return {**row, "_embedded": {**row["_embedded"], "catalog_elements": elements}}


class TestGoods:
    def test_products_with_their_groups(self, start):
        grouped = element(3, 902)
        grouped["custom_fields_values"] = [field(9, "text", "Доставка", name=" группа ")]
        _server, connector = start(
            catalogs=CATALOGS, catalog_elements=[element(1, group="Свет"), element(2), grouped, element(4, 903)]
        )
        rows, _cursor = pulled(connector, PRODUCT)
        assert {row.id: (row.name, row.group_id, row.group) for row in rows} == {
            1: ("Товар 1", "77", "Свет"),
            2: ("Товар 2", "catalog:901", "Товары"),
            3: ("Товар 3", "Доставка", "Доставка"),
        }
        assert [row.id for row in connector.fetch(PRODUCT, [2, 4, 99])] == [2]

    def test_the_catalogue_is_read_again_after_an_hour_and_no_sooner(self, start, asked):
        clock = QuickClock()
        server, connector = start(
            clock, catalogs=CATALOGS, catalog_elements=[element(n, 901 + n % 2) for n in range(1, 601)]
        )
        shelf, cursor = mirrored({}, connector, PRODUCT)
        assert set(shelf) == set(range(1, 601))
        for id_ in (1, 250, 600):
            server.state.catalog_elements.remove(id_)
        since = asked(connector)
        clock.sleep(3000)
        assert list(connector.pull(PRODUCT, cursor)) == []
        assert since() == []
        clock.sleep(700)
        shelf, _cursor = mirrored(shelf, connector, PRODUCT, cursor)
        assert set(shelf) == set(range(1, 601)) - {1, 250, 600}

    def test_a_reading_of_the_catalogue_that_broke_off_is_begun_again(self, start):
        _server, connector = start(catalogs=CATALOGS, catalog_elements=[element(n) for n in range(1, 601)])
        walk = connector.pull(PRODUCT, None)
        first = next(walk)
        walk.close()
        shelf, _cursor = mirrored({row.id: row for row in first.rows}, connector, PRODUCT, first.cursor)
        assert set(shelf) == set(range(1, 601))

    def test_what_deals_sell(self, start):
        prices = element(3, 902)
        prices["custom_fields_values"] = [field(60, "price", "10"), field(61, "price", "8.5")]
        leads = [
            sold(10, (1, 2, 901), (2, 1.5, 901), (3, 4, 902, 61), (4, 1, 903)),
            sold(11, (3, 1, 902), (99, 1, 901)),
            sold(12, (4, 1, 903)),
            sold(13, (1, 1, 901), pipeline_id=32),
            lead(14),
        ]
        _server, connector = start(
            catalogs=CATALOGS, catalog_elements=[element(1, price=12), element(2), prices, element(4, 903, price=1)],
            leads=leads, settings={"pipelines": frozenset({31})},
        )  # fmt: skip
        held, _cursor = mirrored(dict.fromkeys((12, 13, 14)), connector, BASKET)
        assert {id_: basket.lines for id_, basket in held.items()} == {
            10: (
                BasketLine(1, "Товар 1", Decimal(2), Decimal(24)),
                BasketLine(2, "Товар 2", Decimal("1.5"), None),
                BasketLine(3, "Товар 3", Decimal(4), Decimal("34.0")),
            ),
            11: (BasketLine(3, "Товар 3", Decimal(1), Decimal(10)), BasketLine(99, "", Decimal(1), None)),
        }
        assert [basket.id for basket in connector.fetch(BASKET, [10, 12, 14])] == [10]

    def test_what_is_put_on_a_deal_and_taken_off(self, start):
        _server, connector = start(catalogs=CATALOGS, catalog_elements=[element(1, price=5)], leads=[lead(10)])
        held, cursor = mirrored({}, connector, BASKET)
        assert held == {}
        link = {"to_entity_id": 1, "to_entity_type": "catalog_elements", "metadata": {"quantity": 3, "catalog_id": 901}}
        connector._session.post("api/v4/leads/10/link", [link])
        held, cursor = mirrored(held, connector, BASKET, cursor)
        assert held[10].lines == (BasketLine(1, "Товар 1", Decimal(3), Decimal(15)),)
        connector._session.post("api/v4/leads/10/unlink", [link])
        assert mirrored(held, connector, BASKET, cursor)[0] == {}

    def test_an_account_without_lists_costs_one_request(self, start, asked):
        _server, connector = start(leads=[lead(n) for n in range(1, 600)], catalogs=CATALOGS[2:])
        connector.directory()
        since = asked(connector)
        rows, cursor = pulled(connector, BASKET)
        assert (rows, since()) == ([], ["catalogs"])
        assert pulled(connector, BASKET, cursor) == ([], cursor)
        assert since() == []
        rows, _cursor = pulled(connector, PRODUCT)
        assert (rows, since()) == ([], ["catalogs"])

    def test_empty_lists_are_no_reason_to_read_all_deals(self, start, asked):
        _server, connector = start(leads=[sold(n, (1, 1, 901)) for n in range(1, 600)], catalogs=CATALOGS)
        connector.directory()
        since = asked(connector)
        assert pulled(connector, BASKET)[0] == []
        assert since() == ["catalogs", "catalogs/901/elements", "catalogs/902/elements"]

    def test_lists_that_came_later_bring_all_baskets(self, start):
        clock = QuickClock()
        server, connector = start(clock, leads=[sold(10, (1, 2, 901))])
        rows, cursor = pulled(connector, BASKET)
        assert rows == []
        with server.state.lock:
            server.state.catalogs.put(CATALOGS[0])
            server.state.catalog_elements.put(element(1))
        clock.sleep(4000)
        assert {row.id for row in pulled(connector, BASKET, cursor)[0]} == {10}

    def test_nothing_new_costs_one_request(self, start, asked):
        _server, connector = start(
            catalogs=CATALOGS, catalog_elements=[element(1)], leads=[sold(n, (1, 1, 901)) for n in range(1, 300)]
        )
        connector.directory()
        held, cursor = mirrored({}, connector, BASKET)
        assert set(held) == set(range(1, 300))
        since = asked(connector)
        assert mirrored(held, connector, BASKET, cursor)[0] == held
        assert since() == ["leads"]

    def test_goods_known_from_the_catalogue_are_not_asked_for_again(self, start, asked):
        _server, connector = start(
            catalogs=CATALOGS, catalog_elements=[element(n) for n in range(1, 301)],
            leads=[sold(n, (n, 1, 901)) for n in range(1, 301)],
        )  # fmt: skip
        pulled(connector, PRODUCT)
        since = asked(connector)
        rows, _cursor = pulled(connector, BASKET)
        assert {row.id for row in rows} == set(range(1, 301))
        assert not [path for path in since() if path.startswith("catalogs")]

    def test_everything_is_read_through_every_fault(self, start):
        _server, connector = start(
            catalogs=CATALOGS, catalog_elements=[element(n, 901 + n % 2, price=n) for n in range(1, 601)],
            leads=[sold(n, (n, 1, 901 + n % 2)) for n in range(1, 601)], faults=FAULTS, seed=5,
        )  # fmt: skip
        assert {row.id for row in pulled(connector, PRODUCT)[0]} == set(range(1, 601))
        baskets = {row.id: row for row in pulled(connector, BASKET)[0]}
        assert {id_: row.lines[0].amount for id_, row in baskets.items()} == {n: Decimal(n) for n in range(1, 601)}


def draft(**more):
    text = {"title": "Разобрать звонки", "text": "План на день [r:9]", "marker": "[r:9]"}
    return TaskDraft(**{"entity_kind": MANAGER, "entity_id": 7, "responsible_id": 7, "due_at": THEN} | text | more)


class TestTasksAboutManagers:
    def test_one_is_made_found_changed_and_completed(self, start):
        server, connector = start(tasks=[task(1, text="[r:9]", responsible_user_id=8), task(2, text="План [r:9]")])
        id_ = connector.create_task(draft())
        assert (server.state.tasks.rows[id_]["entity_id"], server.state.tasks.rows[id_]["entity_type"]) == (None, None)
        assert set(connector.find_tasks(MANAGER, 7, "[r:9]")) == {2, id_}
        assert list(connector.find_tasks(MANAGER, 8, "[r:9]")) == [1]
        assert list(connector.find_tasks(MANAGER, 7, "[r:8]")) == []
        connector.update_task(id_, draft(title="Иначе"))
        connector.complete_task(id_, MANAGER, 7, "Готово")
        row = server.state.tasks.rows[id_]
        assert (row["text"], row["is_completed"], row["result"]) == (
            "Иначе\nПлан на день [r:9]",
            True,
            {"text": "Готово"},
        )

    def test_whether_one_was_made_may_be_unknown(self, start):
        server, connector = start(faults="lost_reply:1.0")
        with pytest.raises(OutcomeUnknown):
            connector.create_task(draft())
        [made] = server.state.tasks.rows.values()
        assert (made["text"], made["entity_id"]) == ("Разобрать звонки\nПлан на день [r:9]", None)

    def test_it_is_looked_for_among_the_recent_ones_alone(self, start, asked):
        old = [task(n, updated_at=BEFORE - 90 * 86_400) for n in range(1, 2001)]
        _server, connector = start(tasks=old)
        id_ = connector.create_task(draft())
        since = asked(connector)
        assert list(connector.find_tasks(MANAGER, 7, "[r:9]")) == [id_]
        assert since() == ["tasks"]


def test_amocrm_has_no_leads_that_are_no_deals(start, asked):
    _server, connector = start()
    since = asked(connector)
    assert list(connector.pull(LEAD, None)) == list(connector.deleted(LEAD, 0, None)) == []
    assert list(connector.fetch(LEAD, [10])) == []
    assert since() == []


def test_a_sync_with_nothing_new_costs_what_is_written_down(start, asked):
    """README.md of the connector, "What a sync costs"."""
    _server, connector = start(
        catalogs=CATALOGS, catalog_elements=[element(1)], companies=[company(4)], tasks=[task(1)], notes=[note(1)]
    )
    connector.directory()
    cursors = {kind: pulled(connector, kind)[1] for kind in PULLED}
    swept = {kind: next(connector.deleted(kind, 1, None)).cursor for kind in (COMPANY, CONTACT, DEAL, TASK)}
    since = asked(connector)
    connector.directory()
    assert len(since()) == 4
    costs = {}
    for kind in PULLED:
        pulled(connector, kind, cursors[kind])
        costs[kind.value] = len(since())
    assert costs == {
        "company": 1,
        "contact": 1,
        "lead": 0,
        "deal": 1,
        "task": 5,
        "stage_change": 1,
        "product": 0,
        "basket": 1,
    }
    for kind, cursor in swept.items():
        list(connector.deleted(kind, 1, cursor))
    assert len(since()) == 4
