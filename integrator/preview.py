"""What another rule set would change on the mirrored base; nothing is stored, nothing is sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from integrator import decide, metrics, remembering
from integrator.domain import Known, Subject
from integrator.engine import comparing, memory
from integrator.engine.comparing import Episode, Side
from integrator.planning import episodes
from integrator.store import frames, outbox
from integrator.verdicts import frames_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from integrator.decide import Job
    from integrator.engine.comparing import Episodes, Where
    from integrator.engine.ruleset import Rule, RuleSet
    from integrator.planning.assemble import Assembler, TaskRule
    from integrator.store.database import Database

EXAMPLES = 20
IDENTITY = ("kind", "entity", "id", "responsible_id")


@dataclass(frozen=True, slots=True)
class ClassChange:
    """Subjects who go from one value of a class to another, None where they have none."""

    dimension: str
    before: str | None
    after: str | None
    count: int
    examples: tuple[Subject, ...]


@dataclass(frozen=True, slots=True)
class FindingChange:
    """A finding that appears on some subjects and clears on others."""

    rule: str
    finding: str
    appear: int
    clear: int
    appear_examples: tuple[Subject, ...]
    clear_examples: tuple[Subject, ...]


@dataclass(frozen=True, slots=True)
class TaskChange:
    """A rule's tasks: `new` ones, those that would no longer arise, and of these the ones `completed` in the CRM.

    `dropped` wait to be sent and would not be; `nobody` are new ones that nobody who works here could be given.
    """

    rule: str
    new: int
    no_longer: int
    completed: int
    dropped: int
    nobody: int


@dataclass(slots=True)
class Preview:
    """What changes from one rule set to another; `per_day` counts new tasks by manager and the day they are due."""

    portal: str
    at: datetime
    before: str
    after: str
    classes: list[ClassChange] = field(default_factory=list)
    findings: list[FindingChange] = field(default_factory=list)
    tasks: list[TaskChange] = field(default_factory=list)
    per_day: Counter[tuple[int, date]] = field(default_factory=Counter)
    managers: dict[int, str] = field(default_factory=dict)

    @property
    def new_tasks(self) -> int:
        """How many tasks would be made."""
        return sum(task.new for task in self.tasks)


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both evaluations of one kind of subject."""

    subject: str
    before: Side
    after: Side

    def named(self, rows: Iterable[int]) -> tuple[Subject, ...]:
        return tuple(Subject(*one) for one in memory.subjects(self.after.facts[list(rows)], self.subject).iter_rows())


def preview(db: Database, job: Job, rules: RuleSet) -> Preview:
    """Return what would change if `rules` took the place of the job's own.

    What rules that take time knew before comes from the store; of changed ones it is replayed.
    """
    other = replace(job, rules=rules)
    snapshot = frames.snapshot(db, job.name)
    assemblers = [decide.assembler_of(one, snapshot["users"]) for one in (job, other)]
    users = snapshot["users"]
    kinds = list(_both(db, snapshot, job, other))
    result = Preview(job.name, job.at, job.rules.hash, rules.hash)
    result.managers = dict(zip(users["id"].to_list(), users["name"].to_list(), strict=True))
    known = outbox.known(db, job.name)
    for sides in kinds:
        result.classes += _classes(sides)
        result.findings += _findings(sides, job.rules, rules)
        _Tasks(sides, assemblers[0], assemblers[1], known, result).compare()
    return result


def _both(db: Database, snapshot: Mapping[str, Any], job: Job, other: Job) -> Iterator[_Sides]:
    """Yield both evaluations by kind of subject; facts that neither rule set computes otherwise are computed once."""
    facts = metrics.compute(snapshot, decide.context_of(job))
    known = [remembering.recall(db, one, lambda: snapshot).known for one in (job, other)]
    before = _evaluated(job, facts, known[0])
    if any(job.rules.params.get(name) != other.rules.params.get(name) for name in metrics.DEFAULT_PARAMS):
        facts = metrics.compute(snapshot, decide.context_of(other))
    after = _evaluated(other, facts, known[1])
    for subject in before:
        yield _Sides(subject, before[subject], after[subject])


def _evaluated(job: Job, facts: metrics.Facts, known: Any) -> dict[str, Side]:
    """Return the verdicts with those facts only that a comparison reads: of a large base two evaluations are held."""
    asking = [rule for rule in job.rules.rules if rule.task]
    kept = {*IDENTITY, *(name for rule in asking for name in (rule.anchor, rule.task and rule.task.due.on))}
    found = {}
    by_kind = frames_of(facts)
    for subject, decided in decide.verdicts_of(job, facts, known).items():
        frame = by_kind[subject]
        verdicts = comparing.asked(decided, frame, facts.clients)
        found[subject] = Side(frame.select([name for name in frame.columns if name in kept]), verdicts)
    return found


