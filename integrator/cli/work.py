"""`integrator sync`, `evaluate` and `deliver`: the steps, one at a time."""

from __future__ import annotations

import os
import socket
import uuid
from typing import TYPE_CHECKING, Any

import click

from integrator import bootstrap, rulesets
from integrator import decide as decide_step
from integrator import deliver as deliver_step
from integrator import sync as sync_step
from integrator.cli.common import (
    chosen,
    each_on_its_own,
    errors,
    finish,
    instant,
    load,
    print_json,
    print_rows,
    progress,
    signed,
    with_config,
    with_format,
    with_portal,
)
from integrator.domain import Subject
from integrator.errors import IntegratorError
from integrator.planning.plan import SENTENCES
from integrator.store import portals as portal_states

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from integrator.decide import Evaluation
    from integrator.deliver import Delivery
    from integrator.domain import Decision
    from integrator.engine.ruleset import RuleSet
    from integrator.store.database import Database
    from integrator.sync import SyncReport


@click.command()
@with_config
@with_portal
@click.option("--full", is_flag=True, help="Pull everything again instead of what changed.")
@with_format("json", "jsonl", "table")
def sync(config_path: Path, portal_name: str | None, full: bool, format_: str | None) -> None:
    """Pull what changed (or everything) into the mirror."""
    config, portals = load(config_path, portal_name)
    clock, failures, rows = bootstrap.SystemClock(), list[IntegratorError](), list[dict[str, Any]]()
    with bootstrap.database(config) as db:
        for name, portal in portals.items():
            with (
                each_on_its_own(failures, name),
                bootstrap.connected(db, name, portal, clock) as connector,
                progress(name) as watch,
            ):
                rows.extend(_sync_rows(name, sync_step.Pull(db, name, connector, clock, watch, full).run()))
    print_rows(rows, chosen(format_, "json"))
    finish(failures)


def _sync_rows(name: str, report: SyncReport) -> list[dict[str, Any]]:
    return [
        {
            "portal": name,
            "kind": str(kind),
            "new": changes.inserted,
            "changed": changes.updated,
            "unchanged": changes.unchanged,
            "deleted": changes.deleted + report.deleted.get(kind, 0),
        }
        for kind, changes in report.changes.items()
    ]


@click.command()
@with_config
@with_portal
@click.option("--at", metavar="INSTANT", help="Decide as of this instant; nothing later is seen.")
@click.option("--dry-run", is_flag=True, help="Store and send nothing.")
@click.option(
    "--subject", "subjects", multiple=True, metavar="S", help="Only this one, e.g. client:company:12 or deal:93."
)
@with_format("jsonl", "json", "table")
def evaluate(
    config_path: Path,
    portal_name: str | None,
    at: str | None,
    dry_run: bool,
    subjects: Sequence[str],
    format_: str | None,
) -> None:
    """Evaluate the rules on the mirror and store the decisions."""
    wanted = frozenset(_subject(text) for text in subjects)
    config, portals = load(config_path, portal_name)
    format_ = chosen(format_, "jsonl")
    engine = bootstrap.rule_engine()
    failures: list[IntegratorError] = []
    printer = _Printer(format_)
    # The texts of tasks that stand already are rendered only for somebody who reads them.
    shown = printer.decision if wanted or format_ != "table" else None
    with bootstrap.database(config) as db:
        for name, portal in portals.items():
            with each_on_its_own(failures, name), progress(name) as watch:
                rules = active_rules(db, rulesets.Files(config, name, config_path.parent), dry_run=dry_run)
                portal_states.refuse_unpulled(db, name)
                job = decide_step.Job(name, portal, rules, engine, instant(at, portal.zone), wanted, at is not None)
                result = decide_step.evaluate(db, job, watch, dry_run=dry_run, watch=shown)
                printer.evaluation(name, result)
    printer.close()
    for subject in sorted(wanted - printer.seen):
        errors.print(f"{subject} is in no portal's mirror: check the id, or run sync", markup=False, soft_wrap=True)
    finish(failures)


