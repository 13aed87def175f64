"""Tells the world what changed: outgoing webhook, handlers bound by an application, the offline queue."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors.bitrix24.emulator.replies import RestError
from connectors.emulation.form import encode

if TYPE_CHECKING:
    from connectors.bitrix24.emulator.state import State

Row = dict[str, Any]
Send = Callable[[str, bytes, Mapping[str, str]], None]

MEMBER_ID = "emulator"
_ENTITIES = ("DEAL", "LEAD", "CONTACT", "COMPANY", "ACTIVITY", "TIMELINECOMMENT", "PRODUCT")
NAMES = (
    *(f"ONCRM{entity}{what}" for entity in _ENTITIES for what in ("ADD", "UPDATE", "DELETE")),
    "ONCRMDEALMOVETOCATEGORY",
    *(f"ONTASK{what}" for what in ("ADD", "UPDATE", "DELETE")),
    "ONAPPINSTALL", "ONAPPUNINSTALL", "ONAPPTEST", "ONOFFLINEEVENT",
)  # fmt: skip
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Bitrix24 Webhook Engine"}


@dataclass(frozen=True, slots=True)
class Subscription:
    """A handler that an application bound to an event; an offline one has no handler."""

    event: str
    handler: str
    auth_type: str
    offline: bool


@dataclass(slots=True)
class Events:
    """Sends every event to the outgoing webhook and to whoever bound it. Events are sent once, never repeated."""

    state: State
    send: Send
    outgoing: str | None = None
    application_token: str = ""
    app_tokens: Callable[[], Row] = dict
    subscriptions: list[Subscription] = field(default_factory=list)
    _queue: list[Row] = field(default_factory=list)
    _ids: dict[tuple[str, str], int] = field(default_factory=dict)
    _last: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def emit(self, event: str, told: Mapping[str, Any]) -> None:
        """Everybody who asked for the event gets it."""
        with self._lock:
            if self.outgoing:
                self._post(self.outgoing, event, told, {})
            for one in self.subscriptions:
                if one.event == event and one.offline:
                    self._keep(event, told)
                elif one.event == event:
                    self._post(one.handler, event, told, self.app_tokens())

    def bind(self, event: str, handler: str, auth_type: str, *, offline: bool) -> None:
        """The handler gets the event from now on."""
        name = event.upper()
        if name not in NAMES:
            raise RestError("ERROR_EVENT_NOT_FOUND", "Event not found")
        if not offline and not handler:
            raise RestError("ERROR_ARGUMENT", "Argument 'HANDLER' is null or empty", argument="HANDLER")
        one = Subscription(name, "" if offline else handler, auth_type, offline)
        with self._lock:
            if one in self.subscriptions:
                raise RestError("ERROR_HANDLER_ALREADY_EXIST", "Unable to set event handler: Handler already exists!")
            self.subscriptions.append(one)

    def unbind(self, event: str, handler: str, *, offline: bool) -> int:
        """How many handlers no longer get the event."""
        with self._lock:
            gone = [
                one
                for one in self.subscriptions
                if one.event == event.upper() and one.offline is offline and (offline or one.handler == handler)
            ]
            for one in gone:
                self.subscriptions.remove(one)
            return len(gone)

    def take(self, limit: int, *, clear: bool, process_id: str | None) -> tuple[str | None, list[Row]]:
        """The oldest offline events; cleared ones are gone, others are reserved under a process id."""
        with self._lock:
            free = [row for row in self._queue if row["process"] == process_id][:limit]
            process = None if clear else (process_id or f"process{self._last}")
            for row in free:
                row["process"] = process
            if clear:
                self._queue = [row for row in self._queue if row not in free]
            return process, [{key: value for key, value in row.items() if key != "process"} for row in free]

    def confirm(self, process_id: str, messages: list[str] | None) -> None:
        """The reserved offline events are done with: these, or all of the process."""
        with self._lock:
            self._queue = [
                row
                for row in self._queue
                if row["process"] != process_id or (messages is not None and row["MESSAGE_ID"] not in messages)
            ]

    def _keep(self, event: str, told: Mapping[str, Any]) -> None:
        """The queue holds one record an object, the latest."""
        same = [row for row in self._queue if row["EVENT_NAME"] == event and row["EVENT_DATA"] == told]
        self._queue = [row for row in self._queue if row not in same]
        self._last += 1
        record = {"ID": str(self._last), "TIMESTAMP_X": self.state.now(), "EVENT_NAME": event}
        record |= {"MESSAGE_ID": str(self._last)}
        self._queue.append({**record, "EVENT_DATA": dict(told), "EVENT_ADDITIONAL": False, "process": None})

    def _post(self, url: str, event: str, told: Mapping[str, Any], tokens: Row) -> None:
        number = self._ids.setdefault((url, event), len(self._ids) + 1)
        body = {"event": event, "event_handler_id": str(number), "data": told}
        body["ts"] = str(self.state.clock.timestamp())
        self.send(url, encode({**body, "auth": {**tokens, **self._auth()}}), _HEADERS)

    def _auth(self) -> Row:
        base = self.state.base_url
        return {
            "domain": urlsplit(base).netloc,
            "client_endpoint": f"{base}/rest/",
            "server_endpoint": f"{base}/rest/",
            "member_id": MEMBER_ID,
            "application_token": self.application_token,
        }
