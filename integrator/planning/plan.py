"""What to do about the tasks that should exist and those that do: every "no" has a name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from integrator.domain import Known

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from integrator.domain import PlannedTask


class Verdict(StrEnum):
    """What becomes of a task that should exist, or of one that should not exist any more."""

    CREATE = "CREATE"
    ALREADY_OPEN = "ALREADY_OPEN"
    ALREADY_CLOSED = "ALREADY_CLOSED"
    OBSERVE = "OBSERVE"
    NOT_PILOT = "NOT_PILOT"
    DRY_RUN = "DRY_RUN"
    NOBODY = "NOBODY"
    BLACKLISTED = "BLACKLISTED"
    COMPLETE = "COMPLETE"
    CLEARED_BEFORE_SENT = "CLEARED_BEFORE_SENT"


SENTENCES: dict[Verdict, str] = {
    Verdict.CREATE: "the task will be made in the CRM",
    Verdict.ALREADY_OPEN: "the task was made before and is open, or is on its way",
    Verdict.ALREADY_CLOSED: "the task of this episode was made and closed; it is not made twice",
    Verdict.OBSERVE: "tasks.mode is observe: it is shown, nothing is written",
    Verdict.NOT_PILOT: "tasks.mode is pilot and the responsible manager is not among tasks.managers",
    Verdict.DRY_RUN: "a dry run stores and sends nothing",
    Verdict.NOBODY: "nobody who works here could be given the task; name people.head",
    Verdict.BLACKLISTED: "the client is blacklisted: no task is made about him",
    Verdict.COMPLETE: "its cause is gone: the task will be completed with a note",
    Verdict.CLEARED_BEFORE_SENT: "its cause was gone before the task was sent",
}


@dataclass(frozen=True, slots=True)
class Policy:
    """How a portal wants its tasks written."""

    mode: str = "on"
    managers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """What to put into the outbox; `verdicts` counts every answer."""

    create: tuple[PlannedTask, ...] = ()
    complete: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    verdicts: Mapping[Verdict, int] = field(default_factory=dict)


def plan(tasks: Collection[PlannedTask], known: Mapping[str, Known], policy: Policy) -> Plan:
    """Return what turns the known tasks into those that should exist; planning twice changes nothing."""
    verdicts: Counter[Verdict] = Counter()
    create = []
    for task in tasks:
        verdict = _verdict(task, known, policy)
        verdicts[verdict] += 1
        if verdict is Verdict.CREATE:
            create.append(task)
    wanted = {task.key for task in tasks}
    gone = sorted(key for key in known if key not in wanted)
    complete = tuple(key for key in gone if known[key] is Known.SENT) if policy.mode != "observe" else ()
    drop = tuple(key for key in gone if known[key] is Known.WAITING)
    verdicts[Verdict.COMPLETE] += len(complete)
    verdicts[Verdict.CLEARED_BEFORE_SENT] += len(drop)
    return Plan(tuple(create), complete, drop, {verdict: count for verdict, count in verdicts.items() if count})


def _verdict(task: PlannedTask, known: Mapping[str, Known], policy: Policy) -> Verdict:
    if task.key in known:
        return Verdict.ALREADY_CLOSED if known[task.key] is Known.CLOSED else Verdict.ALREADY_OPEN
    if policy.mode == "observe":
        return Verdict.OBSERVE
    if policy.mode == "pilot" and task.responsible_id not in policy.managers:
        return Verdict.NOT_PILOT
    return Verdict.CREATE
