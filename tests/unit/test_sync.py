import pytest

from integrator.sync import next_turn


@pytest.mark.parametrize(
    ("last", "expected"),
    [(0, [2, 4, 6]), (4, [6, 8, 9]), (8, [9, 2, 4]), (9, [2, 4, 6]), (99, [2, 4, 6]), (5, [6, 8, 9])],
)
def test_each_turn_goes_on_where_the_last_one_ended(last, expected):
    assert next_turn([2, 4, 6, 8, 9], last, 3) == expected


def test_few_are_read_whole_whatever_was_read_before():
    assert sorted(next_turn([2, 4, 6], 4, 3)) == [2, 4, 6]
    assert next_turn([], 4, 3) == []


def test_in_turns_every_one_is_read():
    ids, last, read = list(range(1, 1200)), 0, set()
    for _ in range(3):
        turn = next_turn(ids, last, 500)
        read.update(turn)
        last = turn[-1]
    assert read == set(ids)
