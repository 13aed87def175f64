"""Whose rows changed: noted in the transaction of the change, taken back once he is evaluated."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select

from integrator.domain import EntityKind
from integrator.store.batches import Lookup, Upsert
from integrator.store.belonging import owner
from integrator.store.schema import (
    BASKETS,
    COMPANIES,
    CONTACTS,
    DEALS,
    LEADS,
    STAGE_CHANGES,
    TOUCHED,
    WATCHED,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from integrator.store.batches import Record
    from integrator.store.belonging import Whose
    from integrator.store.database import Database

# Any number of our own: with the portal's name, the lock that changes share in PostgreSQL until they are committed, and
# for which the beginning of an evaluation of the whole base waits.
ADVISORY_LOCK = 7_203_114_598
_TOUCHED = Upsert.whole(TOUCHED)
_WATCHED = Upsert.whole(WATCHED)
_MARKS = 2**62
_OF_DEALS = (EntityKind.DEAL, EntityKind.LEAD)
# The column by which a row of another kind names a deal.
_DEAL_COLUMN = {EntityKind.STAGE_CHANGE: "deal_id", EntityKind.BASKET: "id"}
_LINKS = {
    EntityKind.COMPANY: Lookup(COMPANIES, ("id",), ("portal",), "id"),
    EntityKind.CONTACT: Lookup(CONTACTS, ("id", "company_id"), ("portal",), "id"),
    EntityKind.LEAD: Lookup(LEADS, ("id", "company_id", "contact_id"), ("portal",), "id"),
    EntityKind.DEAL: Lookup(DEALS, ("id", "company_id", "contact_id"), ("portal",), "id"),
    EntityKind.STAGE_CHANGE: Lookup(STAGE_CHANGES, ("id", "deal_id"), ("portal",), "id"),
    EntityKind.BASKET: Lookup(BASKETS, ("id",), ("portal",), "id"),
}
# What a product is called tells of the whole base: it is seen when all of it is evaluated.
_SILENT = (EntityKind.PRODUCT,)


_SEEN = delete(TOUCHED).where(
    *(TOUCHED.c[name] == bindparam(f"of_{name}") for name in ("portal", "kind", "id", "mark"))
)


def whose(kind: EntityKind, rows: Iterable[Mapping[str, Any]]) -> Iterator[Whose]:
    """Yield whom rows of the kind concern: clients; deals, whoever's they are, for what hangs on them."""
    for row in rows:
        if kind in _OF_DEALS:
            yield owner(kind, row["id"], row["company_id"], row["contact_id"])
        elif kind is EntityKind.TASK:
            yield EntityKind(row["entity_kind"]), row["entity_id"]
        elif kind in _DEAL_COLUMN:
            yield EntityKind.DEAL, row[_DEAL_COLUMN[kind]]
        elif kind in (EntityKind.COMPANY, EntityKind.CONTACT):
            yield kind, row["id"]
            if row.get("company_id") is not None:
                yield EntityKind.COMPANY, row["company_id"]


def note(connection: Connection, portal: str, concerned: Iterable[Whose]) -> None:
    """It is noted whom the change in this transaction concerns, unless the whole base is to be evaluated anyway."""
    if not _watched(connection, portal):
        return
    found = sorted({(kind.value, number) for kind, number in concerned})
    mark = secrets.randbelow(_MARKS)
    _TOUCHED.run(connection, [(portal, kind, number, mark) for kind, number in found])


def note_doomed(connection: Connection, portal: str, kind: EntityKind, keys: Sequence[Record]) -> None:
    """It is noted whom rows concern that this transaction is about to remove; of deals that they are gone, too."""
    if kind in _SILENT or not _watched(connection, portal):
        return
    if kind is EntityKind.TASK:
        rows = [{"entity_kind": key[-2], "entity_id": key[-1]} for key in keys]
    else:
        lookup = _LINKS[kind]
        found = lookup.rows(connection, (portal,), [key[-1] for key in keys])
        rows = [dict(zip(lookup.columns, row, strict=True)) for row in found]
    themselves = [(kind, row["id"]) for row in rows if kind in _OF_DEALS]
    note(connection, portal, [*whose(kind, rows), *themselves])


def _watched(connection: Connection, portal: str) -> bool:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock_shared(func.hashtextextended(portal, ADVISORY_LOCK))))
    return connection.execute(select(WATCHED.c.mark).where(WATCHED.c.portal == portal)).scalar() is not None


def watch(db: Database, portal: str) -> int:
    """From now on changes are noted; return the number of this beginning."""
    mark = secrets.randbelow(_MARKS)
    with db.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(portal, ADVISORY_LOCK))))
        _WATCHED.run(connection, [(portal, mark)])
    return mark


def forget(connection: Connection, portal: str) -> None:
    """Changes are noted no more: all of the base has to be evaluated."""
    connection.execute(delete(WATCHED).where(WATCHED.c.portal == portal))


def watching(connection: Connection, portal: str) -> int | None:
    """Return the number of the beginning since which changes are noted; None while they are not."""
    return connection.execute(select(WATCHED.c.mark).where(WATCHED.c.portal == portal)).scalar()


def noted(db: Database, portal: str) -> dict[Whose, int]:
    """Return whom changes concern that no evaluation has seen yet, each with the mark of the latest."""
    wanted = select(TOUCHED.c.kind, TOUCHED.c.id, TOUCHED.c.mark).where(TOUCHED.c.portal == portal)
    with db.read() as connection:
        return {(EntityKind(kind), number): mark for kind, number, mark in connection.execute(wanted)}


def seen(connection: Connection, portal: str, noted: Iterable[tuple[Whose, int]]) -> None:
    """These changes were evaluated; who was concerned by a later one stays noted."""
    rows = [
        {"of_portal": portal, "of_kind": kind.value, "of_id": number, "of_mark": mark} for (kind, number), mark in noted
    ]
    if rows:
        connection.execute(_SEEN, rows)
