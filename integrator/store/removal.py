"""A portal leaves the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete

from integrator.store.schema import METADATA

if TYPE_CHECKING:
    from integrator.store.database import Database


def forget(db: Database, portal: str) -> None:
    """Nothing of the portal is kept: neither its mirror, nor its decisions, nor its outbox."""
    with db.write() as connection:
        for table in reversed(METADATA.sorted_tables):
            if "portal" in table.c:
                connection.execute(delete(table).where(table.c.portal == portal))
