"""Two evaluations of one base side by side, column by column: what came out otherwise, and about whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CLASS = "class."


@dataclass(frozen=True, slots=True)
class Side:
    """One evaluation: a row of `facts` and a row of `verdicts` for each subject, in the same order on both sides."""

    facts: pl.DataFrame
    verdicts: pl.DataFrame

    def words(self, name: str) -> pl.Series:
        """Return a column of classes; null everywhere where the rules do not have it."""
        if name in self.verdicts.columns:
            return self.verdicts[name].cast(pl.String)
        return pl.repeat(None, self.facts.height, dtype=pl.String, eager=True)

    def holds(self, name: str | None) -> pl.Series:
        """Return where a verdict is true; nowhere where the rules do not have it."""
        if name is None or name not in self.verdicts.columns:
            return pl.repeat(value=False, n=self.facts.height, eager=True)
        return self.verdicts[name].fill_null(value=False)


@dataclass(frozen=True, slots=True)
class Shift:
    """How many subjects go from one value of a class to another; `rows` are the first of them."""

    dimension: str
    before: str | None
    after: str | None
    count: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """How many rows something is true of, and the first of them."""

    count: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Episode:
    """A rule's task as one side makes it: the column where it is due, and the fact that starts its episode."""

    due: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Episodes:
    """Tasks of one rule: the row, the responsible user and the anchor's value of each."""

    rows: Sequence[int] = ()
    responsibles: Sequence[int | None] = ()
    anchors: Sequence[Any] = ()


def asked(verdicts: pl.DataFrame, facts: pl.DataFrame, clients: pl.DataFrame) -> pl.DataFrame:
    """Return the verdicts without tasks about clients in the blacklist and their deals: nobody is bothered."""
    tasks = [name for name in verdicts.columns if name.startswith("task.")]
    if not tasks or "blacklisted" not in clients.columns:
        return verdicts
    if "client_id" in facts.columns:
        listed = clients.filter("blacklisted").select(client_kind="kind", client_id="id", blacklisted="blacklisted")
        of_client = facts.select("client_kind", "client_id")
        found = of_client.join(listed, on=["client_kind", "client_id"], how="left", maintain_order="left")
    else:
        found = facts
    if "blacklisted" not in found.columns:
        return verdicts
    free = ~found["blacklisted"].fill_null(value=False)
    return verdicts.with_columns(verdicts[name] & free for name in tasks)


def shifts(before: Side, after: Side, examples: int) -> Iterator[Shift]:
    """Yield who changes class, by dimension and by the values they had and get."""
    names = {name: None for side in (before, after) for name in side.verdicts.columns if name.startswith(CLASS)}
    for name in names:
        old, new = before.words(name), after.words(name)
        moved = pl.DataFrame({"before": old, "after": new}).with_row_index("row").filter(old.ne_missing(new))
        counted = moved.group_by("before", "after").agg(pl.len().alias("count"), pl.col("row").head(examples))
        for row in counted.sort("before", "after").iter_rows(named=True):
            yield Shift(name.removeprefix(CLASS), row["before"], row["after"], row["count"], tuple(row["row"]))


def only_after(before: Side, after: Side, columns: tuple[str | None, str | None], examples: int) -> Where:
    """Return where the second column holds afterwards and the first one did not before."""
    rows = (after.holds(columns[1]) & ~before.holds(columns[0])).arg_true()
    return Where(rows.len(), tuple(rows.head(examples)))


def fresh_episodes(before: Side, after: Side, old: Episode | None, new: Episode | None) -> Episodes:
    """Return the rule's tasks that exist afterwards and did not before: not at all, or for another episode."""
    if new is None or new.anchor not in after.facts.columns:
        return Episodes()
    anchors = after.facts[new.anchor]
    there = after.holds(new.due) & anchors.is_not_null()
    if old is not None and old.anchor in before.facts.columns:
        there &= ~(before.holds(old.due) & _same(before.facts[old.anchor], anchors))
    rows = there.arg_true()
    # Who takes a client over has his tasks; a manager's own task is his.
    columns = after.facts.columns
    own = "responsible_id" if "responsible_id" in columns else "id"
    in_charge = pl.coalesce(*(name for name in ("successor_id", own) if name in columns))
    responsibles = after.facts[rows].select(in_charge).to_series()
    return Episodes(rows.to_list(), responsibles.to_list(), anchors.gather(rows).to_list())


def _same(one: pl.Series, other: pl.Series) -> pl.Series:
    if one.dtype != other.dtype:
        return pl.repeat(value=False, n=one.len(), eager=True)
    return one.eq_missing(other)
