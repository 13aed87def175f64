"""What follows from a refusal: its nature, when to come back to it, and whether that is still to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from integrator.domain.reasons import OTHER, REASONS, SUB_REASONS
from integrator.text import normal, sub_reason, vague

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrator.metrics.context import Base, Context

PLANNED = "purchase_not_planned"
_DATES = (("%Y-%m-%d", 10), ("%d.%m.%Y", 10))


def of_deals(base: Base) -> pl.DataFrame:
    """Return the deals with what follows from their refusals."""
    deals = _with_texts(base.deals, base.context)
    latest = _of_clients(deals)
    joined = deals.join(latest, on="key", how="left", maintain_order="left")
    lost = pl.col("outcome") == "lost"
    told = lost & pl.col("loss_reason_name").is_not_null()
    code = pl.col("loss_reason").fill_null(OTHER)
    back = _days(code, base.context)
    return joined.with_columns(
        **_kinds(lost),
        is_latest_refusal=pl.when(lost).then((pl.col("id") == pl.col("last_refusal_id")).fill_null(value=False)),
        bought_since_refusal=pl.when(lost).then((pl.col("last_won_at") > pl.col("closed_at")).fill_null(value=False)),
        come_back_on=pl.when(told).then(_planned(code, back)).cast(pl.Date),
    ).drop("last_refusal_id", "last_won_at")


def of_leads(base: Base) -> pl.DataFrame:
    """Return the leads with what is understood of their refusals; nobody comes back to a lead."""
    return _with_texts(base.leads, base.context).with_columns(**_kinds(pl.col("outcome") == "lost"))


def _of_clients(deals: pl.DataFrame) -> pl.DataFrame:
    """Return for each client his latest refusal (of one instant the higher id) and his latest purchase."""
    own = deals.filter(pl.col("key").is_not_null() & pl.col("closed_at").is_not_null())
    ordered = own.select("key", "id", "outcome", "closed_at").sort("key", "closed_at", "id")
    return ordered.group_by("key", maintain_order=True).agg(
        last_refusal_id=pl.col("id").filter(pl.col("outcome") == "lost").last(),
        last_won_at=pl.col("closed_at").filter(pl.col("outcome") == "won").last(),
    )


def _kinds(lost: pl.Expr) -> dict[str, pl.Expr]:
    """Return what the table of reasons says of the canonical one."""
    codes = [reason.code for reason in REASONS]
    columns = {"reason_nature": [str(one.nature) for one in REASONS], "reason_side": [str(one.side) for one in REASONS]}
    return {
        name: pl.when(lost).then(
            pl.col("loss_reason").replace_strict(codes, values, default=None, return_dtype=pl.String)
        )
        for name, values in columns.items()
    }


def _days(code: pl.Expr, context: Context) -> pl.Expr:
    """Return after how many days to come back; null where never."""
    days = {reason.code: int(context.param(f"refusals.back_days_{reason.code}")) for reason in REASONS}
    found = code.replace_strict(list(days), list(days.values()), default=None, return_dtype=pl.Int32)
    return pl.when(found > 0).then(found)


def _planned(code: pl.Expr, back: pl.Expr) -> pl.Expr:
    """Return the day to come back on: the planned purchase's where it is named."""
    written = pl.col("planned_at").str.strip_chars()
    days = [written.str.slice(0, size).str.to_date(form, strict=False) for form, size in _DATES]
    named = pl.coalesce(days).to_physical()
    return pl.when(code == PLANNED).then(named).fill_null(pl.col("closed_day") + back)


def _with_texts(deals: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the deals with what is understood of the words beside their reasons."""
    lost = deals.filter(pl.col("outcome") == "lost")
    own = {normal(name): code for name, code in context.sub_reason_map.items()}
    known = {**own, **{code: code for code in SUB_REASONS}}
    sub = _read(lost, "sub_reason", "sub_reason_code", lambda text: known.get(normal(text)) or sub_reason(text))
    words = lost.with_columns(words=pl.coalesce("reason_text", "loss_reason_name"))
    unclear = _read(words, "words", "reason_is_vague", lambda text: vague(text, context.language), pl.Boolean)
    joined = deals.drop("sub_reason").join(sub, on="id", how="left", maintain_order="left")
    joined = joined.join(unclear, on="id", how="left", maintain_order="left")
    return joined.rename({"sub_reason_code": "sub_reason"})


def _read(
    lost: pl.DataFrame, column: str, name: str, understand: Callable[[str], Any], kind: Any = pl.String
) -> pl.DataFrame:
    """Return by the deal's id what is understood of its words; each text is read once."""
    told = lost.select("id", text=pl.col(column).str.strip_chars()).filter(pl.col("text") != "")
    texts: list[str] = told["text"].unique().to_list()
    meanings = pl.DataFrame(
        {"text": texts, name: [understand(text) for text in texts]}, schema={"text": pl.String, name: kind}
    )
    return told.join(meanings, on="text", how="left").select("id", name)
