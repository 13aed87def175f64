"""`integrator rules document`: the rules as a document for people."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from integrator import bootstrap, rulesets
from integrator import document as document_step
from integrator.cli.common import load, with_config
from integrator.cli.work import active_rules
from integrator.store import standing
from integrator.wording import blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integrator.wording.blocks import Block


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@with_config
@click.option("--portal", "portal_name", metavar="P", help="The active rules of this portal, with today's counts.")
@click.option("--format", "format_", type=click.Choice(("markdown", "html")), default="markdown", show_default=True)
@click.option("--language", type=click.Choice(("ru", "en")), help="By default the portal's, else ru.")
def document(
    paths: Sequence[Path], config_path: Path, portal_name: str | None, format_: str, language: str | None
) -> None:
    """Print the rules as a document for people: every class, its criteria, what is done, and how many there are.

    Without --portal, of the packs that ship and those at PATH.
    """
    if portal_name is not None and paths:
        raise click.UsageError("give either --portal, for its active rules, or PATH")
    made, spoken = _of_portal(config_path, portal_name, language) if portal_name else _of_files(paths, language)
    printed = blocks.html(made, spoken) if format_ == "html" else blocks.markdown(made)
    click.echo(printed, nl=False)


def _of_files(paths: Sequence[Path], language: str | None) -> tuple[list[Block], str]:
    spoken = language or "ru"
    setting = document_step.Setting(spoken, datetime.now(UTC))
    return document_step.document(bootstrap.rules_at(paths), setting), spoken


def _of_portal(config_path: Path, name: str, language: str | None) -> tuple[list[Block], str]:
    config, portals = load(config_path, name)
    portal = portals[name]
    spoken = language or portal.language
    with bootstrap.database(config) as db:
        rules = active_rules(db, rulesets.Files(config, name, config_path.parent), dry_run=True)
        counts = standing.counts(db, name)
    setting = document_step.Setting(spoken, datetime.now(UTC), name, portal.zone, portal.currency, counts)
    return document_step.document(rules, setting), spoken
