"""The smallest change of facts that makes a condition TRUE, searched over the buckets that its tests tell apart.

One metric is changed first, then two. Of a change not only a value is told but the whole stretch of values around it
that does the same ("at least 122"), the nearest one to what was seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from integrator.domain import Truth
from integrator.engine.buckets import Bucket, Buckets
from integrator.engine.operators import family
from integrator.engine.reference import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from integrator.domain import Condition, Metric

MOST_TOLD = 3
# Beyond this many trials a subject would wait for what is only a hint.
MOST_TRIES = 20_000
# What is compared with rather than judged (a threshold) and what is not a number is a change one would think of later.
COST_OF_OTHER = 10.0
COST_OF_WORD = 1.0
COST_OF_KNOWING = 2.0
COST_OF_FORGETTING = 4.0
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that would have to be otherwise: any value of `to`, such as `to.example`."""

    metric: str
    seen: Any
    to: Bucket


@dataclass(frozen=True, slots=True)
class Flip:
    """Changes that together make the rule fire, while fewer do not."""

    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _Search:
    needed: Sequence[Condition]
    unwanted: Sequence[Condition]
    facts: Mapping[str, Any]
    buckets: Buckets

    def holds(self, **changed: Any) -> bool:
        facts = {**self.facts, **changed}
        return all(evaluate(one, facts) is Truth.TRUE for one in self.needed) and not any(
            evaluate(one, facts) is Truth.TRUE for one in self.unwanted
        )

    def cost(self, metric: str, bucket: Bucket) -> float:
        extra = 0.0 if metric in self.buckets.judged else COST_OF_OTHER
        return extra + distance(self.facts.get(metric), bucket)


def flips(
    needed: Sequence[Condition],
    unwanted: Sequence[Condition],
    facts: Mapping[str, Any],
    metrics: Mapping[str, Metric],
) -> tuple[Flip, ...]:
    """Return the smallest changes after which all of `needed` and none of `unwanted` are TRUE, the nearest first.

    Each alternative changes other metrics; empty where they hold already or no change of one or two metrics will do.
    """
    search = _Search(needed, unwanted, facts, Buckets.of((*needed, *unwanted), facts, metrics))
    if search.holds():
        return ()
    found = sorted(_single(search), key=lambda pair: pair[0]) or sorted(_double(search), key=lambda pair: pair[0])
    # To change what the subject is measured by is a way out only where nothing else is.
    near = [flip for cost, flip in found if cost < COST_OF_OTHER] or [flip for _, flip in found]
    return tuple(near[:MOST_TOLD])


def _single(search: _Search) -> Iterator[tuple[float, Flip]]:
    for metric in search.buckets.metrics:
        ladders = search.buckets.ladders(metric)
        tried = [[(bucket, search.holds(**{metric: bucket.example})) for bucket in ladder] for ladder in ladders]
        best = _nearest(search, metric, tried)
        if best is not None:
            yield search.cost(metric, best), Flip((Change(metric, search.facts.get(metric), best),))


def _nearest(search: _Search, metric: str, tried: Sequence[Sequence[tuple[Bucket, bool]]]) -> Bucket | None:
    """Return the stretch of buckets that hold which costs least."""
    stretches = [stretch for ladder in tried for stretch in _stretches(ladder)]
    return min(stretches, key=lambda one: search.cost(metric, one), default=None)


def _stretches(ladder: Sequence[tuple[Bucket, bool]]) -> Iterator[Bucket]:
    run: Bucket | None = None
    for bucket, holds in ladder:
        if run is not None and not (holds and run.joins(bucket)):
            yield run
            run = None
        if holds:
            run = bucket if run is None else run.joined(bucket)
    if run is not None:
        yield run


def _double(search: _Search) -> Iterator[tuple[float, Flip]]:
    tries = 0
    for pair in combinations(search.buckets.metrics, 2):
        left, right = (search.buckets.flat(metric, beside=other) for metric, other in (pair, pair[::-1]))
        tries += len(left) * len(right)
        if tries > MOST_TRIES:
            return
        yield from _of_pair(search, pair, left, right)


def _of_pair(
    search: _Search, pair: tuple[str, str], left: Sequence[Bucket], right: Sequence[Bucket]
) -> Iterator[tuple[float, Flip]]:
    first, second = pair
    best: tuple[float, Bucket, Bucket] | None = None
    for one in left:
        for other in right:
            cost = search.cost(first, one) + search.cost(second, other)
            if (best is None or cost < best[0]) and search.holds(**{first: one.example, second: other.example}):
                best = cost, one, other
    if best is not None:
        cost, one, other = best
        # A stretch of one would be true only beside the very value of the other: each is told by the value tried.
        changes = [
            Change(metric, search.facts.get(metric), bucket.exact())
            for metric, bucket in ((first, one), (second, other))
        ]
        yield cost, Flip(tuple(_widened(search, changes)))


def _widened(search: _Search, changes: list[Change]) -> Iterator[Change]:
    """Yield the changes, each as wide as holds beside every value of the other: a box, all of whose points hold."""
    first, second = changes
    if search.buckets.compared(first.metric, second.metric):
        yield from changes
        return
    wide = _around(
        search.buckets, first, lambda value: search.holds(**{first.metric: value, second.metric: second.to.example})
    )
    points = [bucket.example for bucket in search.buckets.within(first.metric, wide)]
    yield Change(first.metric, first.seen, wide)
    yield Change(
        second.metric,
        second.seen,
        _around(
            search.buckets,
            second,
            lambda value: all(search.holds(**{first.metric: point, second.metric: value}) for point in points),
        ),
    )


def _around(buckets: Buckets, change: Change, holds: Callable[[Any], bool]) -> Bucket:
    for ladder in buckets.ladders(change.metric):
        tried = [(bucket, holds(bucket.example)) for bucket in ladder]
        for stretch in _stretches(tried):
            if stretch.has(change.to.example):
                return stretch
    return change.to


def distance(seen: Any, bucket: Bucket) -> float:
    """Return how far the bucket lies from what was seen: for figures in parts of what was seen, for days in months."""
    kind = family(seen)
    if bucket.missing:
        return COST_OF_FORGETTING
    if kind is None:
        return COST_OF_KNOWING
    if kind != family(bucket.example) or not bucket.ranked:
        return COST_OF_WORD
    near = bucket.nearest(seen)
    if kind == "number":
        return abs(float(near) - float(seen)) / max(abs(float(seen)), 1.0)
    gap = near - seen
    return abs(float(gap.total_seconds())) / DAY / 30
