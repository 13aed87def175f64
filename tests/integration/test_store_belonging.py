"""What belongs to one client, read by indexes alone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from polars.testing import assert_frame_equal
from sqlalchemy import event

from integrator.domain import (
    Basket,
    BasketLine,
    Company,
    Contact,
    Deal,
    EntityKind,
    Lead,
    Note,
    Outcome,
    PlannedTask,
    Product,
    StageChange,
    Subject,
    Task,
)
from integrator.domain.tables import SNAPSHOT
from integrator.ports import Page
from integrator.store import belonging, frames, mirror, outbox

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
DEAL = Deal(
    id=1, title="Поставка", pipeline_id=31, stage_id="141", outcome=Outcome.OPEN, amount=Decimal(5), currency=None,
    company_id=None, contact_id=None, responsible_id=7, created_at=AT, updated_at=AT, closed_at=None,
    loss_reason_id=None, fields={"deal.margin": "1"},
)  # fmt: skip
TASK = Task("task", 1, EntityKind.DEAL, 1, 7, "", NOW, completed=False, completed_at=None, created_at=AT, updated_at=AT)
# Whose each deal is: its company's, else its contact's, else nobody's; leads alike.
LINKS = {1: (12, None), 2: (12, 5), 3: (None, 5), 4: (None, 6), 5: (13, None), 6: (None, None)}
CLIENTS = {
    (EntityKind.COMPANY, 12): {"deals": [1, 2], "contacts": [5, 8], "companies": [12]},
    (EntityKind.COMPANY, 13): {"deals": [5], "contacts": [], "companies": [13]},
    (EntityKind.CONTACT, 5): {"deals": [2, 3], "contacts": [5], "companies": []},
    (EntityKind.CONTACT, 6): {"deals": [4], "contacts": [6], "companies": []},
    (EntityKind.DEAL, 6): {"deals": [6], "contacts": [], "companies": [], "leads": []},
    (EntityKind.LEAD, 6): {"deals": [], "leads": [6], "contacts": [], "companies": []},
    (EntityKind.COMPANY, 99): {"deals": [], "contacts": [], "companies": []},
}
DICTIONARIES = ("stages", "loss_reasons", "currencies", "users", "pipelines", "products")
OWNER = {"deals": "id", "leads": "id", "stage_changes": "deal_id", "notes": "deal_id", "basket_lines": "deal_id"}


@pytest.fixture
def base(database):
    """A base in which everything hangs on something."""
    deals = [replace(DEAL, id=number, company_id=one, contact_id=other) for number, (one, other) in LINKS.items()]
    entities = [(kind, number) for kind in ("deal", "lead", "contact", "company") for number in (*LINKS, 8, 12, 13)]
    rows = {
        EntityKind.COMPANY: [Company(number, f"К{number}", 7, AT, AT) for number in (12, 13, 14)],
        EntityKind.CONTACT: [Contact(number, "Анна", at, 7, AT, AT) for number, at in ((5, 12), (6, None), (8, 12))],
        EntityKind.DEAL: deals,
        EntityKind.LEAD: [Lead(**{name: getattr(deal, name) for name in Deal.__slots__}) for deal in deals],
        EntityKind.TASK: [
            replace(TASK, id=at, entity_kind=EntityKind(kind), entity_id=number)
            for at, (kind, number) in enumerate(entities)
        ],
        EntityKind.STAGE_CHANGE: [StageChange(f"{at}{deal}", deal, 31, "141", AT) for deal in LINKS for at in "ab"],
        EntityKind.PRODUCT: [Product(4, "Болт")],
        EntityKind.BASKET: [Basket(deal, (BasketLine(4, "Болт", Decimal(2)),)) for deal in LINKS],
    }  # fmt: skip
    for kind, page in rows.items():
        for portal in ("main", "shop"):
            mirror.store_page(database, portal, kind, Page(page, "c"), NOW)
    mirror.store_notes(database, "main", [Note(deal, deal, "Подумает", AT) for deal in LINKS])
    subjects = [Subject(kind, number) for kind in belonging.KINDS for number in (5, 6, 12)]
    with database.write() as connection:
        outbox.add(connection, "main", [planned(subject) for subject in subjects])
    return database


def planned(subject):
    return PlannedTask("win_back/first", "first", f"key {subject}", subject, subject, 7, NOW, "Позвонить", "№1")


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: f"{client[0]}-{client[1]}")
def test_what_belongs_to_a_client_is_what_the_whole_base_holds_of_him(base, client):
    whole, own = frames.snapshot(base, "main"), frames.snapshot(base, "main", [client])
    ids = {"leads": CLIENTS[client]["deals"], **CLIENTS[client]}
    expected = {name: whole[name].filter(whole[name]["id"].is_in(ids[name])) for name in ("companies", "contacts")}
    for name, column in OWNER.items():
        expected[name] = whole[name].filter(whole[name][column].is_in(ids["leads" if name == "leads" else "deals"]))
    entities = [
        (kind, number)
        for kind, name in (("company", "companies"), ("contact", "contacts"), ("deal", "deals"), ("lead", "leads"))
        for number in {*ids[name], *([client[1]] if client[0] == kind else [])}
    ]
    tasks = whole["tasks"]
    bound = [pair in entities for pair in zip(tasks["entity_kind"], tasks["entity_id"], strict=True)]
    expected["tasks"] = tasks.filter(bound)
    about = [
        f"client:{kind}:{number}" if kind in {"company", "contact"} else f"{kind}:{number}" for kind, number in entities
    ]
    expected["own_tasks"] = whole["own_tasks"].filter(whole["own_tasks"]["subject"].is_in(about))
    for name in DICTIONARIES:
        expected[name] = whole[name]
    assert own.keys() == SNAPSHOT.keys()
    for name, frame in expected.items():
        assert_frame_equal(own[name], frame)


def test_several_clients_come_at_once_each_row_once(base):
    own = frames.snapshot(base, "main", [(EntityKind.COMPANY, 12), (EntityKind.CONTACT, 5)])
    assert own["deals"]["id"].to_list() == [1, 2, 3]
    assert own["contacts"]["id"].to_list() == [5, 8]
    assert own["basket_lines"].height == 3


def test_whose_deals_and_leads_are(base):
    subjects = [Subject(kind, number) for kind in ("deal", "lead") for number in (*LINKS, 99)]
    owners = {(EntityKind.COMPANY, 12), (EntityKind.COMPANY, 13), (EntityKind.CONTACT, 5), (EntityKind.CONTACT, 6)}
    nobodys = {(EntityKind.DEAL, 6), (EntityKind.LEAD, 6)}
    assert belonging.clients_of(base, "main", subjects) == owners | nobodys
    client = Subject("client:company", 77)
    assert belonging.clients_of(base, "main", [client, Subject("manager", 7)]) == {(EntityKind.COMPANY, 77)}


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_one_client_is_read_by_indexes(base):
    """No step of any plan walks over a table, or over more of an index than one client's."""
    plans = []

    def explain(_connection, cursor, statement, parameters, *_rest):
        if statement.lstrip().startswith("SELECT") and "json_each" in statement:
            plans.extend(cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall())

    event.listen(base.engine, "before_cursor_execute", explain)
    frames.snapshot(base, "main", list(CLIENTS))
    event.remove(base.engine, "before_cursor_execute", explain)
    steps = [row[3] for row in plans if "VIRTUAL TABLE" not in row[3] and "SUBQUERY" not in row[3]]
    assert len(steps) == 18
    assert [step for step in steps if not re.search(r"\(portal=\? AND .*id=\?\)|subject=\?|key=\?", step)] == []
