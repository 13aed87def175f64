"""Random bases for benchmarks: what a sales department of eight years' standing has in its CRM, at any size.

Per client: five deals over three years on average (one in six lost, one in twelve open), one and a half calls and
tasks, 0.4 leads and contacts beside him; four stage changes for each deal of the last year; a basket for one deal in
five.
"""

from __future__ import annotations

import os
import random
import sqlite3
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from integrator.store.database import open_database
from integrator.store.schema import METADATA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PORTAL = "p"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
POSTGRES = os.environ.get("INTEGRATOR_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
DAY = 86_400_000_000
STAGES = ("101", "102", "103", "142", "143")
REASONS = (("1", "Дорого"), ("2", "Нецелевой"), ("3", "Закрыли бизнес"), ("4", "Нет бюджета"))
USERS, GROUPS, PRODUCTS = 40, 12, 600
INDUSTRIES = ("construction", "retail", "food", "furniture", "services")
_AT = round(NOW.timestamp() * 1_000_000)
_BEGIN = _AT - 1200 * DAY
Rows = "Iterator[tuple[Any, ...]]"


def fill(address: str, clients: int) -> int:
    """Fill a new mirror; return how many deals it holds."""
    with open_database(address) as db:
        db.migrate()
    put = _into_sqlite if address.startswith("sqlite") else _into_postgresql
    put(address, {name: make(clients) for name, make in _TABLES.items()})
    with open_database(address) as db, db.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM deals").scalar_one())


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the address of an empty database of the kind, gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bench.db'}"
        return
    name = f"integrator_bench_{uuid.uuid4().hex[:12]}"
    with _server() as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    finally:
        with _server() as server:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _server() -> psycopg.Connection:
    return psycopg.connect(_plain(POSTGRES), autocommit=True)


def _plain(address: str) -> str:
    return make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)


def _into_sqlite(address: str, tables: dict[str, Rows]) -> None:
    with sqlite3.connect(address.removeprefix("sqlite:///")) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for name, rows in tables.items():
            columns = [f'"{column.name}"' for column in METADATA.tables[name].columns]
            marks = ",".join("?" * len(columns))
            connection.executemany(f"INSERT INTO {name} ({','.join(columns)}) VALUES ({marks})", rows)
        connection.execute("ANALYZE")


def _into_postgresql(address: str, tables: dict[str, Rows]) -> None:
    with psycopg.connect(_plain(address), autocommit=True) as connection:
        for name, rows in tables.items():
            columns = sql.SQL(",").join(map(sql.Identifier, METADATA.tables[name].columns.keys()))
            into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(name), columns)
            with connection.cursor().copy(into) as copy:
                for row in rows:
                    copy.write_row(row)
        connection.execute("ANALYZE")


def _stages(_: int) -> Rows:
    outcomes = ("open", "open", "open", "won", "lost")
    for place, (stage, outcome) in enumerate(zip(STAGES, outcomes, strict=True)):
        yield PORTAL, place, 31, stage, stage, place, outcome


def _users(_: int) -> Rows:
    for number in range(1, USERS + 1):
        yield PORTAL, number, number, f"Менеджер {number}", number % 13 != 0, "[]", None


def _reasons(_: int) -> Rows:
    for place, (number, name) in enumerate(REASONS):
        yield PORTAL, place, number, name


def _products(_: int) -> Rows:
    for number in range(1, PRODUCTS + 1):
        group = number % GROUPS
        yield PORTAL, number, f"Товар {number}", str(group), f"Группа {group}"


def _is_company(client: int) -> bool:
    return client % 5 != 0


def _responsible(client: int) -> int:
    return 1 + client % USERS


def _key(client: int) -> str:
    # One card in fifty shares its telephone with another.
    return f"{client - client % 50 % 2 if client % 50 < 2 else client:024x}"


