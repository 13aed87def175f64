"""`integrator rules`: look at packs before they decide anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from integrator import bootstrap
from integrator.errors import RuleErrors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integrator.engine.proofs import Report
    from integrator.engine.ruleset import RuleSet

WARNED = 2
UNPINNED = 1

paths_argument = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))


@click.group()
def rules() -> None:
    """Check and test rule packs."""


@rules.command()
@paths_argument
@click.option("--strict", is_flag=True, help="Warnings fail too.")
def check(paths: Sequence[Path], strict: bool) -> None:
    """Tell every mistake of every pack as file:line:column: message; without PATH, of the packs that ship.

    What cannot work at all is a mistake; a rule that can never be true, or a parameter that nothing uses, a warning.
    """
    ruleset = bootstrap.rules_at(paths)
    report = bootstrap.proved(ruleset, bootstrap.own_packs(paths))
    for warning in report.warnings:
        click.echo(str(warning), err=True)
    if report.errors:
        raise RuleErrors([remark.problem for remark in report.errors])
    for name, sentences in report.proved.items():
        click.echo(_summary(name, ruleset, report))
        for sentence in sentences:
            click.echo(f"  {sentence}")
    if strict and report.warnings:
        raise SystemExit(WARNED)


def _summary(name: str, ruleset: RuleSet, report: Report) -> str:
    files = {rule.source.file for rule in ruleset.rules if rule.pack == name}
    rules_ = sum(rule.pack == name for rule in ruleset.rules)
    warnings = sum(warning.problem.file in files for warning in report.warnings)
    said = f"{name}: {rules_} rule{'s' * (rules_ != 1)}, no mistakes"
    return f"{said}, {warnings} warning{'s' * (warnings > 1)}" if warnings else said


@rules.command()
@paths_argument
@click.option("--strict", is_flag=True, help="A condition that no example pins fails too.")
def test(paths: Sequence[Path], strict: bool) -> None:
    """Run the examples inside the packs; without PATH, those of the packs that ship.

    Of every condition whose loss no example would show it says so, with an example that would.
    """
    ruleset = bootstrap.rules_at(paths)
    own = bootstrap.own_packs(paths)
    failures = [failure for failure in bootstrap.failed_examples(ruleset) if failure.rule.pack in own]
    for failure in failures:
        click.echo(str(failure), err=True)
    loose = bootstrap.unpinned(ruleset, own)
    for problem in loose:
        click.echo(f"{problem.file}:{problem.line}:{problem.column}: note: {problem.message}", err=True)
    total = sum(len(rule.examples) for rule in ruleset.rules if rule.pack in own)
    click.echo(f"{total - len(failures)} of {total} examples hold{_loosely(len(loose))}")
    if failures or (strict and loose):
        raise SystemExit(UNPINNED)


def _loosely(count: int) -> str:
    return f"; {count} condition{'s' * (count > 1)} that no example pins" if count else ""
