"""`integrator outbox`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from integrator import bootstrap
from integrator.cli.common import chosen, load, print_rows, with_config, with_format, with_portal
from integrator.store import outbox as store

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = (
    "id",
    "portal",
    "subject",
    "rule",
    "action",
    "state",
    "reason",
    "attempts",
    "remote_id",
    "not_before",
    "error",
)


@click.group()
def outbox() -> None:
    """Look into the outbox: the writes to the CRM, done and to be done."""


@outbox.command("list")
@with_config
@with_portal
@with_format("json", "jsonl", "table")
def list_(config_path: Path, portal_name: str | None, format_: str | None) -> None:
    """Print every row of the outbox."""
    config, portals = load(config_path, portal_name)
    with bootstrap.database(config) as db:
        rows = [row for name in portals for row in store.list_rows(db, name)]
    print_rows(rows, chosen(format_, "json"), COLUMNS)
