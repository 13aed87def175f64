"""Lists that change while they are walked: a small model of a CRM's list, and every row that stays must be met."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.amocrm.api import Sheet
from connectors.amocrm.walk import ascending, backwards, by_change, by_id, every_row, forwards, last_page, remembering
from integrator.errors import RetryableError

SIZE = 5


class ListOf:
    """Rows by one key; `between` is called after each read and may change them."""

    def __init__(self, keys, between=lambda _rows, _read: None, order="id"):
        self.rows = {n: {"id": n, "updated_at": key} for n, key in enumerate(keys, 1)}
        self.between, self.order, self.reads = between, order, []

    def __call__(self, page):
        ordered = sorted(self.rows.values(), key=lambda row: (row[self.order], row["id"]))
        start = (page - 1) * SIZE
        sheet = Sheet(ordered[start : start + SIZE], more=len(ordered) > start + SIZE)
        self.reads.append(page)
        self.between(self.rows, len(self.reads))
        return sheet


@settings(max_examples=100, deadline=None)
@given(st.data(), st.integers(SIZE + 1, 60))
def test_deleting_and_adding_hide_no_row_from_a_walk_by_id(data, count):
    def meddle(rows, _read):
        for gone in data.draw(st.sets(st.sampled_from(sorted(rows)), max_size=3)) if rows else ():
            del rows[gone]
        for _ in range(data.draw(st.integers(0, 2))):
            new = max(rows, default=count) + 1000
            rows[new] = {"id": new, "updated_at": new}

    first = ListOf(range(count))
    stayed = set(first.rows)
    last = last_page(first, first(1), "rows", by_id)
    walked = ListOf(range(count), meddle)
    met = {row["id"] for _page, sheet in backwards(walked, last) for row in sheet.rows}
    assert stayed & walked.rows.keys() <= met


@settings(max_examples=100, deadline=None)
@given(st.data(), st.integers(SIZE + 1, 60))
def test_deleting_and_changing_hide_no_row_from_a_walk_by_change(data, count):
    """What changes during the walk may be missed: it is newer than the walk, and the next one begins there."""
    changed, clock = set(), [1000]

    def meddle(rows, _read):
        for gone in data.draw(st.sets(st.sampled_from(sorted(rows)), max_size=2)) if rows else ():
            del rows[gone]
        for id_ in data.draw(st.sets(st.sampled_from(sorted(rows)), max_size=3)) if rows else ():
            clock[0] += 1
            rows[id_] = {"id": id_, "updated_at": clock[0]}
            changed.add(id_)

    walked = ListOf(range(count), meddle, order="updated_at")
    last = (count + SIZE - 1) // SIZE
    met = {row["id"] for _page, sheet in backwards(walked, last) for row in sheet.rows}
    assert (walked.rows.keys() - changed) <= met


def test_a_walk_forwards_would_lose_a_row_where_this_one_does_not():
    """The reason for all this: the model does show the loss."""

    def delete_first(rows, read):
        rows.pop(read, None)

    forward = {row["id"] for _page, sheet in forwards(ListOf(range(20), delete_first), "rows") for row in sheet.rows}
    kept = {row["id"] for _page, sheet in backwards(ListOf(range(20), delete_first), 4) for row in sheet.rows}
    assert 6 not in forward
    assert kept >= set(range(5, 21))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=SIZE + 1, max_size=300), st.booleans())
def test_the_last_page_is_found_however_the_keys_grow(steps, told):
    total, keys = 0, []
    for step in steps:
        total += step * step
        keys.append(total)
    rows = ListOf(keys, order="updated_at")
    found = last_page(rows, rows(1), "rows", by_change, total if told else None)
    assert found == (len(keys) + SIZE - 1) // SIZE
    assert len(rows.reads) <= 30


def test_the_last_page_of_an_even_list_is_guessed():
    rows = ListOf(range(100_000), order="id")
    assert last_page(rows, rows(1), "rows", by_id, 100_000) == 20_000
    assert len(rows.reads) <= 4


def test_every_row_of_a_short_list():
    assert {row["id"] for row in every_row(ListOf(range(3)), "rows")} == {1, 2, 3}
    assert {row["id"] for row in every_row(ListOf(range(23)), "rows")} == set(range(1, 24))
    assert list(every_row(ListOf([]), "rows")) == []


@pytest.mark.parametrize(
    "walk", [lambda read: list(forwards(read, "rows")), lambda read: last_page(read, read(1), "rows", by_id)]
)
def test_a_crm_that_ignores_the_page_does_not_hold_us_for_ever(walk):
    same = Sheet([{"id": 1}, {"id": 2}], more=True)
    with pytest.raises(RetryableError, match="same page of rows"):
        walk(lambda _page: same)


def test_only_rising_ids_count_as_an_order():
    assert ascending([{"id": 1}, {"id": 3}])
    assert not ascending([{"id": 3}, {"id": 1}])
    assert not ascending([{"id": 1}, {"id": 1}])


def test_the_page_just_read_is_not_asked_for_again_but_an_older_one_is():
    rows = ListOf(range(20))
    read = remembering(rows)
    assert read(4) is read(4)
    read(3)
    read(4)
    assert rows.reads == [4, 3, 4]
