"""What the deals sell: every client has groups of the catalogue that he buys, and some that he does not."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from connectors.demo import vocabulary as words
from connectors.demo.model import CLOSED, Line, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from random import Random

    from connectors.demo.model import Deal, Product

LINE_IDS = 80001
# How many of the clients buy of each group: most of what a client lacks, others like him buy.
_BOUGHT = {1: 0.95, 2: 0.8, 3: 0.55, 4: 0.7}
_LOST_WITH_LINES, _OPEN_WITH_LINES = 0.3, 0.5
_MOST_LINES, _MOST_PIECES = 3, 500

Client = tuple[int | None, int | None]


def lines(deals: Sequence[Deal], products: Sequence[Product], random: Random) -> tuple[Line, ...]:
    """The lines of the deals of sales; the price agreed on is the deal's own, so they only come near to it."""
    shelves: dict[int, list[Product]] = defaultdict(list)
    for product in products:
        shelves[product.group].append(product)
    tastes: dict[Client, list[int]] = {}
    made: list[Line] = []
    for deal in deals:
        if deal.complaint or random.random() > _share(deal):
            continue
        client = (deal.company_id, None if deal.company_id is not None else deal.contact_id)
        taste = tastes.setdefault(client, _taste(random))
        for product, quantity in _chosen(deal, taste, shelves, random):
            made.append(Line(LINE_IDS + len(made), deal.id, product.id, quantity, quantity * product.price))
    return tuple(made)


def _share(deal: Deal) -> float:
    if deal.step is Step.WON:
        return 1.0
    return _LOST_WITH_LINES if deal.step in CLOSED else _OPEN_WITH_LINES


def _taste(random: Random) -> list[int]:
    return [group for group in words.GROUPS if random.random() < _BOUGHT[group]] or [1]


def _chosen(
    deal: Deal, taste: list[int], shelves: Mapping[int, list[Product]], random: Random
) -> Iterator[tuple[Product, int]]:
    offered = [product for group in taste for product in shelves[group]]
    chosen = random.sample(offered, k=min(len(offered), random.randint(1, _MOST_LINES)))
    for product in chosen:
        yield product, min(_MOST_PIECES, max(1, deal.amount // len(chosen) // product.price))
