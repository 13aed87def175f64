"""Conditions as packs write them, read into trees with their parameters put in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integrator.domain import Condition, Group, Metric, Test
from integrator.engine.literals import convert
from integrator.engine.operators import FAMILY_OF_TYPE, OPERATORS
from integrator.engine.reading import said
from integrator.engine.reference import JOINS
from integrator.engine.ruleset import CLASS, Param
from integrator.positions import suggest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from integrator.engine.reading import Node

SHAPE = "a condition is one of `metric: {operator: value}`, `all: [...]`, `any: [...]`, `none: [...]`"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a rule may name: metrics of its subject (classes among them) and its pack's parameters.

    `elsewhere` tells whose the metrics of other subjects are.
    """

    subject: str
    metrics: Mapping[str, Metric]
    elsewhere: Mapping[str, str]
    params: Mapping[str, Param]

    def metric(self, node: Node, name: Any, *, key: bool = False) -> Metric | None:
        """Return the metric of that name, or None with the mistake noted."""
        found = self.metrics.get(name) if isinstance(name, str) else None
        if found is None:
            node.blame(self._absent(str(name)), key=key)
        return found

    def _absent(self, name: str) -> str:
        if name in self.elsewhere:
            return f'"{name}" belongs to each {self.elsewhere[name]}, this rule is about each {self.subject}'
        what = "class" if name.startswith(CLASS) else "metric"
        return f'there is no {what} "{name}" of a {self.subject}{suggest(name, self.metrics)}'


def read(node: Node, scope: Scope) -> Condition | None:
    """Return the condition, or None where anything in it is wrong (which is noted)."""
    entries = node.children()
    if len(entries) != 1:
        if isinstance(node.value, dict):
            node.blame(f"{len(entries)} conditions in one entry; {SHAPE}")
        return None
    ((key, child),) = entries.items()
    if key in JOINS:
        parts = [read(item, scope) for item in child.items()]
        known = tuple(part for part in parts if part is not None)
        return Group(key, known) if known and len(known) == len(parts) else None
    return _test(key, child, scope)


def _test(name: str, node: Node, scope: Scope) -> Test | None:
    metric = scope.metric(node, name, key=True)
    if not isinstance(node.value, dict):
        node.blame(f"write an operator: {name}: {{eq: {node.value}}} (operators: {', '.join(OPERATORS)})")
        return None
    if len(node.value) != 1:
        node.blame(f"{len(node.value)} operators in one test; write each as its own entry of an `all`")
    tests = [_asked(metric, op, child, scope) for op, child in node.children().items()]
    return tests[0] if len(tests) == 1 else None


def _asked(metric: Metric | None, op: str, node: Node, scope: Scope) -> Test | None:
    if op not in OPERATORS:
        listed = ", ".join(OPERATORS)
        node.blame(f'there is no operator "{op}"{suggest(op, OPERATORS)} (operators: {listed})', key=True)
        return None
    if metric is None:
        return None
    if metric.type not in OPERATORS[op].types:
        node.blame(f'"{op}" does not go with "{metric.name}", which is of type {metric.type}', key=True)
        return None
    return _READ[OPERATORS[op].takes](metric, op, node, scope)


def _flag(metric: Metric, op: str, node: Node, _: Scope) -> Test | None:
    if not isinstance(node.value, bool):
        node.blame(f'"exists" takes true or false, not {said(node.value)}')
        return None
    return Test(metric.name, op, node.value)


def _list(metric: Metric, op: str, node: Node, scope: Scope) -> Test | None:
    if isinstance(node.value, str) and node.value.startswith("$"):
        items = _param(node, scope)
        nodes = [(node, item) for item in items] if isinstance(items, tuple) else []
        if items is not None and not nodes:
            node.blame(f'"{op}" takes a list with at least one value; {node.value} is {said(items)}')
    else:
        nodes = [(item, _plain(item, scope)) for item in node.items()]
    values = [_literal(at, value, metric, exact=True) for at, value in nodes]
    return Test(metric.name, op, tuple(values)) if values and None not in values else None


def _value(metric: Metric, op: str, node: Node, scope: Scope) -> Test | None:
    if isinstance(node.value, dict):
        return _against(metric, op, node, scope)
    value = _literal(node, _plain(node, scope), metric, exact=op in {"eq", "ne"})
    return None if value is None else Test(metric.name, op, value)


_READ = {"flag": _flag, "list": _list, "value": _value}


def _against(metric: Metric, op: str, node: Node, scope: Scope) -> Test | None:
    fields = node.fields(("metric",))
    other = scope.metric(fields["metric"], fields["metric"].value) if "metric" in fields else None
    if other is None:
        return None
    if (other.type == "money") != (metric.type == "money") or _family(other) != _family(metric):
        node.blame(f'"{metric.name}" ({metric.type}) cannot be compared with "{other.name}" ({other.type})')
        return None
    return Test(metric.name, op, None, other.name)


def _family(metric: Metric) -> str:
    return FAMILY_OF_TYPE[metric.type]


def _plain(node: Node, scope: Scope) -> Any:
    return _param(node, scope) if isinstance(node.value, str) and node.value.startswith("$") else node.value


def _param(node: Node, scope: Scope) -> Any:
    name = node.value[1:]
    if name not in scope.params:
        node.blame(f'there is no parameter "{name}" in this pack{suggest(name, scope.params)}')
        return None
    return scope.params[name].value


def _literal(node: Node, value: Any, metric: Metric, *, exact: bool) -> Any:
    if value is None:
        if node.value is None:
            node.blame("nothing to compare with; to ask whether a fact is missing write {exists: false}")
        return None
    try:
        return convert(value, metric, exact=exact)
    except ValueError as error:
        node.blame(str(error))
        return None


def tests(condition: Condition) -> Iterator[Test]:
    """Yield every test of the condition in the order it is written."""
    if isinstance(condition, Test):
        yield condition
        return
    for part in condition.parts:
        yield from tests(part)


def metrics_read(condition: Condition) -> tuple[str, ...]:
    """Return the names of the metrics that the condition reads, each once, in the order it names them."""
    names = (name for test in tests(condition) for name in (test.metric, test.other) if name)
    return tuple(dict.fromkeys(names))
