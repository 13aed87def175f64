"""The day that a text speaks of, in the words of people: "12 мая", "через две недели", "в сентябре"."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from integrator.text.lemmas import fold, lemmas
from integrator.text.lists.calendar import (
    AFTER,
    DAYS,
    END,
    HOLIDAYS,
    MIDDLE,
    MONTHS,
    NEXT,
    NUMBERS,
    ORDINALS,
    SEASONS,
    UNITS,
    WEEKDAYS,
    WITHIN,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_T = TypeVar("_T")

JUST_PAST = 31
"""A day without a year that is so few days past is the one that was, not that of next year."""

_PIECE = re.compile(r"\d+(?:[.,/-]\d+)*|[^\W\d_]+\d*")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_NUMERIC = re.compile(r"(\d{1,2})[./-](\d{1,2})(?:[./-](\d{4}|\d{2}))?")
_YEAR = re.compile(r"20\d\d")
_ALSO_VERBS = frozenset({"may", "march", "mar"})
_BEFORE_MONTHS = frozenset({"in", "by", "until", "till", "next", "early", "late", "mid", "after", "end", "of", "this"})
_MONTHS_IN = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_QUARTER = 3
_ABBREVIATED = 2
_BEFORE_DAYS = frozenset({"в", "во", "до", "к", "на", "со", "с"})


@lru_cache(maxsize=20_000)
def date_in(text: str, today: date) -> date | None:
    """Return the first day at or after `today`, the day of writing, that the text names; None where it names none.

    A month, a season or a year means its first day; "после 15.06" means the day after. A day long past is none.
    """
    words = tuple(_PIECE.findall(fold(text)))
    for place in range(len(words)):
        told = ((reader, reader(words, place, today)) for reader in _READERS)
        reader, found = next(((reader, day) for reader, day in told if day is not None), (None, None))
        if found is not None and found >= today:
            return found + timedelta(days=_after(words, place, reader))
    return None


def _numeric(words: tuple[str, ...], place: int, today: date) -> date | None:
    """12.05, 12.05.2027, 12/05/27, 2027-05-12."""
    iso = _ISO.fullmatch(words[place])
    if iso:
        return _day(int(iso[1]), int(iso[2]), int(iso[3]))
    found = _NUMERIC.fullmatch(words[place])
    if not found:
        return None
    day, month = int(found[1]), int(found[2])
    if found[3]:
        return _day(2000 + int(found[3]) % 100, month, day)
    return _coming(month, day, today)


def _day_of_month(words: tuple[str, ...], place: int, today: date) -> date | None:
    """12 мая, 12 мая 2027, May 12, 15 числа."""
    month = _of(words, place, MONTHS)
    if month is None:
        return _of_this_month(words, place, today)
    beside = (place - 1, place + 1) if _at(words, place - 1).isdigit() else (place + 1, place + 2)
    number = _at(words, beside[0]).removesuffix("го")
    year = _at(words, beside[1])
    if not number.isdigit() or not 1 <= int(number) <= 31:  # noqa: PLR2004 - days of a month
        return None
    if _YEAR.fullmatch(year):
        return _day(int(year), month, int(number))
    return _coming(month, int(number), today)


def _of_this_month(words: tuple[str, ...], place: int, today: date) -> date | None:
    if not words[place].isdigit() or "число" not in _forms(words, place + 1):
        return None
    found = _day(today.year, today.month, int(words[place]))
    if found is not None and found < today:
        return _day(*_month_on(today, 1), int(words[place]))
    return found


def _month(words: tuple[str, ...], place: int, today: date) -> date | None:
    """В сентябре, в конце сентября, в сентябре 2027, к осени, весной."""
    month = _of(words, place, MONTHS)
    season = _of(words, place, SEASONS)
    if month is None and season is None:
        return None
    if words[place] in _ALSO_VERBS and _at(words, place - 1) not in _BEFORE_MONTHS:
        return None
    first = month or season or 1
    day = _part_of_month(words, place) if month else 1
    year = _at(words, place + 1)
    if _YEAR.fullmatch(year):
        return _day(int(year), first, min(day, monthrange(int(year), first)[1]))
    if NEXT & _forms(words, place - 1):
        return _day(today.year + (first <= today.month), first, day)
    return _coming(first, day, today)


def _part_of_month(words: tuple[str, ...], place: int) -> int:
    before = _forms(words, place - 1)
    if END & before:
        return 25
    return 15 if MIDDLE & before else 1


def _from_now(words: tuple[str, ...], place: int, today: date) -> date | None:
    """Через неделю, через две недели, через 10 дней, через полтора месяца, через пару лет, in two weeks."""
    if not WITHIN & _forms(words, place):
        return None
    at, count = place + 1, 1.0
    if "полтора" in _forms(words, at):
        at, count = at + 1, 1.5
    else:
        while at < len(words) and (_count(words, at) is not None or _at(words, at) == "of"):
            count = float(_count(words, at) or count)
            at += 1
    unit = _of(words, at, UNITS)
    return None if unit is None else _on(today, unit, count)


def _count(words: tuple[str, ...], place: int) -> int | None:
    """Return the number at the place; of "2-3" and "2,5" the first."""
    digits = re.match(r"\d{1,3}", words[place])
    return int(digits[0]) if digits else _of(words, place, NUMBERS)


def _next(words: tuple[str, ...], place: int, today: date) -> date | None:
    """На следующей неделе, в следующем месяце, в следующую среду, в следующем году, next week."""
    if not NEXT & _forms(words, place):
        return None
    weekday = _of(words, place + 1, WEEKDAYS)
    if weekday is not None:
        return _monday(today, 1) + timedelta(days=weekday)
    unit = _of(words, place + 1, UNITS)
    if unit == "week":
        return _monday(today, 1)
    if unit in _MONTHS_IN:
        step = _MONTHS_IN[unit]
        begun = (today.month - 1) // step * step + 1
        return _day(*_month_on(today.replace(month=begun, day=1), step), 1)
    return today + timedelta(days=1) if unit == "day" else None


def _quarter(words: tuple[str, ...], place: int, today: date) -> date | None:
    """В 3 квартале, в третьем квартале, в III квартале 2027, Q3."""
    number = _of(words, place, ORDINALS)
    if number is None or not ("квартал" in _forms(words, place + 1) or words[place].startswith("q")):
        return None
    first = (number - 1) * _QUARTER + 1
    year = next((one for one in words[place + 1 : place + 4] if _YEAR.fullmatch(one)), None)
    if year:
        return _day(int(year), first, 1)
    return _day(today.year + (first + _QUARTER <= today.month), first, 1)


def _year(words: tuple[str, ...], place: int, _: date) -> date | None:
    """В 2027 году."""
    if not _YEAR.fullmatch(words[place]) or not {"год", "г", "гг"} & _forms(words, place + 1):
        return None
    return _day(int(words[place]), 1, 1)


def _near(words: tuple[str, ...], place: int, today: date) -> date | None:
    """Завтра, послезавтра, в пятницу."""
    days = _of(words, place, DAYS)
    if days is not None:
        return today + timedelta(days=days)
    weekday = _of(words, place, WEEKDAYS)
    if weekday is None or (len(words[place]) == _ABBREVIATED and _at(words, place - 1) not in _BEFORE_DAYS):
        return None
    return today + timedelta(days=(weekday - today.weekday()) % 7 or 7)


def _holidays(words: tuple[str, ...], place: int, today: date) -> date | None:
    """После нового года, после майских."""
    back = _of(words, place, HOLIDAYS)
    if back is None or not AFTER & _forms(words, place - 1):
        return None
    if "новый" in _forms(words, place) and "год" not in _forms(words, place + 1):
        return None
    this = date(today.year, *back)
    return this if this >= today else date(today.year + 1, *back)


# In this order: the first that reads anything at a place decides what is said there.
_READERS: tuple[Callable[[tuple[str, ...], int, date], date | None], ...] = (
    _numeric, _day_of_month, _holidays, _quarter, _year, _from_now, _next, _month, _near,
)  # fmt: skip
_OF_A_DAY = (_numeric, _day_of_month, _near)


def _after(words: tuple[str, ...], place: int, reader: object) -> int:
    """Return 1 where "after" stands before a day, else 0."""
    if reader not in _OF_A_DAY:
        return 0
    return int(any(AFTER & _forms(words, at) for at in (place - 1, place - 2)))


def _on(today: date, unit: str, count: float) -> date | None:
    if unit in {"day", "week"}:
        return today + timedelta(days=round(count * (7 if unit == "week" else 1)))
    months = count * _MONTHS_IN[unit]
    year, month = _month_on(today, int(months))
    found = _day(year, month, min(today.day, monthrange(year, month)[1]))
    return None if found is None else found + timedelta(days=round(30 * (months - int(months))))


def _coming(month: int, day: int, today: date) -> date | None:
    """Return this year's day, or next year's where it is long past; one just past is returned as it is."""
    this = _day(today.year, month, day)
    if this is None or this >= today or (today - this).days <= JUST_PAST:
        return this
    return _day(today.year + 1, month, day)


def _monday(today: date, weeks: int) -> date:
    return today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)


def _month_on(today: date, months: int) -> tuple[int, int]:
    """Return the year and the month so many months on."""
    passed = today.year * 12 + today.month - 1 + months
    return passed // 12, passed % 12 + 1


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _at(words: tuple[str, ...], place: int) -> str:
    return words[place] if 0 <= place < len(words) else ""


def _forms(words: tuple[str, ...], place: int) -> frozenset[str]:
    word = _at(words, place)
    return lemmas(word) if word else frozenset()


def _of(words: tuple[str, ...], place: int, table: Mapping[str, _T]) -> _T | None:
    """Return what the table says of the word at the place."""
    return next((table[form] for form in sorted(_forms(words, place)) if form in table), None)
