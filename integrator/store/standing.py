"""What is stored about one subject, and how many subjects stand where."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from integrator.store.convert import from_micros
from integrator.store.schema import DECISIONS, FINDINGS, OUTBOX

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from integrator.domain import Subject
    from integrator.store.database import Database


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """A finding as it was stored; `cleared_at` is None while it stands."""

    rule: str
    finding: str
    since: datetime
    cleared_at: datetime | None


@dataclass(frozen=True, slots=True)
class Write:
    """A write to the CRM about the subject, planned or made."""

    key: str
    rule: str
    action: str
    state: str
    reason: str | None
    remote_id: int | None
    error: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How many subjects have each class (`dimension`, `value`), each standing finding, each open task by its rule."""

    subjects: Counter[str]
    classes: Counter[tuple[str, str]]
    findings: Counter[str]
    tasks: Counter[str]
    at: datetime | None


def findings(db: Database, portal: str, subject: Subject) -> list[StoredFinding]:
    """Return every finding ever stored about the subject, the oldest first."""
    of_subject = (FINDINGS.c.portal == portal, FINDINGS.c.subject_kind == subject.kind)
    wanted = select(FINDINGS).where(*of_subject, FINDINGS.c.subject_id == subject.id).order_by(FINDINGS.c.id)
    with db.read() as connection:
        return [
            StoredFinding(
                row["rule"],
                row["finding"],
                from_micros(row["since"]),
                None if row["cleared_at"] is None else from_micros(row["cleared_at"]),
            )
            for row in connection.execute(wanted).mappings()
        ]


def writes(db: Database, portal: str, subject: Subject) -> list[Write]:
    """Return every write about the subject, the oldest first."""
    wanted = select(OUTBOX).where(OUTBOX.c.portal == portal, OUTBOX.c.subject == str(subject)).order_by(OUTBOX.c.id)
    with db.read() as connection:
        return [
            Write(
                key=row["key"],
                rule=row["rule"],
                action=row["action"],
                state=row["state"],
                reason=row["reason"],
                remote_id=row["remote_id"],
                error=row["error"],
                created_at=from_micros(row["created_at"]),
            )
            for row in connection.execute(wanted).mappings()
        ]


def counts(db: Database, portal: str) -> Standing:
    """Return how the portal's subjects stand by the decisions that are stored."""
    with db.read() as connection:
        subjects, classes = _classes(connection, portal)
        standing = (FINDINGS.c.portal == portal, FINDINGS.c.cleared_at.is_(None))
        of_rules = select(FINDINGS.c.rule, func.count()).where(*standing).group_by(FINDINGS.c.rule)
        latest = connection.execute(select(func.max(DECISIONS.c.at)).where(DECISIONS.c.portal == portal)).scalar()
        found = Counter({row[0]: row[1] for row in connection.execute(of_rules)})
        return Standing(subjects, classes, found, _tasks(connection, portal), latest and from_micros(latest))


def _classes(connection: Connection, portal: str) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    grouped = select(DECISIONS.c.subject_kind, DECISIONS.c.classes, func.count()).where(DECISIONS.c.portal == portal)
    subjects: Counter[str] = Counter()
    classes: Counter[tuple[str, str]] = Counter()
    for kind, text, number in connection.execute(grouped.group_by(DECISIONS.c.subject_kind, DECISIONS.c.classes)):
        subjects[kind.partition(":")[0]] += number
        held: dict[str, Any] = json.loads(text)
        classes.update(dict.fromkeys(held.items(), number))
    return subjects, classes


def _tasks(connection: Connection, portal: str) -> Counter[str]:
    """Return how many tasks of each rule were made, or are to be, and not completed by us since."""
    rows = connection.execute(
        select(OUTBOX.c.key, OUTBOX.c.rule, OUTBOX.c.action, OUTBOX.c.reason).where(OUTBOX.c.portal == portal)
    ).all()
    closed = {row.key for row in rows if row.action == "complete"}
    made = (row.rule for row in rows if row.action == "create" and row.key not in closed and row.reason is None)
    return Counter(made)
