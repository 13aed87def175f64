"""What rules would have done on each day gone by, seeing nothing later, and how their alarms turned out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from integrator.decide import staff_of
from integrator.domain import Subject
from integrator.engine import comparing, memory
from integrator.engine.holding import days_needed
from integrator.engine.ruleset import RESPONSIBLE
from integrator.metrics import compute, outcomes
from integrator.planning import episodes
from integrator.planning.people import in_charge
from integrator.remembering import replayed
from integrator.store import frames
from integrator.verdicts import context_of, evening, frames_of, learned, verdicts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from integrator.engine.ruleset import Rule
    from integrator.metrics import Facts
    from integrator.metrics.outcomes import Alarms, Comparison, Span
    from integrator.ports import Progress
    from integrator.store.database import Database
    from integrator.verdicts import Job

_LIFECYCLE, _LOST = "class.lifecycle", "lost"


@dataclass(frozen=True, slots=True)
class Window:
    """The days to replay, both included, each `step`-th of them; the rest says how alarms of loss are judged."""

    since: date
    until: date
    step: int = 1
    horizon: int = 180
    purchases: int = 2


@dataclass(slots=True)
class Episode:
    """A task that should have existed: for whom, since which day, and the day on which its cause was gone."""

    rule: str
    manager: int | None
    day: date
    cleared: date | None = None


@dataclass(slots=True)
class Replay:
    """What the rules came to day by day; `standing` are causes older than the window, `flags` new losses.

    `flags` have kind, id, day, silent and purchases; `days` are those replayed, of `length` days of the calendar.
    """

    length: int = 0
    days: list[date] = field(default_factory=list)
    episodes: dict[str, Episode] = field(default_factory=dict)
    standing: set[str] = field(default_factory=set)
    findings: dict[str, int] = field(default_factory=dict)
    flags: list[dict[str, Any]] = field(default_factory=list)
    lost_before: int = 0
    lifecycle: bool = False


@dataclass(frozen=True, slots=True)
class Backtest:
    """A replay and how it turned out; where nothing is on record in the window there is no span.

    `alarms` are those that the rules themselves gave (`all`, and `compared`: of clients with enough purchases), none
    where no class says who is lost. `managers` are names by id.
    """

    portal: str
    ruleset: str
    window: Window
    end: date | None
    span: Span | None = None
    replay: Replay = field(default_factory=Replay)
    alarms: Mapping[str, Alarms] = field(default_factory=dict)
    comparison: tuple[Comparison, ...] = ()
    managers: Mapping[int, str] = field(default_factory=dict)


def backtest(db: Database, job: Job, window: Window, progress: Progress) -> Backtest:
    """Return what the job's rules would have done in the window, from the mirror as it is; nothing is stored."""
    return of_snapshot(frames.snapshot(db, job.name), job, window, progress)


def of_snapshot(snapshot: Mapping[str, Any], job: Job, window: Window, progress: Progress) -> Backtest:
    """Return what the job's rules would have done in the window; the job's instant is the latest that may be known."""
    context = context_of(job)
    end = outcomes.last_day(snapshot, context)
    if end is None or end < window.since:
        return Backtest(job.name, job.rules.hash, window, end)
    span = outcomes.Span(window.since, min(window.until, end), end, window.horizon, window.purchases)
    replay = _Replayer(snapshot, job, span, window.step).run(progress)
    bought = outcomes.purchases(snapshot, context)
    many = [flag for flag in replay.flags if flag["purchases"] >= window.purchases]
    groups = {"all": replay.flags, "compared": many} if replay.lifecycle else {}
    return Backtest(
        portal=job.name,
        ruleset=job.rules.hash,
        window=window,
        end=end,
        span=span,
        replay=replay,
        alarms={name: outcomes.turned_out(flags, bought, span) for name, flags in groups.items()},
        comparison=tuple(outcomes.compare(bought, context, span)),
        managers={row["id"]: row["name"] for row in snapshot["users"].iter_rows(named=True)},
    )


