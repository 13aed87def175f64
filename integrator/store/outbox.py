"""The outbox: every write to a CRM, planned, on its way and done. What a row may become is decided in one statement."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, literal_column, or_, select, update

from integrator.domain import Known, Subject
from integrator.store import touches
from integrator.store.batches import Lookup, Upsert, among
from integrator.store.belonging import concerned
from integrator.store.convert import from_micros, to_micros, wall_micros
from integrator.store.items import (
    COLUMNS,
    SENTENCES,
    UNFINISHED,
    Action,
    Counts,
    Due,
    Item,
    Reason,
    State,
    complete_record,
    create_record,
    item,
    listed,
)
from integrator.store.schema import OUTBOX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import ColumnElement, Connection

    from integrator.domain import PlannedTask
    from integrator.store.database import Database

__all__ = [
    "SENTENCES", "UNFINISHED", "Action", "Counts", "Due", "Item", "Reason", "State", "add", "claim", "complete",
    "counts", "dead", "discard", "drop", "due", "finish", "instant", "known", "list_rows", "looked_up", "next_due",
    "release", "requeue", "retry", "senders", "sent", "undo", "unknown",
]  # fmt: skip

CLAIMABLE = (State.WAITING, State.UNKNOWN)
_KEY = ("portal", "key", "action")
_OF_SUBJECTS = Lookup(OUTBOX, ("key", "action", "state", "reason", "sent_at", "remote_id"), ("portal",), "subject")


def _was_dropped(stored: Any, _offered: Any) -> ColumnElement[bool]:
    return and_(
        stored.state == literal_column(f"'{State.DONE}'"),
        stored.reason == literal_column(f"'{Reason.CLEARED_BEFORE_SENT}'"),
    )


# A cause that came back before its task was ever written has its task; any other key is planned once.
_ADD = Upsert(
    OUTBOX,
    COLUMNS,
    key=_KEY,
    changing=tuple(name for name in COLUMNS if name not in {*_KEY, "created_at"}),
    only=_was_dropped,
)


def instant(text: str) -> datetime:
    """Return the instant that a payload holds as text."""
    return datetime.fromisoformat(text)


def add(connection: Connection, portal: str, tasks: Iterable[PlannedTask]) -> int:
    """The tasks wait to be created; one planned before is left as it is. Return how many were written."""
    records = {task.key: create_record(portal, task) for task in tasks}
    return _ADD.run(connection, list(records.values()))


def known(db: Database, portal: str, subjects: Collection[Subject] = ()) -> dict[str, Known]:
    """Return what is known of every task's key, or of those of the subjects; one dropped unsent is not known."""
    with db.read() as connection:
        if subjects:
            rows = _OF_SUBJECTS.rows(connection, (portal,), [str(subject) for subject in subjects])
        else:
            columns = (OUTBOX.c[name] for name in _OF_SUBJECTS.columns)
            rows = [tuple(row) for row in connection.execute(select(*columns).where(OUTBOX.c.portal == portal))]
    closed = {key for key, action, *_ in rows if action == Action.COMPLETE}
    return {
        key: _known(State(state), sent=sent_at is not None, closed=key in closed or remote_id is None)
        for key, action, state, reason, sent_at, remote_id in rows
        if action == Action.CREATE and reason != Reason.CLEARED_BEFORE_SENT
    }


def _known(state: State, *, sent: bool, closed: bool) -> Known:
    if state is State.DONE:
        return Known.CLOSED if closed else Known.SENT
    return Known.WAITING if state is State.WAITING and not sent else Known.IN_FLIGHT


def drop(db: Database, portal: str, keys: Collection[str]) -> int:
    """Tasks that were never sent need not be: they are done, and say why. Return how many."""
    unsent = and_(
        OUTBOX.c.action == Action.CREATE.value, OUTBOX.c.state == State.WAITING.value, OUTBOX.c.sent_at.is_(None)
    )
    if not keys:
        return 0
    values = {"state": State.DONE.value, "reason": Reason.CLEARED_BEFORE_SENT.value, "updated_at": wall_micros()}
    with db.write() as connection:
        chosen = and_(OUTBOX.c.portal == portal, unsent, among(connection, OUTBOX.c.key, keys))
        return connection.execute(update(OUTBOX).where(chosen).values(values)).rowcount


def complete(db: Database, portal: str, keys: Collection[str], note: str, reason: Reason = Reason.CLEARED) -> int:
    """Those tasks that are in the CRM wait to be completed with the note; return how many were planned."""
    if not keys:
        return 0
    with db.write() as connection:
        made = select(OUTBOX).where(
            OUTBOX.c.portal == portal,
            OUTBOX.c.action == Action.CREATE.value,
            OUTBOX.c.remote_id.is_not(None),
            among(connection, OUTBOX.c.key, keys),
        )
        return _ADD.run(connection, [complete_record(row, note, reason) for row in connection.execute(made).mappings()])


