"""One amoCRM or Kommo account as the product's `Connector`: only says which part does what."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from connectors.amocrm import directory, events, mapping, pull, tasks
from connectors.amocrm.api import PLURAL, WITH, classify, reader
from connectors.amocrm.auth import credentials
from connectors.amocrm.source import Source
from connectors.amocrm.walk import every_row
from connectors.http import Session
from connectors.limits import AMOCRM, Budget, limit_of
from connectors.pagination import prefetch
from integrator.domain import EntityKind
from integrator.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connectors.amocrm.api import Filter, Json
    from integrator.domain import Account, Directory, Note, TaskDraft
    from integrator.ports import BudgetStore, Clock, Page, PortalSettings, Row, Sweep

# How many deals' notes are asked for at once: an address of 4 KB, where servers take 8.
AT_ONCE = 100
# What is a deal is told by its stage, so the stages of what is none yet must be known.
OF_DEALS = frozenset({EntityKind.DEAL, EntityKind.STAGE_CHANGE, EntityKind.BASKET})
# What is told by the account's lists of goods.
OF_LISTS = frozenset({EntityKind.PRODUCT, EntityKind.BASKET})


class AmoCrmConnector:
    """Fulfils `integrator.ports.Connector`; `warnings` are sentences on what the token may not read."""

    def __init__(self, settings: PortalSettings, budgets: BudgetStore, clock: Clock) -> None:
        self.warnings: tuple[str, ...] = ()
        self._settings = settings
        self._unsorted_known = False
        self._session = Session(
            settings.base_url,
            Budget(budgets, settings.name, limit_of(settings, AMOCRM), clock),
            clock,
            credentials(settings),
            classify=classify,
            timeout=settings.page_timeout,
        )
        self._source = Source(self._session, mapping.Layout.of(settings), lambda: clock.now().timestamp())

    def __repr__(self) -> str:
        return f"AmoCrmConnector({self._settings.name})"

    def account(self) -> Account:
        """Return the account with one cheap request: proves address and token."""
        return directory.read_account(self._session)

    def directory(self) -> Directory:
        """Return the portal's dictionaries, deactivated users included."""
        found = directory.read_directory(self._session, self._source.layout)
        self.warnings = found.warnings
        self._learn(found.unsorted)
        return found.directory

    def pull(self, kind: EntityKind, cursor: str | None) -> Iterator[Page]:
        """Yield what changed since `cursor`, or everything when it is None."""
        return prefetch(pull.pull(self._prepared(kind), kind, cursor))

    def deleted(self, kind: EntityKind, known: int, cursor: str | None) -> Iterator[Sweep]:  # noqa: ARG002 - the port's
        """Yield what tells which rows were deleted since `cursor`; events tell, so the count is not needed."""
        return events.sweeps(self._source, kind, cursor)

    def fetch(self, kind: EntityKind, ids: Sequence[int]) -> Sequence[Row]:
        """Return those of `ids` that exist, as they are now; for stage changes, all those of the deals `ids`."""
        source = self._prepared(kind)
        if kind is EntityKind.LEAD:
            return ()
        if kind in OF_LISTS:
            source.shelf.any(self._session, source.now())
        if kind is EntityKind.PRODUCT:
            return source.shelf.products(self._session, ids, source.layout)
        rows, _gone = source.rows(kind, list(self._fetched(kind, ids)))
        return rows

    def notes(self, deal_ids: Sequence[int]) -> Iterator[Note]:
        """Yield what people wrote on these deals."""
        for at in range(0, len(deal_ids), AT_ONCE):
            query: Filter = {
                "filter[entity_id][]": [*deal_ids[at : at + AT_ONCE]],
                "filter[note_type][]": "common",
                "order[id]": "asc",
            }
            rows = every_row(reader(self._session, "leads/notes", "notes", query), "notes")
            yield from (note for row in rows if (note := mapping.note(row)) is not None)

    def create_task(self, draft: TaskDraft) -> int:
        """Return the id of the task just made; OutcomeUnknown when it may or may not have been."""
        return tasks.create(self._session, draft)

    def update_task(self, task_id: int, draft: TaskDraft) -> None:
        """The task says what the draft says."""
        tasks.update(self._session, task_id, draft)

    def complete_task(self, task_id: int, entity_kind: EntityKind, entity_id: int, note: str) -> None:  # noqa: ARG002
        """The task is completed and bears the note; one already completed or deleted is left as it is."""
        tasks.complete(self._session, task_id, note)

    def add_note(self, entity_kind: EntityKind, entity_id: int, text: str) -> int:
        """Return the id of the note just made."""
        return tasks.add_note(self._session, entity_kind, entity_id, text)

    def find_tasks(self, entity_kind: EntityKind, entity_id: int, marker: str) -> Sequence[int]:
        """Return the ids of the entity's tasks (open or completed) whose text holds the marker."""
        return tasks.find(self._session, entity_kind, entity_id, marker)

    def fields_missing(self) -> Sequence[str]:
        """Return a sentence for each configured field or pipeline that the CRM lacks or we may not read."""
        return [*self.warnings, *directory.missing(self._session, self._settings, self._source.layout)]

    def close(self) -> None:
        """The connections are closed."""
        self._session.close()

    def _prepared(self, kind: EntityKind) -> Source:
        """Return the source, knowing what it must to tell the rows of this kind apart."""
        if kind in OF_DEALS and not self._unsorted_known:
            self._learn(directory.read_unsorted(self._session))
        return self._source

    def _learn(self, unsorted: frozenset[int]) -> None:
        layout = replace(self._source.layout, unsorted=unsorted)
        self._source, self._unsorted_known = replace(self._source, layout=layout), True

    def _fetched(self, kind: EntityKind, ids: Sequence[int]) -> Iterator[Json]:
        """Yield the rows by id, one request each: filters of leads and clients are a paid option (reference, 3.2)."""
        if kind is EntityKind.STAGE_CHANGE:
            yield from events.deal_stages(self._source, ids)
            return
        for id_ in ids:
            try:
                row = self._session.get(f"api/v4/{PLURAL[kind]}/{id_}", WITH.get(kind))
            except NotFoundError:
                continue
            if row is not None:  # 204: there is none (reference, 3.1)
                yield row
