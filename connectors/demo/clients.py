"""Who buys, might buy or never will: names, people, and what the portal's own fields say of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from connectors.demo import vocabulary as words
from connectors.demo.model import NO_PROFILE, Company, Contact, Profile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from random import Random

    from connectors.demo.purchases import Buyer, Calendar

COMPANY_IDS, CONTACT_IDS = 2001, 5001
# Every so many of the clients is a person without a company.
_ALONE_EVERY = 7
REFUSED, WOOED, UNTOUCHED = 40, 26, 14
# Buyers of the manager who leaves, by their place in the base, and of others who are given to somebody else: `later`.
LEFT_BEHIND, PASSED_ON = (4, 16, 35, 38, 53), (14, 46)


@dataclass(frozen=True, slots=True)
class Client:
    """A client before the rest is known; `contact_id` is the main contact, or the client himself."""

    company_id: int | None
    contact_id: int
    responsible_id: int
    name: str
    profile: Profile
    buyer: Buyer | None = None

    @property
    def key(self) -> tuple[int | None, int]:
        """What tells one client from another."""
        return self.company_id, self.contact_id


@dataclass(frozen=True, slots=True)
class Base:
    """The clients by what is told of them."""

    buyers: tuple[Client, ...]
    refused: tuple[Client, ...]
    wooed: tuple[Client, ...]
    untouched: tuple[Client, ...]
    barred: Client
    shut: Client | None

    @property
    def reachable(self) -> tuple[Client, ...]:
        """The buyers with whom anything may still happen."""
        return tuple(client for client in self.buyers if client is not self.shut)

    @property
    def all(self) -> tuple[Client, ...]:
        """Every client."""
        return self.buyers + self.refused + self.wooed + self.untouched


def make(buyers: list[Buyer], calendar: Calendar, random: Random) -> Base:
    """The base: the buyers, and those who never bought."""
    names = _names(random)
    blacklisted, shut = _gone(buyers, calendar)
    people: list[Client] = []

    def add(profile: Profile, buyer: Buyer | None = None, *, alone: bool = False) -> Client:
        number = len(people)
        company_id = None if alone else COMPANY_IDS + number
        drawn = random.choices(words.MANAGERS, words.WEIGHTS)[0]
        manager = words.LEAVER if number in LEFT_BEHIND and not alone else drawn
        name = _person(number) if alone else names[number % len(names)] if number >= len(names) else names[number]
        people.append(Client(company_id, CONTACT_IDS + number, manager, name, profile, buyer))
        return people[-1]

    bought = tuple(
        add(
            Profile(buyer.region, random.choice(words.INDUSTRIES), blacklisted=buyer is blacklisted),
            buyer,
            alone=buyer.real and number % _ALONE_EVERY == _ALONE_EVERY - 1 and buyer not in (blacklisted, shut),
        )
        for number, buyer in enumerate(buyers)
    )
    refused = tuple(add(_stranger(random, number), alone=number % 9 == 8) for number in range(REFUSED))  # noqa: PLR2004
    wooed = tuple(add(_prospect(random, number, calendar)) for number in range(WOOED))
    untouched = tuple(add(_prospect(random, number, calendar)) for number in range(UNTOUCHED))
    door = next((client for client in bought if client.buyer is shut), None)
    return Base(bought, refused, wooed, untouched, refused[0], door)


def _names(random: Random) -> list[str]:
    pairs = [f"{head} {tail}".strip() for head in words.HEADS for tail in words.TAILS]
    random.shuffle(pairs)
    made = [f"{random.choice(words.FORMS)} «{pair}»" for pair in pairs]
    # Every third, so that they stand among the others.
    for place, odd in enumerate(words.ODD_NAMES):
        made[3 * place] = odd
    return made


def _person(number: int) -> str:
    first, last = _person_names(number)
    return f"{first} {last}"


def _person_names(number: int) -> tuple[str, str]:
    firsts, lasts = words.FIRST_NAMES, words.LAST_NAMES
    return firsts[number % len(firsts)], lasts[(number // len(firsts) + 3 * number) % len(lasts)]


def _gone(buyers: list[Buyer], calendar: Calendar) -> tuple[Buyer | None, Buyer | None]:
    """Two who fell silent longer ago than they used to be: one for the blacklist, one whose door is closed."""
    silent = [buyer for buyer in buyers if buyer.real and _silent(buyer, calendar)]
    silent.sort(key=lambda buyer: -sum(purchase.amount for purchase in buyer.purchases))
    # Large ones: those whom the rules would otherwise want back first.
    return (silent[0] if silent else None), (silent[1] if len(silent) > 1 else None)


def _silent(buyer: Buyer, calendar: Calendar) -> bool:
    days = sorted({purchase.at.date() for purchase in buyer.purchases})
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    return len(gaps) > 1 and (calendar.today - days[-1]).days > max(60, 2 * median(gaps))


def _stranger(random: Random, number: int) -> Profile:
    return Profile(words.HOME_REGION, random.choice(words.INDUSTRIES), blacklisted=number == 0)


def _prospect(random: Random, number: int, calendar: Calendar) -> Profile:
    """Some say how much they buy in all, some when they will need it, one is a partner, some tell nothing."""
    volume = random.choice((80_000, 250_000, 600_000, 1_500_000)) if number % 3 == 0 else None
    need = calendar.today + timedelta(days=random.randrange(20, 120)) if number % 7 == 5 else None  # noqa: PLR2004
    industry = random.choice(words.INDUSTRIES) if number % 4 else None
    return Profile(words.HOME_REGION, industry, volume, need, partner=number == 1)


def records(base: Base, since: Mapping[tuple[int | None, int], datetime]) -> tuple[list[Company], list[Contact]]:
    """The companies and contacts, created at the instants given by client."""
    companies, contacts = [], []
    for number, client in enumerate(base.all):
        at = since[client.key]
        if client.company_id is not None:
            company = Company(client.company_id, client.name, client.responsible_id, at, at, client.profile)
            companies.append(company)
        first, last = _person_names(number)
        contact = Contact(
            client.contact_id,
            first,
            last,
            client.company_id,
            client.responsible_id,
            at,
            at,
            phone=f"+7900{1000000 + 7919 * number:07d}",
            email=f"client{number + 1}@example.com",
            profile=client.profile if client.company_id is None else NO_PROFILE,
        )
        contacts.append(contact)
    return companies, contacts
