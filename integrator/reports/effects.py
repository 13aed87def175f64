"""Does each rule help: what it found, what became of its tasks, and what was bought after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from integrator.metrics.columns import COMPANY, CONTACT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from integrator.metrics import Context

MINOR_UNITS = 100


def tasks(snapshot: Mapping[str, pl.DataFrame], deals: pl.DataFrame, context: Context, since: datetime) -> pl.DataFrame:
    """Return the tasks that rules made from `since` to now, with what became of them in the CRM.

    `won_after` is what the task's client bought after it (minor units): after it, not because of it.
    """
    made = snapshot["own_tasks"].filter(
        pl.col("created_at").is_between(since, context.now) & pl.col("remote_id").is_not_null()
    )
    own = snapshot["tasks"].filter(pl.col("origin") == "task").unique("id", keep="first", maintain_order=True)
    done = own.select(
        "result",
        remote_id="id",
        completed_at=pl.when(pl.col("completed_at") <= context.now).then(pl.col("completed_at")),
    )
    named = made.join(done, on="remote_id", how="left").with_columns(key=_client(deals))
    return _won_after(named.with_row_index("row"), deals).drop("row")


def _client(deals: pl.DataFrame) -> pl.Expr:
    """Return the client that the task's subject is or belongs to."""
    kind = pl.col("subject").str.extract(r"^(.*):\d+$")
    number = pl.col("subject").str.extract(r":(\d+)$").cast(pl.Int64)
    owners = dict(deals.select("id", "key").iter_rows())
    of_deal = number.replace_strict(owners, default=None, return_dtype=pl.Int64)
    return (
        pl.when(kind == "client:company")
        .then(number * 2 + COMPANY)
        .when(kind == "client:contact")
        .then(number * 2 + CONTACT)
        .when(kind == "deal")
        .then(of_deal)
    )


def _won_after(made: pl.DataFrame, deals: pl.DataFrame) -> pl.DataFrame:
    won = deals.filter((pl.col("outcome") == "won") & pl.col("closed_at").is_not_null())
    bought = made.join(won.select("key", "closed_at", "amount"), on="key", how="inner")
    after = bought.filter(pl.col("closed_at") > pl.col("created_at"))
    sums = after.group_by("row").agg(won_after=pl.col("amount").sum())
    return made.join(sums, on="row", how="left", maintain_order="left").with_columns(pl.col("won_after").fill_null(0))


def effects(
    stored: Mapping[str, Mapping[str, int]], made: pl.DataFrame, titles: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return a row per rule that did anything: its findings, its tasks and what was bought after these."""
    counted = made.group_by("rule").agg(
        done=pl.col("completed_at").count(),
        answered=(pl.col("completed_at").is_not_null() & (pl.col("result") != "")).sum(),
        clients_bought_after=(pl.col("won_after") > 0).sum(),
        won_after=pl.col("won_after").sum(),
    )
    tasks_of = {row.pop("rule"): row for row in counted.iter_rows(named=True)}
    nothing = {"done": 0, "answered": 0, "clients_bought_after": 0, "won_after": 0}
    return [
        _row(rule, stored.get(rule, {}), tasks_of.get(rule, nothing), titles) for rule in sorted({*stored, *tasks_of})
    ]


def _row(rule: str, stored: Mapping[str, int], made: Mapping[str, int], titles: Mapping[str, str]) -> dict[str, Any]:
    by_itself = stored.get("closed_by_itself", 0)
    return {
        "rule": rule,
        "title": titles.get(rule, rule),
        "fired": stored.get("fired", 0),
        "cleared": stored.get("cleared", 0),
        "tasks": stored.get("tasks", 0),
        "closed_by_itself": by_itself,
        "done_by_managers": max(made["done"] - by_itself, 0),
        "answered": made["answered"],
        "refused_by_crm": stored.get("dead", 0),
        "clients_bought_after": made["clients_bought_after"],
        "money_won_after": made["won_after"] / MINOR_UNITS,
    }
