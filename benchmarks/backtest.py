"""How well alarms of loss do on two real purchase histories, beside figures measured independently of this code.

    python benchmarks/backtest.py [CDNOW_sample.txt] [online_retail.parquet]

Without arguments the CDNOW sample of the tests is taken alone. Each set is split once, as for the published figures:
"lost" is who bought nothing in the hold-out; customers with at least four purchases; FA is the share of those who
bought again that was flagged, rec the share of the lost that was; fast and slow are the thirds by mean interval.
AUC tells how well a number ranks the lost above the others: of two such customers, how often it is right.
Then a replay, day by day, of the shipped rules over the last 90 days before the split, and how long it took.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import isnan
from pathlib import Path
from statistics import fmean, median
from time import perf_counter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl

TOP = Path(__file__).parents[1]
CDNOW = TOP / "tests" / "data" / "cdnow" / "CDNOW_sample.txt"
LINES = ("InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID")
LEAST = 4
REPLAYED = 90


@dataclass(frozen=True)
class Purchase:
    """What a customer bought at once; the amount in minor units."""

    customer: int
    at: datetime
    amount: int


@dataclass(frozen=True)
class Trial:
    """A history, its last day before the hold-out, and figures measured elsewhere: FA and rec of all, fast and slow."""

    name: str
    zone: str
    currency: str
    split: date
    horizon: int
    published: dict[str, tuple[float, ...]]
    ranked: tuple[float, float]


TRIALS = {
    "cdnow": Trial(
        "CDNOW, 1/10 sample",
        "America/New_York",
        "USD",
        date(1997, 9, 30),
        273,
        {
            "fixed_days 60": (0.335, 0.726, 0.475, 0.889, 0.192, 0.526),
            "own_mean × 2": (0.268, 0.643, 0.557, 0.917, 0.026, 0.263),
        },
        (0.744, 0.731),
    ),
    "retail": Trial(
        "UCI Online Retail",
        "Europe/London",
        "GBP",
        date(2011, 6, 9),
        183,
        {
            "fixed_days 60": (0.062, 0.385, 0.073, 0.800, 0.025, 0.000),
            "own_mean × 2": (0.070, 0.385, 0.140, 0.800, 0.000, 0.000),
        },
        (0.687, 0.674),
    ),
}


def cdnow(path: Path) -> Iterator[Purchase]:
    """Yield the purchases of CDNOW's sample: its own id, the customer's within the sample, day, discs, dollars."""
    for line in path.read_text(encoding="ascii").splitlines():
        _, customer, day, _, dollars = line.split()
        noon = datetime.combine(datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC), time(17), UTC)
        yield Purchase(int(customer), noon, round(float(dollars) * 100))


def retail(path: Path) -> Iterator[Purchase]:
    """Yield one purchase for each invoice of Online Retail, without cancelled ones and lines without a customer."""
    import polars as pl

    table = pl.read_parquet(path, columns=list(LINES))
    invoices: dict[str, tuple[int, datetime, float]] = {}
    london = ZoneInfo(TRIALS["retail"].zone)
    for number, quantity, at, price, customer in table.select(LINES).iter_rows():
        if customer is None or isnan(float(customer)) or str(number).startswith("C") or quantity <= 0 or price <= 0:
            continue
        moment = (at if isinstance(at, datetime) else datetime.fromisoformat(str(at))).replace(tzinfo=london)
        _, _, amount = invoices.get(str(number), (0, moment, 0.0))
        invoices[str(number)] = (int(customer), moment, amount + quantity * price)
    for customer, moment, amount in invoices.values():
        yield Purchase(customer, moment.astimezone(UTC), round(amount * 100))


def snapshot(purchases: Iterable[Purchase], currency: str) -> dict[str, pl.DataFrame]:
    """Return the mirror of a CRM in which every purchase is a won deal of a company."""
    import polars as pl

    from integrator.domain.tables import SNAPSHOT
    from integrator.store.shapes import TYPES

    bought = sorted(purchases, key=lambda one: (one.at, one.customer, one.amount))
    deals = [
        {
            "id": number,
            "title": f"{number}",
            "pipeline_id": 1,
            "stage_id": "won",
            "outcome": "won",
            "amount": one.amount,
            "currency": currency,
            "company_id": one.customer,
            "responsible_id": 1 + one.customer % 3,
            **dict.fromkeys(("created_at", "closed_at", "first_closed_seen_at"), one.at),
        }
        for number, one in enumerate(bought, 1)
    ]
    first = {one.customer: one.at for one in reversed(bought)}
    companies = [
        {"id": customer, "name": f"{customer}", "responsible_id": 1 + customer % 3, "created_at": at}
        for customer, at in sorted(first.items())
    ]
    users = [{"id": number, "name": f"{number}", "active": True} for number in (1, 2, 3)]
    stages = [{"pipeline_id": 1, "id": "won", "name": "won", "sort": 1, "outcome": "won"}]
    rows = {"deals": deals, "companies": companies, "users": users, "stages": stages}
    return {
        name: pl.DataFrame(
            [{column: row.get(column) for column in columns} for row in rows.get(name, [])],
            schema={column: TYPES[kind] for column, kind in columns.items()},
        )
        for name, columns in SNAPSHOT.items()
    }


def job(trial: Trial) -> Any:
    """Return the shipped rules for a portal that holds the history, as of long after it."""
    from integrator import bootstrap
    from integrator.config import Auth, Config, Portal
    from integrator.verdicts import Job

    portal = Portal(
        crm="amocrm",
        base_url="http://localhost",
        auth=Auth.model_validate({"long_lived_token": "x"}),
        timezone=trial.zone,
        currency=trial.currency,
    )
    rules = bootstrap.rule_set(Config(portals={"p": portal}), "p", TOP)
    return Job("p", portal, rules, bootstrap.rule_engine(), datetime(2020, 1, 1, tzinfo=UTC))


def ranks(purchases: Iterable[Purchase], trial: Trial) -> dict[str, float]:
    """Return the AUC of silence in days, and of silence in the customer's own mean and median intervals."""
    days: dict[int, set[date]] = {}
    for one in purchases:
        days.setdefault(one.customer, set()).add(one.at.astimezone(ZoneInfo(trial.zone)).date())
    judged: dict[str, list[tuple[float, bool]]] = {"days": [], "own mean": [], "own median": []}
    for own in days.values():
        before = sorted(day for day in own if day <= trial.split)
        if len(before) < LEAST:
            continue
        lost = not any(0 < (day - trial.split).days <= trial.horizon for day in own)
        gaps = [(later - earlier).days for earlier, later in pairwise(before)]
        silence = (trial.split - before[-1]).days
        for name, unit in (("days", 1), ("own mean", fmean(gaps)), ("own median", median(gaps))):
            judged[name].append((silence / unit, lost))
    return {name: auc(scores) for name, scores in judged.items()}


