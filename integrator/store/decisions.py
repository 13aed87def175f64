"""What was decided about each subject, written only where it changed, together with the tasks that follow."""

from __future__ import annotations

import hashlib
from array import array
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, select, update

from integrator.store import outbox
from integrator.store.batches import Upsert, among, chunks, look_up
from integrator.store.convert import to_json, to_micros, wall_micros
from integrator.store.mirror import Changes
from integrator.store.schema import DECISIONS, EVALUATIONS, FINDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from integrator.domain import Decision, PlannedTask, Subject
    from integrator.store.batches import Record
    from integrator.store.database import Database

_DECISIONS = Upsert.whole(DECISIONS)
_FINDINGS = Upsert(
    FINDINGS, ("portal", "subject_kind", "subject_id", "rule", "finding", "evidence", "since", "ruleset", "cleared_at")
)
_EVALUATIONS = Upsert.whole(EVALUATIONS)
_TELL = (
    update(FINDINGS)
    .where(FINDINGS.c.id == bindparam("row"))
    .values(evidence=bindparam("new_evidence"), ruleset=bindparam("new_ruleset"))
)


class Writer:
    """Stores the decisions of one evaluation as they come; `whole` when it covers every subject of the portal."""

    def __init__(self, db: Database, portal: str, *, whole: bool) -> None:
        self._db = db
        self._portal = portal
        self._whole = whole
        self._seen: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
        self._at = 0
        self.changes = Changes()

    def store(self, decisions: Sequence[Decision], tasks: Iterable[PlannedTask] = ()) -> Changes:
        """The decisions that say something new are stored, each chunk with its tasks in one transaction."""
        changes = store(self._db, self._portal, decisions, tasks)
        for decision in decisions:
            self._seen[decision.subject.kind].append(decision.subject.id)
        if decisions:
            self._at = max(self._at, to_micros(decisions[-1].at))
        self.changes += changes
        return changes

    def finish(self) -> Changes:
        """Subjects that were not among the decisions of a whole evaluation are gone, their findings cleared."""
        if self._whole and self._at:
            self.changes += Changes(deleted=_remove_others(self._db, self._portal, self._seen, self._at))
        return self.changes


def store(db: Database, portal: str, decisions: Sequence[Decision], tasks: Iterable[PlannedTask] = ()) -> Changes:
    """The decisions that differ from what is stored are written, and the tasks with them; the others cost one look.

    A decision differs when its classes, its findings with their evidence or its rule set do. The metrics beside it are
    those of that moment: they alone change every day without saying anything new.
    """
    offered = {(decision.subject.kind, decision.subject.id): decision for decision in decisions}
    digests = {key: digest(decision) for key, decision in offered.items()}
    with db.read() as connection:
        stored = _digests(connection, portal, offered)
    changed = [key for key in sorted(offered) if stored.get(key) != digests[key]]
    planned: defaultdict[tuple[str, int], list[PlannedTask]] = defaultdict(list)
    for task in tasks:
        planned[task.subject.kind, task.subject.id].append(task)
    for part in chunks(sorted({*changed, *planned}), db.chunk):
        fresh = [offered[key] for key in part if key in offered and stored.get(key) != digests[key]]
        records = [_record(portal, one, digests[one.subject.kind, one.subject.id]) for one in fresh]
        with db.write_part() as connection:
            _DECISIONS.run(connection, records)
            _keep_findings(connection, portal, fresh)
            outbox.add(connection, portal, [task for key in part for task in planned.get(key, ())])
    new = sum(key not in stored for key in changed)
    return Changes(inserted=new, updated=len(changed) - new, unchanged=len(offered) - len(changed))


def remove(db: Database, portal: str, subjects: Iterable[Subject], at: datetime) -> int:
    """Nothing is decided about the subjects, who are gone, and their findings are cleared; return about how many."""
    by_kind: defaultdict[str, list[int]] = defaultdict(list)
    for subject in subjects:
        by_kind[subject.kind].append(subject.id)
    return sum(_remove(db, portal, kind, numbers, to_micros(at)) for kind, numbers in by_kind.items())


def digest(decision: Decision) -> str:
    """Return a text that is the same for decisions that say the same."""
    findings = [(finding.rule, finding.finding, finding.evidence) for finding in decision.findings]
    said = to_json((decision.ruleset, decision.classes, findings))
    return hashlib.sha256(said.encode()).hexdigest()


def record_evaluation(db: Database, portal: str, at: datetime, ruleset: str, counts: Mapping[str, Any]) -> None:
    """It is on record that the portal was evaluated, by which rules, and what came of it."""
    with db.write() as connection:
        _EVALUATIONS.run(connection, [(portal, to_micros(at), ruleset, to_json(counts), wall_micros())])


def _record(portal: str, decision: Decision, said: str) -> Record:
    classes, metrics = to_json(decision.classes), to_json(decision.metrics)
    subject = decision.subject
    return (portal, subject.kind, subject.id, to_micros(decision.at), decision.ruleset, classes, metrics, said)


