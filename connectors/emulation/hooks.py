"""Sends webhooks in the background, repeats them as the CRM would, and loses some when asked to."""

from __future__ import annotations

import http.client
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connectors.emulation.faults import LATE_SECONDS, Faults

if TYPE_CHECKING:
    from connectors.emulation.clock import EmulatorClock

Schedule = Callable[[int, int], float | None]
"""(attempts made, status of the last; 0 = no answer) -> emulated seconds to the next one, None = give up."""


def no_repeats(_attempts: int, _status: int) -> float | None:
    """A delivery is tried once, whatever became of it."""
    return None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook on its way; `attempts` were made already."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    attempts: int = 0


class HookSender:
    """Posts what `send` is given, in order per destination, and repeats it by `schedule`.

    `answered(url, status)` is told of every attempt; status 0 means that no answer came in time.
    """

    def __init__(
        self,
        clock: EmulatorClock,
        faults: Faults,
        schedule: Schedule = no_repeats,
        *,
        timeout: float = 2.0,
        answered: Callable[[str, int], None] | None = None,
    ) -> None:
        self._clock = clock
        self._faults = faults
        self._schedule = schedule
        self._timeout = timeout
        self._answered = answered or (lambda _url, _status: None)
        self._lock = threading.Lock()
        self._queues: dict[str, queue.SimpleQueue[Delivery | None]] = {}
        self._timers: set[threading.Timer] = set()
        self._pending = 0
        self._closed = False

    def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """The hook is queued, unless a fault lost it."""
        delivery = Delivery(url, body, dict(headers))
        fault = self._faults.hook()
        if fault == "lost_hook":
            return
        if fault == "late_hook":
            self._later(LATE_SECONDS, delivery)
            return
        self._queue(delivery)
        if fault == "double_hook":
            self._queue(delivery)

    def drain(self, timeout: float = 10.0) -> bool:
        """True when everything queued has been tried; what waits for a later attempt is not waited for."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            with self._lock:
                if not self._pending:
                    return True
            time.sleep(0.005)
        return False

    def close(self) -> None:
        """Nothing is sent any more; what waited is lost."""
        with self._lock:
            self._closed = True
            for timer in self._timers:
                timer.cancel()
            for waiting in self._queues.values():
                waiting.put(None)

    def _queue(self, delivery: Delivery) -> None:
        with self._lock:
            if self._closed:
                return
            self._pending += 1
            # A thread per destination: a receiver that hangs must not hold up the others.
            if delivery.url not in self._queues:
                self._queues[delivery.url] = queue.SimpleQueue()
                worker = threading.Thread(target=self._work, args=(self._queues[delivery.url],), daemon=True)
                worker.start()
            self._queues[delivery.url].put(delivery)

    def _later(self, seconds: float, delivery: Delivery) -> None:
        def fire() -> None:
            with self._lock:
                self._timers.discard(timer)
            self._queue(delivery)

        with self._lock:
            if self._closed:
                return
            timer = self._clock.later(seconds, fire)
            self._timers.add(timer)

    def _work(self, waiting: queue.SimpleQueue[Delivery | None]) -> None:
        while (delivery := waiting.get()) is not None and not self._closed:
            status = post(delivery.url, delivery.body, delivery.headers, self._timeout)
            self._answered(delivery.url, status)
            attempts = delivery.attempts + 1
            pause = self._schedule(attempts, status)
            if pause is not None:
                self._later(pause, Delivery(delivery.url, delivery.body, delivery.headers, attempts))
            with self._lock:
                self._pending -= 1


def post(url: str, body: bytes, headers: Mapping[str, str], timeout: float) -> int:
    """The status answered to a POST of the body, 0 when none came within `timeout` real seconds."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=timeout)
        try:
            connection.request("POST", path, body=body, headers=dict(headers))
            return connection.getresponse().status
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError):
        return 0
