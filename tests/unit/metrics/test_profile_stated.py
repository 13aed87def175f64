"""Amounts and days as people write them into cards."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from integrator.metrics import profile_stated
from tests.unit.metrics.bases import context, frames

RATES = [{"code": "RUB", "rate": "1", "is_base": True}, {"code": "USD", "rate": "90", "is_base": False}]


def volume(*texts: str | None) -> list[float | None]:
    cards = pl.Series(texts, dtype=pl.String)
    read = profile_stated.amount(cards, frames(currencies=RATES)["currencies"], context("2026-01-01 12:00"))
    return [None if minor is None else minor / 100 for minor in read]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("1200000", 1_200_000),
        ("1 200 000", 1_200_000),
        ("1\u202f200\u00a0000", 1_200_000),
        ("1 200 000,50 руб.", 1_200_000.5),
        ("1.200.000", 1_200_000),
        ("1,200,000.25", 1_200_000.25),
        ("1'200'000", 1_200_000),
        ("4,500", 4500),
        ("4500.5", 4500.5),
        ("1,2 млн", 1_200_000),
        ("1,250 млн", 1_250_000),
        ("1.2M", 1_200_000),
        ("2 миллиона", 2_000_000),
        ("0,5 млрд ₽", 500_000_000),
        ("500 тыс.", 500_000),
        ("500 т.р.", 500_000),
        ("500к", 500_000),
        ("от 300 до 500 тыс", 300_000),
        ("300–500 тыс. руб", 300_000),
        ("1200000 руб - 3 поставки", 1_200_000),
        ("около 2 млн", 2_000_000),
        ("100 тыс в месяц", 300_000),
        ("1,2 млн в год", 300_000),
        ("500 000 тонн не берут", 500_000),
        ("$10 000", 900_000),
        ("10k USD", 900_000),
        ("0", 0),
        ("не знаю", None),
        ("", None),
        ("-500", None),
        ("1,2,3", None),
        ("99999999999999999", None),
        ("10 EUR", None),  # no rate
        (None, None),
    ],
)
def test_an_amount_is_what_was_meant(text: str | None, units: float | None) -> None:
    assert volume(text) == [units]


def test_many_are_read_at_once_in_their_order() -> None:
    assert volume("7", None, "1 млн", "7", "1 млн") == [7, None, 1_000_000, 7, 1_000_000]


def test_halves_of_a_minor_unit_go_up() -> None:
    assert profile_stated.stated("0.005") == (Decimal("0.005"), None)
    assert volume("0.005") == [0.01]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-31", date(2026, 3, 31)),
        ("2026-03-31T23:30:00+03:00", date(2026, 3, 31)),
        (" 31.03.2026 ", date(2026, 3, 31)),
        ("1.3.2026", date(2026, 3, 1)),
        ("01/03/2026", date(2026, 3, 1)),
        ("31.12.26", date(2026, 12, 31)),
        ("31.02.2026", None),
        ("скоро", None),
        ("", None),
        (None, None),
    ],
)
def test_a_day_is_read_as_people_and_crms_write_it(text: str | None, day: date | None) -> None:
    frame = pl.DataFrame({"card": [text]}, schema={"card": pl.String})
    assert frame.select(profile_stated.day(pl.col("card"))).item() == day


def test_words_are_compared_whatever_their_case_and_blanks() -> None:
    frame = pl.DataFrame({"card": [" Лёгкая  Промышленность ", "IT"]})
    assert frame.select(profile_stated.alike(pl.col("card"))).to_series().to_list() == ["легкая промышленность", "it"]
    assert profile_stated.alike_word(" Лёгкая  Промышленность ") == "легкая промышленность"
