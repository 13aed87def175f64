"""When each process may send its next request to a portal: one row that all of them move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import case, literal
from sqlalchemy.dialects import postgresql, sqlite

from integrator.store.schema import BUDGETS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from integrator.store.database import Database


class Budgets:
    """The budgets of all portals in one database (see `ports.BudgetStore`)."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._insert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[db.dialect]

    def reserve(self, portal: str, now: float, interval: float, burst: int) -> float:
        """Return the instant from which one more request may be sent; no two callers are given the same place.

        The row holds when the portal would be idle again (the theoretical arrival time of GCRA); each place moves it on
        by one interval, and a place is usable up to `burst` intervals before that.
        """
        tat, held = BUDGETS.c.tat, BUDGETS.c.held_until
        insert = self._insert(BUDGETS).values(portal=portal, tat=now + interval, held_until=0.0)
        begins = _later(_later(tat, held), literal(now))
        moved = insert.on_conflict_do_update(index_elements=["portal"], set_={"tat": begins + interval})
        with self._db.write() as connection:
            row = connection.execute(moved.returning(tat, held)).one()
        return max(now, float(row.held_until), float(row.tat) - interval * burst)

    def hold(self, portal: str, until: float) -> None:
        """Nobody is given an instant before `until`; a hold that lasts longer already stays."""
        insert = self._insert(BUDGETS).values(portal=portal, tat=0.0, held_until=until)
        held = BUDGETS.c.held_until
        longer = insert.on_conflict_do_update(index_elements=["portal"], set_={"held_until": until}, where=held < until)
        with self._db.write() as connection:
            connection.execute(longer)


def _later(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    # max() is an aggregate in PostgreSQL and greatest() is missing in SQLite.
    return case((one > other, one), else_=other)
