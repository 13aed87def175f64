"""The base (C4, B3, D4): how fresh its records are, who is in it, and whom to win back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from integrator.reports.shares import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.metrics import Context
    from integrator.reports.window import Window

YEAR_PCT, CRISIS_QUARTER_PCT = 20, (20, 30)  # of records renewed: the usual of a year, and of a quarter in a crisis
MINOR_UNITS = 100
ABC, XYZ = ("A", "B", "C"), ("X", "Y", "Z")


def renewal(snapshot: Mapping[str, pl.DataFrame], context: Context, window: Window) -> dict[str, Any]:
    """Return how many records of clients there are now, and how many were created or verified in the window."""
    cards = pl.concat(
        snapshot[table].select("created_at", "verified_at") for table in ("companies", "contacts")
    ).filter((pl.col("created_at") <= context.now).fill_null(value=True))
    created = pl.col("created_at").dt.convert_time_zone(str(context.timezone)).dt.date()
    fresh = cards.select(
        created=created.is_between(window.since, window.until).fill_null(value=False),
        verified=_day("verified_at").is_between(window.since, window.until).fill_null(value=False),
    )
    renewed = int((fresh["created"] | fresh["verified"]).sum())
    return {
        "records": cards.height,
        "created": int(fresh["created"].sum()),
        "verified": int(fresh["verified"].sum()),
        "renewed": renewed,
        "renewed_pct": percent(renewed, cards.height),
        "days": window.days,
    }


def _day(text: str) -> pl.Expr:
    """Return the day that a field of the card names, whichever way it is written; null where it names none."""
    written = pl.col(text).str.strip_chars()
    forms = (("%Y-%m-%d", 10), ("%d.%m.%Y", 10))
    return pl.coalesce(written.str.slice(0, size).str.to_date(form, strict=False) for form, size in forms)


def pyramid(clients: pl.DataFrame, classes: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return how many clients are of each class of the pyramid, and what they bought in a year and ever.

    `clients` are facts with `class.pyramid`, `classes` the names of its classes; money in whole units.
    """
    counted = clients.group_by(value="class.pyramid").agg(
        clients=pl.len(), revenue_365=pl.col("revenue_365").sum(), revenue_total=pl.col("revenue_total").sum()
    )
    found = {row["value"]: row for row in counted.iter_rows(named=True)}
    empty = {"clients": 0, "revenue_365": 0, "revenue_total": 0}
    return [_pyramid_row(value, name, found.get(value, empty), clients.height) for value, name in classes.items()]


def _pyramid_row(value: str, name: str, row: Mapping[str, Any], total: int) -> dict[str, Any]:
    return {
        "class": value,
        "name": name,
        "clients": row["clients"],
        "share_pct": percent(row["clients"], total),
        "revenue_365": row["revenue_365"] / MINOR_UNITS,
        "revenue_total": row["revenue_total"] / MINOR_UNITS,
    }


def win_back(clients: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the matrix of the lost, ABC by XYZ: how many, what they brought in their last year, and their tiers.

    `clients` are facts with the classes lifecycle, abc, xyz and win_back.
    """
    lost = clients.filter(pl.col("class.lifecycle") == "lost")
    return [_cell(lost, abc, xyz) for abc in ABC for xyz in XYZ]


def _cell(lost: pl.DataFrame, abc: str, xyz: str) -> dict[str, Any]:
    own = lost.filter((pl.col("class.abc") == abc) & (pl.col("class.xyz") == xyz))
    tiers = own["class.win_back"].drop_nulls().value_counts().sort("class.win_back")
    return {
        "abc": abc,
        "xyz": xyz,
        "clients": own.height,
        "value_365": int(own["value_365"].sum()) / MINOR_UNITS,
        "tiers": dict(tiers.iter_rows()),
    }


def handovers(clients: pl.DataFrame) -> list[dict[str, Any]]:
    """Return what became of the clients of each manager who left within the days that their handover is followed (D10).

    How many there were, to whom a successor is found, with whom there was a contact, who bought since and for how much.
    """
    left = clients.filter(pl.col("handed_over_at").is_not_null())
    counted = left.group_by("handed_over_from").agg(
        clients=pl.len(),
        with_successor=pl.col("successor_id").count(),
        contacted=(pl.col("last_contact_at") > pl.col("handed_over_at")).sum(),
        bought=(pl.col("revenue_since_handover") > 0).sum(),
        revenue=pl.col("revenue_since_handover").sum() / MINOR_UNITS,
    )
    return list(counted.rename({"handed_over_from": "manager"}).sort("manager").iter_rows(named=True))
