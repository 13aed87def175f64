"""`integrator rules apply`, `history`, `diff` and `restore`: the active rule set of a portal and its past."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from integrator import bootstrap, rulesets
from integrator.cli.common import chosen, errors, load, print_rows, signed, with_config, with_format, with_portal
from integrator.errors import ConfigError
from integrator.store import rulesets as store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from integrator.rulesets import Files
    from integrator.store.database import Database
    from integrator.store.rulesets import Applied, Entry, Version

FILES = "files"
NONE = "/dev/null"
COLUMNS = ("portal", "hash", "state", "applied_at", "applied_by", "comment", "packs", "params")

with_comment = click.option("--comment", default="", metavar="TEXT", help="Why; it stands in the history.")


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@with_config
@with_portal
@with_comment
@with_format("json", "table")
def apply(paths: Sequence[Path], config_path: Path, portal_name: str | None, comment: str, format_: str | None) -> None:
    """Make the files that the configuration names, and those at PATH beside them, the active rule set.

    Where a file has a mistake, every mistake is told and nothing changes in any portal.
    """
    config, portals = load(config_path, portal_name)
    beside = tuple(path.absolute() for path in paths)
    drafts = {name: rulesets.draft(rulesets.Files(config, name, config_path.parent, beside)) for name in portals}
    for fresh in drafts.values():
        fresh.check()
    with bootstrap.database(config) as db:
        rows = [_row(name, rulesets.apply(db, name, drafts[name], signed(comment))) for name in portals]
    print_rows(rows, chosen(format_, "json"))


@click.command()
@with_config
@with_portal
@with_format("json", "table")
def history(config_path: Path, portal_name: str | None, format_: str | None) -> None:
    """Show every rule set that was active, the newest first."""
    config, portals = load(config_path, portal_name)
    with bootstrap.database(config) as db:
        rows = [_listed(name, entry) for name in portals for entry in store.history(db, name)]
    format_ = chosen(format_, "json")
    if format_ == "table":
        # As much of a hash as `diff` and `restore` need to be given.
        rows = [row | {"hash": rulesets.short(row["hash"])} for row in rows]
    print_rows(rows, format_, COLUMNS)


@click.command()
@click.argument("left", metavar="A")
@click.argument("right", metavar="B")
@with_config
@with_portal
def diff(left: str, right: str, config_path: Path, portal_name: str | None) -> None:
    """Show what differs between two rule sets: hashes as `history` shows them, or `files` for the files as they are."""
    config, portals = load(config_path, portal_name)
    told: dict[str, str] = {}
    with bootstrap.database(config) as db:
        for name in portals:
            files = rulesets.Files(config, name, config_path.parent)
            found = [_version(db, files, wanted) for wanted in (left, right)]
            if found[0] and found[1]:
                told[name] = "".join(_differences((left, found[0]), (right, found[1])))
    if not told:
        raise _unknown(*(one for one in (left, right) if one != FILES))
    # Portals that share their rules differ in the same lines, which are shown once.
    for text in dict.fromkeys(told.values()):
        click.echo(text, nl=False)


@click.command()
@click.argument("hash_", metavar="HASH")
@with_config
@with_portal
@with_comment
@with_format("json", "table")
def restore(hash_: str, config_path: Path, portal_name: str | None, comment: str, format_: str | None) -> None:
    """Make a rule set of the past the active one again; files then wait for `rules apply`."""
    config, portals = load(config_path, portal_name)
    with bootstrap.database(config) as db:
        found = {name: entry for name in portals if (entry := rulesets.find(db, name, hash_))}
        if not found:
            raise _unknown(hash_)
        rows = [_row(name, rulesets.restore(db, name, entry, signed(comment))) for name, entry in found.items()]
    print_rows(rows, chosen(format_, "json"))
    errors.print("The files wait: changes in them count again after `integrator rules apply`.", markup=False)


def _unknown(*hashes: str) -> ConfigError:
    named = " and ".join(f'"{one}"' for one in hashes)
    return ConfigError(f"no portal has {named} in its history; `integrator rules history` lists what there is")


def _row(name: str, applied: Applied) -> dict[str, Any]:
    return {
        "portal": name,
        "hash": applied.entry.hash,
        "state": "applied" if applied.changed else "was active already",
        "packs": [pack for pack, *_ in applied.entry.packs],
    }


def _listed(name: str, entry: Entry) -> dict[str, Any]:
    state = ("active, files wait" if entry.held else "active") if entry.active else ""
    return {
        "portal": name,
        "hash": entry.hash,
        "state": state,
        "applied_at": entry.note.at.isoformat(timespec="seconds"),
        "applied_by": entry.note.by,
        "comment": entry.note.comment,
        "packs": [pack for pack, *_ in entry.packs],
        "params": [f"{key}={value}" for key, value in entry.overrides.items()],
    }


def _version(db: Database, files: Files, wanted: str) -> Version | None:
    if wanted == FILES:
        active = store.active(db, files.portal)
        return rulesets.draft(rulesets.beside_of(files, active)).version
    entry = rulesets.find(db, files.portal, wanted)
    return rulesets.stored_version(db, files.portal, entry) if entry else None


def _differences(left: tuple[str, Version], right: tuple[str, Version]) -> Iterator[str]:
    """Yield a unified diff of the packs' texts and of the parameters."""
    sides = [{**{pack.name: pack.text for pack in side.packs}, "": _params(side)} for _, side in (left, right)]
    labels = [rulesets.short(side.hash) if label != FILES else FILES for label, side in (left, right)]
    for name in sorted(sides[0].keys() | sides[1].keys()):
        file = f"{name}/pack.yaml" if name else "params"
        old, new = [f"{label}/{file}" if name in side else NONE for label, side in zip(labels, sides, strict=True)]
        before, after = [side.get(name, "").splitlines(keepends=True) for side in sides]
        for line in difflib.unified_diff(before, after, old, new):
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _params(version: Version) -> str:
    """Return the effective parameters and what the portal is restricted to, a line each."""
    lines = [f"{name}: {value}" for name, value in sorted(version.params.items())]
    return "".join(f"{line}\n" for line in (*lines, *(f"only: {rule}" for rule in sorted(version.only))))
