"""The time inside an emulated CRM, which may start anywhere and run faster than ours."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class EmulatorClock:
    """Emulated time: starts at `start` (now, when absent) and runs `scale` times as fast as real time."""

    def __init__(self, start: datetime | None = None, scale: float = 1.0) -> None:
        if scale <= 0:
            raise ValueError(f"The time scale must be above 0, not {scale}.")
        began = start or datetime.now(UTC)
        self._start = began.replace(tzinfo=UTC) if began.tzinfo is None else began.astimezone(UTC)
        self._scale = scale
        self._origin = time.monotonic()

    def elapsed(self) -> float:
        """Emulated seconds since the clock was made; never goes back, so limits count by it."""
        return (time.monotonic() - self._origin) * self._scale

    def now(self) -> datetime:
        """The emulated moment, aware, in UTC."""
        return self._start + timedelta(seconds=self.elapsed())

    def timestamp(self) -> int:
        """The emulated moment as whole Unix seconds."""
        return int(self.now().timestamp())

    def real(self, seconds: float) -> float:
        """How many real seconds pass during so many emulated ones."""
        return seconds / self._scale

    def later(self, seconds: float, call: Callable[[], None]) -> threading.Timer:
        """`call` runs in a thread of its own after so many emulated seconds; the timer can be cancelled."""
        # A timer takes no more than about 292 years; nobody waits that long, an overflow would kill the thread.
        timer = threading.Timer(min(self.real(seconds), threading.TIMEOUT_MAX), call)
        timer.daemon = True
        timer.start()
        return timer
