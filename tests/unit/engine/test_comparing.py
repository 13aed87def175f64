"""Two evaluations side by side."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl

from integrator.engine.comparing import Episode, Episodes, Shift, Side, Where, fresh_episodes, only_after, shifts

DAY, NEXT = date(2026, 11, 1), date(2026, 11, 2)
EPISODE = Episode("task.p/a", "began")


def side(verdicts, **facts):
    table = pl.DataFrame(verdicts)
    return Side(pl.DataFrame({"responsible_id": list(range(table.height)), **facts}), table)


def test_who_moves_from_one_value_to_another_is_counted_with_the_first_of_them():
    before = side({"class.size": ["small", "small", None, "large", "small", None]})
    after = side({"class.size": ["large", "small", "small", None, "large", None]})
    assert list(shifts(before, after, 1)) == [
        Shift("size", None, "small", 1, (2,)),
        Shift("size", "large", None, 1, (3,)),
        Shift("size", "small", "large", 2, (0,)),
    ]


def test_a_class_that_comes_or_goes_moves_everybody_who_has_it():
    one = side({"class.size": pl.Series(["small", None], dtype=pl.String), "rule.p/a": [True, False]})
    none = side({"rule.p/a": [True, False]})
    assert list(shifts(none, one, 5)) == [Shift("size", None, "small", 1, (0,))]
    assert list(shifts(one, none, 5)) == [Shift("size", "small", None, 1, (0,))]


def test_what_holds_on_one_side_only():
    before = side({"rule.p/a": [True, True, False, None]})
    after = side({"rule.p/a": [True, False, True, True]})
    pair = ("rule.p/a", "rule.p/a")
    assert only_after(before, after, pair, 1) == Where(2, (2,))
    assert only_after(after, before, pair, 5) == Where(1, (1,))
    assert only_after(before, after, (None, "rule.p/a"), 5) == Where(3, (0, 2, 3))
    assert only_after(before, after, ("rule.p/a", "rule.p/gone"), 5) == Where(0, ())


def test_a_task_is_new_where_it_was_not_due_or_belongs_to_another_episode():
    before = side({"task.p/a": [True, True, False, True, False]}, began=[DAY, DAY, DAY, None, None])
    after = side({"task.p/a": [True, True, True, True, True]}, began=[DAY, NEXT, DAY, NEXT, None])
    found = fresh_episodes(before, after, EPISODE, EPISODE)
    # The last has nothing to begin its episode with: no task.
    assert found == Episodes([1, 2, 3], [1, 2, 3], [NEXT, DAY, NEXT])
    assert fresh_episodes(after, before, EPISODE, EPISODE) == Episodes([1], [1], [DAY])


def test_a_rule_on_one_side_only():
    here = side({"task.p/a": [True, False]}, began=[DAY, DAY])
    there = side({"class.size": ["small", "small"]}, began=[DAY, DAY])
    assert fresh_episodes(there, here, None, EPISODE) == Episodes([0], [0], [DAY])
    assert fresh_episodes(here, there, EPISODE, None) == Episodes()


def test_another_kind_of_anchor_is_another_episode():
    instants = [datetime(2026, 11, 1, tzinfo=UTC)]
    before = side({"task.p/a": [True]}, began=[DAY])
    after = side({"task.p/a": [True]}, began=instants, opened=[DAY])
    assert fresh_episodes(before, after, EPISODE, EPISODE).rows == [0]
    assert fresh_episodes(before, after, EPISODE, Episode("task.p/a", "opened")).rows == []
