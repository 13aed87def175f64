"""Values with their units, as people of one portal write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from babel.dates import format_datetime
from babel.numbers import format_decimal, format_percent

from integrator.domain import Metric
from integrator.engine.ruleset import CLASS, SCORE, score_metric
from integrator.planning import words
from integrator.wording.labels import COUNTS, FLAGS, LANGUAGES, LISTED, OF_CLIENT, UNITS, label, word

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from integrator.engine.ruleset import RuleSet

LONGEST_TEXT = 80
SMALL_DENOMINATOR = 12
DECIMAL = frozenset({2, 4, 5, 10})
EXACT = 1e-9
UNKNOWN = ("неизвестно", "unknown")
CLOCK = {"ru": "d MMMM y, HH:mm", "en": "d MMMM y, HH:mm"}


@dataclass(frozen=True, slots=True)
class Speech:
    """How figures are said about one kind of subject; `metrics` are its metrics by name, classes among them.

    `values` are words for the values of classes, by `class.<dimension>` and value.
    """

    language: str
    zone: ZoneInfo
    currency: str
    today: date
    metrics: Mapping[str, Metric]
    values: Mapping[tuple[str, str], str]

    def either(self, russian: str, english: str) -> str:
        """Return the text of this language."""
        return russian if self.language == "ru" else english

    def pick(self, texts: Mapping[str, str]) -> str:
        """Return the text of this language from a pack."""
        return texts.get(self.language, "")

    def label(self, name: str) -> str:
        """Return what the metric is called."""
        return label(name, self.metrics.get(name), self.language)

    def value(self, name: str, value: Any, *, genitive: bool = False) -> str:
        """Return a value of this metric with its unit; `genitive` after words like "больше"."""
        if value is None:
            return self.either(*UNKNOWN)
        if isinstance(value, bool):
            return FLAGS[value][LANGUAGES.index(self.language)]
        if isinstance(value, str):
            return self._text(name, value)
        if isinstance(value, date):
            return words.day(value, self.language, self.zone, self.today)
        return self._figure(name, value, genitive=genitive)

    def span(self, name: str, low: Any, high: Any) -> str:
        """Return both ends, with the unit once where they share it: `от 92 до 121 дня`."""
        first, last = (self.value(name, end, genitive=True) for end in (low, high))
        number, _, unit = first.partition("\xa0")
        if unit and "\xa0" in last:
            first = number
        return self.either(f"от {first} до {last}", f"from {first} to {last}")

    def clock(self, at: datetime) -> str:
        """Return an instant to the minute, in the portal's zone."""
        return format_datetime(at.astimezone(self.zone), CLOCK[self.language], locale=self.language)

    def quoted(self, text: str) -> str:
        """Return somebody's words in quotes, shortened."""
        return words.quoted(text, LONGEST_TEXT) if self.language == "ru" else f"“{words.clip(text, LONGEST_TEXT)}”"

    def count(self, number: int, unit: str, *, genitive: bool = False) -> str:
        """Return so many of a unit of UNITS; `genitive` after words like "из"."""
        if genitive:
            return self._counted(number, UNITS[unit][self.language], genitive=True)
        text = words.plural(number, *UNITS[unit][self.language], language=self.language)
        return text.replace(str(number), self.number(number), 1)

    def number(self, value: float) -> str:
        """Return a plain number, short where that loses nothing that matters."""
        text: str = format_decimal(value, format="#,##0.##", locale=self.language)
        return text.replace("\xa0", "\u202f")

    def ratio(self, value: Any) -> str:
        """Return a number, as a fraction where it is a simple one (4/3)."""
        near = Fraction(value).limit_denominator(SMALL_DENOMINATOR)
        if near.denominator > 1 and abs(float(near) - float(value)) < EXACT and near.denominator not in DECIMAL:
            return f"{near.numerator}/{near.denominator}"
        return self.number(float(value))

    def _text(self, name: str, value: str) -> str:
        known = self.values.get((name, value)) or word(name, value, self.language)
        if known is not None and known.startswith(f"{value}:"):
            return value
        return known if known is not None else self.quoted(value)

    def _figure(self, name: str, value: Any, *, genitive: bool) -> str:
        about = self.metrics.get(name)
        if about is not None and about.type == "money":
            return words.money(round(value), self.currency, self.language)
        unit = about.unit if about else ""
        if unit == "share":
            return str(
                format_percent(
                    value, format="#,##0.##%" if self.language == "en" else "#,##0.##\u202f%", locale=self.language
                )
            )
        if unit not in UNITS or unit in COUNTS:
            return self.number(value)
        return self._counted(value, UNITS[unit][self.language], genitive=genitive)

    def _counted(self, value: Any, forms: tuple[str, ...], *, genitive: bool) -> str:
        short = round(float(value), 1)
        if short != int(short):
            # Russian: 121,3 дня whatever the digits.
            return f"{self.number(short)}\xa0{forms[1]}"
        if genitive and self.language == "ru":
            one = int(short) % 10 == 1 and int(short) % 100 != 11  # noqa: PLR2004 the one exception of the language
            return f"{int(short)}\xa0{forms[1] if one else forms[2]}"
        return words.plural(int(short), *forms, language=self.language)


def speech_about(
    rules: RuleSet, subject: str, metrics: Mapping[tuple[str, str], Metric], language: str
) -> dict[str, Any]:
    """Return the `metrics` and `values` of a Speech about this kind of subject: its own figures and its classes."""
    own = {name: metric for (of, name), metric in metrics.items() if of == subject}
    values = {
        (name, code): texts.get(language, code)
        for name, place in LISTED.items()
        for code, texts in rules.lists.get(place, {}).items()
    }
    own[f"{CLASS}{SCORE}"] = score_metric(subject)
    # Rules about deals read the classes of their clients too.
    prefixes = {"deal": {"deal": "", "client": OF_CLIENT}}.get(subject, {subject: ""})
    for one in rules.dimensions.values():
        if one.subject in prefixes:
            name = f"{prefixes[one.subject]}{CLASS}{one.name}"
            own[name] = Metric(name, subject, "string", "", one.title, tuple(one.values))
            values |= {(name, value): texts.get(language, value) for value, texts in one.values.items()}
    return {"metrics": own, "values": values}
