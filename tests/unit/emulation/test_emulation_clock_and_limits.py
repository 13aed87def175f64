from datetime import UTC, datetime

import pytest

from connectors.emulation.clock import EmulatorClock
from connectors.emulation.limits import LeakyBucket, SlidingWindow


def test_the_clock_starts_where_it_is_told_and_runs_faster():
    clock = EmulatorClock(datetime(2026, 1, 5, 9, tzinfo=UTC), scale=3600)
    first = clock.elapsed()
    assert 0 <= (clock.now() - datetime(2026, 1, 5, 9, tzinfo=UTC)).total_seconds() < 600
    while clock.elapsed() - first < 3.6:  # a millisecond of ours
        pass
    assert clock.now() > datetime(2026, 1, 5, 9, 0, 3, tzinfo=UTC)
    assert clock.real(3600) == 1.0


def test_a_clock_cannot_stand_still():
    with pytest.raises(ValueError, match="above 0"):
        EmulatorClock(scale=0)


def test_the_eighth_request_in_a_sliding_second_is_refused():
    window = SlidingWindow(limit=7, seconds=1.0)
    assert [window.allow(0.1 * number) for number in range(9)] == [True] * 7 + [False] * 2
    # The first has left the second behind it, the second has not.
    assert window.allow(1.0)
    assert not window.allow(1.05)


def test_refused_requests_do_not_fill_the_bucket():
    bucket = LeakyBucket(capacity=2, per_second=1.0)
    assert [bucket.allow(0.0) for _ in range(5)] == [True, True, False, False, False]
    assert bucket.allow(1.0)
    assert not bucket.allow(1.0)
