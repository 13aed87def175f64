"""A Flask application behind real sockets, with the faults of a network in front of it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from connectors.emulation.exchange import Answer, ExchangeHandler, Wsgi
from connectors.emulation.faults import LATE_SECONDS, SLOW_SECONDS, Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from flask import Flask

    from connectors.emulation.clock import EmulatorClock

StateT = TypeVar("StateT")

# Bitrix24 refuses with 503, amoCRM with 429; both only for the number of requests, or for the time they took.
_TOO_MANY = frozenset({429, 503})
HTML_502 = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    b"<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatorOptions:
    """What `integrator emulate` was asked for; port 0 means any free one."""

    data: Path
    port: int = 0
    token: str | None = None
    secret: str | None = None
    user: int = 1
    event_handler: str | None = None
    faults: str = ""
    seed: int = 1
    rate_limit: bool = True
    clock: datetime | None = None
    time_scale: float = 1.0
    host: str = "127.0.0.1"


class Emulator(Protocol):
    """What `serve` needs of an emulated CRM."""

    @property
    def app(self) -> Flask:
        """The application that answers."""


@dataclass(frozen=True, slots=True)
class Front:
    """What stands before the application: the faults, how they look in this CRM, and the paths they spare."""

    faults: Faults
    clock: EmulatorClock
    answers: Mapping[str, Answer] = field(default_factory=dict)
    spared: Callable[[str], bool] = lambda path: path == "/"


class RunningServer(Generic[StateT]):
    """An emulator that listens. `state` is what it holds, for tests that look or meddle inside."""

    def __init__(
        self, httpd: _Httpd, state: StateT, clock: EmulatorClock, on_close: Iterable[Callable[[], None]]
    ) -> None:
        self.state = state
        self.clock = clock
        self.host, self.port = str(httpd.server_address[0]), int(httpd.server_address[1])
        self.url = f"http://{self.host}:{self.port}"
        self.traffic = httpd.exchange.traffic
        self._httpd = httpd
        self._on_close = tuple(on_close)
        self._thread = threading.Thread(target=httpd.serve_forever, args=(0.05,), name="emulator", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Nothing listens or sends any more."""
        self._httpd.shutdown()
        self._httpd.server_close()
        self._thread.join(5)
        for call in self._on_close:
            call()

    def __enter__(self) -> RunningServer[StateT]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Httpd(ThreadingHTTPServer):
    # A client that retries in many threads must meet our faults, not a full backlog.
    request_queue_size = 1024
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, host: str, port: int, app: Wsgi, front: Front) -> None:
        self.exchange = _Exchange(app, front)
        super().__init__((host, port), ExchangeHandler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing is said: clients hang up whenever they like."""


@dataclass(slots=True)
class Traffic:
    """How many requests came to the API, and how many of them were refused for being too many."""

    requests: int = 0
    refused: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def count(self, answer: Answer) -> None:
        """One more request is counted."""
        with self._lock:
            self.requests += 1
            self.refused += answer.status in _TOO_MANY

    def __str__(self) -> str:
        return f"{self.requests} requests, {self.refused} refused"


class _Exchange:
    """Answers one request at a time as the application does, unless a fault is drawn for it."""

    def __init__(self, app: Wsgi, front: Front) -> None:
        self.traffic = Traffic()
        self._app = app
        self._front = front

    def now(self) -> float:
        """The CRM's own time in Unix seconds."""
        return self._front.clock.now().timestamp()

    def __call__(self, environ: dict[str, Any], call: Callable[[Wsgi, dict[str, Any]], Answer]) -> Answer | None:
        """The answer, or None when the connection is to be dropped."""
        fault = None if self._front.spared(environ["PATH_INFO"]) else self._front.faults.request()
        if fault is not None and fault in _PLAIN:
            return self._front.answers.get(fault, _PLAIN[fault])
        clock = self._front.clock
        if fault == "late_apply":
            clock.later(LATE_SECONDS, lambda: _ignore(call(self._app, environ)))
        if fault in ("reset", "late_apply"):
            return None
        if fault == "slow":
            threading.Event().wait(clock.real(SLOW_SECONDS))
        answer = call(self._app, environ)
        if not self._front.spared(environ["PATH_INFO"]):
            self.traffic.count(answer)
        return None if fault == "lost_reply" else answer


def serve(
    emulator: Emulator,
    *,
    host: str,
    port: int,
    front: Front,
    state: StateT,
    on_close: Iterable[Callable[[], None]] = (),
) -> RunningServer[StateT]:
    """The emulator listens on `host:port` (0: any free port) until `close`."""
    return RunningServer(_Httpd(host, port, emulator.app.wsgi_app, front), state, front.clock, on_close)


def _ignore(_answer: Answer) -> None:
    """Nobody waits for the answer any more."""


def _plain(status: int, text: str) -> Answer:
    return Answer(status, (("Content-Type", "text/plain"),), text.encode())


_PLAIN: Mapping[str, Answer] = {
    "429": _plain(429, "Too Many Requests"),
    "500": _plain(500, "Internal Server Error"),
    "502": _plain(502, "Bad Gateway"),
    "504": _plain(504, "Gateway Time-out"),
    "html": Answer(502, (("Content-Type", "text/html"),), HTML_502),
}
