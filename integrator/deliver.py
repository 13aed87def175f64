"""Step 4: what waits in the outbox is written to the CRM, each task exactly once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from integrator.domain import EntityKind, TaskDraft
from integrator.errors import AuthError, OutcomeUnknown, PermanentError, RetryableError
from integrator.store import outbox, portals
from integrator.store.outbox import Action

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from integrator.ports import Clock, Connector, Progress
    from integrator.store.database import Database
    from integrator.store.outbox import Item

# How long the CRM itself may still be carrying out a request whose connection was lost.
REQUEST_LIMIT = timedelta(seconds=60)
# A living worker never holds a claim so long: it waits for its turn, for refusals to pass, and for one answer.
STALE_CLAIM = timedelta(seconds=300)
POLL = timedelta(seconds=2)
LOOK_UPS = 2
FIRST_LOOK = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(seconds=120)
LONGEST_WAIT = timedelta(minutes=15)
NOTHING = timedelta(0)
ATTEMPTS = 12
KINDS = {
    "deal": EntityKind.DEAL,
    "lead": EntityKind.LEAD,
    "client:company": EntityKind.COMPANY,
    "client:contact": EntityKind.CONTACT,
    "manager": EntityKind.MANAGER,
}


@dataclass(slots=True)
class Delivery:
    """What a delivery came to: how many of each action were done or died."""

    done: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Courier:
    """Delivers one portal's outbox as `worker`."""

    db: Database
    portal: str
    connector: Connector
    clock: Clock
    worker: str
    is_dead: Callable[[str], bool] = lambda _worker: False
    report: Delivery = field(default_factory=Delivery)

    def run(self, progress: Progress) -> Delivery:
        """Deliver until the outbox is empty or holds only what is not due; waits for outcomes that are unknown."""
        portals.refuse_blocked(self.db, self.portal, self.clock.now())
        # Counted once: the outbox holds all that was ever written.
        total = outbox.counts(self.db, self.portal).unfinished
        while (item := self._next()) is not None:
            self._deliver(item)
            done = sum(self.report.done.values())
            progress(done, max(total, done), "tasks")
        return self.report

    def _next(self) -> Item | None:
        """Return a claimed item, waiting for one that falls due soon; None when nothing is left to do."""
        while True:
            now = self.clock.now()
            others = self._release_dead(now)
            due = outbox.next_due(self.db, self.portal)
            wait = due.not_before - now if due else LONGEST_WAIT
            if due and wait <= NOTHING:
                item = outbox.claim(self.db, due.id, self.worker, now)
                if item is not None:
                    return item
            elif others:
                self.clock.sleep(min(wait, POLL).total_seconds())
            elif wait < LONGEST_WAIT:
                self.clock.sleep(wait.total_seconds())
            else:
                return None

    def _release_dead(self, now: datetime) -> bool:
        """Take back what dead workers were sending; return whether others are still sending."""
        senders = outbox.senders(self.db, self.portal)
        if senders:
            dead = [worker for worker in senders if self.is_dead(worker)]
            outbox.release(self.db, self.portal, now, now - STALE_CLAIM, dead)
        return len(senders) > 0

    def _deliver(self, item: Item) -> None:
        try:
            remote_id = self._write(item)
        except OutcomeUnknown as error:
            self._unknown(item, str(error))
        except RetryableError as error:
            self._again(item, str(error), error.retry_after)
        except PermanentError as error:
            outbox.dead(self.db, item.id, f"{error} {error.answer}".strip(), self.worker)
            self.report.dead[item.action] += 1
        except AuthError as error:
            outbox.retry(self.db, item.id, self.clock.now(), str(error), self.worker)
            portals.halt(self.db, self.portal, error, self.clock.now())
            raise
        else:
            if remote_id is not None:
                outbox.finish(self.db, item.id, remote_id)
                self.report.done[item.action] += 1

    def _write(self, item: Item) -> int | None:
        """Return the CRM's id of what was written; None when the item was put off."""
        kind = KINDS[item.entity.kind]
        if item.action is Action.COMPLETE:
            self.connector.complete_task(item.remote_id or 0, kind, item.entity.id, item.payload["note"])
            return item.remote_id
        if item.sent_at is not None:
            found = self.connector.find_tasks(kind, _whose(item, kind), item.payload["marker"])
            if found:
                return min(found)
            if not self._may_repeat(item, self.clock.now()):
                return None
        if not outbox.sent(self.db, item.id, self.clock.now(), self.worker):
            return None  # another worker took the row over while this one slept: nothing may be sent
        return self.connector.create_task(_draft(item, kind))

    def _may_repeat(self, item: Item, now: datetime) -> bool:
        """Return whether a write of unknown outcome may be repeated; put the item off when not yet."""
        limit = (item.sent_at or now) + REQUEST_LIMIT
        if item.lookups + 1 >= LOOK_UPS and now >= limit:
            return True
        outbox.looked_up(self.db, item.id, max(limit, now + FIRST_LOOK), self.worker)
        return False

    def _unknown(self, item: Item, error: str) -> None:
        now = self.clock.now()
        if item.attempts >= ATTEMPTS:
            outbox.dead(self.db, item.id, f"{error} (it may be in the CRM)", self.worker)
            self.report.dead[item.action] += 1
            return
        outbox.unknown(self.db, item.id, error, now + FIRST_LOOK, self.worker, now)

    def _again(self, item: Item, error: str, retry_after: float | None) -> None:
        if item.attempts >= ATTEMPTS:
            outbox.dead(self.db, item.id, error, self.worker)
            self.report.dead[item.action] += 1
            return
        pause = min(timedelta(seconds=2.0**item.attempts), LONGEST_PAUSE)
        if retry_after is not None:
            pause = max(pause, timedelta(seconds=retry_after))
        outbox.retry(self.db, item.id, self.clock.now() + pause, error, self.worker)


def _whose(item: Item, kind: EntityKind) -> int:
    """Return among whose tasks it is: a task about a manager hangs on nothing, and his head may have it."""
    return int(item.payload["responsible_id"]) if kind is EntityKind.MANAGER else item.entity.id


def _draft(item: Item, kind: EntityKind) -> TaskDraft:
    payload = item.payload
    return TaskDraft(
        entity_kind=kind,
        entity_id=item.entity.id,
        responsible_id=payload["responsible_id"],
        title=payload["title"],
        text=payload["text"],
        due_at=outbox.instant(payload["due_at"]),
        marker=payload["marker"],
    )
