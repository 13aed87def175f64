"""Step 2: the mirror holds what the CRM holds."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from integrator.domain import PULLED, EntityKind
from integrator.errors import AuthError
from integrator.store import cursors, directory, mirror, portals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integrator.ports import Clock, Connector, Progress
    from integrator.store.database import Database
    from integrator.store.mirror import Changes

NOTES, OPEN_NOTES = "notes", "notes:open"
NOTES_OF_DAYS = 30
NOTES_AT_ONCE = 250  # deals
DELETABLE = (
    EntityKind.COMPANY,
    EntityKind.CONTACT,
    EntityKind.LEAD,
    EntityKind.DEAL,
    EntityKind.TASK,
    EntityKind.PRODUCT,
)


@dataclass(slots=True)
class SyncReport:
    """What a sync changed, by kind of row."""

    changes: dict[EntityKind, Changes] = field(default_factory=dict)
    deleted: dict[EntityKind, int] = field(default_factory=dict)
    notes: int = 0


@dataclass(frozen=True, slots=True)
class Pull:
    """One portal's pull into its mirror."""

    db: Database
    portal: str
    connector: Connector
    clock: Clock
    progress: Progress
    full: bool = False

    def run(self) -> SyncReport:
        """Bring the mirror up to date; a crash or an outage in the middle loses nothing and is resumed."""
        portals.refuse_blocked(self.db, self.portal, self.clock.now())
        try:
            report = self._everything()
        except AuthError as error:
            portals.halt(self.db, self.portal, error, self.clock.now())
            raise
        portals.synced(self.db, self.portal, self.clock.now())
        return report

    def _everything(self) -> SyncReport:
        self.progress(0, None, "directory")
        directory.replace(self.db, self.portal, self.connector.directory(), self.clock.now())
        report = SyncReport()
        report.changes = {kind: self._changed(kind) for kind in PULLED}
        report.deleted = {kind: self._deleted(kind) for kind in DELETABLE}
        report.notes = self._notes()
        return report

    def _changed(self, kind: EntityKind) -> Changes:
        cursor = None if self.full else cursors.get(self.db, self.portal, kind)
        changes, rows = mirror.Changes(), 0
        for page in self.connector.pull(kind, cursor):
            changes += mirror.store_page(self.db, self.portal, kind, page, self.clock.now())
            rows += len(page.rows)
            self.progress(rows, page.expected, kind)
        return changes

    def _deleted(self, kind: EntityKind) -> int:
        deleted = 0
        name = f"deleted:{kind}"
        held = mirror.count(self.db, self.portal, kind)
        for sweep in self.connector.deleted(kind, held, cursors.get(self.db, self.portal, name)):
            deleted += mirror.sweep(self.db, self.portal, kind, sweep)
            cursors.set(self.db, self.portal, name, sweep.cursor)
        return deleted

    def _notes(self) -> int:
        """Store the notes on recent refusals and on open deals; return how many were new or changed.

        A CRM gives them for fifty deals a request, so where deals are many each sync reads the next ones in turn.
        """
        refused = mirror.recent_refusals(self.db, self.portal, self.clock.now() - timedelta(days=NOTES_OF_DAYS))
        turns = {
            NOTES: next_turn(refused, self._last(NOTES), NOTES_AT_ONCE),
            OPEN_NOTES: mirror.open_deals(self.db, self.portal, self._last(OPEN_NOTES), NOTES_AT_ONCE),
        }
        wanted = list(dict.fromkeys(deal for turn in turns.values() for deal in turn))
        written = mirror.store_notes(self.db, self.portal, self.connector.notes(wanted))
        for name, turn in turns.items():
            if len(turn) == NOTES_AT_ONCE:
                cursors.set(self.db, self.portal, name, str(turn[-1]))
        return written

    def _last(self, name: str) -> int:
        return int(cursors.get(self.db, self.portal, name) or 0)


def next_turn(ids: Sequence[int], last: int, size: int) -> Sequence[int]:
    """Return the next of these ordered ids after `last`, going on with the first after the last one."""
    at = bisect_right(ids, last)
    return [*ids[at:], *ids[:at]][:size]
