"""What belongs to a client: his cards, deals and leads, and what hangs on these. Only indexes are walked."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from integrator.domain import EntityKind, Subject
from integrator.store.batches import Lookup
from integrator.store.schema import CONTACTS, DEALS, LEADS
from integrator.store.shapes import shape_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from integrator.store.batches import Record
    from integrator.store.database import Database

# A client (`company` or `contact`), or a deal or lead that names none, with his or its id.
Whose = tuple[EntityKind, int]

KINDS = {
    "client:company": EntityKind.COMPANY,
    "client:contact": EntityKind.CONTACT,
    "deal": EntityKind.DEAL,
    "lead": EntityKind.LEAD,
}
SUBJECTS = {kind: name for name, kind in KINDS.items()}
_OWNERS = {
    kind: Lookup(table, ("id", "company_id", "contact_id"), ("portal",), "id")
    for kind, table in ((EntityKind.DEAL, DEALS), (EntityKind.LEAD, LEADS))
}
_EMPLOYERS = Lookup(CONTACTS, ("company_id",), ("portal",), "id")


def concerned(subject: Subject) -> list[Whose]:
    """Return whom something about the subject concerns: nobody where it is a manager."""
    return [(KINDS[subject.kind], subject.id)] if subject.kind in KINDS else []


def clients_of(db: Database, portal: str, subjects: Iterable[Subject]) -> set[Whose]:
    """Return whose the subjects are: clients their own, deals and leads that are gone nobody's."""
    wanted = by_kind((KINDS[subject.kind], subject.id) for subject in subjects if subject.kind in KINDS)
    with db.read() as connection:
        return owners(connection, portal, wanted)


def owners(connection: Connection, portal: str, wanted: Mapping[EntityKind, Collection[int]]) -> set[Whose]:
    """Return the clients among these, and whose the deals and leads among them are."""
    found = {(kind, number) for kind, numbers in wanted.items() if kind not in _OWNERS for number in numbers}
    for kind, lookup in _OWNERS.items():
        rows = lookup.rows(connection, (portal,), wanted.get(kind, ()))
        found |= {owner(kind, *row) for row in rows}
    return found


def companies_of(connection: Connection, portal: str, contacts: Collection[int]) -> set[Whose]:
    """Return the companies to which the contacts belong."""
    found = _EMPLOYERS.rows(connection, (portal,), contacts)
    return {(EntityKind.COMPANY, number) for (number,) in found if number is not None}


def owner(kind: EntityKind, number: int, company_id: int | None, contact_id: int | None) -> Whose:
    """Return whose the deal is: its company's, else its contact's, else its own."""
    if company_id is not None:
        return EntityKind.COMPANY, company_id
    return (kind, number) if contact_id is None else (EntityKind.CONTACT, contact_id)


def by_kind(clients: Iterable[Whose]) -> defaultdict[EntityKind, set[int]]:
    """Return the ids of each kind."""
    found: defaultdict[EntityKind, set[int]] = defaultdict(set)
    for kind, number in clients:
        found[kind].add(number)
    return found


def belongings(connection: Connection, portal: str, clients: Collection[Whose]) -> dict[str, list[Record]]:
    """Return the stored rows that belong to the clients, by table of the snapshot, each once and in its order."""
    own = by_kind(clients)
    companies, contacts = own[EntityKind.COMPANY], own[EntityKind.CONTACT]
    links = {"company_id": companies, "contact_id": contacts}

    def read(name: str, ways: Mapping[str, Collection[Any]]) -> list[Record]:
        return _rows(connection, portal, name, [((), part, values) for part, values in ways.items()])

    cards = {"companies": read("companies", {"id": companies})}
    cards["contacts"] = read("contacts", {"id": contacts, "company_id": companies})
    cards["leads"] = read("leads", {"id": own[EntityKind.LEAD], **links})
    cards["deals"] = deals = read("deals", {"id": own[EntityKind.DEAL], **links})
    numbers = [row[0] for row in deals]
    entities = {
        EntityKind.COMPANY: companies,
        EntityKind.CONTACT: [row[0] for row in cards["contacts"]],
        EntityKind.LEAD: [row[0] for row in cards["leads"]],
        EntityKind.DEAL: numbers,
    }
    of_entities = [((kind.value,), "entity_id", found) for kind, found in entities.items()]
    subjects = [str(Subject(SUBJECTS[kind], number)) for kind, found in entities.items() for number in found]
    return {
        **cards,
        "tasks": _rows(connection, portal, "tasks", of_entities, ("entity_kind",)),
        "stage_changes": read("stage_changes", {"deal_id": numbers}),
        "notes": read("notes", {"deal_id": numbers}),
        "basket_lines": read("basket_lines", {"id": numbers}),
        "own_tasks": read("own_tasks", {"subject": subjects}),
    }


def _rows(
    connection: Connection,
    portal: str,
    name: str,
    ways: Iterable[tuple[Sequence[Any], str, Collection[Any]]],
    fixed: tuple[str, ...] = (),
) -> list[Record]:
    """Return the rows to which any of the ways leads; a way is what is `fixed`, then a column and its values."""
    shape = shape_of(name)
    only = shape.only or {}
    columns = (*shape.stored, *(part for part in shape.order if part not in shape.stored))
    found = {
        row
        for more, part, values in ways
        for row in Lookup(shape.table, columns, ("portal", *only, *fixed), part).rows(
            connection, (portal, *only.values(), *more), values
        )
    }
    places = [columns.index(part) for part in shape.order]
    return sorted(found, key=lambda row: [row[place] for place in places])
