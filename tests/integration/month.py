"""A sales department that works for a month: a random base in a mirror, and what happens to it day by day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from integrator.domain import (
    Account,
    Basket,
    BasketLine,
    Company,
    Contact,
    Deal,
    Directory,
    EntityKind,
    Lead,
    LossReason,
    Note,
    Outcome,
    Pipeline,
    Product,
    Stage,
    StageChange,
    Task,
    TaskKind,
    User,
)
from integrator.ports import Page
from integrator.store import directory, mirror

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from integrator.store.database import Database

BEGIN = datetime(2026, 3, 5, 6, tzinfo=UTC)
SALES, COMPLAINTS = 31, 32
STEPS = ("new", "talk", "offer")
STAGES = tuple(
    Stage(name, pipeline, name, place, {"won": Outcome.WON, "lost": Outcome.LOST}.get(name, Outcome.OPEN))
    for pipeline in (SALES, COMPLAINTS)
    for place, name in enumerate((*STEPS, "won", "lost"))
)
REASONS = ("Дорого", "Нет бюджета", "Нецелевой", "Есть поставщик", "Не устроил ассортимент", "Что-то своё")
TEXTS = ("Подумает и перезвонит", "Ждёт счёт", "Надо посоветоваться с директором", "Договорились о встрече")
WORDS = (None, "нет болта М8", "дорого", "нецелевой", "")


@dataclass(slots=True)
class Business:
    """What the CRM holds, and the hand that changes it; every change goes into the mirror of `db` at once."""

    db: Database
    chance: random.Random
    now: datetime = BEGIN
    companies: dict[int, Company] = field(default_factory=dict)
    contacts: dict[int, Contact] = field(default_factory=dict)
    deals: dict[int, Deal] = field(default_factory=dict)
    leads: dict[int, Lead] = field(default_factory=dict)
    tasks: dict[int, Task] = field(default_factory=dict)
    users: tuple[User, ...] = tuple(User(number, f"Менеджер {number}") for number in range(1, 6))
    last: int = 100

    def number(self) -> int:
        """Return an id that nothing has."""
        self.last += 1
        return self.last

    def store(self, kind: EntityKind, *rows: Any, **page: Any) -> None:
        """The mirror holds the rows."""
        mirror.store_page(self.db, "main", kind, Page(rows, f"{self.last} {self.now}", **page), self.now)

    def listed(self) -> None:
        """The mirror holds the dictionaries."""
        lines = tuple(
            Pipeline(number, name, number, tuple(one for one in STAGES if one.pipeline_id == number))
            for number, name in ((SALES, "Продажи"), (COMPLAINTS, "Рекламации"))
        )
        reasons = tuple(LossReason(str(number), name) for number, name in enumerate(REASONS))
        told = Directory(Account("777", "ООО"), self.users, lines, reasons)
        directory.replace(self.db, "main", told, self.now)

    def ago(self, most: int) -> datetime:
        """Return an instant up to so many days ago."""
        return self.now - timedelta(minutes=self.chance.randint(0, most * 1440))

    def person(self) -> int:
        """Return a manager's id."""
        return self.chance.randint(1, 5)

    # What may happen.

    def company(self, born: datetime | None = None) -> None:
        """A company is entered."""
        number, at = self.number(), born or self.now
        fields = {
            "client.industry": self.chance.choice(("food", "retail", "")),
            "client.quarter_volume": self.chance.choice(("", "900000", "100")),
            "client.need_date": self.chance.choice(("", "2026-05-01", "2027-12-01")),
            "client.verified_at": self.chance.choice(("", "", "2025-03-10", "2025-03-19")),
            "client.blacklisted": self.chance.choice(("", "", "", "1")),
        }
        keys = (f"k{number // 5}",) if self.chance.random() < 0.2 else ()
        if self.chance.random() < 0.1:
            fields["client.verified_at"] = "2026-03-20"
        made = Company(number, f"ООО {number}", self.person(), at, at, {k: v for k, v in fields.items() if v}, keys)
        self.companies[number] = made
        self.store(EntityKind.COMPANY, made)

    def contact(self, born: datetime | None = None) -> None:
        """A person is entered, who belongs to a company or to none."""
        number, at = self.number(), born or self.now
        of = self.chance.choice([None, *self.companies])
        made = Contact(number, f"Контакт {number}", of, self.person(), at, at)
        self.contacts[number] = made
        self.store(EntityKind.CONTACT, made)

    def deal(self, born: datetime | None = None) -> int:
        """A deal begins."""
        number, at = self.number(), born or self.now
        company = self.chance.choice([None, *self.companies, *self.companies, *self.companies])
        contact = self.chance.choice([None, *self.contacts])
        line = COMPLAINTS if self.chance.random() < 0.05 else SALES
        fields = {"deal.margin": str(self.chance.randint(1, 900))} if self.chance.random() < 0.3 else {}
        amount = Decimal(self.chance.randint(1, 90) * 1000)
        made = Deal(
            number, f"Сделка {number}", line, "new", Outcome.OPEN, amount, "RUB", company, contact, self.person(),
            at, at, None, None, "site", fields,
        )  # fmt: skip
        self._put(made)
        self._moved(made, at)
        return number

    def _put(self, deal: Deal) -> None:
        self.deals[deal.id] = deal
        self.store(EntityKind.DEAL, deal)

    def _moved(self, deal: Deal, at: datetime) -> None:
        self.store(
            EntityKind.STAGE_CHANGE, StageChange(f"{self.number()}", deal.id, deal.pipeline_id, deal.stage_id, at)
        )

    def some(self, outcome: Outcome | None = None) -> Deal | None:
        """Return a deal, with the outcome where one is given."""
        found = [deal for deal in self.deals.values() if outcome in (None, deal.outcome)]
        return self.chance.choice(found) if found else None

    def close(self, number: int | None = None, at: datetime | None = None) -> None:
        """A deal is won or lost."""
        deal = self.deals[number] if number else self.some(Outcome.OPEN)
        if deal is None:
            return
        at = at or self.now
        won = self.chance.random() < 0.6
        fields = {} if won else {"deal.reason_text": self.chance.choice(WORDS) or ""}
        reason = None if won or self.chance.random() < 0.2 else str(self.chance.randrange(len(REASONS)))
        closed = replace(
            deal, stage_id="won" if won else "lost", outcome=Outcome.WON if won else Outcome.LOST, closed_at=at,
            loss_reason_id=reason, updated_at=at, fields={**deal.fields, **{k: v for k, v in fields.items() if v}},
        )  # fmt: skip
        self._put(closed)
        self._moved(closed, at)
        if won:
            lines = (BasketLine(self.chance.randint(1, 6), "Товар", Decimal(2), Decimal(500)),)
            self.store(EntityKind.BASKET, Basket(deal.id, lines))

    def step(self) -> None:
        """A deal goes to another stage, or is opened again."""
        if deal := self.some():
            moved = replace(
                deal, stage_id=self.chance.choice(STEPS), outcome=Outcome.OPEN, closed_at=None, loss_reason_id=None
            )
            self._put(moved)
            self._moved(moved, self.now)

    def move(self) -> None:
        """A deal is another client's, or nobody's."""
        if deal := self.some():
            contact = self.chance.choice([None, *self.contacts])
            self._put(replace(deal, company_id=self.chance.choice([None, *self.companies]), contact_id=contact))

    def divert(self) -> None:
        """A deal goes to the other pipeline."""
        if deal := self.some(Outcome.OPEN):
            self._put(replace(deal, pipeline_id=SALES + COMPLAINTS - deal.pipeline_id))

    def drop(self) -> None:
        """A deal is deleted."""
        if deal := self.some():
            del self.deals[deal.id]
            self.store(EntityKind.DEAL, gone=[deal.id])

    def lead(self) -> None:
        """A lead comes, or is thrown away."""
        number = self.chance.choice([self.number(), *self.leads])
        lost = self.chance.random() < 0.5
        made = Lead(
            number, f"Заявка {number}", 0, "JUNK" if lost else "NEW", Outcome.LOST if lost else Outcome.OPEN,
            Decimal(0), None, self.chance.choice([None, *self.companies]), None, self.person(), self.now, self.now,
            self.now if lost else None, None,
        )  # fmt: skip
        self.leads[number] = made
        self.store(EntityKind.LEAD, made)

    def agree(self) -> None:
        """A step is agreed on: a task that falls due at some instant, with a deal or a client."""
        open_deals = [(EntityKind.DEAL, deal.id) for deal in self.deals.values() if deal.outcome is Outcome.OPEN]
        others = [(EntityKind.COMPANY, number) for number in self.companies]
        others += [(EntityKind.CONTACT, number) for number in self.contacts]
        kind, number = self.chance.choice([*open_deals, *open_deals, *others])
        due = self.now + timedelta(minutes=self.chance.randint(-1000, 12 * 1440))
        made = Task(
            "task", self.number(), kind, number, self.person(), "Созвон", due, completed=False, completed_at=None,
            created_at=self.now, updated_at=self.now, kind=self.chance.choice(list(TaskKind)[:3]),
        )  # fmt: skip
        self.tasks[made.id] = made
        self.store(EntityKind.TASK, made)

    def keep(self) -> None:
        """What was agreed is done, or put off."""
        waiting = [task for task in self.tasks.values() if not task.completed]
        if not waiting:
            return
        task = self.chance.choice(waiting)
        if self.chance.random() < 0.3:
            task = replace(task, due_at=self.now + timedelta(days=3))
        else:
            result = self.chance.choice(("", *TEXTS))
            task = replace(task, completed=True, completed_at=self.now, result=result, updated_at=self.now)
        self.tasks[task.id] = task
        self.store(EntityKind.TASK, task)

    def call(self, at: datetime | None = None) -> None:
        """Somebody talks with a client."""
        when = at or self.now
        places = [(EntityKind.DEAL, number) for number in self.deals] + [
            (EntityKind.COMPANY, n) for n in self.companies
        ]
        kind, number = self.chance.choice(places)
        made = Task(
            "note", self.number(), kind, number, self.person(), "Звонок", None, completed=True, completed_at=when,
            created_at=when, updated_at=when, kind=TaskKind.CALL, incoming=self.chance.random() < 0.3,
        )  # fmt: skip
        self.store(EntityKind.TASK, made)

    def note(self) -> None:
        """Something is written on a deal."""
        if deal := self.some(Outcome.OPEN):
            text = self.chance.choice(TEXTS)
            mirror.store_notes(self.db, "main", [Note(self.number(), deal.id, text, self.now, 1)])

    def hand_over(self) -> None:
        """A client is another manager's."""
        company = self.chance.choice(list(self.companies.values()))
        self.companies[company.id] = replace(company, responsible_id=self.person())
        self.store(EntityKind.COMPANY, self.companies[company.id])

    def hire(self) -> None:
        """A person changes the company, or has none any more."""
        if self.contacts:
            contact = self.chance.choice(list(self.contacts.values()))
            self.contacts[contact.id] = replace(contact, company_id=self.chance.choice([None, *self.companies]))
            self.store(EntityKind.CONTACT, self.contacts[contact.id])

    def forget(self) -> None:
        """A company is deleted."""
        number = self.chance.choice(list(self.companies))
        del self.companies[number]
        self.store(EntityKind.COMPANY, gone=[number])

    def leave(self) -> None:
        """A manager leaves."""
        self.users = (*self.users[:-1], replace(self.users[-1], active=False))
        self.listed()

    # The whole of it.

    def found(self, clients: int) -> None:
        """There is a base with a history of two years."""
        self.listed()
        self.store(EntityKind.PRODUCT, *(Product(n, f"Болт М{n}", str(n % 3), f"Группа {n % 3}") for n in range(1, 7)))
        for _ in range(clients):
            self.company(self.ago(800))
        for _ in range(clients // 4):
            self.contact(self.ago(800))
        for _ in range(clients * 5):
            number = self.deal(self.ago(700))
            if self.chance.random() < 0.9:
                deal = self.deals[number]
                self.close(number, min(self.now, deal.created_at + timedelta(days=self.chance.randint(0, 60))))
        for _ in range(clients * 2):
            self.call(self.ago(400))
        for event in (self.agree, self.note, self.lead):
            for _ in range(clients // 3):
                event()

    def work(self, events: int) -> None:
        """So much happens until now."""
        often: list[Callable[[], Any]] = [
            self.deal,
            self.close,
            self.step,
            self.agree,
            self.agree,
            self.keep,
            self.call,
            self.note,
        ]
        seldom: list[Callable[[], Any]] = [
            *(self.move, self.divert, self.drop, self.lead, self.hand_over, self.hire, self.forget, self.company),
            self.contact,
        ]  # fmt: skip
        for _ in range(events):
            self.chance.choice([*often, *often, *seldom])()
