"""The composition root: puts the configuration, the connectors, the store and the engine together."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import connectors
from integrator import metrics, packs
from integrator.engine import durable, loader, reference
from integrator.ports import PortalSettings
from integrator.store.budgets import Budgets
from integrator.store.database import open_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from integrator.config import Config, Portal
    from integrator.engine.ruleset import RuleSet
    from integrator.ports import BudgetStore, Clock, Connector, RuleEngine
    from integrator.store.database import Database


class SystemClock:
    """This machine's time."""

    def now(self) -> datetime:
        """Return this instant, aware, UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Return after `seconds` have passed."""
        time.sleep(seconds)


def settings(name: str, portal: Portal) -> PortalSettings:
    """Return what a connector needs to know of the portal."""
    auth = portal.auth
    secrets = {
        "token": auth.long_lived_token.get_secret_value() if auth.long_lived_token else "",
        "webhook": auth.webhook.get_secret_value() if auth.webhook else "",
    }
    return PortalSettings(
        name=name,
        base_url=portal.base_url,
        secrets={key: value for key, value in secrets.items() if value},
        timezone=portal.timezone,
        pipelines=frozenset(portal.pipelines.include),
        fields=portal.field_ids(),
        loss_reason_source=portal.reason_source,
        loss_reason_field=portal.loss_reasons.field,
        task_kind=portal.tasks.as_,
    )


def connect(name: str, portal: Portal, budgets: BudgetStore, clock: Clock) -> Connector:
    """Return the portal's connector; nothing is sent yet."""
    return connectors.REGISTRY[portal.crm](settings(name, portal), budgets, clock)


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


def rule_set(portal: Portal, base: Path) -> RuleSet:
    """Return the portal's rules; RuleErrors with every mistake of every pack."""
    paths = packs.find(portal.rules.packs, [base / path for path in portal.rules.paths])
    return loader.load(paths, metrics.METRICS, params=portal.rules.params, only=portal.rules.only)


def rule_engine() -> RuleEngine:
    """Return durable_rules' engine, or the reference evaluator where that library is absent."""
    return durable.DurableEngine() if durable.available() else reference.ReferenceEngine()
