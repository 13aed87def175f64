"""The business as no CRM in particular holds it; instants are Moscow's, amounts whole roubles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

# Moscow has kept UTC+3 since October 2014 and nothing here is older; a fixed offset is ten times as fast to write.
MOSCOW = timezone(timedelta(hours=3), "MSK")


class Step(StrEnum):
    """Where a deal can stand; SORTED_OUT is a second failed stage, which only Bitrix24 has."""

    ACQUAINTANCE = "acquaintance"
    PRESENTATION = "presentation"
    CONTRACT = "contract"
    PAYMENT = "payment"
    WON = "won"
    LOST = "lost"
    SORTED_OUT = "sorted_out"


FAILED = frozenset({Step.LOST, Step.SORTED_OUT})
CLOSED = FAILED | {Step.WON}


class Owner(StrEnum):
    """What a to-do is bound to."""

    COMPANY = "company"
    CONTACT = "contact"
    DEAL = "deal"


class Request(StrEnum):
    """How a request stands before it is a deal; only Bitrix24 keeps such."""

    NEW = "new"
    IN_WORK = "in_work"
    CONVERTED = "converted"
    POOR = "poor"
    OFF_TARGET = "off_target"
    NO_BUDGET = "no_budget"


class Kind(StrEnum):
    """What a to-do asks for; Bitrix24 keeps calls and meetings as activities, the rest as tasks."""

    CALL = "call"
    MEETING = "meeting"
    OTHER = "other"


class Means(StrEnum):
    """How somebody talked with a client; meetings and planned calls are to-dos that were done."""

    CALL = "call"
    EMAIL = "email"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody of the sales department."""

    id: int
    first_name: str
    last_name: str
    post: str
    active: bool = True
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """What the portal's own fields say of a client."""

    region: str | None = None
    industry: str | None = None
    quarter_volume: int | None = None
    need_on: date | None = None
    blacklisted: bool = False
    partner: bool = False
    complaint: bool = False
    verified_on: date | None = None
    tax_number: str | None = None


NO_PROFILE = Profile()


@dataclass(frozen=True, slots=True)
class Company:
    """A company; `phone` and `email` are empty where nobody wrote them down."""

    id: int
    name: str
    responsible_id: int
    created_at: datetime
    updated_at: datetime
    profile: Profile = NO_PROFILE
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A person: of a company, or a client on his own."""

    id: int
    first_name: str
    last_name: str
    company_id: int | None
    responsible_id: int
    created_at: datetime
    updated_at: datetime
    phone: str
    email: str
    profile: Profile = NO_PROFILE


@dataclass(frozen=True, slots=True)
class Move:
    """A deal came to a step at an instant."""

    step: Step
    at: datetime


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal; `closed_at` is when it was first won or lost, `close_on` the closing day that people typed in.

    `reason` is a key of `vocabulary.REASONS`; `history` begins with the creation and ends with the step of now.
    `margin` is what is left of the amount for us, `referrer` the name of the client who sent this one.
    """

    id: int
    title: str
    amount: int
    company_id: int | None
    contact_id: int | None
    responsible_id: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    close_on: date
    history: tuple[Move, ...]
    reason: str | None = None
    reason_text: str = ""
    sub_reason: str = ""
    source: str = ""
    planned_on: date | None = None
    complaint: bool = False
    margin: int | None = None
    referrer: str = ""

    @property
    def step(self) -> Step:
        """The step it stands at now."""
        return self.history[-1].step


@dataclass(frozen=True, slots=True)
class Lead:
    """A request that somebody made and that is no deal yet, or never became one; it is nobody's client yet."""

    id: int
    title: str
    amount: int
    status: Request
    responsible_id: int
    source: str
    created_at: datetime
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Todo:
    """A person's to-do; open while `done_at` is None."""

    id: int
    kind: Kind
    owner: Owner
    owner_id: int
    responsible_id: int
    text: str
    created_at: datetime
    due_at: datetime
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote on a deal."""

    id: int
    deal_id: int
    author_id: int
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Product:
    """An item of the catalogue; `group` is a key of `vocabulary.GROUPS`, the price is in roubles."""

    id: int
    name: str
    group: int
    price: int


@dataclass(frozen=True, slots=True)
class Line:
    """What a deal sells of one product; `amount` is that of the whole line at the price of the catalogue.

    The deal's own amount is what was agreed on, and people type it in.
    """

    id: int
    deal_id: int
    product_id: int
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class Touch:
    """A contact made; `incoming` is true where the client began it.

    Calls and letters stand in amoCRM's notes, messages in its events; in Bitrix24 all are completed activities.
    """

    id: int
    means: Means
    incoming: bool
    owner: Owner
    owner_id: int
    responsible_id: int
    at: datetime
    text: str = ""


class Source(Protocol):
    """What a writer needs; every access to a collection begins it anew, so that a large one need not be kept."""

    @property
    def today(self) -> date:
        """The last day of the business."""

    @property
    def with_history(self) -> bool:
        """Whether the stage history is written."""

    @property
    def users(self) -> Iterable[User]:
        """The people, by id."""

    @property
    def companies(self) -> Iterable[Company]:
        """The companies, by id."""

    @property
    def contacts(self) -> Iterable[Contact]:
        """The contacts, by id."""

    @property
    def deals(self) -> Iterable[Deal]:
        """The deals, by id."""

    @property
    def todos(self) -> Iterable[Todo]:
        """The to-dos, by id."""

    @property
    def notes(self) -> Iterable[Note]:
        """The notes, by id."""

    @property
    def products(self) -> Iterable[Product]:
        """The catalogue, by id."""

    @property
    def lines(self) -> Iterable[Line]:
        """What the deals sell, by deal."""

    @property
    def touches(self) -> Iterable[Touch]:
        """The contacts made, by id."""

    @property
    def leads(self) -> Iterable[Lead]:
        """The requests, by id; a CRM that keeps none leaves them out."""


@dataclass(frozen=True, slots=True)
class Business:
    """A business small enough to be kept whole."""

    today: date
    users: tuple[User, ...]
    companies: tuple[Company, ...]
    contacts: tuple[Contact, ...]
    deals: tuple[Deal, ...]
    todos: tuple[Todo, ...]
    notes: tuple[Note, ...]
    products: tuple[Product, ...]
    with_history: bool = True
    lines: tuple[Line, ...] = ()
    touches: tuple[Touch, ...] = ()
    leads: tuple[Lead, ...] = ()
