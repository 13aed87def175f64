"""`integrator explain`: why, and why not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from integrator import bootstrap, rulesets
from integrator import decide as decide_step
from integrator import explaining as explaining_step
from integrator.cli.common import instant, load, print_json, with_config
from integrator.cli.work import active_rules
from integrator.domain import Subject
from integrator.wording.explanation import text
from integrator.wording.explanation_json import as_json

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@with_config
@click.option("--portal", "portal_name", metavar="P", required=True, help="The portal of the subject.")
@click.option("--subject", "written", metavar="S", required=True, help="Whom, e.g. client:company:12 or deal:93.")
@click.option("--rule", "rule", metavar="ID", help="Only this rule, e.g. win_back/lost.")
@click.option("--at", metavar="INSTANT", help="As of this instant; nothing later is seen.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(("json", "table")),
    help="By default text for people on a terminal, else json.",
)
def explain(
    config_path: Path, portal_name: str, written: str, rule: str | None, at: str | None, format_: str | None
) -> None:
    """Tell why a client or deal is decided about as it is: every rule, every condition, and what would change it."""
    try:
        subject = Subject.parse(written)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--subject") from None
    config, portals = load(config_path, portal_name)
    portal = portals[portal_name]
    with bootstrap.database(config) as db:
        rules = active_rules(db, rulesets.Files(config, portal_name, config_path.parent), dry_run=True)
        job = decide_step.Job(portal_name, portal, rules, bootstrap.rule_engine(), instant(at, portal.zone))
        told = explaining_step.explain(db, job, subject, rule, past=at is not None)
    if (format_ or ("table" if sys.stdout.isatty() else "json")) == "json":
        print_json(as_json(told, portal_name))
    else:
        click.echo(text(told))
