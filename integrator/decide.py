"""Step 3: rules decide about the mirror; decisions and the tasks that follow are stored."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache, reduce
from itertools import islice
from operator import or_
from time import perf_counter
from typing import TYPE_CHECKING, Any

from integrator import metrics, remembering, turns
from integrator.domain import Decision, Subject
from integrator.engine.memory import HELD
from integrator.engine.ruleset import SCORE, listed
from integrator.planning.assemble import Assembler, RuleView, TaskRule
from integrator.planning.calendar import WorkCalendar
from integrator.planning.people import Staff
from integrator.planning.plan import Policy, Verdict, plan
from integrator.planning.words import Words
from integrator.scope import scope_of
from integrator.store import decisions, frames, outbox
from integrator.verdicts import Job, context_of, verdicts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from integrator.domain import Known
    from integrator.engine.ruleset import Rule, RuleSet, TaskSpec
    from integrator.ports import Progress
    from integrator.scope import Scope
    from integrator.store.database import Database

__all__ = ["Evaluation", "Job", "assembler_of", "context_of", "evaluate", "staff_of", "verdicts_of"]

CHUNK = 500


@dataclass(slots=True)
class Evaluation:
    """What an evaluation came to; `seconds` by part, `notes` are sentences for the admin."""

    ruleset: str
    engine: str
    subjects: Counter[str] = field(default_factory=Counter)
    classes: Counter[tuple[str, str]] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def counts(self) -> dict[str, Any]:
        """Return the numbers as they are kept on record."""
        return {
            "subjects": dict(self.subjects),
            "classes": {f"{dimension}:{value}": count for (dimension, value), count in self.classes.items()},
            "findings": dict(self.findings),
            "verdicts": dict(self.verdicts),
        }


def evaluate(
    db: Database,
    job: Job,
    progress: Progress,
    *,
    dry_run: bool = False,
    touched: bool = False,
    watch: Callable[[Decision], None] | None = None,
) -> Evaluation:
    """Decide about every subject of the job, store what changed and plan the tasks; a dry run stores nothing.

    With `touched` the job is about those whose rows changed since they were evaluated last and those whose time has
    come, which comes to the same as deciding about all. `watch` is shown every decision: clients, deals, managers.
    """
    result = Evaluation(job.rules.hash, job.engine.name)
    clock = _Stopwatch(result.seconds)
    scope = scope_of(db, job, touched=touched, dry_run=dry_run)
    clock.lap("reading")
    if scope.clients is not None:
        job = replace(job, subjects=scope.subjects)
        if not job.subjects:
            return result
    judged = _judged(db, job, scope, progress, clock, learning=not (dry_run or job.past))
    result.notes.extend(judged.facts.notes)
    known = None if dry_run else outbox.known(db, job.name, job.subjects)
    assembler = assembler_of(job, scope.snapshot["users"], frozenset() if watch or known is None else known)
    stream = _watched(_stream(job, assembler, judged.facts, judged.verdicts), result, watch, progress)
    keys = _store(db, job, stream, result, known)
    _count_refused(assembler, result)
    if judged.learning:
        all_seen = scope.clients is not None or not job.subjects
        remembering.learn(db, job, judged.remembered, judged.facts, judged.verdicts, all_seen=all_seen)
    if known is not None:
        if job.subjects or not known.keys() <= keys:
            _clear(db, job, keys, result)
        turns.settle(db, job, scope, judged.facts, judged.verdicts)
        decisions.record_evaluation(db, job.name, job.at, job.rules.hash, result.counts())
    clock.lap("writing")
    return result


@dataclass(frozen=True, slots=True)
class _Judged:
    """What the rules made of the facts, and what was remembered of rules that take time."""

    facts: metrics.Facts
    verdicts: dict[str, Any]
    remembered: remembering.Remembered
    learning: bool


def _judged(db: Database, job: Job, scope: Scope, progress: Progress, clock: _Stopwatch, *, learning: bool) -> _Judged:
    """Return what the rules make of what was read; where it is `learning`, what had to be replayed is stored."""

    def whole() -> Mapping[str, Any]:
        return scope.snapshot if scope.whole else frames.snapshot(db, job.name)

    remembered = remembering.recall(db, job, cache(whole), progress)
    if learning:
        remembering.catch_up(db, job, remembered)
    clock.lap("remembering")
    facts = scope.within(metrics.compute(scope.snapshot, context_of(job), scope.shared))
    clock.lap("metrics")
    verdicts = verdicts_of(job, facts, remembered.known)
    clock.lap("inference")
    return _Judged(facts, verdicts, remembered, learning)


def _count_refused(assembler: Assembler, result: Evaluation) -> None:
    refused = {Verdict.NOBODY: len(assembler.unassigned), Verdict.BLACKLISTED: len(assembler.blacklisted)}
    result.verdicts.update({verdict: count for verdict, count in refused.items() if count})


class _Stopwatch:
    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds
        self._last = perf_counter()

    def lap(self, part: str) -> None:
        now = perf_counter()
        self._seconds[part] = now - self._last
        self._last = now


def assembler_of(job: Job, users: Any, planned: Collection[str] = frozenset()) -> Assembler:
    """Return what makes the job's decisions, without texts for tasks `planned` before; `users` are the snapshot's."""
    portal = job.portal
    return Assembler(
        portal=job.name,
        at=job.at,
        ruleset=job.rules.hash,
        zone=portal.zone,
        rules=[_view(rule, job.rules, portal.language) for rule in job.rules.rules],
        metrics=metrics.METRICS,
        staff=staff_of(job, users),
        calendar=WorkCalendar(portal.zone, portal.language),
        words=Words(portal.language, portal.zone, portal.currency, job.today),
        planned=planned,
    )


def staff_of(job: Job, users: Any) -> Staff:
    """Return who works at the portal; `users` are the snapshot's."""
    active = frozenset(row["id"] for row in users.iter_rows(named=True) if row["active"])
    people = job.portal.people
    return Staff(active, people.deputies, people.head, people.pool, people.heads)