def auc(scores: list[tuple[float, bool]]) -> float:
    """Return how often the lost one of two has the higher score; a tie is half a hit."""
    lost = [score for score, gone in scores if gone]
    rest = [score for score, gone in scores if not gone]
    hits = sum((one > other) + (one == other) / 2 for one in lost for other in rest)
    return hits / (len(lost) * len(rest))


def run(trial: Trial, base: dict[str, pl.DataFrame]) -> None:
    """Print the tables of one history."""
    from integrator.backtest import Window, by_manager, of_snapshot
    from integrator.metrics.outcomes import THIRDS

    started = perf_counter()
    window = Window(trial.split - timedelta(days=REPLAYED - 1), trial.split, 1, trial.horizon, LEAST)
    found = of_snapshot(base, job(trial), window, lambda *_: None)
    seconds = perf_counter() - started
    everyone = found.comparison[0].census["all"]
    print(f"\n{trial.name}: {everyone.clients} customers, {everyone.lost / everyone.clients:.3f} of them lost")
    print("| estimator | rings after | precision | FA all | rec all | FA fast | rec fast | FA slow | rec slow |")
    print("|---|---|---|---|---|---|---|---|---|")
    for one in found.comparison:
        parts = [part for name in THIRDS for part in (one.census[name].false_alarm_rate, one.census[name].recall)]
        whole = one.census["all"]
        shown = " | ".join(_shown(part) for part in (whole.precision, *parts))
        days = "" if whole.silent_days is None else f"{whole.silent_days:.0f}"
        print(f"| {one.estimator} | {days} | {shown} |")
        if published := trial.published.get(str(one.estimator)):
            print(f"| (measured elsewhere) | | | {' | '.join(_shown(part) for part in published)} |")
    print(f"\nalarms of {window.since} to {window.until}:")
    print("| estimator | rang | came back | never came back | not ripe | silence | back after |")
    print("|---|---|---|---|---|---|---|")
    for one in found.comparison:
        told = one.alarms
        print(
            f"| {one.estimator} | {told.rang} | {told.came_back} | {told.never_came_back} | {told.immature} "
            f"| {told.silent_days or 0:.0f} d | {told.days_to_return or 0:.0f} d |"
        )
    tasks = sum(row["tasks"] for row in by_manager(found.replay))
    deals = base["deals"].height
    print(f"\nreplayed {len(found.replay.days)} days of {deals:,} deals in {seconds:.1f} s: {tasks} tasks")


def _shown(part: float | None) -> str:
    return "" if part is None else f"{part:.3f}"


def main(arguments: list[str]) -> None:
    files = [Path(text) for text in arguments] or [CDNOW]
    for file in files:
        name = "retail" if file.suffix == ".parquet" else "cdnow"
        purchases = list({"retail": retail, "cdnow": cdnow}[name](file))
        run(TRIALS[name], snapshot(purchases, TRIALS[name].currency))
        found = ", ".join(f"{name} {value:.3f}" for name, value in ranks(purchases, TRIALS[name]).items())
        known = "days {:.3f}, own mean {:.3f}".format(*TRIALS[name].ranked)
        print(f"AUC of silence in: {found} (measured elsewhere: {known})")


if __name__ == "__main__":
    main(sys.argv[1:])