def active_rules(db: Database, files: rulesets.Files, *, dry_run: bool = False) -> RuleSet:
    """Return the rules that decide for the portal, changed files applied first; stderr says what became of these."""
    current = rulesets.current(db, files, signed(), dry_run=dry_run)
    for note in current.notes:
        errors.print(note, markup=False, soft_wrap=True)
    return current.rules


def _subject(text: str) -> Subject:
    try:
        return Subject.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--subject") from None


class _Printer:
    """Prints decisions as they come (jsonl), all at once (json), or a summary (table)."""

    def __init__(self, format_: str) -> None:
        self.seen: set[Subject] = set()
        self._format = format_
        self._rows: list[dict[str, Any]] = []

    def decision(self, decision: Decision) -> None:
        self.seen.add(decision.subject)
        if self._format == "jsonl":
            print_json(decision_json(decision))
        elif self._format == "json":
            self._rows.append(decision_json(decision))

    def evaluation(self, name: str, result: Evaluation) -> None:
        if self._format == "table":
            print_rows(evaluation_rows(name, result), "table", ("portal", "what", "count"))
        for note in result.notes:
            errors.print(f"{name}: {note}", markup=False, soft_wrap=True)

    def close(self) -> None:
        if self._format == "json":
            print_json(self._rows)


def evaluation_rows(name: str, result: Evaluation) -> list[dict[str, Any]]:
    """Return what an evaluation counted: subjects, classes, findings and the fate of tasks."""
    counts = [
        *((f"{kind}s", count) for kind, count in sorted(result.subjects.items())),
        *((f"{dimension}: {value}", count) for (dimension, value), count in sorted(result.classes.items())),
        *((f"finding {code}", count) for code, count in sorted(result.findings.items())),
        *((f"task {verdict}: {SENTENCES[verdict]}", count) for verdict, count in sorted(result.verdicts.items())),
    ]
    return [{"portal": name, "what": what, "count": count} for what, count in counts]


def decision_json(decision: Decision) -> dict[str, Any]:
    """Return the decision in the form of the contract's JSON line."""
    return {
        "portal": decision.portal,
        "subject": str(decision.subject),
        "at": decision.at.isoformat(),
        "ruleset": decision.ruleset,
        "classes": dict(decision.classes),
        "findings": [
            {"rule": finding.rule, "finding": finding.finding, "evidence": dict(finding.evidence)}
            for finding in decision.findings
        ],
        "tasks": [
            {
                "rule": task.rule,
                "template": task.template,
                "title": task.title,
                "text": task.text,
                "responsible_id": str(task.responsible_id),
                "due_at": task.due_at.isoformat(),
                "key": task.key,
            }
            for task in decision.tasks
        ],
        "metrics": dict(decision.metrics),
    }


@click.command()
@with_config
@with_portal
@with_format("json", "jsonl", "table")
def deliver(config_path: Path, portal_name: str | None, format_: str | None) -> None:
    """Send what waits in the outbox, close what resolved, then exit."""
    config, portals = load(config_path, portal_name)
    clock, failures, rows = bootstrap.SystemClock(), list[IntegratorError](), list[dict[str, Any]]()
    with bootstrap.database(config) as db:
        for name, portal in portals.items():
            with (
                each_on_its_own(failures, name),
                bootstrap.connected(db, name, portal, clock) as connector,
                progress(name) as watch,
            ):
                courier = deliver_step.Courier(db, name, connector, clock, worker_id(), is_dead)
                rows.append(_delivery_row(name, courier.run(watch)))
    print_rows(rows, chosen(format_, "json"))
    finish(failures)


def worker_id() -> str:
    """Return a name for this process that no other has."""
    return f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"


def is_dead(worker: str) -> bool:
    """Return whether the named worker ran on this machine and runs no more."""
    host, _, rest = worker.partition("/")
    number = rest.partition("/")[0]
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _delivery_row(name: str, report: Delivery) -> dict[str, Any]:
    done, dead = report.done, report.dead
    return {
        "portal": name,
        "created": done["create"],
        "completed": done["complete"],
        "dead": sum(dead.values()),
    }
