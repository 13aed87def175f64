"""Many methods in one request, with the references between them and the shapes PHP gives to its answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.bitrix24.emulator.replies import Reply, RestError
from connectors.emulation.form import decode

LIMIT = 50
_REFUSED = frozenset({"batch", "download", "upload"})
_REFERENCE = re.compile(r"\$(result|next|total|time|error)(\S*)", re.IGNORECASE)
_STEP = re.compile(r"\[([^\]]*)\]")

Answered = tuple[Reply, dict[str, Any]]
"""What a command answered and its `time` block."""
Run = Callable[[str, Mapping[str, Any]], Answered]


@dataclass(slots=True)
class _Results:
    result: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] = field(default_factory=dict)
    total: dict[str, Any] = field(default_factory=dict)
    next: dict[str, Any] = field(default_factory=dict)
    time: dict[str, Any] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        named = {"": self.result, "_error": self.error, "_total": self.total, "_next": self.next, "_time": self.time}
        return {f"result{suffix}": php_array(found) for suffix, found in named.items()}


def run(commands: Any, run_one: Run, *, halt: bool) -> dict[str, Any]:
    """What every command answered, in the five maps of a batch; the whole never fails."""
    found = _Results()
    for place, (name, command) in enumerate(_named(commands)):
        if not isinstance(command, str):
            continue
        try:
            _one(found, name, command, run_one if place < LIMIT else _too_many)
        except RestError as refusal:
            found.error[name] = refusal.body()
            if halt:
                break
    return found.told()


def php_array(found: dict[str, Any]) -> dict[str, Any] | list[Any]:
    """An array as PHP writes it in JSON: a list when the keys are 0, 1, 2 ..., so also when it is empty."""
    if list(found) == [str(number) for number in range(len(found))]:
        return list(found.values())
    return found


def _too_many(_method: str, _params: Mapping[str, Any]) -> Answered:
    raise RestError("ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded")


def _named(commands: Any) -> list[tuple[str, Any]]:
    if isinstance(commands, list):
        return [(str(number), command) for number, command in enumerate(commands)]
    return [(str(name), command) for name, command in commands.items()] if isinstance(commands, Mapping) else []


def _one(found: _Results, name: str, command: str, run_one: Run) -> None:
    method, _, query = command.partition("?")
    if method.strip().lower() in _REFUSED:
        raise RestError("ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage", 405)
    params = decode(query)
    if "$" in query or "%24" in query:
        params = {key: _filled(value, found) for key, value in params.items()}
    reply, found.time[name] = run_one(method.strip(), params)
    found.result[name] = reply.result
    if reply.total is not None:
        found.total[name] = reply.total
    if reply.next is not None:
        found.next[name] = reply.next


def _filled(value: Any, found: _Results) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, found) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, found) for item in value]
    if not isinstance(value, str) or "$" not in value:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _referred(whole, found)

    def replaced(match: re.Match[str]) -> str:
        part = _referred(match, found)
        return match.group(0) if isinstance(part, dict | list) else "" if part is None else str(part)

    return _REFERENCE.sub(replaced, value)


def _referred(match: re.Match[str], found: _Results) -> Any:
    """What a reference points at; a step that leads nowhere leaves the deepest value reached."""
    value: Any = getattr(found, match.group(1).lower())
    for step in _STEP.findall(match.group(2)):
        inner = _inner(value, step)
        if inner is _NOWHERE:
            break
        value = inner
    return value


_NOWHERE = object()


def _inner(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step, _NOWHERE)
    if isinstance(value, list) and step.isdigit() and int(step) < len(value):
        return value[int(step)]
    return _NOWHERE
