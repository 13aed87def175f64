"""How every deal stood at an instant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from integrator.metrics.columns import COMPANY, CONTACT, born, client_key, exists, in_sales, instant, joined, kept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.metrics.context import Context

_CLOSED = ("won", "lost")
# Their client becomes a key, their outcome is that of now.
_LEFT_OUT = ("company_id", "contact_id", "outcome")


def as_of(snapshot: Mapping[str, pl.DataFrame], context: Context, table: str = "deals") -> pl.DataFrame:
    """Return the deals (or leads) of now with `outcome` and `closed_at` as they stood then, and their client's `key`.

    What the row says holds once it has closed by now, or while it is open and no change later than now is recorded.
    In any other case the row tells of the future, and the stage history of the present.
    """
    deals = _rows(snapshot, context, table)
    # Stage changes of leads are not kept, and their ids are not those of deals.
    changes = snapshot["stage_changes"] if table == "deals" else snapshot["stage_changes"].clear()
    later = later_changes(changes, context)
    if later.is_empty() and _rows_tell_all(deals, context):
        return deals
    told = _marked(deals, later, context)
    told = joined(told, _runs(told, changes, snapshot["stages"], context), on="id")
    closed, run_closed = (pl.col(name).is_in(_CLOSED) for name in ("outcome", "run_outcome"))
    settled = closed & pl.col("closed_at").is_not_null() & ~pl.col("moves_later")
    undated = closed & pl.col("closed_at").is_null() & pl.col("run_outcome").is_null()
    stands = ~closed & ~pl.col("changes_later")
    same_run = pl.col("run_outcome") == pl.col("outcome")
    # Bitrix24 has no instant of closing: MOVED_TIME changes between two failed stages too; the history tells the first.
    row_closed_at = pl.col("closed_at") if context.closed_at_exact else _if(same_run, "run_at", "closed_at")
    outcome = _if(settled | undated | stands, "outcome", "run_outcome").fill_null("open")
    run_closed_at = pl.when(run_closed).then(pl.col("run_at"))
    closed_at = pl.when(settled).then(row_closed_at).when(~stands).then(run_closed_at)
    return kept(deals, told.select(outcome=outcome, closed_at=closed_at))


def _if(condition: pl.Expr, then: str, otherwise: str) -> pl.Expr:
    """Return one column where the condition is TRUE and the other elsewhere."""
    return pl.when(condition).then(pl.col(then)).otherwise(pl.col(otherwise))


def _rows(snapshot: Mapping[str, pl.DataFrame], context: Context, table: str) -> pl.DataFrame:
    """Return the rows that existed at now with their client; a client who came later is not theirs yet.

    Of deals only those of the sales pipelines.
    """
    company = _client(COMPANY, "company_id", unborn(snapshot["companies"], context))
    contact = _client(CONTACT, "contact_id", unborn(snapshot["contacts"], context))
    rows = born(snapshot[table], context)
    # The store gives them in order: nothing is sorted then, here and at the end.
    rows = rows if rows["id"].is_sorted() else rows.sort("id")
    if table == "deals":
        sold = rows.select(in_sales(context)).to_series()
        # Mostly these are all: nothing is copied then.
        rows = rows if sold.all(ignore_nulls=False) else rows.filter(sold)
    columns = [name for name in rows.columns if name not in _LEFT_OUT]
    return rows.select(*columns, key=pl.coalesce(company, contact), outcome=pl.col("outcome").fill_null("open"))


def unborn(table: pl.DataFrame, context: Context) -> pl.Series:
    """Return the ids of the rows that were created after now."""
    latest: Any = table["created_at"].max()
    if latest is None or latest <= context.now:
        return table["id"].clear()
    return table.filter(~exists(context))["id"]


def _client(kind: int, number: str, later: pl.Series) -> pl.Expr:
    """Return the key of the client in the column; null for one of those who came later."""
    key = client_key(kind, number)
    return key if later.is_empty() else pl.when(~pl.col(number).is_in(later.implode())).then(key)


def _rows_tell_all(deals: pl.DataFrame, context: Context) -> bool:
    """True where all is as it was when the mirror was synced, as mostly it is, and every closing is dated."""
    latest: Any = deals["closed_at"].max()
    if not context.closed_at_exact or (latest is not None and latest > context.now):
        return False
    return bool(((deals["outcome"] != "open") == deals["closed_at"].is_not_null()).all())


def _marked(deals: pl.DataFrame, later: pl.Series, context: Context) -> pl.DataFrame:
    """Return what the rows say, whether it is later than now, and whether a change later than now is recorded."""
    moves_later = (pl.col("closed_at") > instant(context.now)).fill_null(value=False)
    changes_later = pl.lit(value=False) if later.is_empty() else pl.col("id").is_in(later.implode())
    return deals.select("id", "outcome", "closed_at", moves_later=moves_later, changes_later=changes_later)


def later_changes(changes: pl.DataFrame, context: Context) -> pl.Series:
    """Return the deals of which a change later than now is recorded."""
    latest: Any = changes["at"].max()
    if latest is None or latest <= context.now:
        return changes["deal_id"].clear()
    return changes.filter(pl.col("at") > instant(context.now))["deal_id"].unique()


def _runs(told: pl.DataFrame, changes: pl.DataFrame, stages: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return, for deals whose row does not tell enough, the trailing run of changes with one outcome up to now."""
    asked = told.filter(_asked(context))["id"]
    past = changes.filter((pl.col("at") <= instant(context.now)) & pl.col("deal_id").is_in(asked.implode()))
    if past.is_empty():
        return pl.DataFrame(schema={"id": pl.Int64, "run_outcome": pl.String, "run_at": changes.schema["at"]})
    return _run_starts(_outcomes(past, stages)).rename({"deal_id": "id"})


def _asked(context: Context) -> pl.Expr:
    """True for deals whose history is needed."""
    closed = pl.col("outcome").is_in(_CLOSED)
    told = closed & pl.col("closed_at").is_not_null() & ~pl.col("moves_later") & pl.lit(context.closed_at_exact)
    return ~told & (closed | pl.col("changes_later"))


def _outcomes(changes: pl.DataFrame, stages: pl.DataFrame) -> pl.DataFrame:
    """Return the changes with their stage's outcome; that of a stage deleted since is not known and counts as open."""
    outcomes = stages.select("pipeline_id", stage_id="id", run_outcome="outcome")
    joined = changes.join(outcomes, on=["pipeline_id", "stage_id"], how="left")
    return joined.with_columns(pl.col("run_outcome").fill_null("open"))


def _run_starts(changes: pl.DataFrame) -> pl.DataFrame:
    """Return per deal the first change of its last run with one outcome."""
    number = changes["id"].cast(pl.Int64, strict=False)
    # Changes of one second follow their ids: numbers in Bitrix24, sortable text in amoCRM.
    tie = pl.col("id") if number.null_count() else pl.col("id").cast(pl.Int64)
    ordered = changes.select("deal_id", "at", "run_outcome", tie=tie).sort("deal_id", "at", "tie")
    fresh = (pl.col("run_outcome") != pl.col("run_outcome").shift()) | (pl.col("deal_id") != pl.col("deal_id").shift())
    starts = ordered.filter(fresh.fill_null(value=True))
    last = (pl.col("deal_id") != pl.col("deal_id").shift(-1)).fill_null(value=True)
    return starts.filter(last).select("deal_id", "run_outcome", run_at="at")
