"""What people marked on cards and deals: margins, who sent whom, verified cards, a complaint, whom we do not serve."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from connectors.demo import vocabulary as words
from connectors.demo.model import CLOSED, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from random import Random

    from connectors.demo.model import Company, Deal, Profile
    from connectors.demo.purchases import Calendar

# Of a hundred roubles, how many stay with us: a client has his own prices.
_LEAST_MARGIN, _MOST_MARGIN = 24, 36
_VERIFIED_EVERY, _LONGEST = 6, 300
_NOT_SERVED = 2
# How many of the latest recommended deals each of them sent: one who never bought, and buyers.
_SENT = (3, 2, 1, 1)
_LATELY = timedelta(days=30)


def deals(made: Sequence[Deal], companies: Sequence[Company], random: Random) -> tuple[Deal, ...]:
    """The deals with what stays of each purchase, and some of the recommended ones with who sent them."""
    shares: dict[tuple[int | None, int | None], int] = {}
    sent = _sent(made, companies)
    marked = []
    for deal in made:
        client = (deal.company_id, None if deal.company_id is not None else deal.contact_id)
        share = shares.setdefault(client, random.randint(_LEAST_MARGIN, _MOST_MARGIN))
        won = deal.step is Step.WON and not deal.complaint
        margin = deal.amount * share // 100 if won else None
        marked.append(replace(deal, margin=margin, referrer=sent.get(deal.id, "")))
    return tuple(marked)


def _sent(made: Sequence[Deal], companies: Sequence[Company]) -> Mapping[int, str]:
    """The names of who sent the latest recommended deals, none of them his own; namesakes send nobody."""
    buyers = {deal.company_id for deal in made if deal.step is Step.WON}
    names = Counter(company.name for company in companies)
    known = [company for company in companies if names[company.name] == 1]
    never = next(company for company in reversed(known) if company.id not in buyers and company.profile.industry)
    senders = [never, *(company for company in known if company.id in buyers)][: len(_SENT)]
    each = [sender for sender, count in zip(senders, _SENT, strict=False) for _ in range(count)]
    told = [deal for deal in reversed(made) if deal.source == words.REFERRAL and not deal.complaint]
    own = {sender.id for sender in senders}
    others = [deal for deal in told if deal.company_id not in own]
    return {deal.id: sender.name for deal, sender in zip(others, each, strict=False)}


def companies(
    known: Sequence[Company], made: Sequence[Deal], calendar: Calendar, random: Random
) -> tuple[Company, ...]:
    """The companies with the marks on their cards."""
    spoken = {deal.company_id for deal in made}
    idle = [company.id for company in known if company.id not in spoken][:_NOT_SERVED]
    complaining = _latest_buyer(made, calendar)
    marked = []
    for number, company in enumerate(known):
        profile = company.profile
        if number % _VERIFIED_EVERY == 0:
            profile = replace(profile, verified_on=_verified(company, calendar.today, random))
        if company.id in idle:
            profile = replace(profile, industry=words.NOT_SERVED)
        marked.append(replace(company, profile=_complaint(profile, told=company.id == complaining)))
    return tuple(marked)


def _verified(company: Company, today: date, random: Random) -> date:
    return max(company.created_at.date(), today - timedelta(days=random.randrange(5, _LONGEST)))


def _complaint(profile: Profile, *, told: bool) -> Profile:
    return replace(profile, complaint=True) if told else profile


def _latest_buyer(made: Sequence[Deal], calendar: Calendar) -> int | None:
    """A company that bought of late and has nothing else in work: a complaint on its card, not in a deal."""
    busy = {deal.company_id for deal in made if deal.complaint or deal.step not in CLOSED}
    since = calendar.end - _LATELY
    lately = (deal for deal in made if deal.step is Step.WON and deal.closed_at and deal.closed_at > since)
    return next((deal.company_id for deal in lately if deal.company_id and deal.company_id not in busy), None)
