"""The metrics of deals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.domain.reasons import OTHER
from integrator.metrics.columns import blank, day, joined, kept, today
from integrator.text import Kind, canonical_all, classify

if TYPE_CHECKING:
    from integrator.metrics.context import Context

_REASONS = dict.fromkeys(("loss_reason_id", "loss_reason_name", "loss_reason", "name_kind"), pl.String)


def measured(deals: pl.DataFrame, loss_reasons: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the deals (as of now, amounts converted) with every metric of a deal and `closed_day`."""
    text, lost = pl.col("reason_text").str.strip_chars(), pl.col("outcome") == "lost"
    told = deals.select(
        closed_day=day("closed_at", context),
        reason_text=pl.when(text != "").then(text),
        loss_reason_id=pl.when(lost).then(pl.col("loss_reason_id")),
        lost=lost,
    )
    told = joined(told, reasons(told, loss_reasons, context), on="loss_reason_id")
    judged = told.select("closed_day", "reason_text", "loss_reason_name", "loss_reason", _labels(told, context))
    deals = kept(deals, judged)
    return deals.with_columns(
        days_since_closed=(today(context) - pl.col("closed_day")).cast(pl.Int64),
        refusal_seen_after_days=_seen_after(context),
    )


def reasons(deals: pl.DataFrame, loss_reasons: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the reasons that deals name, with their names, codes and kinds.

    A reason deleted from the portal's list keeps its id as its name: something was chosen.
    """
    listed = {number: (name or "").strip() for number, name in loss_reasons.select("id", "name").iter_rows()}
    used: list[str] = [one for one in deals["loss_reason_id"].unique() if one is not None]
    names = [listed.get(one) or one for one in used]
    codes = canonical_all(names, context.reason_map)
    rows = [
        (one, name, codes[name], _name_kind(name, codes[name], context.language))
        for one, name in zip(used, names, strict=True)
    ]
    return pl.DataFrame(rows, schema=_REASONS, orient="row")


def _name_kind(name: str, code: str | None, language: str) -> Kind:
    """Return what a reason's name is worth: a label stays one whatever it is mapped to, and `other` is nothing."""
    kind = classify(name, language)
    if kind is Kind.LABEL:
        return kind
    return Kind.NOTHING if code == OTHER else Kind.SUBSTANCE


def _labels(deals: pl.DataFrame, context: Context) -> pl.Series:
    """Return whether the reason given is a label; texts are read only where the reason's name does not settle it."""
    if not deals["lost"].any():
        return blank(deals.height, {"reason_is_label": pl.Boolean}).to_series()
    name_kind = pl.col("name_kind").fill_null(pl.lit(Kind.NOTHING.value))
    deals = deals[["lost", "name_kind", "reason_text"]]
    asked = deals.filter(pl.col("lost") & (name_kind != Kind.SUBSTANCE.value) & pl.col("reason_text").is_not_null())
    texts: list[str] = asked["reason_text"].unique().to_list()
    kinds = pl.DataFrame(
        {"reason_text": texts, "text_kind": [classify(text, context.language) for text in texts]},
        schema={"reason_text": pl.String, "text_kind": pl.String},
    )
    text_kind = pl.col("text_kind").fill_null(pl.lit(Kind.NOTHING.value))
    label = (name_kind == Kind.LABEL.value) | (text_kind == Kind.LABEL.value)
    substance = (name_kind == Kind.SUBSTANCE.value) | (text_kind == Kind.SUBSTANCE.value)
    read = joined(deals, kinds, on="reason_text")
    return read.select(reason_is_label=pl.when(pl.col("lost")).then(label & ~substance)).to_series()


def _seen_after(context: Context) -> pl.Expr:
    """Days from a refusal to the day on which it was first seen, which is no later than now."""
    seen = day("first_closed_seen_at", context)
    after = pl.min_horizontal(seen, pl.lit(today(context), dtype=pl.Int32)) - pl.col("closed_day")
    return pl.when(pl.col("outcome") == "lost").then(after.clip(lower_bound=0)).cast(pl.Int64)
