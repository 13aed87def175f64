"""What only the whole base tells, kept from the last evaluation of all of it for those of few clients."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import polars as pl
from sqlalchemy import delete, select

from integrator.store import touches
from integrator.store.batches import Upsert
from integrator.store.convert import to_micros
from integrator.store.schema import SHARED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from integrator.store.database import Database

_SHARED = Upsert.whole(SHARED)


def load(db: Database, portal: str, meaning: str) -> dict[str, pl.DataFrame] | None:
    """Return the tables by name; None where the whole base has to be evaluated, since there are none of this meaning,
    or changes since then were not noted.
    """
    of_portal = SHARED.c.portal == portal
    mark = select(SHARED.c.at).where(of_portal, SHARED.c.meaning == meaning).limit(1)
    with db.read() as connection:
        at = connection.execute(mark).scalar()
        if at is None or touches.watching(connection, portal) is None:
            return None
        known = db.kept.get(("shared", portal))
        if known is None or known[:2] != (meaning, at):
            rows = connection.execute(select(SHARED.c.name, SHARED.c.body).where(of_portal)).all()
            known = (meaning, at, {name: pl.read_ipc(BytesIO(body)) for name, body in rows})
            db.kept["shared", portal] = known
    tables: dict[str, pl.DataFrame] = known[2]
    return tables


def keep(
    db: Database, portal: str, tables: Mapping[str, pl.DataFrame], meaning: str, at: datetime, *, watched: int
) -> bool:
    """The tables are kept that an evaluation found which began to watch as `watched`.

    Return False where they are not, since something changed for everybody meanwhile.
    """
    rows = [(portal, name, to_micros(at), meaning, _body(table)) for name, table in sorted(tables.items())]
    with db.write() as connection:
        if touches.watching(connection, portal) != watched:
            return False
        connection.execute(delete(SHARED).where(SHARED.c.portal == portal))
        _SHARED.run(connection, rows)
    return True


def _body(table: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    table.write_ipc(buffer, compression="zstd")
    return buffer.getvalue()
