"""The connector against the emulated amoCRM: nothing is missed, nothing is written twice."""

import json
import time
from datetime import timedelta
from itertools import islice, pairwise

import pytest

from integrator.domain import EntityKind, Outcome, TaskDraft
from integrator.errors import AuthError, OutcomeUnknown, RetryableError
from tests.contract.amocrm import THEN, QuickClock, RealClock, company, lead, starter, task

COMPANY, CONTACT, DEAL = EntityKind.COMPANY, EntityKind.CONTACT, EntityKind.DEAL
TASK, STAGE = EntityKind.TASK, EntityKind.STAGE_CHANGE
COUNT = 1300


@pytest.fixture
def start(tmp_path):
    """Start an emulator with these collections and return it with a connector to it."""
    running = []
    yield starter(tmp_path, running)
    for each in running:
        each.close()


def pulled(connector, kind, cursor=None):
    """Return the ids met, and the last cursor."""
    ids = set()
    for page in connector.pull(kind, cursor):
        ids |= {row.id for row in page.rows}
        cursor = page.cursor
    return ids, cursor


def since(cursor):
    """Return the CRM's instant up to which deals, or tasks, were read."""
    saved = json.loads(cursor)
    return saved["since"] if "since" in saved else json.loads(saved["tasks"])["since"]


def change(connector, path, rows):
    """Somebody changes rows in the CRM."""
    for at in range(0, len(rows), 250):
        connector._session.patch(f"api/v4/{path}", rows[at : at + 250])


class TestReading:
    def test_account_and_directory(self, start):
        _server, connector = start(loss_reasons=[{"id": 5, "name": "Дорого"}])
        directory = connector.directory()
        assert directory.account == connector.account()
        assert (directory.account.id, directory.account.name) == ("77", "Ромашка")
        assert [(user.id, user.active, user.department_ids) for user in directory.users] == [
            (7, True, (3,)),
            (8, False, ()),
        ]
        assert [pipeline.id for pipeline in directory.pipelines] == [31, 32]
        assert [stage.outcome for stage in directory.pipelines[0].stages] == [Outcome.OPEN, Outcome.WON, Outcome.LOST]
        assert [(reason.id, reason.name) for reason in directory.loss_reasons] == [("5", "Дорого")]

    def test_the_reasons_of_a_field_and_of_the_failed_stages(self, start):
        options = [{"id": 77, "value": "Дорого", "sort": 1}, {"id": 78, "value": "Долго", "sort": 2}]
        field = {"id": 8804, "name": "Причина", "type": "select", "entity_type": "leads", "enums": options}
        _server, by_field = start(
            custom_fields=[field], settings={"loss_reason_source": "field", "loss_reason_field": "8804"}
        )
        assert [reason.name for reason in by_field.directory().loss_reasons] == ["Дорого", "Долго"]
        _server, by_stage = start(settings={"loss_reason_source": "stage"})
        assert [reason.id for reason in by_stage.directory().loss_reasons] == ["31:143", "32:143"]

    def test_what_the_crm_does_not_have_is_named(self, start):
        _server, connector = start(
            custom_fields=[{"id": 8803, "name": "Т", "type": "text", "entity_type": "leads"}],
            settings={
                "pipelines": frozenset({31, 99}),
                "fields": {
                    "deal.reason_text": {"deal": "8803"},
                    "client.blacklisted": {"company": "8802"},
                    "client.tax_number": {"company": "8840", "contact": "8841"},
                    "deal.referrer": {"deal": "8842"},
                },
                "loss_reason_source": "field",
                "loss_reason_field": "1",
            },
        )
        assert connector.fields_missing() == [
            "pipelines.include: there is no pipeline 99.",
            "fields.client.blacklisted: companies have no field 8802.",
            "fields.client.tax_number: companies have no field 8840.",
            "fields.client.tax_number: contacts have no field 8841.",
            "fields.deal.referrer: leads have no field 8842.",
            "loss_reasons.field: leads have no field 1.",
        ]

    def test_a_wrong_token_stops_the_portal_and_stays_hidden(self, start):
        _server, connector = start(settings={"secrets": {"token": "wrong-token"}})
        with pytest.raises(AuthError) as caught:
            connector.account()
        assert "wrong-token" not in f"{caught.value!r}{connector!r}{vars(connector)!r}"

    def test_rows_by_id_and_those_that_are_gone(self, start):
        server, connector = start(
            leads=[lead(10), lead(11), lead(12, pipeline_id=32)], settings={"pipelines": frozenset({31})}
        )
        server.state.delete("leads", 11)
        assert [deal.id for deal in connector.fetch(DEAL, [10, 11, 12, 999])] == [10]
        deal = connector.fetch(DEAL, [10])[0]
        assert (deal.contact_id, deal.company_id) == (5, 4)

    def test_notes_of_deals(self, start):
        _server, connector = start(leads=[lead(n) for n in range(1, 121)])
        for deal in (1, 60, 120):
            connector.add_note(DEAL, deal, f"слова {deal}")
        assert {(note.deal_id, note.text) for note in connector.notes(range(1, 120))} == {
            (1, "слова 1"),
            (60, "слова 60"),
        }


