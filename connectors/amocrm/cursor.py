"""Where a pull stands, as the opaque text that the mirror keeps."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import orjson

from integrator.errors import PermanentError

CHANGED_FORMAT = "The saved cursor cannot be read: run the sync with --full."


class Phase(StrEnum):
    """What the next page belongs to."""

    FULL = "full"  # everything, by id, from the last page back
    MANY = "many"  # more changes than one page holds, from the last page back
    CHANGES = "changes"  # what changed since


@dataclass(frozen=True, slots=True)
class Cursor:
    """`since` and `until` are the CRM's own instants, in Unix seconds: its clock need not be ours.

    `page` is the next to be read, `low` the lowest id read before it. `at` is our own instant at which `since` was
    first seen; `settled` once everything up to `since` has been read again so late that nothing of it is still to show.
    """

    phase: Phase
    since: int = 0
    page: int = 0
    low: int | None = None
    until: int = 0
    at: float = 0.0
    settled: bool = False

    def floor(self, overlap: int) -> int:
        """Return the CRM's instant from which changes are to be read."""
        return self.since + 1 if self.settled else self.since - overlap

    def after(self, newest: int, now: float, overlap: int) -> Cursor:
        """Return where the pull stands once all changes from `floor` up to `newest` are stored.

        What a CRM writes may become visible late, so the last `overlap` seconds are read again, but not for ever: after
        a mass change on the evening before a holiday each poll would read it anew.
        """
        if newest > self.since:
            return Cursor(Phase.CHANGES, since=newest, at=now)
        settled = self.settled or now - self.at >= overlap
        return Cursor(Phase.CHANGES, since=self.since, at=self.at, settled=settled)

    def dump(self) -> str:
        """Return the cursor as text."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def load(cls, text: str) -> Cursor:
        """Return the cursor that `dump` wrote; PermanentError for another text."""
        try:
            values: dict[str, Any] = orjson.loads(text)
            return cls(**{**values, "phase": Phase(values["phase"])})
        except (ValueError, TypeError, KeyError):
            raise PermanentError(CHANGED_FORMAT) from None
