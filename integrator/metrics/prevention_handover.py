"""A manager leaves: who looked after his clients, who takes over, and what they bought since (D9, D10)."""

from __future__ import annotations

from heapq import heapify, heapreplace
from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import INSTANT, Schema, day, id_of, instant, joined, kind_of, today

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from integrator.metrics.context import Base

SUCCESSORS = "successors"
NAMED, LEAST_LOADED = "named", "least_loaded"
_OF_LEAVERS: Schema = {
    "key": pl.Int64,
    "manager_id": pl.Int64,
    "leaver_id": pl.Int64,
    "handed_over_from": pl.String,
    "handed_over_at": INSTANT,
}
_HANDED_OVER: Schema = {
    "key": pl.Int64,
    "handed_over_at": INSTANT,
    "handed_over_from": pl.String,
    "successor_id": pl.Int64,
    "successor": pl.String,
    "revenue_since_handover": pl.Int64,
}


def looked_after(base: Base) -> pl.DataFrame:
    """Return who looks after each client at now (`manager_id`), since when and who did before; by `key`.

    The card knows one change only, the last: who came after now is not there yet.
    """
    later = (pl.col("responsible_since") > instant(base.context.now)).fill_null(value=False)
    clients = base.clients.select(
        "key",
        manager_id=pl.when(later).then("responsible_before").otherwise("responsible_id"),
        responsible_since=pl.when(~later).then("responsible_since"),
        manager_before_id=pl.when(~later).then("responsible_before"),
    )
    names = base.managers.select(manager_before_id="id", responsible_before="name")
    clients = joined(clients, names, on="manager_before_id")
    # An empty directory tells of nobody that he left.
    known = pl.col("manager_id").is_not_null() & pl.lit(base.managers.height > 0)
    working = pl.col("manager_id").is_in(_active(base).implode())
    return clients.with_columns(
        changed_on=day("responsible_since", base.context), responsible_inactive=pl.when(known).then(~working)
    )


def handed_over(base: Base) -> pl.DataFrame:
    """Return the clients whose manager left of late: when, who he was, who takes over, what they bought since.

    The clients are as `looked_after` gives them.
    """
    rows = _of_leavers(base)
    table = base.shared.table(SUCCESSORS, lambda: _successors(rows, base))
    if rows.is_empty():
        return pl.DataFrame(schema=_HANDED_OVER)
    # Who has been given the client already looks after him, whoever's turn it would have been.
    given = pl.col("manager_id").is_in(_active(base).implode())
    rows = joined(rows, table)
    rows = rows.with_columns(successor_id=pl.when(given).then("manager_id").otherwise("successor_id"))
    rows = joined(rows, base.managers.select(successor_id="id", successor="name"), on="successor_id")
    rows = joined(rows, _bought_since(base.deals, rows))
    return rows.select(*_HANDED_OVER).with_columns(pl.col("revenue_since_handover").fill_null(0))


def _active(base: Base) -> pl.Series:
    """Return who works at now: who left later was still here."""
    here = pl.col("active") | (pl.col("inactive_since") > base.context.now).fill_null(value=False)
    return base.managers.filter(here)["id"]


def _leavers(base: Base) -> pl.DataFrame:
    """Return who left within the days in which his clients are followed."""
    context = base.context
    left = pl.col("inactive_since") <= context.now
    late = day("inactive_since", context) > today(context) - context.param("prevention.handover_days")
    gone = base.managers.filter(~pl.col("active") & left & late)
    return gone.select(leaver_id="id", handed_over_from="name", handed_over_at="inactive_since")


def _of_leavers(base: Base) -> pl.DataFrame:
    """Return the clients of those who left: still theirs, or given to somebody since they left."""
    if base.managers["inactive_since"].null_count() == base.managers.height:
        return pl.DataFrame(schema=_OF_LEAVERS)
    leavers, columns = _leavers(base), ["key", "manager_id"]
    gone = leavers["leaver_id"].implode()
    theirs = pl.col("manager_id").is_in(gone) | pl.col("manager_before_id").is_in(gone)
    clients = base.clients.filter(theirs)
    if clients.is_empty():
        return pl.DataFrame(schema=_OF_LEAVERS)
    still = clients.select(*columns, leaver_id="manager_id").join(leavers, on="leaver_id")
    given = clients.filter(pl.col("manager_before_id").is_not_null())
    given = given.select(*columns, "responsible_since", leaver_id="manager_before_id").join(leavers, on="leaver_id")
    given = given.filter(pl.col("responsible_since") >= pl.col("handed_over_at")).drop("responsible_since")
    return pl.concat([still, given]).unique("key", keep="first", maintain_order=True)


def _bought_since(deals: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return what the clients bought after their manager had left."""
    deals = deals[["key", "outcome", "closed_at", "amount"]]
    won = deals.filter((pl.col("outcome") == "won") & pl.col("key").is_in(rows["key"].implode()))
    since = won.join(rows.select("key", "handed_over_at"), on="key").filter(
        pl.col("closed_at") > pl.col("handed_over_at")
    )
    return since.group_by("key").agg(revenue_since_handover=pl.col("amount").sum().cast(pl.Int64))


def _successors(rows: pl.DataFrame, base: Base) -> pl.DataFrame:
    """Return who takes over each client of those who left, by the way that the portal has chosen."""
    rows = rows.sort(kind_of("key"), id_of("key"))
    keys, leavers = rows["key"].to_list(), rows["leaver_id"].to_list()
    turns = _named(leavers, base) if base.context.word("prevention.successor") == NAMED else _in_turn(rows, base)
    drawn = dict(zip(keys, turns, strict=False))
    columns = {"key": pl.Int64, "successor_id": pl.Int64}
    return pl.DataFrame({"key": keys, "successor_id": [drawn.get(key) for key in keys]}, schema=columns)


def _named(leavers: Iterable[int], base: Base) -> Iterator[int | None]:
    """Yield for each client the deputy of who left; None where none is named or he left too."""
    working = set(_active(base).to_list())
    deputies: Mapping[int, int] = base.context.deputies
    return (deputy if (deputy := deputies.get(leaver)) in working else None for leaver in leavers)


def _in_turn(rows: pl.DataFrame, base: Base) -> Iterator[int]:
    """Yield who is next, for as many clients as there are: in turn, or who has the fewest by then."""
    loads = _loads(rows, base)
    # In turn is to count from nothing: all begin with none.
    if base.context.word("prevention.successor") != LEAST_LOADED:
        loads = dict.fromkeys(loads, 0)
    queue = [(load, user) for user, load in loads.items()]
    heapify(queue)
    for _ in range(rows.height if queue else 0):
        load, user = queue[0]
        yield user
        heapreplace(queue, (load + 1, user))


def _loads(rows: pl.DataFrame, base: Base) -> dict[int, int]:
    """Return how many clients each who may take over has, without those that came from who left."""
    own = base.clients.filter(pl.col("manager_id").is_not_null())
    own = own.join(rows.select("key"), on="key", how="anti").group_by("manager_id").len()
    clients: dict[int, int] = dict(own.iter_rows())
    working, pool = sorted(_active(base)), base.context.pool
    chosen = [user for user in working if user in pool] or [user for user in working if user in clients]
    return {user: clients.get(user, 0) for user in chosen or working}
