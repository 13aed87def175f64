"""Texts for managers: templates of the packs, rendered with this client's own facts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import NumberPattern, format_currency, format_percent, parse_pattern
from babel.plural import to_python
from jinja2 import ChainableUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

TITLE_LIMIT = 80
MINOR_UNITS = 100
DAYS_IN_MONTH = 30.44
DAYS_IN_YEAR = 365
WEEKS_UNTIL = 60
MONTHS_UNTIL = 700
UNITS: dict[str, dict[str, tuple[str, ...]]] = {
    "ru": {"day": ("день", "дня", "дней"), "month": ("месяц", "месяца", "месяцев"), "year": ("год", "года", "лет")},
    "en": {"day": ("day", "days"), "month": ("month", "months"), "year": ("year", "years")},
}
DAY_PATTERNS = {"ru": ("d MMMM", "d MMMM y"), "en": ("d MMMM", "d MMMM y")}
_PLURAL = {
    "ru": to_python({"one": "n % 10 = 1 and n % 100 != 11", "few": "n % 10 in 2..4 and n % 100 not in 12..14"}),
    "en": to_python({"one": "n = 1"}),
}
_SPACES = re.compile(r"[ \t]+")
_FORMS = {"one": 0, "few": 1, "other": -1}


@dataclass(frozen=True, slots=True)
class Words:
    """Renders templates in one language for one portal; `today` decides whether a date needs its year."""

    language: str
    zone: ZoneInfo
    currency: str
    today: date
    _environment: ImmutableSandboxedEnvironment = field(init=False, repr=False)
    _compiled: dict[str, Any] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        environment = ImmutableSandboxedEnvironment(undefined=ChainableUndefined, autoescape=False)
        environment.filters.update(
            money=partial(money, currency=self.currency, language=self.language),
            day=partial(day, language=self.language, zone=self.zone, today=self.today),
            duration=partial(duration, language=self.language),
            plural=partial(plural, language=self.language),
            percent=partial(percent, language=self.language),
            clip=clip,
            quoted=quoted,
        )
        environment.finalize = lambda value: "" if value is None else value
        object.__setattr__(self, "_environment", environment)

    def render(self, template: str, facts: Mapping[str, Any]) -> str:
        """Return the template's text with spaces and empty lines tidied; names in `facts` are data, never templates."""
        compiled = self._compiled.get(template)
        if compiled is None:
            # Most texts on when a task closes name no fact: they are the same for every client.
            compiled = self._environment.from_string(template) if "{" in template else _tidy(template)
            self._compiled[template] = compiled
        return compiled if isinstance(compiled, str) else _tidy(compiled.render(facts))

    def title(self, template: str, facts: Mapping[str, Any]) -> str:
        """Return the rendered first line, 80 characters at most."""
        return clip(self.render(template, facts).replace("\n", " "), TITLE_LIMIT)


def _tidy(text: str) -> str:
    lines = (_SPACES.sub(" ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


@lru_cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


@lru_cache
def _money_pattern(language: str, places: str) -> NumberPattern:
    return parse_pattern(f"#,##0{places}\xa0¤" if language == "ru" else f"¤#,##0{places}")


def money(amount: int | None, currency: str, language: str) -> str:
    """Return minor units as people write them: `480 000 ₽`; hundredths only where there are any."""
    if amount is None:
        return ""
    places = "" if amount % MINOR_UNITS == 0 else ".00"
    pattern, locale = _money_pattern(language, places), _locale(language)
    text = format_currency(amount / MINOR_UNITS, currency, format=pattern, locale=locale, currency_digits=False)
    return text.replace("\xa0", "\u202f")


def day(value: date | datetime | None, language: str, zone: ZoneInfo, today: date) -> str:
    """Return the day as people say it: `14 июля`, with the year when it is another one."""
    if value is None:
        return ""
    local = value.astimezone(zone).date() if isinstance(value, datetime) else value
    short, full = DAY_PATTERNS[language]
    return format_date(local, short if local.year == today.year else full, locale=_locale(language))


def duration(days: float | None, language: str) -> str:
    """Return a number of days in the unit people would use: `21 день`, `4 месяца`, `2 года`."""
    if days is None:
        return ""
    if days < WEEKS_UNTIL:
        unit, count = "day", round(days)
    elif days < MONTHS_UNTIL:
        unit, count = "month", round(days / DAYS_IN_MONTH)
    else:
        unit, count = "year", round(days / DAYS_IN_YEAR)
    return plural(count, *UNITS[language][unit], language=language)


def plural(count: int | None, *forms: str, language: str) -> str:
    """Return the number with the right form of the noun: `5 покупок`."""
    if count is None:
        return ""
    return f"{count}\xa0{forms[_FORMS[str(_PLURAL[language](count))]]}"


def percent(share: float | None, language: str) -> str:
    """Return a share of 0 to 1 as whole per cent."""
    return "" if share is None else format_percent(share, locale=_locale(language))


def quoted(text: str | None, limit: int) -> str:
    """Return a name in quotes, shortened; one that has quotes of its own («ООО «Клён»») keeps to those.

    Either has the same room: the quotes and `limit` characters.
    """
    own = clip(text, limit + len("«»"))
    return own if not own or set(own) & set('«»"“”') else f"«{clip(text, limit)}»"


def clip(text: str | None, limit: int) -> str:
    """Return the text, shortened at a word with an ellipsis when it is longer than `limit` characters.

    A quotation that begins in it also ends in it.
    """
    text = " ".join((text or "").split())
    if len(text) <= limit:
        return text
    short = _until_word(text, limit - 1)
    if _open(short):
        short = _until_word(text, limit - 2)
    return f"{short}…»" if _open(short) else f"{short}…"


def _until_word(text: str, limit: int) -> str:
    head = text[:limit]
    at_word = head.rsplit(" ", 1)[0] if " " in head[(limit + 1) // 2 :] else head
    return at_word.rstrip(" ,.;:—-«(")


def _open(text: str) -> bool:
    return text.count("«") > text.count("»")
