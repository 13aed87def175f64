"""What is known of the account's lists of goods, so that deals' lines get their names and prices in few requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connectors.amocrm import goods
from connectors.amocrm.api import reader
from connectors.amocrm.walk import every_row, forwards
from integrator.errors import NotFoundError, PermanentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from connectors.amocrm.api import Filter, Json, Read
    from connectors.amocrm.goods import Item
    from connectors.amocrm.mapping import Layout
    from connectors.http import Session
    from integrator.domain import Basket, Product

# Nothing tells which elements changed, so all are read again, and no more often (README.md, "What a sync costs").
EVERY = 3600.0
# An address of 2 KB, where servers take 8.
AT_ONCE = 100


@dataclass(slots=True)
class Shelf:
    """The lists of goods and the elements met so far, by list and id; None is an element that is gone."""

    asked_at: float | None = None
    catalogs: dict[int, str] = field(default_factory=dict)
    items: dict[tuple[int, int], Item | None] = field(default_factory=dict)

    def ask(self, session: Session, now: float) -> bool:
        """Whether there are goods in lists that the token may read; these lists are known from now on."""
        try:
            sheets = forwards(reader(session, "catalogs", "catalogs", {}), "catalogs")
            rows = [row for _page, sheet in sheets for row in sheet.rows if row.get("type") in goods.TYPES]
            # Every account may have an empty list, and for its sake all leads would be read once more.
            self.catalogs = {row["id"]: row.get("name") or "" for row in rows if _top(session, row["id"])}
        except PermanentError:
            self.catalogs = {}
        self.asked_at = now
        return bool(self.catalogs)

    def any(self, session: Session, now: float) -> bool:
        """Whether the account has goods, as far as was known within the hour."""
        if self.asked_at is not None and abs(now - self.asked_at) < EVERY:
            return bool(self.catalogs)
        return self.ask(session, now)

    def stock(self, session: Session, layout: Layout) -> Iterator[Item]:
        """Yield every element of the lists of goods, at least once."""
        self.items.clear()
        for catalog in self.catalogs:
            for row in every_row(_elements(session, catalog, {"order[id]": "asc"}), "elements"):
                if not row.get("is_deleted"):
                    yield self._keep(catalog, row, layout)

    def products(self, session: Session, ids: Sequence[int], layout: Layout) -> list[Product]:
        """Return those of these products that exist."""
        rows = ((catalog, row) for catalog in self.catalogs for row in _by_id(session, catalog, ids))
        return [self._keep(catalog, row, layout).product for catalog, row in rows if not row.get("is_deleted")]

    def baskets(self, session: Session, rows: Sequence[Json], layout: Layout) -> tuple[list[Basket], list[int]]:
        """Return what these leads sell, and the ids of those that sell nothing or are no deals of ours."""
        self._learn(session, rows, layout)
        ours = [row for row in rows if not row.get("is_deleted") and layout.ours(row["pipeline_id"], row["status_id"])]
        found = [each for each in (goods.basket(row, self.items) for row in ours) if each.lines]
        filled = {each.id for each in found}
        return found, [row["id"] for row in rows if row["id"] not in filled]

    def _learn(self, session: Session, rows: Iterable[Json], layout: Layout) -> None:
        wanted: dict[int, dict[int, None]] = {}
        for row in rows:
            for catalog, id_, _metadata in goods.elements(row):
                if catalog in self.catalogs and (catalog, id_) not in self.items:
                    wanted.setdefault(catalog, {})[id_] = None
        for catalog, ids in wanted.items():
            self.items |= dict.fromkeys((catalog, id_) for id_ in ids)
            for row in _by_id(session, catalog, [*ids]):
                self._keep(catalog, row, layout)

    def _keep(self, catalog: int, row: Json, layout: Layout) -> Item:
        item = goods.item(row, catalog, self.catalogs[catalog], layout.timezone)
        self.items[catalog, row["id"]] = item
        return item


def _by_id(session: Session, catalog: int, ids: Sequence[int]) -> Iterator[Json]:
    for at in range(0, len(ids), AT_ONCE):
        try:
            yield from _elements(session, catalog, {"filter[id][]": [*ids[at : at + AT_ONCE]]})(1).rows
        except NotFoundError:
            return  # The list itself is gone since it was asked for.


def _top(session: Session, catalog: int) -> Sequence[Json]:
    return reader(session, f"catalogs/{catalog}/elements", "elements", {}, 1)(1).rows


def _elements(session: Session, catalog: int, query: Filter) -> Read:
    return reader(session, f"catalogs/{catalog}/elements", "elements", query)
