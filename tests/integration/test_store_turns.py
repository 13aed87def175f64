"""Whose turn it is: whom changes concern, when time alone may change something, and what only the whole base tells."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from integrator.domain import (
    Account,
    Basket,
    Company,
    Contact,
    Currency,
    Deal,
    Directory,
    EntityKind,
    Lead,
    Note,
    Outcome,
    Product,
    StageChange,
    Task,
)
from integrator.ports import Page, Sweep
from integrator.store import directory, due, mirror, shared, touches

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
COMPANY, CONTACT, LEAD, DEAL = (EntityKind(kind) for kind in ("company", "contact", "lead", "deal"))
OPEN = Deal(
    id=1, title="Поставка", pipeline_id=31, stage_id="141", outcome=Outcome.OPEN, amount=Decimal(5), currency=None,
    company_id=12, contact_id=5, responsible_id=7, created_at=AT, updated_at=AT, closed_at=None, loss_reason_id=None,
)  # fmt: skip
OF_LEAD = Lead(**{name: getattr(OPEN, name) for name in Deal.__slots__})
TASK = Task("task", 1, DEAL, 1, 7, "", NOW, completed=False, completed_at=None, created_at=AT, updated_at=AT)
PERSON = Contact(5, "Анна", 12, 7, AT, AT)
DIRECTORY = Directory(Account("777", "ООО"), (), (), ())


def store(db, kind, *rows, portal="main", **page):
    mirror.store_page(db, portal, kind, Page(rows, page.pop("cursor", "c"), **page), NOW)


def taken(db, portal="main"):
    """Whom changes concerned, who is forgotten by that."""
    noted = touches.noted(db, portal)
    with db.write() as connection:
        touches.seen(connection, portal, noted.items())
    return {(str(kind), number) for kind, number in noted}


@pytest.fixture
def watched(database):
    touches.watch(database, "main")
    return database


def test_a_change_concerns_the_client(watched):
    store(watched, COMPANY, Company(12, "Ромашка", 7, AT, AT))
    assert taken(watched) == {("company", 12)}
    store(watched, CONTACT, PERSON, replace(PERSON, id=6, company_id=None))
    assert taken(watched) == {("contact", 5), ("contact", 6), ("company", 12)}
    store(
        watched, DEAL, OPEN, replace(OPEN, id=2, company_id=None), replace(OPEN, id=3, company_id=None, contact_id=None)
    )
    assert taken(watched) == {("company", 12), ("contact", 5), ("deal", 3)}
    store(watched, LEAD, OF_LEAD)
    assert taken(watched) == {("company", 12)}


def test_what_hangs_on_something_concerns_it(watched):
    store(watched, EntityKind.TASK, TASK, replace(TASK, id=2, entity_kind=COMPANY, entity_id=12))
    assert taken(watched) == {("deal", 1), ("company", 12)}
    store(watched, EntityKind.STAGE_CHANGE, StageChange("a", 2, 31, "141", AT))
    store(watched, EntityKind.BASKET, Basket(3, ()))
    mirror.store_notes(watched, "main", [Note(8, 4, "Подумает", AT)])
    assert taken(watched) == {("deal", 2), ("deal", 3), ("deal", 4)}
    store(watched, EntityKind.PRODUCT, Product(4, "Болт"))
    assert taken(watched) == set()


def test_what_did_not_change_concerns_nobody(watched):
    store(watched, DEAL, OPEN)
    mirror.store_notes(watched, "main", [Note(8, 4, "Подумает", AT)])
    taken(watched)
    store(watched, DEAL, OPEN, cursor="d")
    mirror.store_notes(watched, "main", [Note(8, 4, "Подумает", AT)])
    assert taken(watched) == set()


def test_a_deal_that_moves_concerns_its_old_client_and_its_new_one(watched):
    store(watched, DEAL, OPEN)
    taken(watched)
    store(watched, DEAL, replace(OPEN, company_id=13))
    assert taken(watched) == {("company", 12), ("company", 13)}
    store(watched, DEAL, replace(OPEN, company_id=None, contact_id=None))
    assert taken(watched) == {("company", 13), ("deal", 1)}
    store(watched, CONTACT, PERSON)
    taken(watched)
    store(watched, CONTACT, replace(PERSON, company_id=None))
    assert taken(watched) == {("contact", 5), ("company", 12)}


def test_what_is_gone_concerns_whose_it_was(watched):
    store(watched, COMPANY, Company(12, "Ромашка", 7, AT, AT))
    store(watched, CONTACT, PERSON)
    store(watched, DEAL, OPEN, replace(OPEN, id=2))
    store(watched, LEAD, OF_LEAD)
    store(watched, EntityKind.TASK, TASK)
    store(watched, EntityKind.STAGE_CHANGE, StageChange("a", 2, 31, "141", AT))
    taken(watched)
    store(watched, EntityKind.TASK, gone=[1])
    assert taken(watched) == {("deal", 1)}
    store(watched, EntityKind.STAGE_CHANGE, gone=["a"])
    assert taken(watched) == {("deal", 2)}
    store(watched, DEAL, gone=[1])
    assert taken(watched) == {("deal", 1), ("company", 12)}
    mirror.sweep(watched, "main", LEAD, Sweep("x", gone=[1]))
    assert taken(watched) == {("lead", 1), ("company", 12)}
    mirror.sweep(watched, "main", CONTACT, Sweep("x", gone=[5]))
    assert taken(watched) == {("contact", 5), ("company", 12)}
    mirror.sweep(watched, "main", COMPANY, Sweep("x", gone=[12]))
    assert taken(watched) == {("company", 12)}


def test_a_task_that_moves_concerns_both_it_was_and_is_bound_to(watched):
    store(watched, EntityKind.TASK, TASK)
    taken(watched)
    store(watched, EntityKind.TASK, replace(TASK, entity_id=2))
    assert taken(watched) == {("deal", 1), ("deal", 2)}


def test_nothing_is_noted_before_anybody_watches(database):
    store(database, DEAL, OPEN)
    mirror.sweep(database, "main", DEAL, Sweep("x", gone=[1]))
    touches.watch(database, "shop")
    store(database, DEAL, OPEN)
    assert taken(database) == set()


def test_watching_begins_when_what_is_under_way_is_stored(database):
    """A change that was not noted is seen by the evaluation that begins to watch."""
    with ThreadPoolExecutor() as threads:
        with database.write() as connection:
            touches.note(connection, "main", [(DEAL, 1)])
            begun = threads.submit(touches.watch, database, "main")
            with pytest.raises(TimeoutError):
                begun.result(0.3)
        assert begun.result(10) >= 0


def test_who_was_concerned_by_a_later_change_stays_noted(watched):
    store(watched, DEAL, OPEN)
    noted = touches.noted(watched, "main")
    store(watched, DEAL, replace(OPEN, title="x"))
    with watched.write() as connection:
        touches.seen(connection, "main", noted.items())
    assert taken(watched) == {("company", 12)}


def test_time_that_comes_is_kept_for_each(database):
    def frame(*rows):
        return pl.DataFrame(rows, schema=due.COLUMNS, orient="row")

    day = [1_000_000 * round((NOW + timedelta(days=days)).timestamp()) for days in range(4)]
    first = frame(("company", 1, day[1]), ("company", 2, day[2]), ("deal", 1, day[1]))
    assert due.keep(database, "main", first) == 3
    assert due.keep(database, "main", first) == 0
    assert due.by(database, "main", NOW) == set()
    assert due.by(database, "main", NOW + timedelta(days=1)) == {(COMPANY, 1), (DEAL, 1)}
    assert due.by(database, "shop", NOW + timedelta(days=1)) == set()
    assert due.keep(database, "main", frame(("company", 1, day[3])), [(COMPANY, 1), (DEAL, 1), (COMPANY, 9)]) == 1
    assert due.by(database, "main", NOW + timedelta(days=2)) == {(COMPANY, 2)}
    touches.watch(database, "main")
    store(database, DEAL, OPEN)
    assert due.keep(database, "main", frame(("company", 2, day[2])), noted=touches.noted(database, "main")) == 0
    assert taken(database) == set()
    assert due.by(database, "main", NOW + timedelta(days=9)) == {(COMPANY, 2)}


def test_what_the_whole_base_told_is_kept_by_its_meaning(database):
    tables = {
        "curve": pl.DataFrame({"a": [1, None], "b": ["x", "y"], "c": [NOW, None]}),
        "empty": pl.DataFrame(schema={"a": pl.Int64, "d": pl.Date}),
    }
    mark = touches.watch(database, "main")
    assert shared.load(database, "main", "m1") is None
    assert shared.keep(database, "main", tables, "m1", NOW, watched=mark)
    found = shared.load(database, "main", "m1")
    assert found.keys() == tables.keys()
    for name, table in tables.items():
        assert_frame_equal(found[name], table)
    assert shared.load(database, "main", "m2") is None
    assert shared.load(database, "shop", "m1") is None


def test_what_changes_for_everybody_asks_for_the_whole_base(database):
    directory.replace(database, "main", DIRECTORY, NOW)
    mark = touches.watch(database, "main")
    shared.keep(database, "main", {"t": pl.DataFrame({"a": [1]})}, "m", NOW, watched=mark)
    directory.replace(database, "main", DIRECTORY, NOW)
    assert shared.load(database, "main", "m")
    changed = replace(DIRECTORY, currencies=(Currency("USD", Decimal(97)),))
    directory.replace(database, "main", changed, NOW)
    assert shared.load(database, "main", "m") is None


def test_an_evaluation_that_was_overtaken_leaves_nothing(database):
    mark = touches.watch(database, "main")
    directory.replace(database, "main", DIRECTORY, NOW)
    assert not shared.keep(database, "main", {"t": pl.DataFrame({"a": [1]})}, "m", NOW, watched=mark)
    touches.watch(database, "main")
    assert not shared.keep(database, "main", {"t": pl.DataFrame({"a": [1]})}, "m", NOW, watched=mark)
    assert shared.load(database, "main", "m") is None
