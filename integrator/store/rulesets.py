"""The active rule set of each portal and every one before it; what was active once is never changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, insert, select, update

from integrator.domain.packs import PackText
from integrator.store.batches import Upsert, among
from integrator.store.convert import clean, from_json, from_micros, to_json, to_micros
from integrator.store.schema import RULE_SETS, RULE_TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, RowMapping

    from integrator.store.database import Database

# Any number of our own: with the portal's name, the lock under which PostgreSQL lets one process activate at a time.
ADVISORY_LOCK = 7_203_114_597
_TEXTS = Upsert(RULE_TEXTS, ("portal", "digest", "text"), ("portal", "digest"))


@dataclass(frozen=True, slots=True)
class Version:
    """A rule set as it is stored.

    `overrides` are the parameters as the portal sets them, `params` the effective ones; `beside` are the paths that
    were given to the command; while it is `held`, files wait for an explicit command.
    """

    hash: str
    packs: tuple[PackText, ...]
    overrides: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    held: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Who made a rule set the active one, when and why."""

    comment: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a portal's history; `packs` are name, file and digest of each text."""

    number: int
    hash: str
    packs: tuple[tuple[str, str, str], ...]
    overrides: Mapping[str, Any]
    params: Mapping[str, Any]
    only: tuple[str, ...]
    beside: tuple[str, ...]
    held: bool
    active: bool
    note: Note

    def same(self, version: Version) -> bool:
        """Return whether the version says the same in the same words."""
        texts = {name: digest for name, _, digest in self.packs}
        told = (self.hash, texts, self.only, dict(self.overrides))
        offered = {pack.name: digest_of(pack.text) for pack in version.packs}
        return told == (version.hash, offered, version.only, from_json(to_json(version.overrides)))


@dataclass(frozen=True, slots=True)
class Applied:
    """The entry that is active now; `changed` when it was not so before."""

    entry: Entry
    changed: bool


def digest_of(text: str) -> str:
    """Return the name under which a text is kept."""
    return hashlib.sha256(text.encode()).hexdigest()


def active(db: Database, portal: str) -> Entry | None:
    """Return the portal's active rule set; None where none was applied yet."""
    with db.read() as connection:
        return _active(connection, portal)


def history(db: Database, portal: str) -> list[Entry]:
    """Return every rule set that was active, the newest first."""
    return _entries(db, RULE_SETS.c.portal == portal)


def find(db: Database, portal: str, beginning: str) -> list[Entry]:
    """Return the entries whose hash begins so, with or without its `sha256:`, the newest first."""
    full = beginning if beginning.startswith("sha256:") else f"sha256:{beginning}"
    return _entries(db, and_(RULE_SETS.c.portal == portal, RULE_SETS.c.hash.startswith(full, autoescape=True)))


def texts(db: Database, portal: str, entry: Entry) -> tuple[PackText, ...]:
    """Return the entry's packs as they were written."""
    with db.read() as connection:
        wanted = among(connection, RULE_TEXTS.c.digest, sorted({digest for *_, digest in entry.packs}))
        rows = connection.execute(select(RULE_TEXTS).where(RULE_TEXTS.c.portal == portal, wanted)).mappings()
        found = {row["digest"]: row["text"] for row in rows}
    return tuple(PackText(name, file, found[digest]) for name, file, digest in entry.packs)


def activate(db: Database, portal: str, version: Version, note: Note, *, after: int | None = None) -> Applied:
    """Return what is active now: the version, unless it was so already.

    With `after` (0: none) the version takes the place of that entry only: where another process was quicker, what that
    one applied stays.
    """
    with db.write() as connection:
        _one_at_a_time(connection, portal)
        current = _active(connection, portal)
        number = current.number if current else 0
        if current and (after not in (None, number) or _stays(current, version)):
            return Applied(current, changed=False)
        connection.execute(update(RULE_SETS).where(_is_active(portal)).values(active=False))
        _TEXTS.run(connection, [(portal, digest_of(pack.text), pack.text) for pack in version.packs])
        connection.execute(insert(RULE_SETS).values(_row(portal, version, note)))
        return Applied(_required(_active(connection, portal)), changed=True)


def _stays(current: Entry, version: Version) -> bool:
    return current.same(version) and (current.beside, current.held) == (version.beside, version.held)


def _required(entry: Entry | None) -> Entry:
    if entry is None:
        raise AssertionError("the row that was just written is not there")
    return entry


def _one_at_a_time(connection: Connection, portal: str) -> None:
    """Other processes that activate a rule set of the portal wait; SQLite has one writer in any case."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(portal, ADVISORY_LOCK))))


def _is_active(portal: str) -> ColumnElement[bool]:
    return and_(RULE_SETS.c.portal == portal, RULE_SETS.c.active)


def _active(connection: Connection, portal: str) -> Entry | None:
    row = connection.execute(select(RULE_SETS).where(_is_active(portal))).mappings().one_or_none()
    return None if row is None else _entry(row)


def _entries(db: Database, wanted: ColumnElement[bool]) -> list[Entry]:
    with db.read() as connection:
        rows = connection.execute(select(RULE_SETS).where(wanted).order_by(RULE_SETS.c.id.desc())).mappings()
        return [_entry(row) for row in rows]


def _row(portal: str, version: Version, note: Note) -> dict[str, Any]:
    return {
        "portal": portal,
        "hash": version.hash,
        "packs": to_json([(pack.name, pack.file, digest_of(pack.text)) for pack in version.packs]),
        "overrides": to_json(version.overrides),
        "params": to_json(version.params),
        "only": to_json(version.only),
        "beside": to_json(version.beside),
        "held": version.held,
        "active": True,
        "comment": clean(note.comment),
        "applied_by": clean(note.by),
        "applied_at": to_micros(note.at),
    }


def _entry(row: RowMapping) -> Entry:
    packs: Sequence[Sequence[str]] = from_json(row["packs"])
    return Entry(
        number=row["id"],
        hash=row["hash"],
        packs=tuple((name, file, digest) for name, file, digest in packs),
        overrides=from_json(row["overrides"]),
        params=from_json(row["params"]),
        only=tuple(from_json(row["only"])),
        beside=tuple(from_json(row["beside"])),
        held=row["held"],
        active=row["active"],
        note=Note(row["comment"], row["applied_by"], from_micros(row["applied_at"])),
    )
