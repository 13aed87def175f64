"""What the rules make of every row of the facts, as of an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from integrator import metrics
from integrator.engine import classes, memory
from integrator.engine.conditions import metrics_read
from integrator.engine.few import FEW, evaluate_few
from integrator.engine.moment import Moment
from integrator.engine.ruleset import OF_CLIENT, SUBJECTS
from integrator.planning.calendar import WorkCalendar

if TYPE_CHECKING:
    from datetime import tzinfo

    from integrator.config import Portal
    from integrator.domain import Subject
    from integrator.engine.ruleset import RuleSet
    from integrator.ports import RuleEngine


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be evaluated: a portal by its rule set as of an instant, all of it or some subjects.

    `past` where the instant was asked for: what is remembered of rules is then replayed, and stays as it is.
    """

    name: str
    portal: Portal
    rules: RuleSet
    engine: RuleEngine
    at: datetime
    subjects: frozenset[Subject] = frozenset()
    past: bool = False

    @property
    def today(self) -> date:
        """The portal's day at the instant."""
        return self.at.astimezone(self.portal.zone).date()


def context_of(job: Job) -> metrics.Context:
    """Return what the metrics are told about the job."""
    portal = job.portal
    return metrics.Context(
        now=job.at,
        timezone=portal.zone,
        currency=portal.currency,
        language=portal.language,
        reason_map=portal.loss_reasons.map,
        sub_reason_map=portal.sub_reasons.map,
        fields_named=frozenset(portal.fields),
        closed_at_exact=portal.crm == "amocrm",
        pipelines=frozenset(portal.pipelines.include),
        complaint_pipelines=frozenset(portal.pipelines.complaints),
        stages={number: steps.named() for number, steps in portal.stages.items()},
        params=job.rules.params,
        lists=job.rules.lists,
        works=WorkCalendar(portal.zone, portal.language).is_working,
        deputies=portal.people.deputies,
        pool=portal.people.pool,
    )


def frames_of(facts: metrics.Facts) -> dict[str, Any]:
    """Return the facts by the kind of subject that they are about."""
    return {"client": facts.clients, "deal": facts.deals, "manager": facts.managers}


def verdicts_of(job: Job, facts: metrics.Facts, known: Any = None) -> dict[str, Any]:
    """Return, by subject kind, what the job's rules make of every row of the facts; `known` is what is remembered."""
    moment = Moment.of(job.at, job.portal.zone)
    timed = [rule for rule in job.rules.rules if rule.takes_time]
    before = memory.memory() if known is None else known
    found: dict[str, Any] = {}
    for subject, plain in frames_of(facts).items():
        frame = _with_clients(job.rules, facts, found["client"]) if subject == "deal" else plain
        own = [rule for rule in timed if rule.subject == subject]
        recalled = memory.recalled(before, own, frame, subject) if own else None
        decide = evaluate_few if frame.height <= FEW else classes.evaluate
        found[subject] = decide(job.rules, subject, frame, job.engine, moment, recalled)
        if frame.width > plain.width:
            found[subject] = found[subject].hstack(frame.select(frame.columns[plain.width :]))
    return found


def of_clients(rules: RuleSet) -> list[str]:
    """Return the metrics and classes of clients that rules about deals read or show, by their own names."""
    own = [rule for rule in rules.rules if rule.subject == "deal"]
    conditions = [one for stratum in rules.strata["deal"] for one in stratum.conditions.values()]
    read = [name for one in conditions for name in metrics_read(one)]
    shown = [name for rule in own for name in rule.evidence]
    return sorted({name.removeprefix(OF_CLIENT) for name in (*read, *shown) if name.startswith(OF_CLIENT)})


def _with_clients(rules: RuleSet, facts: metrics.Facts, verdicts: Any) -> Any:
    """Return the deals with what their rules read of their clients behind the other columns."""
    names = of_clients(rules)
    if not names:
        return facts.deals
    clients = facts.clients.hstack(verdicts).select("kind", "id", *names)
    named = clients.rename({name: OF_CLIENT + name for name in names})
    own, other = ["client_kind", "client_id"], ["kind", "id"]
    return facts.deals.join(named, left_on=own, right_on=other, how="left", maintain_order="left")


def learned(facts: metrics.Facts, verdicts: dict[str, Any]) -> Any:
    """Return what the verdicts leave to remember."""
    frames = frames_of(facts)
    return memory.joined(memory.learned(verdicts[subject], frames[subject], subject) for subject in SUBJECTS)


def evening(day: date, zone: tzinfo) -> datetime:
    """Return the last instant of the day."""
    return datetime.combine(day, time.max, zone).astimezone(UTC)
