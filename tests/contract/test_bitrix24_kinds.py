"""Leads, contacts made, goods, duplicates and tasks about managers: the connector against the emulated portal."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from connectors.bitrix24 import products, walk
from connectors.bitrix24.connector import Bitrix24Connector
from connectors.bitrix24.emulator import create, methods_crm, methods_products
from connectors.bitrix24.emulator.replies import RestError
from connectors.emulation.server import EmulatorOptions
from connectors.limits import MemoryBudgets
from integrator.domain import (
    Basket,
    BasketLine,
    EntityKind,
    Identity,
    Lead,
    LossReason,
    Outcome,
    Product,
    TaskDraft,
    TaskKind,
    identity,
)
from integrator.errors import OutcomeUnknown, RetryableError
from integrator.ports import Page, PortalSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MSK = timezone(timedelta(hours=3))
START = datetime(2026, 1, 1, tzinfo=MSK)
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SECRET, USER, HEAD = "s3cret", 1, 7
MARKER = "[k:abc]"
REVIEW = TaskDraft(
    EntityKind.MANAGER, HEAD, HEAD, "Review", f"Yesterday {MARKER}", datetime(2026, 12, 1, tzinfo=MSK), MARKER
)


class QuickClock:
    """The emulator's day; sleeping takes no time."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


def at(minutes: int) -> str:
    return (START + timedelta(minutes=minutes)).isoformat()


def row(number: int, **more: Any) -> dict[str, Any]:
    made = {"ID": str(number), "TITLE": f"Row {number}", "ASSIGNED_BY_ID": "2", "DATE_CREATE": at(number)}
    return {**made, "DATE_MODIFY": at(number), **more}


def lead(number: int, status: str, semantic: str, **more: Any) -> dict[str, Any]:
    told = {"STATUS_ID": status, "STATUS_SEMANTIC_ID": semantic, "OPPORTUNITY": "100.00", "CURRENCY_ID": "RUB"}
    links = {"COMPANY_ID": "0", "CONTACT_ID": None, "SOURCE_ID": "CALL", "MOVED_TIME": at(number + 2)}
    return row(number, **told, **links, DATE_CLOSED="", **more)


def deal(number: int, funnel: int = 0) -> dict[str, Any]:
    stage = f"C{funnel}:NEW" if funnel else "NEW"
    return row(number, CATEGORY_ID=str(funnel), STAGE_ID=stage, STAGE_SEMANTIC_ID="P", OPPORTUNITY="0.00")


def line(number: int, owner: int, **more: Any) -> dict[str, Any]:
    made = {"ID": str(number), "OWNER_ID": str(owner), "OWNER_TYPE": "D", "PRODUCT_ID": 1, "PRODUCT_NAME": "Болт"}
    return {**made, "PRICE": 2.5, "QUANTITY": 4, **more}


def phone(*values: str) -> list[dict[str, str]]:
    return [
        {"ID": str(n), "VALUE_TYPE": "WORK", "VALUE": value, "TYPE_ID": "PHONE"} for n, value in enumerate(values, 1)
    ]


def data() -> dict[str, Any]:
    email = [{"ID": "9", "VALUE_TYPE": "WORK", "VALUE": "A@Example.com", "TYPE_ID": "EMAIL"}]
    return {
        "crm.company": [row(1, PHONE=phone("8 (900) 111-22-33", "+7 900 444-55-66"), UF_CRM_INN="7700000000"), row(2)],
        "crm.contact": [row(1, NAME="A", PHONE=phone("+79001112233"), EMAIL=email, COMPANY_ID="1")],
        "crm.category": [
            {"id": 0, "name": "Продажи", "sort": 1, "entityTypeId": 2, "isDefault": "Y"},
            {"id": 5, "name": "Найм", "sort": 2, "entityTypeId": 2, "isDefault": "N"},
        ],
        "crm.deal": [*(deal(number) for number in range(1, 61)), deal(61, funnel=5)],
        "crm.lead": [
            lead(1, "NEW", "P"),
            {**lead(2, "JUNK", "F", UF_CRM_TEXT="Не звонить"), "DATE_CLOSED": at(30), "COMPANY_ID": "1"},
            {**lead(3, "CONVERTED", "S"), "CONTACT_ID": "1"},
        ],
        "crm.product": [
            {"ID": "1", "NAME": "Болт", "SECTION_ID": "7", "TIMESTAMP_X": at(1)},
            {"ID": "2", "NAME": "Доставка", "SECTION_ID": None, "TIMESTAMP_X": at(1)},
        ],
        "crm.productsection": [{"ID": "7", "NAME": "Крепёж"}],
        "crm.productrow": [
            line(1, 3),
            line(2, 3, PRODUCT_ID="2", PRODUCT_NAME="Доставка", PRICE="10.10", QUANTITY="1.0000"),
            line(3, 59, PRODUCT_ID=0, PRODUCT_NAME="Наладка", PRICE=None),
            line(4, 61),
            line(5, 3, OWNER_TYPE="L"),
        ],
        "user": [{"ID": str(n), "ACTIVE": True, "NAME": "U", "LAST_NAME": str(n)} for n in (1, 2, HEAD)],
    }


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, rows in data().items():
        put(tmp_path, name, rows)
    return tmp_path


