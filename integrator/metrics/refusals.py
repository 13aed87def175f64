"""What follows from a refusal: its nature, when to come back to it, and whether that is still to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from integrator.domain.reasons import OTHER, REASONS, SUB_REASONS
from integrator.metrics.columns import blank, joined, replaced
from integrator.text import normal, sub_reason, vague

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrator.metrics.columns import Schema
    from integrator.metrics.context import Base, Context

PLANNED = "purchase_not_planned"
_CODES: Schema = {
    "loss_reason": pl.String,
    "reason_nature": pl.String,
    "reason_side": pl.String,
    "back_days": pl.Int32,
}
_OF_DEALS: Schema = {
    "sub_reason": pl.String,
    "reason_is_vague": pl.Boolean,
    "reason_nature": pl.String,
    "reason_side": pl.String,
    "is_latest_refusal": pl.Boolean,
    "bought_since_refusal": pl.Boolean,
    "come_back_on": pl.Date,
}
_DATES = (("%Y-%m-%d", 10), ("%d.%m.%Y", 10))


def of_deals(base: Base) -> pl.DataFrame:
    """Return the deals with what follows from their refusals."""
    if not (base.deals["outcome"] == "lost").any():
        return replaced(base.deals, blank(base.deals.height, _OF_DEALS))
    deals, lost = _with_texts(base.deals, base.context), pl.col("outcome") == "lost"
    known = deals[["key", "id", "outcome", "closed_at", "closed_day", "loss_reason_name", "loss_reason", "planned_at"]]
    known = _with_codes(known, base.context)
    judged = joined(known, _of_clients(known)).select(
        "reason_nature",
        "reason_side",
        is_latest_refusal=pl.when(lost).then((pl.col("id") == pl.col("last_refusal_id")).fill_null(value=False)),
        bought_since_refusal=pl.when(lost).then((pl.col("last_won_at") > pl.col("closed_at")).fill_null(value=False)),
        come_back_on=pl.when(lost & pl.col("loss_reason_name").is_not_null()).then(_planned()).cast(pl.Date),
    )
    return deals.hstack(judged)


def of_leads(base: Base) -> pl.DataFrame:
    """Return the leads with what is understood of their refusals; nobody comes back to a lead."""
    if base.leads.is_empty():
        return base.leads
    leads = _with_texts(base.leads, base.context)
    return leads.hstack(_with_codes(leads[["outcome", "loss_reason"]], base.context)[["reason_nature", "reason_side"]])


def _of_clients(deals: pl.DataFrame) -> pl.DataFrame:
    """Return for each client who refused his latest refusal (of one instant the higher id) and his latest purchase."""
    closed_at, lost = pl.col("closed_at"), pl.col("outcome") == "lost"
    refused = deals.filter(lost & pl.col("key").is_not_null() & closed_at.is_not_null())
    if refused.is_empty():
        return refused.select("key", last_refusal_id="id", last_won_at="closed_at")
    last = refused.select("key", "closed_at", last_refusal_id="id").sort("key", "closed_at", "last_refusal_id")
    last = last.unique("key", keep="last", maintain_order=True).select("key", "last_refusal_id")
    bought = deals.filter(pl.col("outcome") == "won", pl.col("key").is_in(last["key"].implode()))
    return joined(last, bought.group_by("key").agg(last_won_at=closed_at.max()))


def _with_codes(deals: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the deals with what the table of reasons says of the canonical one of those that were lost.

    `back_days` is after how many days to come back, null where never; what is not mapped comes back as `other`.
    """
    days = {one.code: int(context.param(f"refusals.back_days_{one.code}")) or None for one in REASONS}
    lost = pl.when(pl.col("outcome") == "lost")
    table = pl.DataFrame(
        [(one.code, str(one.nature), str(one.side), days[one.code]) for one in REASONS],
        schema=_CODES,
        orient="row",
    )
    found = joined(deals, table, on="loss_reason")
    return found.with_columns(
        lost.then(pl.col("reason_nature")).alias("reason_nature"),
        lost.then(pl.col("reason_side")).alias("reason_side"),
        back_days=pl.when(pl.col("loss_reason").is_null()).then(days[OTHER]).otherwise(pl.col("back_days")),
    )


def _planned() -> pl.Expr:
    """Return the day to come back on: the planned purchase's where it is named."""
    written = pl.col("planned_at").str.strip_chars()
    days = [written.str.slice(0, size).str.to_date(form, strict=False) for form, size in _DATES]
    named = pl.when(pl.col("loss_reason") == PLANNED).then(pl.coalesce(days).to_physical())
    return named.fill_null(pl.col("closed_day") + pl.col("back_days"))


def _with_texts(deals: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the deals with what is understood of the words beside their reasons."""
    words = pl.coalesce("reason_text", "loss_reason_name")
    lost = deals.select("id", "outcome", text="sub_reason", words=words).filter(pl.col("outcome") == "lost")
    own = {normal(name): code for name, code in context.sub_reason_map.items()}
    known = {**own, **{code: code for code in SUB_REASONS}}
    found = _read(lost, "text", "sub_reason", lambda text: known.get(normal(text)) or sub_reason(text))
    found = _read(found, "words", "reason_is_vague", lambda text: vague(text, context.language), pl.Boolean)
    told = joined(deals[["id"]], found[["id", "sub_reason", "reason_is_vague"]], on="id")
    return replaced(deals, told)


def _read(
    lost: pl.DataFrame, column: str, name: str, understand: Callable[[str], Any], kind: Any = pl.String
) -> pl.DataFrame:
    """Return the deals with what is understood of their words; each text is read once."""
    texts = [text for text in lost[column].unique() if text and text.strip()]
    meanings = [understand(text.strip()) for text in texts]
    return joined(
        lost, pl.DataFrame({column: texts, name: meanings}, schema={column: pl.String, name: kind}), on=column
    )
