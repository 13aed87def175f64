import random
import threading

import pytest

from connectors.limits import AMOCRM, BITRIX24, Budget, Limit, MemoryBudgets
from integrator.errors import RetryableError


def test_amocrm_never_sees_more_than_seven_in_a_second(clock):
    """Whatever the way there and back takes, by the server's count."""
    chance = random.Random(5)  # noqa: S311
    budget = Budget(MemoryBudgets(), "main", AMOCRM, clock)
    arrivals = []
    for _ in range(300):
        budget.wait()
        there, back = chance.choice([0.001, 0.02, 0.4]), chance.choice([0.001, 0.3])
        clock.sleep(there)
        arrivals.append(clock.passed)
        clock.sleep(back)
        budget.answered()
    assert all(late - early >= 1 - 1e-9 for early, late in zip(arrivals, arrivals[7:], strict=False))


def test_amocrm_keeps_close_to_its_limit(clock):
    budget = Budget(MemoryBudgets(), "main", AMOCRM, clock)
    for _ in range(400):
        budget.wait()
        clock.sleep(0.03)
        budget.answered()
    assert 400 / clock.passed > 6.6


def test_the_guard_holds_where_the_store_lets_everybody_through(clock):
    budget = Budget(MemoryBudgets(), "main", Limit(0.0, 1, sliding=7), clock)
    for _ in range(8):
        budget.wait()
        budget.answered()
    assert clock.passed == pytest.approx(1.0)


class Free:
    """A store that lets everybody through."""

    def reserve(self, portal, now, interval, burst):
        return now

    def hold(self, portal, until):
        pass


def test_a_clock_set_back_does_not_stop_the_work(clock):
    budget = Budget(Free(), "main", Limit(0.0, 1, sliding=1), clock)
    budget.wait()
    budget.answered()
    clock.time = clock.time.replace(year=2025)
    budget.wait()
    assert clock.slept == [1.0]


def test_bitrix_takes_a_burst_and_then_two_a_second(clock):
    budget = Budget(MemoryBudgets(), "main", BITRIX24, clock)
    for _ in range(48):
        budget.wait()
    assert clock.passed == 0
    for _ in range(10):
        budget.wait()
    assert clock.passed == pytest.approx(5.0)


def test_processes_share_what_the_store_gives(clock):
    store = MemoryBudgets()
    first, second = (Budget(store, "main", Limit(1.0), clock) for _ in range(2))
    for budget in (first, second, first):
        budget.wait()
    assert clock.passed == pytest.approx(2.0)


def test_portals_do_not_wait_for_each_other(clock):
    store = MemoryBudgets()
    for portal in ("a", "b", "c"):
        Budget(store, portal, Limit(1.0), clock).wait()
    assert clock.passed == 0


def test_a_refusal_holds_everybody_longer_each_time(clock):
    store = MemoryBudgets()
    refused, other = (Budget(store, "main", Limit(0.0), clock) for _ in range(2))
    for expected in (1, 2, 4, 8, 10, 10):
        before = clock.passed
        refused.refused(None)
        other.wait()
        assert clock.passed - before == pytest.approx(expected)
    refused.answered()
    before = clock.passed
    refused.refused(None)
    other.wait()
    assert clock.passed - before == pytest.approx(1)


def test_after_a_hold_requests_come_one_by_one():
    store = MemoryBudgets()
    store.hold("main", 100.0)
    assert [store.reserve("main", 0.0, 0.5, 1) for _ in range(3)] == [100.0, 100.5, 101.0]


def test_nobody_sits_out_a_long_hold(clock):
    budget = Budget(MemoryBudgets(), "main", AMOCRM, clock)
    budget.hold(300)
    with pytest.raises(RetryableError) as caught:
        budget.wait()
    assert caught.value.retry_after == pytest.approx(300)
    assert clock.passed == 0


def test_threads_never_get_the_same_instant():
    store, given = MemoryBudgets(), []
    threads = [
        threading.Thread(target=lambda: given.extend(store.reserve("p", 0.0, 1.0, 1) for _ in range(50)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == [float(n) for n in range(200)]
