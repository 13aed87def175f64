"""What an evaluation leaves behind for the next one: whose turn comes when, and what only the whole base tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integrator.foresight import foresee
from integrator.scope import Scope, meaning, subjects_of
from integrator.store import belonging, decisions, due, shared
from integrator.verdicts import context_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.metrics import Facts
    from integrator.store.database import Database
    from integrator.verdicts import Job


def settle(db: Database, job: Job, scope: Scope, facts: Facts, verdicts: Mapping[str, Any]) -> None:
    """Those whose turn it was have had it: who is gone is decided about no more, and it is on record when who is next.

    Nothing is left behind by an evaluation of subjects that somebody named.
    """
    if scope.clients is None and scope.watched is None:
        return
    foreseen = foresee(job.rules, scope.snapshot, facts, verdicts, context_of(job))
    if scope.watched is not None:
        due.keep(db, job.name, foreseen, noted=scope.noted)
        shared.keep(db, job.name, facts.shared, meaning(job), job.at, watched=scope.watched)
    else:
        decisions.remove(db, job.name, job.subjects - subjects_of(facts), job.at)
        of = {(belonging.KINDS[one.kind], one.id) for one in job.subjects}
        due.keep(db, job.name, foreseen, of, scope.noted)
