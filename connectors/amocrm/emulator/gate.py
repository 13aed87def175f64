"""The limits before the API: 429 above seven requests a second, and for those who go on, 403 for a minute."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from connectors.emulation.limits import SlidingWindow

if TYPE_CHECKING:
    from connectors.emulation.clock import EmulatorClock

REFUSALS = 50
WITHIN_SECONDS = 10.0
BLOCK_SECONDS = 60.0


class Gate:
    """Says of each request whether it passes, comes too soon, or comes from an address that is blocked."""

    def __init__(self, clock: EmulatorClock, *, active: bool) -> None:
        self._clock = clock
        self._active = active
        self._window = SlidingWindow(limit=7, seconds=1.0)
        self._refusals: deque[float] = deque()
        self._blocked_until = float("-inf")
        self._lock = threading.Lock()

    def blocked(self) -> bool:
        """Whether every request is answered 403 now."""
        with self._lock:
            return self._active and self._clock.elapsed() < self._blocked_until

    def allow(self) -> bool:
        """Whether the request is within the limit; too many refusals block the address."""
        now = self._clock.elapsed()
        if not self._active or self._window.allow(now):
            return True
        with self._lock:
            self._refusals.append(now)
            while self._refusals[0] < now - WITHIN_SECONDS:
                self._refusals.popleft()
            if len(self._refusals) > REFUSALS:
                self._blocked_until = now + BLOCK_SECONDS
                self._refusals.clear()
        return False
