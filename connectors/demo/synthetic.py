"""A business of any size for measuring: every row is computed from its number, so none need be kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from connectors.demo import vocabulary as words
from connectors.demo.model import MOSCOW, Company, Contact, Deal, Kind, Move, Owner, Profile, Step, Todo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connectors.demo.model import Lead, Line, Note, Product, Touch, User

COMPANY_IDS, CONTACT_IDS, DEAL_IDS, TODO_IDS = 1, 10_000_001, 1, 1
_DAYS = 730
# Of a hundred: those still open (the last ones by age), those lost, and clients who are persons on their own.
_OPEN, _LOST, _ALONE = 4, 15, 10
_MASK = (1 << 64) - 1
_REASONS: tuple[str | None, ...] = (*words.REASONS, None, None)
_TEXTS = ("", "", "", "Дороже на 8 %", "просто посмотреть", "Нужно за три дня, мы возим за семь")
_SPANS = tuple(timedelta(seconds=seconds) for seconds in range(0, 30 * 86400, 977))


@dataclass(frozen=True, slots=True)
class Synthetic:
    """So many clients with so many deals over two years; the open ones are the youngest."""

    today: date
    clients: int
    size: int
    seed: int
    with_history: bool = True

    @property
    def users(self) -> Sequence[User]:
        """The people of the small business."""
        return words.USERS

    @property
    def companies(self) -> Iterator[Company]:
        """Nine of ten clients."""
        for number in range(self.clients):
            if not _alone(number):
                start = self._met(number)
                name = f"ООО «{words.HEADS[number % len(words.HEADS)]} № {number}»"
                profile = Profile(words.HOME_REGION, words.INDUSTRIES[number % len(words.INDUSTRIES)])
                yield Company(COMPANY_IDS + number, name, _manager(number), start, start, profile)

    @property
    def contacts(self) -> Iterator[Contact]:
        """One of ten clients, a person without a company."""
        for number in range(self.clients):
            if _alone(number):
                first, last = words.FIRST_NAMES[number % 16], words.LAST_NAMES[number // 16 % 16]
                phone = f"+79{number:09d}"
                contact_id, manager, start = CONTACT_IDS + number, _manager(number), self._met(number)
                yield Contact(contact_id, first, last, None, manager, start, start, phone, f"c{number}@example.com")

    @property
    def deals(self) -> Iterator[Deal]:
        """The deals by age."""
        return map(self._deal, range(self.size))

    @property
    def todos(self) -> Iterator[Todo]:
        """A next step on two of three open deals, some of them missed."""
        end = self._end
        for number in range(self._first_open, self.size):
            deal = self._deal(number)
            chance = _chance(self.seed + 1, number) % 9
            if chance > 2:  # noqa: PLR2004 - of nine
                due = end + timedelta(days=chance - 5, hours=3)
                todo_id, since = TODO_IDS + number, deal.created_at
                yield Todo(todo_id, Kind.CALL, Owner.DEAL, deal.id, deal.responsible_id, "Позвонить", since, due)

    @property
    def notes(self) -> Sequence[Note]:
        """None: they cost and show nothing here."""
        return ()

    @property
    def products(self) -> Sequence[Product]:
        """None."""
        return ()

    @property
    def lines(self) -> Sequence[Line]:
        """None, where there are no products."""
        return ()

    @property
    def touches(self) -> Sequence[Touch]:
        """None."""
        return ()

    @property
    def leads(self) -> Sequence[Lead]:
        """None."""
        return ()

    @property
    def _end(self) -> datetime:
        return datetime.combine(self.today, time(9), MOSCOW)

    @property
    def _start(self) -> datetime:
        return self._end - timedelta(days=_DAYS)

    @property
    def _first_open(self) -> int:
        return self.size - self.size * _OPEN // 100

    def _met(self, number: int) -> datetime:
        """When a client was entered: one after the other, before the first deal."""
        return self._start - timedelta(minutes=self.clients - number)

    def _deal(self, number: int) -> Deal:
        chance = _chance(self.seed, number)
        # Squared, so that some clients buy a lot and many hardly ever.
        share = (chance & 0xFFFF) / 65536
        client = int(self.clients * share * share)
        created = self._start + timedelta(seconds=_DAYS * 86000 * number // self.size)
        length = min(_SPANS[(chance >> 24) % len(_SPANS)], self._end - created)
        steps = self._steps(number, chance >> 16)
        last = created + length * steps[-1][0] // 4
        lost, alone = steps[-1][1] is Step.LOST, _alone(client)
        return Deal(
            id=DEAL_IDS + number,
            title=f"Заказ {number}",
            amount=(chance >> 32) % 400_000 + 1000,
            company_id=None if alone else COMPANY_IDS + client,
            contact_id=CONTACT_IDS + client if alone else None,
            responsible_id=_manager(client),
            created_at=created,
            updated_at=last,
            closed_at=last if steps[-1][0] == len(_PLACES) else None,
            close_on=last.date(),
            history=tuple(Move(step, created + length * place // 4) for place, step in steps),
            reason=_REASONS[(chance >> 40) % len(_REASONS)] if lost else None,
            reason_text=_TEXTS[(chance >> 48) % len(_TEXTS)] if lost else "",
        )

    def _steps(self, number: int, chance: int) -> tuple[tuple[int, Step], ...]:
        """The steps with their places in time: nought is the creation, four the end."""
        if number >= self._first_open:
            return _OPENED[chance % len(_OPENED)]
        table = _LOSSES if chance % 100 < _LOST else _WINS
        return table[chance // 100 % len(table)]


_PLACES = (Step.ACQUAINTANCE, Step.PRESENTATION, Step.CONTRACT, Step.PAYMENT)
_OPENED = tuple(tuple(enumerate(_PLACES[:length])) for length in (1, 2, 3, 4))
_WINS = tuple((*steps, (4, Step.WON)) for steps in _OPENED[1:])
_LOSSES = tuple((*steps, (4, Step.LOST)) for steps in _OPENED[:3])


def _alone(client: int) -> bool:
    return client % _ALONE == _ALONE - 1


def _manager(client: int) -> int:
    return words.MANAGERS[client % len(words.MANAGERS)]


def _chance(seed: int, number: int) -> int:
    """Sixty-four bits that look like chance and are the same each time; any row can be asked for first."""
    mixed = (number * 0x9E3779B97F4A7C15 + seed * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return mixed ^ (mixed >> 31)
