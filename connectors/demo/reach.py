"""How clients are reached; two of them stand in the base twice: as a lost client, and as one who still buys."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from connectors.demo.model import Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from connectors.demo.model import Company, Deal
    from connectors.demo.purchases import Calendar

# Nobody writes everything down: every so many companies have no address, every so many no tax number.
_NO_EMAIL_EVERY, _NO_TAX_NUMBER_EVERY = 3, 2
_SHARED = "7700000077"
# Nobody is lost before two weeks of silence.
_SILENT, _LATELY = timedelta(days=200), timedelta(days=10)


def reached(companies: Sequence[Company], deals: Sequence[Deal], calendar: Calendar) -> tuple[Company, ...]:
    """The companies with their numbers and addresses; two of them stand in the base twice."""
    known = {company.id: _with_contacts(company, number) for number, company in enumerate(companies)}
    last = _last_purchases(deals)
    silent = [number for number in known if number in last and calendar.end - last[number] > _SILENT]
    lively = [number for number in known if number in last and calendar.end - last[number] < _LATELY]
    for place, (lost, again) in enumerate(zip(silent[-2:], lively[-2:], strict=False)):
        known[lost], known[again] = _same_client(known[lost], known[again], by_phone=place == 0)
    return tuple(known.values())


def _with_contacts(company: Company, number: int) -> Company:
    email = "" if number % _NO_EMAIL_EVERY == 0 else f"office{number + 1}@example.com"
    tax_number = None if number % _NO_TAX_NUMBER_EVERY else f"77{10007 * (number + 11):08d}"
    profile = replace(company.profile, tax_number=tax_number)
    return replace(company, phone=f"+7495{2000000 + 6857 * number:07d}", email=email, profile=profile)


def _last_purchases(deals: Sequence[Deal]) -> Mapping[int, datetime]:
    last: dict[int, datetime] = {}
    for deal in deals:
        if deal.step is Step.WON and not deal.complaint and deal.company_id is not None and deal.closed_at:
            last[deal.company_id] = max(deal.closed_at, last.get(deal.company_id, deal.closed_at))
    return last


def _same_client(lost: Company, again: Company, *, by_phone: bool) -> tuple[Company, Company]:
    """The two cards: the second bears the name as somebody else would write it, and one thing that gives it away."""
    _, _, bare = lost.name.partition("«")
    named = replace(again, name=bare.rstrip("»") or lost.name)
    if by_phone:
        # Written otherwise, as people do.
        phone = f"8 ({lost.phone[2:5]}) {lost.phone[5:8]}-{lost.phone[8:10]}-{lost.phone[10:]}"
        return lost, replace(named, phone=phone)
    first, second = (replace(card, profile=replace(card.profile, tax_number=_SHARED)) for card in (lost, named))
    return first, second
