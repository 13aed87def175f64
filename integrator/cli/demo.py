"""`integrator demo`: the whole product on two emulated CRMs with a real business in them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml

from integrator import bootstrap, rulesets
from integrator import config as configuration
from integrator import decide as decide_step
from integrator import deliver as deliver_step
from integrator import sync as sync_step
from integrator.cli.common import errors, print_table, progress, with_config
from integrator.cli.emulate import wait_for_the_end
from integrator.cli.work import active_rules, evaluation_rows, worker_id
from integrator.domain import EntityKind, Subject
from integrator.errors import IntegratorError
from integrator.planning import episodes
from integrator.store import outbox, removal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.config import Config, Portal
    from integrator.decide import Evaluation
    from integrator.ports import Connector, RuleEngine
    from integrator.store.database import Database

FOLDER = Path(".demo")
COLUMNS = (
    "portal",
    "deals",
    "clients",
    "classes",
    "findings",
    "tasks created",
    "found in the CRM",
    "second run created",
)


@click.command()
@with_config
@click.option("--once", is_flag=True, help="Exit afterwards instead of keeping the CRMs open.")
def demo(config_path: Path, once: bool) -> None:
    """Start both emulators with demo data, sync, evaluate and create the tasks in them.

    A configuration, when there is one, is read for its `database` only; else the demo keeps to its own file.
    """
    address = _database(config_path)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    clock = bootstrap.SystemClock()
    servers = bootstrap.demo_crms(FOLDER / "data", clock.now())
    try:
        config = _write_config(bootstrap.demo_settings(servers, address))
        _first_look(config, clock)
        bootstrap.demo_events(servers)
        rows, counted = _run(config, bootstrap.rule_engine(), clock)
        print_table(rows, COLUMNS)
        click.echo()
        print_table(counted, ("portal", "what", "count"))
        click.echo()
        for name, server in servers.items():
            click.echo(f"{name}: {server.url}/ shows what its managers see")
        if not once:
            errors.print(f"The CRMs stay open; try: integrator evaluate --config {FOLDER / 'config.yaml'}; Ctrl+C ends")
            wait_for_the_end()
    finally:
        for server in servers.values():
            server.close()


def _database(config_path: Path) -> str:
    own = f"sqlite:///{(FOLDER / 'demo.db').absolute()}"
    if not config_path.exists():
        return own
    return configuration.database_of(config_path) or own


def _write_config(settings: Mapping[str, Any]) -> Config:
    path = FOLDER / "config.yaml"
    path.write_text(yaml.safe_dump(dict(settings), allow_unicode=True, sort_keys=False), encoding="utf-8")
    return configuration.load(path)


@dataclass(frozen=True, slots=True)
class _Pass:
    """One portal of the demo, ready to be worked on."""

    db: Database
    config: Config
    name: str
    portal: Portal
    connector: Connector
    engine: RuleEngine
    clock: bootstrap.SystemClock

    def run(self) -> tuple[Evaluation, int]:
        """Sync, evaluate and deliver; return the evaluation and how many tasks were created."""
        with progress(self.name) as watch:
            sync_step.Pull(self.db, self.name, self.connector, self.clock, watch).run()
            rules = active_rules(self.db, rulesets.Files(self.config, self.name, FOLDER))
            job = decide_step.Job(self.name, self.portal, rules, self.engine, self.clock.now())
            result = decide_step.evaluate(self.db, job, watch)
            courier = deliver_step.Courier(self.db, self.name, self.connector, self.clock, worker_id())
            return result, courier.run(watch).done["create"]


def _first_look(config: Config, clock: bootstrap.SystemClock) -> None:
    """Both CRMs have been read once: what changes in them from now on is seen as a change."""
    with bootstrap.database(config) as db:
        for name, portal in config.portals.items():
            removal.forget(db, name)
            with bootstrap.connected(db, name, portal, clock) as connector, progress(name) as watch:
                sync_step.Pull(db, name, connector, clock, watch).run()


def _run(
    config: Config, engine: RuleEngine, clock: bootstrap.SystemClock
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rows, counted = [], []
    with bootstrap.database(config) as db:
        for name, portal in config.portals.items():
            with bootstrap.connected(db, name, portal, clock) as connector:
                work = _Pass(db, config, name, portal, connector, engine, clock)
                result, created = work.run()
                found = _found(db, name, portal, connector)
                _, again = work.run()
            rows.append(_row(name, result, created, found, again))
            counted.extend(evaluation_rows(name, result))
    if any(row["found in the CRM"] != row["tasks created"] or row["second run created"] for row in rows):
        raise IntegratorError("the demo's tasks are not in the CRMs exactly once; please report this")
    return rows, counted


def _found(db: Database, name: str, portal: Portal, connector: Connector) -> int:
    """Return how many of the portal's tasks the CRM's own API shows, each exactly once."""
    found = 0
    for row in outbox.list_rows(db, name):
        subject = Subject.parse(row["subject"])
        if row["action"] == "create":
            marker, kind = episodes.marker(row["key"]), deliver_step.KINDS[subject.kind]
            # What is about a manager, he or his head has.
            holders = {subject.id, portal.people.head or 0} if kind is EntityKind.MANAGER else {subject.id}
            found += sum(len(connector.find_tasks(kind, holder, marker)) for holder in holders) == 1
    return found


def _row(name: str, result: Evaluation, created: int, found: int, again: int) -> dict[str, Any]:
    return {
        "portal": name,
        "deals": result.subjects["deal"],
        "clients": result.subjects["client"],
        "classes": sum(result.classes.values()),
        "findings": sum(result.findings.values()),
        "tasks created": created,
        "found in the CRM": found,
        "second run created": again,
    }
