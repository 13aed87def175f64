"""The limit on running time: what the methods of the last ten minutes cost, each on its own."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

MINUTE, MINUTES = 60, 10
# Calls shorter than this are not counted [on-premise source of the rest module].
_SHORTEST = 0.1


@dataclass(slots=True)
class Operating:
    """Sums the running time per method; `limit` None lets everything through."""

    limit: float | None = None
    _spent: dict[str, dict[int, tuple[float, float]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def allows(self, method: str, now: float) -> bool:
        """Whether the method may start; the call that crosses the limit still ends."""
        return self.limit is None or self.spent(method, now)[0] <= self.limit

    def add(self, method: str, now: float, seconds: float) -> None:
        """The call counts in its minute."""
        if self.limit is None or seconds < _SHORTEST:
            return
        with self._lock:
            minutes = self._spent.setdefault(method, {})
            first, total = minutes.get(int(now // MINUTE), (now, 0.0))
            minutes[int(now // MINUTE)] = (first, total + seconds)

    def spent(self, method: str, now: float) -> tuple[float, int]:
        """The sum over the window, and when its oldest part drops out."""
        with self._lock:
            oldest = int(now // MINUTE) - MINUTES
            kept = {minute: spent for minute, spent in self._spent.get(method, {}).items() if minute > oldest}
            if kept:
                self._spent[method] = kept
            first = min((first for first, _ in kept.values()), default=now)
            return sum(total for _, total in kept.values()), int(first) + MINUTE * MINUTES
