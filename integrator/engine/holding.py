"""Rules that must hold for a time before they fire, and rules that stay for a time after they held.

Nothing is remembered here: what was before goes in, what is now comes out. A missing fact is no reason to fire, and no
reason to let go.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from typing import TYPE_CHECKING

from integrator.domain import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from integrator.engine.ruleset import Keep


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of a rule and a subject: since when its condition is TRUE without a break (None: it is not),
    when it was last TRUE, and whether the rule fires.
    """

    since: datetime | None = None
    last: datetime | None = None
    fires: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rule's condition, and the condition that lets it go, came to at an instant."""

    at: datetime
    truth: Truth
    cleared: Truth = Truth.FALSE


def hold(before: Held, seen: Seen, for_days: int | None = None, keep: Keep | None = None) -> Held:
    """Return what is known of the rule after an evaluation."""
    if seen.truth is Truth.TRUE:
        since = before.since or seen.at
        long_enough = seen.at - since >= timedelta(days=for_days or 0)
        return Held(since, seen.at, fires=before.fires or long_enough)
    return Held(None, before.last, fires=before.fires and _kept(before, seen, keep))


def replay(history: Iterable[Seen], for_days: int | None = None, keep: Keep | None = None) -> Held:
    """Return what is known of the rule after evaluations in the order of time."""
    return reduce(lambda held, seen: hold(held, seen, for_days, keep), history, Held())


def _kept(before: Held, seen: Seen, keep: Keep | None) -> bool:
    if keep is None or before.last is None:
        return False
    if keep.until is not None and seen.cleared is Truth.TRUE:
        return False
    return keep.days is None or seen.at - before.last < timedelta(days=keep.days)
