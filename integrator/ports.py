"""What the product needs from the world, as protocols; connectors and the store fulfil them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from integrator.domain import (
        Account,
        Basket,
        Company,
        Condition,
        Contact,
        Deal,
        Directory,
        EntityKind,
        Note,
        Product,
        StageChange,
        Task,
        TaskDraft,
    )

    Row = Company | Contact | Deal | Task | StageChange | Product | Basket  # a Lead is a Deal


class Clock(Protocol):
    """Time as the product sees it."""

    def now(self) -> datetime:
        """Return this instant, aware, UTC."""

    def sleep(self, seconds: float) -> None:
        """Return after `seconds` have passed."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one kind with the cursor that is right once they are stored.

    `window` is the range of ids (above the first, up to and with the second; None: no upper end) that this page covers
    wholly: a row of the mirror in that range which the page lacks is gone from the CRM. None where it covers no range.
    `gone` are ids known not to be ours (deleted, or moved out of the sales pipelines).
    `expected` is the number of rows of the whole pull where the CRM tells it (for progress).
    `origin` is the origin of the tasks that `window` and `gone` speak of (`task` where none is told), since each origin
    has ids of its own: a mirrored task of another origin is no concern of this page.
    """

    rows: Sequence[Row]
    cursor: str
    window: tuple[int, int | None] | None = None
    gone: Sequence[int] = ()
    expected: int | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Sweep:
    """Ids found deleted: those in `gone`, and every mirrored id of `window` that is not in `present`.

    `window` is a range of ids and `origin` the tasks' origin as in `Page`; `cursor` is right once this sweep is
    carried out.
    """

    cursor: str
    gone: Sequence[int] = ()
    window: tuple[int, int | None] | None = None
    present: frozenset[int] = frozenset()
    origin: str | None = None


class Connector(Protocol):
    """One portal of one CRM. Errors are those of `integrator.errors`; no message holds a secret.

    A task about a manager (`EntityKind.MANAGER` with his id) is bound to nothing in the CRM; it is found again among
    the tasks of that user.
    """

    def account(self) -> Account:
        """Return the account with one cheap request: proves address and token."""

    def directory(self) -> Directory:
        """Return the portal's dictionaries, deactivated users included."""

    def pull(self, kind: EntityKind, cursor: str | None) -> Iterator[Page]:
        """Yield what changed since `cursor`, or everything when it is None.

        A cursor taken from any page continues from there, also after a crash in the middle of a full pull.
        Repeats are allowed, gaps are not. Nothing is yielded, and nothing asked, for a kind that the CRM does not have.
        A basket comes again whenever its deal's lines may have changed, empty where it has none any more.
        """

    def deleted(self, kind: EntityKind, known: int, cursor: str | None) -> Iterator[Sweep]:
        """Yield what tells which rows were deleted since `cursor`; `known` is how many the mirror holds.

        Nothing is yielded for a kind of which the CRM does not tell, or which it does not have.
        """

    def fetch(self, kind: EntityKind, ids: Sequence[int]) -> Sequence[Row]:
        """Return those of `ids` that exist, as they are now."""

    def notes(self, deal_ids: Sequence[int]) -> Iterator[Note]:
        """Yield what people wrote on these deals."""

    def create_task(self, draft: TaskDraft) -> int:
        """Return the id of the task just made; OutcomeUnknown when it may or may not have been."""

    def update_task(self, task_id: int, draft: TaskDraft) -> None:
        """The task says what the draft says."""

    def complete_task(self, task_id: int, entity_kind: EntityKind, entity_id: int, note: str) -> None:
        """The task is completed and bears the note; one already completed or deleted is left as it is."""

    def add_note(self, entity_kind: EntityKind, entity_id: int, text: str) -> int:
        """Return the id of the note just made."""

    def find_tasks(self, entity_kind: EntityKind, entity_id: int, marker: str) -> Sequence[int]:
        """Return the ids of the entity's tasks (open or completed) whose text holds the marker.

        Of a task about a manager, `entity_id` is the user who has it: his own head may.
        """

    def fields_missing(self) -> Sequence[str]:
        """Return a sentence for each configured field or pipeline that the CRM does not have."""

    def close(self) -> None:
        """The connections are closed."""


class BudgetStore(Protocol):
    """Where the processes that talk to one portal agree on who may send when."""

    def reserve(self, portal: str, now: float, interval: float, burst: int) -> float:
        """Return the instant (seconds since the epoch) from which one more request may be sent (GCRA)."""

    def hold(self, portal: str, until: float) -> None:
        """Nobody is given an instant before `until`."""


@dataclass(frozen=True, slots=True)
class PortalSettings:
    """What a connector needs to know of its portal; `fields` maps our names (`deal.margin`) to the CRM's.

    A client field has an id per kind: `client.blacklisted` → `{"company": "8802", "contact": "8812"}`.
    `limit` (requests a second, and how many at once before) takes the place of the CRM's usual one.
    `secret` values are kept out of repr. `pipelines` empty means all.
    """

    name: str
    base_url: str
    secrets: Mapping[str, str] = field(repr=False)
    timezone: str = "UTC"
    pipelines: frozenset[int] = frozenset()
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    loss_reason_source: str = "native"
    loss_reason_field: str | None = None
    task_kind: str = "task"
    page_timeout: float = 60.0
    limit: tuple[float, int] | None = None


class Matcher(Protocol):
    """A group of rules made ready by an engine."""

    def fired(self, facts: Mapping[str, Any]) -> frozenset[str]:
        """Return the ids of the rules whose condition is TRUE for one subject's facts (missing: absent or None)."""


class RuleEngine(Protocol):
    """Decides which conditions hold; every implementation gives what the reference evaluator gives."""

    name: str

    def load(self, rules: Mapping[str, Condition]) -> Matcher:
        """Return the rules, by id, ready to be matched; RuleErrors where the engine cannot carry one."""


class Progress(Protocol):
    """Somebody watches long work."""

    def __call__(self, done: int, total: int | None, what: str) -> None:
        """`done` of `total` (None: not known) units of `what` are finished."""
