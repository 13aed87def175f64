"""How far each pull has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from integrator.store.batches import Upsert
from integrator.store.schema import CURSORS

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from integrator.store.database import Database

_WAY = Upsert.whole(CURSORS)


def get(db: Database, portal: str, kind: str) -> str | None:
    """Return the cursor from which the pull of `kind` continues; None when there was none."""
    with db.read() as connection:
        return read(connection, portal, kind)


def set(db: Database, portal: str, kind: str, cursor: str) -> None:  # noqa: A001 - read as cursors.set
    """The pull of `kind` continues from `cursor`."""
    with db.write() as connection:
        write(connection, portal, kind, cursor)


def read(connection: Connection, portal: str, kind: str) -> str | None:
    """Return the cursor within a transaction."""
    found = select(CURSORS.c.cursor).where(CURSORS.c.portal == portal, CURSORS.c.kind == kind)
    return connection.execute(found).scalar()


def write(connection: Connection, portal: str, kind: str, cursor: str) -> None:
    """The cursor is stored with whatever else the transaction stores."""
    _WAY.run(connection, [(portal, str(kind), cursor)])