class TestWholePull:
    def test_every_row_once_and_windows_without_gaps(self, start):
        _server, connector = start(leads=[lead(n * 3) for n in range(1, COUNT + 1)])
        pages = list(connector.pull(DEAL, None))
        assert {row.id for page in pages for row in page.rows} == {n * 3 for n in range(1, COUNT + 1)}
        assert pages[0].expected >= COUNT
        windows = sorted(page.window for page in pages if page.window and page.window[1] is not None)
        assert windows[0][0] == 0
        assert all(upper >= lower for (_, upper), (lower, _) in pairwise(windows))
        assert any(page.window and page.window[1] is None for page in pages)

    @pytest.mark.parametrize("count", [0, 1, 250, 251])
    def test_few_rows(self, start, count):
        _server, connector = start(companies=[company(n) for n in range(1, count + 1)])
        assert pulled(connector, COMPANY)[0] == set(range(1, count + 1))

    def test_deleting_while_it_walks_hides_nothing(self, start):
        server, connector = start(leads=[lead(n) for n in range(1, COUNT + 1)])
        met, left = set(), iter(range(1, COUNT))
        gone = set()
        for page in connector.pull(DEAL, None):
            met |= {row.id for row in page.rows}
            for id_ in islice(left, 7):
                server.state.delete("leads", id_)
                gone.add(id_)
        assert len(gone) > 30
        assert set(range(1, COUNT + 1)) - gone <= met

    def test_a_row_deleted_before_its_page_falls_into_a_window(self, start):
        server, connector = start(leads=[lead(n) for n in range(1, COUNT + 1)])
        mirror = set(range(1, COUNT + 1))
        for id_ in (1, 250, 251, 700, COUNT):
            server.state.delete("leads", id_)
        for page in connector.pull(DEAL, None):
            rows = {row.id for row in page.rows}
            low, high = page.window or (0, 0)
            mirror -= {id_ for id_ in mirror if low < id_ and (high is None or id_ <= high) and id_ not in rows}
        assert mirror == set(range(1, COUNT + 1)) - {1, 250, 251, 700, COUNT}

    def test_a_row_made_meanwhile_comes_at_the_end(self, start):
        _server, connector = start(leads=[lead(n) for n in range(1, 600)])
        walk = connector.pull(DEAL, None)
        met = {row.id for row in next(walk).rows}
        made = connector._session.post("api/v4/leads", [{"name": "Новая"}])["_embedded"]["leads"][0]["id"]
        met |= {row.id for page in walk for row in page.rows}
        assert made in met

    @pytest.mark.parametrize("stored", [1, 2, 4, 6, 7])
    def test_a_crash_is_resumed_where_it_was(self, start, stored):
        server, connector = start(leads=[lead(n) for n in range(1, COUNT + 1)])
        walk = connector.pull(DEAL, None)
        pages = list(islice(walk, stored))
        walk.close()
        met = {row.id for page in pages for row in page.rows}
        server.state.delete("leads", 3)
        rest, _cursor = pulled(connector, DEAL, pages[-1].cursor)
        assert met | rest >= set(range(1, COUNT + 1)) - {3}
        assert not {row.id for page in pages for row in page.rows} - met

    def test_deals_of_other_pipelines_are_gone(self, start):
        _server, connector = start(
            leads=[lead(n, pipeline_id=31 + n % 2) for n in range(1, 11)], settings={"pipelines": frozenset({31})}
        )
        page = next(connector.pull(DEAL, None))
        assert {row.id for row in page.rows} == {2, 4, 6, 8, 10}
        assert set(page.gone) == {1, 3, 5, 7, 9}


