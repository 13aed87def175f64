"""How often a CRM lets itself be asked. Time is given by the caller, in seconds that never go back."""

from __future__ import annotations

import threading
from collections import deque


class SlidingWindow:
    """Lets through `limit` requests in any `seconds`; those it refused do not count."""

    def __init__(self, limit: int = 7, seconds: float = 1.0) -> None:
        self._limit = limit
        self._seconds = seconds
        self._moments: deque[float] = deque()
        self._lock = threading.Lock()

    def allow(self, now: float) -> bool:
        """Whether a request at this moment passes; it counts then."""
        with self._lock:
            while self._moments and self._moments[0] <= now - self._seconds:
                self._moments.popleft()
            if len(self._moments) >= self._limit:
                return False
            self._moments.append(now)
            return True


class LeakyBucket:
    """Holds `capacity` requests and loses `per_second`; those it refused do not count."""

    def __init__(self, capacity: float = 50, per_second: float = 2.0) -> None:
        self._capacity = capacity
        self._per_second = per_second
        self._level = 0.0
        self._last = float("-inf")
        self._lock = threading.Lock()

    def allow(self, now: float) -> bool:
        """Whether a request at this moment passes; it fills the bucket by one then."""
        with self._lock:
            self._level = max(0.0, self._level - max(0.0, now - self._last) * self._per_second)
            self._last = max(self._last, now)
            if self._level + 1 > self._capacity:
                return False
            self._level += 1
            return True
