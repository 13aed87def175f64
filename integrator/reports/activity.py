"""What managers do: contacts made against the quota and the plan (B6, C7), and where their time goes (D5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from integrator.metrics.activity_places import keepers, place
from integrator.metrics.columns import COMPANY, CONTACT, client_key, client_of, joined, today
from integrator.metrics.own_tasks import kind_of_task, marked
from integrator.reports.changes import gone_through
from integrator.reports.shares import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.metrics import Context
    from integrator.reports.window import Window

LOW_MARGIN_SHARE, YEAR = 0.15, 365


def contacts(snapshot: Mapping[str, pl.DataFrame], deals: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the contacts made by now, each once: who made it, when, of what kind, with which client (`key`).

    A contact is a completed task, call, letter or meeting, or a message that came in; `answered` is true where the
    client began it. What the product itself has completed is none. One bound to several entities counts for the first
    of them that is a client's. What came in and bears nobody's name, as amoCRM's messages, is of who looks after the
    card it is on.
    """
    tasks = marked(snapshot)
    done = tasks.filter(pl.col("completed") & ~pl.col("cleared") & (pl.col("completed_at") <= context.now))
    whose = deals.select(entity_id="id", deal_key="key")
    named = done.join(whose, on="entity_id", how="left", maintain_order="left")
    named = joined(named.with_columns(place=place()), keepers(snapshot), on="place")
    kind = pl.col("entity_kind")
    key = (
        pl.when(kind == "company")
        .then(client_key(COMPANY, "entity_id"))
        .when(kind == "contact")
        .then(client_key(CONTACT, "entity_id"))
        .when(kind == "deal")
        .then(pl.col("deal_key"))
    )
    day = pl.col("completed_at").dt.convert_time_zone(str(context.timezone)).dt.date()
    rows = named.select(
        *("origin", "id"),
        kind=kind_of_task(),
        responsible_id=pl.coalesce("responsible_id", "keeper_id"),
        answered=pl.col("incoming").fill_null(value=False),
        key=key,
        day=day,
    )
    return rows.sort("origin", "id", "key", nulls_last=True).unique(["origin", "id"], keep="first", maintain_order=True)


def prospecting(
    made: pl.DataFrame, clients: pl.DataFrame, window: Window, quota: int, working_days: int
) -> list[dict[str, Any]]:
    """Return per manager what was done in the window, against a quota of calls a working day.

    `clients` are facts with `class.engagement`; fixation is the share of contacts with opportunities that never
    answered after two of ours or more.
    """
    recent = within(made, window)
    silent = _never_answered(made, clients)
    first = made.group_by("key").agg(first=pl.col("day").min())
    marked = recent.join(silent, on="key", how="left").join(first, on="key", how="left")
    rows = (
        marked.group_by("responsible_id")
        .agg(
            calls=((pl.col("kind") == "call") & ~pl.col("answered")).sum(),
            meetings=(pl.col("kind") == "meeting").sum(),
            contacts=pl.len(),
            new_contacts=(pl.col("key").filter(pl.col("first").is_between(window.since, window.until))).n_unique(),
            fixed=pl.col("silent").fill_null(value=False).sum(),
        )
        .sort("responsible_id", nulls_last=True)
    )
    planned = quota * working_days
    return [_manager(row, planned) for row in rows.iter_rows(named=True)]


def _manager(row: Mapping[str, Any], planned: int) -> dict[str, Any]:
    number = row["responsible_id"]
    return {
        "manager_id": None if number is None else str(number),
        "calls": row["calls"],
        "calls_quota": planned,
        "quota_pct": percent(row["calls"], planned),
        "meetings": row["meetings"],
        "calls_per_meeting": row["calls"] / row["meetings"] if row["meetings"] else None,
        "contacts": row["contacts"],
        "new_contacts": row["new_contacts"],
        "fixation_pct": percent(row["fixed"], row["contacts"]),
    }


