"""Makes `purchases.csv`: `python -m connectors.demo.extract PARQUET OUT`; see SOURCES.md."""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median, pstdev
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

_COLUMNS = ["InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
_MOST_INVOICES = 40
# Customers kept of each stratum (and of the steady ones, who are rare); some 350 altogether.
_PER_STRATUM = 8
_STEADY = 20
_STEADY_VARIATION = 0.25
_WINDOW = 91
_WINDOWS = 4


@dataclass(slots=True)
class _Customer:
    id: int
    country: str
    invoices: dict[str, tuple[datetime, float]] = field(default_factory=dict)

    @property
    def days(self) -> list[date]:
        return sorted({at.date() for at, _ in self.invoices.values()})

    @property
    def value(self) -> float:
        return sum(amount for _, amount in self.invoices.values())

    def steady(self) -> bool:
        last, windows = self.days[-1], [0.0] * _WINDOWS
        for at, amount in self.invoices.values():
            index = (last - at.date()).days // _WINDOW
            if index < _WINDOWS:
                windows[index] += amount
        return len(self.days) > 1 and pstdev(windows) <= _STEADY_VARIATION * fmean(windows)


def main(arguments: list[str]) -> int:
    """The extract of the first file stands in the second."""
    source, target = arguments
    customers = _read(_lines(source))
    kept = sorted(_choose(customers), key=lambda customer: sha256(b"%d" % customer.id).digest())
    with Path(target).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("customer", "country", "invoice", "at", "pounds"))
        for customer in kept:
            for number, (at, amount) in sorted(customer.invoices.items(), key=lambda item: (item[1][0], item[0])):
                writer.writerow((customer.id, customer.country, number, f"{at:%Y-%m-%dT%H:%M}", f"{amount:.2f}"))
    sys.stderr.write(f"{len(kept)} customers, {sum(len(c.invoices) for c in kept)} invoices\n")
    return 0


def _lines(source: str) -> Iterator[dict[str, Any]]:
    # Needed only to make the extract, so it is no dependency of the product.
    parquet = import_module("pyarrow.parquet")
    for batch in parquet.ParquetFile(source).iter_batches(columns=_COLUMNS):
        yield from batch.to_pylist()


def _read(lines: Iterable[dict[str, Any]]) -> list[_Customer]:
    """The customers with their invoices; cancelled ones and those of nobody are left out."""
    customers: dict[int, _Customer] = {}
    for line in lines:
        number, customer_id = line["InvoiceNo"], line["CustomerID"]
        if customer_id is None or number.startswith("C"):
            continue
        customer = customers.setdefault(customer_id, _Customer(customer_id, line["Country"]))
        at, amount = customer.invoices.get(number, (line["InvoiceDate"], 0.0))
        customer.invoices[number] = (min(at, line["InvoiceDate"]), amount + line["Quantity"] * line["UnitPrice"])
    return list(customers.values())


def _choose(customers: list[_Customer]) -> Iterator[_Customer]:
    """Some of every kind: by number of purchases, silence and value; within a kind by chance, the same each time."""
    last = max(customer.days[-1] for customer in customers)
    values = sorted(customer.value for customer in customers)
    limits = [values[len(values) * share // 100] for share in (50, 80)]
    strata: dict[object, list[_Customer]] = defaultdict(list)
    for customer in sorted(customers, key=lambda customer: sha256(b"%d" % customer.id).digest()):
        if len(customer.invoices) <= _MOST_INVOICES:
            strata[_stratum(customer, last, limits)].append(customer)
    for stratum, members in strata.items():
        yield from members[: _STEADY if stratum == "steady" else _PER_STRATUM]


def _stratum(customer: _Customer, last: date, limits: list[float]) -> object:
    if customer.steady():
        return "steady"
    days = customer.days
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    silence, period = (last - days[-1]).days, median(gaps) if gaps else 90
    often = sum(len(days) >= bound for bound in (2, 4, 8))
    silent = sum(silence >= bound for bound in (period, period * 4 / 3, period * 3))
    large = sum(customer.value >= bound for bound in limits)
    return often, silent, large


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
