"""Whom a real wholesaler should win back: the shipped rules on UCI Online Retail, with the arithmetic of some clients.

    python benchmarks/win_back.py online_retail.parquet [--at 2011-12-10] [--client ID ...]

Prints how many of the lost stand in each cell of ABC x XYZ with what they brought in their last year, and for each
client named the purchases by day and every step from them to the classes, so that it can be followed by hand.
"""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from backtest import retail, snapshot

if TYPE_CHECKING:
    import polars as pl

ZONE = ZoneInfo("Europe/London")
STEPS = (
    *("purchase_count", "days_silent", "purchase_period_days", "purchase_period_source", "lost_threshold_days"),
    *("value_365", "abc_share_above", "revenue_variation"),
    *("class.lifecycle", "class.abc", "class.xyz", "class.win_back"),
)
EPOCH = date(1970, 1, 1).toordinal()


def main() -> None:
    """Print the matrix of the lost, then the clients asked for."""
    arguments = parsed()
    clients, days = judged(arguments.path, arguments.at)
    matrix(clients)
    for number in arguments.client:
        followed(clients.filter(clients["id"] == number).row(0, named=True), days.filter(days["key"] == number * 2))


def parsed() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="the parquet file of Online Retail")
    parser.add_argument("--at", type=date.fromisoformat, default=date(2011, 12, 10), help="the day of the evaluation")
    parser.add_argument("--client", type=int, nargs="*", default=[], help="clients to follow")
    return parser.parse_args()


def judged(path: Path, day: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the clients with facts and classes as of noon of the day, and their purchases by day."""
    from integrator import metrics, packs
    from integrator.engine import classes, durable, loader
    from integrator.engine.moment import Moment
    from integrator.metrics.compute import started
    from integrator.metrics.purchases import purchase_days

    now = datetime.combine(day, time(12), ZONE).astimezone(UTC)
    context = metrics.Context(now=now, timezone=ZONE, currency="GBP", language="en")
    base = snapshot(retail(path), "GBP")
    rules = loader.load(packs.find((), ["win_back"]), metrics.METRICS)
    facts = metrics.compute(base, context)
    found = classes.evaluate(rules, "client", facts.clients, durable.choose(), Moment.of(now, ZONE))
    return facts.clients.hstack(found), purchase_days(started(base, context, metrics.Shared()).deals)


def matrix(clients: pl.DataFrame) -> None:
    """Print who was lost, by value and steadiness."""
    from integrator.reports.renewal import win_back

    counts = clients["class.lifecycle"].value_counts().sort("class.lifecycle")
    print(f"{clients.height} clients:", ", ".join(f"{name} {count}" for name, count in counts.iter_rows()))
    tiers = clients["class.win_back"].drop_nulls().value_counts().sort("class.win_back")
    print("win back:", ", ".join(f"{name} {count}" for name, count in tiers.iter_rows()))
    for cell in win_back(clients):
        print(f"  {cell['abc']}{cell['xyz']} {cell['clients']:5} {cell['value_365']:12,.2f} {cell['tiers'] or ''}")


def followed(client: dict[str, Any], days: pl.DataFrame) -> None:
    """Print the client's purchases and every figure between them and his classes."""
    print(f"\nclient {client['id']}")
    for row in days.sort("day").iter_rows(named=True):
        since = "" if row["interval"] is None else f"{row['interval']} days after the one before"
        print(f"  {date.fromordinal(EPOCH + row['day'])} {row['revenue'] / 100:12,.2f} {since}")
    for name in STEPS:
        value = client[name] / 100 if name == "value_365" else client[name]
        print(f"  {name}: {value}")


if __name__ == "__main__":
    main()
