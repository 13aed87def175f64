"""A plain second reading of the methods (D1, D3, D4, D8, B4), to see that the demo shows every class."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median, pstdev
from typing import TYPE_CHECKING

from connectors.demo.model import FAILED, Business, Deal, Owner, Step
from connectors.demo.purchases import Calendar

if TYPE_CHECKING:
    from datetime import date

Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Judged:
    lifecycle: str
    abc: str | None = None
    xyz: str | None = None
    win_back: str | None = None


def client_of(deal: Deal) -> Key:
    return (0, deal.company_id) if deal.company_id is not None else (1, deal.contact_id or 0)


def clients(business: Business) -> dict[Key, Judged]:
    bought: dict[Key, list[tuple[date, int]]] = defaultdict(list)
    kept: dict[Key, list[tuple[date, int]]] = defaultdict(list)
    for deal in business.deals:
        if deal.step is Step.WON and not deal.complaint and deal.closed_at:
            bought[client_of(deal)].append((deal.closed_at.date(), deal.amount))
            kept[client_of(deal)].append((deal.closed_at.date(), deal.amount if deal.margin is None else deal.margin))
    days = {key: sorted({day for day, _ in rows}) for key, rows in bought.items()}
    abc, xyz = _abc(kept, days), {key: _xyz(rows, days[key][-1]) for key, rows in bought.items()}
    own = {key: _period(found) for key, found in days.items() if len(found) > 1}
    periods = {
        key: own.get(key) or median(period for other, period in own.items() if abc[other] == abc[key]) for key in days
    }
    everyone = [(0, company.id) for company in business.companies]
    everyone += [(1, contact.id) for contact in business.contacts if contact.company_id is None]
    shut = _shut(business)
    judged = {}
    for key in everyone:
        if key not in days:
            judged[key] = Judged("never_bought")
            continue
        life = _lifecycle(days[key], periods[key], business.today)
        back = _win_back(abc[key], xyz[key], out=key in shut) if life == "lost" else None
        judged[key] = Judged(life, abc[key], xyz[key], back)
    return judged


def steps(business: Business) -> dict[str, int]:
    """How many open deals have a next step inside the cycle, beyond it, missed, or none."""
    now = Calendar(business.today).end
    created = {deal.id: deal.created_at.date() for deal in business.deals}
    lengths = [
        (deal.closed_at.date() - created[deal.id]).days
        for deal in business.deals
        if deal.closed_at and deal.step is Step.WON and (business.today - deal.closed_at.date()).days < 365
    ]
    cycle = median(lengths)
    found: dict[str, int] = defaultdict(int)
    open_todos = defaultdict(list)
    for todo in business.todos:
        if todo.owner is Owner.DEAL and todo.done_at is None:
            open_todos[todo.owner_id].append(todo.due_at)
    for deal in business.deals:
        if deal.closed_at is None and not deal.complaint:
            future = [at for at in open_todos[deal.id] if at >= now]
            if future:
                late = (min(future).date() - created[deal.id]).days > cycle
                found["beyond" if late else "active"] += 1
            else:
                found["overdue" if open_todos[deal.id] else "missing"] += 1
    return dict(found)


def _abc(bought: dict[Key, list[tuple[date, int]]], days: dict[Key, list[date]]) -> dict[Key, str]:
    value = {
        key: sum(amount for day, amount in rows if (days[key][-1] - day).days < 365) for key, rows in bought.items()
    }
    total, above, found = sum(value.values()), 0, {}
    for key in sorted(value, key=lambda key: (-value[key], key)):
        share = above / total
        found[key] = "A" if share < 0.8 else "B" if share < 0.95 else "C"
        above += value[key]
    return found


def _xyz(rows: list[tuple[date, int]], last: date) -> str:
    windows = [0] * 4
    for day, amount in rows:
        if (last - day).days < 364:
            windows[(last - day).days // 91] += amount
    if len({day for day, _ in rows}) == 1 or not sum(windows):
        return "Z"
    variation = pstdev(windows) / fmean(windows)
    return "X" if variation <= 0.1 else "Y" if variation <= 0.25 else "Z"


def _period(days: list[date]) -> float:
    return median((later - earlier).days for earlier, later in pairwise(days))


def _threshold(period: float) -> float:
    return max(14, min(period * 4 / 3, 730))


def _lifecycle(days: list[date], period: float, today: date) -> str:
    silence = (today - days[-1]).days
    if silence >= _threshold(period):
        return "lost"
    for place in range(2, len(days)):
        back = (days[place] - days[place - 1]).days >= _threshold(_period(days[:place]))
        if back and (today - days[place]).days <= 2 * period:
            return "returned"
    return "at_risk" if silence > period else "active"


def _win_back(abc: str, xyz: str, *, out: bool) -> str:
    if out or abc + xyz in ("CY", "CZ"):
        return "let_go"
    return {"AX": "first", "AY": "first", "AZ": "must", "BX": "must", "BY": "must"}.get(abc + xyz, "if_possible")


def _shut(business: Business) -> set[Key]:
    """Blacklisted, or the latest refusal closed the door and nothing was bought since."""
    found = {(0, company.id) for company in business.companies if company.profile.blacklisted}
    closed = [deal for deal in business.deals if deal.closed_at]
    last: dict[Key, Deal] = {}
    for deal in sorted(closed, key=lambda deal: deal.closed_at or deal.created_at):
        if deal.step in FAILED or deal.step is Step.WON:
            last[client_of(deal)] = deal
    return found | {key for key, deal in last.items() if deal.reason == "closed"}