def _view(rule: Rule, rules: RuleSet, language: str) -> RuleView:
    task = _task(rule, rule.task, rules, language) if rule.task else None
    return RuleView(rule.full, rule.subject, rule.finding, rule.anchor, rule.evidence, task)


def _task(rule: Rule, spec: TaskSpec, rules: RuleSet, language: str) -> TaskRule:
    template = rules.templates[rule.pack, spec.template]
    texts = (template.title[language], template.why[language], template.closes[language])
    named = listed(rules, rule.pack, language) if any("lists" in text for text in texts) else {}
    return TaskRule(spec.template, *texts, spec.due.working_days, spec.due.on, spec.to, named)


def _stream(job: Job, assembler: Assembler, facts: metrics.Facts, tables: dict[str, Any]) -> Iterator[Decision]:
    yield from assembler.decisions("client", _rows(job, facts.clients, tables["client"], _client))
    clients = _clients_of_tasks(facts, tables["deal"])

    def deal(row: dict[str, Any]) -> dict[str, Any]:
        client = clients.get((row["client_kind"], row["client_id"]), {})
        named = {"deal": row["title"] or "", "client": client.get("name") or "", "of_client": client}
        return {"subject": Subject(row["entity"], row["id"]), **named}

    yield from assembler.decisions("deal", _rows(job, facts.deals, tables["deal"], deal))
    yield from assembler.decisions("manager", _rows(job, facts.managers, tables["manager"], _manager))


def _client(row: dict[str, Any]) -> dict[str, Any]:
    return {"subject": Subject(f"client:{row['kind']}", row["id"]), "client": row["name"] or ""}


def _manager(row: dict[str, Any]) -> dict[str, Any]:
    return {"subject": Subject("manager", row["id"]), "manager": row["name"] or ""}


def _clients_of_tasks(facts: metrics.Facts, verdicts: Any) -> dict[tuple[str, int], dict[str, Any]]:
    """Return the clients whose deals have tasks: their names and facts stand in the texts."""
    columns = [verdicts[name] for name in verdicts.columns if name.startswith("task.")]
    if not columns:
        return {}
    due = reduce(or_, columns)
    wanted = facts.deals.filter(due).select(kind="client_kind", id="client_id").unique()
    rows = facts.clients.join(wanted, on=["kind", "id"], how="semi").iter_rows(named=True)
    return {(row["kind"], row["id"]): row for row in rows}


def _rows(
    job: Job, facts: Any, table: Any, identify: Callable[[dict[str, Any]], dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    plain = table.select([name for name in table.columns if not name.startswith(HELD)])
    for row in facts.hstack(plain).iter_rows(named=True):
        row.update(identify(row))
        if not job.subjects or row["subject"] in job.subjects:
            yield row


def _watched(
    stream: Iterable[Decision], result: Evaluation, watch: Callable[[Decision], None] | None, progress: Progress
) -> Iterator[Decision]:
    for done, decision in enumerate(stream, 1):
        kind = "client" if decision.subject.is_client else decision.subject.kind
        result.subjects[kind] += 1
        for given in decision.classes.items():
            if given[0] != SCORE:
                result.classes[given] += 1
        for finding in decision.findings:
            result.findings[finding.finding] += 1
        if watch:
            watch(decision)
        if done % CHUNK == 0:
            progress(done, None, "decisions")
        yield decision


def _store(
    db: Database, job: Job, stream: Iterator[Decision], result: Evaluation, known: Mapping[str, Known] | None
) -> set[str]:
    """Store the decisions by chunks, each with its tasks; return the keys of all tasks that should exist.

    `known` are the tasks planned before; a dry run has none and stores nothing.
    """
    keys: set[str] = set()
    policy = Policy(job.portal.tasks.mode, frozenset(job.portal.tasks.managers))
    writer = None if known is None else decisions.Writer(db, job.name, whole=not job.subjects)
    while chunk := list(islice(stream, CHUNK)):
        tasks = [task for decision in chunk for task in decision.tasks]
        keys.update(task.key for task in tasks)
        if writer is None or known is None:
            result.verdicts[Verdict.DRY_RUN] += len(tasks)
            continue
        own = {task.key: known[task.key] for task in tasks if task.key in known}
        planned = plan(tasks, own, policy)
        result.verdicts.update(planned.verdicts)
        writer.store(chunk, planned.create)
    if writer is not None:
        writer.finish()
    return keys


def _clear(db: Database, job: Job, keys: Collection[str], result: Evaluation) -> None:
    """Plan the completion of tasks whose cause is gone."""
    known = outbox.known(db, job.name, job.subjects)
    gone = {key: state for key, state in known.items() if key not in keys}
    planned = plan((), gone, Policy(job.portal.tasks.mode, frozenset(job.portal.tasks.managers)))
    result.verdicts.update(planned.verdicts)
    outbox.drop(db, job.name, planned.drop)
    outbox.complete(db, job.name, planned.complete, CLEARED_NOTES[job.portal.language])


CLEARED_NOTES = {
    "ru": "Больше не нужно: повода для задачи не стало. Закрыто автоматически.",
    "en": "No longer needed: what this task was about has changed. Closed automatically.",
}
