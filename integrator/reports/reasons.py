"""Reasons of refusals (A7): which, how often, whose and since when, beside the window before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from integrator.domain.reasons import BY_CODE, Nature, Side
from integrator.metrics.refusals_answers import CAUSES
from integrator.reports.shares import percent

if TYPE_CHECKING:
    from integrator.metrics.context import Context
    from integrator.reports.window import Window

_KEYS = ["loss_reason", "own_name"]


def refusals(deals: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Return the deals and leads lost in the window with `own_name`, the portal's word where it is not mapped.

    `given` is false where neither a reason was chosen nor anything written.
    """
    lost = deals.filter((pl.col("outcome") == "lost") & window.holds(pl.col("closed_day")))
    named = pl.col("loss_reason_name")
    return lost.with_columns(
        own_name=pl.when(pl.col("loss_reason").is_null()).then(named),
        given=named.is_not_null() | pl.col("reason_text").is_not_null(),
    )


def reasons(deals: pl.DataFrame, context: Context, window: Window) -> dict[str, Any]:
    """Return the reasons of the window's refusals, the most frequent first, and the same for each manager."""
    now, before = refusals(deals, window), refusals(deals, window.before)
    managers = pl.concat([now["responsible_id"], before["responsible_id"]]).unique().sort(nulls_last=True).to_list()
    parts = {number: (_of(now, number), _of(before, number)) for number in managers}
    return {
        **_counted(now, before, context.language),
        "previous_lost_deals": before.height,
        "by_nature": _by(now, "nature", tuple(Nature)),
        "by_side": _by(now, "side", tuple(Side)),
        "by_source": _by_source(now),
        "by_manager": [
            {"manager_id": None if number is None else str(number), **_counted(own, earlier, context.language)}
            for number, (own, earlier) in parts.items()
        ],
    }


def _of(lost: pl.DataFrame, manager: int | None) -> pl.DataFrame:
    return lost.filter(pl.col("responsible_id").eq_missing(manager))


def _counted(now: pl.DataFrame, before: pl.DataFrame, language: str) -> dict[str, Any]:
    counts = _counts(now, "count").join(
        _counts(before, "previous_count"), on=_KEYS, how="full", coalesce=True, nulls_equal=True
    )
    ordered = counts.with_columns(pl.col("count", "previous_count").fill_null(0)).sort(
        ["count", "previous_count", "loss_reason", "own_name"], descending=[True, True, False, False], nulls_last=True
    )
    return {
        "lost_deals": now.height,
        "without_reason": now.height - int(now["given"].sum()),
        "rows": [_row(row, now.height, language) for row in ordered.iter_rows(named=True)],
    }


def _counts(lost: pl.DataFrame, name: str) -> pl.DataFrame:
    return lost.filter(pl.col("given")).group_by(_KEYS).agg(pl.len().cast(pl.Int64).alias(name))


def _row(row: dict[str, Any], lost: int, language: str) -> dict[str, Any]:
    reason = BY_CODE.get(row["loss_reason"] or "")
    return {
        "reason": row["loss_reason"],
        "name": reason.name(language) if reason else row["own_name"],
        "nature": str(reason.nature) if reason else None,
        "side": str(reason.side) if reason else None,
        "count": row["count"],
        "share_pct": percent(row["count"], lost),
        "previous_count": row["previous_count"],
    }


def _by(now: pl.DataFrame, what: str, values: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return how the mapped reasons divide by nature or side."""
    codes = now["loss_reason"].drop_nulls().to_list()
    found = [str(getattr(BY_CODE[code], what)) for code in codes]
    counted = [(str(value), found.count(str(value))) for value in values]
    return [{what: value, "count": count, "share_pct": percent(count, len(found))} for value, count in counted]


def _by_source(now: pl.DataFrame) -> list[dict[str, Any]]:
    counted = (
        now.group_by("source")
        .agg(lost_deals=pl.len(), without_reason=(~pl.col("given")).sum())
        .sort(["lost_deals", "source"], descending=[True, False], nulls_last=True)
    )
    return list(counted.iter_rows(named=True))


def causes(deals: pl.DataFrame, context: Context, window: Window) -> list[dict[str, Any]]:
    """Return by manager and month what sellers said went wrong (A10); the commonest is the theme for training."""
    named = refusals(deals, window).filter(pl.col("seller_cause").is_not_null())
    month = pl.col("closed_at").dt.convert_time_zone(str(context.timezone)).dt.strftime("%Y-%m")
    keys = ["responsible_id", "month", "seller_cause"]
    counted = named.with_columns(month=month).group_by(keys).agg(count=pl.len())
    ordered = counted.sort(["responsible_id", "month", "count", "seller_cause"], descending=[False, False, True, False])
    first = ordered.unique(["responsible_id", "month"], keep="first", maintain_order=True)
    listed = context.lists.get(CAUSES, {})
    themes = {(row[0], row[1]): row[2] for row in first.select(keys).iter_rows()}
    return [
        {
            "manager_id": None if row["responsible_id"] is None else str(row["responsible_id"]),
            "month": row["month"],
            "cause": row["seller_cause"],
            "name": listed.get(row["seller_cause"], {}).get(context.language, row["seller_cause"]),
            "count": row["count"],
            "theme": themes[row["responsible_id"], row["month"]] == row["seller_cause"],
        }
        for row in ordered.iter_rows(named=True)
    ]


def answers(clients: pl.DataFrame, context: Context, window: Window) -> list[dict[str, Any]]:
    """Return why clients left or would leave, by their own words in the window (D11), apart from refusals."""
    day = pl.col("leaving_answered_at").dt.convert_time_zone(str(context.timezone)).dt.date()
    told = clients.filter(day.is_between(window.since, window.until))
    counted = told.group_by(reason="leaving_reason").agg(clients=pl.len())
    ordered = counted.sort(["clients", "reason"], descending=[True, False], nulls_last=True)
    return [
        {**row, "name": BY_CODE[row["reason"]].name(context.language) if row["reason"] else None}
        for row in ordered.iter_rows(named=True)
    ]
