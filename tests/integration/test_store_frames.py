"""Snapshots: exactly the columns that the metrics are promised."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest

from integrator.domain import (
    Account,
    Basket,
    BasketLine,
    Company,
    Contact,
    Currency,
    Deal,
    Directory,
    EntityKind,
    Lead,
    LossReason,
    Note,
    Outcome,
    Pipeline,
    PlannedTask,
    Product,
    Stage,
    StageChange,
    Subject,
    Task,
    TaskKind,
    User,
)
from integrator.domain.tables import SNAPSHOT
from integrator.errors import StoreError
from integrator.ports import Page
from integrator.store import directory, frames, mirror, outbox
from integrator.store.database import open_database
from integrator.store.schema import OUTBOX

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
AT = datetime(2026, 11, 1, 9, 30, 15, 123456, tzinfo=UTC)
CLIENT_FIELDS = (
    "blacklisted", "quarter_volume", "need_date", "industry", "region", "partner", "verified_at", "complaint",
    "tax_number",
)  # fmt: skip
DEAL = Deal(
    id=93,
    title="Поставка",
    pipeline_id=31,
    stage_id="143",
    outcome=Outcome.LOST,
    amount=Decimal("1234.56"),
    currency="USD",
    company_id=12,
    contact_id=None,
    responsible_id=7,
    created_at=AT,
    updated_at=AT,
    closed_at=AT + timedelta(days=1),
    loss_reason_id="9",
    source=None,
    fields={
        "deal.reason_text": 'он сказал: "дорого"\n',
        "deal.sub_reason": "5",
        "deal.margin": "10.50",
        "deal.referrer": "12",
        "deal.planned_at": "2026-12-01",
        "deal.source": "site",
    },
)
DIRECTORY = Directory(
    account=Account("777", "ООО"),
    users=(User(7, "Анна"), User(3, "Борис", active=False)),
    pipelines=(
        Pipeline(
            31, "Продажи", 1, (Stage("143", 31, "Отказ", 2, Outcome.LOST), Stage("141", 31, "Новая", 1, Outcome.OPEN))
        ),
    ),
    loss_reasons=(LossReason("9", "Дорого"),),
    currencies=(Currency("USD", Decimal("97.15")), Currency("RUB", Decimal(1), is_base=True)),
)
LEAD = Lead(
    id=61,
    title="Заявка",
    pipeline_id=0,
    stage_id="JUNK",
    outcome=Outcome.LOST,
    amount=Decimal(0),
    currency=None,
    company_id=None,
    contact_id=5,
    responsible_id=7,
    created_at=AT,
    updated_at=AT,
    closed_at=AT,
    loss_reason_id="lead:JUNK",
)
FIELDS = {f"client.{name}": name for name in CLIENT_FIELDS}
CALL = Task(
    "note", 4, EntityKind.LEAD, 61, 7, "Звонок", None, completed=True, completed_at=AT, created_at=AT, updated_at=AT,
    result="договорились", kind=TaskKind.CALL, incoming=True,
)  # fmt: skip
PLANNED = PlannedTask(
    key="k1",
    rule="win_back/first",
    subject=Subject("client:company", 12),
    entity=Subject("client:company", 12),
    template="win_back_first",
    title="Позвонить",
    text="Почему…\n[rule:k1]",
    responsible_id=7,
    due_at=NOW,
)
BASKET = Basket(93, (BasketLine(4, "Болт", Decimal("2.5"), Decimal("99.90")), BasketLine(None, "Доставка", Decimal(1))))
TYPES = {"i": pl.Int64, "s": pl.String, "b": pl.Boolean, "t": pl.Datetime("us", "UTC")}


def fill(db, portal="main"):
    directory.replace(db, portal, DIRECTORY, NOW)
    rows = {
        EntityKind.COMPANY: [Company(12, "Ромашка", 7, AT, AT, FIELDS, ("b2", "a1", "b2"))],
        EntityKind.CONTACT: [Contact(5, "Анна", 12, None, AT, AT)],
        EntityKind.LEAD: [LEAD],
        EntityKind.TASK: [CALL],
        EntityKind.PRODUCT: [Product(4, "Болт", "2", "Метизы"), Product(3, "Услуга")],
        EntityKind.BASKET: [BASKET, Basket(94, ())],
        EntityKind.DEAL: [DEAL, replace(DEAL, id=94, outcome=Outcome.OPEN, closed_at=None, currency=None, fields={})],
        EntityKind.STAGE_CHANGE: [StageChange("b", 93, 31, "143", AT), StageChange("a", 93, 31, "141", AT)],
    }
    for kind, page in rows.items():
        mirror.store_page(db, portal, kind, Page(page, "c"), NOW)
    mirror.store_notes(db, portal, [Note(8, 94, "Подумает", AT, 7)])
    with db.write() as connection:
        outbox.add(connection, portal, [PLANNED])


@pytest.mark.parametrize("filled", [True, False])
def test_a_snapshot_has_the_columns_that_are_promised(database, filled):
    if filled:
        fill(database)
    snapshot = frames.snapshot(database, "main")
    promised = {name: {column: TYPES[kind] for column, kind in columns.items()} for name, columns in SNAPSHOT.items()}
    assert {name: dict(frame.schema) for name, frame in snapshot.items()} == promised
    assert all(frame.is_empty() is not filled for frame in snapshot.values())


def test_a_snapshot_holds_what_was_stored(database):
    fill(database)
    fill(database, "shop")
    snapshot = frames.snapshot(database, "main")
    lost, opened = snapshot["deals"].to_dicts()
    assert lost == {
        "id": 93,
        "title": "Поставка",
        "pipeline_id": 31,
        "stage_id": "143",
        "outcome": "lost",
        "amount": 123456,
        "currency": "USD",
        "company_id": 12,
        "contact_id": None,
        "responsible_id": 7,
        "created_at": AT,
        "closed_at": AT + timedelta(days=1),
        "first_closed_seen_at": NOW,
        "loss_reason_id": "9",
        "source": None,
        "reason_text": 'он сказал: "дорого"\n',
        "sub_reason": "5",
        "margin": "10.50",
        "referrer": "12",
        "planned_at": "2026-12-01",
    }
    empty = (
        "currency",
        "closed_at",
        "first_closed_seen_at",
        "reason_text",
        "sub_reason",
        "margin",
        "referrer",
        "planned_at",
    )
    assert {opened[name] for name in empty} == {None}
    same = {"created_at": AT, "responsible_since": None, "responsible_before": None}
    assert snapshot["companies"].to_dicts() == [
        {"id": 12, "name": "Ромашка", "responsible_id": 7, "keys": "a1 b2"} | same | {n: n for n in CLIENT_FIELDS}
    ]
    assert snapshot["contacts"].to_dicts() == [
        {"id": 5, "name": "Анна", "company_id": 12, "responsible_id": None, "keys": ""}
        | same
        | dict.fromkeys(CLIENT_FIELDS)
    ]
    assert snapshot["stage_changes"]["id"].to_list() == ["a", "b"]
    assert snapshot["stage_changes"].row(1) == ("b", 93, 31, "143", AT)
    assert snapshot["stages"].to_dicts()[0] == {
        "pipeline_id": 31,
        "id": "141",
        "name": "Новая",
        "sort": 1,
        "outcome": "open",
    }
    assert snapshot["loss_reasons"].rows() == [("9", "Дорого")]
    assert snapshot["currencies"].rows() == [("RUB", "1", True), ("USD", "97.15", False)]
    assert snapshot["users"].rows() == [(3, "Борис", False, None), (7, "Анна", True, None)]


def test_a_snapshot_holds_leads_contacts_made_and_what_was_sold(database):
    fill(database)
    snapshot = frames.snapshot(database, "main")
    lead = snapshot["leads"].row(0, named=True)
    told = {"id": 61, "outcome": "lost", "pipeline_id": 0, "contact_id": 5, "closed_at": AT, "margin": None}
    assert {name: lead[name] for name in told} == told
    assert snapshot["tasks"].rows() == [
        ("note", 4, "lead", 61, 7, "call", True, None, True, AT, AT, "договорились"),
    ]
    assert snapshot["notes"].rows() == [(8, 94, "Подумает", AT, 7)]
    assert snapshot["products"].rows() == [(3, "Услуга", None, None), (4, "Болт", "2", "Метизы")]
    assert snapshot["basket_lines"].rows() == [(93, 4, "Болт", "2.5", 9990), (93, None, "Доставка", "1", None)]


def test_a_snapshot_holds_the_tasks_that_rules_made(database):
    fill(database)
    with database.write() as connection:
        connection.execute(OUTBOX.update().values(state="done", remote_id=555))
    outbox.complete(database, "main", ["k1"], "Больше не нужно")
    own = frames.snapshot(database, "main")["own_tasks"].drop("created_at")
    assert own.rows() == [("win_back/first", "win_back_first", "client:company:12", 555, "done", 7, False)]


def test_a_task_that_the_product_has_completed_itself_is_known_as_such(database):
    fill(database)
    with database.write() as connection:
        connection.execute(OUTBOX.update().values(state="done", remote_id=555))
    outbox.complete(database, "main", ["k1"], "Больше не нужно")
    with database.write() as connection:
        connection.execute(OUTBOX.update().values(state="done"))
    whole = frames.snapshot(database, "main")["own_tasks"]
    assert whole["cleared"].to_list() == [True]
    assert frames.snapshot(database, "main", [(EntityKind.COMPANY, 12)])["own_tasks"].equals(whole)


def test_named_fields_that_are_not_set_are_null(database):
    sets = [{"deal.margin": "1"}, {"deal.source": "site"}, {"deal.reason_text": ""}, {}]
    deals = [replace(DEAL, id=number, fields=fields) for number, fields in enumerate(sets)]
    mirror.store_page(database, "main", EntityKind.DEAL, Page(deals, "c"), NOW)
    found = frames.snapshot(database, "main")["deals"]
    assert found["margin"].to_list() == ["1", None, None, None]
    assert found["reason_text"].to_list() == [None, None, "", None]


def test_a_snapshot_of_a_database_without_tables_says_what_to_do(database_url):
    with open_database(database_url) as db, pytest.raises(StoreError, match="run `integrator sync` first"):
        frames.snapshot(db, "main")


def test_a_big_table_comes_in_parts(database, monkeypatch):
    fill(database)
    monkeypatch.setattr(frames, "ROWS_AT_ONCE", 1)
    assert frames.snapshot(database, "main")["basket_lines"]["deal_id"].to_list() == [93, 93]
    monkeypatch.setattr(frames, "ROWS_AT_ONCE", 3)
    deals = [replace(DEAL, id=number, currency=None if number < 7 else "USD") for number in range(1, 11)]
    mirror.store_page(database, "main", EntityKind.DEAL, Page(deals, "c"), NOW)
    found = frames.snapshot(database, "main")["deals"]
    assert found["id"].to_list() == [*range(1, 11), 93, 94]
    assert found["currency"].to_list() == [None] * 6 + ["USD"] * 5 + [None]
