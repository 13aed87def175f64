"""One Bitrix24 portal, as the product sees a CRM."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from connectors.bitrix24 import deletions, dictionary, mapping, pulling
from connectors.bitrix24.auth import Denied, classify, open_portal
from connectors.bitrix24.batch import PAGE, command
from connectors.bitrix24.portal import Portal, Wanted
from connectors.bitrix24.sources import LEADS, PRODUCTS, sources
from connectors.bitrix24.writing import Comments, Tasks, Todos, listing_of_comments
from connectors.http import Session
from connectors.limits import BITRIX24, Budget, limit_of
from integrator.domain import EntityKind
from integrator.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from connectors.bitrix24.mapping import Lookups
    from connectors.bitrix24.sources import Source
    from connectors.bitrix24.writing import Writer
    from integrator.domain import Account, Directory, Note, TaskDraft
    from integrator.ports import BudgetStore, Clock, Page, PortalSettings, Row, Sweep

T = TypeVar("T")

log = logging.getLogger(__name__)

# What a portal may do without, or its administrator not let the webhook's user see.
_OPTIONAL = frozenset({EntityKind.LEAD, EntityKind.PRODUCT, EntityKind.BASKET})
# What goes with a deal when it goes.
_HANGING = frozenset({EntityKind.STAGE_CHANGE, EntityKind.BASKET})


class Bitrix24Connector:
    """Fulfils `integrator.ports.Connector` by a webhook or an application's token."""

    def __init__(self, settings: PortalSettings, budgets: BudgetStore, clock: Clock) -> None:
        address, credentials, user = open_portal(settings)
        budget = Budget(budgets, settings.name, limit_of(settings, BITRIX24), clock)
        session = Session(address, budget, clock, credentials, classify=classify, timeout=settings.page_timeout)
        self._settings = settings
        self._clock = clock
        self._portal = Portal(session, clock)
        self._comments = Comments(self._portal)
        self._tasks = Tasks(self._portal, user)
        self._writer = self._tasks if settings.task_kind == "task" else Todos(self._portal, user)
        self._lookups: Lookups | None = None

    def account(self) -> Account:
        """Return the account; the list of currencies is cheap, and wants the permission that everything else wants."""
        rows = self._portal.read("crm.currency.list").get("result")
        return dictionary.account(self._settings, dictionary.read_currencies(rows or []))

    def directory(self) -> Directory:
        """Return the portal's dictionaries, deactivated users included."""
        wanted = dictionary.directory_wanted() | dictionary.lookups_wanted(self._settings)
        answers = self._portal.whole(wanted)
        stages = self._portal.whole(dictionary.stages_wanted(answers["pipelines"]))
        self._lookups = dictionary.lookups(self._settings, answers)
        return dictionary.directory(self._settings, answers, stages, self._lookups)

    def pull(self, kind: EntityKind, cursor: str | None) -> Iterator[Page]:
        """Yield what changed since `cursor`, or everything when it is None; the next page is fetched meanwhile."""
        found = self._sources(kind)
        if kind is EntityKind.BASKET and not self._lookups_now().has_products:
            return iter(())
        pages = pulling.pull(self._portal, kind, found, pulling.Cursor.read(cursor), self._clock)
        return _as_far_as_allowed(kind, pages)

    def deleted(self, kind: EntityKind, known: int, cursor: str | None) -> Iterator[Sweep]:
        """Yield what tells which rows were deleted; stage history and baskets go with their deals."""
        # Where nothing is held nothing can be gone.
        if kind in _HANGING or known == 0:
            return iter(())
        # A task is several rows of the mirror, or none: its numbers do not compare with the portal's.
        comparable = None if kind is EntityKind.TASK else known
        found = [source.only_ids() for source in self._sources(kind)]
        return _as_far_as_allowed(kind, deletions.deleted(self._portal, found, comparable, cursor))

    def fetch(self, kind: EntityKind, ids: Sequence[int]) -> Sequence[Row]:
        """Return those of `ids` that exist and are ours, as they are now."""
        return [row for source in self._sources(kind) for row in self._fetched(source, sorted(set(ids)))]

    def notes(self, deal_ids: Sequence[int]) -> Iterator[Note]:
        """Yield what people wrote on these deals, fifty deals in a request."""
        for part in _parts(deal_ids):
            wanted = {
                str(deal): Wanted("crm.timeline.comment.list", listing_of_comments(EntityKind.DEAL, deal))
                for deal in part
            }
            answers = self._portal.whole(wanted)
            for deal in part:
                for row in answers[str(deal)]:
                    # Rows of another entity would mean that the filter was dropped.
                    if mapping.link(row.get("ENTITY_ID")) in (deal, None):
                        yield mapping.note(row, deal)

    def create_task(self, draft: TaskDraft) -> int:
        """Return the id of the task just made; OutcomeUnknown when it may or may not have been."""
        return self._writer_of(draft.entity_kind).create(draft)

    def update_task(self, task_id: int, draft: TaskDraft) -> None:
        """The task says what the draft says."""
        self._writer_of(draft.entity_kind).update(task_id, draft)

    def complete_task(self, task_id: int, entity_kind: EntityKind, entity_id: int, note: str) -> None:
        """The task is completed and its entity bears the note; one completed by another or deleted is left as it is.

        Completed first: a second try then finds it completed by us, and adds the note if it is still missing.
        A manager has no timeline: the task about him bears its note itself.
        """
        if not self._writer_of(entity_kind).complete(task_id) or not note:
            return
        if entity_kind is EntityKind.MANAGER:
            self._tasks.bear(task_id, note)
        else:
            # An entity that was deleted has no timeline to bear the note; its task is completed all the same.
            with suppress(NotFoundError):
                self._comments.ensure(entity_kind, entity_id, note)

    def add_note(self, entity_kind: EntityKind, entity_id: int, text: str) -> int:
        """Return the id of the comment just written."""
        return self._comments.add(entity_kind, entity_id, text)

    def find_tasks(self, entity_kind: EntityKind, entity_id: int, marker: str) -> Sequence[int]:
        """Return the ids of the entity's tasks (open or completed) whose text holds the marker."""
        return self._writer_of(entity_kind).find(entity_kind, entity_id, marker)

    def fields_missing(self) -> Sequence[str]:
        """Return a sentence for each configured field or pipeline that the portal does not have."""
        wanted = dictionary.directory_wanted() | dictionary.lookups_wanted(self._settings)
        described = {key: value for key, value in wanted.items() if key.endswith(".fields") or key == "pipelines"}
        answers = self._portal.whole(described)
        return [*dictionary.missing(self._settings, answers, answers["pipelines"]), *self._unreadable()]

    def close(self) -> None:
        """The connections are closed."""
        self._portal.close()

    def _writer_of(self, kind: EntityKind) -> Writer:
        # A to-do stands in the timeline of its owner, and a manager has none.
        return self._tasks if kind is EntityKind.MANAGER else self._writer

    def _unreadable(self) -> Iterator[str]:
        listings = {"leads": LEADS, "products": PRODUCTS}
        answer = self._portal.batch({what: one.count({}) for what, one in listings.items()})
        for what in listings:
            if isinstance(answer.error(what), Denied):
                yield f"{what}: the webhook's user may not read them, so they are left out; give him the right to."

    def _lookups_now(self) -> Lookups:
        if self._lookups is None:
            answers = self._portal.whole(dictionary.lookups_wanted(self._settings))
            self._lookups = dictionary.lookups(self._settings, answers)
        return self._lookups

    def _sources(self, kind: EntityKind) -> tuple[Source, ...]:
        return sources(kind, self._lookups_now(), self._settings.pipelines)

    def _fetched(self, source: Source, ids: list[int]) -> Iterable[Row]:
        listing = source.listing
        # Tasks know no IN (reference, 3.9): one command for each, where the others take fifty ids in one.
        parts = _parts(ids, 1 if listing.id_key == "id" else PAGE)
        commands = {
            f"f{number}": command(listing.method, listing.params({"ID" if len(part) == 1 else "@ID": _one(part)}))
            for number, part in enumerate(parts)
        }
        wanted = frozenset(ids)
        for answer in self._portal.batches(commands):
            for key in answer.commands:
                rows = [row for row in listing.rows(answer.result(key)) if int(row[listing.id_key]) in wanted]
                yield from source.split(source.follow(self._portal, rows) if source.follow else rows)[0]


def _as_far_as_allowed(kind: EntityKind, found: Generator[T, None, None]) -> Iterator[T]:
    """Yield what is found; what a portal may do without ends where the webhook's user is not let in."""
    try:
        yield from found
    except Denied:
        if kind not in _OPTIONAL:
            raise
        log.warning("The webhook's user may not read the rows of kind %s; they are left out.", kind)


def _parts(ids: Sequence[int], size: int = PAGE) -> Iterator[list[int]]:
    ordered = list(ids)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def _one(part: list[int]) -> Any:
    return part[0] if len(part) == 1 else part
