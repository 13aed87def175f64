"""The connector against the emulated portal: what goes in through the API comes out as ours, whatever happens."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from connectors.bitrix24 import deletions, sources, walk
from connectors.bitrix24.connector import Bitrix24Connector
from connectors.bitrix24.emulator import create
from connectors.emulation.server import EmulatorOptions
from connectors.limits import MemoryBudgets
from integrator.domain import EntityKind, LossReason, Outcome, TaskDraft
from integrator.errors import AuthError, NotFoundError, OutcomeUnknown, PermanentError, RetryableError
from integrator.ports import Page, PortalSettings, Sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MSK = timezone(timedelta(hours=3))
START = datetime(2026, 1, 1, tzinfo=MSK)
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
DEALS = 130
SECRET = "s3cret"
MARKER = "[k:abc]"
DRAFT = TaskDraft(EntityKind.DEAL, 1, 2, "Why?", f"Say why {MARKER}", datetime(2026, 12, 1, 12, tzinfo=MSK), MARKER)


class QuickClock:
    """The emulator's day; sleeping takes no time."""

    def __init__(self) -> None:
        self.time = NOW
        self.slept = 0.0

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.time += timedelta(seconds=seconds)


def at(minutes: int) -> str:
    return (START + timedelta(minutes=minutes)).isoformat()


def deal(number: int) -> dict[str, Any]:
    lost, outside = number % 3 == 0, number % 10 == 0
    funnel = 5 if outside else 0
    stage = ("C5:" if outside else "") + ("LOSE" if lost else "NEW")
    return {
        "ID": str(number), "TITLE": f"Deal {number}", "CATEGORY_ID": str(funnel), "STAGE_ID": stage,
        "STAGE_SEMANTIC_ID": "F" if lost else "P", "CLOSED": "Y" if lost else "N", "OPPORTUNITY": "100.50",
        "CURRENCY_ID": "RUB", "COMPANY_ID": "1", "CONTACT_ID": "0", "ASSIGNED_BY_ID": "2", "SOURCE_ID": "CALL",
        "DATE_CREATE": at(number), "DATE_MODIFY": at(number + 5), "MOVED_TIME": at(number + 3),
        "CLOSEDATE": "2026-12-31T03:00:00+03:00", "UF_CRM_REASON": "11" if lost else None,
    }  # fmt: skip


