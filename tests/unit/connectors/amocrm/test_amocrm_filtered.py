"""Lists filtered by change, while they change and the reader breaks off: in the end the mirror is as they are."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.amocrm.api import Sheet
from connectors.amocrm.cursor import Cursor, Phase
from connectors.amocrm.filtered import Listing, ordered, unordered
from connectors.amocrm.mapping import Layout
from connectors.amocrm.source import Source
from integrator.ports import Page

SIZE = 4


class Crm:
    """Rows with the instant of their last change; `between` is called after each read and may change them."""

    def __init__(self, count):
        self.rows = {id_: id_ for id_ in range(1, count + 1)}
        self.clock, self.between, self.reads = count, lambda: None, 0

    def change(self, id_):
        self.clock += 1
        self.rows[id_] = self.clock

    def read(self, query):
        low, high = query["filter[updated_at][from]"], query.get("filter[updated_at][to]", float("inf"))
        by_change = "order[updated_at]" in query

        def page(number):
            fits = [(id_, at) for id_, at in self.rows.items() if low <= at <= high]
            fits.sort(key=lambda row: -row[1] if by_change else row[0])
            start = (number - 1) * SIZE
            shown = [{"id": id_, "updated_at": at} for id_, at in fits[start : start + SIZE]]
            self.reads += 1
            self.between()
            return Sheet(shown, more=len(fits) > start + SIZE)

        return page


def poll(walk, crm, mirror, state, pages=None):
    """Store so many pages of a walk (None: all); return the cursor."""
    listing = Listing("rows", crm.read, lambda rows, cursor: Page(list(rows), cursor.dump()))
    # Each change has an instant of its own here, so nothing needs to be read twice.
    source = Source(SimpleNamespace(told_at=None), Layout(None), lambda: 0.0, overlap=0)
    for number, page in enumerate(walk(source, listing, state), 1):
        mirror.update({row["id"]: row["updated_at"] for row in page.rows})
        state = Cursor.load(page.cursor)
        if number == pages:
            break
    return state


@pytest.mark.parametrize("walk", [ordered, unordered])
@settings(max_examples=150, deadline=None)
@given(data=st.data(), count=st.integers(0, 40))
def test_nothing_is_missed(walk, data, count):
    crm, mirror = Crm(count), {}

    def meddle():
        for id_ in data.draw(st.lists(st.integers(1, 60), max_size=3)):
            crm.change(id_)
        for id_ in data.draw(st.sets(st.integers(1, 60), max_size=2)):
            crm.rows.pop(id_, None)

    crm.between, state = meddle, Cursor(Phase.CHANGES)
    for _ in range(data.draw(st.integers(1, 4))):
        state = poll(walk, crm, mirror, state, data.draw(st.integers(1, 6) | st.none()))
    crm.between = lambda: None
    for _ in range(2):
        state = poll(walk, crm, mirror, state)
    assert {id_: mirror.get(id_) for id_ in crm.rows} == crm.rows


@pytest.mark.parametrize("walk", [ordered, unordered])
def test_nothing_new_is_one_request(walk):
    crm, mirror = Crm(30), {}
    state = poll(walk, crm, mirror, Cursor(Phase.CHANGES))
    state = poll(walk, crm, mirror, state)
    crm.reads = 0
    assert poll(walk, crm, {}, state) == state
    assert crm.reads == 1


def test_a_whole_list_in_order_costs_its_pages_and_a_few():
    crm, mirror = Crm(SIZE * 50), {}
    poll(ordered, crm, mirror, Cursor(Phase.CHANGES))
    assert len(mirror) == SIZE * 50
    assert crm.reads <= 50 + 6
