"""Words of dates: data, by dictionary forms."""

from __future__ import annotations

MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "январь|янв|january|jan",
            "февраль|фев|february|feb",
            "март|march|mar",
            "апрель|апр|april|apr",
            "май|may",
            "июнь|june|jun",
            "июль|july|jul",
            "август|авг|august|aug",
            "сентябрь|сент|сен|september|sept|sep",
            "октябрь|окт|october|oct",
            "ноябрь|нояб|ноя|november|nov",
            "декабрь|дек|december|dec",
        ),
        start=1,
    )
    for name in names.split("|")
}

WEEKDAYS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "понедельник|пн|monday",
            "вторник|вт|tuesday",
            "среда|ср|wednesday",
            "четверг|чт|thursday",
            "пятница|пт|friday",
            "суббота|saturday",
            "воскресенье|воскресение|sunday",
        )
    )
    for name in names.split("|")
}

SEASONS: dict[str, int] = {
    "весна": 3, "весной": 3, "spring": 3, "лето": 6, "летом": 6, "summer": 6,
    "осень": 9, "осенью": 9, "autumn": 9, "зима": 12, "зимой": 12, "winter": 12,
}  # fmt: skip
"""The month that a season begins with."""

UNITS: dict[str, str] = {
    "день": "day", "сутки": "day", "дней": "day", "денек": "day", "day": "day", "days": "day",
    "неделя": "week", "неделька": "week", "нед": "week", "week": "week", "weeks": "week",
    "месяц": "month", "месяцок": "month", "мес": "month", "month": "month", "months": "month",
    "квартал": "quarter", "quarter": "quarter", "quarters": "quarter",
    "полгода": "half", "полугодие": "half", "полугода": "half",
    "год": "year", "годик": "year", "лет": "year", "year": "year", "years": "year",
}  # fmt: skip

NUMBERS: dict[str, int] = {
    "один": 1, "одна": 1, "два": 2, "две": 2, "пара": 2, "двое": 2, "три": 3, "трое": 3, "четыре": 4, "пять": 5,
    "шесть": 6, "семь": 7, "восемь": 8, "девять": 9, "десять": 10, "двенадцать": 12, "пятнадцать": 15, "двадцать": 20,
    "тридцать": 30, "a": 1, "an": 1, "one": 1, "two": 2, "couple": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
}  # fmt: skip

ORDINALS: dict[str, int] = {
    "первый": 1, "второй": 2, "третий": 3, "четвертый": 4, "i": 1, "ii": 2, "iii": 3, "iv": 4, "first": 1,
    "second": 2, "third": 3, "fourth": 4, "q1": 1, "q2": 2, "q3": 3, "q4": 4, "1": 1, "2": 2, "3": 3, "4": 4,
}  # fmt: skip

NEXT = frozenset({"следующий", "след", "будущий", "next", "following"})
AFTER = frozenset({"после", "after"})
WITHIN = frozenset({"через", "спустя", "in", "within"})
MIDDLE = frozenset({"середина", "mid", "middle"})
END = frozenset({"конец", "исход", "end", "late"})
HOLIDAYS: dict[str, tuple[int, int]] = {"новый": (1, 9), "новогодний": (1, 9), "майский": (5, 12)}
"""After which day of the year people are back: "после нового года", "после майских"."""

DAYS: dict[str, int] = {
    "сегодня": 0, "today": 0, "завтра": 1, "tomorrow": 1, "послезавтра": 2,
}  # fmt: skip
