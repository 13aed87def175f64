"""`integrator rules preview`: what another rule set would change, before it does."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from integrator import bootstrap, rulesets
from integrator import decide as decide_step
from integrator import preview as preview_step
from integrator.cli.common import (
    chosen,
    instant,
    load,
    print_json,
    print_table,
    progress,
    with_config,
    with_format,
    with_portal,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integrator.preview import ClassChange, FindingChange, Preview, TaskChange

# Of twenty examples, a table has room for these.
SHOWN = 3


@click.command()
@click.option(
    "--with",
    "paths",
    required=True,
    multiple=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="A pack or a folder of packs, beside the files that the configuration names.",
)
@with_config
@with_portal
@click.option("--fail-above", type=click.IntRange(min=0), metavar="N", help="Exit with 1 when more new tasks arise.")
@click.option("--at", metavar="INSTANT", help="Look at the base as of this instant.")
@with_format("json", "table")
def preview(
    paths: tuple[Path, ...],
    config_path: Path,
    portal_name: str | None,
    fail_above: int | None,
    at: str | None,
    format_: str | None,
) -> None:
    """Show what `rules apply PATH` would change on the mirrored base; nothing is stored or sent."""
    config, portals = load(config_path, portal_name)
    beside = tuple(path.absolute() for path in paths)
    drafts = {name: rulesets.draft(rulesets.Files(config, name, config_path.parent, beside)) for name in portals}
    for fresh in drafts.values():
        fresh.check()
    engine = bootstrap.rule_engine()
    found = []
    with bootstrap.database(config) as db:
        for name, portal in portals.items():
            rules = rulesets.in_force(db, rulesets.Files(config, name, config_path.parent))
            with progress(name) as watch:
                watch(0, None, "comparing")
                job = decide_step.Job(name, portal, rules, engine, instant(at, portal.zone), past=at is not None)
                found.append(preview_step.preview(db, job, drafts[name].rules))
    _print_all(found, chosen(format_, "json"))
    new = sum(one.new_tasks for one in found)
    if fail_above is not None and new > fail_above:
        click.echo(f"{new} new tasks, more than --fail-above {fail_above}", err=True)
        raise SystemExit(1)


def _print_all(found: Sequence[Preview], format_: str) -> None:
    if format_ == "json":
        print_json([preview_json(one) for one in found])
        return
    for one in found:
        _print(one)


def preview_json(found: Preview) -> dict[str, Any]:
    """Return the preview as programs read it."""
    return {
        "portal": found.portal,
        "at": found.at.isoformat(),
        "before": found.before,
        "after": found.after,
        "classes": [_class(one) for one in found.classes],
        "findings": [_plain(one) for one in found.findings],
        "tasks": {
            "new": found.new_tasks,
            "completed": sum(one.completed for one in found.tasks),
            "rules": [_plain(one) for one in found.tasks],
            "managers": _managers(found),
        },
    }


def _class(change: ClassChange) -> dict[str, Any]:
    told = _plain(change)
    return {
        "dimension": told["dimension"],
        "from": told["before"],
        "to": told["after"],
        "count": told["count"],
        "examples": told["examples"],
    }


def _plain(change: ClassChange | FindingChange | TaskChange) -> dict[str, Any]:
    """Return the change's fields, subjects as texts."""
    values = {field.name: getattr(change, field.name) for field in fields(change)}
    return {name: [str(one) for one in value] if isinstance(value, tuple) else value for name, value in values.items()}


def _managers(found: Preview) -> list[dict[str, Any]]:
    return [
        {"manager_id": str(manager), "name": found.managers.get(manager, ""), "day": day.isoformat(), "new": count}
        for (manager, day), count in sorted(found.per_day.items())
    ]


def _print(found: Preview) -> None:
    if found.before == found.after:
        click.echo(f"{found.portal}: the rules mean the same as those in force ({rulesets.short(found.before)})")
        return
    title = f"{found.portal}: {rulesets.short(found.before)} → {rulesets.short(found.after)}"
    told = preview_json(found)
    tables = (
        ("Clients and deals that change class", "dimension from to count examples", told["classes"]),
        ("Findings", "rule finding appear clear", told["findings"]),
        ("Tasks by rule", "rule new no_longer completed dropped nobody", told["tasks"]["rules"]),
        ("New tasks by manager and the day they are due", "manager_id name day new", told["tasks"]["managers"]),
    )
    click.echo(title)
    for heading, columns, rows in tables:
        click.echo(f"\n{heading}: {'' if rows else 'none'}")
        if rows:
            print_table([_shortened(row) for row in rows], columns.split())
    click.echo(f"\n{told['tasks']['new']} new tasks, {told['tasks']['completed']} completed in the CRM\n")


def _shortened(row: dict[str, Any]) -> dict[str, Any]:
    examples = row.get("examples", [])
    return row | {"examples": [*examples[:SHOWN], *(["…"] if row.get("count", 0) > SHOWN else [])]}
