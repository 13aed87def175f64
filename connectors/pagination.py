"""Walking through pages: without end the walk may not be, and the next page is fetched while this one is stored."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from integrator.errors import RetryableError

if TYPE_CHECKING:
    from collections.abc import Generator, Hashable, Iterable, Sequence
    from concurrent.futures import Future

T = TypeVar("T")

_END = object()
# Python lets a thread run for 5 ms while another waits, and a request needs its turn four times before it is on its
# way: it would be sent when the page before it is done with, and nothing be gained.
_TURN = 0.0005


class LoopGuard:
    """Notices a CRM that gives the same page again, where a walk would never end."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._ids: tuple[Hashable, ...] = ()
        self._position: Hashable = None

    def check(self, ids: Iterable[Hashable], position: Hashable = None) -> None:
        """Nothing, or RetryableError when the ids or the position (next link, offset, last id) are those of before."""
        seen = tuple(ids)
        if seen and seen == self._ids:
            raise RetryableError(f"The CRM gives the same page of {self._what} twice in a row.")
        if position is not None and position == self._position:
            raise RetryableError(f"The CRM's next page of {self._what} is the page it just gave.")
        self._ids, self._position = seen, position


def window(after: int, ids: Sequence[int], *, last: bool) -> tuple[int, int | None]:
    """Return the range of ids that a page covers wholly, when it was asked for ids above `after` in their order."""
    return (after, None if last else max(ids, default=after))


def prefetch(pages: Generator[T, None, None]) -> Generator[T, None, None]:
    """Yield the pages; while one is worked on, the next is fetched in a thread.

    An error in `pages` is raised where its page would have come. Closing this closes `pages`, after the request under
    way and without waiting for it.
    """
    sys.setswitchinterval(min(_TURN, sys.getswitchinterval()))
    pool = ThreadPoolExecutor(1, thread_name_prefix="prefetch")
    try:
        coming: Future[T | object] = pool.submit(next, pages, _END)
        while (page := coming.result()) is not _END:
            coming = pool.submit(next, pages, _END)
            yield page  # type: ignore[misc]
    finally:
        # At the end of the interpreter nothing can be scheduled any more, and nothing needs to be.
        with suppress(RuntimeError):
            pool.submit(pages.close)
        pool.shutdown(wait=False)
