"""The composition root: puts the configuration, the connectors, the store and the engine together."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

import connectors
from connectors.demo import amocrm as demo_amocrm
from connectors.demo import bitrix24 as demo_bitrix24
from connectors.demo import business
from connectors.demo import config as demo_config
from connectors.demo import later as demo_later
from connectors.emulation.server import EmulatorOptions
from integrator import metrics, packs, rulesets
from integrator.engine import durable, examples, loader, mutation, proofs, proofs_cells, schema
from integrator.metrics.catalogue import INVARIANTS
from integrator.ports import PortalSettings
from integrator.store.budgets import Budgets
from integrator.store.database import open_database

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from connectors.emulation.server import RunningServer
    from integrator.config import Config, Portal
    from integrator.engine.ruleset import RuleSet
    from integrator.errors import Problem
    from integrator.ports import BudgetStore, Clock, Connector, RuleEngine
    from integrator.store.database import Database


# Somebody sits before `config check` and waits.
CHECK_PATIENCE = 5.0


class SystemClock:
    """This machine's time."""

    def now(self) -> datetime:
        """Return this instant, aware, UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Return after `seconds` have passed."""
        time.sleep(seconds)


def settings(name: str, portal: Portal, patience: float = 60.0) -> PortalSettings:
    """Return what a connector needs to know of the portal; `patience`: seconds that one answer is waited for."""
    auth = portal.auth
    secrets = {
        "token": auth.long_lived_token.get_secret_value() if auth.long_lived_token else "",
        "member_id": portal.member_id or "",
        "webhook": auth.webhook.get_secret_value() if auth.webhook else "",
    }
    return PortalSettings(
        name=name,
        base_url=portal.base_url,
        secrets={key: value for key, value in secrets.items() if value},
        timezone=portal.timezone,
        pipelines=_pulled(portal),
        fields=portal.field_ids(),
        loss_reason_source=portal.reason_source,
        loss_reason_field=portal.loss_reasons.field,
        task_kind=portal.tasks.as_,
        page_timeout=patience,
        limit=(portal.limits.per_second, portal.limits.burst) if portal.limits else None,
    )


def _pulled(portal: Portal) -> frozenset[int]:
    """Return the pipelines whose deals are pulled: those of sales and of complaints; empty means all."""
    include = portal.pipelines.include
    return frozenset((*include, *portal.pipelines.complaints)) if include else frozenset()


def emulator(crm: str, **options: Any) -> RunningServer[Any]:
    """Start a local CRM; ValueError for faults that there are not, OSError where the port is taken."""
    create = import_module(f"connectors.{crm}.emulator").create
    server: RunningServer[Any] = create(EmulatorOptions(**options))
    return server


def demo_crms(folder: Path, now: datetime) -> dict[str, RunningServer[Any]]:
    """Start both emulators on the same demo business, by the name of the CRM."""
    built = business.build(demo_config.last_day(now))
    demo_amocrm.write(built, folder / "amocrm")
    demo_bitrix24.write(built, folder / "bitrix24")
    return {
        "amocrm": emulator("amocrm", data=folder / "amocrm", token=demo_config.AMO_TOKEN, rate_limit=False),
        "bitrix24": emulator(
            "bitrix24",
            data=folder / "bitrix24",
            token=demo_config.B24_APP_TOKEN,
            secret=demo_config.B24_SECRET,
            user=demo_config.B24_USER,
            rate_limit=False,
        ),
    }


def demo_events(servers: Mapping[str, RunningServer[Any]]) -> None:
    """What the demo tells beyond its first day has come about in both emulators."""
    demo_later.happen(servers["amocrm"], servers["bitrix24"])


def demo_settings(servers: Mapping[str, RunningServer[Any]], database_address: str) -> dict[str, Any]:
    """Return the configuration of the demo's portals, as the file would hold it."""
    found = demo_config.demo_config(servers["amocrm"].url, servers["bitrix24"].url, database_address)
    for portal in found["portals"].values():
        portal["limits"] = {"per_second": 1000, "burst": 1000}
    return found


def connect(name: str, portal: Portal, budgets: BudgetStore, clock: Clock, patience: float = 60.0) -> Connector:
    """Return the portal's connector; nothing is sent yet."""
    return connectors.REGISTRY[portal.crm](settings(name, portal, patience), budgets, clock)


@contextmanager
def database(config: Config) -> Iterator[Database]:
    """Open the configured database, brought to the newest version."""
    with open_database(config.database.get_secret_value()) as db:
        db.migrate()
        yield db


@contextmanager
def connected(db: Database, name: str, portal: Portal, clock: Clock) -> Iterator[Connector]:
    """Connect to a portal with the request budget that all processes share."""
    connector = connect(name, portal, Budgets(db), clock)
    try:
        yield connector
    finally:
        connector.close()


@contextmanager
def connected_alone(name: str, portal: Portal, clock: Clock) -> Iterator[Connector]:
    """Connect to a portal without a database: the request budget is this process's own."""
    connector = connect(name, portal, connectors.MemoryBudgets(), clock, CHECK_PATIENCE)
    try:
        yield connector
    finally:
        connector.close()


def rule_set(config: Config, name: str, base: Path) -> RuleSet:
    """Return the rules as the portal's files are now; ConfigError tells every mistake in them and in its parameters."""
    return rulesets.draft(rulesets.Files(config, name, base)).rules


def rules_at(paths: Sequence[Path]) -> RuleSet:
    """Return the shipped packs and those at `paths`, as they are before a portal sets parameters."""
    return loader.load(packs.find(paths), metrics.METRICS, metrics_version=metrics.VERSION)


def own_packs(paths: Sequence[Path]) -> set[str]:
    """Return the names of the packs at `paths`; without any, of those that ship."""
    return {name for path in paths or [packs.shipped()] for name in packs.within(path)}


def rules_schema() -> dict[str, Any]:
    """Return the JSON Schema of packs."""
    return schema.schema(metrics.METRICS)


def failed_examples(rules: RuleSet) -> Sequence[examples.Failure]:
    """Return the examples of the rules that do not hold; printed, each says where and why."""
    return examples.run(rules)


def proved(rules: RuleSet, names: Collection[str]) -> proofs.Report:
    """Return what can be known of these packs before they meet a client: classes with gaps, rules that never fire."""
    return rulesets.proved(rules, names)


def unpinned(rules: RuleSet, names: Collection[str]) -> Sequence[Problem]:
    """Return the conditions in rules of these packs that no example would miss."""
    return mutation.unpinned(proofs_cells.World(rules, metrics.METRICS, INVARIANTS), names)


def rule_engine() -> RuleEngine:
    """Return durable_rules' engine, or the reference evaluator where that library is absent."""
    return durable.choose()
