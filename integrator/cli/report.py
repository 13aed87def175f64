"""`integrator report`: what heads of sales read, as tables and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from integrator import bootstrap, reporting, rulesets
from integrator.cli.common import (
    chosen,
    errors,
    instant,
    load,
    print_json,
    print_rows,
    print_table,
    progress,
    with_config,
    with_format,
)
from integrator.cli.work import active_rules
from integrator.store import portals as portal_states
from integrator.verdicts import Job
from integrator.wording import reports as words

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from integrator.wording.tabulating import Table

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("name", type=click.Choice(reporting.NAMES))
@click.option("--portal", "portal_name", required=True, metavar="P", help="The portal that is reported on.")
@click.option("--from", "since", type=_DAY, metavar="D", help="First day, e.g. 2026-01-01.")
@click.option("--to", "until", type=_DAY, metavar="D", help="Last day; without it, today.")
@click.option("--at", metavar="INSTANT", help="See nothing later than this instant.")
@click.option("--manager", type=int, metavar="ID", help="Only what this user is responsible for.")
@click.option("--list", "listed", is_flag=True, help="Print the deals, clients or tasks behind the figures.")
@click.option("--weekly", is_flag=True, help="The funnel week by week too.")
@with_config
@with_format("json", "jsonl", "table")
def report(
    name: str,
    portal_name: str,
    since: datetime | None,
    until: datetime | None,
    at: str | None,
    manager: int | None,
    listed: bool,
    weekly: bool,
    config_path: Path,
    format_: str | None,
) -> None:
    """Report on a window of days, both included, in the portal's time zone."""
    config, portals = load(config_path, portal_name)
    portal = portals[portal_name]
    engine = bootstrap.rule_engine()
    with bootstrap.database(config) as db, progress(portal_name) as watch:
        portal_states.refuse_unpulled(db, portal_name)
        rules = active_rules(db, rulesets.Files(config, portal_name, config_path.parent), dry_run=True)
        job = Job(portal_name, portal, rules, engine, instant(at, portal.zone))
        window = reporting.window_of(job, name, since.date() if since else None, until.date() if until else None)
        if window.until < window.since:
            raise click.BadParameter(f"{window.until} is before --from {window.since}", param_hint="--to")
        watch(0, None, name)
        found = reporting.report(db, name, reporting.Request(job, window, manager, weekly))
    if name == "funnel" and not portal.stages:
        errors.print(words.NO_STAGES[portal.language], markup=False, soft_wrap=True)
    format_ = chosen(format_, "json")
    if listed:
        print_rows(found.behind, format_)
    elif format_ == "table":
        _print(
            words.tables(name, found, portal.language, portal.currency), words.heading(name, window, portal.language)
        )
    else:
        _as_json(found.body, format_)


def _as_json(body: Any, format_: str) -> None:
    if format_ == "jsonl" and isinstance(body, list):
        print_rows(body, format_)
    else:
        print_json(body)


def _print(tables: list[Table], heading: str) -> None:
    click.echo(heading)
    for table in tables:
        click.echo()
        print_table(table.rows, table.columns, table.title)
        for sentence in table.sentences:
            click.echo(sentence)
