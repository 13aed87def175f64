"""Tasks that rules made: what the product completes itself nobody has done, and what the CRM calls a call is a task."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from integrator.metrics.own_tasks import marked
from integrator.reports.activity import contacts
from tests.unit.metrics.bases import at, client, context, deal, facts, frames, one

NOW = "2026-06-10 12:00"
OLD = at("2020-01-01 12:00")
COMPANY = {"id": 1, "name": "К1", "responsible_id": 7, "created_at": OLD}


def task(number: int, result: str = "", **columns: Any) -> dict[str, Any]:
    """A task of company 1, made on 1 June and completed on the 5th; amoCRM calls it a call."""
    return {
        "origin": "task",
        "id": number,
        "entity_kind": "company",
        "entity_id": 1,
        "responsible_id": 7,
        "kind": "call",
        "incoming": False,
        "created_at": at("2026-06-01 12:00"),
        "completed": True,
        "completed_at": at("2026-06-05 12:00"),
        "result": result,
        **columns,
    }


def own(number: int, subject: str = "client:company:1", *, cleared: bool = False, rule: str = "a/b") -> dict[str, Any]:
    return {"rule": rule, "template": "t", "subject": subject, "remote_id": number, "state": "done", "cleared": cleared}


def marks(tasks: list[dict[str, Any]], *made: dict[str, Any]) -> list[tuple[bool, bool]]:
    return marked(frames(tasks=tasks, own_tasks=list(made))).select("own", "cleared").rows()


def test_a_task_is_known_by_its_id_and_what_it_hangs_on_in_all_its_rows() -> None:
    rows = [task(1), task(1, entity_kind="deal", entity_id=5), task(1, origin="activity", entity_id=2), task(2)]
    assert marks(rows, own(1)) == [(True, False), (True, False), (False, False), (False, False)]
    assert marks(rows, own(1, cleared=True))[:2] == [(True, True), (True, True)]
    assert marks(rows, own(1, "manager:7")) == [(False, False)] * 4
    assert marks([task(1, origin="note")], own(1)) == [(False, False)]
    assert marks(rows) == [(False, False)] * 4


@pytest.mark.parametrize(("cleared", "day"), [(False, at("2026-06-05 12:00")), (True, None)])
def test_what_the_product_completes_is_no_contact(cleared: bool, day: Any) -> None:
    tables = {"tasks": [task(1)], "own_tasks": [own(1, cleared=cleared)], "companies": [COMPANY]}
    row = client(facts(NOW, [], **tables))
    assert (row["last_contact_at"], row["contacts_90"]) == (day, 0 if cleared else 1)
    assert row["contact_awaited_since"] == (OLD if cleared else day)
    made = contacts(frames(**tables), pl.DataFrame(schema={"id": pl.Int64, "key": pl.Int64}), context(NOW))
    assert made["kind"].to_list() == ([] if cleared else ["task"])


def test_a_task_that_a_rule_made_is_no_call_whatever_the_crm_names_it() -> None:
    tables = {"companies": [COMPANY], "users": [{"id": 7, "name": "Иванов", "active": True}]}
    base = facts(NOW, [], tasks=[task(1), task(2)], own_tasks=[own(1)], **tables)
    assert client(base)["touches_unanswered"] == 1
    assert base.managers.select("calls_7", "activities_7").rows() == [(1, 2)]


@pytest.mark.parametrize("cleared", [False, True])
def test_the_words_with_which_the_product_closes_are_nobodys(cleared: bool) -> None:
    tables = {
        "tasks": [task(1, "Подумает и перезвонит", entity_kind="deal", entity_id=3)],
        "own_tasks": [own(1, "deal:3", cleared=cleared)],
    }
    row = one(facts(NOW, [deal(3)], **tables), 3)
    assert (row["last_word_at"] is None, row["soft_no_at"] is None) == (cleared, cleared)


@pytest.mark.parametrize("cleared", [False, True])
def test_nor_are_they_an_answer(cleared: bool) -> None:
    tables = {
        "tasks": [task(1, "Дорого"), task(2, "не те вопросы", entity_kind="deal", entity_id=3)],
        "own_tasks": [
            own(1, cleared=cleared, rule="win_back/first"),
            own(2, "deal:3", cleared=cleared, rule="refusals/seller_cause"),
        ],
        "companies": [COMPANY],
    }
    settings = {"lists": {("refusals", "seller_causes"): {"wrong": {"ru": "не те вопросы", "en": "wrong questions"}}}}
    base = facts(NOW, [deal(3, "lost", "2026-05-01 12:00")], settings, **tables)
    assert client(base)["leaving_answer"] == (None if cleared else "Дорого")
    assert one(base, 3)["seller_cause"] == (None if cleared else "wrong")