def data() -> dict[str, Any]:
    def client(number: int, **more: Any) -> dict[str, Any]:
        return {"ID": str(number), "ASSIGNED_BY_ID": "2", "DATE_CREATE": at(1), "DATE_MODIFY": at(1), **more}

    def activity(number: int, **more: Any) -> dict[str, Any]:
        row = {"ID": str(number), "OWNER_TYPE_ID": "2", "OWNER_ID": "1", "TYPE_ID": "6", "PROVIDER_ID": "CRM_TODO"}
        row |= {"SUBJECT": "Call", "COMPLETED": "N", "RESPONSIBLE_ID": "2", "DEADLINE": at(9), "CREATED": at(1)}
        return {**row, "LAST_UPDATED": at(2), "END_TIME": at(9), "START_TIME": at(9), **more}

    def task(number: int, **more: Any) -> dict[str, Any]:
        row = {"id": str(number), "title": "Task", "description": "d", "status": "2", "responsibleId": "2"}
        row |= {"deadline": at(9), "createdDate": at(1), "changedDate": at(2), "closedDate": None, "createdBy": "1"}
        return {**row, "ufCrmTask": ["D_1", "CO_1"], **more}

    return {
        "crm.deal": [deal(number) for number in range(1, DEALS + 1)],
        "crm.company": [
            client(1, TITLE="Client", UF_CRM_BLACK="1", IS_MY_COMPANY="N"),
            client(2, TITLE="We ourselves", IS_MY_COMPANY="Y"),
            client(3, TITLE="Another", INDUSTRY="IT"),
        ],
        "crm.contact": [client(1, NAME="Анна", LAST_NAME="Петрова", COMPANY_ID="1")],
        "crm.category": [
            {"id": 0, "name": "Продажи", "sort": 300, "entityTypeId": 2, "isDefault": "Y"},
            {"id": 5, "name": "Найм", "sort": 100, "entityTypeId": 2, "isDefault": "N"},
        ],
        "crm.deal.userfield": [
            {"ID": "1", "ENTITY_ID": "CRM_DEAL", "FIELD_NAME": "UF_CRM_REASON", "USER_TYPE_ID": "enumeration",
             "MULTIPLE": "N", "LIST": [{"ID": "11", "SORT": "10", "VALUE": "Дорого"}, {"ID": "12", "VALUE": "Нет"}]},
        ],
        "user": [
            {"ID": str(number), "ACTIVE": number != 3, "NAME": "User", "LAST_NAME": str(number), "UF_DEPARTMENT": [1]}
            for number in range(1, 121)
        ],
        "crm.currency": [
            {"CURRENCY": "RUB", "AMOUNT": "1.0000", "AMOUNT_CNT": "1", "BASE": "Y"},
            {"CURRENCY": "KZT", "AMOUNT": "17.5", "AMOUNT_CNT": "100", "BASE": "N"},
        ],
        "crm.stagehistory": [
            {"ID": n, "TYPE_ID": 1, "OWNER_ID": n, "CREATED_TIME": at(n), "CATEGORY_ID": 0, "STAGE_SEMANTIC_ID": "P",
             "STAGE_ID": "NEW"} for n in range(1, 61)
        ],
        "crm.activity": [
            activity(1),
            activity(2, OWNER_TYPE_ID="1"),
            activity(3, PROVIDER_ID="CRM_TASKS_TASK", ASSOCIATED_ENTITY_ID="1"),
            activity(4, OWNER_TYPE_ID="4", COMPLETED="Y"),
        ],
        "tasks.task": [task(1), task(2, ufCrmTask=[]), task(4, status="5", closedDate=at(7), ufCrmTask=["C_1"])],
        "crm.timeline.comment": [
            {"ID": str(n), "ENTITY_ID": "1", "ENTITY_TYPE": "deal", "CREATED": at(n), "COMMENT": f"Note {n}",
             "AUTHOR_ID": "2"} for n in range(1, 61)
        ],
    }  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, rows in data().items():
        (tmp_path / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    return tmp_path


@pytest.fixture
def serve(files: Path) -> Iterator[Callable[..., Any]]:
    running: list[Any] = []

    def start(*, faults: str = "", **limits: Any) -> Any:
        options = EmulatorOptions(data=files, secret=SECRET, user=1, rate_limit=False, clock=NOW, faults=faults)
        running.append(create(options, **limits))
        return running[-1]

    yield start
    for server in running:
        server.close()


@pytest.fixture
def server(serve: Callable[..., Any]) -> Any:
    return serve()


@pytest.fixture
def connect() -> Iterator[Callable[..., Bitrix24Connector]]:
    opened: list[Bitrix24Connector] = []

    def make(server: Any, clock: Any = None, **changed: Any) -> Bitrix24Connector:
        settings = PortalSettings(
            "shop",
            server.url,
            {"webhook": f"1/{SECRET}", "member_id": "emulator"},
            pipelines=frozenset({0}),
            fields={
                "client.blacklisted": {"company": "UF_CRM_BLACK", "contact": "UF_CRM_BLACK"},
                "client.industry": {"company": "INDUSTRY"},
                "deal.sub_reason": {"deal": "UF_CRM_REASON"},
            },
            loss_reason_source="field",
            loss_reason_field="UF_CRM_REASON",
        )
        opened.append(Bitrix24Connector(replace(settings, **changed), MemoryBudgets(), clock or QuickClock()))
        return opened[-1]

    yield make
    for connector in opened:
        connector.close()


@pytest.fixture
def connector(server: Any, connect: Callable[..., Bitrix24Connector]) -> Bitrix24Connector:
    return connect(server)


@pytest.fixture
def one_page_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "FIRST_PAGES", 1)
    monkeypatch.setattr(walk, "MOST_COMMANDS", 1)


