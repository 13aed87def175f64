"""Which rules decide for a portal: the active rule set of the database, and the files where the next one is written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from integrator import metrics, packs
from integrator.domain.packs import PackText
from integrator.engine import loader, proofs, proofs_cells
from integrator.engine.sources import text_of
from integrator.errors import ConfigError, Problem, RuleErrors
from integrator.metrics.catalogue import INVARIANTS
from integrator.store import rulesets as store
from integrator.store.rulesets import Applied, Note, Version

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from integrator.config import Config
    from integrator.engine.ruleset import RuleSet
    from integrator.store.database import Database
    from integrator.store.rulesets import Entry

FIRST = "first"
SHORT = len("sha256:") + 12


@dataclass(frozen=True, slots=True)
class Files:
    """The rule files of a portal: those its configuration names from the folder `base`, and paths `beside` them.

    A pack beside takes the place of one of its name, and is chosen whatever `rules.packs` says.
    """

    config: Config
    portal: str
    base: Path
    beside: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule set that loads, with the texts it was read from; `own` packs are others than ship, or set otherwise."""

    rules: RuleSet
    version: Version
    own: frozenset[str]

    def check(self) -> None:
        """Return when the rules may decide; RuleErrors where a class of theirs has gaps."""
        report = proved(self.rules, self.own)
        if report.errors:
            raise RuleErrors([remark.problem for remark in report.errors])


@dataclass(slots=True)
class Current:
    """The rules that decide; `notes` are sentences for the admin about files that were applied or could not be."""

    rules: RuleSet
    notes: list[str] = field(default_factory=list)


def draft(files: Files) -> Draft:
    """Return what the files say now; ConfigError with every mistake of every file."""
    wanted = files.config.portals[files.portal].rules
    beside = _beside(files.beside)
    found = {**packs.catalogue([files.base / path for path in wanted.paths]), **beside}
    if wrong := packs.unknown(found, wanted.packs):
        raise ConfigError("\n".join(wrong.values()))
    chosen = sorted({*(wanted.packs or found), *beside})
    guests = packs.guests(found, chosen)
    sources = [text_of(name, found[name]) for name in sorted({*chosen, *guests})]
    rules = loader.load(
        sources,
        metrics.METRICS,
        params=wanted.params,
        only=wanted.only,
        metrics_version=metrics.VERSION,
        switched_off=set(found) - set(chosen) - guests,
        guests=guests,
        blame=lambda path, message: files.config.problem(("portals", files.portal, "rules", *path), message),
        currency=files.config.portals[files.portal].currency,
    )
    version = Version(
        hash=rules.hash,
        packs=tuple(source for source in sources if isinstance(source, PackText)),
        overrides={
            name: value for name, value in wanted.params.items() if name.partition(".")[0] in {*chosen, *guests}
        },
        params=rules.params,
        only=tuple(wanted.only) or _of_packs(rules, chosen, guests),
        beside=tuple(str(path.absolute()) for path in files.beside),
    )
    shipped = packs.catalogue()
    overridden = {name.partition(".")[0] for name in version.overrides}
    own = frozenset(name for name in chosen if found[name] != shipped.get(name) or name in overridden)
    return Draft(rules, version, own)


def _of_packs(rules: RuleSet, chosen: Collection[str], guests: Collection[str]) -> tuple[str, ...]:
    """Return the rules of the chosen packs where others are there for their classes only; else none: all decide."""
    return tuple(rule.full for rule in rules.rules if rule.pack in chosen) if guests else ()


def proved(rules: RuleSet, names: Collection[str]) -> proofs.Report:
    """Return what can be known of these packs before they meet a client: classes with gaps, rules that never fire."""
    world = proofs_cells.World(rules, metrics.METRICS, INVARIANTS)
    return proofs.prove(world, names, read_elsewhere=metrics.DEFAULT_PARAMS)


def _beside(paths: Sequence[Path]) -> dict[str, Path]:
    packs.catalogue(paths)
    found: dict[str, Path] = {}
    for path in paths:
        there = packs.within(path)
        if not there:
            raise ConfigError([Problem(str(path), 1, 1, f"there is no {packs.PACK_FILE} here or one folder below")])
        found |= there
    return found


def beside_of(files: Files, entry: Entry | None) -> Files:
    """Return the files together with the paths beside which the entry was applied."""
    return replace(files, beside=tuple(files.base / path for path in entry.beside)) if entry else files


def current(db: Database, files: Files, note: Note, *, dry_run: bool = False) -> Current:
    """Return the rules that decide for the portal now.

    Where none are active yet, and where files changed and are watched, the files are applied first, signed as `note`
    says (a dry run only looks at them). Broken files leave the active rule set in force.
    """
    entry = store.active(db, files.portal)
    if entry is None:
        fresh = draft(files)
        fresh.check()
        if dry_run:
            return Current(fresh.rules)
        entry = store.activate(db, files.portal, fresh.version, replace(note, comment=FIRST), after=0).entry
        return Current(fresh.rules) if entry.same(fresh.version) else _stored(db, files.portal, entry, note)
    if not files.config.portals[files.portal].rules.watch:
        return _stored(db, files.portal, entry, note, dry_run=dry_run)
    if entry.held:
        found = _stored(db, files.portal, entry, note, dry_run=dry_run)
        waiting = f"{short(entry.hash)} was restored: the files wait for `integrator rules apply`"
        found.notes.append(f"{files.portal}: {waiting}")
        return found
    return _watched(db, files, entry, note, dry_run=dry_run)


