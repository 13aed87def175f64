"""Decisions from evaluated rows: classes, findings with their evidence, and the tasks that should exist."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from integrator.domain import Decision, Finding, PlannedTask, Subject
from integrator.planning import episodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from integrator.domain import Metric
    from integrator.planning.calendar import WorkCalendar
    from integrator.planning.people import Staff
    from integrator.planning.words import Words

MINOR_UNITS = 100
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TaskRule:
    """What a rule's task needs: the template's texts in the portal's language and when it falls due."""

    template: str
    title: str
    why: str
    closes: str
    working_days: int


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
class Assembler:
    """Turns rows of facts and verdicts of rules into decisions, for one portal as of one instant."""

    portal: str
    at: datetime
    ruleset: str
    zone: ZoneInfo
    rules: Sequence[RuleView]
    metrics: Mapping[tuple[str, str], Metric]
    staff: Staff
    calendar: WorkCalendar
    words: Words
    unassigned: list[Subject] = field(default_factory=list)

    def decisions(self, subject_kind: str, rows: Iterator[Row]) -> Iterator[Decision]:
        """Yield one decision a row; rows carry facts, `class.*`, `rule.*`, `task.*` and `subject`."""
        rules = [rule for rule in self.rules if rule.subject == subject_kind]
        types = {name: metric.type for (of, name), metric in self.metrics.items() if of == subject_kind}
        for row in rows:
            yield self._decision(row, rules, types)

    def _decision(self, row: Row, rules: Sequence[RuleView], types: Mapping[str, str]) -> Decision:
        subject: Subject = row["subject"]
        fired = [rule for rule in rules if row.get(f"rule.{rule.full_id}")]
        tasks = [self._task(rule, row) for rule in fired if rule.task and row.get(f"task.{rule.full_id}")]
        return Decision(
            portal=self.portal,
            subject=subject,
            at=self.at,
            ruleset=self.ruleset,
            classes={name[6:]: value for name, value in row.items() if name.startswith("class.") and value},
            findings=tuple(self._finding(rule, row, types) for rule in fired if rule.finding),
            tasks=tuple(task for task in tasks if task),
            metrics={name: self._shown(row[name], kind) for name, kind in types.items() if row.get(name) is not None},
        )

    def _finding(self, rule: RuleView, row: Row, types: Mapping[str, str]) -> Finding:
        evidence = {name: self._shown(row.get(name), types.get(name, "string")) for name in rule.evidence}
        return Finding(rule.full_id, rule.finding or "", evidence)

    def _shown(self, value: Any, kind: str) -> Any:
        """Return a fact as JSON shows it: money in whole units, instants in the portal's zone."""
        if kind == "money" and value is not None:
            return value // MINOR_UNITS if value % MINOR_UNITS == 0 else value / MINOR_UNITS
        if isinstance(value, datetime):
            return value.astimezone(self.zone).isoformat()
        return value.isoformat() if isinstance(value, date) else value

    def _task(self, rule: RuleView, row: Row) -> PlannedTask | None:
        subject: Subject = row["subject"]
        responsible = self.staff.assignee(row["responsible_id"])
        anchor = row.get(rule.anchor or "")
        if responsible is None or anchor is None or rule.task is None:
            self.unassigned.append(subject)
            return None
        task_key = episodes.key(self.portal, rule.full_id, subject, anchor)
        facts = {name: value for name, value in row.items() if "." not in name}
        body = (self.words.render(rule.task.why, facts), self.words.render(rule.task.closes, facts))
        return PlannedTask(
            rule=rule.full_id,
            template=rule.task.template,
            key=task_key,
            subject=subject,
            entity=subject,
            responsible_id=responsible,
            due_at=self.calendar.due(self.at, rule.task.working_days),
            title=self.words.title(rule.task.title, facts),
            text="\n".join((*(part for part in body if part), episodes.marker(task_key))),
        )