OURS = [number for number in range(1, DEALS + 1) if number % 10]


def ids(pages: list[Page]) -> list[int]:
    return [int(row.id) for page in pages for row in page.rows]


def pulled(connector: Bitrix24Connector, kind: EntityKind, cursor: str | None = None) -> list[Page]:
    return list(connector.pull(kind, cursor))


# --- dictionaries -----------------------------------------------------------------------------------------------------


def test_the_account_proves_address_and_token(connector: Bitrix24Connector) -> None:
    account = connector.account()
    assert (account.id, account.currency, account.timezone) == ("emulator", "RUB", None)


def test_the_host_stands_in_for_an_id_nobody_told(server: Any, connect: Callable[..., Bitrix24Connector]) -> None:
    account = connect(server, secrets={"webhook": f"1/{SECRET}"}).account()
    assert account.id == server.url.removeprefix("http://")


def test_the_directory_is_whole(connector: Bitrix24Connector) -> None:
    directory = connector.directory()
    assert [user.id for user in directory.users] == list(range(1, 121))
    assert [user.id for user in directory.users if not user.active] == [3]
    assert (directory.users[0].name, directory.users[0].department_ids) == ("User 1", (1,))
    assert [(pipeline.id, pipeline.name) for pipeline in directory.pipelines] == [(5, "Найм"), (0, "Продажи")]
    stages = {stage.id: stage.outcome for stage in directory.pipelines[0].stages}
    assert (stages["C5:NEW"], stages["C5:WON"], stages["C5:APOLOGY"]) == (Outcome.OPEN, Outcome.WON, Outcome.LOST)
    reasons = (LossReason("11", "Дорого"), LossReason("12", "Нет"))
    # A lead has no such field here: its failed status is its reason.
    assert directory.loss_reasons == (*reasons, LossReason("lead:JUNK", "Некачественный лид"))
    assert directory.sub_reasons == reasons
    assert [(currency.code, currency.rate, currency.is_base) for currency in directory.currencies] == [
        ("RUB", Decimal(1), True),
        ("KZT", Decimal("0.175"), False),
    ]


def test_failed_stages_of_the_sales_pipelines_are_reasons(
    server: Any, connect: Callable[..., Bitrix24Connector]
) -> None:
    by_stage = connect(server, loss_reason_source="native", loss_reason_field=None)
    assert [reason.id for reason in by_stage.directory().loss_reasons] == ["0:LOSE", "0:APOLOGY", "lead:JUNK"]
    lost = [row for page in by_stage.pull(EntityKind.DEAL, None) for row in page.rows if row.outcome is Outcome.LOST]
    assert {row.loss_reason_id for row in lost} == {"0:LOSE"}


def test_what_the_portal_does_not_have_is_said(server: Any, connect: Callable[..., Bitrix24Connector]) -> None:
    assert connect(server).fields_missing() == []
    wrong = connect(
        server,
        fields={"deal.margin": {"deal": "UF_NONE"}, "client.region": {"company": "UF_NO"}},
        pipelines=frozenset({0, 77}),
        loss_reason_field="UF_GONE",
    )
    assert wrong.fields_missing() == [
        "client.region: a company of this portal has no field UF_NO.",
        "deal.margin: a deal of this portal has no field UF_NONE.",
        "loss_reasons.field: a deal of this portal has no field UF_GONE.",
        "pipelines: this portal has no pipeline 77.",
    ]


# --- pulling ----------------------------------------------------------------------------------------------------------


def test_everything_is_pulled_once(connector: Bitrix24Connector) -> None:
    pages = pulled(connector, EntityKind.DEAL)
    assert ids(pages) == OURS
    assert [page.window for page in pages] == [(0, None)]
    assert pages[0].expected == len(OURS)
    third = pages[0].rows[2]
    assert third.closed_at == START + timedelta(minutes=6)
    assert (third.loss_reason_id, third.amount, third.contact_id) == ("11", Decimal("100.50"), None)
    assert third.fields == {"deal.sub_reason": "Дорого"}


