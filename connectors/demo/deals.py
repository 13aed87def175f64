"""The deals of the demo: purchases won, refusals, what is still open, complaints. Ids are given later, by age."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from math import exp
from typing import TYPE_CHECKING

from connectors.demo import refusals
from connectors.demo import vocabulary as words
from connectors.demo.model import Deal, Kind, Move, Note, Owner, Step, Todo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from random import Random

    from connectors.demo.clients import Base, Client
    from connectors.demo.purchases import Calendar, Purchase
    from connectors.demo.refusals import Refusals

_PATH = (Step.PRESENTATION, Step.CONTRACT, Step.PAYMENT)
# How often a won deal shows in each of these; salespeople skip stages.
_SHOWN = (0.85, 0.65, 0.55)
_MEDIAN_DAYS, _MOST_DAYS = 2.65, 80
# Where each manager's refusals come: of four, how many before the presentation. Somebody can teach somebody.
_EARLY = dict(zip((*words.MANAGERS, words.LEAVER), (0.2, 0.6, 0.4, 0.3, 0.7, 0.5, 0.4, 0.4), strict=True))
_CALLS_SINCE = timedelta(days=200)


@dataclass(slots=True)
class Draft:
    """A deal with what stands on it; the to-dos and notes get their deal's id when it is known."""

    client: Client
    deal: Deal
    todos: list[Todo] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def won(client: Client, purchase: Purchase, calendar: Calendar, random: Random) -> Draft:
    """A purchase as a deal: worked on for some days, won at the invoice's instant."""
    days = min(_MOST_DAYS, max(1, round(exp(random.gauss(_MEDIAN_DAYS, 0.6)))))
    created = purchase.at - timedelta(days=days, minutes=random.randrange(5, 180))
    middle = [step for step, share in zip(_PATH, _SHOWN, strict=True) if random.random() < share]
    history = _spread(created, purchase.at, [Step.ACQUAINTANCE, *middle, Step.WON])
    title = f"{random.choice(words.ORDERS)}, счёт {purchase.number}"
    draft = Draft(client, _deal(client, title, purchase.amount, history, calendar, random))
    if calendar.end - purchase.at < _CALLS_SINCE:
        draft.todos.append(_talk(draft.deal, purchase.at, random))
    return draft


def refused(base: Base, calendar: Calendar, random: Random) -> Iterator[Draft]:
    """The lost deals, line by line of the tables, and those of the two clients who are out for good."""
    fresh = list(base.refused[1:])
    needed = sum(line.count for line in refusals.ALL if line.fresh)
    alone, others = fresh[:needed], [*fresh[needed:], *base.reachable]
    number = 0
    for line in refusals.ALL:
        for place in range(line.count):
            client = alone.pop() if line.fresh else random.choice(others)
            at = calendar.ago(random.randint(line.since, line.until), random)
            yield _lost(client, line, place, at, calendar, random)
            number += 1
    label = refusals.Refusals(1, 0, 0, "off_target")
    yield _lost(base.barred, label, 0, calendar.ago(12, random), calendar, random)
    if base.shut is not None and base.shut.buyer is not None:
        after = base.shut.buyer.purchases[-1].at + timedelta(days=20, hours=1)
        yield _lost(base.shut, refusals.Refusals(1, 0, 0, "closed"), 0, calendar.squeezed(after), calendar, random)


def _lost(client: Client, line: Refusals, place: int, at: datetime, calendar: Calendar, random: Random) -> Draft:
    created = at - timedelta(days=random.randrange(2, 45), minutes=random.randrange(400))
    middle = [] if random.random() < _EARLY[client.responsible_id] else list(_PATH[: random.randint(1, 3)])
    history = _spread(created, at, [Step.ACQUAINTANCE, *middle, Step.LOST])
    if line.since > refusals.RECENT_DAYS and random.randrange(refusals.SORTED_OUT_EVERY) == 0:
        history = (*history, Move(Step.SORTED_OUT, min(calendar.end, at + timedelta(days=random.randint(3, 20)))))
    amount = _amount(random)
    planned = calendar.today + timedelta(days=place) if line.reason == "unplanned" and line.fresh else None
    deal = _deal(client, random.choice(words.ORDERS), amount, history, calendar, random)
    return Draft(client, refusals.given(deal, line, place, planned))


