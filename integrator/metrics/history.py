"""How every deal stood at an instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import COMPANY, CONTACT, client_key, exists, in_sales

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
    told = deals.select("id", "outcome", "closed_at", moves_later=_later("closed_at", context))
    runs = _runs(snapshot if table == "deals" else _without_history(snapshot), told, context)
    told = told.join(runs, left_on="id", right_on="deal_id", how="left", maintain_order="left")
    closed = pl.col("outcome").is_in(_CLOSED)
    settled = closed & pl.col("closed_at").is_not_null() & ~pl.col("moves_later")
    undated = closed & pl.col("closed_at").is_null() & pl.col("run_outcome").is_null()
    stands = ~closed & ~pl.col("changes_later").fill_null(value=False)
    same_run = pl.col("run_outcome") == pl.col("outcome")
    run_closed_at = pl.when(pl.col("run_outcome").is_in(_CLOSED)).then(pl.col("run_at"))
    # Bitrix24 has no instant of closing: MOVED_TIME changes between two failed stages too; the history tells the first.
    row_closed_at = pl.col("closed_at") if context.closed_at_exact else _if(same_run, "run_at", "closed_at")
    outcome = _if(settled | undated | stands, "outcome", "run_outcome").fill_null("open")
    closed_at = pl.when(settled).then(row_closed_at).when(~stands).then(run_closed_at)
    return deals.with_columns(*told.select(outcome=outcome, closed_at=closed_at))


def _later(instant: str, context: Context) -> pl.Expr:
    """True where the instant is known and later than now."""
    return (pl.col(instant) > context.now).fill_null(value=False)


def _if(condition: pl.Expr, then: str, otherwise: str) -> pl.Expr:
    """Return one column where the condition is TRUE and the other elsewhere."""
    return pl.when(condition).then(pl.col(then)).otherwise(pl.col(otherwise))


def _without_history(snapshot: Mapping[str, pl.DataFrame]) -> Mapping[str, pl.DataFrame]:
    """Return the snapshot without stage changes: those of leads are not kept, their ids are not those of deals."""
    return {**snapshot, "stage_changes": snapshot["stage_changes"].clear()}


def _rows(snapshot: Mapping[str, pl.DataFrame], context: Context, table: str) -> pl.DataFrame:
    """Return the rows that existed at now with their client; a client who came later is not theirs yet.

    Of deals only those of the sales pipelines.
    """
    unborn = {table: snapshot[table].filter(~exists(context))["id"].implode() for table in ("companies", "contacts")}
    company = pl.when(~pl.col("company_id").is_in(unborn["companies"])).then(client_key(COMPANY, "company_id"))
    contact = pl.when(~pl.col("contact_id").is_in(unborn["contacts"])).then(client_key(CONTACT, "contact_id"))
    rows = snapshot[table]
    kept = rows.filter(exists(context) & (in_sales(context) if table == "deals" else pl.lit(value=True)))
    columns = [name for name in rows.columns if name not in _LEFT_OUT]
    return kept.select(*columns, key=pl.coalesce(company, contact), outcome=pl.col("outcome").fill_null("open"))


def _runs(snapshot: Mapping[str, pl.DataFrame], deals: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return, for deals whose row does not tell enough, the trailing run of changes with one outcome up to now."""
    changes = snapshot["stage_changes"]
    later = changes.filter(_later("at", context)).select("deal_id", changes_later=pl.lit(value=True)).unique()
    deals = deals.join(later, left_on="id", right_on="deal_id", how="left")
    closed = pl.col("outcome").is_in(_CLOSED)
    asked = _asked(closed, context)
    ids = deals.filter(asked).select(deal_id="id")
    past = changes.filter(pl.col("at") <= context.now).join(ids, on="deal_id", how="semi")
    runs = _run_starts(_outcomes(past, snapshot["stages"]))
    return runs.join(later, on="deal_id", how="full", coalesce=True)


def _asked(closed: pl.Expr, context: Context) -> pl.Expr:
    """True for deals whose history is needed."""
    told = closed & pl.col("closed_at").is_not_null() & ~pl.col("moves_later") & pl.lit(context.closed_at_exact)
    return ~told & (closed | pl.col("changes_later").is_not_null())


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