@pytest.mark.usefixtures("one_page_a_request")
def test_windows_of_a_full_pull_join_without_a_gap(connector: Bitrix24Connector) -> None:
    pages = pulled(connector, EntityKind.DEAL)
    assert len(pages) > 2
    assert ids(pages) == OURS
    ends = [page.window for page in pages if page.window]
    assert ends[0][0] == 0
    assert ends[-1][1] is None
    assert [window[1] for window in ends[:-1]] == [window[0] for window in ends[1:]]


@pytest.mark.usefixtures("one_page_a_request")
def test_a_broken_pull_goes_on_where_it_stopped(connector: Bitrix24Connector) -> None:
    for reached in pulled(connector, EntityKind.DEAL)[:-1]:
        upto = ids([reached])[-1]
        rest = pulled(connector, EntityKind.DEAL, reached.cursor)
        assert ids(rest) == [number for number in OURS if number > upto]
        assert rest[0].window is not None
        assert rest[0].window[0] == upto


def test_an_empty_kind_clears_the_mirror_too(files: Path, connect: Callable[..., Any], serve: Any) -> None:
    (files / "crm.contact.json").write_text("[]")
    pages = pulled(connect(serve()), EntityKind.CONTACT)
    assert [(list(page.rows), page.window) for page in pages] == [([], (0, None))]


def test_only_what_changed_comes_next(server: Any, connector: Bitrix24Connector) -> None:
    cursor = pulled(connector, EntityKind.DEAL)[-1].cursor
    assert ids(pulled(connector, EntityKind.DEAL, cursor)) == []
    server.state.update("crm.deal", 7, {"TITLE": "New title"})
    server.state.update("crm.deal", 10, {"TITLE": "Of another pipeline"})
    pages = pulled(connector, EntityKind.DEAL, cursor)
    assert [(row.id, row.title) for page in pages for row in page.rows] == [(7, "New title")]
    assert [list(page.gone) for page in pages] == [[10]]
    assert [page.window for page in pages] == [None]


def test_a_deal_that_left_the_sales_pipelines_is_gone(server: Any, connector: Bitrix24Connector) -> None:
    cursor = pulled(connector, EntityKind.DEAL)[-1].cursor
    row = server.state["crm.deal"].get(7)
    moved = {**row, "CATEGORY_ID": "5", "STAGE_ID": "C5:NEW", "DATE_MODIFY": server.state.now()}
    server.state["crm.deal"].put(7, moved)
    assert [list(page.gone) for page in pulled(connector, EntityKind.DEAL, cursor)] == [[7]]
    assert connector.fetch(EntityKind.DEAL, [7]) == []


def test_a_date_filter_that_is_dropped_brings_no_old_rows(
    connector: Bitrix24Connector, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "DEALS", replace(sources.DEALS, changed=("NO_SUCH_FIELD", "DATE_MODIFY")))
    cursor = pulled(connector, EntityKind.DEAL)[-1].cursor
    server.state.update("crm.deal", 107, {"TITLE": "New title"})
    assert ids(pulled(connector, EntityKind.DEAL, cursor)) == [107]