def undo(db: Database, portal: str, rule: str, since: datetime, note: str) -> int:
    """The tasks that a rule made since an instant wait to be completed with the note; return how many."""
    made = select(OUTBOX.c.key).where(
        OUTBOX.c.portal == portal,
        OUTBOX.c.rule == rule,
        OUTBOX.c.action == Action.CREATE.value,
        OUTBOX.c.sent_at >= to_micros(since),
    )
    with db.read() as connection:
        keys = list(connection.execute(made).scalars())
    return complete(db, portal, keys, note, Reason.UNDONE)


def next_due(db: Database, portal: str) -> Due | None:
    """Return the write that is due first, now or later; None when nothing waits."""
    with db.read() as connection:
        # One query a state, so that each is one step into the index however many rows wait.
        rows = [
            connection.execute(
                select(OUTBOX.c.not_before, OUTBOX.c.id)
                .where(OUTBOX.c.portal == portal, OUTBOX.c.state == state.value)
                .order_by(OUTBOX.c.not_before, OUTBOX.c.id)
                .limit(1)
            ).one_or_none()
            for state in CLAIMABLE
        ]
    first = min((tuple(row) for row in rows if row is not None), default=None)
    return None if first is None else Due(first[1], from_micros(first[0]))


def due(db: Database, portal: str, now: datetime, limit: int) -> list[Item]:
    """Return the writes that may be sent at `now`, the longest due first."""
    ready = and_(OUTBOX.c.portal == portal, OUTBOX.c.state.in_(CLAIMABLE), OUTBOX.c.not_before <= to_micros(now))
    with db.read() as connection:
        rows = connection.execute(select(OUTBOX).where(ready).order_by(OUTBOX.c.not_before, OUTBOX.c.id).limit(limit))
        return [item(row) for row in rows.mappings()]


def claim(db: Database, item_id: int, worker: str, now: datetime) -> Item | None:
    """Return the write, now this worker's alone; None when another was faster or it is not due."""
    at = to_micros(now)
    claimed = (
        update(OUTBOX)
        .where(OUTBOX.c.id == item_id, OUTBOX.c.state.in_(CLAIMABLE), OUTBOX.c.not_before <= at)
        .values(
            state=State.SENDING.value,
            claimed_by=worker,
            claimed_at=at,
            attempts=OUTBOX.c.attempts + 1,
            updated_at=wall_micros(),
        )
        .returning(OUTBOX)
    )
    with db.write() as connection:
        row = connection.execute(claimed).mappings().one_or_none()
    return None if row is None else item(row)


def sent(db: Database, item_id: int, at: datetime, worker: str | None = None) -> bool:
    """The write may be in the CRM from now on; False, and nothing may be sent, when the claim is another's now."""
    return _after_claim(db, item_id, worker, sent_at=to_micros(at))


def finish(db: Database, item_id: int, remote_id: int | None) -> bool:
    """The write is done, in the CRM as `remote_id`; also from a worker whose claim was taken over: it is a fact."""
    values = {"state": State.DONE.value, "remote_id": remote_id, "error": None, "updated_at": wall_micros()}
    undone = update(OUTBOX).where(OUTBOX.c.id == item_id, OUTBOX.c.state != State.DONE.value).values(values)
    with db.write() as connection:
        done = connection.execute(undone.returning(OUTBOX.c.portal, OUTBOX.c.subject)).one_or_none()
        if done is not None:
            # From now on it is known that the task was not agreed with the client, but made by a rule.
            touches.note(connection, done.portal, concerned(Subject.parse(done.subject)))
    return done is not None


def unknown(
    db: Database, item_id: int, error: str, not_before: datetime, worker: str | None = None, at: datetime | None = None
) -> bool:
    """The write may be in the CRM or not: it is looked up from `not_before` on, beginning anew.

    `at` is when the request ended, which may be long after it was marked as sent: it had to wait for its turn.
    """
    values: dict[str, Any] = {"state": State.UNKNOWN.value, "error": error, "lookups": 0}
    if at is not None:
        values["sent_at"] = to_micros(at)
    return _after_claim(db, item_id, worker, not_before=to_micros(not_before), **values)


def looked_up(db: Database, item_id: int, not_before: datetime, worker: str | None = None) -> bool:
    """One more look-up found nothing; the next comes from `not_before` on. It was no attempt."""
    return _after_claim(
        db,
        item_id,
        worker,
        state=State.UNKNOWN.value,
        not_before=to_micros(not_before),
        lookups=OUTBOX.c.lookups + 1,
        attempts=OUTBOX.c.attempts - 1,
    )


