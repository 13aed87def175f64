"""What stands between the domain's values and the columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrator.store import convert


@given(st.datetimes(timezones=st.just(timezone(timedelta(hours=3)))))
def test_an_instant_comes_back_to_the_microsecond(instant):
    assert convert.from_micros(convert.to_micros(instant)) == instant


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_instants_keep_their_order(one, other):
    assert (one < other) == (convert.to_micros(one) < convert.to_micros(other))


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(TypeError):
        convert.to_micros(datetime(2026, 1, 1))


def test_no_instant_stays_none():
    assert convert.maybe_micros(None) is None
    assert convert.maybe_instant(None) is None


@pytest.mark.parametrize(
    ("amount", "minor"),
    [
        ("0", 0),
        ("1", 100),
        ("0.005", 1),
        ("0.004999", 0),
        ("-0.005", -1),
        ("1.005", 101),
        ("1E+3", 100_000),
        ("12345678901234.56", 1234567890123456),
    ],
)
def test_minor_units(amount, minor):
    assert convert.to_minor(Decimal(amount)) == minor


@given(st.text())
def test_text_that_databases_take_is_left_as_it_is(text):
    cleaned = convert.clean(text)
    assert cleaned == text.replace("\x00", "")
    cleaned.encode()


@given(st.text(st.characters(codec=None), max_size=20))
def test_whatever_a_crm_writes_can_be_stored(text):
    convert.clean(text).encode()
    assert "\x00" not in convert.clean(text)
    convert.fields_json({"deal.reason_text": text})


def test_equal_values_give_equal_text():
    assert convert.to_json({"b": 1, "a": [Decimal("1.5"), None]}) == convert.to_json(
        {"a": [Decimal("1.5"), None], "b": 1}
    )
    assert convert.from_json(convert.to_json({"a": "ё"})) == {"a": "ё"}