def test_a_pipeline_filter_that_is_dropped_brings_no_other_deals(
    connector: Bitrix24Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = sources._deals
    monkeypatch.setitem(
        sources._MAKERS, EntityKind.DEAL, lambda *told: (replace(make(*told)[0], every={"@NO_SUCH": (0,)}),)
    )
    assert ids(pulled(connector, EntityKind.DEAL)) == OURS


def test_a_cursor_of_other_fields_or_of_nobody_begins_anew(
    server: Any, connect: Callable[..., Bitrix24Connector]
) -> None:
    cursor = pulled(connect(server), EntityKind.DEAL)[-1].cursor
    other = connect(server, pipelines=frozenset({0, 5}))
    assert len(ids(pulled(other, EntityKind.DEAL, cursor))) == DEALS
    for broken in ("", "{", '{"who":1}', '{"since":"never"}', "[]"):
        assert ids(pulled(connect(server), EntityKind.DEAL, broken)) == OURS


def test_clients_are_pulled_with_their_fields_and_without_ones_own(connector: Bitrix24Connector) -> None:
    companies = [row for page in pulled(connector, EntityKind.COMPANY) for row in page.rows]
    assert [(row.id, row.name, row.fields) for row in companies] == [
        (1, "Client", {"client.blacklisted": "true"}),
        (3, "Another", {"client.industry": "IT"}),
    ]
    contacts = [row for page in pulled(connector, EntityKind.CONTACT) for row in page.rows]
    assert [(row.id, row.name, row.company_id) for row in contacts] == [(1, "Анна Петрова", 1)]


def test_tasks_and_activities_keep_their_ids_apart(connector: Bitrix24Connector) -> None:
    pages = pulled(connector, EntityKind.TASK)
    assert [page.origin for page in pages] == ["activity", "task"]
    assert [page.window for page in pages] == [(0, None), (0, None)]
    found = [(row.origin, row.id, row.entity_kind, row.entity_id, row.completed) for page in pages for row in page.rows]
    assert found == [
        ("activity", 1, EntityKind.DEAL, 1, False),
        ("activity", 2, EntityKind.LEAD, 1, False),
        ("activity", 4, EntityKind.COMPANY, 1, True),
        ("task", 1, EntityKind.DEAL, 1, False),
        ("task", 1, EntityKind.COMPANY, 1, False),
        ("task", 4, EntityKind.CONTACT, 1, True),
    ]


def test_a_task_that_was_let_go_is_gone(server: Any, connector: Bitrix24Connector) -> None:
    cursor = pulled(connector, EntityKind.TASK)[-1].cursor
    server.state.update("tasks.task", 1, {"UF_CRM_TASK": []})
    pages = pulled(connector, EntityKind.TASK, cursor)
    assert [(page.origin, list(page.gone)) for page in pages] == [("activity", []), ("task", [1])]


def test_the_stage_history_goes_on_by_id(server: Any, connector: Bitrix24Connector) -> None:
    pages = pulled(connector, EntityKind.STAGE_CHANGE)
    assert ids(pages) == list(range(1, 61))
    assert pages[0].rows[0].at == START + timedelta(minutes=1)
    server.state.update("crm.deal", 7, {"STAGE_ID": "WON"})
    new = pulled(connector, EntityKind.STAGE_CHANGE, pages[-1].cursor)
    assert [(row.deal_id, row.stage_id) for page in new for row in page.rows] == [(7, "WON")]
    # What is minutes old may still have a lower id coming after it: it is read once more.
    again = pulled(connector, EntityKind.STAGE_CHANGE, new[-1].cursor)
    assert ids(again) == ids(new)


def test_a_pull_survives_a_bad_network(serve: Callable[..., Any], connect: Callable[..., Bitrix24Connector]) -> None:
    bad = serve(faults="500:0.1,502:0.1,reset:0.1,html:0.1,429:0.1")
    connector = connect(bad)
    for _ in range(5):
        assert ids(pulled(connector, EntityKind.DEAL)) == OURS


def test_rows_read_before_a_method_rests_are_kept(serve: Any, connect: Any) -> None:
    server = serve(operating_limit=2.5, operating_cost=1.0)
    coming, pages = connect(server).pull(EntityKind.DEAL, None), []
    with pytest.raises(RetryableError) as caught:
        pages.extend(page for page in coming)
    assert ids(pages)
    assert ids(pages) == OURS[: len(ids(pages))]
    assert caught.value.retry_after is not None
    fresh = connect(serve())
    assert ids(pages) + ids(pulled(fresh, EntityKind.DEAL, pages[-1].cursor)) == OURS


def test_a_wrong_secret_says_what_to_do(server: Any, connect: Callable[..., Bitrix24Connector]) -> None:
    with pytest.raises(AuthError, match="make a new incoming webhook"):
        connect(server, secrets={"webhook": "1/wrong"}).account()


# --- deletions --------------------------------------------------------------------------------------------------------


class Mirror:
    """What a store would make of pages and sweeps."""

    def __init__(self, connector: Bitrix24Connector, kind: EntityKind) -> None:
        self.connector, self.kind = connector, kind
        self.cursor: str | None = None
        self.swept: str | None = None
        self.rows: set[tuple[str | None, int]] = set()
        self.pull()

    def pull(self) -> None:
        for page in self.connector.pull(self.kind, self.cursor):
            origin = page.origin
            self.rows |= {(origin, int(row.id)) for row in page.rows}
            self.rows -= {(origin, number) for number in page.gone}
            self.cursor = page.cursor

    def sweep(self) -> list[Sweep]:
        sweeps = []
        for found in self.connector.deleted(self.kind, len(self.rows), self.swept):
            sweeps.append(found)
            self.swept = found.cursor
            if found.window is not None:
                after, upto = found.window
                lacking = {row for row in self.rows if after < row[1] <= (upto or 10**9)}
                self.rows -= {row for row in lacking if row[0] == found.origin and row[1] not in found.present}
        return sweeps

    @property
    def ids(self) -> list[int]:
        return sorted(number for _, number in self.rows)


def test_nothing_deleted_is_one_cheap_look(connector: Bitrix24Connector) -> None:
    mirror = Mirror(connector, EntityKind.DEAL)
    assert [sweep.window for sweep in mirror.sweep()] == [None]
    assert mirror.sweep() == []


def test_deleted_deals_are_found(server: Any, connector: Bitrix24Connector) -> None:
    mirror = Mirror(connector, EntityKind.DEAL)
    mirror.sweep()
    for number in (1, 77, 129):
        server.state.delete("crm.deal", number)
    mirror.sweep()
    assert mirror.ids == [number for number in OURS if number not in (1, 77, 129)]
    assert mirror.sweep() == []


def test_only_the_range_that_lost_a_row_is_walked(
    server: Any, connector: Bitrix24Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletions, "RANGE", 20)
    monkeypatch.setattr(walk, "FIRST_PAGES", 1)
    monkeypatch.setattr(walk, "MOST_COMMANDS", 1)
    mirror = Mirror(connector, EntityKind.DEAL)
    mirror.sweep()
    server.state.delete("crm.deal", 3)
    mirror.sweep()
    assert mirror.ids == OURS[:2] + OURS[3:]
    ends = json.loads(mirror.swept or "")[0]["ends"]
    assert len(ends) > 1
    server.state.delete("crm.deal", 99)
    windows = [sweep.window for sweep in mirror.sweep()]
    assert 99 not in mirror.ids
    walked = [window for window in windows if window and window[1] is not None]
    assert all(window[0] >= ends[0] for window in walked)


def test_a_deletion_hidden_by_an_arrival_is_found_at_the_second_look(server: Any, connector: Bitrix24Connector) -> None:
    mirror = Mirror(connector, EntityKind.DEAL)
    mirror.sweep()
    server.state.delete("crm.deal", 77)
    row = server.state["crm.deal"].get(10)
    server.state["crm.deal"].put(10, {**row, "CATEGORY_ID": "0", "STAGE_ID": "NEW", "DATE_MODIFY": server.state.now()})
    mirror.pull()
    mirror.sweep()
    assert 77 in mirror.ids
    mirror.sweep()
    assert mirror.ids == sorted([number for number in OURS if number != 77] + [10])


def test_a_new_deal_deleted_again_is_found(server: Any, connector: Bitrix24Connector) -> None:
    mirror = Mirror(connector, EntityKind.DEAL)
    mirror.sweep()
    number = server.state.add("crm.deal", {"TITLE": "New", "STAGE_ID": "NEW"})
    mirror.pull()
    assert number in mirror.ids
    server.state.delete("crm.deal", number)
    mirror.sweep()
    assert mirror.ids == OURS


def test_a_deleted_task_is_not_hidden_by_an_activity_of_the_same_id(server: Any, connector: Bitrix24Connector) -> None:
    mirror = Mirror(connector, EntityKind.TASK)
    mirror.sweep()
    server.state.delete("tasks.task", 4)
    mirror.sweep()
    assert mirror.rows == {("activity", 1), ("activity", 2), ("activity", 4), ("task", 1)}


def test_the_stage_history_is_not_swept(connector: Bitrix24Connector) -> None:
    assert list(connector.deleted(EntityKind.STAGE_CHANGE, 60, None)) == []


# --- by id ------------------------------------------------------------------------------------------------------------


def test_what_exists_is_fetched_as_it_is_now(connector: Bitrix24Connector) -> None:
    assert [row.id for row in connector.fetch(EntityKind.DEAL, [7, 10, 1, 7, 4000])] == [1, 7]
    assert [row.id for row in connector.fetch(EntityKind.DEAL, list(range(1, DEALS + 1)))] == OURS
    assert [row.id for row in connector.fetch(EntityKind.COMPANY, [1, 2])] == [1]
    assert [row.id for row in connector.fetch(EntityKind.STAGE_CHANGE, [5])] == ["5"]
    tasks = connector.fetch(EntityKind.TASK, [1, 2])
    assert [(row.origin, row.id) for row in tasks] == [("activity", 1), ("activity", 2), ("task", 1), ("task", 1)]
    assert connector.fetch(EntityKind.DEAL, []) == []


def test_all_notes_of_a_deal_come(connector: Bitrix24Connector) -> None:
    notes = list(connector.notes([2, 1]))
    assert [(note.id, note.deal_id, note.text) for note in notes] == [(n, 1, f"Note {n}") for n in range(1, 61)]
    assert notes[0].created_by == 2


# --- writing ----------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["task", "todo"])
def writer(request: pytest.FixtureRequest, server: Any, connect: Callable[..., Bitrix24Connector]) -> Bitrix24Connector:
    return connect(server, task_kind=request.param)


def state_of(connector: Bitrix24Connector, task_id: int, kind: str) -> Any:
    origin = "task" if kind == "task" else "activity"
    return next(row for row in connector.fetch(EntityKind.TASK, [task_id]) if row.origin == origin)


def kind_of(connector: Bitrix24Connector) -> str:
    return connector._settings.task_kind


@pytest.mark.parametrize("entity", [(EntityKind.DEAL, 1), (EntityKind.COMPANY, 3), (EntityKind.CONTACT, 1)])
def test_a_task_is_made_where_it_belongs_and_found_again(
    writer: Bitrix24Connector, entity: tuple[EntityKind, int]
) -> None:
    made = writer.create_task(replace(DRAFT, entity_kind=entity[0], entity_id=entity[1]))
    assert list(writer.find_tasks(*entity, MARKER)) == [made]
    assert list(writer.find_tasks(*entity, "[k:other]")) == []
    assert list(writer.find_tasks(EntityKind.DEAL, 2, MARKER)) == []
    task = state_of(writer, made, kind_of(writer))
    assert (task.entity_kind, task.entity_id, task.responsible_id) == (*entity, 2)
    assert (task.due_at, task.completed) == (DRAFT.due_at, False)
    assert "Why?" in task.text


def test_a_task_is_changed(writer: Bitrix24Connector) -> None:
    made = writer.create_task(DRAFT)
    later = DRAFT.due_at + timedelta(days=3)
    writer.update_task(made, replace(DRAFT, title="Still: why?", responsible_id=4, due_at=later))
    task = state_of(writer, made, kind_of(writer))
    assert (task.responsible_id, task.due_at) == (4, later)
    assert "Still: why?" in task.text


def test_a_completed_task_leaves_its_note_once(writer: Bitrix24Connector) -> None:
    made = writer.create_task(DRAFT)
    for _ in range(2):
        writer.complete_task(made, EntityKind.DEAL, 1, "The reason is there now.")
    assert state_of(writer, made, kind_of(writer)).completed
    assert [note.text for note in writer.notes([1])].count("The reason is there now.") == 1
    assert list(writer.find_tasks(EntityKind.DEAL, 1, MARKER)) == [made]


def test_a_note_lost_on_the_way_is_made_up_for(writer: Bitrix24Connector, monkeypatch: pytest.MonkeyPatch) -> None:
    made = writer.create_task(DRAFT)
    with monkeypatch.context() as broken:

        def lost(*_: Any) -> int:
            raise OutcomeUnknown("lost")

        broken.setattr(writer._comments, "add", lost)
        with pytest.raises(OutcomeUnknown):
            writer.complete_task(made, EntityKind.DEAL, 2, "Done.")
    writer.complete_task(made, EntityKind.DEAL, 2, "Done.")
    assert [note.text for note in writer.notes([2])] == ["Done."]


def test_what_a_person_completed_is_left_as_it_is(server: Any, writer: Bitrix24Connector) -> None:
    made = writer.create_task(DRAFT)
    if kind_of(writer) == "task":
        server.state.update("tasks.task", made, {"STATUS": "5"}, user=2)
    else:
        server.state.update("crm.activity", made, {"COMPLETED": "Y", "EDITOR_ID": "2"}, user=2)
    writer.complete_task(made, EntityKind.DEAL, 2, "Done.")
    assert list(writer.notes([2])) == []


def test_a_task_of_a_deal_that_was_deleted_is_completed_without_a_note(server: Any, writer: Bitrix24Connector) -> None:
    made = writer.create_task(DRAFT)
    with server.state.lock:
        server.state.delete("crm.deal", 1)
    writer.complete_task(made, EntityKind.DEAL, 1, "The deal is gone.")
    if kind_of(writer) == "task":
        assert state_of(writer, made, "task").completed


def test_what_was_deleted_is_left_as_it_is(writer: Bitrix24Connector) -> None:
    writer.complete_task(999, EntityKind.DEAL, 2, "Done.")
    assert list(writer.notes([2])) == []


def test_a_note_stands_on_its_entity(connector: Bitrix24Connector) -> None:
    number = connector.add_note(EntityKind.DEAL, 2, "Hello")
    assert [(note.id, note.text) for note in connector.notes([2])] == [(number, "Hello")]
    with pytest.raises(NotFoundError):
        connector.add_note(EntityKind.DEAL, 4000, "Hello")


def test_a_responsible_who_does_not_exist_is_refused_for_good(connector: Bitrix24Connector) -> None:
    with pytest.raises(PermanentError) as caught:
        connector.create_task(replace(DRAFT, responsible_id=4000))
    assert "<br" not in str(caught.value)


def test_a_task_filter_that_is_dropped_finds_no_strangers(
    connector: Bitrix24Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = connector.create_task(DRAFT)
    connector.create_task(replace(DRAFT, entity_id=2))
    real = connector._portal.batch

    def without(commands: dict[str, str], **more: Any) -> Any:
        return real({key: text.replace("UF_CRM_TASK%5D=", "NO_SUCH%5D=") for key, text in commands.items()}, **more)

    monkeypatch.setattr(connector._portal, "batch", without)
    assert list(connector.find_tasks(EntityKind.DEAL, 1, MARKER)) == [mine]


def test_a_lost_answer_is_unknown_and_the_task_is_found(serve: Callable[..., Any], connect: Any, files: Path) -> None:
    server = serve(faults="lost_reply:0.5")
    connector = connect(server)
    outcomes: list[int | None] = []
    for _ in range(6):
        try:
            outcomes.append(connector.create_task(DRAFT))
        except OutcomeUnknown:
            outcomes.append(None)
    assert None in outcomes
    assert len(connector.find_tasks(EntityKind.DEAL, 1, MARKER)) == 6
