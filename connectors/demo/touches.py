"""Who talked with whom of late: calls, letters and messages, some begun by the client, some never answered."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from connectors.demo.model import CLOSED, Means, Owner, Step, Touch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from random import Random

    from connectors.demo.model import Deal
    from connectors.demo.purchases import Calendar

TOUCH_IDS = 50001
_SINCE = timedelta(days=120)
# Of the deals of late, how many are talked about; of the open ones, how many clients never answer.
_TALKED, _NEVER_ANSWERED_EVERY = 0.6, 5
_MOST, _INCOMING, _HOURS = 4, 0.4, (9, 17)
_MEANS = (Means.CALL, Means.CALL, Means.EMAIL, Means.MESSAGE)
_TEXTS = {
    Means.CALL: ("Уточнили заказ", "Не дозвонились с первого раза", "Обсудили сроки"),
    Means.EMAIL: ("Прайс-лист", "Счёт на оплату", "Предложение по сезону"),
    Means.MESSAGE: ("Когда ждать поставку?", "Есть ли в наличии?", "Спасибо, всё пришло"),
}


_Made = tuple["datetime", Means, bool, tuple[Owner, int], int, str]


def made(deals: Sequence[Deal], calendar: Calendar, random: Random) -> tuple[Touch, ...]:
    """The contacts, by the instants at which they were made."""
    found = sorted(_all(deals, calendar, random), key=lambda touch: touch[0])
    return tuple(
        Touch(TOUCH_IDS + number, means, incoming, *owner, responsible, at, text)
        for number, (at, means, incoming, owner, responsible, text) in enumerate(found)
    )


def _all(deals: Sequence[Deal], calendar: Calendar, random: Random) -> Iterator[_Made]:
    lately = [deal for deal in deals if not deal.complaint and calendar.end - deal.updated_at < _SINCE]
    for number, deal in enumerate(lately):
        if random.random() > _TALKED:
            continue
        silent = deal.step not in CLOSED and number % _NEVER_ANSWERED_EVERY == 0
        count = random.randint(2 if silent else 1, _MOST)
        for _ in range(count):
            at = _some_instant(deal, calendar, random)
            yield _touch(deal, at, random, incoming=not silent and random.random() < _INCOMING)


def _some_instant(deal: Deal, calendar: Calendar, random: Random) -> datetime:
    """Some working hour while the deal was in work, or in the week after it was won; never in the future."""
    end = deal.closed_at or calendar.end
    end = min(calendar.end, end + timedelta(days=7) if deal.step is Step.WON else end)
    at = deal.created_at + (end - deal.created_at) * random.random()
    at = at.replace(hour=random.randint(*_HOURS), microsecond=0)
    return max(deal.created_at, min(at, end))


def _touch(deal: Deal, at: datetime, random: Random, *, incoming: bool) -> _Made:
    means = random.choice(_MEANS)
    # A message is written in the deal, a letter or a call also to the client himself.
    owner = (Owner.DEAL, deal.id)
    if means is not Means.MESSAGE and random.random() < 1 / 3:
        owner = _client(deal)
    return at, means, incoming, owner, deal.responsible_id, random.choice(_TEXTS[means])


def _client(deal: Deal) -> tuple[Owner, int]:
    if deal.company_id is not None:
        return Owner.COMPANY, deal.company_id
    return Owner.CONTACT, deal.contact_id or 0
