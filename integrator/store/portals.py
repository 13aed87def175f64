"""What is known of a portal itself: who it is, whether it may be talked to, when it was last pulled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from integrator.errors import ConfigError, PortalBlocked
from integrator.store.convert import maybe_instant, to_micros
from integrator.store.schema import PORTALS

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from integrator.domain import Account
    from integrator.errors import AuthError
    from integrator.store.database import Database


@dataclass(frozen=True, slots=True)
class PortalState:
    """A portal as last known; `stopped_reason` is set while a person has to act, `paused` while writing is paused."""

    portal: str
    account_id: str | None = None
    name: str | None = None
    currency: str | None = None
    timezone: str | None = None
    member_id: str | None = None
    stopped_reason: str | None = None
    stopped_at: datetime | None = None
    blocked_until: datetime | None = None
    block_seconds: float = 0.0
    paused: bool = False
    last_sync_at: datetime | None = None


FIRST_BLOCK = 300.0
LONGEST_BLOCK = 6 * 3600.0
INSTANTS = ("stopped_at", "blocked_until", "last_sync_at")


def state(db: Database, portal: str) -> PortalState:
    """Return what is known of the portal; one never seen has the defaults."""
    with db.read() as connection:
        row = connection.execute(select(PORTALS).where(PORTALS.c.portal == portal)).mappings().one_or_none()
    if row is None:
        return PortalState(portal)
    return PortalState(**(dict(row) | {name: maybe_instant(row[name]) for name in INSTANTS}))


def learn_account(db: Database, portal: str, account: Account) -> None:
    """The portal's account is known: its hooks are told from others' by the account's id."""
    with db.write() as connection:
        write_account(connection, portal, account)


def write_account(connection: Connection, portal: str, account: Account) -> None:
    """The portal's account is stored with whatever else the transaction stores."""
    _set(
        connection,
        portal,
        account_id=account.id,
        name=account.name,
        currency=account.currency,
        timezone=account.timezone,
    )


def pin_member(db: Database, portal: str, member_id: str) -> str:
    """Return the member whose events are the portal's: the one pinned before, else `member_id`, which is pinned now."""
    with db.write() as connection:
        pinned = connection.execute(select(PORTALS.c.member_id).where(PORTALS.c.portal == portal)).scalar()
        if pinned is None:
            _set(connection, portal, member_id=member_id)
    return pinned or member_id


def stop(db: Database, portal: str, reason: str, now: datetime | None = None) -> None:
    """Nothing more is sent to the portal until `clear`; the reason is shown."""
    with db.write() as connection:
        _set(connection, portal, stopped_reason=reason, stopped_at=to_micros(now) if now else None)


def block(db: Database, portal: str, until: datetime, seconds: float) -> None:
    """The CRM blocks our address: the portal is probed again at `until`; `seconds` is the pause just begun."""
    with db.write() as connection:
        _set(connection, portal, blocked_until=to_micros(until), block_seconds=seconds)


def halt(db: Database, portal: str, error: AuthError, now: datetime) -> None:
    """The portal that refuses us is stopped; one that blocks us is probed again in 5 minutes, then in twice that."""
    if isinstance(error, PortalBlocked):
        seconds = min(max(FIRST_BLOCK, 2 * state(db, portal).block_seconds), LONGEST_BLOCK)
        block(db, portal, now + timedelta(seconds=seconds), seconds)
    else:
        stop(db, portal, str(error), now)


def refuse_blocked(db: Database, portal: str, now: datetime) -> None:
    """PortalBlocked while the CRM blocks us: every request would prolong it."""
    until = state(db, portal).blocked_until
    if until and until > now:
        raise PortalBlocked(
            f'portal "{portal}" is blocked by the CRM; it is probed again at {until:%H:%M} UTC, '
            "ask the CRM's support to lift the block and check that no other program sends too much",
            until=until,
        )


def refuse_unpulled(db: Database, portal: str) -> None:
    """ConfigError until a pull has come to its end: half a mirror makes clients look lost who are not."""
    if state(db, portal).last_sync_at is None:
        raise ConfigError(f'portal "{portal}" was never pulled to the end; run: integrator sync --portal {portal}')


def clear(db: Database, portal: str) -> None:
    """The portal is neither stopped nor blocked."""
    with db.write() as connection:
        _set(connection, portal, **CLEARED)


def synced(db: Database, portal: str, now: datetime) -> None:
    """The portal answered throughout a sync that ended at `now`: it is neither stopped nor blocked."""
    with db.write() as connection:
        _set(connection, portal, last_sync_at=to_micros(now), **CLEARED)


def pause(db: Database, portal: str, *, paused: bool) -> None:
    """Writing to the CRM is paused, or goes on; deciding goes on in either case."""
    with db.write() as connection:
        _set(connection, portal, paused=paused)


CLEARED: dict[str, Any] = {"stopped_reason": None, "stopped_at": None, "blocked_until": None, "block_seconds": 0.0}


def _set(connection: Connection, portal: str, **values: Any) -> None:
    insert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[connection.dialect.name]
    row = insert(PORTALS).values(portal=portal, **values)
    connection.execute(row.on_conflict_do_update(index_elements=["portal"], set_=values))
