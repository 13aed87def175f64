"""What a CRM holds, in our words; ids are the CRM's own, instants aware, money `Decimal` in whole units."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal


class EntityKind(StrEnum):
    """What is pulled row by row; the order is that of a pull, so that links point backwards."""

    COMPANY = "company"
    CONTACT = "contact"
    LEAD = "lead"
    DEAL = "deal"
    TASK = "task"
    STAGE_CHANGE = "stage_change"
    PRODUCT = "product"
    BASKET = "basket"
    # Nothing is pulled under this name: a task may be about a manager and hang on nothing.
    MANAGER = "manager"


PULLED = tuple(kind for kind in EntityKind if kind is not EntityKind.MANAGER)


class TaskKind(StrEnum):
    """What a person is to do, or did."""

    TASK = "task"
    CALL = "call"
    MEETING = "meeting"
    EMAIL = "email"
    MESSAGE = "message"


class Outcome(StrEnum):
    """How a deal stands."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Account:
    """The CRM's account: `id` is what its hooks carry, `currency` its base currency (ISO 4217) where told."""

    id: str
    name: str
    currency: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class User:
    """A person who works in the CRM; `active` is false once deactivated."""

    id: int
    name: str
    active: bool = True
    department_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a pipeline; `id` is unique only within its pipeline (amoCRM's 142 and 143 are in each)."""

    id: str
    pipeline_id: int
    name: str
    sort: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline with its stages in order."""

    id: int
    name: str
    sort: int
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class LossReason:
    """A reason of the portal's own list; `id` is an option's, a reason's or a failed stage's."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency with its rate: one unit of it is `rate` units of the portal's base currency."""

    code: str
    rate: Decimal
    is_base: bool = False


@dataclass(frozen=True, slots=True)
class Directory:
    """The portal's dictionaries, whole, as of the pull; few enough to be replaced at once."""

    account: Account
    users: tuple[User, ...]
    pipelines: tuple[Pipeline, ...]
    loss_reasons: tuple[LossReason, ...]
    currencies: tuple[Currency, ...] = ()
    sub_reasons: tuple[LossReason, ...] = ()


@dataclass(frozen=True, slots=True)
class Company:
    """A company; `fields` holds the values of the fields named in the configuration (`client.*`), as text.

    `keys` are digests (`integrator.domain.identity`) of its phone numbers, addresses and tax number: two cards that
    share one may be the same client.
    """

    id: int
    name: str
    responsible_id: int | None
    created_at: datetime
    updated_at: datetime
    fields: Mapping[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """A person; `company_id` is the company he belongs to, `fields` and `keys` as for a company."""

    id: int
    name: str
    company_id: int | None
    responsible_id: int | None
    created_at: datetime
    updated_at: datetime
    fields: Mapping[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal as it stands at the pull.

    `closed_at` is None while open; for Bitrix24 it is MOVED_TIME, which the stage history overrides later.
    `loss_reason_id` points into the directory's reasons (`source: stage`: the failed stage, as `pipeline:stage`).
    `currency` is None where the CRM has one currency. `contact_id` is the main contact.
    `fields` holds the fields named in the configuration (`deal.*`, among them `deal.reason_text`), as text.
    """

    id: int
    title: str
    pipeline_id: int
    stage_id: str
    outcome: Outcome
    amount: Decimal
    currency: str | None
    company_id: int | None
    contact_id: int | None
    responsible_id: int | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    loss_reason_id: str | None
    source: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lead(Deal):
    """A lead of Bitrix24, which is no deal yet: lost when junk, won when it became a deal; `pipeline_id` is 0."""


@dataclass(frozen=True, slots=True)
class StageChange:
    """A deal came to a stage at an instant; `id` is the CRM's own of that event."""

    id: str
    deal_id: int
    pipeline_id: int
    stage_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Task:
    """A person's to-do, or a contact made, bound to one entity; bound to several it is several rows with one `id`.

    `origin` tells apart what has ids of its own: Bitrix24's tasks (`task`) and activities (`activity`), amoCRM's tasks
    (`task`), calls and letters that stand in notes (`note`) and messages that stand in events (`event`).
    A call, a letter or a message that was made is a completed one; `incoming` is true where the client began it.
    `entity_kind` is deal, lead, company or contact.
    """

    origin: str
    id: int
    entity_kind: EntityKind
    entity_id: int
    responsible_id: int | None
    text: str
    due_at: datetime | None
    completed: bool
    completed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    result: str = ""
    kind: TaskKind = TaskKind.TASK
    incoming: bool = False


@dataclass(frozen=True, slots=True)
class Product:
    """An item of the catalogue with its group (amoCRM: catalog or a field of the element; Bitrix24: section)."""

    id: int
    name: str
    group_id: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class BasketLine:
    """A line of a deal: `amount` is that of the whole line, in the deal's currency, None where it is not told."""

    product_id: int | None
    name: str
    quantity: Decimal
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Basket:
    """What is sold by a deal; `id` is the deal's. A deal without lines has none, or an empty one."""

    id: int
    lines: tuple[BasketLine, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote on a deal: amoCRM's common note, Bitrix24's timeline comment."""

    id: int
    deal_id: int
    text: str
    created_at: datetime
    created_by: int | None = None


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """A task to be made in the CRM; `text` ends with the marker by which it is found again."""

    entity_kind: EntityKind
    entity_id: int
    responsible_id: int
    title: str
    text: str
    due_at: datetime
    marker: str
