"""What people write into the fields of a card, as amounts, days and words."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import joined
from integrator.metrics.money import of_portal

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrator.metrics.context import Context

_MINOR_UNITS = 100
_LARGEST = Decimal(10) ** 13  # in whole units: more is a mistake of typing, or a telephone number
_NUMBER = r"(\d+(?:[.,']\d+)*)"
_TIMES = (
    r"(млрд|миллиард|bn|billion|млн|миллион|mln|million|тыс|thousand|[mмkк](?![a-zа-я])|т(?=\.|р(?![а-я])|$|[^а-я]))?"
)
_AMOUNT = re.compile(rf"(^-\s*)?{_NUMBER}\s*{_TIMES}(?:\D{{0,12}}?(?:-|–|—|до|to)\s*{_NUMBER}\s*{_TIMES})?")
_ZEROS = {"млрд": 9, "миллиард": 9, "bn": 9, "billion": 9, "тыс": 3, "thousand": 3, "k": 3, "к": 3, "т": 3, "": 0}
_MILLION = 6
# What is written of another stretch of time, in quarters.
_STRETCHES = ((re.compile(r"год|year|annual"), Decimal("0.25")), (re.compile(r"мес|month"), Decimal(3)))
_CURRENCIES = (
    (re.compile(r"\$|usd|долл"), "USD"),
    (re.compile(r"€|eur|евро"), "EUR"),
    (re.compile(r"₸|kzt|тенге"), "KZT"),
    (re.compile(r"byn"), "BYN"),
    (re.compile(r"₽|руб|rub|rur"), "RUB"),
)
_PLAIN = r"^\d{1,13}$"
_THREE = 3
_MANY = 1000  # below so many texts, finding the equal ones takes longer than reading all
# Days as people and CRMs write them, made alike.
_DAYS = (
    (r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4})", "${3}-${2}-${1}"),
    (r"^(\d{1,2})[./-](\d{1,2})[./-](\d{2})$", "20${3}-${2}-${1}"),
)
_ISO = r"^(\d{4}-\d{1,2}-\d{1,2})"


def once(texts: pl.Series, read: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """Return what `read` makes of each text; one that stands on many cards is read once."""
    if texts.len() < _MANY:
        return texts.alias("text").to_frame().select(read(pl.col("text"))).to_series()
    unlike = texts.alias("text").drop_nulls().unique().to_frame()
    found = unlike.select("text", read(pl.col("text")).alias("read"))
    return joined(texts.alias("text").to_frame(), found, on="text")["read"]


def amount(texts: pl.Series, currencies: pl.DataFrame, context: Context) -> pl.Series:
    """Return the amounts per quarter that the texts state, in minor units of the portal's currency; null: not told."""
    if texts.null_count() == texts.len():
        return texts.cast(pl.Int64)
    written = once(texts, _tidy).alias("stated").to_frame()
    plain = pl.col("stated").str.contains(_PLAIN)
    # Most are plain numbers; the others are read one by one.
    others: list[str] = written.filter(~plain)["stated"].unique().to_list()
    found = {one: stated(one) for one in others}
    read = pl.DataFrame(
        {
            "stated": others,
            "minor": [_minor(units) for units, _ in found.values()],
            "rate_code": [code for _, code in found.values()],
        },
        schema={"stated": pl.String, "minor": pl.Int64, "rate_code": pl.String},
    )
    both = joined(written, of_portal(read, currencies, context), on="stated")
    number = pl.when(plain).then(pl.col("stated")).cast(pl.Int64) * _MINOR_UNITS
    return both.select(pl.coalesce(number, "minor")).to_series()


def _tidy(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars().str.to_lowercase().str.replace_all(r"(\d)\s+(\d)", "${1}${2}")


def stated(text: str) -> tuple[Decimal | None, str | None]:
    """Return the amount per quarter that a text states, and the code of its currency.

    The text is in small letters, its numbers without blanks.
    `1,2 млн` is 1,200,000; of a range the lower end counts; what is said of a month or a year is made a quarter's.
    """
    found = _AMOUNT.search(text)
    if found is None:
        return None, None
    minus, low, low_times, high, high_times = (part or "" for part in found.groups())
    if minus:
        return None, None
    units = _value(low, low_times or ("" if not high or len(low) > _THREE else high_times))
    if units is None:
        return None, None
    quarters = next((factor for word, factor in _STRETCHES if word.search(text)), Decimal(1))
    code = next((code for word, code in _CURRENCIES if word.search(text)), None)
    return units * quarters, code


def _value(number: str, times: str) -> Decimal | None:
    """Return the number in whole units; None where its points and commas make no number."""
    whole, *groups = re.split("[.,']", number)
    thousands = all(len(group) == _THREE for group in groups) and len(whole) <= _THREE and whole != "0"
    if groups and thousands and (len(groups) > 1 or not times):
        whole, groups = whole + "".join(groups), []
    elif len(groups) > 1 and all(len(group) == _THREE for group in groups[:-1]):
        whole, groups = whole + "".join(groups[:-1]), groups[-1:]
    if len(groups) > 1:
        return None
    return Decimal(".".join((whole, *groups))).scaleb(_ZEROS.get(times, _MILLION))


def _minor(units: Decimal | None) -> int | None:
    if units is None or units > _LARGEST:
        return None
    return int((units * _MINOR_UNITS).quantize(Decimal(1), ROUND_HALF_UP))


def day(text: pl.Expr) -> pl.Expr:
    """Return the day that the text names: 2026-03-31, an instant (its day as written), 31.03.2026 or 31.3.26."""
    text = text.str.strip_chars()
    for pattern, iso in _DAYS:
        text = text.str.replace(pattern, iso)
    return text.str.extract(_ISO).str.to_date("%Y-%m-%d", strict=False)


def word(text: pl.Expr) -> pl.Expr:
    """Return the text without blanks around it; null where nothing is left."""
    stripped = text.str.strip_chars()
    return pl.when(stripped != "").then(stripped)


def alike(text: pl.Expr) -> pl.Expr:
    """Return the text as it is compared: small letters, ё as е, one blank between words."""
    return text.str.strip_chars().str.to_lowercase().str.replace_all("ё", "е").str.replace_all(r"\s+", " ")


def alike_word(text: str) -> str:
    """Return one word as it is compared, as `alike` does."""
    return " ".join(text.lower().replace("ё", "е").split())
