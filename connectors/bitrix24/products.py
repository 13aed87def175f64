"""The catalogue, and what is sold by each deal: rows as ours, and lines read for many deals in a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.bitrix24.auth import Denied
from connectors.bitrix24.batch import MOST_COMMANDS, Listing, command, read_chain
from connectors.bitrix24.mapping import link, money
from connectors.bitrix24.walk import MOST_FAILURES
from integrator.domain import Basket, BasketLine, Product

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from connectors.bitrix24.batch import Chain, Rows
    from connectors.bitrix24.mapping import Raw
    from connectors.bitrix24.portal import Portal
    from integrator.errors import ConnectorError

# The older method: it takes `order` and `select` as all lists do, where a stray parameter breaks the newer one
# (reference, 1.1). Both fields of the owner are wanted in the filter, without a prefix.
LINES = Listing(
    "crm.productrow.list",
    ("ID", "OWNER_ID", "PRODUCT_ID", "PRODUCT_NAME", "PRICE", "QUANTITY"),
    filter={"OWNER_TYPE": "D"},
    countless=False,
)
# Two lines a deal fill a page; more are read page by page.
DEALS_AT_ONCE = 25
# Where the lines stand in a row of a deal once they are read.
_OF_DEAL = "PRODUCT_ROWS"


@dataclass(frozen=True, slots=True)
class _Asked:
    """Deals whose lines above an id are still to be read."""

    deals: tuple[int, ...]
    after: int = 0


def product(row: Raw, sections: Mapping[str, str]) -> Product:
    """Return the item with its section."""
    section = str(link(row.get("SECTION_ID")) or "") or None
    return Product(int(row["ID"]), row.get("NAME") or "", section, sections.get(section) if section else None)


def basket(row: Raw) -> Basket | None:
    """Return the deal's lines; None for a deal that sells nothing by name."""
    lines = tuple(_line(line) for line in row.get(_OF_DEAL) or ())
    return Basket(int(row["ID"]), lines) if lines else None


def with_lines(portal: Portal, deals: Rows) -> Rows:
    """Return the rows of deals with their lines."""
    found = lines(portal, [int(deal["ID"]) for deal in deals])
    return [{**deal, _OF_DEAL: found[int(deal["ID"])]} for deal in deals]


def lines(portal: Portal, deals: Sequence[int]) -> dict[int, Rows]:
    """Return the lines of each of the deals, in the order of their ids; a thousand deals a request and more."""
    found: dict[int, Rows] = {deal: [] for deal in deals}
    waiting = [_Asked(tuple(deals[at : at + DEALS_AT_ONCE])) for at in range(0, len(deals), DEALS_AT_ONCE)]
    failures = 0
    while waiting:
        now, later = waiting[:MOST_COMMANDS], waiting[MOST_COMMANDS:]
        waiting, error = _read(portal, now, found)
        waiting += later
        failures = 0 if error is None else failures + 1
        if error is not None:
            if failures == MOST_FAILURES:
                raise error
            portal.wait_out(error)
    return found


def _read(
    portal: Portal, asked: Sequence[_Asked], found: dict[int, Rows]
) -> tuple[list[_Asked], ConnectorError | None]:
    """Put the lines of one request to their deals; return what is still to be asked, and why some of it failed."""
    commands = {f"l{number:02}": _command(one) for number, one in enumerate(asked)}
    answer = portal.batch(commands)
    rest: list[_Asked] = []
    error = None
    for key, one in zip(commands, asked, strict=True):
        chain = read_chain(answer, [key], LINES, one.after)
        _keep(chain.rows, one, found)
        if chain.error is None or isinstance(chain.error, Denied):
            rest += _rest(chain, one)
        else:
            error = error or chain.error
            rest.append(one)
    return rest, error


def _command(asked: _Asked) -> str:
    # A list under the bare name is read as any of them; `@OWNER_ID` would not be seen as the owner at all.
    owners: Any = asked.deals if len(asked.deals) > 1 else asked.deals[0]
    return command(LINES.method, LINES.params({"OWNER_ID": owners, ">ID": asked.after}))


def _keep(rows: Rows, asked: _Asked, found: dict[int, Rows]) -> None:
    for row in rows:
        # Lines of another deal would mean that the filter was dropped.
        if (owner := link(row.get("OWNER_ID"))) in asked.deals and owner is not None:
            found[owner].append(row)


def _rest(chain: Chain, asked: _Asked) -> Iterable[_Asked]:
    """Return what is still to be asked of these deals.

    The right to read is checked against one deal, whatever the list: who may not read that one asks for each by itself,
    and goes without the lines of those he may not read.
    """
    if chain.error is not None:
        return [_Asked((deal,)) for deal in asked.deals] if len(asked.deals) > 1 else ()
    return () if chain.done else [_Asked(asked.deals, chain.last)]


def _line(row: Raw) -> BasketLine:
    quantity = money(row.get("QUANTITY"))
    name = row.get("PRODUCT_NAME") or row.get("ORIGINAL_PRODUCT_NAME") or ""
    # PRICE is that of one, discounts and taxes in it.
    amount = None if row.get("PRICE") in (None, "") else money(row["PRICE"]) * quantity
    return BasketLine(link(row.get("PRODUCT_ID")), name, quantity, amount)
