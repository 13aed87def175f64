import sys
import threading
import time

import pytest

from connectors.pagination import LoopGuard, prefetch, window
from integrator.errors import RetryableError


def test_prefetch_gives_every_page_in_order():
    assert list(prefetch(n for n in range(50))) == list(range(50))


def test_prefetch_is_one_page_ahead_and_no_more():
    fetched = []

    def pages():
        for n in range(10):
            fetched.append(n)
            yield n

    walk = prefetch(pages())
    next(walk)
    deadline = time.monotonic() + 2
    while len(fetched) < 2 and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(0.02)
    assert fetched == [0, 1]
    walk.close()


def test_fetching_overlaps_with_storing():
    def pages():
        for n in range(6):
            time.sleep(0.05)
            yield n

    began = time.monotonic()
    for _page in prefetch(pages()):
        time.sleep(0.05)
    assert time.monotonic() - began < 0.57  # one after the other would take 0.6


def test_who_fetches_waits_a_moment_only_for_who_works():
    usual = sys.getswitchinterval()
    try:
        sys.setswitchinterval(0.005)
        list(prefetch(n for n in range(2)))
        assert sys.getswitchinterval() <= 0.001
    finally:
        sys.setswitchinterval(usual)


def test_an_error_comes_where_its_page_would_have():
    def pages():
        yield 1
        yield 2
        raise RetryableError("lost")

    got = []
    with pytest.raises(RetryableError, match="lost"):
        got.extend(_each(prefetch(pages()), got))
    assert got == [1, 2]


def _each(pages, into):
    for page in pages:
        into.append(page)
    return ()


def test_who_stops_early_closes_the_source_and_waits_for_nothing():
    closed = threading.Event()

    def pages():
        try:
            yield 1
            time.sleep(0.3)
            yield 2
            yield 3
        finally:
            closed.set()

    walk = prefetch(pages())
    next(walk)
    began = time.monotonic()
    walk.close()
    assert time.monotonic() - began < 0.28
    assert closed.wait(2)


def test_nothing_is_fetched_before_it_is_asked_for():
    def pages():
        pytest.fail("fetched")
        yield

    prefetch(pages()).close()


def test_the_same_page_twice_is_a_loop():
    guard = LoopGuard("leads")
    guard.check([1, 2])
    guard.check([3, 4])
    with pytest.raises(RetryableError, match="leads"):
        guard.check([3, 4])


def test_the_same_next_link_is_a_loop():
    guard = LoopGuard("leads")
    guard.check([1], "page=2")
    with pytest.raises(RetryableError):
        guard.check([2], "page=2")


def test_empty_pages_are_no_loop():
    guard = LoopGuard("leads")
    guard.check([])
    guard.check([])


@pytest.mark.parametrize(
    ("after", "ids", "last", "expected"),
    [(0, [3, 5], False, (0, 5)), (5, [9], True, (5, None)), (5, [], True, (5, None)), (5, [], False, (5, 5))],
)
def test_window(after, ids, last, expected):
    assert window(after, ids, last=last) == expected
