"""How each kind of the CRM's rows stands in its table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case

from integrator.domain import EntityKind, Outcome
from integrator.store.batches import Upsert
from integrator.store.convert import clean, fields_json, maybe_micros, to_json, to_micros, to_minor
from integrator.store.schema import BASKETS, COMPANIES, CONTACTS, DEALS, LEADS, PRODUCTS, STAGE_CHANGES, TASKS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy import ColumnElement, Table

    from integrator.domain import Basket, Company, Contact, Deal, Product, StageChange, Task
    from integrator.store.batches import Record


# Whose ids a page of tasks speaks of where it does not say.
ORIGIN = "task"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of row: `record` gives the table's columns in order, the key first; `id_at` is the place of the id."""

    kind: EntityKind
    table: Table
    way: Upsert
    record: Callable[[str, Any], Record]
    key_size: int = 2
    id_at: int = 1
    id_type: Callable[[Any], Any] = int

    @property
    def compared(self) -> tuple[str, ...]:
        """The columns that come from the CRM, in order."""
        return tuple(name for name in self.way.columns if name not in self.way.own)

    def key(self, record: Record) -> Record:
        """Return the primary key of a record."""
        return record[: self.key_size]

    def stamped(self, records: Sequence[Record], known: Collection[Record], now: int) -> Sequence[Record]:
        """Return the records with the columns that are our own; `known` are the keys of those that stand already."""
        if self.kind in (EntityKind.DEAL, EntityKind.LEAD):
            return [(*record, None if record[OUTCOME_AT] == Outcome.OPEN else now) for record in records]
        if self.kind in (EntityKind.COMPANY, EntityKind.CONTACT):
            return [(*record, now if self.key(record) in known else None, None) for record in records]
        return records

    def scope(self, portal: str, origin: str | None = None) -> list[ColumnElement[bool]]:
        """Return the conditions that come before the id in the primary key."""
        conditions = [self.table.c.portal == portal]
        return conditions if origin is None else [*conditions, self.table.c.origin == origin]

    def meant(self, portal: str, origin: str | None) -> list[ColumnElement[bool]]:
        """Return the scope whose ids a page or a sweep speaks of."""
        return self.scope(portal, (origin or ORIGIN) if self.kind is EntityKind.TASK else None)


def _company(portal: str, row: Company) -> Record:
    return (
        portal,
        row.id,
        clean(row.name),
        row.responsible_id,
        to_micros(row.created_at),
        to_micros(row.updated_at),
        fields_json(row.fields),
        _keys(row),
    )


def _contact(portal: str, row: Contact) -> Record:
    return (
        portal,
        row.id,
        clean(row.name),
        row.company_id,
        row.responsible_id,
        to_micros(row.created_at),
        to_micros(row.updated_at),
        fields_json(row.fields),
        _keys(row),
    )


def _keys(row: Company | Contact) -> str:
    return " ".join(sorted(set(row.keys)))


def _deal(portal: str, row: Deal) -> Record:
    return (
        portal,
        row.id,
        clean(row.title),
        row.pipeline_id,
        row.stage_id,
        row.outcome.value,
        to_minor(row.amount),
        row.currency,
        row.company_id,
        row.contact_id,
        row.responsible_id,
        to_micros(row.created_at),
        to_micros(row.updated_at),
        maybe_micros(row.closed_at),
        row.loss_reason_id,
        row.source if row.source is None else clean(row.source),
        fields_json(row.fields),
    )


def _task(portal: str, row: Task) -> Record:
    return (
        portal,
        row.origin,
        row.id,
        row.entity_kind.value,
        row.entity_id,
        row.responsible_id,
        clean(row.text),
        maybe_micros(row.due_at),
        row.completed,
        maybe_micros(row.completed_at),
        to_micros(row.created_at),
        to_micros(row.updated_at),
        clean(row.result),
        row.kind.value,
        row.incoming,
    )


def _stage_change(portal: str, row: StageChange) -> Record:
    return (portal, row.id, row.deal_id, row.pipeline_id, row.stage_id, to_micros(row.at))


def _product(portal: str, row: Product) -> Record:
    return (portal, row.id, clean(row.name), row.group_id, row.group if row.group is None else clean(row.group))


def _basket(portal: str, row: Basket) -> Record:
    lines = [
        {
            "product_id": line.product_id,
            "name": clean(line.name),
            "quantity": str(line.quantity),
            "amount": None if line.amount is None else to_minor(line.amount),
        }
        for line in row.lines
    ]
    return (portal, row.id, to_json(lines))


def _first_closed(stored: Any, offered: Any) -> ColumnElement[Any]:
    """Return the rule that the instant is kept while the outcome stays, and is new with each new outcome."""
    return case(
        (stored.outcome != offered.outcome, offered.first_closed_seen_at),
        else_=stored.first_closed_seen_at,
    )


def _since(stored: Any, offered: Any) -> ColumnElement[Any]:
    """Return the rule that the instant is new with each new responsible manager."""
    return case((_other_responsible(stored, offered), offered.responsible_since), else_=stored.responsible_since)


def _before(stored: Any, offered: Any) -> ColumnElement[Any]:
    """Return the rule that the manager who was responsible is kept when another one is."""
    return case((_other_responsible(stored, offered), stored.responsible_id), else_=stored.responsible_before)


def _other_responsible(stored: Any, offered: Any) -> Any:
    return stored.responsible_id.is_distinct_from(offered.responsible_id)


OUTCOME_AT = [part.name for part in DEALS.columns].index("outcome")
_OF_CLIENT = {"responsible_since": _since, "responsible_before": _before}
_OF_DEAL = {"first_closed_seen_at": _first_closed}

KINDS: dict[EntityKind, Kind] = {
    EntityKind.COMPANY: Kind(EntityKind.COMPANY, COMPANIES, Upsert.whole(COMPANIES, own=_OF_CLIENT), _company),
    EntityKind.CONTACT: Kind(EntityKind.CONTACT, CONTACTS, Upsert.whole(CONTACTS, own=_OF_CLIENT), _contact),
    EntityKind.LEAD: Kind(EntityKind.LEAD, LEADS, Upsert.whole(LEADS, own=_OF_DEAL), _deal),
    EntityKind.DEAL: Kind(EntityKind.DEAL, DEALS, Upsert.whole(DEALS, own=_OF_DEAL), _deal),
    EntityKind.TASK: Kind(EntityKind.TASK, TASKS, Upsert.whole(TASKS), _task, key_size=5, id_at=2),
    EntityKind.STAGE_CHANGE: Kind(
        EntityKind.STAGE_CHANGE, STAGE_CHANGES, Upsert.whole(STAGE_CHANGES), _stage_change, id_type=str
    ),
    EntityKind.PRODUCT: Kind(EntityKind.PRODUCT, PRODUCTS, Upsert.whole(PRODUCTS), _product),
    EntityKind.BASKET: Kind(EntityKind.BASKET, BASKETS, Upsert.whole(BASKETS), _basket),
}