def _fields(client: int) -> str:
    if client % 4:
        return "{}"
    industry = INDUSTRIES[client % 20 // 4]
    return f'{{"client.industry":"{industry}","client.quarter_volume":"{client % 900 * 1000}"}}'


def _companies(clients: int) -> Rows:
    for client in filter(_is_company, range(1, clients + 1)):
        born = _BEGIN + client % 800 * DAY
        row = (PORTAL, client, f"ООО «Клиент {client}»", _responsible(client), born, born, _fields(client))
        yield *row, _key(client), None, None


def _contacts(clients: int) -> Rows:
    for client in range(1, clients + 1):
        born = _BEGIN + client % 800 * DAY
        own = not _is_company(client)
        if not own and client % 5 > 2:
            continue
        fields = _fields(client) if own else "{}"
        row = (PORTAL, client, f"Контакт {client}", None if own else client, _responsible(client), born, born, fields)
        yield *row, _key(client), None, None


class _Deals:
    """The deals of every client, the same at each walk."""

    def __init__(self, clients: int) -> None:
        self.clients = clients

    def __iter__(self) -> Iterator[tuple[int, int, int, int, str, random.Random]]:
        chance, number = random.Random(1), 0
        for client in range(1, self.clients + 1):
            rhythm = chance.randint(5, 200)
            last = chance.randint(0, 700)
            for back in range(chance.randint(1, 9)):
                number += 1
                outcome = "lost" if chance.random() < 1 / 6 else "won"
                age = last + back * rhythm
                if back == 0 and chance.random() < 5 / 12:
                    outcome, age = "open", age % 90
                yield number, client, age, rhythm, outcome, chance


def _deals(clients: int) -> Rows:
    for number, client, age, _, outcome, chance in _Deals(clients):
        closed = None if outcome == "open" else _AT - age * DAY - number % 86_400 * 1_000_000
        stage = {"won": "142", "lost": "143"}.get(outcome, STAGES[number % 3])
        reason = str(chance.randint(1, 5)) if outcome == "lost" and number % 7 else None
        born = (_AT if closed is None else closed) - (5 + number % 40) * DAY
        yield (
            *(PORTAL, number, f"Сделка {number}", 31, stage, outcome, (1 + number % 500) * 100_000, "RUB"),
            *((client, None) if _is_company(client) else (None, client)),
            *(_responsible(client), born, born, closed, reason, "site" if number % 3 else None),
            f'{{"deal.margin":"{number % 90_000}"}}' if number % 10 == 0 else "{}",
            None if closed is None else closed + DAY // 2,
        )


def _leads(clients: int) -> Rows:
    for number in range(1, clients // 5 + 1):
        client = number * 5 - number % 3
        born = _AT - number % 500 * DAY
        yield (
            *(PORTAL, number, f"Заявка {number}", 0, "JUNK", "lost", 0, "RUB"),
            *((client, None) if _is_company(client) else (None, client)),
            *(_responsible(client), born, born, born + DAY, "lead:JUNK", None, "{}", born + DAY),
        )


def _stage_changes(clients: int) -> Rows:
    for number, _, age, _, outcome, _ in _Deals(clients):
        if age < 365:
            begun = _AT - (age + 5 + number % 40) * DAY
            path = STAGES[:3] if outcome == "open" else (*STAGES[:3], "142" if outcome == "won" else "143")
            for step, stage in enumerate(path):
                yield PORTAL, str(number * 4 + step), number, 31, stage, min(begun + step * (number % 9) * DAY, _AT)


def _tasks(clients: int) -> Rows:
    number = 0
    for deal, client, age, _, outcome, _ in _Deals(clients):
        at = _AT - age * DAY
        if outcome == "open" and deal % 3:
            number += 1
            due = _AT + (deal % 30 - 8) * DAY
            row = (PORTAL, "task", number, "deal", deal, _responsible(client), "Позвонить", due)
            yield *row, False, None, at, at, "", "task", False
        elif deal % 4 == 0:
            number += 1
            row = (PORTAL, "note", number, "deal", deal, _responsible(client), "Звонок", None)
            yield *row, True, at, at, at, "Договорились", "call", deal % 8 == 0


def _notes(clients: int) -> Rows:
    for deal, client, age, _, outcome, _ in _Deals(clients):
        if outcome == "open" and deal % 2:
            yield PORTAL, deal, deal, "Подумает и перезвонит" if deal % 5 else "Ждёт счёт", _AT - age * DAY, client % 40


def _baskets(clients: int) -> Rows:
    for deal, client, *_ in _Deals(clients):
        if deal % 5 == 0:
            product = 1 + client * 7 % PRODUCTS
            line = f'"name":"Товар {product}","product_id":{product},"quantity":"2"'
            yield PORTAL, deal, f'[{{"amount":{deal % 500 * 100_000},{line}}}]'


_TABLES = {
    "stages": _stages,
    "users": _users,
    "loss_reasons": _reasons,
    "products": _products,
    "companies": _companies,
    "contacts": _contacts,
    "deals": _deals,
    "leads": _leads,
    "stage_changes": _stage_changes,
    "tasks": _tasks,
    "notes": _notes,
    "baskets": _baskets,
}