class TestChanges:
    def test_what_changed_and_nothing_long_past(self, start):
        _server, connector = start(leads=[lead(n) for n in range(1, COUNT + 1)])
        _ids, cursor = pulled(connector, DEAL)
        change(connector, "leads", [{"id": 5, "price": 1}, {"id": 900, "price": 2}])
        ids, cursor = pulled(connector, DEAL, cursor)
        assert {5, 900} <= ids
        assert len(ids) < 200
        change(connector, "leads", [{"id": 6, "price": 1}])
        assert pulled(connector, DEAL, cursor)[0] == {5, 6, 900}

    @pytest.mark.parametrize("kind", [DEAL, TASK])
    def test_more_than_a_page_of_changes_while_rows_go_and_change(self, start, kind):
        plural = {DEAL: "leads", TASK: "tasks"}[kind]
        rows = {"leads": [lead(n) for n in range(1, COUNT + 1)], "tasks": [task(n) for n in range(1, COUNT + 1)]}
        server, connector = start(**rows)
        _ids, cursor = pulled(connector, kind)
        new = {"leads": {"price": 1}, "tasks": {"text": "иначе"}}[plural]
        change(connector, plural, [{"id": n, **new} for n in range(100, 901)])
        met, left, gone = set(), iter(range(100, 400)), set()
        for page in connector.pull(kind, cursor):
            met |= {row.id for row in page.rows}
            cursor = page.cursor
            for id_ in islice(left, 5):
                server.state.delete(plural, id_)
                gone.add(id_)
            change(connector, plural, [{"id": 800 + len(gone), **new}])
        met |= pulled(connector, kind, cursor)[0]
        assert gone
        assert set(range(100, 901)) - gone <= met

    @pytest.mark.parametrize("kind", [DEAL, TASK])
    def test_a_crash_among_many_changes_is_resumed(self, start, kind):
        plural = {DEAL: "leads", TASK: "tasks"}[kind]
        _server, connector = start(leads=[lead(n) for n in range(1, 901)], tasks=[task(n) for n in range(1, 901)])
        _ids, cursor = pulled(connector, kind)
        change(
            connector, plural, [{"id": n, **({"price": 1} if kind is DEAL else {"text": "x"})} for n in range(1, 801)]
        )
        walk = connector.pull(kind, cursor)
        pages = list(islice(walk, 2))
        walk.close()
        met = {row.id for page in pages for row in page.rows} | pulled(connector, kind, pages[-1].cursor)[0]
        assert met >= set(range(1, 801))

    @pytest.mark.parametrize("kind", [DEAL, TASK])
    def test_a_mass_change_is_not_read_for_ever(self, start, kind):
        plural = {DEAL: "leads", TASK: "tasks"}[kind]
        clock = QuickClock()
        rows = {"leads": [lead(n) for n in range(1, 601)], "tasks": [task(n) for n in range(1, 601)]}
        _server, connector = start(clock, **rows)
        _ids, cursor = pulled(connector, kind)
        change(
            connector, plural, [{"id": n, **({"price": 1} if kind is DEAL else {"text": "x"})} for n in range(1, 501)]
        )
        counts = []
        for _poll in range(4):
            ids, cursor = pulled(connector, kind, cursor)
            counts.append(len(ids))
            clock.sleep(60)
        assert counts[0] >= 500
        assert counts[-1] == 0
        change(connector, plural, [{"id": 7, **({"price": 2} if kind is DEAL else {"text": "y"})}])
        if int(_server.clock.timestamp()) > since(cursor):
            assert pulled(connector, kind, cursor)[0] == {7}

    @pytest.mark.parametrize(("kind", "plural", "row"), [(DEAL, "leads", lead(77)), (TASK, "tasks", task(77))])
    def test_what_shows_late_is_still_seen(self, start, kind, plural, row):
        server, connector = start(tasks=[task(1)])
        _ids, cursor = pulled(connector, kind)
        with server.state.lock:
            server.state.collections[plural].put({**row, "updated_at": since(cursor) - 60})
        assert 77 in pulled(connector, kind, cursor)[0]

    def test_stage_changes(self, start):
        _server, connector = start(leads=[lead(n) for n in range(1, 301)])
        change(connector, "leads", [{"id": n, "status_id": 143, "pipeline_id": 31} for n in range(1, 251)])
        pages = list(connector.pull(STAGE, None))
        changes = [row for page in pages for row in page.rows]
        assert {row.deal_id for row in changes} == set(range(1, 251))
        assert {(row.pipeline_id, row.stage_id) for row in changes} == {(31, "143")}
        change(connector, "leads", [{"id": 300, "status_id": 142, "pipeline_id": 31}])
        fresh = [row for page in connector.pull(STAGE, pages[-1].cursor) for row in page.rows]
        assert (300, "142") in {(row.deal_id, row.stage_id) for row in fresh}
        assert {row.deal_id for row in connector.fetch(STAGE, [300, 2, *range(260, 275)])} == {300, 2}

    def test_a_crash_among_stage_changes_is_resumed(self, start):
        _server, connector = start(leads=[lead(n) for n in range(1, 301)])
        change(connector, "leads", [{"id": n, "status_id": 143, "pipeline_id": 31} for n in range(1, 251)])
        walk = connector.pull(STAGE, None)
        first = next(walk)
        walk.close()
        change(connector, "leads", [{"id": 260, "status_id": 143, "pipeline_id": 31}])
        met = {row.deal_id for row in first.rows}
        met |= {row.deal_id for page in connector.pull(STAGE, first.cursor) for row in page.rows}
        assert met >= {*range(1, 251), 260}

    def test_what_was_deleted_and_stayed_so(self, start):
        server, connector = start(leads=[lead(n) for n in range(1, 20)], tasks=[task(5)], companies=[company(3)])
        cursors = {kind: next(connector.deleted(kind, 1, None)).cursor for kind in (DEAL, TASK, COMPANY, CONTACT)}
        for kind, id_ in (("leads", 4), ("leads", 5), ("tasks", 5), ("companies", 3)):
            server.state.delete(kind, id_)
        server.state.restore("leads", 5)
        gone = {kind: set(next(connector.deleted(kind, 1, cursor)).gone) for kind, cursor in cursors.items()}
        assert gone == {DEAL: {4}, TASK: {5}, COMPANY: {3}, CONTACT: set()}
        assert list(connector.deleted(STAGE, 1, None)) == []


