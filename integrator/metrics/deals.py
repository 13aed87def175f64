"""The metrics of deals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.domain.reasons import OTHER
from integrator.metrics.columns import day, today
from integrator.text import Kind, canonical_all, classify

if TYPE_CHECKING:
    from integrator.metrics.context import Context

_KINDS = pl.String


def measured(deals: pl.DataFrame, loss_reasons: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the deals (as of now, amounts converted) with every metric of a deal and `closed_day`."""
    text = pl.col("reason_text").str.strip_chars()
    deals = deals.with_columns(
        closed_day=day("closed_at", context),
        reason_text=pl.when(text != "").then(text),
        loss_reason_id=pl.when(pl.col("outcome") == "lost").then(pl.col("loss_reason_id")),
    )
    deals = deals.join(reasons(deals, loss_reasons, context), on="loss_reason_id", how="left", maintain_order="left")
    return _labelled(deals, context).with_columns(
        days_since_closed=(today(context) - pl.col("closed_day")).cast(pl.Int64),
        refusal_seen_after_days=_seen_after(context),
    )


def reasons(deals: pl.DataFrame, loss_reasons: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the portal's reasons, and those that deals alone still name, with their names, codes and kinds.

    A reason deleted from the portal's list keeps its id as its name: something was chosen.
    """
    used = deals.select("loss_reason_id").drop_nulls().unique()
    listed = loss_reasons.select(loss_reason_id="id", loss_reason_name=pl.col("name").str.strip_chars())
    table = used.join(listed, on="loss_reason_id", how="full", coalesce=True)
    named = pl.when(pl.col("loss_reason_name") != "").then(pl.col("loss_reason_name"))
    table = table.with_columns(loss_reason_name=named.fill_null(pl.col("loss_reason_id")))
    names: list[str] = table["loss_reason_name"].to_list()
    codes = canonical_all(names, context.reason_map)
    kinds = [_name_kind(name, codes[name], context.language) for name in names]
    return table.with_columns(
        loss_reason=pl.Series([codes[name] for name in names], dtype=pl.String),
        name_kind=pl.Series(kinds, dtype=_KINDS),
    )


def _name_kind(name: str, code: str | None, language: str) -> Kind:
    """Return what a reason's name is worth: a label stays one whatever it is mapped to, and `other` is nothing."""
    kind = classify(name, language)
    if kind is Kind.LABEL:
        return kind
    return Kind.NOTHING if code == OTHER else Kind.SUBSTANCE


def _labelled(deals: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the deals with `reason_is_label`; texts are read only where the reason's name does not settle it."""
    lost = pl.col("outcome") == "lost"
    name_kind = pl.col("name_kind").fill_null(pl.lit(Kind.NOTHING.value))
    asked = deals.filter(lost & (name_kind != Kind.SUBSTANCE.value) & pl.col("reason_text").is_not_null())
    texts: list[str] = asked["reason_text"].unique().to_list()
    kinds = pl.DataFrame(
        {"reason_text": texts, "text_kind": [classify(text, context.language) for text in texts]},
        schema={"reason_text": pl.String, "text_kind": _KINDS},
    )
    deals = deals.join(kinds, on="reason_text", how="left", maintain_order="left")
    text_kind = pl.col("text_kind").fill_null(pl.lit(Kind.NOTHING.value))
    label = (name_kind == Kind.LABEL.value) | (text_kind == Kind.LABEL.value)
    substance = (name_kind == Kind.SUBSTANCE.value) | (text_kind == Kind.SUBSTANCE.value)
    return deals.with_columns(reason_is_label=pl.when(lost).then(label & ~substance)).drop("name_kind", "text_kind")


def _seen_after(context: Context) -> pl.Expr:
    """Days from a refusal to the day on which it was first seen, which is no later than now."""
    seen = day("first_closed_seen_at", context)
    after = pl.min_horizontal(seen, pl.lit(today(context), dtype=pl.Int32)) - pl.col("closed_day")
    return pl.when(pl.col("outcome") == "lost").then(after.clip(lower_bound=0)).cast(pl.Int64)
