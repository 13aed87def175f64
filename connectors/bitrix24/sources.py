"""What is listed for each kind of row, and how the rows become ours (pure, but for what is read besides)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from connectors.bitrix24 import activities, mapping, products
from connectors.bitrix24.batch import Listing
from integrator.domain import EntityKind

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.bitrix24.batch import Rows
    from connectors.bitrix24.mapping import Lookups, Raw
    from connectors.bitrix24.portal import Portal
    from integrator.ports import Row

_CHANGED = ("DATE_MODIFY", "DATE_MODIFY")
# Multi-fields come only when they are named (reference, 3.1).
_REACHED = ("PHONE", "EMAIL")

COMPANIES = Listing(
    "crm.company.list",
    ("ID", "TITLE", "ASSIGNED_BY_ID", "DATE_CREATE", "DATE_MODIFY", "IS_MY_COMPANY", *_REACHED),
    changed=_CHANGED,
)
CONTACTS = Listing(
    "crm.contact.list",
    ("ID", "NAME", "LAST_NAME", "COMPANY_ID", "ASSIGNED_BY_ID", "DATE_CREATE", "DATE_MODIFY", *_REACHED),
    changed=_CHANGED,
)
DEALS = Listing(
    "crm.deal.list",
    (
        *("ID", "TITLE", "CATEGORY_ID", "STAGE_ID", "STAGE_SEMANTIC_ID", "OPPORTUNITY", "CURRENCY_ID", "COMPANY_ID"),
        *("CONTACT_ID", "ASSIGNED_BY_ID", "DATE_CREATE", "DATE_MODIFY", "MOVED_TIME", "SOURCE_ID"),
    ),
    changed=_CHANGED,
)
LEADS = Listing(
    "crm.lead.list",
    (
        *("ID", "TITLE", "STATUS_ID", "STATUS_SEMANTIC_ID", "OPPORTUNITY", "CURRENCY_ID", "COMPANY_ID", "CONTACT_ID"),
        *("ASSIGNED_BY_ID", "DATE_CREATE", "DATE_MODIFY", "DATE_CLOSED", "MOVED_TIME", "SOURCE_ID"),
    ),
    changed=_CHANGED,
)
# Not DESCRIPTION: that of a letter is the whole letter.
ACTIVITIES = Listing(
    "crm.activity.list",
    (
        *("ID", "OWNER_TYPE_ID", "OWNER_ID", "TYPE_ID", "PROVIDER_ID", "ASSOCIATED_ENTITY_ID", "SUBJECT", "COMPLETED"),
        *("RESPONSIBLE_ID", "DEADLINE", "END_TIME", "CREATED", "LAST_UPDATED", "DIRECTION"),
    ),
    filter={"@OWNER_TYPE_ID": tuple(activities.OWNER_TYPES.values())},
    changed=("LAST_UPDATED", "LAST_UPDATED"),
)
# Names are upper case in the request and camelCase in the answer; UF_CRM_TASK comes only when named (reference, 3.9).
TASKS = Listing(
    "tasks.task.list",
    (
        *("ID", "TITLE", "DESCRIPTION", "DEADLINE", "RESPONSIBLE_ID", "STATUS"),
        *("CREATED_DATE", "CHANGED_DATE", "CLOSED_DATE", "UF_CRM_TASK"),
    ),
    path=("tasks",),
    id_key="id",
    changed=("CHANGED_DATE", "changedDate"),
    countless=False,
)
HISTORY = Listing(
    "crm.stagehistory.list",
    ("ID", "OWNER_ID", "CATEGORY_ID", "STAGE_ID", "CREATED_TIME"),
    fixed={"entityTypeId": 2},
    path=("items",),
)
PRODUCTS = Listing(
    "crm.product.list",
    ("ID", "NAME", "SECTION_ID", "TIMESTAMP_X"),
    changed=("TIMESTAMP_X", "TIMESTAMP_X"),
    countless=False,
)

Map = Callable[[dict[str, Any]], "list[Row]"]
Follow = Callable[["Portal", "Rows"], "Rows"]


@dataclass(frozen=True, slots=True)
class Source:
    """One listing and what becomes of its rows; `every` narrows a reading of everything, never one of changes.

    `is_ours` looks at a row read by id alone; `origin` names whose ids they are where a kind comes from two listings.
    `follow` reads what else belongs to the rows of a page, and `beside` is what a row depends on that stands elsewhere.
    """

    listing: Listing
    map: Map
    every: Mapping[str, Any]
    origin: str | None = None
    is_ours: Callable[[Raw], bool] = lambda _row: True
    follow: Follow | None = None
    beside: str = ""

    def split(self, rows: Rows, since: datetime | None = None) -> tuple[list[Row], list[int]]:
        """Return the rows that are ours, and the ids of those that are not.

        With `since`, rows that have not changed since then are left out: a filter that the portal does not know is
        dropped silently, and everything comes (reference, 3.0).
        """
        ours: list[Row] = []
        others: list[int] = []
        for row in rows:
            if since is not None and self._changed_before(row, since):
                continue
            found = self.map(row)
            if found:
                ours += found
            else:
                others.append(int(row[self.listing.id_key]))
        return ours, others

    def only_ids(self) -> Source:
        """Return the source with no more selected than is needed to know whose the row is."""
        wanted = {"ID", "CATEGORY_ID", "IS_MY_COMPANY"}
        select = tuple(name for name in self.listing.select if name in wanted)
        return replace(self, listing=replace(self.listing, select=select))

    def _changed_before(self, row: Raw, since: datetime) -> bool:
        if self.listing.changed is None:
            return False
        changed = mapping.instant_or_none(row.get(self.listing.changed[1]))
        return changed is not None and changed < since


def sources(kind: EntityKind, lookups: Lookups, pipelines: frozenset[int]) -> tuple[Source, ...]:
    """Return where the rows of a kind are listed."""
    return _MAKERS[kind](lookups, pipelines)


def in_pipelines(row: Raw, pipelines: frozenset[int]) -> bool:
    """Tell whether the deal is one of the sales pipelines (none named: all are)."""
    return not pipelines or int(row.get("CATEGORY_ID") or 0) in pipelines


def _companies(lookups: Lookups, _pipelines: frozenset[int]) -> tuple[Source, ...]:
    listing = _with_fields(COMPANIES, lookups, EntityKind.COMPANY)

    def of(row: Raw) -> list[Row]:
        found = mapping.company(row, lookups)
        return [] if found is None else [found]

    return (Source(listing, of, {"!IS_MY_COMPANY": "Y"}, is_ours=lambda row: row.get("IS_MY_COMPANY") != "Y"),)


def _contacts(lookups: Lookups, _pipelines: frozenset[int]) -> tuple[Source, ...]:
    listing = _with_fields(CONTACTS, lookups, EntityKind.CONTACT)
    return (Source(listing, lambda row: [mapping.contact(row, lookups)], {}),)


def _deals(lookups: Lookups, pipelines: frozenset[int]) -> tuple[Source, ...]:
    listing = _with_fields(DEALS, lookups, EntityKind.DEAL)

    def of(row: Raw) -> list[Row]:
        return [mapping.deal(row, lookups)] if in_pipelines(row, pipelines) else []

    every = {"@CATEGORY_ID": tuple(sorted(pipelines))} if pipelines else {}
    return (Source(listing, of, every, is_ours=lambda row: in_pipelines(row, pipelines)),)


def _leads(lookups: Lookups, _pipelines: frozenset[int]) -> tuple[Source, ...]:
    listing = _with_fields(LEADS, lookups, EntityKind.LEAD)
    return (Source(listing, lambda row: [mapping.lead(row, lookups)], {}),)


def _tasks(_lookups: Lookups, _pipelines: frozenset[int]) -> tuple[Source, ...]:
    def of_activity(row: Raw) -> list[Row]:
        found = activities.activity(row)
        return [] if found is None else [found]

    return (
        Source(ACTIVITIES, of_activity, {}, origin=activities.ACTIVITY),
        Source(TASKS, lambda row: list(activities.tasks(row)), {}, origin=activities.TASK),
    )


def _products(lookups: Lookups, _pipelines: frozenset[int]) -> tuple[Source, ...]:
    # A section that is renamed changes none of its items: with other names everything is read again.
    names = repr(sorted(lookups.sections.items()))
    return (Source(PRODUCTS, lambda row: [products.product(row, lookups.sections)], {}, beside=names),)


def _baskets(lookups: Lookups, pipelines: frozenset[int]) -> tuple[Source, ...]:
    """Return the deals again, with little of each but its lines: a line has no time of change of its own."""
    (deals,) = _deals(lookups, pipelines)
    listing = replace(deals.listing, select=("ID", "CATEGORY_ID", "DATE_MODIFY"))

    def of(row: Raw) -> list[Row]:
        found = products.basket(row)
        return [] if found is None else [found]

    def follow(portal: Portal, rows: Rows) -> Rows:
        ours = [row for row in rows if in_pipelines(row, pipelines)]
        read = {row["ID"]: row for row in products.with_lines(portal, ours)}
        return [read.get(row["ID"], row) for row in rows]

    return (replace(deals, listing=listing, map=of, follow=follow),)


def _history(_lookups: Lookups, _pipelines: frozenset[int]) -> tuple[Source, ...]:
    return (Source(HISTORY, lambda row: [mapping.stage_change(row)], {}),)


def _with_fields(listing: Listing, lookups: Lookups, kind: EntityKind) -> Listing:
    codes = [spec.code for spec in lookups.specs(kind)]
    loss = {EntityKind.DEAL: lookups.loss, EntityKind.LEAD: lookups.lead_loss}.get(kind)
    if loss is not None:
        codes.append(loss.code)
    return replace(listing, select=tuple(dict.fromkeys((*listing.select, *codes))))


_MAKERS: Mapping[EntityKind, Callable[[Lookups, frozenset[int]], tuple[Source, ...]]] = {
    EntityKind.COMPANY: _companies,
    EntityKind.CONTACT: _contacts,
    EntityKind.LEAD: _leads,
    EntityKind.DEAL: _deals,
    EntityKind.TASK: _tasks,
    EntityKind.STAGE_CHANGE: _history,
    EntityKind.PRODUCT: _products,
    EntityKind.BASKET: _baskets,
}
