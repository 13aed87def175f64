"""An explanation for programs: the same as the text, code by code."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from integrator.domain import Truth
from integrator.wording import changes, traces
from integrator.wording.explanation import crossed

if TYPE_CHECKING:
    from integrator.engine.buckets import Bucket
    from integrator.engine.explain import ClassVerdict, RuleVerdict
    from integrator.engine.flips import Flip
    from integrator.engine.reference import Trace
    from integrator.store.standing import StoredFinding, Write
    from integrator.wording.explanation import Explanation

MINOR_UNITS = 100


def as_json(told: Explanation, portal: str) -> dict[str, Any]:
    """Return the explanation as plain values; money in whole units, instants in the portal's zone."""
    return {
        "portal": portal,
        "subject": str(told.subject),
        "name": told.name,
        "at": told.at.astimezone(told.speech.zone).isoformat(),
        "ruleset": told.rules.hash,
        "classes": {one.dimension.name: _class(told, one) for one in told.judgement.classes},
        "score": told.judgement.score if told.wanted is None else None,
        "rules": [_rule(told, one) for one in told.judgement.rules],
    }


def _class(told: Explanation, one: ClassVerdict) -> dict[str, Any]:
    return {
        "value": one.value,
        "by": one.by,
        "unknown_passed_over": list(one.passed),
        "only": None if one.only is None else _trace(told, one.only),
    }


def _rule(told: Explanation, one: RuleVerdict) -> dict[str, Any]:
    rule = one.rule
    return {
        "rule": rule.full,
        "title": rule.title,
        "source": str(rule.source),
        "result": one.trace.truth.value,
        "fired": one.fired,
        "decided_by": one.earlier,
        "because": traces.because(one.trace, told.speech, told.why),
        "trace": _trace(told, one.trace),
        "flips": [_flip(told, flip) for flip in one.flips],
        "held": _held(told, one),
        "anchor": _anchor(told, one),
        "findings": [_finding(told, found) for found in told.findings if found.rule == rule.full],
        "task": None if rule.task is None else _task(told, one),
    }


def _held(told: Explanation, one: RuleVerdict) -> dict[str, Any] | None:
    """Return what is known of a rule that takes time, and from where."""
    if one.held is None:
        return None
    since, last = one.held.since, one.held.last
    return {
        "since": _plain(told, "", since),
        "days": None if since is None else (told.speech.today - since).days,
        "of": one.rule.for_days,
        "last": _plain(told, "", last),
        "kept": one.stays,
        "until": None if one.until is None else _trace(told, one.until),
        "from": told.sources.get(one.rule.full),
    }


def _trace(told: Explanation, trace: Trace) -> dict[str, Any]:
    shown: dict[str, Any] = {"path": trace.path, "result": trace.truth.value}
    if trace.test is None:
        return shown | {"join": trace.join, "parts": [_trace(told, part) for part in trace.parts]}
    test = trace.test
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    wanted = [_plain(told, test.metric, value) for value in values]
    shown |= {"metric": test.metric, "op": test.op, "seen": _plain(told, test.metric, trace.seen)}
    if test.other is not None:
        shown |= {"other": test.other, "seen_other": _plain(told, test.other, trace.seen_other)}
    else:
        shown["value"] = wanted if isinstance(test.value, tuple) else wanted[0]
    if trace.truth is Truth.UNKNOWN:
        shown["why"] = traces.unknown(trace, told.speech, told.why)
    return shown


def _plain(told: Explanation, metric: str, value: Any) -> Any:
    about = told.speech.metrics.get(metric)
    if about is not None and about.type == "money" and isinstance(value, int):
        return value // MINOR_UNITS if value % MINOR_UNITS == 0 else value / MINOR_UNITS
    if isinstance(value, datetime):
        return value.astimezone(told.speech.zone).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _flip(told: Explanation, flip: Flip) -> dict[str, Any]:
    changed = [
        {
            "metric": change.metric,
            "seen": _plain(told, change.metric, change.seen),
            "to": _bucket(told, change.metric, change.to),
        }
        for change in flip.changes
    ]
    return {"changes": changed, "text": changes.flip(flip, told.speech)}


def _bucket(told: Explanation, metric: str, to: Bucket) -> dict[str, Any]:
    if to.missing:
        return {"missing": True}
    shown: dict[str, Any] = {"example": _plain(told, metric, to.example)}
    if to.ranked:
        ends = (("gte" if to.low_in else "gt", to.low), ("lte" if to.high_in else "lt", to.high))
        return shown | {name: _plain(told, metric, end) for name, end in ends if end is not None}
    return shown | {"not_in" if to.other else "in": list(to.values)}


def _anchor(told: Explanation, one: RuleVerdict) -> dict[str, Any] | None:
    name = one.rule.anchor
    reached = crossed(one, told.speech.today) if one.fired and one.held is None else None
    if name is None and reached is None:
        return None
    return {
        "metric": name,
        "value": _plain(told, name, told.facts.get(name)) if name else None,
        "since": None if reached is None else reached.isoformat(),
    }


def _finding(told: Explanation, found: StoredFinding) -> dict[str, Any]:
    cleared = None if found.cleared_at is None else _plain(told, "", found.cleared_at)
    return {"finding": found.finding, "since": _plain(told, "", found.since), "cleared_at": cleared}


def _task(told: Explanation, one: RuleVerdict) -> dict[str, Any]:
    own = [task for task in told.tasks if task.rule == one.rule.full]
    return {
        "due": one.due,
        "only": None if one.only is None else _trace(told, one.only),
        "stop": None if one.stop is None else _trace(told, one.stop),
        "key": own[0].key if own else None,
        "title": own[0].title if own else None,
        "outbox": [_write(told, write) for write in told.writes if write.rule == one.rule.full],
    }


def _write(told: Explanation, write: Write) -> dict[str, Any]:
    return {
        "key": write.key,
        "action": write.action,
        "state": write.state,
        "reason": write.reason,
        "remote_id": None if write.remote_id is None else str(write.remote_id),
        "error": write.error,
        "created_at": _plain(told, "", write.created_at),
    }