def _digests(connection: Connection, portal: str, keys: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    by_kind: defaultdict[str, list[int]] = defaultdict(list)
    for kind, number in keys:
        by_kind[kind].append(number)
    found: dict[tuple[str, int], str] = {}
    for kind, numbers in by_kind.items():
        columns = [DECISIONS.c.subject_id, DECISIONS.c.digest]
        of_kind = [DECISIONS.c.portal == portal, DECISIONS.c.subject_kind == kind]
        held = look_up(connection, columns, of_kind, DECISIONS.c.subject_id, numbers)
        found.update(((kind, number), said) for number, said in held)
    return found


def _keep_findings(connection: Connection, portal: str, decisions: Sequence[Decision]) -> None:
    """The findings of these subjects are those of the decisions: new since now, lasting since ever, or cleared."""
    offered = {
        (decision.subject.kind, decision.subject.id, finding.rule, finding.finding): (decision, finding)
        for decision in decisions
        for finding in decision.findings
    }
    standing = _standing(connection, portal, [decision.subject for decision in decisions])
    new, told = [], []
    for key, (decision, finding) in sorted(offered.items(), key=lambda pair: pair[0]):
        evidence = to_json(finding.evidence)
        if key not in standing:
            new.append((portal, *key, evidence, to_micros(decision.at), decision.ruleset, None))
        elif standing[key][1:] != (evidence, decision.ruleset):
            told.append({"row": standing[key][0], "new_evidence": evidence, "new_ruleset": decision.ruleset})
    gone = [row for key, (row, *_) in standing.items() if key not in offered]
    _FINDINGS.run(connection, new)
    if told:
        connection.execute(_TELL, told)
    if gone:
        cleared = update(FINDINGS).where(among(connection, FINDINGS.c.id, gone))
        connection.execute(cleared.values(cleared_at=to_micros(decisions[0].at)))


def _standing(
    connection: Connection, portal: str, subjects: Iterable[Subject]
) -> dict[tuple[str, int, str, str], tuple[int, str, str]]:
    """Return the findings that stand: their row, evidence and rule set."""
    by_kind: defaultdict[str, list[int]] = defaultdict(list)
    for subject in subjects:
        by_kind[subject.kind].append(subject.id)
    found: dict[tuple[str, int, str, str], tuple[int, str, str]] = {}
    for kind, numbers in by_kind.items():
        of_kind = [FINDINGS.c.portal == portal, FINDINGS.c.subject_kind == kind, FINDINGS.c.cleared_at.is_(None)]
        columns = [FINDINGS.c[name] for name in ("subject_id", "rule", "finding", "id", "evidence", "ruleset")]
        for number, rule, finding, *told in look_up(connection, columns, of_kind, FINDINGS.c.subject_id, numbers):
            found[kind, number, rule, finding] = (told[0], told[1], told[2])
    return found


def _remove_others(db: Database, portal: str, seen: Mapping[str, Sequence[int]], at: int) -> int:
    """Remove what is stored about subjects that were not seen; return how many subjects."""
    with db.read() as connection:
        counted = select(DECISIONS.c.subject_kind, func.count()).where(DECISIONS.c.portal == portal)
        rows = connection.execute(counted.group_by(DECISIONS.c.subject_kind))
        stored: dict[str, int] = {kind: number for kind, number in rows}  # noqa: C416 - rows are no pairs to mypy
    removed = 0
    for kind, number in stored.items():
        present = set(seen.get(kind, ()))
        # Every subject seen is stored: where there are no more rows than that, there is nothing to look for.
        if number > len(present):
            removed += _remove_kind(db, portal, kind, present, at)
    return removed


def _remove_kind(db: Database, portal: str, kind: str, present: set[int], at: int) -> int:
    of_kind = and_(DECISIONS.c.portal == portal, DECISIONS.c.subject_kind == kind)
    with db.read() as connection:
        stored = set(connection.execute(select(DECISIONS.c.subject_id).where(of_kind)).scalars())
    return _remove(db, portal, kind, stored - present, at)


def _remove(db: Database, portal: str, kind: str, numbers: Iterable[int], at: int) -> int:
    of_kind = (DECISIONS.c.portal == portal, DECISIONS.c.subject_kind == kind)
    standing = (FINDINGS.c.portal == portal, FINDINGS.c.subject_kind == kind, FINDINGS.c.cleared_at.is_(None))
    removed = 0
    for part in chunks(sorted(numbers), db.chunk):
        with db.write_part() as connection:
            gone = delete(DECISIONS).where(*of_kind, among(connection, DECISIONS.c.subject_id, part))
            removed += connection.execute(gone).rowcount
            cleared = update(FINDINGS).where(*standing, among(connection, FINDINGS.c.subject_id, part))
            connection.execute(cleared.values(cleared_at=at))
    return removed
