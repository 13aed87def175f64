"""Requests that came in and were taken up, turned into deals or put aside."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from connectors.demo import vocabulary as words
from connectors.demo.model import Lead, Request

if TYPE_CHECKING:
    from random import Random

    from connectors.demo.purchases import Calendar

LEAD_IDS = 70001
# How each stands, and how many days ago it came to stand so; the last ones put aside are still asked about.
_STANDING = (
    *((Request.NO_BUDGET, days) for days in (76, 58, 41)),
    *((Request.OFF_TARGET, days) for days in (71, 52, 29)),
    *((Request.CONVERTED, days) for days in (64, 47, 33)),
    (Request.POOR, 37),
    *((Request.IN_WORK, days) for days in (12, 5)),
    *((Request.NEW, days) for days in (2, 1)),
)
_TITLES = (
    "Заявка с сайта: подарочные наборы", "Звонок: нужны кружки с логотипом", "Заявка с выставки: текстиль для отеля",
    "Спрашивали цену на свечи оптом", "Хотят упаковку к празднику",
)  # fmt: skip
_FROM, _WORKED = ("Сайт", "Звонок", "Выставка"), 6


def made(calendar: Calendar, random: Random) -> tuple[Lead, ...]:
    """The requests by age."""
    found = []
    for number, (status, days) in enumerate(sorted(_STANDING, key=lambda row: -row[1])):
        moved = calendar.ago(days, random)
        created = moved if status is Request.NEW else moved - timedelta(days=random.randint(1, _WORKED))
        title, source = _TITLES[number % len(_TITLES)], random.choice(_FROM)
        manager = words.MANAGERS[number % (len(words.MANAGERS) - 2)]
        amount = 1000 * random.randrange(8, 90)
        found.append(Lead(LEAD_IDS + number, title, amount, status, manager, source, created, moved))
    return tuple(found)
