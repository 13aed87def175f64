"""Decisions from evaluated rows: classes, findings with their evidence, and the tasks that should exist."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from integrator.domain import Decision, Finding, PlannedTask, Subject
from integrator.planning import episodes
from integrator.planning.calendar import DAY_ENDS
from integrator.planning.people import in_charge

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from integrator.domain import Metric
    from integrator.planning.calendar import WorkCalendar
    from integrator.planning.people import Staff
    from integrator.planning.words import Words

CLASS = "class."
MINOR_UNITS = 100
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TaskRule:
    """What a rule's task needs: the template's texts in the portal's language, when it falls due and to whom it goes.

    `on` is the metric that tells the day on which it does, else `working_days` are counted. `lists` are those that the
    texts name.
    """

    template: str
    title: str
    why: str
    closes: str
    working_days: int
    on: str | None = None
    to: str = "responsible"
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleView:
    """What of a rule is needed to state its finding and its task; `metrics` are those it shows as evidence."""

    full_id: str
    subject: str
    finding: str | None
    anchor: str | None
    evidence: tuple[str, ...]
    task: TaskRule | None


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is looked at in every row of a kind, worked out once: `shown` are metrics with how they go into JSON."""

    rules: tuple[tuple[str, str, RuleView], ...]
    classes: tuple[tuple[str, str], ...]
    shown: Mapping[str, Callable[[Any], Any] | None]


@dataclass(frozen=True, slots=True)
class Assembler:
    """Turns rows of facts and verdicts of rules into decisions, for one portal as of one instant.

    The tasks whose keys are in `planned` were planned before: nobody reads their texts again, and they get none.
    """

    portal: str
    at: datetime
    ruleset: str
    zone: ZoneInfo
    rules: Sequence[RuleView]
    metrics: Mapping[tuple[str, str], Metric]
    staff: Staff
    calendar: WorkCalendar
    words: Words
    planned: Collection[str] = frozenset()
    unassigned: list[Subject] = field(default_factory=list)
    blacklisted: list[Subject] = field(default_factory=list)

    def decisions(self, subject_kind: str, rows: Iterator[Row]) -> Iterator[Decision]:
        """Yield one decision a row; rows have the same columns: facts, `class.*`, `rule.*`, `task.*` and `subject`."""
        first = next(rows, None)
        if first is not None:
            shape = self._shape(subject_kind, first)
            yield from (self._decision(row, shape) for row in chain((first,), rows))

    def _shape(self, subject_kind: str, row: Row) -> _Shape:
        rules = [rule for rule in self.rules if rule.subject == subject_kind and f"rule.{rule.full_id}" in row]
        shown: dict[str, Callable[[Any], Any]] = {"money": _money, "instant": self._instant, "date": _date}
        types = {name: metric.type for (of, name), metric in self.metrics.items() if of == subject_kind}
        return _Shape(
            rules=tuple((f"rule.{rule.full_id}", f"task.{rule.full_id}", rule) for rule in rules),
            classes=tuple((name.removeprefix(CLASS), name) for name in row if name.startswith(CLASS)),
            shown={name: shown.get(kind) for name, kind in types.items() if name in row},
        )

    def _decision(self, row: Row, shape: _Shape) -> Decision:
        fired = [(task, rule) for name, task, rule in shape.rules if row[name]]
        asked = [rule for task, rule in fired if rule.task and row[task]]
        return Decision(
            portal=self.portal,
            subject=row["subject"],
            at=self.at,
            ruleset=self.ruleset,
            classes={name: value for name, column in shape.classes if (value := row[column])},
            findings=tuple(_finding(rule, row, shape) for _, rule in fired if rule.finding),
            tasks=tuple(self._tasks(asked, row)),
            metrics={
                name: shown(value) if shown else value
                for name, shown in shape.shown.items()
                if (value := row[name]) is not None
            },
        )

    def _instant(self, value: datetime) -> str:
        return value.astimezone(self.zone).isoformat()

    def _tasks(self, asked: Sequence[RuleView], row: Row) -> Iterator[PlannedTask]:
        """Yield the tasks of the rules; nobody is bothered about a client in the blacklist, nor about a deal of his."""
        if asked and is_blacklisted(row):
            self.blacklisted.extend([row["subject"]] * len(asked))
            return
        yield from (task for rule in asked if (task := self._task(rule, row)))

    def _task(self, rule: RuleView, row: Row) -> PlannedTask | None:
        subject: Subject = row["subject"]
        anchor = row.get(rule.anchor or "")
        responsible = self.staff.receiver(in_charge(row), rule.task.to) if rule.task else None
        if responsible is None or anchor is None or rule.task is None:
            self.unassigned.append(subject)
            return None
        task_key = episodes.key(self.portal, rule.full_id, subject, anchor)
        title, text = ("", "") if task_key in self.planned else self._texts(rule.task, row, task_key)
        return PlannedTask(
            rule=rule.full_id,
            template=rule.task.template,
            key=task_key,
            subject=subject,
            entity=subject,
            responsible_id=responsible,
            due_at=self.due(rule.task, row.get(rule.task.on or "")),
            title=title,
            text=text,
        )

    def due(self, task: TaskRule, on: date | datetime | None) -> datetime:
        """Return when the task falls due; `on` is the value of the metric that tells it, where one does."""
        if task.on is None:
            return _due(self.calendar, self.at, task.working_days)
        day = on.astimezone(self.zone).date() if isinstance(on, datetime) else on
        return _due_on(self.calendar, self.at, day)

    def _texts(self, task: TaskRule, row: Row, task_key: str) -> tuple[str, str]:
        row = {**row, "lists": task.lists} if task.lists else row
        body = (self.words.render(task.why, row), self.words.render(task.closes, row))
        text = "\n".join((*(part for part in body if part), episodes.marker(task_key)))
        return self.words.title(task.title, row), text


def is_blacklisted(row: Mapping[str, Any]) -> bool:
    """True where the client, or the client of the deal, is known to be blacklisted."""
    return bool(row.get("blacklisted") or row.get("of_client", {}).get("blacklisted"))


def _finding(rule: RuleView, row: Row, shape: _Shape) -> Finding:
    evidence = {}
    for name in rule.evidence:
        value, shown = row.get(name), shape.shown.get(name)
        evidence[name] = value if value is None or shown is None else shown(value)
    return Finding(rule.full_id, rule.finding or "", evidence)


# Money is shown in whole units.
def _money(value: int) -> int | float:
    return value // MINOR_UNITS if value % MINOR_UNITS == 0 else value / MINOR_UNITS


def _date(value: date) -> str:
    return value.isoformat()


# All tasks of an evaluation that are due in as many days are due at one instant.
@lru_cache(maxsize=64)
def _due(calendar: WorkCalendar, at: datetime, working_days: int) -> datetime:
    return calendar.due(at, working_days)


@lru_cache(maxsize=1024)
def _due_on(calendar: WorkCalendar, at: datetime, day: date | None) -> datetime:
    """Return the end of work on the day, or on the first worked one after it; of today where it is past or unknown."""
    if day is None or day <= at.astimezone(calendar.zone).date():
        return calendar.due(at, 0)
    return datetime.combine(calendar.next_working(day), DAY_ENDS, calendar.zone)
