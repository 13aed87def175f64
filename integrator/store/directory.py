"""The portal's dictionaries: few rows, replaced as a whole when any of them changed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from integrator.domain import Account, Currency, Directory, LossReason, Outcome, Pipeline, Stage, User
from integrator.errors import StoreError
from integrator.store import portals, touches
from integrator.store.batches import Record, Upsert
from integrator.store.convert import from_json, to_json, to_micros
from integrator.store.schema import CURRENCIES, LOSS_REASONS, PIPELINES, PORTALS, STAGES, SUB_REASONS, USERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Row, Table

    from integrator.store.database import Database

_USER_AT, _ACTIVE_AT = (USERS.columns.keys().index(name) for name in ("id", "active"))
TABLES = (USERS, PIPELINES, STAGES, LOSS_REASONS, SUB_REASONS, CURRENCIES)


def replace(db: Database, portal: str, directory: Directory, now: datetime) -> bool:
    """The stored directory is this one; return whether anything of it was written."""
    with db.read() as connection:
        stored = {table: _rows(connection, table, portal) for table in TABLES}
        account = _account(connection, portal)
    records = _records(portal, directory)
    records[USERS] = _with_leaving(records[USERS], stored[USERS], to_micros(now))
    offered = {table: _unique(table, rows) for table, rows in records.items()}
    changed = [table for table in TABLES if stored[table] != offered[table]]
    if not changed and account == directory.account:
        return False
    with db.write() as connection:
        # What a reason means or whether a manager is active may matter to every client.
        touches.forget(connection, portal)
        portals.write_account(connection, portal, directory.account)
        for table in changed:
            connection.execute(delete(table).where(table.c.portal == portal))
            Upsert.whole(table).run(connection, offered[table])
    return True


def load(db: Database, portal: str) -> Directory:
    """Return the stored directory; StoreError when the portal was never synced."""
    with db.read() as connection:
        account = _account(connection, portal)
        rows = {table: list(_ordered(connection, table, portal)) for table in TABLES}
    if account is None:
        raise StoreError(f'portal "{portal}" was never synced; run `integrator sync --portal {portal}` first')
    stages = [Stage(row.id, row.pipeline_id, row.name, row.sort, Outcome(row.outcome)) for row in rows[STAGES]]
    return Directory(
        account=account,
        users=tuple(User(row.id, row.name, row.active, tuple(from_json(row.department_ids))) for row in rows[USERS]),
        pipelines=tuple(
            Pipeline(row.id, row.name, row.sort, tuple(stage for stage in stages if stage.pipeline_id == row.id))
            for row in rows[PIPELINES]
        ),
        loss_reasons=tuple(LossReason(row.id, row.name) for row in rows[LOSS_REASONS]),
        currencies=tuple(Currency(row.code, Decimal(row.rate), row.is_base) for row in rows[CURRENCIES]),
        sub_reasons=tuple(LossReason(row.id, row.name) for row in rows[SUB_REASONS]),
    )


def _records(portal: str, directory: Directory) -> dict[Table, list[Record]]:
    """Return the rows of each table, in the order of its columns; `place` keeps the CRM's own order."""
    return {
        USERS: _numbered(
            portal, [(user.id, user.name, user.active, to_json(user.department_ids)) for user in directory.users]
        ),
        PIPELINES: _numbered(portal, [(line.id, line.name, line.sort) for line in directory.pipelines]),
        STAGES: _numbered(
            portal,
            [
                (line.id, stage.id, stage.name, stage.sort, stage.outcome.value)
                for line in directory.pipelines
                for stage in line.stages
            ],
        ),
        LOSS_REASONS: _numbered(portal, [(reason.id, reason.name) for reason in directory.loss_reasons]),
        SUB_REASONS: _numbered(portal, [(reason.id, reason.name) for reason in directory.sub_reasons]),
        CURRENCIES: _numbered(portal, [(money.code, str(money.rate), money.is_base) for money in directory.currencies]),
    }


def _with_leaving(users: list[Record], stored: list[Record], now: int) -> list[Record]:
    """Return the users with the instant at which each was first seen deactivated; none is known of the new ones."""
    before = {row[_USER_AT]: row for row in stored}
    return [(*user, _inactive_since(user, before.get(user[_USER_AT]), now)) for user in users]


def _inactive_since(user: Record, before: Record | None, now: int) -> int | None:
    if before is None or user[_ACTIVE_AT]:
        return None
    since: int | None = now if before[_ACTIVE_AT] else before[-1]
    return since


def _unique(table: Table, rows: list[Record]) -> list[Record]:
    places = [table.columns.keys().index(part.name) for part in table.primary_key.columns]
    return sorted({tuple(row[place] for place in places): row for row in rows}.values())


def _numbered(portal: str, rows: list[Record]) -> list[Record]:
    return [(portal, place, *row) for place, row in enumerate(rows)]


def _rows(connection: Connection, table: Table, portal: str) -> list[Record]:
    return sorted(tuple(row) for row in connection.execute(select(table).where(table.c.portal == portal)))


def _ordered(connection: Connection, table: Table, portal: str) -> Iterator[Row[Any]]:
    return iter(connection.execute(select(table).where(table.c.portal == portal).order_by(table.c.place)))


def _account(connection: Connection, portal: str) -> Account | None:
    row = connection.execute(select(PORTALS).where(PORTALS.c.portal == portal)).one_or_none()
    if row is None or row.account_id is None:
        return None
    return Account(row.account_id, row.name, row.currency, row.timezone)