def _classes(sides: _Sides) -> Iterator[ClassChange]:
    for shift in comparing.shifts(sides.before, sides.after, EXAMPLES):
        yield ClassChange(shift.dimension, shift.before, shift.after, shift.count, sides.named(shift.rows))


def _findings(sides: _Sides, old: RuleSet, new: RuleSet) -> Iterator[FindingChange]:
    columns = [_finding_columns(rules, sides.subject) for rules in (old, new)]
    for key in sorted(columns[0].keys() | columns[1].keys()):
        pair = (columns[0].get(key), columns[1].get(key))
        appear = comparing.only_after(sides.before, sides.after, pair, EXAMPLES)
        clear = comparing.only_after(sides.after, sides.before, pair[::-1], EXAMPLES)
        if appear.count or clear.count:
            yield _finding(key, sides, appear, clear)


def _finding_columns(rules: RuleSet, subject: str) -> dict[tuple[str, str], str]:
    return {(rule.full, rule.finding): f"rule.{rule.full}" for rule in _of(rules, subject) if rule.finding}


def _finding(key: tuple[str, str], sides: _Sides, appear: Where, clear: Where) -> FindingChange:
    return FindingChange(*key, appear.count, clear.count, sides.named(appear.rows), sides.named(clear.rows))


def _of(rules: RuleSet, subject: str) -> Iterator[Rule]:
    return (rule for rule in rules.rules if rule.subject == subject)


@dataclass(frozen=True, slots=True)
class _Tasks:
    """Compares the tasks of one kind of subject and puts what changes into `result`."""

    sides: _Sides
    old: Assembler
    new: Assembler
    known: Mapping[str, Known]
    result: Preview

    def compare(self) -> None:
        before, after = (_episodes(one, self.sides.subject) for one in (self.old, self.new))
        for full in sorted(before.keys() | after.keys()):
            pair = (before.get(full), after.get(full))
            fresh = comparing.fresh_episodes(self.sides.before, self.sides.after, *pair)
            gone = comparing.fresh_episodes(self.sides.after, self.sides.before, *pair[::-1])
            change = self._change(full, fresh, gone)
            if change.new or change.no_longer or change.nobody:
                self.result.tasks.append(change)

    def _change(self, full: str, fresh: Episodes, gone: Episodes) -> TaskChange:
        unknown = [state is None for state in self._states(full, fresh)]
        assigned = self._assigned(self.new, full, fresh)
        made = [is_new and one is not None for is_new, one in zip(unknown, assigned, strict=True)]
        for manager, day, new in zip(assigned, self._days(full, fresh), made, strict=True):
            if manager is not None and new:
                self.result.per_day[manager, day] += 1
        states = Counter(self._states(full, gone))
        return TaskChange(
            rule=full,
            new=sum(made),
            no_longer=sum(one is not None for one in self._assigned(self.old, full, gone)),
            completed=states[Known.SENT] + states[Known.IN_FLIGHT],
            dropped=states[Known.WAITING],
            nobody=sum(unknown) - sum(made),
        )

    def _states(self, full: str, found: Episodes) -> list[Known | None]:
        """Return what the outbox knows of each task; keys are computed only where it knows any at all."""
        if not self.known:
            return [None] * len(found.rows)
        subjects = self.sides.named(found.rows)
        keys = (
            episodes.key(self.result.portal, full, subject, anchor)
            for subject, anchor in zip(subjects, found.anchors, strict=True)
        )
        return [self.known.get(key) for key in keys]

    @staticmethod
    def _assigned(side: Assembler, full: str, found: Episodes) -> list[int | None]:
        if not found.rows:
            return []
        to = _task(side, full).to
        who = {one: side.staff.receiver(one, to) for one in set(found.responsibles)}
        return [who[one] for one in found.responsibles]

    def _days(self, full: str, found: Episodes) -> list[date]:
        """Return the day on which each of the new tasks falls due."""
        if not found.rows:
            return []
        task = _task(self.new, full)
        days: Sequence[Any] = [None] * len(found.rows)
        if task.on is not None:
            days = self.sides.after.facts[task.on].gather(list(found.rows)).to_list()
        due = {one: self.new.due(task, one).date() for one in set(days)}
        return [due[one] for one in days]


def _task(side: Assembler, full: str) -> TaskRule:
    return next(rule.task for rule in side.rules if rule.full_id == full and rule.task)


def _episodes(side: Assembler, subject: str) -> dict[str, Episode]:
    return {
        rule.full_id: Episode(f"task.{rule.full_id}", rule.anchor)
        for rule in side.rules
        if rule.subject == subject and rule.task and rule.anchor
    }
