"""The grammar of filters, and lists read through indexes against the same lists read row by row."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.bitrix24.emulator import collection
from connectors.bitrix24.emulator.collection import Collection, Query
from connectors.bitrix24.emulator.dates import MOSCOW, instant, written_day
from connectors.bitrix24.emulator.filters import Column, Reader, matcher, split

COLUMNS = {
    "ID": Column("ID", "integer"),
    "TITLE": Column("TITLE", "string"),
    "SUM": Column("SUM", "double"),
    "STAGE": Column("STAGE", "crm_status"),
    "AT": Column("AT", "datetime"),
    "TAGS": Column("TAGS", "string"),
    "PHONE": Column("PHONE", "crm_multifield"),
}
ROW = {
    "ID": "7",
    "TITLE": "Договор 20% Север",
    "SUM": "1000.00",
    "STAGE": "NEW",
    "AT": "2025-10-31T00:00:00+03:00",
    "TAGS": ["a", "b"],
    "PHONE": [{"ID": "1", "VALUE": "+7999"}],
    "EMPTY": None,
}


def reader(unknown: list[str] | None = None, **options: Any) -> Reader:
    names = [] if unknown is None else unknown
    return Reader(COLUMNS.get, MOSCOW, names.append, **options)


def meets(written: dict[str, Any], **options: Any) -> bool:
    test = matcher(reader(**options).read(written), MOSCOW)
    return test is None or test(ROW)


@pytest.mark.parametrize(
    ("prefix", "op"),
    [
        ("", "eq"),
        ("=", "eq"),
        ("!", "ne"),
        ("!=", "ne"),
        (">=", "ge"),
        ("<", "lt"),
        ("@", "in"),
        ("!@", "not_in"),
        ("%", "has"),
        ("=%", "like"),
        ("%=", "like"),
        ("!%", "lacks"),
        ("!=%", "not_like"),
        ("!%=", "not_like"),
    ],
)
def test_prefixes(prefix: str, op: str) -> None:
    assert split(f"{prefix}ID") == (op, "ID")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"SUM": 1000}, True),
        ({"SUM": "1000"}, True),
        ({">SUM": "999.5"}, True),
        ({">SUM": 1000}, False),
        ({"STAGE": "new"}, True),
        ({"STAGE": ["LOSE", "NEW"]}, True),
        ({"@STAGE": ["LOSE", "WON"]}, False),
        ({"!@STAGE": ["LOSE", "WON"]}, True),
        ({"%TITLE": "север"}, True),
        ({"=%TITLE": "договор%север"}, True),
        ({"=%TITLE": "север"}, False),
        ({"!%TITLE": "юг"}, True),
        ({"%STAGE": "NE"}, False),
        ({">=AT": "2025-10-31T00:00:00+03:00"}, True),
        ({">=AT": "2025-10-30T21:00:00Z"}, True),
        ({">AT": "2025-10-31 00:00:00"}, False),
        ({">AT": "30.10.2025"}, True),
        ({"TAGS": "b"}, True),
        ({"!TAGS": "b"}, False),
        ({"PHONE": "+7999"}, True),
        ({">ID": 6, "<ID": 8}, True),
        ({">ID": []}, True),
        ({">ID": [{"ID": "1"}]}, True),
    ],
)
def test_conditions(written: dict[str, Any], expected: bool) -> None:
    assert meets(written) is expected


def test_unknown_names_are_told_and_dropped() -> None:
    told: list[str] = []
    assert reader(told).read({">=DATE_MODIFI": "2025-01-01"}) == ()
    assert told == ["DATE_MODIFI"]


def test_or_logic_only_where_it_exists() -> None:
    either = {"0": {"logic": "OR", "0": {"ID": 1}, "1": {"STAGE": "NEW"}}}
    neither = {"0": {"logic": "OR", "0": {"ID": 1}, "1": {"STAGE": "WON"}}}
    assert meets(either, logic=True)
    assert not meets(neither, logic=True)
    told: list[str] = []
    reader(told).read(either)
    assert told == ["0"]


def test_dates_without_a_zone_are_the_portals() -> None:
    assert instant("2025-12-31T23:59:59", MOSCOW) == instant("2025-12-31T20:59:59+00:00", MOSCOW)
    assert written_day("2025-12-31", MOSCOW) == "2025-12-31T03:00:00+03:00"
    assert written_day("2025-12-31T03:00:00+03:00", MOSCOW) == "2025-12-31T03:00:00+03:00"


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "STAGE": st.sampled_from(["NEW", "WON", "LOSE"]),
            "SUM": st.sampled_from(["0.00", "10.00", "250.50", None]),
            "AT": st.sampled_from([f"2025-01-{day:02}T10:00:00+03:00" for day in range(1, 9)] + [None]),
            "TITLE": st.text("аБв", max_size=3),
        }
    ),
    max_size=60,
)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        ">ID": st.integers(0, 60),
        "<=ID": st.integers(0, 60),
        "@ID": st.lists(st.integers(1, 60), max_size=4),
        "STAGE": st.sampled_from(["NEW", "WON"]),
        "!STAGE": st.sampled_from(["NEW", "WON"]),
        ">=AT": st.sampled_from(["2025-01-02T00:00:00+03:00", "2025-01-07T00:00:00+03:00"]),
        "<AT": st.just("2025-01-08T00:00:00+03:00"),
        ">SUM": st.sampled_from([0, 100]),
        "%TITLE": st.sampled_from(["а", "бв"]),
    },
)


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, written=FILTERS, descends=st.booleans(), count=st.booleans(), changes=st.integers(0, 5))
def test_indexed_lists_equal_plain_ones(
    rows: list[dict[str, Any]], written: dict[str, Any], descends: bool, count: bool, changes: int
) -> None:
    known = Collection()
    known.load({**row, "ID": str(number)} for number, row in enumerate(rows, 1))
    query = Query(reader().read(written), ((COLUMNS["ID"], descends),))
    worth, collection._WORTH_AN_INDEX = collection._WORTH_AN_INDEX, 0
    glance, collection._GLANCE = collection._GLANCE, 4
    try:
        known.page(query, 0, 5, count=count)
        for number in range(1, min(changes, len(rows)) + 1):
            known.put(number, {**known.rows[number], "STAGE": "WON", "AT": "2025-01-07T10:00:00+03:00"})
        known.remove(2)
        known.put(known.next_id(), {"ID": str(known._last), "STAGE": "NEW", "SUM": None, "AT": None, "TITLE": "а"})
        found, total = known.page(query, 3, 5, count=count)
    finally:
        collection._WORTH_AN_INDEX, collection._GLANCE = worth, glance
    test = matcher(query.conditions, MOSCOW)
    plain = [row for row in sorted(known, key=lambda row: int(row["ID"])) if test is None or test(row)]
    if descends:
        plain.reverse()
    assert found == plain[3:8]
    assert total == (len(plain) if count else 0)


def test_another_order_is_stable_and_paged() -> None:
    known = Collection()
    known.load({"ID": str(number), "SUM": f"{number % 3}.00"} for number in range(1, 10))
    rows, total = known.page(Query((), ((COLUMNS["SUM"], True), (COLUMNS["ID"], False))), 2, 3, count=True)
    assert [row["ID"] for row in rows] == ["8", "1", "4"]
    assert total == 9
