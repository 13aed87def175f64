"""Traces as arguments: the facts that decided, then every condition with what it saw."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from integrator.domain import Truth
from integrator.wording.conditions import JOINS, PLAIN, asked, stated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from integrator.engine.reference import Trace
    from integrator.wording.speech import Speech

    Why = Callable[[str], str]

SIGNS = {Truth.TRUE: "✓", Truth.FALSE: "✗", Truth.UNKNOWN: "?"}
_OPPOSITE = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}
# Where one part decides alone, and what it must be for that.
_ALONE = {"all": Truth.FALSE, "any": Truth.TRUE, "none": Truth.TRUE}


def deciding(trace: Trace) -> Iterator[Trace]:
    """Yield the tests that made the trace what it is: of several that would each do alone, the first."""
    if not trace.parts:
        yield trace
        return
    join = trace.join or "all"
    inner = _OPPOSITE[trace.truth] if join == "none" else trace.truth
    parts = [part for part in trace.parts if part.truth is inner]
    for part in parts[:1] if inner is _ALONE[join] else parts:
        yield from deciding(part)


def because(trace: Trace, speech: Speech, why: Why) -> str:
    """Return the facts that decided, joined to one sentence without its full stop."""
    return "; ".join(dict.fromkeys(fact(leaf, speech, why) for leaf in _together(deciding(trace))))


def _together(leaves: Iterable[Trace]) -> Iterator[Trace]:
    """Yield the tests, those that all wanted another value of one metric as one: `A, а не B и не C`.

    That a fact is there is not told where another test tells what it is.
    """
    leaves = list(leaves)
    told_of = {leaf.test.metric for leaf in leaves if leaf.test is not None and leaf.test.op != "exists"}
    leaves = [
        leaf for leaf in leaves if leaf.test is None or leaf.test.op != "exists" or leaf.test.metric not in told_of
    ]
    others: dict[str, Trace] = {}
    told: list[Trace] = []
    for leaf in leaves:
        test = leaf.test
        if test is None or leaf.truth is not Truth.FALSE or test.op not in PLAIN or test.other is not None:
            told.append(leaf)
            continue
        values = test.value if isinstance(test.value, tuple) else (test.value,)
        before = others.get(test.metric)
        if before is not None and before.test is not None:
            values = (*before.test.value, *values)
            told.remove(before)
        others[test.metric] = replace(leaf, test=replace(test, op="in", value=values))
        told.append(others[test.metric])
    yield from told


def fact(leaf: Trace, speech: Speech, why: Why) -> str:
    """Return what one test saw, as a true sentence."""
    if leaf.test is None:
        return ""
    if leaf.truth is Truth.UNKNOWN:
        return unknown(leaf, speech, why)
    return stated(leaf.test, speech, leaf.seen, leaf.seen_other, holds=leaf.truth is Truth.TRUE)


def unknown(leaf: Trace, speech: Speech, why: Why) -> str:
    """Return which fact the test lacks, and why it is missing."""
    test = leaf.test
    if test is None:
        return ""
    missing = test.metric if leaf.seen is None or test.other is None else test.other
    name, reason = speech.label(missing), why(missing)
    return speech.either(f"{name}: неизвестно ({reason})", f"{name}: unknown ({reason})")


def lines(trace: Trace, speech: Speech, why: Why, depth: int = 0) -> Iterator[str]:
    """Yield every condition with its sign and what it saw, parts of a group below it."""
    indent = "  " * depth
    if trace.test is not None:
        yield f"{indent}{SIGNS[trace.truth]} {asked(trace.test, speech)}{_seen(trace, speech, why)}"
        return
    yield f"{indent}{SIGNS[trace.truth]} {speech.either(*JOINS[trace.join or 'all'])}:"
    for part in trace.parts:
        yield from lines(part, speech, why, depth + 1)


def _seen(leaf: Trace, speech: Speech, why: Why) -> str:
    if leaf.test is None:
        return ""
    if leaf.truth is Truth.UNKNOWN:
        missing = leaf.test.metric if leaf.seen is None or leaf.test.other is None else leaf.test.other
        about = "" if missing == leaf.test.metric else f"{speech.label(missing)}: "
        return f"  [{about}{speech.either('неизвестно', 'unknown')}: {why(missing)}]"
    seen = speech.value(leaf.test.metric, leaf.seen) if leaf.seen is not None else why(leaf.test.metric)
    against = ""
    if leaf.test.other is not None:
        against = f"; {speech.label(leaf.test.other)}: {speech.value(leaf.test.other, leaf.seen_other)}"
    return f"  [{seen}{against}]"
