"""The catalogue, and what deals sell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from connectors.amocrm import lists
from connectors.amocrm.api import PAGE_SIZE
from connectors.amocrm.cursor import CHANGED_FORMAT, Cursor
from connectors.amocrm.shelf import EVERY
from integrator.domain import EntityKind
from integrator.errors import PermanentError
from integrator.ports import Page

if TYPE_CHECKING:
    from collections.abc import Generator

    from connectors.amocrm.source import Source

# The cursor of the baskets while the account has no list of goods.
NOTHING_SOLD = "{}"


def products(source: Source, cursor: str | None) -> Generator[Page, None, None]:
    """Yield the whole catalogue where it was read longer ago than `EVERY`, else nothing.

    No list of amoCRM tells which of its elements changed. They are sorted here, since windows need one order over all
    lists; an interrupted reading is begun anew.
    """
    now = source.now()
    if cursor is not None and abs(now - _read_at(cursor)) < EVERY:
        return
    source.shelf.ask(source.session, now)
    found = {item.product.id: item.product for item in source.shelf.stock(source.session, source.layout)}
    rows = [found[id_] for id_ in sorted(found)]
    done, begun, low = _dump(now), cursor or _dump(0.0), 0
    for at in range(0, max(len(rows), 1), PAGE_SIZE):
        part = rows[at : at + PAGE_SIZE]
        last = at + PAGE_SIZE >= len(rows)
        high = None if last else part[-1].id
        # Until the last page is stored the cursor must not move; an old one asks for everything again.
        yield Page(part, done if last else begun, (low, high), expected=len(rows))
        low = high or 0


def baskets(source: Source, cursor: str | None) -> Generator[Page, None, None]:
    """Yield what the changed deals sell; in an account without lists of goods, that there is nothing."""
    if not source.shelf.any(source.session, source.now()):
        yield Page((), NOTHING_SOLD, (0, None))
        return
    state = None if cursor is None or cursor == NOTHING_SOLD else Cursor.load(cursor)
    yield from lists.pull(source, EntityKind.BASKET, state)


def _dump(at: float) -> str:
    return orjson.dumps({"at": at}).decode()


def _read_at(cursor: str) -> float:
    try:
        return float(orjson.loads(cursor)["at"])
    except (ValueError, TypeError, KeyError):
        raise PermanentError(CHANGED_FORMAT) from None