def retry(db: Database, item_id: int, not_before: datetime, error: str, worker: str | None = None) -> bool:
    """The request failed without effect; it is made again from `not_before` on.

    A write that this claim sent did not happen; one sent by an earlier claim stays in doubt and is looked up first.
    """
    by_this_claim = OUTBOX.c.sent_at >= OUTBOX.c.claimed_at
    in_doubt = and_(OUTBOX.c.sent_at.is_not(None), OUTBOX.c.sent_at < OUTBOX.c.claimed_at)
    return _after_claim(
        db,
        item_id,
        worker,
        state=case((in_doubt, State.UNKNOWN.value), else_=State.WAITING.value),
        sent_at=case((by_this_claim, None), else_=OUTBOX.c.sent_at),
        lookups=case((by_this_claim, 0), else_=OUTBOX.c.lookups),
        not_before=to_micros(not_before),
        error=error,
    )


def dead(db: Database, item_id: int, error: str, worker: str | None = None) -> bool:
    """The CRM refuses the write for good; a person decides."""
    return _after_claim(db, item_id, worker, state=State.DEAD.value, error=error)


def senders(db: Database, portal: str) -> list[str]:
    """Return the workers that are sending something, or died while they did."""
    sending = select(OUTBOX.c.claimed_by).where(OUTBOX.c.portal == portal, OUTBOX.c.state == State.SENDING.value)
    with db.read() as connection:
        return list(connection.execute(sending.distinct().order_by(OUTBOX.c.claimed_by)).scalars())


def release(db: Database, portal: str, now: datetime, older_than: datetime, workers: Collection[str] = ()) -> int:
    """What workers that died were sending is in doubt, and looked up before it is sent again. Return how many.

    Dead are the named workers, and those whose claims are older than a living one's can be.
    """
    stale = or_(OUTBOX.c.claimed_at < to_micros(older_than), OUTBOX.c.claimed_by.in_(list(workers)))
    held = and_(OUTBOX.c.portal == portal, OUTBOX.c.state == State.SENDING.value, stale)
    # One that was claimed and not yet sent is not in doubt; of the others all that is known is: sent by now.
    in_doubt = OUTBOX.c.sent_at.is_not(None)
    values = {
        "state": case((in_doubt, State.UNKNOWN.value), else_=State.WAITING.value),
        "sent_at": case((in_doubt, to_micros(now)), else_=None),
        "updated_at": wall_micros(),
    }
    with db.write() as connection:
        return connection.execute(update(OUTBOX).where(held).values(values)).rowcount


def requeue(db: Database, portal: str, ids: Collection[int]) -> int:
    """Dead writes wait again, with all their attempts before them; return how many.

    One that may be in the CRM is looked up first.
    """
    state = case((OUTBOX.c.sent_at.is_(None), State.WAITING.value), else_=State.UNKNOWN.value)
    return _change(db, portal, ids, (State.DEAD,), state=state, attempts=0, lookups=0, not_before=0, reason=None)


def discard(db: Database, portal: str, ids: Collection[int]) -> int:
    """Dead and waiting writes are not made; return how many."""
    return _change(db, portal, ids, (State.DEAD, State.WAITING), state=State.DONE.value, reason=Reason.DISCARDED.value)


def list_rows(db: Database, portal: str) -> list[dict[str, Any]]:
    """Return every row of the portal in the contract's form, the oldest first."""
    with db.read() as connection:
        rows = connection.execute(select(OUTBOX).where(OUTBOX.c.portal == portal).order_by(OUTBOX.c.id))
        return [listed(row) for row in rows.mappings()]


def counts(db: Database, portal: str) -> Counts:
    """Return how many writes stand in each state."""
    counted = select(OUTBOX.c.state, func.count()).where(OUTBOX.c.portal == portal).group_by(OUTBOX.c.state)
    with db.read() as connection:
        return Counts({State(state): number for state, number in connection.execute(counted)})


def _after_claim(db: Database, item_id: int, worker: str | None, **values: Any) -> bool:
    """Change a row that is being sent, by the worker where one is named; return whether it still was."""
    held = and_(OUTBOX.c.id == item_id, OUTBOX.c.state == State.SENDING.value)
    if worker is not None:
        held = and_(held, OUTBOX.c.claimed_by == worker)
    with db.write() as connection:
        changed = connection.execute(update(OUTBOX).where(held).values(updated_at=wall_micros(), **values))
    return changed.rowcount == 1


def _change(db: Database, portal: str, ids: Collection[int], states: tuple[State, ...], **values: Any) -> int:
    with db.write() as connection:
        chosen = and_(OUTBOX.c.portal == portal, OUTBOX.c.state.in_(states), among(connection, OUTBOX.c.id, ids))
        return connection.execute(update(OUTBOX).where(chosen).values(updated_at=wall_micros(), **values)).rowcount
