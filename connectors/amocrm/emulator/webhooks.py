"""The subscriptions of the account, and what is sent to them: retries and the disabling of receivers that fail."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from connectors.emulation import form
from connectors.emulation.hooks import HookSender

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connectors.amocrm.emulator.rows import Row
    from connectors.emulation.clock import EmulatorClock
    from connectors.emulation.faults import Faults

_MINUTE = 60
_AFTER = {1: 5 * _MINUTE, 2: 15 * _MINUTE, 3: 15 * _MINUTE, 4: 60 * _MINUTE}
_AGAIN_ONLY_ON_SERVER_ERRORS = frozenset({3, 4})

DISABLE_WINDOW = 2 * 60 * _MINUTE
DISABLE_ABOVE = 100
MOST_SUBSCRIPTIONS = 100

_FULL = ("lead", "contact", "company", "customer", "task")
SETTINGS = frozenset(
    {f"{action}_{kind}" for action in ("responsible", "delete") for kind in _FULL}
    | {f"{action}_{kind}" for action in ("add", "update") for kind in (*_FULL, "talk")}
    | {f"restore_{kind}" for kind in ("lead", "contact", "company")}
    | {f"note_{kind}" for kind in ("lead", "contact", "company", "customer")}
    | {"status_lead", "add_chat_template_review", "add_message", "add_outgoing_message"}
)
"""The names of events a subscription may list (developers: webhooks-api; the messages from practice)."""


class Hook(NamedTuple):
    """One entity that one event tells of, under `root[action]` of the body."""

    setting: str
    root: str
    action: str
    item: Row


def delivered(status: int) -> bool:
    """Whether amoCRM counts this answer as a delivery (100 to 299)."""
    return 100 <= status < 300  # noqa: PLR2004


def schedule(attempts: int, status: int) -> float | None:
    """Seconds to the next attempt: 5 and 15 minutes; then, only after 499 or 5xx, 15 minutes and an hour."""
    if delivered(status) or attempts not in _AFTER:
        return None
    if attempts in _AGAIN_ONLY_ON_SERVER_ERRORS and status != 499 and not 500 <= status < 600:  # noqa: PLR2004
        return None
    return float(_AFTER[attempts])


class Webhooks:
    """Who wants to be told of what. `start` makes it send; before that, what happens is told to nobody."""

    def __init__(self, clock: EmulatorClock, account: Row) -> None:
        self._clock = clock
        self._account = account
        self._lock = threading.Lock()
        self._rows: dict[str, Row] = {}
        self._failures: dict[str, deque[float]] = {}
        self._sender: HookSender | None = None
        self._handler: str | None = None
        self.base = ""
        self._last_id = 1000

    def start(self, faults: Faults, handler: str | None, base: str) -> None:
        """Hooks go out from now on; `handler` gets all events, `base` is the address of the account."""
        self._sender = HookSender(self._clock, faults, schedule, timeout=2.0, answered=self._answered)
        self._handler, self.base = handler, base

    def close(self) -> None:
        """Nothing is sent any more."""
        if self._sender is not None:
            self._sender.close()

    def drain(self, timeout: float = 10.0) -> bool:
        """True when everything due has been tried."""
        return self._sender is None or self._sender.drain(timeout)

    def rows(self) -> list[Row]:
        """The subscriptions as the API lists them."""
        with self._lock:
            return [dict(row) for row in self._rows.values()]

    def subscribe(self, destination: str, settings: Sequence[str], sort: int, by: int) -> Row:
        """The destination is told of these events; an existing one gets the new list of events."""
        now = self._clock.timestamp()
        with self._lock:
            known = self._rows.get(destination)
            if known is None:
                self._last_id += 1
                account = self._account["id"]
                known = {"id": self._last_id, "destination": destination, "created_at": now, "updated_at": now,
                         "account_id": account, "created_by": by, "sort": sort, "disabled": False}  # fmt: skip
            self._rows[destination] = {**known, "updated_at": now, "sort": sort, "settings": list(settings)}
            return dict(self._rows[destination])

    def unsubscribe(self, destination: str) -> bool:
        """The destination is told nothing more; False when it was not subscribed."""
        with self._lock:
            return self._rows.pop(destination, None) is not None

    def enable(self, destination: str) -> None:
        """A disabled subscription works again, as after the admin's click; there is no API for it."""
        with self._lock:
            self._failures.pop(destination, None)
            if destination in self._rows:
                self._rows[destination] = {**self._rows[destination], "disabled": False}

    def publish(self, hooks: Sequence[Hook]) -> None:
        """Every destination that wants them gets the hooks, entities of one event together in one body."""
        if self._sender is None or not hooks:
            return
        for destination, wanted in self._targets():
            for body in self.bodies([hook for hook in hooks if wanted is None or hook.setting in wanted]):
                self._sender.send(destination, body, _headers())

    def bodies(self, hooks: Sequence[Hook]) -> Iterator[bytes]:
        """The bodies that tell of these hooks: the account first, then `root[action][0]...`."""
        ordered = sorted(hooks, key=lambda hook: hook.setting)
        for _, same in groupby(ordered, key=lambda hook: hook.setting):
            group = list(same)
            items = [hook.item for hook in group]
            yield form.encode({"account": self._head(), group[0].root: {group[0].action: items}})

    def _head(self) -> Row:
        return {"subdomain": self._account["subdomain"], "id": self._account["id"], "_links": {"self": self.base}}

    def _targets(self) -> list[tuple[str, frozenset[str] | None]]:
        with self._lock:
            targets: dict[str, frozenset[str] | None] = {
                url: frozenset(row["settings"]) for url, row in self._rows.items() if not row["disabled"]
            }
        if self._handler is not None:
            targets[self._handler] = None
        return list(targets.items())

    def _answered(self, destination: str, status: int) -> None:
        """More than 100 invalid answers in two hours, the last one invalid, disable a subscription."""
        if delivered(status):
            return
        now = self._clock.elapsed()
        with self._lock:
            failures = self._failures.setdefault(destination, deque())
            failures.append(now)
            while failures[0] < now - DISABLE_WINDOW:
                failures.popleft()
            if len(failures) > DISABLE_ABOVE and destination in self._rows:
                self._rows[destination] = {**self._rows[destination], "disabled": True}


def _headers() -> Mapping[str, str]:
    return {
        "Accept-Encoding": "gzip",
        "X-Amocrm-Requestid": str(uuid.uuid4()),
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "amoCRM-Webhooks/3.0",
    }
