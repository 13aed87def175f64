"""Walking a listing from one id to the next, as many pages in a request as the portal bears."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.bitrix24.batch import MOST_COMMANDS, PAGE, Chain, Rows, chain, read_chain

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from connectors.bitrix24.batch import BatchAnswer, Listing
    from connectors.bitrix24.portal import Portal

# A request has to end within 60 s (reference, 2.1): the first one is short, and tells how long a page takes.
FIRST_PAGES = 10
LONGEST_BATCH = 25.0
# A command that fails so many times in a row is left to the caller.
MOST_FAILURES = 5
_TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Stretch:
    """The rows with ids above `after` up to `last`; all that are left when `done`.

    `at` is when the portal began to answer, in its own words and offset; `total` how many rows there are (told once).
    """

    rows: Rows
    after: int
    last: int
    done: bool
    at: str | None
    total: int | None = None


def walk(
    portal: Portal, listing: Listing, filters: Mapping[str, Any], *, after: int = 0, many: bool
) -> Generator[Stretch, None, None]:
    """Yield the rows above `after` in the order of their ids; `many` where more than a page is to be expected.

    Rows read before an error are yielded before it is raised or waited out.
    """
    length, left = (FIRST_PAGES, None) if many else (1, None)
    first, failures = many, 0
    while True:
        commands = chain(listing, after, length, filters)
        keys = list(commands)
        if first:
            commands = {_TOTAL: listing.count({**filters, ">ID": after}), **commands}
        answer = portal.batch(commands, halt=True)
        uncounted = answer.error(_TOTAL) if first else None
        # Nothing is run after a count that failed.
        found = Chain([], after, done=False, error=uncounted) if uncounted else read_chain(answer, keys, listing, after)
        left = answer.total(_TOTAL) if first else left
        if found.rows or found.done:
            yield Stretch(found.rows, after, found.last, found.done, begun(answer), left if first else None)
        if found.done:
            return
        failures = failures + 1 if found.error is not None and not found.rows else 0
        if found.error is not None:
            if failures == MOST_FAILURES:
                raise found.error
            portal.wait_out(found.error)
        left = None if left is None else left - len(found.rows)
        after, first, length = found.last, first and not found.rows, _next_length(answer, len(keys), left)


def begun(answer: BatchAnswer) -> str | None:
    """Return when the portal began to answer, as it says it."""
    told = answer.time.get("date_start")
    return told if isinstance(told, str) and told else None


def _next_length(answer: BatchAnswer, asked: int, left: int | None) -> int:
    """Return how many pages the next request asks for: not more than are left and than fit into its time."""
    needed = MOST_COMMANDS if left is None else max(1, -(-left // PAGE) + 1)
    duration = answer.time.get("duration")
    seconds = float(duration) if isinstance(duration, int | float) else 0.0
    bearable = int(LONGEST_BATCH * asked / seconds) if seconds > 0 else MOST_COMMANDS
    return max(1, min(MOST_COMMANDS, needed, bearable))
