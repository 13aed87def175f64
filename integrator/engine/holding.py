"""Rules that must hold for a time before they fire, and rules that stay for a time after they held.

Nothing is remembered here: what was before goes in, what is now comes out. Days are the portal's, of the calendar. A
missing fact is no reason to fire, and what lets a rule go must be TRUE to do so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from types import MappingProxyType
from typing import TYPE_CHECKING

from integrator.domain import Truth
from integrator.engine.strata import deciding, reads, scoring

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from integrator.engine.ruleset import Keep, Rule, RuleSet

# Nobody asks a CRM's records of more than a year, day by day.
LONGEST_REPLAY = 366


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of a rule and a subject: since which day its condition is TRUE without a break (None: it is not),
    the day on which it last was (while that matters), and whether the rule fires.
    """

    since: date | None = None
    last: date | None = None
    fires: bool = False


NOTHING: Mapping[str, Held] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rule's condition, and the condition that lets it go, came to on a day."""

    day: date
    truth: Truth
    cleared: Truth = Truth.FALSE


def hold(before: Held, seen: Seen, for_days: int | None = None, keep: Keep | None = None) -> Held:
    """Return what is known of the rule after an evaluation."""
    if seen.truth is Truth.TRUE:
        since = before.since or seen.day
        long_enough = (seen.day - since).days >= (for_days or 0)
        return Held(since, seen.day, fires=before.fires or long_enough)
    return Held(None, before.last, fires=True) if before.fires and _kept(before, seen, keep) else Held()


def replay(history: Iterable[Seen], for_days: int | None = None, keep: Keep | None = None) -> Held:
    """Return what is known of the rule after evaluations in the order of time."""
    return reduce(lambda held, seen: hold(held, seen, for_days, keep), history, Held())


def _kept(before: Held, seen: Seen, keep: Keep | None) -> bool:
    if keep is None or before.last is None:
        return False
    if keep.until is not None and seen.cleared is Truth.TRUE:
        return False
    return keep.days is None or (seen.day - before.last).days < keep.days


def days_needed(rules: RuleSet, rule: Rule) -> int:
    """Return how many days before a day decide, with that day, whether the rule fires on it."""
    read = reads(rule.subject, *deciding(rule))
    return min(LONGEST_REPLAY, _own_days(rule) + max((_of_class(rules, name) for name in read), default=0))


def _of_class(rules: RuleSet, name: str) -> int:
    dimension = rules.dimensions.get(name)
    if dimension is None:
        given = scoring(name, rules.rules)
        classes = (_of_class(rules, rule.dimension) for rule in given if rule.dimension)
        return max([*(days_needed(rules, rule) for rule in given), *classes], default=0)
    own = max((days_needed(rules, rules.rule(full)) for full in dimension.order), default=0)
    return max([own, *(_of_class(rules, other) for other in reads(dimension.subject, dimension.only))])


def _own_days(rule: Rule) -> int:
    waited = rule.for_days or 0
    if rule.keep is None:
        return waited
    # What stays until something happens may stay for ever.
    return waited + (rule.keep.days or LONGEST_REPLAY)
