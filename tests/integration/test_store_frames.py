"""Snapshots: exactly the columns that the metrics are promised."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest

from integrator.domain import (
    Account,
    Company,
    Contact,
    Currency,
    Deal,
    Directory,
    EntityKind,
    LossReason,
    Outcome,
    Pipeline,
    Stage,
    StageChange,
    User,
)
from integrator.domain.tables import SNAPSHOT
from integrator.errors import StoreError
from integrator.ports import Page
from integrator.store import directory, frames, mirror
from integrator.store.database import open_database

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
AT = datetime(2026, 11, 1, 9, 30, 15, 123456, tzinfo=UTC)
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
TYPES = {"i": pl.Int64, "s": pl.String, "b": pl.Boolean, "t": pl.Datetime("us", "UTC")}


def fill(db, portal="main"):
    directory.replace(db, portal, DIRECTORY, NOW)
    rows = {
        EntityKind.COMPANY: [Company(12, "Ромашка", 7, AT, AT, {"client.blacklisted": "1"})],
        EntityKind.CONTACT: [Contact(5, "Анна", 12, None, AT, AT)],
        EntityKind.DEAL: [DEAL, replace(DEAL, id=94, outcome=Outcome.OPEN, closed_at=None, currency=None, fields={})],
        EntityKind.STAGE_CHANGE: [StageChange("b", 93, 31, "143", AT), StageChange("a", 93, 31, "141", AT)],
    }
    for kind, page in rows.items():
        mirror.store_page(db, portal, kind, Page(page, "c"), NOW)


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
    assert snapshot["companies"].to_dicts() == [
        {"id": 12, "name": "Ромашка", "responsible_id": 7, "created_at": AT, "blacklisted": "1"}
    ]
    assert snapshot["contacts"].to_dicts() == [
        {"id": 5, "name": "Анна", "company_id": 12, "responsible_id": None, "created_at": AT, "blacklisted": None}
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
    assert snapshot["users"].rows() == [(3, "Борис", False), (7, "Анна", True)]


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
    monkeypatch.setattr(frames, "ROWS_AT_ONCE", 3)
    deals = [replace(DEAL, id=number, currency=None if number < 7 else "USD") for number in range(1, 11)]
    mirror.store_page(database, "main", EntityKind.DEAL, Page(deals, "c"), NOW)
    found = frames.snapshot(database, "main")["deals"]
    assert found["id"].to_list() == list(range(1, 11))
    assert found["currency"].to_list() == [None] * 6 + ["USD"] * 4
