"""What is remembered of rules that take time: since when they hold, when they last did, whether they fire."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, select

from integrator.store.batches import Upsert, among, chunks, look_up
from integrator.store.schema import HELD, HELD_RULES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from integrator.domain import Subject
    from integrator.store.batches import Record
    from integrator.store.database import Database

EPOCH = date(1970, 1, 1)
_HELD = Upsert.whole(HELD)
_HELD_RULES = Upsert.whole(HELD_RULES)
_TOLD = ("subject_kind", "subject_id", "rule", "since", "last", "fires")

Key = tuple[str, int, str]
Row = tuple[str, int, str, date | None, date | None, bool]


@dataclass(frozen=True, slots=True)
class Noted:
    """What a rule meant (`digest`) when it was last looked at, and the last day for which every subject was."""

    digest: str
    through: date


def noted(db: Database, portal: str) -> dict[str, Noted]:
    """Return the rules of which anything is remembered, by full id."""
    wanted = select(HELD_RULES.c.rule, HELD_RULES.c.digest, HELD_RULES.c.through).where(HELD_RULES.c.portal == portal)
    with db.read() as connection:
        return {rule: Noted(digest, _day(through)) for rule, digest, through in connection.execute(wanted)}


def rows(
    db: Database, portal: str, rules: Mapping[str, Noted], subjects: Collection[Subject] = frozenset()
) -> list[Row]:
    """Return what is stored, about these subjects alone where any are given; `rules` are those noted.

    A condition that holds was last seen to on the day through which its rule was looked at.
    """
    with db.read() as connection:
        found = _of_subjects(connection, portal, subjects) if subjects else _of_all(connection, portal)
        return [
            (kind, number, rule, *_known(since, last, rules.get(rule)), bool(fires))
            for kind, number, rule, since, last, fires in found
        ]


def _known(since: int | None, last: int | None, rule: Noted | None) -> tuple[date | None, date | None]:
    if since is None:
        return None, None if last is None else _day(last)
    return _day(since), max(_day(since), rule.through if rule else EPOCH)


def _of_all(connection: Connection, portal: str) -> Iterable[Record]:
    wanted = select(*(HELD.c[name] for name in _TOLD)).where(HELD.c.portal == portal)
    return (tuple(row) for row in connection.execute(wanted))


def _of_subjects(connection: Connection, portal: str, subjects: Collection[Subject]) -> Iterator[Record]:
    by_kind: defaultdict[str, list[int]] = defaultdict(list)
    for subject in subjects:
        by_kind[subject.kind].append(subject.id)
    columns = [HELD.c[name] for name in _TOLD]
    for kind, numbers in by_kind.items():
        of_kind = [HELD.c.portal == portal, HELD.c.subject_kind == kind]
        yield from look_up(connection, columns, of_kind, HELD.c.subject_id, numbers)


def keep(db: Database, portal: str, moved: Iterable[Row], gone: Iterable[Key]) -> None:
    """The rows that moved stand as they are now, those gone are removed."""
    by_rule: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for kind, number, rule in gone:
        by_rule[kind, rule].append(number)
    for (kind, rule), numbers in by_rule.items():
        of_rule = and_(HELD.c.portal == portal, HELD.c.subject_kind == kind, HELD.c.rule == rule)
        for part in chunks(sorted(numbers), db.chunk):
            with db.write_part() as connection:
                connection.execute(delete(HELD).where(of_rule, among(connection, HELD.c.subject_id, part)))
    for fresh in chunks((_record(portal, row) for row in moved), db.chunk):
        with db.write_part() as connection:
            _HELD.run(connection, sorted(fresh))


def note(db: Database, portal: str, digests: Mapping[str, str], through: date) -> None:
    """It is on record what the rules meant, and that every subject was looked at on the day."""
    with db.write() as connection:
        _HELD_RULES.run(connection, [(portal, rule, digest, _number(through)) for rule, digest in digests.items()])


def forget(db: Database, portal: str, rules: Sequence[str]) -> None:
    """What is remembered of these rules counts no more; their rows may still be there."""
    with db.write() as connection:
        wanted = and_(HELD_RULES.c.portal == portal, among(connection, HELD_RULES.c.rule, rules))
        connection.execute(delete(HELD_RULES).where(wanted))


def _record(portal: str, row: Row) -> Record:
    kind, number, rule, since, last, fires = row
    # While the condition holds, the day on which it last did moves by itself.
    told = None if since is not None or last is None else _number(last)
    return portal, kind, number, rule, None if since is None else _number(since), told, fires


def _number(day: date) -> int:
    return (day - EPOCH).days


def _day(number: int) -> date:
    return EPOCH + timedelta(days=number)
