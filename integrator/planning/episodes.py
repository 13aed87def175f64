"""The identity of a task: one cause, one episode, one key, on every run and every machine."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integrator.domain import Subject

MARKER_SIGN = "№"
MARKER_LENGTH = 12


def key(portal: str, rule: str, subject: Subject, anchor: date | datetime | str | int, repeat: int = 0) -> str:
    """Return the key of the task of this rule on this subject for the episode that the anchor began."""
    parts = (portal, rule, str(subject), _anchor_text(anchor), str(repeat))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def marker(task_key: str) -> str:
    """Return the short mark that travels in the task's text, by which it is found again in the CRM."""
    return MARKER_SIGN + task_key[:MARKER_LENGTH]


def _anchor_text(anchor: date | datetime | str | int) -> str:
    if isinstance(anchor, datetime):
        return anchor.astimezone(UTC).isoformat(timespec="seconds")
    return anchor.isoformat() if isinstance(anchor, date) else str(anchor)
