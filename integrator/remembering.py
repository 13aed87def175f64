"""What was known of rules that take time before a day began: from the store, or replayed from dated records."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from integrator import metrics
from integrator.engine import memory
from integrator.engine.holding import LONGEST_REPLAY, Held, days_needed
from integrator.engine.selection import meaning, resting
from integrator.store import holding as store
from integrator.verdicts import context_of, evening, learned, verdicts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from integrator.domain import Subject
    from integrator.ports import Progress
    from integrator.store.database import Database
    from integrator.verdicts import Job

    Snapshot = Mapping[str, Any]

STORED, REPLAYED = "store", "replayed"


def _silent(done: int, total: int | None, what: str) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was `known` before the job's day, by rule from where (`sources`); `stored` is what the database had.

    `digests` say what each rule that takes time means; `behind` are those that the store does not know up to yesterday.
    """

    known: Any
    stored: Any
    digests: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    noted: Mapping[str, store.Noted] = field(default_factory=dict)
    behind: frozenset[str] = frozenset()

    def of(self, subject: Subject) -> dict[str, Held]:
        """Return what was known of the rules and this subject."""
        rows = memory.of_subjects(self.known, [subject]).iter_rows()
        return {rule: Held(since, last, fires) for _, _, rule, since, last, fires in rows}


def recall(db: Database, job: Job, whole: Callable[[], Snapshot], progress: Progress = _silent) -> Remembered:
    """Return what was known before the job's day; nothing is stored.

    What a rule means now and was looked at by, up to yesterday, comes from the store. Days that nobody looked at are
    replayed, and so is every rule where the job is about the past; `whole` gives the snapshot of the whole base.
    """
    digests = {rule.full: meaning(job.rules, rule.full) for rule in job.rules.rules if rule.takes_time}
    noted = {} if job.past else store.noted(db, job.name)
    if not digests and not noted:
        return Remembered(memory.memory(), memory.memory())
    starts = {full: _start(job, full, digest, noted.get(full)) for full, digest in digests.items()}
    behind = frozenset(full for full, start in starts.items() if start < job.today)
    wanted = frozenset() if behind else job.subjects
    stored = memory.memory(() if job.past else store.rows(db, job.name, noted, wanted))
    current = {full for full, digest in digests.items() if _usable(job, digest, noted.get(full))}
    parts = [memory.of_rules(stored, digests.keys() - behind)]
    for start, rules in _by_start(starts, behind):
        before = memory.of_rules(stored, [full for full in rules if full in current])
        days = [start + timedelta(days=ahead) for ahead in range((job.today - start).days)]
        parts.append(replayed(whole(), job, rules, days, before, progress))
    return Remembered(
        known=memory.joined(parts),
        stored=stored,
        digests=digests,
        sources={full: STORED if full in current else REPLAYED for full in digests},
        noted=noted,
        behind=behind,
    )


def _usable(job: Job, digest: str, noted: store.Noted | None) -> bool:
    """True where what is stored of a rule was found by what it means now, before the job's day ends, not long ago."""
    if noted is None or noted.digest != digest:
        return False
    return timedelta(0) <= job.today - noted.through <= timedelta(days=LONGEST_REPLAY)


def _start(job: Job, full: str, digest: str, noted: store.Noted | None) -> date:
    """Return the first day to be replayed; the job's own where there is none."""
    if noted is not None and _usable(job, digest, noted):
        return min(job.today, noted.through + timedelta(days=1))
    return job.today - timedelta(days=days_needed(job.rules, job.rules.rule(full)))


def _by_start(starts: Mapping[str, date], behind: Collection[str]) -> list[tuple[date, list[str]]]:
    found: defaultdict[date, list[str]] = defaultdict(list)
    for full in sorted(behind):
        found[starts[full]].append(full)
    return sorted(found.items())


def replayed(
    snapshot: Snapshot,
    job: Job,
    rules: Collection[str],
    days: Iterable[date],
    before: Any = None,
    progress: Progress = _silent,
) -> Any:
    """Return what was known of the rules after the evenings of these days; nothing later than each was seen."""
    known = memory.memory() if before is None else before
    own = resting(job.rules, rules)
    for done, day in enumerate(days, 1):
        then = replace(job, at=evening(day, job.portal.zone), rules=own)
        facts = metrics.compute(snapshot, context_of(then))
        known = learned(facts, verdicts_of(then, facts, known))
        progress(done, None, "days replayed")
    return memory.of_rules(known, rules)


def catch_up(db: Database, job: Job, remembered: Remembered) -> None:
    """What was replayed is in the store, as known by yesterday; what was remembered of other rules is gone."""
    stale = sorted(full for full in remembered.behind & remembered.noted.keys() if remembered.sources[full] == REPLAYED)
    dropped = sorted(remembered.noted.keys() - remembered.digests.keys())
    if not remembered.behind and not dropped:
        return
    # Whoever is interrupted here finds the rules not noted, and replays them again.
    store.forget(db, job.name, stale)
    _keep(db, job.name, remembered.stored, remembered.known)
    store.forget(db, job.name, dropped)
    fresh = {full: remembered.digests[full] for full in remembered.behind}
    store.note(db, job.name, fresh, job.today - timedelta(days=1))


def learn(
    db: Database, job: Job, remembered: Remembered, facts: metrics.Facts, verdicts: dict[str, Any], *, all_seen: bool
) -> None:
    """What the evaluation of the job's subjects leaves to remember is in the store.

    `all_seen` where the others stand as they did: their turn has not come.
    """
    if not remembered.digests:
        return
    before, after = remembered.known, learned(facts, verdicts)
    if job.subjects:
        before, after = (memory.of_subjects(one, job.subjects) for one in (before, after))
    _keep(db, job.name, before, after)
    if all_seen:
        store.note(db, job.name, remembered.digests, job.today)


def _keep(db: Database, portal: str, before: Any, after: Any) -> None:
    moved, gone = memory.changed(before, after)
    store.keep(db, portal, moved, gone)
