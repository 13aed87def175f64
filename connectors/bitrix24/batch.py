"""The language of Bitrix24's batch: commands written, answers read, pages chained by the last id (pure).

One HTTP request runs up to 50 commands, and a command may refer to what an earlier one of the same batch gave:
`$result[w00][49][ID]` is the id of the fiftieth row of `w00` (reference, 2.4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from connectors.bitrix24.auth import MissingScope, missing_scope, refusal, seconds_until_reset
from integrator.errors import PermanentError, RetryableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integrator.errors import ConnectorError

MOST_COMMANDS = 50
PAGE = 50

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Listing:
    """A method that lists; `path` leads from its result to the rows, `id_key` names their id, `changed` their change.

    The names in requests are always upper case, those in answers are what `id_key` and `changed` say.
    `countless` tells that `start=-1` is known to be honoured there, which spares the server a count.
    """

    method: str
    select: tuple[str, ...]
    filter: Mapping[str, Any] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    id_key: str = "ID"
    changed: tuple[str, str] | None = None
    countless: bool = True

    def params(self, filters: Mapping[str, Any], *, order: str = "ASC", start: int | None = -1) -> dict[str, Any]:
        """Return the parameters of one page, ordered by id; `start` None or not honoured asks for the first."""
        wanted: dict[str, Any] = {
            **self.fixed,
            "order": {"ID": order},
            "filter": {**self.filter, **filters},
            "select": self.select,
        }
        if start is not None and (start >= 0 or self.countless):
            wanted["start"] = start
        return wanted

    def count(self, filters: Mapping[str, Any]) -> str:
        """Return the command whose total is the number of rows that meet the filters."""
        return command(self.method, {**self.params(filters, start=0), "select": ("ID",)})

    def rows(self, result: Any) -> Rows:
        """Return the rows of a result; an empty PHP array stands for any empty thing."""
        for key in self.path:
            result = result.get(key) if isinstance(result, Mapping) else None
        if isinstance(result, Mapping):
            result = list(result.values())
        return [row for row in result if isinstance(row, dict)] if isinstance(result, list) else []


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What each command gave, by its key; a command that failed is in `errors` alone."""

    commands: Mapping[str, str] = field(repr=False)
    results: Mapping[str, Any]
    errors: Mapping[str, Mapping[str, Any]]
    totals: Mapping[str, Any]
    nexts: Mapping[str, Any]
    times: Mapping[str, Any]
    time: Mapping[str, Any]

    def error(self, key: str) -> ConnectorError | None:
        """Return why the command failed, None where it did not."""
        if key not in self.errors:
            return None
        reset = next((left for time in (*self.times.values(), self.time) if (left := seconds_until_reset(time))), None)
        body = {"error": "", **self.errors[key]}
        error = refusal(body, reset_in=reset)
        if isinstance(error, MissingScope):
            return missing_scope(self.commands.get(key, key).partition("?")[0])
        return error or RetryableError(f"Bitrix24 failed: {body.get('error_description')}")

    def result(self, key: str) -> Any:
        """Return what the command gave; its error is raised."""
        if (error := self.error(key)) is not None:
            raise error
        return self.results.get(key)

    def total(self, key: str) -> int | None:
        """Return how many rows there are in all; None where the command did not say."""
        value = self.totals.get(key)
        return int(value) if isinstance(value, int | str) and str(value).isdigit() else None


@dataclass(frozen=True, slots=True)
class Chain:
    """The rows that a chain of commands gave, in the order of their ids, up to `last`; `done` when nothing follows.

    `error` stopped the chain after these rows.
    """

    rows: Rows
    last: int
    done: bool
    error: ConnectorError | None = None


def command(method: str, params: Mapping[str, Any]) -> str:
    """Return the command with its parameters, percent-encoded once, as a batch in JSON wants them."""
    pairs = "&".join(f"{_quoted(key)}={_quoted(value)}" for key, value in _pairs(params))
    return f"{method}?{pairs}" if pairs else method


def read_batch(body: Any, commands: Mapping[str, str]) -> BatchAnswer:
    """Return the answer to a batch; what is empty comes as a list there, and is read as nothing."""
    result = body.get("result") if isinstance(body, Mapping) else None
    if not isinstance(result, Mapping) or "result" not in result:
        raise RetryableError("Bitrix24 answered a batch without its results.")
    return BatchAnswer(
        commands=commands,
        results=_mapping(result.get("result")),
        errors=_mapping(result.get("result_error")),
        totals=_mapping(result.get("result_total")),
        nexts=_mapping(result.get("result_next")),
        times=_mapping(result.get("result_time")),
        time=_mapping(body.get("time")),
    )


def chain(listing: Listing, after: int, length: int, filters: Mapping[str, Any]) -> dict[str, str]:
    """Return commands for `length` pages above `after`, each beginning where the one before ended."""
    commands: dict[str, str] = {}
    # Encoded once: a thousand pages differ in where they begin only.
    stem = f"{command(listing.method, listing.params(filters))}&{_quoted('filter[>ID]')}="
    start = str(after)
    place = "".join(f"[{part}]" for part in (*listing.path, PAGE - 1, listing.id_key))
    for number in range(length):
        # Not a number: keys 0, 1, 2 ... would make PHP answer with a list (reference, 2.4).
        key = f"w{number:02}"
        commands[key] = stem + _quoted(start)
        start = f"$result[{key}]{place}"
    return commands


def read_chain(answer: BatchAnswer, keys: Sequence[str], listing: Listing, after: int) -> Chain:
    """Return what a chain gave up to its first short page or first mistake.

    What follows a short page is not what was asked for: its reference led nowhere, and an unresolved reference yields
    whatever was found on the way, without an error. So a page counts only while its ids ascend above the last one.
    """
    rows: Rows = []
    last = after
    for key in keys:
        error = answer.error(key)
        if error is None and key not in answer.results:
            # Not run, since another command had failed: that is no empty page.
            error = RetryableError("Bitrix24 left out a command of a batch.")
        if error is not None:
            return Chain(rows, last, done=False, error=error)
        page = listing.rows(answer.results.get(key))
        reached = _ascending(page, listing.id_key, last)
        if reached is None:
            if key == keys[0]:
                raise PermanentError(
                    f"{listing.method} gives rows that are not in the order of their ids above {after}."
                )
            return Chain(rows, last, done=False)
        rows += page
        last = reached
        if len(page) < PAGE:
            return Chain(rows, last, done=True)
    return Chain(rows, last, done=False)


def _ascending(page: Rows, id_key: str, last: int) -> int | None:
    for row in page:
        number = int(row[id_key])
        if number <= last:
            return None
        last = number
    return last


def _quoted(text: str) -> str:
    # PHP reads brackets either way; as they are, a command is a third shorter.
    return quote(text, safe="[]")


def _pairs(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        items: Iterator[tuple[Any, Any]] = iter(value.items())
    elif isinstance(value, list | tuple | frozenset):
        items = iter(enumerate(value))
    else:
        yield prefix, "" if value is None else str(int(value)) if isinstance(value, bool) else str(value)
        return
    for key, inner in items:
        yield from _pairs(inner, f"{prefix}[{key}]" if prefix else str(key))


def _mapping(value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    # Contiguous numbers as keys come as a list; ours never are, but an empty one is a list as well.
    return {str(number): item for number, item in enumerate(value)} if isinstance(value, list) else {}
