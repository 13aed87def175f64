"""How often a portal is asked: one budget per portal, agreed on by all processes through a `BudgetStore`."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integrator.errors import RetryableError

if TYPE_CHECKING:
    from integrator.ports import BudgetStore, Clock, PortalSettings

# Longer than this nobody sits in a worker waiting for his turn: the work is put back and the worker does other things.
PATIENCE = 60.0
FIRST_HOLD = 1.0
LONGEST_HOLD = 10.0


@dataclass(frozen=True, slots=True)
class Limit:
    """A request every `interval` seconds, after `burst` at once.

    `sliding` requests at most in any `seconds`, as the server sees it (None: the CRM does not count so).
    """

    interval: float
    burst: int = 1
    sliding: int | None = None
    seconds: float = 1.0


# A little under 7 a second, because several processes and the network's jitter share the CRM's 7 (reference, 2).
AMOCRM = Limit(interval=1 / 6.8, sliding=7)
# Two short of the CRM's buckets, whose level we only guess after a restart (reference, 2.1).
BITRIX24 = Limit(interval=0.5, burst=48)


def limit_of(settings: PortalSettings, usual: Limit) -> Limit:
    """Return the limit that the portal's settings name (Bitrix24's Enterprise plan allows more), else the usual one."""
    if settings.limit is None:
        return usual
    per_second, burst = settings.limit
    return Limit(interval=1 / per_second, burst=burst)


class Budget:
    """When this process may send the portal's next request."""

    def __init__(self, store: BudgetStore, portal: str, limit: Limit, clock: Clock) -> None:
        self._store = store
        self._portal = portal
        self._limit = limit
        self._clock = clock
        self._answered: deque[float] = deque(maxlen=limit.sliding or 1)
        self._refusals = 0

    def wait(self) -> None:
        """The next request may be sent now; RetryableError when that would take longer than anybody should wait."""
        now = self._now()
        due = self._store.reserve(self._portal, now, self._limit.interval, self._limit.burst)
        if due - now > PATIENCE:
            raise RetryableError(
                f"The CRM wants no requests from portal {self._portal} for another {due - now:.0f} s.",
                retry_after=due - now,
            )
        self._sleep(due - now)
        self._sleep(self._jitter_guard())

    def answered(self) -> None:
        """The request that was waited for has been answered and was not refused."""
        self._refusals = 0
        self._answered.append(self._now())

    def refused(self, retry_after: float | None) -> None:
        """Nobody asks this portal before `retry_after` seconds have passed (None: longer with every refusal)."""
        self._answered.append(self._now())
        pause = retry_after if retry_after is not None else min(FIRST_HOLD * 2**self._refusals, LONGEST_HOLD)
        self._refusals += 1
        self.hold(pause)

    def hold(self, seconds: float) -> None:
        """No process asks this portal for so many seconds."""
        self._store.hold(self._portal, self._now() + seconds)

    def _jitter_guard(self) -> float:
        """Seconds until the request may go so that the server counts no more than allowed, whatever the way there took.

        The server saw request n before it answered it, and sees this one after it is sent. So a full period after the
        answer to the n-th request before this one there is room, however unevenly the network delivers.
        """
        if self._limit.sliding is None or len(self._answered) < self._limit.sliding:
            return 0.0
        # Never more than the period itself: the wall clock may have been set back.
        return min(self._answered[0] + self._limit.seconds - self._now(), self._limit.seconds)

    def _sleep(self, seconds: float) -> None:
        if seconds > 0:
            self._clock.sleep(seconds)

    def _now(self) -> float:
        return self._clock.now().timestamp()


class MemoryBudgets:
    """A `BudgetStore` of one process, for use without a database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}
        self._held: dict[str, float] = {}

    def reserve(self, portal: str, now: float, interval: float, burst: int) -> float:
        """Return the instant from which one more request may be sent (GCRA); it counts from then on."""
        with self._lock:
            start = max(now, self._held.get(portal, now))
            theoretical = max(self._next.get(portal, start), start)
            self._next[portal] = theoretical + interval
            return max(start, theoretical - interval * (burst - 1))

    def hold(self, portal: str, until: float) -> None:
        """Nobody is given an instant before `until`."""
        with self._lock:
            self._held[portal] = max(until, self._held.get(portal, until))
