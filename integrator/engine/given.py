"""The examples inside rules: facts as people write them, and as of when they are judged."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from integrator.engine.conditions import LONGEST_AGO, reads_clock, tests
from integrator.engine.literals import convert
from integrator.engine.moment import Moment
from integrator.engine.operators import DATED, OPERATORS
from integrator.engine.reading import said
from integrator.engine.ruleset import Example

if TYPE_CHECKING:
    from integrator.domain import Condition, Metric
    from integrator.engine.conditions import Scope
    from integrator.engine.reading import Node
    from integrator.engine.ruleset import TaskSpec

REQUIRED, OPTIONAL = ("given", "expect"), ("at", "task")
EXPECTED = ("fires", "silent", "unknown")
AGO = "days_ago"
# Any day does: facts of examples that name no day are counted back from it.
USUAL = Moment.of(datetime(2026, 1, 15, 12, tzinfo=UTC))


def read(node: Node, scope: Scope, when: Condition | None, task: TaskSpec | None) -> tuple[Example, ...]:
    """Return the examples of a rule with this condition and task."""
    asked = [*([when] if when else []), *(task.conditions if task else ())]
    aged = {test.metric for one in asked for test in tests(one) if OPERATORS[test.op].takes == "days"}
    clocked = any(reads_clock(one) for one in asked)
    return tuple(_example(item, scope, aged, clocked=clocked, asks=task is not None) for item in node.items())


def _example(node: Node, scope: Scope, aged: set[str], *, clocked: bool, asks: bool) -> Example:
    fields = node.fields(REQUIRED, OPTIONAL)
    expect = fields["expect"].choice(EXPECTED, "outcome") if "expect" in fields else ""
    wanted = _task(fields["task"], fires=expect == EXPECTED[0], asks=asks) if "task" in fields else None
    moment = _moment(fields["at"]) if "at" in fields else None
    facts = {}
    for name, child in fields["given"].children().items() if "given" in fields else ():
        metric = scope.metric(child, name, key=True)
        if metric is None or child.value is None:
            continue
        if name in aged and moment is None and not isinstance(child.value, dict):
            child.blame(
                f"a day by itself is never long ago: write {{{AGO}: 10}}, or say beside it as of when (at: ...)"
            )
        try:
            facts[name] = _fact(child, metric, scope, moment or USUAL)
        except ValueError as error:
            child.blame(str(error))
    clocks = (moment or USUAL).facts if clocked else {}
    return Example({**facts, **clocks}, expect, node.source, wanted)


def _task(node: Node, *, fires: bool, asks: bool) -> bool | None:
    """Return whether the task must be asked for."""
    if not isinstance(node.value, bool):
        node.blame(f'"task" takes true or false, not {said(node.value)}')
        return None
    if not asks:
        node.blame("the rule has no task", key=True)
    elif not fires:
        node.blame("a task follows only where the rule fires; remove it, or expect: fires", key=True)
    return node.value


def _fact(node: Node, metric: Metric, scope: Scope, moment: Moment) -> Any:
    if metric.type not in DATED or not isinstance(node.value, dict):
        return convert(node.value, metric, currency=scope.currency)
    ago = node.fields((AGO,)).get(AGO)
    days = ago.whole(0, LONGEST_AGO) if ago else 0
    return (moment.today if metric.type == "date" else moment.now) - timedelta(days=days)


def _moment(node: Node) -> Moment:
    """Return the instant, or noon of the day, as of which an example is judged."""
    value = node.value
    if isinstance(value, datetime) and value.utcoffset() is not None:
        return Moment(value, value.date())
    if isinstance(value, date) and not isinstance(value, datetime):
        return Moment(datetime(value.year, value.month, value.day, 12, tzinfo=UTC), value)
    node.blame(f"must be a day, as 2026-11-22, or an instant, as 2026-11-22T09:00:00+03:00, not {said(value)}")
    return USUAL