def _watched(db: Database, files: Files, entry: Entry, note: Note, *, dry_run: bool) -> Current:
    try:
        fresh = draft(beside_of(files, entry))
        if entry.same(fresh.version):
            return Current(fresh.rules)
        fresh.check()
    except ConfigError as error:
        found = _stored(db, files.portal, entry, note, dry_run=dry_run)
        kept = f"the rule files are broken: {short(entry.hash)}, applied before, stays in force"
        found.notes += [str(error), f"{files.portal}: {kept}"]
        return found
    changes = difference(entry, fresh.version)
    if dry_run:
        return Current(fresh.rules, [f"{files.portal}: {changes}; a dry run tries the files without applying them"])
    told = replace(note, comment=changes)
    after = store.activate(db, files.portal, fresh.version, told, after=entry.number).entry
    if after.same(fresh.version):
        return Current(fresh.rules, [f"{files.portal}: {changes}; applied as {short(after.hash)}"])
    return _stored(db, files.portal, after, note)


def _stored(db: Database, portal: str, entry: Entry, note: Note, *, dry_run: bool = False) -> Current:
    """Return the entry's rules; the hash of a program that reads them otherwise than before goes on record."""
    rules, version = _loaded(db, portal, entry)
    if rules.hash != entry.hash and not dry_run:
        told = replace(note, comment=f"{short(entry.hash)} as this version of the program reads it")
        store.activate(db, portal, version, told, after=entry.number)
    return Current(rules)


def _loaded(db: Database, portal: str, entry: Entry) -> tuple[RuleSet, Version]:
    texts = store.texts(db, portal, entry)
    try:
        rules = loader.load(
            texts, metrics.METRICS, params=entry.overrides, only=entry.only, metrics_version=metrics.VERSION
        )
    except ConfigError as error:
        raise ConfigError(
            f"{error}\nthis version of the program cannot read the stored rule set {short(entry.hash)} of {portal};"
            " correct the files and run `integrator rules apply`"
        ) from None
    return rules, Version(rules.hash, texts, entry.overrides, rules.params, entry.only, entry.beside, entry.held)


def in_force(db: Database, files: Files) -> RuleSet:
    """Return the active rules; where none are active yet, what the files say. Nothing is stored."""
    entry = store.active(db, files.portal)
    return _loaded(db, files.portal, entry)[0] if entry else draft(files).rules


def apply(db: Database, portal: str, fresh: Draft, note: Note) -> Applied:
    """The draft is the portal's active rule set, and files are watched again."""
    return store.activate(db, portal, fresh.version, note)


def restore(db: Database, portal: str, entry: Entry, note: Note) -> Applied:
    """What the entry holds is the active rule set again, and files wait until they are applied explicitly."""
    _, version = _loaded(db, portal, entry)
    comment = note.comment or f"restored {short(entry.hash)}"
    return store.activate(db, portal, replace(version, held=True), replace(note, comment=comment))


def find(db: Database, portal: str, beginning: str) -> Entry | None:
    """Return the newest entry whose hash begins so; ConfigError where several hashes do."""
    found = store.find(db, portal, beginning)
    hashes = sorted({entry.hash for entry in found})
    if len(hashes) > 1:
        raise ConfigError(f'"{beginning}" begins {len(hashes)} hashes ({", ".join(hashes)}); write more of it')
    return found[0] if found else None


def stored_version(db: Database, portal: str, entry: Entry) -> Version:
    """Return what the entry holds, as it was written."""
    texts = store.texts(db, portal, entry)
    return Version(entry.hash, texts, entry.overrides, entry.params, entry.only, entry.beside, entry.held)


def difference(entry: Entry, version: Version) -> str:
    """Return what the version changes, in words."""
    before = {name: digest for name, _, digest in entry.packs}
    after = {pack.name: store.digest_of(pack.text) for pack in version.packs}
    changed = sorted(name for name in before.keys() & after.keys() if before[name] != after[name])
    parts = [
        *(f"{name} changed" for name in changed),
        *(f"{name} added" for name in sorted(after.keys() - before.keys())),
        *(f"{name} removed" for name in sorted(before.keys() - after.keys())),
    ]
    if dict(entry.overrides) != dict(version.overrides):
        parts.append("parameters changed")
    if entry.only != version.only:
        parts.append("`only` changed")
    return f"rule files: {', '.join(parts)}" if parts else "the program reads the same rule files otherwise than before"


def short(hash_: str) -> str:
    """Return as much of a hash as people tell rule sets apart by."""
    return hash_[:SHORT]