def opened(base: Base, calendar: Calendar, random: Random) -> Iterator[Draft]:
    """The deals in work: with a next step soon, too late for the cycle, missed, or none at all."""
    for number, client in enumerate(_wooed(base, random)):
        state = _STATES[number % len(_STATES)]
        created = calendar.ago(random.randint(*state.age), random)
        steps = (Step.ACQUAINTANCE, *_PATH[: number % 4])
        history = _spread(created, calendar.end, [*steps, Step.WON])[:-1]
        title = "🎁 " * (number == 0) + random.choice(words.ORDERS)
        draft = Draft(client, _deal(client, title, _amount(random), history, calendar, random))
        if state.due is not None:
            draft.todos.append(_next(draft.deal, calendar, random.randint(*state.due), random))
        if number % 2:
            draft.todos.append(_talk(draft.deal, calendar.end, random))
        text = _SOFT[number % len(_SOFT)] if state.due is None else _TALKED[number % len(_TALKED)]
        if number % 3 != 1:
            draft.notes.append(_note(draft.deal, text, calendar, random))
        if number in _ON_THE_CLIENT:
            draft.todos.append(_elsewhere(client, calendar, random))
        if number == _MET:
            draft.todos.append(_meeting(client, calendar))
        yield draft


@dataclass(frozen=True, slots=True)
class _State:
    """How old the deal is in days, and in how many days its next step falls due (None: there is none)."""

    age: tuple[int, int]
    due: tuple[int, int] | None


_SOON, _LATE = _State((1, 7), (1, 4)), _State((25, 60), (1, 10))
_MISSED, _NONE = _State((5, 45), (-12, -1)), _State((2, 50), None)
_STATES = (_SOON, _MISSED, _SOON, _NONE, _SOON, _LATE, _SOON, _MISSED, _NONE, _SOON)
_OPEN = 80
# Deals without a next step whose client has a task: a task of the client is none of the deal.
_ON_THE_CLIENT = frozenset({3, 8})
# Whose client is met tomorrow, about more than that deal.
_MET = 12
_SOFT = (
    "Сказал, что подумает", "Надо посоветоваться с директором", "Перезвоните на следующей неделе, сейчас занят",
    "Отправила прайс, ответа пока нет",
)  # fmt: skip
_TALKED = (
    "Обсудили ассортимент, ждут предложение", "Договорились о встрече", "Просят отсрочку 30 дней",
    "Прислали список позиций; интересуются подарочными наборами",
)  # fmt: skip


def _wooed(base: Base, random: Random) -> list[Client]:
    buyers = random.sample(base.reachable, k=min(len(base.reachable), _OPEN - 2 * len(base.wooed)))
    mixed = [*base.wooed, *base.wooed, *buyers]
    random.shuffle(mixed)
    return mixed


def complaints(base: Base, calendar: Calendar, random: Random) -> Iterator[Draft]:
    """Deals of the other pipeline, which is not for sales; one of them is a purchase only to the eye."""
    for number, client in enumerate(random.sample(base.buyers, k=min(5, len(base.buyers)))):
        created = calendar.ago(3 + 9 * number, random)
        last = (Step.ACQUAINTANCE, Step.PRESENTATION, Step.WON, Step.LOST, Step.ACQUAINTANCE)[number]
        steps = [Step.ACQUAINTANCE] if last is Step.ACQUAINTANCE else [Step.ACQUAINTANCE, last]
        history = _spread(created, created + timedelta(days=2), steps)
        yield Draft(client, _deal(client, "Рекламация: бой в поставке", 0, history, calendar, random, complaint=True))


