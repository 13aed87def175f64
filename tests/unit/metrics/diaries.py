"""Random bases with all that a CRM may hold beside deals: to-dos and contacts, notes, goods, leads, cards filled in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import polars as pl
from hypothesis import strategies as st

from integrator.domain.tables import SNAPSHOT
from integrator.metrics import Context
from tests.unit.metrics.bases import TYPES
from tests.unit.metrics.worlds import MOSCOW, NOW, START, Story, regulars, snapshot, stories

if TYPE_CHECKING:
    from datetime import datetime

Row = dict[str, Any]
DAYS = (NOW - START).days + 200
FIELDS = ("quarter_volume", "need_date", "industry", "region", "partner", "verified_at", "blacklisted", "complaint")
OF_DEAL = ("margin", "source", "reason_text", "sub_reason", "planned_at", "referrer")
NAMED = frozenset({*(f"client.{name}" for name in FIELDS), *(f"deal.{name}" for name in OF_DEAL)})
# Small enough that every branch of the arithmetic is met on a handful of deals.
PARAMS = {
    "target.hours_per_year": 1, "target.hour_cost": 20, "target.least_decided": 2, "target.min_quarter_volume": 100,
    "target.industries_not_served": ("табак",), "target.profile_fields": ("industry", "region"),
    "pyramid.least_keys": 1, "pyramid.key_purchases": 1, "win_back.cohort_minimum": 2, "growth.alike_minimum": 1,
    "growth.most_share": 0.3, "next_step.usual_stay_minimum": 2, "next_step.cycle_minimum": 1,
    "prospecting.rest_days": 2, "prevention.survey_one_in": 1,
}  # fmt: skip
CARD: dict[str, list[str | None]] = {
    "quarter_volume": [None, "1 000", "2,5 тыс.", "нет", "10 $"],
    "need_date": [None, "2026-02-01", "01.06.2024"],
    "industry": [None, "IT", "it ", "Табак"],
    "region": [None, "Пермь", ""],
    "partner": [None, "true", "нет"],
    "verified_at": [None, "2025-06-01", "2027-01-01"],
    "blacklisted": [None, "true", "false"],
    "complaint": [None, None, "да"],
    "keys": [None, "aa", "aa bb", "bb", "cc", ""],
}
DEAL: dict[str, list[str | None]] = {
    "referrer": [None, "CO_1", "C_2, CO_2", "company 3", ""],
    "source": [None, "Сайт", " Выставка"],
    "reason_text": [None, "нет красных ламп", "просто смотрел", " "],
    "sub_reason": [None, "дешевле", "иное"],
    "planned_at": [None, "2026-01-15", "01.02.2026"],
}
ENTITIES = [("company", 1), ("company", 2), ("contact", 1), ("contact", 2), ("contact", 4), ("lead", 1), ("lead", 2)]
TEXTS = ("", "Подумает и перезвонит", "Ждёт счёт", "не выяснили, что нужно", "Дорого")
RULES = ("refusals/seller_cause", "win_back/first", "base/deal_stalled")
CAUSES = {("refusals", "seller_causes"): {"need": {"ru": "не выяснили, что нужно", "en": "the need was not found"}}}
USERS = (7, 8, 9)


@dataclass(frozen=True)
class Diary:
    """All that ever happened to a base."""

    stories: list[Story]
    seed: int

    def snapshot(self, synced: datetime = NOW) -> dict[str, pl.DataFrame]:
        """Return what the mirror holds after a sync at an instant."""
        chance = Random(self.seed)  # noqa: S311 - a base to try, no secret
        base = snapshot(self.stories, synced, exact=True)
        added = {
            "leads": [_lead(number, chance) for number in (1, 2, 3)],
            "tasks": [_task(number, self.stories, chance) for number in range(1, chance.randint(1, 14))],
            "notes": [_note(number, one.id, chance) for number, one in enumerate(self.stories, 1)],
            "users": [_user(number, chance, synced) for number in USERS],
        }
        added["own_tasks"] = [_own(row, chance, synced) for row in added["tasks"] if row["id"] % 3 == 0]
        added["tasks"] = [_done(row, synced) for row in added["tasks"]]
        added["leads"] = [_closed(row, synced) for row in added["leads"]]
        added["products"] = [{"id": n, "name": name, "group": group} for n, name, group in _PRODUCTS]
        added["basket_lines"] = [
            {"deal_id": one.id, "product_id": (one.id + self.seed) % 4, "amount": one.id * 100} for one in self.stories
        ]
        for name, rows in added.items():
            base[name] = _frame(name, [row for row in rows if row.get("created_at", START) <= synced])
        for name, values in (("companies", CARD), ("contacts", CARD), ("deals", DEAL)):
            base[name] = _filled(base[name], values, self.seed)
        return base


_PRODUCTS = ((0, "Лампа красная", "Лампы"), (1, "Кабель", "Кабель"), (2, "Щит", None), (3, "Розетка", "Розетки"))


def _frame(name: str, rows: list[Row]) -> pl.DataFrame:
    columns = SNAPSHOT[name]
    schema = {column: TYPES[kind] for column, kind in columns.items()}
    return pl.DataFrame([{column: row.get(column) for column in columns} for row in rows], schema=schema)


def _filled(table: pl.DataFrame, values: dict[str, list[str | None]], seed: int) -> pl.DataFrame:
    """Fill in the cards by their ids, so that a later one adds rows only."""
    fields = [
        pl.Series(name, [few[(seed // 7 + row * (place + 1)) % len(few)] for row in table["id"]], pl.String)
        for place, (name, few) in enumerate(values.items())
    ]
    table = table.with_columns(*fields, responsible_id=pl.col("id") % len(USERS) + min(USERS))
    if "responsible_since" not in table.columns:
        return table
    changed = pl.when(pl.col("id") % 2 == 0)
    return table.with_columns(
        responsible_since=changed.then(pl.lit(START + timedelta(days=30))),
        responsible_before=changed.then(pl.lit(8, dtype=pl.Int64)),
    )


def _at(chance: Random) -> datetime:
    return START + timedelta(hours=chance.randint(0, DAYS * 24))


def _user(number: int, chance: Random, synced: datetime) -> Row:
    left = _at(chance) if number == max(USERS) else None
    gone = left is not None and left <= synced
    return {"id": number, "name": f"Менеджер {number}", "active": not gone, "inactive_since": left if gone else None}


def _lead(number: int, chance: Random) -> Row:
    created = _at(chance)
    ways = [(1, None), (None, 2), (2, 1), (None, None)]
    company, contact = chance.choice(ways)
    return {
        "id": number, "title": f"Заявка {number}", "pipeline_id": 0, "stage_id": "JUNK", "outcome": "lost",
        "company_id": company, "contact_id": contact, "created_at": created, "responsible_id": 7,
        "closed_at": created + timedelta(days=chance.randint(0, 90)), "reason_text": chance.choice(["дорого", None]),
    }  # fmt: skip


def _closed(row: Row, synced: datetime) -> Row:
    return row if row["closed_at"] <= synced else {**row, "stage_id": "NEW", "outcome": "open", "closed_at": None}


def _task(number: int, own: list[Story], chance: Random) -> Row:
    kind, entity = chance.choice([*ENTITIES, *(("deal", one.id) for one in own)])
    created = _at(chance)
    return {
        "origin": "task" if number % 3 == 0 else chance.choice(["task", "activity", "note", "event"]),
        "id": number, "entity_kind": kind, "entity_id": entity, "created_at": created,
        "responsible_id": chance.choice([*USERS, None]),
        "kind": chance.choice(["task", "call", "meeting", "email", "message"]), "incoming": chance.random() < 0.3,
        "due_at": created + timedelta(days=chance.randint(0, 60)) if chance.random() < 0.8 else None,
        "completed_at": created + timedelta(hours=chance.choice([0, 0, 5, 500])) if chance.random() < 0.7 else None,
        "result": chance.choice(TEXTS),
    }  # fmt: skip


def _done(row: Row, synced: datetime) -> Row:
    """Return the to-do as it stands at the sync."""
    done = row["completed_at"] is not None and row["completed_at"] <= synced
    told = {"completed": done, "result": row["result"] if done else ""}
    return {**row, **told, "completed_at": row["completed_at"] if done else None}


def _own(row: Row, chance: Random, synced: datetime) -> Row:
    kind, number = row["entity_kind"], row["entity_id"]
    cleared = chance.random() < 0.3 and row["completed_at"] is not None and row["completed_at"] <= synced
    return {
        "rule": chance.choice(RULES), "template": "a", "remote_id": row["id"], "state": "done", "cleared": cleared,
        "subject": f"client:{kind}:{number}" if kind in {"company", "contact"} else f"{kind}:{number}",
        "created_at": row["created_at"], "responsible_id": 7,
    }  # fmt: skip


def _note(number: int, deal: int, chance: Random) -> Row:
    return {"id": number, "deal_id": deal, "text": chance.choice(TEXTS), "created_at": _at(chance), "created_by": 7}


def context(now: datetime = NOW) -> Context:
    """Return a portal that names every field, with the steps of its pipeline."""
    steps = {1: {"acquaintance": "new", "presentation": "talk"}}
    return Context(now, MOSCOW, "RUB", fields_named=NAMED, params=PARAMS, stages=steps, lists=CAUSES)


def diaries() -> st.SearchStrategy[Diary]:
    """Draw bases of any deals, and of buyers with a rhythm."""
    return st.builds(Diary, stories() | regulars(), st.integers(0, 10_000))
