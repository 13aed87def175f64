"""From a request's path and parameters to the JSON it is answered with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from connectors.bitrix24.emulator import (
    batch,
    items,
    methods_activities,
    methods_common,
    methods_crm,
    methods_events,
    methods_products,
    methods_tasks,
)
from connectors.bitrix24.emulator.calls import Call, Method
from connectors.bitrix24.emulator.dates import written
from connectors.bitrix24.emulator.operating import Operating
from connectors.bitrix24.emulator.replies import Reply, RestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.bitrix24.emulator.events import Events
    from connectors.bitrix24.emulator.oauth import OAuth
    from connectors.bitrix24.emulator.state import State

_MODULES = (methods_common, methods_crm, items, methods_products, methods_activities, methods_tasks, methods_events)


def method_table() -> dict[str, Method]:
    """Every method by its name in lower case; names are case-insensitive on the wire."""
    table: dict[str, Method] = {}
    for module in _MODULES:
        table |= module.methods()
    table["methods"] = lambda _call: Reply(sorted([*table, "batch"]))
    table["method.get"] = lambda call: Reply(
        dict.fromkeys(("isExisting", "isAvailable"), str(call.get("name")).lower() in {*table, "batch"})
    )
    return table


@dataclass(frozen=True, slots=True)
class Access:
    """Who asks: an employee by a webhook, or an application."""

    user: int
    app: bool


@dataclass(frozen=True, slots=True)
class Gateway:
    """Knows the methods and who may call them. `auth_status`: 401 in the source, 403 in the docs."""

    state: State
    events: Events
    oauth: OAuth
    user: int
    secret: str | None
    operating: Operating = field(default_factory=Operating)
    operating_cost: float = 0.0
    auth_status: int = 401
    methods: Mapping[str, Method] = field(default_factory=method_table)

    def answer(self, path: str, params: Mapping[str, Any], bearer: str) -> tuple[int, dict[str, Any]]:
        """The status and the body for `rest/<path>`."""
        started = self.state.clock.now()
        try:
            access, name = self._authorised(path, params, bearer)
            method = name.lower()
            if method == "batch":
                told: dict[str, Any] = {"result": self._batch(access, params)}
                return 200, {**told, "time": self._time(started, "batch")}
            reply = self._run(access, method, params)
        except RestError as refusal:
            return refusal.status, refusal.body()
        return 200, {**_envelope(reply), "time": self._time(started, method)}

    def _batch(self, access: Access, params: Mapping[str, Any]) -> dict[str, Any]:
        def run_one(name: str, own: Mapping[str, Any]) -> batch.Answered:
            started = self.state.clock.now()
            method = name.lower()
            return self._run(access, method, own), self._time(started, method)

        call = Call(self.state, self.events, params)
        return batch.run(call.get("cmd"), run_one, halt=call.get("halt") is True or call.number("halt") != 0)

    def _run(self, access: Access, name: str, params: Mapping[str, Any]) -> Reply:
        method = self.methods.get(name)
        if method is None:
            raise RestError("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
        now = self.state.clock.now().timestamp()
        if not self.operating.allows(name, now):
            raise RestError("OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.", 429)
        with self.state.lock:
            reply = method(Call(self.state, self.events, params, access.user, access.app))
        self.operating.add(name, now, self.operating_cost)
        return reply

    def _authorised(self, path: str, params: Mapping[str, Any], bearer: str) -> tuple[Access, str]:
        parts = path.strip("/").removesuffix(".json").removesuffix(".xml").split("/")
        if len(parts) == 3:  # noqa: PLR2004 - user, secret, method
            user, secret, name = parts
            if user != str(self.user) or (self.secret is not None and secret != self.secret):
                raise RestError("INVALID_CREDENTIALS", "Invalid request credentials", self.auth_status)
            return Access(self.user, app=False), name
        if len(parts) != 1:
            # A webhook address without the secret is read as a method's name [seen in b24pysdk].
            raise RestError("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
        token = str(params.get("auth") or params.get("access_token") or bearer)
        if not token:
            raise RestError("NO_AUTH_FOUND", "Wrong authorization data", 401)
        self.oauth.check(token)
        return Access(self.user, app=True), parts[0]

    def _time(self, started: datetime, method: str) -> dict[str, Any]:
        finished = self.state.clock.now()
        begin, end = started.timestamp(), finished.timestamp()
        operating, reset = self.operating.spent(method, end)
        return {
            "start": begin,
            "finish": end,
            "duration": end - begin,
            "processing": end - begin,
            "date_start": written(started.astimezone(UTC), self.state.zone),
            "date_finish": written(finished.astimezone(UTC), self.state.zone),
            "operating_reset_at": reset,
            "operating": operating,
        }


def _envelope(reply: Reply) -> dict[str, Any]:
    told: dict[str, Any] = {"result": reply.result}
    if reply.next is not None:
        told["next"] = reply.next
    if reply.total is not None:
        told["total"] = reply.total
    return told
