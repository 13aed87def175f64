"""One made-up business: real purchases, invented people; the same for the same day and seed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from connectors.demo import clients, deals, goods, leads, marks, touches
from connectors.demo import vocabulary as words
from connectors.demo.model import Business, Owner, Product
from connectors.demo.purchases import Calendar, even_buyers, real_buyers
from connectors.demo.reach import reached
from connectors.demo.synthetic import Synthetic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from connectors.demo.clients import Base
    from connectors.demo.deals import Draft
    from connectors.demo.model import Deal, Note, Todo

DEAL_IDS, TODO_IDS, NOTE_IDS, PRODUCT_IDS = 10001, 40001, 60001, 301


def build(today: date, seed: int = 1, customers: int | None = None) -> Business:
    """The business as it stands at nine in the morning of that day, Moscow time; nothing in it is later.

    `customers` is how many of the extract's customers take part (None: all).
    """
    calendar, random = Calendar(today), Random(seed)  # noqa: S311 - a demo, not a secret
    base = clients.make(real_buyers(calendar, customers) + even_buyers(calendar, random), calendar, random)
    drafts = sorted(_drafts(base, calendar, random), key=lambda draft: draft.deal.created_at)
    companies, contacts = clients.records(base, _since(base, drafts, calendar, random))
    made, todos, notes = _numbered(drafts)
    # Chances of their own: what was added later changes nothing of what was there before.
    known = marks.companies(reached(companies, made, calendar), made, calendar, Random(seed))  # noqa: S311
    return Business(
        today,
        words.USERS,
        known,
        tuple(contacts),
        marks.deals(made, known, Random(seed)),  # noqa: S311
        todos,
        notes,
        products(),
        lines=goods.lines(made, products(), Random(seed)),  # noqa: S311
        touches=touches.made(made, calendar, Random(seed)),  # noqa: S311
        leads=leads.made(calendar, Random(seed)),  # noqa: S311
    )


def synthetic(clients: int, deals: int, seed: int, today: date, *, history: bool = True) -> Synthetic:
    """A business of any size that is never held whole; without `history` no stage history is written."""
    return Synthetic(today, clients, deals, seed, with_history=history)


def products() -> tuple[Product, ...]:
    """The catalogue."""
    return tuple(Product(PRODUCT_IDS + number, *row) for number, row in enumerate(words.PRODUCTS))


def _drafts(base: Base, calendar: Calendar, random: Random) -> Iterator[Draft]:
    for client in base.buyers:
        for purchase in client.buyer.purchases if client.buyer else ():
            yield deals.won(client, purchase, calendar, random)
    yield from deals.refused(base, calendar, random)
    yield from deals.opened(base, calendar, random)
    yield from deals.complaints(base, calendar, random)


def _since(
    base: Base, drafts: list[Draft], calendar: Calendar, random: Random
) -> dict[tuple[int | None, int], datetime]:
    """When each client came into the base: some days before his first deal, else on some day of the last year."""
    first: dict[tuple[int | None, int], datetime] = {}
    for draft in drafts:
        first.setdefault(draft.client.key, draft.deal.created_at)
    since = {}
    for client in base.all:
        at = first.get(client.key) or calendar.ago(random.randrange(20, 340), random)
        since[client.key] = at - timedelta(days=random.randrange(15), minutes=random.randrange(1, 300))
    return since


def _numbered(drafts: list[Draft]) -> tuple[tuple[Deal, ...], tuple[Todo, ...], tuple[Note, ...]]:
    made, todos, notes = [], [], []
    for number, draft in enumerate(drafts):
        deal_id = DEAL_IDS + number
        made.append(replace(draft.deal, id=deal_id))
        todos += [replace(todo, owner_id=deal_id) if todo.owner is Owner.DEAL else todo for todo in draft.todos]
        notes += [replace(note, deal_id=deal_id) for note in draft.notes]
    todos.sort(key=lambda todo: todo.created_at)
    notes.sort(key=lambda note: note.created_at)
    return (
        tuple(made),
        tuple(replace(todo, id=TODO_IDS + number) for number, todo in enumerate(todos)),
        tuple(replace(note, id=NOTE_IDS + number) for number, note in enumerate(notes)),
    )
