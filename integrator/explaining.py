"""Why a subject is decided about as it is: the mirror, the rules and what is stored, put together for one subject."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from integrator import decide, metrics, remembering
from integrator.domain import Subject, Truth
from integrator.engine import memory
from integrator.engine.explain import judge
from integrator.engine.ruleset import CLASS, OF_CLIENT
from integrator.errors import ConfigError, IntegratorError
from integrator.metrics import absence
from integrator.positions import suggest
from integrator.store import frames, standing
from integrator.verdicts import frames_of, of_clients
from integrator.wording.explanation import Explanation
from integrator.wording.speech import Speech, speech_about
from integrator.wording.traces import because

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integrator.domain import PlannedTask
    from integrator.engine.explain import Judgement
    from integrator.remembering import Remembered
    from integrator.store.database import Database

Row = dict[str, Any]


def explain(
    db: Database, job: decide.Job, subject: Subject, rule: str | None = None, *, past: bool = False
) -> Explanation:
    """Return all that the job's rules say about the subject (or `rule` alone) as of its instant (`past`: not now).

    IntegratorError where the mirror has no such subject then; ConfigError where there is no such rule about it.
    """
    kind = _kind(subject)
    _check_rule(job, kind, rule)
    snapshot = frames.snapshot(db, job.name)
    facts = metrics.compute(snapshot, decide.context_of(job))
    row = _row(facts, subject)
    if row is None:
        raise IntegratorError(_absent(job, subject))
    client = _client(row) if kind == "deal" else None
    job = replace(job, past=past, subjects=frozenset({subject, *([client] if client else [])}))
    remembered = remembering.recall(db, job, lambda: snapshot)
    of_client = _judged(job, facts, client, remembered) if client else None
    judgement = _judged(job, facts, subject, remembered, rule, of_client)
    speech = _speech(job, kind)
    return Explanation(
        subject=subject,
        name=_name(row),
        at=job.at,
        rules=job.rules,
        judgement=judgement,
        tasks=_tasks(job, subject, judgement, facts, snapshot["users"]),
        findings=standing.findings(db, job.name, subject),
        writes=standing.writes(db, job.name, subject),
        speech=speech,
        why=_why(job, kind, judgement, speech, of_client),
        mode=job.portal.tasks.mode,
        pilots=frozenset(job.portal.tasks.managers),
        wanted=rule,
        past=past,
        sources=remembered.sources,
    )


def _judged(
    job: decide.Job,
    facts: metrics.Facts,
    subject: Subject,
    remembered: Remembered,
    rule: str | None = None,
    of_client: Judgement | None = None,
) -> Judgement:
    """Return what the rules say about the subject; `of_client` is what they say about a deal's client."""
    kind = _kind(subject)
    known = {**(_row(facts, subject) or {}), "now": job.at, "today": job.today}
    if kind == "deal":
        told = of_client.facts if of_client else {}
        known |= {f"{OF_CLIENT}{name}": told.get(name) for name in of_clients(job.rules)}
    own = {name: metric for (of, name), metric in metrics.METRICS.items() if of == kind}
    return judge(job.rules, kind, known, own, rule, remembered.of(subject))


def _client(row: Row) -> Subject | None:
    """Return the client of the deal."""
    kind, number = row["client_kind"], row["client_id"]
    return Subject(f"client:{kind}", number) if kind and number else None


def _kind(subject: Subject) -> str:
    """Return of which kind the rules about the subject are: a lead is judged as a deal."""
    return "client" if subject.is_client else {"lead": "deal"}.get(subject.kind, subject.kind)


def _check_rule(job: decide.Job, kind: str, wanted: str | None) -> None:
    names = [rule.full for rule in job.rules.rules if rule.subject == kind]
    if wanted is not None and wanted not in names:
        about = {rule.full: rule.subject for rule in job.rules.rules}.get(wanted)
        if about is not None:
            raise ConfigError(f'the rule "{wanted}" is about each {about}, this subject is a {kind}')
        raise ConfigError(
            f'there is no rule "{wanted}" about a {kind}{suggest(wanted, names)} (rules: {", ".join(names)})'
        )


def _absent(job: decide.Job, subject: Subject) -> str:
    pipelines = "; or its pipeline is not among pipelines.include" if subject.kind == "deal" else ""
    return (
        f"{job.name} has no {subject} as of {job.at.isoformat(timespec='minutes')}: it is not in the mirror "
        f"(run integrator sync), or was created later{pipelines}"
    )


def _row(facts: metrics.Facts, subject: Subject) -> Row | None:
    """Return the subject's facts."""
    kind = _kind(subject)
    frame = frames_of(facts)[kind]
    whom = memory.subjects(frame, kind)
    found = frame.filter((whom["subject_id"] == subject.id) & (whom["subject_kind"] == subject.kind))
    return next(found.iter_rows(named=True), None)


def _name(known: Mapping[str, Any]) -> str:
    return str(known.get("title") or known.get("name") or "")


def _tasks(
    job: decide.Job, subject: Subject, judgement: Judgement, facts: metrics.Facts, users: Any
) -> tuple[PlannedTask, ...]:
    """Return the tasks that should exist, as an evaluation would make them."""
    row: Row = {**judgement.facts, **judgement.columns(), "subject": subject}
    if _kind(subject) == "deal":
        client = _client(row)
        of_client = (_row(facts, client) if client else None) or {}
        row |= {"deal": row["title"] or "", "client": of_client.get("name") or "", "of_client": of_client}
    else:
        row |= {"client" if subject.is_client else "manager": judgement.facts.get("name") or ""}
    decisions = decide.assembler_of(job, users).decisions(_kind(subject), iter([row]))
    return next(decisions).tasks


def _speech(job: decide.Job, kind: str) -> Speech:
    portal = job.portal
    plain = Speech(portal.language, portal.zone, portal.currency, job.today, {}, {})
    return replace(plain, **speech_about(job.rules, kind, metrics.METRICS, portal.language))


def _why(
    job: decide.Job, kind: str, judgement: Judgement, speech: Speech, of_client: Judgement | None = None
) -> Callable[[str], str]:
    named = frozenset(job.portal.fields)

    def why(metric: str) -> str:
        if metric.startswith(OF_CLIENT):
            if of_client is None:
                return speech.either("у сделки нет клиента", "the deal has no client")
            return _why(job, "client", of_client, speech)(metric.removeprefix(OF_CLIENT))
        if metric.startswith(CLASS):
            return _no_class(metric, judgement, speech, why)
        return absence.why(kind, metric, judgement.facts, named)[speech.language]

    return why


def _no_class(metric: str, judgement: Judgement, speech: Speech, why: Callable[[str], str]) -> str:
    """Return why the subject has no value of this class."""
    found = next((one for one in judgement.classes if f"{CLASS}{one.dimension.name}" == metric), None)
    if found is None or found.only is None or found.only.truth is Truth.TRUE:
        return speech.either("ни одно из правил класса не подошло", "none of the rules of the class fits")
    reason = because(found.only, speech, why)
    return speech.either(f"не определяется, {reason}", f"does not apply, {reason}")
