"""Step 2: the mirror holds what the CRM holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from integrator.domain import EntityKind
from integrator.errors import AuthError, PortalBlocked
from integrator.store import cursors, directory, mirror, portals

if TYPE_CHECKING:
    from datetime import datetime

    from integrator.ports import Clock, Connector, Progress
    from integrator.store.database import Database
    from integrator.store.mirror import Changes

NOTES_OF_DAYS = 30
DELETABLE = (EntityKind.COMPANY, EntityKind.CONTACT, EntityKind.DEAL, EntityKind.TASK)
FIRST_BLOCK = 300.0
LONGEST_BLOCK = 6 * 3600.0


@dataclass(slots=True)
class SyncReport:
    """What a sync changed, by kind of row."""

    changes: dict[EntityKind, Changes] = field(default_factory=dict)
    deleted: dict[EntityKind, int] = field(default_factory=dict)
    notes: int = 0


def sync(db: Database, portal: str, connector: Connector, clock: Clock, progress: Progress, *, full: bool) -> SyncReport:
    """Bring the portal's mirror up to date; a crash or an outage in the middle loses nothing and is resumed."""
    _refuse_blocked(db, portal, clock.now())
    try:
        report = _pull(db, portal, connector, clock, progress, full=full)
    except AuthError as error:
        _stop(db, portal, error, clock.now())
        raise
    portals.synced(db, portal, clock.now())
    return report


def _pull(db: Database, portal: str, connector: Connector, clock: Clock, progress: Progress, *, full: bool) -> SyncReport:
    progress(0, None, "directory")
    directory.replace(db, portal, connector.directory(), clock.now())
    report = SyncReport()
    for kind in EntityKind:
        report.changes[kind] = _pull_kind(db, portal, kind, connector, clock, progress, full=full)
    for kind in DELETABLE:
        report.deleted[kind] = _pull_deleted(db, portal, kind, connector)
    refused = mirror.recent_refusals(db, portal, clock.now() - timedelta(days=NOTES_OF_DAYS))
    report.notes = mirror.store_notes(db, portal, connector.notes(refused))
    return report


def _pull_kind(
    db: Database, portal: str, kind: EntityKind, connector: Connector, clock: Clock, progress: Progress, *, full: bool
) -> Changes:
    cursor = None if full else cursors.get(db, portal, kind)
    changes, rows = mirror.Changes(), 0
    for page in connector.pull(kind, cursor):
        changes += mirror.store_page(db, portal, kind, page, clock.now())
        rows += len(page.rows)
        progress(rows, page.expected, kind)
    return changes


def _pull_deleted(db: Database, portal: str, kind: EntityKind, connector: Connector) -> int:
    deleted = 0
    name = f"deleted:{kind}"
    for sweep in connector.deleted(kind, mirror.count(db, portal, kind), cursors.get(db, portal, name)):
        deleted += mirror.sweep(db, portal, kind, sweep)
        cursors.set(db, portal, name, sweep.cursor)
    return deleted


def _refuse_blocked(db: Database, portal: str, now: datetime) -> None:
    state = portals.state(db, portal)
    if state.blocked_until and state.blocked_until > now:
        raise PortalBlocked(
            f'portal "{portal}" is blocked by the CRM; it is probed again at {state.blocked_until:%H:%M} UTC, '
            "ask the CRM's support to lift the block and check that no other program sends too much",
            until=state.blocked_until,
        )


def _stop(db: Database, portal: str, error: AuthError, now: datetime) -> None:
    if isinstance(error, PortalBlocked):
        seconds = min(max(FIRST_BLOCK, 2 * portals.state(db, portal).block_seconds), LONGEST_BLOCK)
        portals.block(db, portal, now + timedelta(seconds=seconds), seconds)
    else:
        portals.stop(db, portal, str(error))
