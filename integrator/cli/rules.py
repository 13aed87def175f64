"""`integrator rules`: look at packs before they decide anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from integrator import bootstrap

if TYPE_CHECKING:
    from collections.abc import Sequence

paths_argument = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))


@click.group()
def rules() -> None:
    """Check and test rule packs."""


@rules.command()
@paths_argument
def check(paths: Sequence[Path]) -> None:
    """Tell every mistake of every pack as file:line:column: message; without PATH, of the packs that ship."""
    ruleset = bootstrap.rules_at(paths)
    for name in sorted(bootstrap.own_packs(paths)):
        count = sum(rule.pack == name for rule in ruleset.rules)
        click.echo(f"{name}: {count} rules, no mistakes")


@rules.command()
@paths_argument
def test(paths: Sequence[Path]) -> None:
    """Run the examples inside the packs; without PATH, those of the packs that ship."""
    ruleset = bootstrap.rules_at(paths)
    own = bootstrap.own_packs(paths)
    failures = [failure for failure in bootstrap.failed_examples(ruleset) if failure.rule.pack in own]
    for failure in failures:
        click.echo(str(failure), err=True)
    total = sum(len(rule.examples) for rule in ruleset.rules if rule.pack in own)
    click.echo(f"{total - len(failures)} of {total} examples hold")
    if failures:
        raise SystemExit(1)
