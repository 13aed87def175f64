"""What docs/methods say of D1, D3 and D8, written plainly, one client after another, in exact numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tests.unit.metrics.bases import Client

ENOUGH = 5
RHYTHM = "own_rhythm"


@dataclass(frozen=True)
class Bought:
    """A won deal: who, when, revenue and margin in minor units (None where there is no rate)."""

    client: Client
    on: date
    revenue: int | None
    value: int | None


@dataclass
class Portrait:
    """What the oracle says of one buyer."""

    days: list[date]
    value_365: int = 0
    above: Fraction = Fraction(0)
    abc: str = ""
    squared_variation: Fraction | None = None
    period: Fraction = Fraction(0)
    source: str = ""
    returned_on: date | None = None
    threshold: Fraction = Fraction(0)


def median(numbers: list[Fraction]) -> Fraction:
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def own_period(days: list[date]) -> Fraction:
    """The median interval between his purchases; there are two at least."""
    return median([Fraction((later - earlier).days) for earlier, later in pairwise(days)])


def estimate(days: list[date], by: str) -> Fraction:
    """What he is judged by: the median, the mean or the 95th percentile (nearest rank) of his intervals."""
    intervals = sorted(Fraction((later - earlier).days) for earlier, later in pairwise(days))
    if by == "own_mean":
        return sum(intervals, Fraction(0)) / len(intervals)
    if by == "percentile_95":
        return intervals[ceil(Fraction(95, 100) * len(intervals)) - 1]
    return median(intervals)


def threshold(found: Fraction, by: str = RHYTHM) -> Fraction:
    if by == "fixed_days":
        return Fraction(60)
    factor = {RHYTHM: Fraction(4, 3), "own_mean": Fraction(3)}.get(by, Fraction(1))
    return max(Fraction(14), min(found * factor, Fraction(730)))


def returned_on(days: list[date], by: str = RHYTHM) -> date | None:
    """The latest purchase whose silence before it was a loss, judged on at least two purchases before that silence."""
    found = None
    for number in range(2, len(days)):
        before = days[:number]
        if (days[number] - before[-1]).days >= threshold(estimate(before, by), by):
            found = days[number]
    return found


def squared_variation(purchases: list[Bought], days: list[date]) -> Fraction | None:
    """The coefficient of variation, squared; None with one purchase or a mean of 0."""
    windows = []
    for number in range(4):
        ends = days[-1] - timedelta(days=91 * number)
        starts = ends - timedelta(days=90)
        windows.append(sum(bought.revenue or 0 for bought in purchases if starts <= bought.on <= ends))
    mean = Fraction(sum(windows), 4)
    if len(days) == 1 or mean == 0:
        return None
    return sum((window - mean) ** 2 for window in windows) / 4 / mean**2


def portraits(bought: list[Bought], by: str = RHYTHM) -> dict[Client, Portrait]:
    found = {}
    for client in {purchase.client for purchase in bought}:
        own = [purchase for purchase in bought if purchase.client == client]
        days = sorted({purchase.on for purchase in own})
        portrait = found[client] = Portrait(days)
        first = days[-1] - timedelta(days=364)
        portrait.value_365 = sum(purchase.value or 0 for purchase in own if purchase.on >= first)
        portrait.squared_variation = squared_variation(own, days)
        portrait.returned_on = returned_on(days, by)
    rank(found)
    for portrait in found.values():
        portrait.period, portrait.source = judged(portrait, list(found.values()), RHYTHM)
        portrait.threshold = threshold(judged(portrait, list(found.values()), by)[0], by)
    return found


def rank(found: dict[Client, Portrait]) -> None:
    ordered = sorted(found, key=lambda client: (-found[client].value_365, client[0] != "company", client[1]))
    total = sum(portrait.value_365 for portrait in found.values())
    above = 0
    for client in ordered:
        portrait = found[client]
        portrait.above = Fraction(above, total) if total else Fraction(0)
        portrait.abc = "A" if portrait.above < Fraction(8, 10) else "B" if portrait.above < Fraction(95, 100) else "C"
        above += portrait.value_365


def judged(portrait: Portrait, everyone: list[Portrait], by: str) -> tuple[Fraction, str]:
    """His own estimate, else that of enough clients like him, and whose it is."""
    if len(portrait.days) > 1:
        return estimate(portrait.days, by), "own"
    alike = [estimate(other.days, by) for other in everyone if len(other.days) > 1 and other.abc == portrait.abc]
    others = [estimate(other.days, by) for other in everyone if len(other.days) > 1]
    if len(alike) >= ENOUGH:
        return median(alike), "abc_class"
    if len(others) >= ENOUGH:
        return median(others), "all_clients"
    return Fraction(90), "default"


def state_at(changes: list[tuple[datetime, str]], now: datetime) -> tuple[str, datetime | None]:
    """How a deal stood at an instant and since when, from all its changes of outcome in order."""
    outcome, since = "open", None
    for moment, new in changes:
        if moment > now:
            break
        if new != outcome:
            outcome, since = new, moment
    return outcome, since if outcome != "open" else None
