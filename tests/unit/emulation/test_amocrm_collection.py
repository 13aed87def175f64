import random

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.amocrm.emulator.collection import Collection
from connectors.amocrm.emulator.query import Selection

STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "remove", "restore"]), st.integers(1, 12), st.integers(0, 5) | st.none()),
    max_size=40,
)


def expected(rows, field, descending):
    def key(row):
        return (-1 if row[field] is None else row[field], row["id"])

    return [row["id"] for row in sorted(rows.rows.values(), key=key, reverse=descending)]


@settings(deadline=None)
@given(STEPS, st.booleans(), st.integers(1, 4))
def test_pages_of_a_changing_collection_are_those_of_a_sort(steps, descending, size):
    rows = Collection([], {"even": lambda row: [row["id"] % 2 == 0]})
    rows.ordered("updated_at")
    rows.group("even", key=True)
    for step, row_id, value in steps:
        if step == "put":
            rows.put({"id": row_id, "updated_at": value})
        elif step == "remove":
            rows.remove(row_id)
        else:
            rows.restore(row_id)
    wanted = expected(rows, "updated_at", descending)
    for plain in (True, False):
        found = []
        for start in range(0, 16, size):
            selection = Selection(order="updated_at", descending=descending)
            if not plain:
                selection.tests.append(lambda _row: True)
            found += [row["id"] for row in selection.page(rows, start, size)]
        assert found == wanted
    assert sorted(rows.group("even", key=True)) == sorted(key for key in rows.rows if key % 2 == 0)


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), max_size=20), st.integers(0, 30), st.integers(0, 30), st.booleans())
def test_a_range_keeps_what_lies_inside(values, low, high, descending):
    rows = Collection({"id": number, "at": value, "other": value} for number, value in enumerate(values))
    wanted = {number for number, value in enumerate(values) if low <= value <= high}
    for order in ("at", "id"):
        for field in ("at", "other"):
            selection = Selection(order=order, descending=descending, ranges={field: (low, high)})
            found = [row["id"] for row in selection.page(rows, 0, 50)]
            assert set(found) == wanted
            assert found == sorted(found, key=lambda one: (rows.rows[one][order], one), reverse=descending)


def test_a_page_of_a_large_collection_does_not_touch_the_rest():
    count = 20_000
    rows = Collection({"id": number, "updated_at": random.Random(number).random()} for number in range(count))  # noqa: S311

    class Counting(dict):
        reads = 0

        def get(self, key, default=None):
            Counting.reads += 1
            return super().get(key, default)

    rows.ordered("updated_at")
    rows.put({"id": 5, "updated_at": 2.0})
    rows.rows = Counting(rows.rows)
    page = Selection(order="updated_at", descending=True).page(rows, 0, 250)
    assert page[0]["id"] == 5
    assert Counting.reads == 250
