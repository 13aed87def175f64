"""What was deleted, found by counting: nothing in Bitrix24 lists deleted rows, and a hook may have been lost.

Rows up to an id seen before only ever become fewer by deletion (or by moving out of the sales pipelines). So their
number is kept per range of ids, a check asks for the numbers, and only ranges that changed are walked. Walking a
million ids takes minutes, counting them one request.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.bitrix24.batch import command
from connectors.bitrix24.walk import walk
from integrator.ports import Sweep

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from connectors.bitrix24.batch import BatchAnswer
    from connectors.bitrix24.portal import Portal
    from connectors.bitrix24.sources import Source

# A range is closed when it holds so many rows: forty ranges for a million, one request to count them all.
RANGE = 25_000


@dataclass(slots=True)
class Ranges:
    """The ranges of one source: each ends with an id and holds a number of rows.

    `excess` is how many rows the mirror had too much while no range had changed. Seen once it may be a matter of
    moments; seen twice, everything is walked; seen again after that, it is `forgiven`.
    """

    ends: list[int]
    counts: list[int]
    excess: int = 0
    forgiven: int = 0

    @property
    def top(self) -> int:
        """The highest id that was counted."""
        return self.ends[-1] if self.ends else 0

    def bounds(self, number: int) -> tuple[int, int]:
        """Return the ids above which and up to which a range goes."""
        return (self.ends[number - 1] if number else 0), self.ends[number]

    def replace(self, upto: int, finer: Ranges) -> None:
        """The range that ends with `upto` is divided into these; an empty one is joined to the next."""
        number = self.ends.index(upto)
        if finer.ends:
            finer.ends[-1] = upto
        self.ends[number : number + 1] = finer.ends
        self.counts[number : number + 1] = finer.counts

    def add(self, last: int, count: int) -> None:
        """The rows above the top up to `last` are counted."""
        if self.counts and (not count or self.counts[-1] + count <= RANGE):
            self.ends[-1] = max(last, self.ends[-1])
            self.counts[-1] += count
        elif count:
            self.ends.append(last)
            self.counts.append(count)


def read_cursor(text: str | None, sources: int) -> list[Ranges]:
    """Return the ranges of each source; none where the cursor is missing or is not ours."""
    try:
        kept = [Ranges(**told) for told in json.loads(text)] if text else []
    except (ValueError, TypeError):
        kept = []
    return kept if len(kept) == sources else [Ranges([], []) for _ in range(sources)]


def deleted(
    portal: Portal, sources: Sequence[Source], known: int | None, cursor: str | None
) -> Generator[Sweep, None, None]:
    """Yield what tells which rows are gone; `known` is how many the mirror has, None where numbers do not compare."""
    kept = read_cursor(cursor, len(sources))
    answer = portal.batch(_counts(sources, kept))
    for number, source in enumerate(sources):
        yield from _Check(portal, source, kept, number).run(answer, known)


def _counts(sources: Sequence[Source], kept: Sequence[Ranges]) -> dict[str, str]:
    commands: dict[str, str] = {}
    for number, (source, ranges) in enumerate(zip(sources, kept, strict=True)):
        listing = source.listing
        commands[f"all{number}"] = listing.count(source.every)
        if ranges.ends:
            commands[f"old{number}"] = listing.count({**source.every, "<=ID": ranges.top})
        else:
            commands[f"new{number}"] = _newest(source)
    return commands


def _newest(source: Source) -> str:
    return command(source.listing.method, source.listing.params(source.every, order="DESC"))


class _Check:
    """One source's check; `kept` is the whole cursor, brought up to date as the sweeps are yielded."""

    def __init__(self, portal: Portal, source: Source, kept: list[Ranges], number: int) -> None:
        self._portal = portal
        self._source = source
        self._kept = kept
        self._number = number

    @property
    def _ranges(self) -> Ranges:
        return self._kept[self._number]

    def run(self, answer: BatchAnswer, known: int | None) -> Generator[Sweep, None, None]:
        for name in ("all", "old", "new"):
            answer.result(f"{name}{self._number}")
        total = answer.total(f"all{self._number}") or 0
        if not self._ranges.ends and known in (None, total):
            self._ranges.add(self._newest_id(answer), total)
            yield self._sweep()
            return
        if known == total:
            return
        ranges = self._ranges
        changed = ranges.ends and answer.total(f"old{self._number}") != sum(ranges.counts)
        if changed:
            yield from self._changed_ranges()
        elif known is not None and ranges.ends and self._suspicious(known - total):
            self._kept[self._number] = Ranges([], [], forgiven=known - total)
        yield from self._above()

    def _suspicious(self, excess: int) -> bool:
        """Tell whether the mirror has had more than the portal twice, with nothing to show why."""
        ranges = self._ranges
        again = excess > 0 and excess == ranges.excess and excess != ranges.forgiven
        ranges.excess = max(excess, 0)
        return again

    def _changed_ranges(self) -> Generator[Sweep, None, None]:
        ranges, every = self._ranges, self._source.every
        commands = {}
        for number in range(len(ranges.ends)):
            above, upto = ranges.bounds(number)
            commands[f"r{number}"] = self._source.listing.count({**every, ">ID": above, "<=ID": upto})
        totals = {key: answer.total(key) for answer in self._portal.batches(commands) for key in answer.commands}
        changed = [n for n, count in enumerate(ranges.counts) if totals[f"r{n}"] != count]
        for above, upto in [ranges.bounds(number) for number in changed]:
            yield from self._range(above, upto)

    def _range(self, above: int, upto: int) -> Generator[Sweep, None, None]:
        """Yield the sweeps of one range; its number is believed once all of it is walked."""
        finer = Ranges([], [])
        filters = {**self._source.every, "<=ID": upto}
        for stretch in walk(self._portal, self._source.listing, filters, after=above, many=True):
            present = self._present(stretch.rows)
            finer.add(stretch.last, len(stretch.rows))
            if stretch.done:
                self._ranges.replace(upto, finer)
            yield self._sweep((stretch.after, upto if stretch.done else stretch.last), present)

    def _above(self) -> Generator[Sweep, None, None]:
        top = self._ranges.top
        for stretch in walk(self._portal, self._source.listing, self._source.every, after=top, many=not top):
            present = self._present(stretch.rows)
            self._ranges.add(stretch.last, len(stretch.rows))
            yield self._sweep((stretch.after, None if stretch.done else stretch.last), present)

    def _present(self, rows: list[dict[str, Any]]) -> frozenset[int]:
        key, ours = self._source.listing.id_key, self._source.is_ours
        return frozenset(int(row[key]) for row in rows if ours(row))

    def _newest_id(self, answer: BatchAnswer) -> int:
        listing = self._source.listing
        rows = listing.rows(answer.results.get(f"new{self._number}"))
        return max((int(row[listing.id_key]) for row in rows), default=0)

    def _sweep(self, window: tuple[int, int | None] | None = None, present: frozenset[int] = frozenset()) -> Sweep:
        cursor = json.dumps([_told(ranges) for ranges in self._kept], separators=(",", ":"))
        return Sweep(cursor, window=window, present=present, origin=self._source.origin)


def _told(ranges: Ranges) -> dict[str, Any]:
    return {"ends": ranges.ends, "counts": ranges.counts, "excess": ranges.excess, "forgiven": ranges.forgiven}