class _Replayer:
    """Goes through the days and keeps what was new on each."""

    def __init__(self, snapshot: Mapping[str, Any], job: Job, span: Span, step: int) -> None:
        self._snapshot = snapshot
        self._job = job
        self._span = span
        self._step = step
        self._rules = job.rules.rules
        self._staff = staff_of(job, snapshot["users"])
        self._found = Replay()
        self._stated: set[tuple[str, str]] = set()
        self._lost: set[tuple[str, int, date]] = set()
        self._open: set[str] = set()
        self._known: Any = memory.memory()

    def run(self, progress: Progress) -> Replay:
        """Return what was new on each day of the span."""
        found, count = self._found, (self._span.until - self._span.since).days + 1
        self._look_back(progress)
        self._look(self._span.since - timedelta(days=1))
        found.standing = set(found.episodes)
        found.lost_before = len(self._lost)
        found.findings, found.flags, found.length = {}, [], count
        for ahead in range(0, count, self._step):
            day = self._span.since + timedelta(days=ahead)
            self._look(day)
            found.days.append(day)
            progress(ahead + 1, count, "days")
        return found

    def _look_back(self, progress: Progress) -> None:
        """What rules that take time know before the first day that is looked at is replayed."""
        timed = [rule for rule in self._rules if rule.takes_time]
        back = max((days_needed(self._job.rules, rule) for rule in timed), default=0)
        days = [self._span.since - timedelta(days=ahead) for ahead in range(back + 1, 1, -1)]
        if days:
            names = [rule.full for rule in timed]
            self._known = replayed(self._snapshot, self._job, names, days, progress=progress)

    def _look(self, day: date) -> None:
        """The day is accounted for, as its evening saw it."""
        job = replace(self._job, at=evening(day, self._job.portal.zone))
        facts = compute(self._snapshot, context_of(job))
        verdicts = verdicts_of(job, facts, self._known)
        self._known = learned(facts, verdicts)
        due: set[str] = set()
        tables = frames_of(facts)
        asked = {kind: comparing.asked(verdicts[kind], tables[kind], facts.clients) for kind in tables}
        for rule in self._rules:
            table = tables[rule.subject]
            if rule.finding:
                self._state(rule, table.filter(verdicts[rule.subject][f"rule.{rule.full}"]))
            if rule.task:
                due.update(self._plan(rule, table.filter(asked[rule.subject][f"task.{rule.full}"]), day))
        for key in self._open - due:
            self._found.episodes[key].cleared = day
        self._open = due
        self._flag(facts, verdicts["client"], day)

    def _state(self, rule: Rule, table: Any) -> None:
        """Findings stated for the first time are counted."""
        fresh = {(rule.full, str(subject)) for subject, _ in _subjects(rule, table)} - self._stated
        self._stated |= fresh
        if fresh:
            self._found.findings[rule.full] = self._found.findings.get(rule.full, 0) + len(fresh)

    def _plan(self, rule: Rule, table: Any, day: date) -> Iterator[str]:
        """Yield the keys of the tasks that should exist; new ones are noted with their manager."""
        for subject, row in _subjects(rule, table):
            anchor = row.get(rule.anchor or "")
            if anchor is None:
                continue
            key = episodes.key(self._job.name, rule.full, subject, anchor)
            if key not in self._found.episodes:
                manager = self._staff.receiver(in_charge(row), rule.task.to if rule.task else RESPONSIBLE)
                self._found.episodes[key] = Episode(rule.full, manager, day)
            yield key

    def _flag(self, facts: Facts, verdicts: Any, day: date) -> None:
        """Clients whose lifecycle became lost are noted, once in a silence."""
        if _LIFECYCLE not in verdicts.columns:
            return
        self._found.lifecycle = True
        columns = ("kind", "id", "last_purchase_on", "days_silent", "purchase_count")
        lost = facts.clients.filter((verdicts[_LIFECYCLE] == _LOST).fill_null(value=False)).select(columns)
        for kind, number, since, silent, count in lost.iter_rows():
            if (kind, number, since) not in self._lost:
                self._lost.add((kind, number, since))
                flag = {"kind": kind, "id": number, "day": day, "silent": silent, "purchases": count}
                self._found.flags.append(flag)


def _subjects(rule: Rule, table: Any) -> Iterator[tuple[Subject, dict[str, Any]]]:
    wanted = {"id", "responsible_id", rule.anchor}
    whom = memory.subjects(table, rule.subject).iter_rows()
    rows = table.select([name for name in table.columns if name in wanted]).iter_rows(named=True)
    for one, row in zip(whom, rows, strict=True):
        yield Subject(*one), row


def fresh(replay: Replay) -> dict[str, Episode]:
    """Return the episodes that began in the window."""
    return {key: episode for key, episode in replay.episodes.items() if key not in replay.standing}


def by_day(replay: Replay) -> list[dict[str, Any]]:
    """Return how many tasks each manager would have got on each day on which he got any."""
    counts: dict[tuple[date, int | None], int] = {}
    for episode in fresh(replay).values():
        place = (episode.day, episode.manager)
        counts[place] = counts.get(place, 0) + 1
    ordered = sorted(counts, key=lambda place: (place[0], place[1] is None, place[1] or 0))
    return [{"day": day, "manager_id": manager, "tasks": counts[day, manager]} for day, manager in ordered]


def by_manager(replay: Replay) -> list[dict[str, Any]]:
    """Return how many tasks each manager would have got, a day and at the most; None where nobody could be given it."""
    days: dict[int | None, list[dict[str, Any]]] = {}
    for row in by_day(replay):
        days.setdefault(row["manager_id"], []).append(row)
    found = []
    for manager, rows in days.items():
        peak = max(rows, key=lambda row: int(row["tasks"]))
        total = sum(row["tasks"] for row in rows)
        mean = round(total / replay.length, 2)
        found.append(
            {"manager_id": manager, "tasks": total, "a_day": mean, "peak": peak["tasks"], "peak_day": peak["day"]}
        )
    return sorted(found, key=lambda row: (-row["tasks"], row["manager_id"] or 0))


def by_rule(replay: Replay) -> list[dict[str, Any]]:
    """Return for every rule its new findings and tasks, how many of these were settled by themselves and how soon."""
    begun = fresh(replay).values()
    rules = dict.fromkeys([*replay.findings, *(episode.rule for episode in replay.episodes.values())])
    found = []
    for rule in sorted(rules):
        own = [episode for episode in begun if episode.rule == rule]
        waits = [(episode.cleared - episode.day).days for episode in own if episode.cleared]
        found.append(
            {
                "rule": rule,
                "findings": replay.findings.get(rule, 0),
                "tasks": len(own),
                "before": sum(1 for key in replay.standing if replay.episodes[key].rule == rule),
                "settled": len(waits),
                "settled_after_days": median(waits) if waits else None,
            }
        )
    return found