def draft(**more):
    text = {"title": "Позвонить", "text": "Клиент ждёт [r:1]", "marker": "[r:1]"}
    return TaskDraft(**{"entity_kind": DEAL, "entity_id": 10, "responsible_id": 7, "due_at": THEN} | text | more)


class TestWriting:
    @pytest.mark.parametrize(("kind", "entity"), [(DEAL, 10), (COMPANY, 4), (CONTACT, 5)])
    def test_a_task_is_made_found_changed_and_completed(self, start, kind, entity):
        _server, connector = start(companies=[company(4)], contacts=[company(5)])
        id_ = connector.create_task(draft(entity_kind=kind, entity_id=entity))
        made = connector.fetch(TASK, [id_])[0]
        assert (made.entity_kind, made.entity_id, made.text) == (kind, entity, "Позвонить\nКлиент ждёт [r:1]")
        assert (made.responsible_id, made.due_at, made.completed) == (7, THEN, False)
        connector.update_task(id_, draft(text="Иначе [r:1]", due_at=THEN + timedelta(days=1)))
        assert connector.fetch(TASK, [id_])[0].text == "Позвонить\nИначе [r:1]"
        connector.complete_task(id_, kind, entity, "Причина записана")
        done = connector.fetch(TASK, [id_])[0]
        assert (done.completed, done.result) == (True, "Причина записана")
        assert list(connector.find_tasks(kind, entity, "[r:1]")) == [id_]
        assert list(connector.find_tasks(kind, entity, "[r:2]")) == []

    def test_what_a_person_wrote_on_completing_stays(self, start):
        _server, connector = start()
        id_ = connector.create_task(draft())
        connector.complete_task(id_, DEAL, 10, "первый")
        connector.complete_task(id_, DEAL, 10, "второй")
        assert connector.fetch(TASK, [id_])[0].result == "первый"

    def test_completing_what_is_gone_is_no_error(self, start):
        server, connector = start()
        id_ = connector.create_task(draft())
        server.state.delete("tasks", id_)
        connector.complete_task(id_, DEAL, 10, "поздно")
        connector.complete_task(987654, DEAL, 10, "никогда")

    def test_a_marker_is_found_among_hundreds_of_tasks(self, start):
        _server, connector = start(tasks=[task(n) for n in range(1, 601)])
        id_ = connector.create_task(draft())
        assert list(connector.find_tasks(DEAL, 10, "[r:1]")) == [id_]

    def test_a_lost_reply_is_found_again(self, start):
        _server, connector = start(faults="lost_reply:1.0")
        with pytest.raises(OutcomeUnknown):
            connector.create_task(draft())
        assert [row["text"] for row in _server.state.tasks.rows.values()] == ["Позвонить\nКлиент ждёт [r:1]"]

    def test_a_write_that_may_have_come_is_not_repeated(self, start):
        _server, connector = start(faults="500:1.0")
        with pytest.raises(OutcomeUnknown):
            connector.create_task(draft())

    def test_a_refused_write_is_repeated_until_it_is_taken(self, start):
        _server, connector = start(faults="429:0.6", seed=3)
        ids = {connector.create_task(draft()) for _ in range(5)}
        assert len(ids) == 5


class TestTrouble:
    def test_everything_is_read_through_every_fault(self, start):
        faults = "429:0.05,500:0.05,502:0.05,504:0.05,reset:0.05,lost_reply:0.05,html:0.05"
        _server, connector = start(leads=[lead(n) for n in range(1, COUNT + 1)], faults=faults)
        assert pulled(connector, DEAL)[0] == set(range(1, COUNT + 1))

    def test_a_crm_that_is_down_is_for_later(self, start):
        server, connector = start()
        server.close()
        with pytest.raises(RetryableError, match=r"cannot be reached.*base_url"):
            connector.account()

    def test_the_limit_is_kept_and_used(self, start, monkeypatch):
        _server, connector = start(RealClock(), rate_limit=True)
        refused = []
        monkeypatch.setattr(connector._session._budget, "refused", refused.append)
        began = time.monotonic()
        for _ in range(15):
            connector.account()
        took = time.monotonic() - began
        assert not refused
        assert 2.0 <= took < 5
