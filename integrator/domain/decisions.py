"""What the rules decide."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from integrator.domain.subjects import Subject


class Truth(StrEnum):
    """The three values of a condition; a missing fact makes it UNKNOWN, never FALSE."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


class Known(StrEnum):
    """What the outbox knows of a task's key."""

    WAITING = "waiting"
    IN_FLIGHT = "in_flight"
    SENT = "sent"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule's statement about its subject; `evidence` holds the facts it stands on, ready for JSON."""

    rule: str
    finding: str
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A task that should exist now; `key` is the same on every run and every machine."""

    rule: str
    template: str
    key: str
    subject: Subject
    entity: Subject
    responsible_id: int
    due_at: datetime
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """All that was decided about one subject as of `at`."""

    portal: str
    subject: Subject
    at: datetime
    ruleset: str
    classes: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    tasks: tuple[PlannedTask, ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)