def _never_answered(made: pl.DataFrame, clients: pl.DataFrame) -> pl.DataFrame:
    """Return the opportunities that never took a step of their own in two contacts of ours or more."""
    chances = clients.filter((pl.col("class.engagement") == "opportunity") & (pl.col("purchase_count") == 0))
    keys = chances.select(key=client_of("kind", "id"))
    touched = (
        made.join(keys, on="key", how="semi")
        .group_by("key")
        .agg(ours=(~pl.col("answered")).sum(), answered=pl.col("answered").any())
    )
    return touched.filter(~pl.col("answered") & (pl.col("ours") >= 2)).select("key", silent=pl.lit(value=True))  # noqa: PLR2004


def within(made: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Return the contacts made in the window."""
    return made.filter(pl.col("day").is_between(window.since, window.until))


def values_of_year(days: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return `key` and `value` (margin, else revenue) of who bought in the 365 days to now; `days` are purchases."""
    recent = days.filter(pl.col("day") > today(context) - YEAR)
    return recent.group_by("key").agg(pl.col("value").sum())


def time_spent(made: pl.DataFrame, values: pl.DataFrame, window: Window) -> list[dict[str, Any]]:
    """Return per manager the share of contacts that went to clients who bring little together (D5).

    `values` are those of `values_of_year`; the little ones are those of lowest value that together bring under 15 % of
    all. Who did not buy in the year is no little client: time for him is shown apart.
    """
    ranked = values.sort("value", "key").with_columns(below=pl.col("value").cum_sum())
    total = int(values["value"].sum())
    small = ranked.filter(pl.col("below") < LOW_MARGIN_SHARE * total) if total > 0 else ranked.clear()
    recent = within(made, window).filter(pl.col("key").is_not_null())
    marked = recent.join(ranked.select("key", "value"), on="key", how="left")
    marked = marked.join(small.select("key", small=pl.lit(value=True)), on="key", how="left")
    rows = (
        marked.group_by("responsible_id")
        .agg(
            contacts=pl.len(),
            on_small=pl.col("small").fill_null(value=False).sum(),
            on_prospects=pl.col("value").is_null().sum(),
        )
        .sort("responsible_id", nulls_last=True)
    )
    return [
        {
            "manager_id": None if row["responsible_id"] is None else str(row["responsible_id"]),
            "contacts": row["contacts"],
            "on_small_clients": row["on_small"],
            "share_pct": percent(row["on_small"], row["contacts"]),
            "on_prospects": row["on_prospects"],
            "prospects_pct": percent(row["on_prospects"], row["contacts"]),
        }
        for row in rows.iter_rows(named=True)
    ]


def stage_days(
    snapshot: Mapping[str, pl.DataFrame], deals: pl.DataFrame, context: Context, window: Window
) -> list[dict[str, Any]]:
    """Return the median of the days that deals spent on each stage, by stays that ended in the window (C5)."""
    ordered = gone_through(snapshot, deals, context).sort("deal_id", "at", "id")
    left = pl.when(pl.col("deal_id") == pl.col("deal_id").shift(-1)).then(pl.col("at").shift(-1))
    stays = ordered.with_columns(left=left).filter(pl.col("left").is_not_null())
    zone = str(context.timezone)
    came, gone = (pl.col(name).dt.convert_time_zone(zone).dt.date() for name in ("at", "left"))
    ended = stays.with_columns(gone=gone, days=(gone - came).dt.total_days())
    recent = ended.filter(pl.col("gone").is_between(window.since, window.until))
    counted = recent.group_by("pipeline_id", "stage_id").agg(stays=pl.len(), median_days=pl.col("days").median())
    stages = snapshot["stages"].select("pipeline_id", "name", "sort", stage_id="id")
    named = counted.join(stages, on=["pipeline_id", "stage_id"], how="inner").sort("pipeline_id", "sort", "stage_id")
    return list(named.select("pipeline_id", "stage_id", "name", "stays", "median_days").iter_rows(named=True))