def _deal(  # noqa: PLR0913 - a deal is that many things
    client: Client,
    title: str,
    amount: int,
    history: tuple[Move, ...],
    calendar: Calendar,
    random: Random,
    *,
    complaint: bool = False,
) -> Deal:
    last = history[-1]
    closed = next((move.at for move in history if move.step in (Step.WON, Step.LOST)), None)
    ended = (closed or calendar.end + timedelta(days=14)).date()
    # People type in the closing day, and often another than the day it closed on.
    typed = ended + timedelta(days=random.choice((-25, -6, 3, 18)) if random.randrange(6) == 0 else 0)
    updated = last.at + timedelta(minutes=random.randrange(600)) if random.randrange(3) == 0 else last.at
    return Deal(
        id=0,
        title=title,
        amount=amount,
        company_id=client.company_id,
        contact_id=client.contact_id,
        responsible_id=client.responsible_id,
        created_at=history[0].at,
        updated_at=min(updated, calendar.end),
        closed_at=closed,
        close_on=typed,
        history=history,
        source=random.choice(words.SOURCES),
        complaint=complaint,
    )


def _spread(start: datetime, end: datetime, steps: list[Step]) -> tuple[Move, ...]:
    """The first step at the start, the last at the end, those between in even time, whole seconds."""
    whole = (end - start) // timedelta(seconds=1)
    parts = max(1, len(steps) - 1)
    return tuple(Move(step, start + timedelta(seconds=whole * place // parts)) for place, step in enumerate(steps))


def _amount(random: Random) -> int:
    return round(exp(random.gauss(10.6, 0.9)) / 100) * 100


def _talk(deal: Deal, end: datetime, random: Random) -> Todo:
    """A call or meeting that took place while the deal was in work."""
    done = deal.created_at + (end - deal.created_at) * random.uniform(0.2, 0.9)
    done = done.replace(microsecond=0)
    kind = Kind.MEETING if random.randrange(4) == 0 else Kind.CALL
    return _todo(deal, kind, "Обсудить заказ", (deal.created_at, done, done))


def _next(deal: Deal, calendar: Calendar, days: int, random: Random) -> Todo:
    due = calendar.end + timedelta(days=days, hours=random.randrange(1, 9))
    kind = random.choice((Kind.CALL, Kind.MEETING, Kind.OTHER))
    text = {Kind.CALL: "Позвонить", Kind.MEETING: "Встреча", Kind.OTHER: "Отправить предложение"}[kind]
    return _todo(deal, kind, text, (min(deal.updated_at, due), due, None))


def _todo(deal: Deal, kind: Kind, text: str, times: tuple[datetime, datetime, datetime | None]) -> Todo:
    created, due, done = times
    return Todo(0, kind, Owner.DEAL, 0, deal.responsible_id, text, created, due, done)


def _elsewhere(client: Client, calendar: Calendar, random: Random) -> Todo:
    due = calendar.end + timedelta(days=random.randint(1, 5), hours=3)
    return _of_client(client, Kind.CALL, "Поздравить с праздником", calendar, due)


def _meeting(client: Client, calendar: Calendar) -> Todo:
    return _of_client(client, Kind.MEETING, "Показать новый сезон", calendar, calendar.end + timedelta(days=1, hours=2))


def _of_client(client: Client, kind: Kind, text: str, calendar: Calendar, due: datetime) -> Todo:
    owner = Owner.CONTACT if client.company_id is None else Owner.COMPANY
    made = calendar.end - timedelta(days=2)
    return Todo(0, kind, owner, client.company_id or client.contact_id, client.responsible_id, text, made, due)


def _note(deal: Deal, text: str, calendar: Calendar, random: Random) -> Note:
    at = deal.updated_at + (calendar.end - deal.updated_at) * random.random()
    return Note(0, 0, deal.responsible_id, text, at.replace(microsecond=0))
