"""The portal's methods, called one by one or fifty in a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connectors.bitrix24.auth import MissingScope, missing_scope
from connectors.bitrix24.batch import MOST_COMMANDS, PAGE, BatchAnswer, Rows, command, read_batch
from integrator.errors import PermanentError, RetryableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from connectors.http import Session
    from integrator.errors import ConnectorError
    from integrator.ports import Clock

# Longer pauses are the caller's: he puts the work back and does other things.
PATIENCE = 60.0
FIRST_PAUSE = 2.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A method whose whole result is wanted, all pages of it; an `optional` one that is refused gives nothing."""

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    optional: bool = False


class Portal:
    """Calls methods of one portal; errors say which method they are about."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def read(self, method: str, params: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Return the answer to a method that changes nothing."""
        return self._call(method, params or {}, write=False)

    def write(self, method: str, params: Mapping[str, Any]) -> Any:
        """Return the result of a method that changes something; it is sent once."""
        return self._call(method, params, write=True).get("result")

    def batch(self, commands: Mapping[str, str], *, halt: bool = False) -> BatchAnswer:
        """Return what up to 50 reading commands gave; with `halt` none runs after one that failed."""
        body = self._call("batch", {"halt": int(halt), "cmd": dict(commands)}, write=False)
        return read_batch(body, commands)

    def batches(self, commands: Mapping[str, str]) -> Iterator[BatchAnswer]:
        """Yield the answers to any number of reading commands."""
        for part in _parts(list(commands.items())):
            yield self.batch(dict(part))

    def whole(self, wanted: Mapping[str, Wanted]) -> dict[str, Any]:
        """Return each whole result by its key: all pages of a list, or the result itself where it is no list."""
        found: dict[str, Any] = {}
        waiting = [(key, 0) for key in wanted]
        while waiting:
            now, waiting = waiting[:MOST_COMMANDS], waiting[MOST_COMMANDS:]
            commands = {f"{key}.{start}": _page(wanted[key], start) for key, start in now}
            answer = self.batch(commands)
            for key, start in now:
                waiting += self._take(answer, f"{key}.{start}", key, wanted[key], found)
        return found

    def wait_out(self, error: ConnectorError) -> None:
        """The pause that the error asks for is over; an error that no short pause helps is raised."""
        if not isinstance(error, RetryableError):
            raise error
        pause = error.retry_after or FIRST_PAUSE
        if pause > PATIENCE:
            raise error
        self._clock.sleep(pause)

    def close(self) -> None:
        """The connections are closed."""
        self._session.close()

    def _take(
        self, answer: BatchAnswer, name: str, key: str, wanted: Wanted, found: dict[str, Any]
    ) -> Iterable[tuple[str, int]]:
        """Put what came to what is there already; return which pages are still to come."""
        # What may succeed later is no reason to go without it now.
        if wanted.optional and (error := answer.error(name)) and not isinstance(error, RetryableError):
            found.setdefault(key, [])
            return ()
        part = answer.result(name)
        for step in wanted.path:
            part = part.get(step, []) if isinstance(part, dict) else []
        if not isinstance(part, list) or not isinstance(found.get(key, []), list):
            found[key] = part
            return ()
        found[key] = found.get(key, []) + part
        return [(key, start) for start in _following(answer, name)]

    def _call(self, method: str, params: Mapping[str, Any], *, write: bool) -> Mapping[str, Any]:
        try:
            body = self._session.post(method, dict(params), write=write)
        except MissingScope:
            raise missing_scope(method) from None
        except PermanentError as error:
            error.args = (f"{method}: {error}",)
            raise
        if not isinstance(body, dict):
            raise RetryableError(f"{method}: Bitrix24 answered with something that is no answer.")
        return body


def _parts(items: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    for start in range(0, len(items), MOST_COMMANDS):
        yield items[start : start + MOST_COMMANDS]


def _page(wanted: Wanted, start: int) -> str:
    return command(wanted.method, {**wanted.params, "start": start} if start else wanted.params)


def _following(answer: BatchAnswer, name: str) -> list[int]:
    """Return where the pages after the first begin; from a later page on nothing, the first has named them all."""
    after = answer.nexts.get(name)
    if not name.endswith(".0") or after is None:
        return []
    total = answer.total(name) or 0
    return list(range(int(after), max(total, int(after) + 1), PAGE))


__all__ = ["Portal", "Rows", "Wanted"]
