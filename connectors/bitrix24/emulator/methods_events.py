"""Binding handlers to events and reading the offline queue; only an application may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from connectors.bitrix24.emulator.events import NAMES
from connectors.bitrix24.emulator.replies import PAGE, Reply, RestError

if TYPE_CHECKING:
    from connectors.bitrix24.emulator.calls import Call, Method


def methods() -> dict[str, Method]:
    """The methods by name, in lower case."""
    table: dict[str, Method] = {
        "event.bind": _bind,
        "event.unbind": _unbind,
        "event.get": _get,
        "event.test": _test,
        "event.offline.get": _offline,
        "event.offline.clear": _clear,
    }
    return {name: _app_only(method) for name, method in table.items()} | {"events": lambda _call: Reply(list(NAMES))}


def _app_only(method: Method) -> Method:
    def guarded(call: Call) -> Reply:
        if not call.app:
            text = "Current authorization type is denied for this method Application context required"
            raise RestError("WRONG_AUTH_TYPE", text, 403)
        return method(call)

    return guarded


def _is_offline(call: Call) -> bool:
    return str(call.get("event_type") or "online").lower() == "offline"


def _bind(call: Call) -> Reply:
    event, handler = str(call.get("event") or ""), str(call.get("handler") or "")
    call.events.bind(event, handler, str(call.get("auth_type") or "0"), offline=_is_offline(call))
    return Reply(result=True)


def _unbind(call: Call) -> Reply:
    event, handler = str(call.get("event") or ""), str(call.get("handler") or "")
    return Reply({"count": call.events.unbind(event, handler, offline=_is_offline(call))})


def _get(call: Call) -> Reply:
    return Reply(
        [
            {"event": one.event, "handler": one.handler, "auth_type": one.auth_type, "offline": int(one.offline)}
            for one in call.events.subscriptions
        ]
    )


def _test(call: Call) -> Reply:
    call.events.emit("ONAPPTEST", {"QUERY": call.mapping("any") or "undefined"})
    return Reply(result=True)


def _offline(call: Call) -> Reply:
    keep = str(call.get("clear", "1")).lower() in ("0", "n", "false")
    limit = call.number("limit") or PAGE
    process_id = call.get("process_id")
    process, rows = call.events.take(
        min(limit, PAGE), clear=not keep, process_id=None if process_id is None else str(process_id)
    )
    return Reply({"process_id": process, "events": rows})


def _clear(call: Call) -> Reply:
    messages = call.get("message_id")
    if isinstance(messages, Mapping):
        messages = list(messages.values())
    wanted = [str(one) for one in messages] if isinstance(messages, list) else None
    call.events.confirm(str(call.get("process_id") or ""), wanted)
    return Reply(result=True)
