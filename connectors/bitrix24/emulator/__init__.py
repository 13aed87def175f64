"""A Bitrix24 portal on this machine: its REST methods, its events, its limits and its ways to fail."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import orjson

from connectors.bitrix24.emulator.app import TOO_MANY, Bitrix24App
from connectors.bitrix24.emulator.events import Events
from connectors.bitrix24.emulator.gateway import Gateway
from connectors.bitrix24.emulator.oauth import OAuth
from connectors.bitrix24.emulator.operating import Operating
from connectors.bitrix24.emulator.state import State
from connectors.emulation.clock import EmulatorClock
from connectors.emulation.exchange import Answer
from connectors.emulation.faults import Faults
from connectors.emulation.hooks import HookSender
from connectors.emulation.limits import LeakyBucket
from connectors.emulation.server import Front, serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.emulation.server import EmulatorOptions, RunningServer

__all__ = ["create"]


def create(
    options: EmulatorOptions,
    *,
    operating_limit: float | None = None,
    operating_cost: float = 0.0,
    auth_status: int = 401,
) -> RunningServer[State]:
    """A portal that listens, with the rows of `options.data`.

    `operating_limit` is how many seconds a method may run in ten minutes, `operating_cost` what a call is taken to run;
    `auth_status` is the HTTP status of a wrong secret: 401 in the product's source, 403 in its documentation.
    """
    clock = EmulatorClock(options.clock, options.time_scale)
    faults = Faults.parse(options.faults, options.seed)
    state = State(options.data, clock, user=options.user)
    sender = HookSender(clock, faults)
    oauth = OAuth(state, options.secret, options.user)
    events = Events(state, sender.send, options.event_handler, options.token or "", oauth.app_tokens)
    state.emit = events.emit
    gateway = Gateway(
        state,
        events,
        oauth,
        options.user,
        options.secret,
        operating=Operating(operating_limit),
        operating_cost=operating_cost,
        auth_status=auth_status,
    )
    emulator = Bitrix24App(gateway, _limiter(clock) if options.rate_limit else lambda _address: True)
    front = Front(faults, clock, _answers(), lambda path: path == "/" or path.startswith("/oauth/"))
    server = serve(emulator, host=options.host, port=options.port, front=front, state=state, on_close=(sender.close,))
    state.base_url = server.url
    return server


def _limiter(clock: EmulatorClock) -> Callable[[str], bool]:
    """A bucket for each address: two programs on one machine share theirs [documented]."""
    buckets: dict[str, LeakyBucket] = {}
    lock = threading.Lock()

    def allow(address: str) -> bool:
        with lock:
            bucket = buckets.setdefault(address, LeakyBucket())
        return bucket.allow(clock.elapsed())

    return allow


def _answers() -> dict[str, Answer]:
    """How this CRM's own failures look; the gateways in front of it answer plainly."""
    told = {
        "429": (429, TOO_MANY),
        "500": (500, {"error": "INTERNAL_SERVER_ERROR", "error_description": "Internal server error"}),
    }
    kind = (("Content-Type", "application/json; charset=utf-8"),)
    return {name: Answer(status, kind, orjson.dumps(body)) for name, (status, body) in told.items()}