def put(files: Path, name: str, rows: Any) -> None:
    (files / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")


@pytest.fixture
def serve(files: Path) -> Iterator[Callable[..., Any]]:
    running: list[Any] = []

    def start(*, faults: str = "", **limits: Any) -> Any:
        options = EmulatorOptions(data=files, secret=SECRET, user=USER, rate_limit=False, clock=NOW, faults=faults)
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

    def make(server: Any, **changed: Any) -> Bitrix24Connector:
        settings = PortalSettings(
            "shop",
            server.url,
            {"webhook": f"{USER}/{SECRET}"},
            pipelines=frozenset({0}),
            fields={
                "client.tax_number": {"company": "UF_CRM_INN", "contact": "UF_CRM_INN"},
                "deal.reason_text": {"deal": "UF_CRM_TEXT"},
                "deal.margin": {"deal": "UF_CRM_MARGIN"},
            },
            loss_reason_source="stage",
        )
        opened.append(Bitrix24Connector(replace(settings, **changed), MemoryBudgets(), QuickClock()))
        return opened[-1]

    yield make
    for connector in opened:
        connector.close()


@pytest.fixture
def connector(server: Any, connect: Callable[..., Bitrix24Connector]) -> Bitrix24Connector:
    return connect(server)


def rows_of(pages: list[Page]) -> list[Any]:
    return [found for page in pages for found in page.rows]


def pulled(connector: Bitrix24Connector, kind: EntityKind, cursor: str | None = None) -> list[Page]:
    return list(connector.pull(kind, cursor))


def asked(server: Any, what: Callable[[], Any]) -> int:
    """How many requests it takes."""
    before = server.traffic.requests
    what()
    return int(server.traffic.requests) - before


# --- leads ------------------------------------------------------------------------------------------------------------


def test_leads_come_with_their_outcome_and_their_client(connector: Bitrix24Connector) -> None:
    pages = pulled(connector, EntityKind.LEAD)
    new, junk, converted = rows_of(pages)
    assert [type(found) for found in (new, junk, converted)] == [Lead] * 3
    assert [(found.outcome, found.stage_id, found.pipeline_id) for found in (new, junk, converted)] == [
        (Outcome.OPEN, "NEW", 0),
        (Outcome.LOST, "JUNK", 0),
        (Outcome.WON, "CONVERTED", 0),
    ]
    assert [found.closed_at for found in (new, junk, converted)] == [
        None,
        START + timedelta(minutes=30),
        START + timedelta(minutes=5),
    ]
    assert (junk.company_id, junk.contact_id, converted.contact_id) == (1, None, 1)
    assert (junk.loss_reason_id, converted.loss_reason_id) == ("lead:JUNK", None)
    assert (junk.fields, new.amount, new.responsible_id) == ({"deal.reason_text": "Не звонить"}, Decimal(100), 2)
    assert pages[0].window == (0, None)


def test_a_leads_own_field_of_the_same_code_holds_its_reason(serve: Any, connect: Any, files: Path) -> None:
    def field(entity: str, option: str) -> dict[str, Any]:
        named = {"ID": "1", "ENTITY_ID": entity, "FIELD_NAME": "UF_CRM_WHY", "USER_TYPE_ID": "enumeration"}
        return {**named, "MULTIPLE": "N", "LIST": [{"ID": option, "VALUE": "Дорого"}]}

    put(files, "crm.deal.userfield", [field("CRM_DEAL", "11")])
    put(files, "crm.lead.userfield", [field("CRM_LEAD", "12")])
    put(files, "crm.lead", [{**lead(2, "JUNK", "F"), "UF_CRM_WHY": "12"}, lead(3, "JUNK", "F")])
    connector = connect(serve(), loss_reason_source="field", loss_reason_field="UF_CRM_WHY")
    assert [found.loss_reason_id for found in rows_of(pulled(connector, EntityKind.LEAD))] == ["12", None]
    assert connector.directory().loss_reasons == (LossReason("11", "Дорого"), LossReason("12", "Дорого"))


def test_the_failed_status_is_the_reason_where_a_lead_lacks_the_field(serve: Any, connect: Any, files: Path) -> None:
    put(files, "crm.deal", [{**deal(1), "UF_CRM_WHY": "x"}])
    connector = connect(serve(), loss_reason_source="field", loss_reason_field="UF_CRM_WHY")
    assert [found.loss_reason_id for found in rows_of(pulled(connector, EntityKind.LEAD))] == [None, "lead:JUNK", None]
    assert connector.directory().loss_reasons == (LossReason("lead:JUNK", "Некачественный лид"),)


def test_changed_and_deleted_leads_are_told(server: Any, connector: Bitrix24Connector) -> None:
    cursor = pulled(connector, EntityKind.LEAD)[-1].cursor
    (sweep,) = connector.deleted(EntityKind.LEAD, 3, None)
    server.state.update("crm.lead", 1, {"STATUS_ID": "JUNK"})
    (changed,) = rows_of(pulled(connector, EntityKind.LEAD, cursor))
    assert (changed.id, changed.outcome, changed.loss_reason_id) == (1, Outcome.LOST, "lead:JUNK")
    server.state.delete("crm.lead", 2)
    present = [number for found in connector.deleted(EntityKind.LEAD, 3, sweep.cursor) for number in found.present]
    assert sorted(present) == [1, 3]
    assert [found.id for found in connector.fetch(EntityKind.LEAD, [3, 2, 1])] == [1, 3]


def test_a_portal_without_leads_costs_one_request(serve: Any, connect: Any, files: Path) -> None:
    put(files, "crm.lead", [])
    server = serve()
    connector = connect(server)
    connector.directory()
    assert asked(server, lambda: pulled(connector, EntityKind.LEAD)) == 1
    assert asked(server, lambda: list(connector.deleted(EntityKind.LEAD, 0, None))) == 0


def test_leads_that_may_not_be_read_are_left_out_and_told(
    server: Any, connector: Bitrix24Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    entities = methods_crm.entities

    def guarded(call: Any, name: str) -> Any:
        if name == "crm.lead":
            raise RestError("", "Access denied.")
        return entities(call, name)

    monkeypatch.setattr(methods_crm, "entities", guarded)
    assert pulled(connector, EntityKind.LEAD) == []
    assert len(rows_of(pulled(connector, EntityKind.DEAL))) == 60
    assert [told for told in connector.fields_missing() if told.startswith("leads: the webhook's user may not")]


@pytest.mark.parametrize("kind", ["task", "todo"])
def test_tasks_stand_on_leads(server: Any, connect: Any, kind: str) -> None:
    connector = connect(server, task_kind=kind)
    draft = replace(REVIEW, entity_kind=EntityKind.LEAD, entity_id=2, responsible_id=2)
    made = connector.create_task(draft)
    assert list(connector.find_tasks(EntityKind.LEAD, 2, MARKER)) == [made]
    assert list(connector.find_tasks(EntityKind.LEAD, 1, MARKER)) == []
    (task,) = connector.fetch(EntityKind.TASK, [made])
    assert (task.entity_kind, task.entity_id, task.kind) == (EntityKind.LEAD, 2, TaskKind.TASK)
    connector.complete_task(made, EntityKind.LEAD, 2, "The reason is there.")
    comments = [found["COMMENT"] for found in server.state["crm.timeline.comment"]]
    assert comments == ["The reason is there."]


# --- contacts made ----------------------------------------------------------------------------------------------------


def test_activities_tell_what_was_done_and_who_began(serve: Any, connect: Any, files: Path) -> None:
    def activity(number: int, kind: str, provider: str, direction: str) -> dict[str, Any]:
        made = {"ID": str(number), "OWNER_TYPE_ID": "2", "OWNER_ID": "1", "TYPE_ID": kind, "PROVIDER_ID": provider}
        made |= {"DIRECTION": direction, "COMPLETED": "Y", "RESPONSIBLE_ID": "2", "CREATED": at(1)}
        return {**made, "LAST_UPDATED": at(9), "END_TIME": at(5), "DEADLINE": at(5), "SUBJECT": ""}

    told = [
        ("2", "VOXIMPLANT_CALL", "1", TaskKind.CALL, True),
        ("1", "CRM_MEETING", "0", TaskKind.MEETING, False),
        ("4", "CRM_EMAIL", "2", TaskKind.EMAIL, False),
        ("6", "IMOPENLINES_SESSION", "1", TaskKind.MESSAGE, True),
        ("6", "CRM_SMS", "2", TaskKind.MESSAGE, False),
        ("6", "CRM_TODO", "0", TaskKind.TASK, False),
    ]
    put(files, "crm.activity", [activity(n, *given[:3]) for n, given in enumerate(told, 1)])
    found = rows_of(pulled(connect(serve()), EntityKind.TASK))
    assert [(task.kind, task.incoming) for task in found] == [given[3:] for given in told]
    # A contact was over at its end; a to-do's end is its deadline, it was over when it was ticked off.
    assert [task.completed_at for task in found] == [START + timedelta(minutes=m) for m in (5, 5, 5, 5, 5, 9)]


# --- duplicates -------------------------------------------------------------------------------------------------------


def test_cards_of_one_client_share_a_key(server: Any, connect: Any) -> None:
    connector = connect(server)
    first, second = rows_of(pulled(connector, EntityKind.COMPANY))
    (contact,) = rows_of(pulled(connector, EntityKind.CONTACT))
    assert first.keys == tuple(
        identity("shop", kind, value)
        for kind, value in (
            (Identity.PHONE, "89001112233"),
            (Identity.PHONE, "89004445566"),
            (Identity.TAX_NUMBER, "7700000000"),
        )
    )
    assert second.keys == ()
    assert set(first.keys) & set(contact.keys) == {identity("shop", Identity.PHONE, "+7 900 111 22 33")}
    assert identity("shop", Identity.EMAIL, "a@example.com") in contact.keys


# --- goods ------------------------------------------------------------------------------------------------------------


def test_products_come_with_their_sections(server: Any, connect: Any) -> None:
    connector = connect(server)
    pages = pulled(connector, EntityKind.PRODUCT)
    assert rows_of(pages) == [Product(1, "Болт", "7", "Крепёж"), Product(2, "Доставка")]
    assert rows_of(pulled(connector, EntityKind.PRODUCT, pages[-1].cursor)) == []
    assert connector.fetch(EntityKind.PRODUCT, [1]) == [Product(1, "Болт", "7", "Крепёж")]
    assert len(list(connector.deleted(EntityKind.PRODUCT, 2, None))) == 1
    # Renaming a section changes no product: everything is read again.
    server.state.update("crm.productsection", 7, {"NAME": "Метизы"})
    again = rows_of(pulled(connect(server), EntityKind.PRODUCT, pages[-1].cursor))
    assert [found.group for found in again] == ["Метизы", None]


def test_baskets_hold_the_lines_of_deals(connector: Bitrix24Connector) -> None:
    pages = pulled(connector, EntityKind.BASKET)
    bolt = BasketLine(1, "Болт", Decimal(4), Decimal(10))
    delivery = BasketLine(2, "Доставка", Decimal(1), Decimal("10.10"))
    assert rows_of(pages) == [
        Basket(3, (bolt, delivery)),
        Basket(59, (BasketLine(None, "Наладка", Decimal(4), None),)),
    ]
    assert [page.window for page in pages] == [(0, None)]
    assert connector.fetch(EntityKind.BASKET, [3, 4]) == [Basket(3, (bolt, delivery))]
    assert list(connector.deleted(EntityKind.BASKET, 2, None)) == []


def test_a_changed_basket_comes_again_and_an_emptied_one_goes(server: Any, connector: Bitrix24Connector) -> None:
    cursor = pulled(connector, EntityKind.BASKET)[-1].cursor
    ask = connector._portal.write
    ask("crm.deal.productrows.set", {"id": 5, "rows": [{"PRODUCT_ID": 2, "PRICE": 7, "QUANTITY": 3}]})
    ask("crm.deal.productrows.set", {"id": 3, "rows": []})
    pages = pulled(connector, EntityKind.BASKET, cursor)
    assert rows_of(pages) == [Basket(5, (BasketLine(2, "Доставка", Decimal(3), Decimal(21)),))]
    assert [list(page.gone) for page in pages] == [[3]]
    assert server.state["crm.deal"].get(5)["OPPORTUNITY"] == "21.00"
    assert rows_of(pulled(connector, EntityKind.DEAL, None))[4].amount == Decimal(21)


def test_goods_cost_few_requests(server: Any, connector: Bitrix24Connector) -> None:
    connector.directory()
    pages: list[Page] = []
    assert asked(server, lambda: pages.extend(pulled(connector, EntityKind.PRODUCT))) == 1
    # One for the deals, one for the lines of all sixty.
    assert asked(server, lambda: pages.extend(pulled(connector, EntityKind.BASKET))) == 2
    assert asked(server, lambda: pulled(connector, EntityKind.BASKET, pages[-1].cursor)) == 1


def test_a_portal_without_products_costs_one_request(serve: Any, connect: Any, files: Path) -> None:
    put(files, "crm.product", [])
    server = serve()
    connector = connect(server)
    connector.directory()

    def goods() -> None:
        for kind in (EntityKind.PRODUCT, EntityKind.BASKET):
            assert rows_of(pulled(connector, kind)) == []

    assert asked(server, goods) == 1


def test_many_lines_come_page_by_page(serve: Any, connect: Any, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "DEALS_AT_ONCE", 7)
    lines = [line(number, number % 60 + 1) for number in range(1, 1201)]
    put(files, "crm.productrow", lines)
    found = rows_of(pulled(connect(serve()), EntityKind.BASKET))
    assert [basket.id for basket in found] == list(range(1, 61))
    assert {len(basket.lines) for basket in found} == {20}


def test_who_may_not_read_one_deal_reads_the_lines_of_the_others(
    connector: Bitrix24Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    simple_list = methods_products.simple_list

    def guarded(name: str) -> Any:
        def method(call: Any) -> Any:
            # A list counts as the number 1, whose deal this user may not read.
            owner = call.mapping("filter").get("OWNER_ID")
            if isinstance(owner, list) or owner == "1":
                raise RestError("", "Access denied.")
            return simple_list(name)(call)

        return method

    monkeypatch.setattr(methods_products, "simple_list", guarded)
    assert [basket.id for basket in rows_of(pulled(connector, EntityKind.BASKET))] == [3, 59]


def test_lines_of_deals_nobody_asked_for_are_not_taken(
    connector: Bitrix24Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for = products._command
    monkeypatch.setattr(products, "DEALS_AT_ONCE", 1)
    monkeypatch.setattr(products, "_command", lambda one: asked_for(one).replace("[OWNER_ID]", "[!OWNER_ID]"))
    assert rows_of(pulled(connector, EntityKind.BASKET)) == []


def test_goods_and_leads_survive_a_bad_network(
    serve: Callable[..., Any], connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "MOST_COMMANDS", 1)
    connector = connect(serve(faults="500:0.1,502:0.1,reset:0.1,html:0.1,429:0.1"))
    for _ in range(3):
        assert [basket.id for basket in rows_of(pulled(connector, EntityKind.BASKET))] == [3, 59]
        assert [found.id for found in rows_of(pulled(connector, EntityKind.LEAD))] == [1, 2, 3]
        assert [found.id for found in rows_of(pulled(connector, EntityKind.PRODUCT))] == [1, 2]


def test_lines_that_rest_too_long_stop_the_pull_and_lose_nothing(serve: Any, connect: Any) -> None:
    connector = connect(serve(operating_limit=1.5, operating_cost=1.0))
    with pytest.raises(RetryableError) as caught:
        pulled(connector, EntityKind.BASKET)
    assert caught.value.retry_after is not None


# --- tasks about managers ---------------------------------------------------------------------------------------------


@pytest.fixture(params=["task", "todo"])
def writer(request: pytest.FixtureRequest, server: Any, connect: Any) -> Bitrix24Connector:
    made: Bitrix24Connector = connect(server, task_kind=request.param)
    return made


def test_a_task_about_a_manager_hangs_on_nothing_and_is_found(server: Any, writer: Bitrix24Connector) -> None:
    made = writer.create_task(REVIEW)
    task = server.state["tasks.task"].get(made)
    assert (task["ufCrmTask"], task["responsibleId"], task["title"]) == ([], str(HEAD), "Review")
    assert list(writer.find_tasks(EntityKind.MANAGER, HEAD, MARKER)) == [made]
    assert list(writer.find_tasks(EntityKind.MANAGER, 2, MARKER)) == []
    assert list(writer.find_tasks(EntityKind.MANAGER, HEAD, "[k:other]")) == []
    assert len(server.state["crm.activity"]) == 0


def test_a_filter_that_is_dropped_finds_no_task_of_another_manager(
    writer: Bitrix24Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = writer.create_task(REVIEW)
    writer.create_task(replace(REVIEW, entity_id=2, responsible_id=2))
    real = writer._portal.batch

    def without(commands: dict[str, str], **more: Any) -> Any:
        return real({key: text.replace("RESPONSIBLE_ID]=", "NO_SUCH]=") for key, text in commands.items()}, **more)

    monkeypatch.setattr(writer._portal, "batch", without)
    assert list(writer.find_tasks(EntityKind.MANAGER, HEAD, MARKER)) == [mine]


def test_a_task_about_a_manager_is_changed_and_completed_with_its_note_once(
    server: Any, writer: Bitrix24Connector
) -> None:
    made = writer.create_task(REVIEW)
    writer.update_task(made, replace(REVIEW, title="Another review"))
    for _ in range(2):
        writer.complete_task(made, EntityKind.MANAGER, HEAD, "Nothing was lost yesterday.")
    task = server.state["tasks.task"].get(made)
    assert (task["title"], task["status"]) == ("Another review", "5")
    assert task["description"] == f"{REVIEW.text}\n\nNothing was lost yesterday."
    assert len(server.state["crm.timeline.comment"]) == 0
    assert list(writer.find_tasks(EntityKind.MANAGER, HEAD, MARKER)) == [made]


def test_a_note_on_a_managers_task_that_was_lost_is_made_up_for(
    server: Any, writer: Bitrix24Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = writer.create_task(REVIEW)
    real = writer._portal.write

    def lost(method: str, params: Any) -> Any:
        if method == "tasks.task.update":
            raise OutcomeUnknown("lost")
        return real(method, params)

    with monkeypatch.context() as broken:
        broken.setattr(writer._portal, "write", lost)
        with pytest.raises(OutcomeUnknown):
            writer.complete_task(made, EntityKind.MANAGER, HEAD, "Done.")
    writer.complete_task(made, EntityKind.MANAGER, HEAD, "Done.")
    assert server.state["tasks.task"].get(made)["description"].endswith("\n\nDone.")


def test_what_the_manager_completed_himself_is_left_as_it_is(server: Any, writer: Bitrix24Connector) -> None:
    made = writer.create_task(REVIEW)
    server.state.update("tasks.task", made, {"STATUS": "5"}, user=HEAD)
    writer.complete_task(made, EntityKind.MANAGER, HEAD, "Done.")
    assert server.state["tasks.task"].get(made)["description"] == REVIEW.text


def test_a_lost_answer_about_a_manager_is_unknown_and_the_task_is_found(serve: Any, connect: Any) -> None:
    connector = connect(serve(faults="lost_reply:0.5"))
    outcomes = []
    for _ in range(6):
        try:
            outcomes.append(connector.create_task(REVIEW))
        except OutcomeUnknown:
            outcomes.append(None)
    assert None in outcomes
    assert len(connector.find_tasks(EntityKind.MANAGER, HEAD, MARKER)) == 6
