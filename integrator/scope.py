"""Whom an evaluation is about, and what is read for it: the whole base, or what belongs to some clients."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from integrator.domain import EntityKind, Subject
from integrator.metrics import Shared
from integrator.store import belonging, due, frames, shared, touches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.metrics import Facts
    from integrator.store.belonging import Whose
    from integrator.store.database import Database
    from integrator.verdicts import Job

# The settings of a portal that facts, verdicts and tasks stand on.
_SETTINGS = {
    "crm", "timezone", "currency", "language", "pipelines", "loss_reasons", "sub_reasons", "fields", "stages", "people",
    "tasks",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scope:
    """What is read: the `snapshot`, and what only the whole base tells where it holds less than that.

    `clients` are those whose turn it is, all of their deals with them; None where the job says whom it is about. For
    these, `noted` are the changes that this evaluation sees, `watched` is the number under which it began to watch the
    whole base.
    """

    snapshot: Mapping[str, Any]
    shared: Shared | None = None
    clients: frozenset[Whose] | None = None
    noted: Mapping[Whose, int] = field(default_factory=dict)
    watched: int | None = None

    @property
    def whole(self) -> bool:
        """True where the snapshot is that of the whole base."""
        return self.shared is None

    @property
    def subjects(self) -> frozenset[Subject]:
        """Everybody and everything whose turn it is, those among them who are gone."""
        clients = self.clients or frozenset()
        read = {
            (kind, number)
            for kind, name in _DEALS.items()
            for number, *links in self.snapshot[name].select("id", "company_id", "contact_id").iter_rows()
            if belonging.owner(kind, number, *links) in clients
        }
        return frozenset(Subject(belonging.SUBJECTS[kind], number) for kind, number in {*clients, *self.noted, *read})

    def within(self, facts: Facts) -> Facts:
        """Return the facts about those whose turn it is; of others only a part was read."""
        if self.clients is None:
            return facts
        whose = [
            (EntityKind(kind or entity), number if owner is None else owner)
            for entity, number, kind, owner in facts.deals.select(
                "entity", "id", "client_kind", "client_id"
            ).iter_rows()
        ]
        who = [(EntityKind(kind), number) for kind, number in facts.clients.select("kind", "id").iter_rows()]
        return replace(
            facts,
            clients=facts.clients.filter([one in self.clients for one in who]),
            deals=facts.deals.filter([one in self.clients for one in whose]),
            managers=facts.managers.clear(),
        )


def subjects_of(facts: Facts) -> frozenset[Subject]:
    """Return everybody and everything that the facts are about."""
    clients = (Subject(f"client:{kind}", number) for kind, number in facts.clients.select("kind", "id").iter_rows())
    deals = (Subject(entity, number) for entity, number in facts.deals.select("entity", "id").iter_rows())
    return frozenset((*clients, *deals, *(Subject("manager", number) for number in facts.managers["id"].to_list())))


_DEALS = {EntityKind.DEAL: "deals", EntityKind.LEAD: "leads"}


def scope_of(db: Database, job: Job, *, touched: bool = False, dry_run: bool = False) -> Scope:
    """Return what the job needs: as little as there is, and the whole base where that does not do.

    With `touched` it is about those whose rows changed since they were evaluated last, and whose time has come.
    """
    if touched:
        return _whose_turn(db, job) or _everybody(db, job, dry_run=dry_run)
    if not job.subjects:
        return _everybody(db, job, dry_run=dry_run)
    return _some(db, job) or Scope(frames.snapshot(db, job.name))


def _everybody(db: Database, job: Job, *, dry_run: bool) -> Scope:
    if dry_run or job.past:
        return Scope(frames.snapshot(db, job.name))
    # First of all: what changes from here on is noted, and seen next time.
    watched = touches.watch(db, job.name)
    noted = touches.noted(db, job.name)
    return Scope(frames.snapshot(db, job.name), noted=noted, watched=watched)


def _whose_turn(db: Database, job: Job) -> Scope | None:
    """Return the scope of those whose turn it is; None where all of the base has to be evaluated."""
    tables = shared.load(db, job.name, meaning(job))
    if tables is None:
        return None
    noted = touches.noted(db, job.name)
    turn = belonging.by_kind({*noted, *due.by(db, job.name, job.at)})
    with db.read() as connection:
        clients = belonging.owners(connection, job.name, turn)
        # What is done with a person counts for his company.
        clients |= belonging.companies_of(connection, job.name, turn[EntityKind.CONTACT])
    return Scope(frames.snapshot(db, job.name, clients), Shared(tables), frozenset(clients), noted)


def _some(db: Database, job: Job) -> Scope | None:
    """Return the scope of the job's subjects; None where the whole base has to be read for them."""
    # What is known of a manager comes from all of his clients.
    if job.past or any(subject.kind == "manager" for subject in job.subjects):
        return None
    tables = shared.load(db, job.name, meaning(job))
    if tables is None:
        return None
    clients = belonging.clients_of(db, job.name, job.subjects)
    return Scope(frames.snapshot(db, job.name, clients), Shared(tables))


def meaning(job: Job) -> str:
    """Return a text that is the same while rules and settings are."""
    settings = job.portal.model_dump_json(include=_SETTINGS)
    return hashlib.sha256(f"{job.rules.hash}\n{settings}".encode()).hexdigest()
