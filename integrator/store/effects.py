"""What became of each rule's findings and tasks: counted where they are stored."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select

from integrator.store.convert import to_micros
from integrator.store.items import Action, Reason, State
from integrator.store.schema import FINDINGS, OUTBOX

if TYPE_CHECKING:
    from datetime import datetime

    from integrator.store.database import Database


def by_rule(db: Database, portal: str, since: datetime, until: datetime) -> dict[str, dict[str, int]]:
    """Return by rule how many findings began between the instants and how many of them cleared, how many tasks were
    made, were closed because their cause was gone, and could not be written.
    """
    found: defaultdict[str, dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(("fired", "cleared", "tasks", "closed_by_itself", "dead"), 0)
    )
    begun = FINDINGS.c.since.between(to_micros(since), to_micros(until))
    counted = select(FINDINGS.c.rule, func.count(), func.count(FINDINGS.c.cleared_at))
    made = select(OUTBOX.c.rule, OUTBOX.c.action, OUTBOX.c.state, OUTBOX.c.reason, func.count()).where(
        OUTBOX.c.portal == portal, OUTBOX.c.created_at.between(to_micros(since), to_micros(until))
    )
    with db.read() as connection:
        for rule, fired, cleared in connection.execute(
            counted.where(and_(FINDINGS.c.portal == portal, begun)).group_by(FINDINGS.c.rule)
        ):
            found[rule] |= {"fired": fired, "cleared": cleared}
        grouped = made.group_by(OUTBOX.c.rule, OUTBOX.c.action, OUTBOX.c.state, OUTBOX.c.reason)
        for rule, action, state, reason, count in connection.execute(grouped):
            name = _name(action, state, reason)
            if name:
                found[rule][name] += count
    return dict(found)


def _name(action: str, state: str, reason: str | None) -> str | None:
    if state == State.DEAD:
        return "dead"
    if state != State.DONE or reason == Reason.CLEARED_BEFORE_SENT:
        return None
    return {Action.CREATE.value: "tasks", Action.COMPLETE.value: "closed_by_itself"}.get(action)
