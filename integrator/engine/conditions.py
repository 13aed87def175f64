"""Conditions as packs write them, read into trees with their parameters put in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integrator.domain import Condition, Group, Metric, Test
from integrator.engine.literals import convert, is_amount
from integrator.engine.operators import FAMILY_OF_TYPE, OPERATORS, TAKES
from integrator.engine.reading import said
from integrator.engine.reference import JOINS
from integrator.engine.ruleset import CLASS, OF_CLIENT, Param
from integrator.positions import suggest
from integrator.text import wrong_pattern, wrong_phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from integrator.engine.reading import Node

LONGEST_AGO = 36_500
SHAPE = "a condition is one of `metric: {operator: value}`, `all: [...]`, `any: [...]`, `none: [...]`"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a rule may name: metrics of its subject (classes among them), its pack's parameters and phrases.

    `elsewhere` tells whose the metrics of other subjects are; `currency` is the portal's, empty where it is not known.
    """

    subject: str
    metrics: Mapping[str, Metric]
    elsewhere: Mapping[str, str]
    params: Mapping[str, Param]
    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    currency: str = ""

    def metric(self, node: Node, name: Any, *, key: bool = False) -> Metric | None:
        """Return the metric of that name, or None with the mistake noted."""
        found = self.metrics.get(name) if isinstance(name, str) else None
        if found is None:
            node.blame(self._absent(str(name)), key=key)
        return found

    def _absent(self, name: str) -> str:
        if name in self.elsewhere:
            whose = f'"{name}" belongs to each {self.elsewhere[name]}, this rule is about each {self.subject}'
            return (
                f"{whose}; write {OF_CLIENT}{name} for the deal's client" if OF_CLIENT + name in self.metrics else whose
            )
        what = "class" if name.removeprefix(OF_CLIENT).startswith(CLASS) else "metric"
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
    values = [_literal(at, value, metric, scope, exact=True) for at, value in _items(op, node, scope)]
    return Test(metric.name, op, tuple(values)) if values and None not in values else None


def _items(op: str, node: Node, scope: Scope) -> list[tuple[Node, Any]]:
    """Return the values of a list, or of a parameter that is one, each with its place."""
    if not _named(node):
        return [(item, _plain(item, scope)) for item in node.items()]
    items = _param(node, scope)
    nodes = [(node, item) for item in items] if isinstance(items, tuple) else []
    if items is not None and not nodes:
        node.blame(f'"{op}" takes a list with at least one value; {node.value} is {said(items)}')
    return nodes


def _range(metric: Metric, op: str, node: Node, scope: Scope) -> Test | None:
    items = node.items()
    if items and len(items) != len(("low", "high")):
        node.blame(f'"{op}" takes {TAKES["range"]}, as [3, 10]; here are {len(items)}')
        return None
    found = [_literal(item, _plain(item, scope), metric, scope, exact=False) for item in items]
    if not found or None in found:
        return None
    low, high = found
    if low > high:
        node.blame(f'"{op}" takes {TAKES["range"]}; here the first is the greater')
        return None
    return Test(metric.name, op, (low, high))


def _days(metric: Metric, op: str, node: Node, scope: Scope) -> Test | None:
    days = _plain(node, scope)
    if isinstance(days, int) and not isinstance(days, bool) and 0 <= days <= LONGEST_AGO:
        return Test(metric.name, op, days)
    if days is not None or node.value is None:
        node.blame(f'"{op}" takes a whole number of days from 0 to {LONGEST_AGO}, not {said(days)}')
    return None


def _phrases(metric: Metric, op: str, node: Node, scope: Scope) -> Test | None:
    if isinstance(node.value, dict):
        named = node.fields(("phrases",)).get("phrases")
        chosen = named.choice(scope.phrases, "list among this pack's phrases") if named else ""
        return Test(metric.name, op, scope.phrases[chosen]) if chosen else None
    found = [_phrase(at, phrase) for at, phrase in _items(op, node, scope)]
    return Test(metric.name, op, tuple(found)) if found and "" not in found else None


def _phrase(node: Node, value: Any) -> str:
    """Return the phrase, or an empty text with the mistake noted."""
    if value is None and _named(node):
        return ""
    if not isinstance(value, str):
        node.blame(f"a phrase is words in quotes, not {said(value)}")
        return ""
    if wrong := wrong_phrase(value):
        node.blame(wrong)
        return ""
    return value


def _pattern(metric: Metric, op: str, node: Node, scope: Scope) -> Test | None:
    value = _plain(node, scope)
    if value is None and _named(node):
        return None
    if not isinstance(value, str) or not value:
        node.blame(f'"{op}" takes a regular expression in quotes, not {said(value)}')
        return None
    if wrong := wrong_pattern(value):
        node.blame(wrong)
        return None
    return Test(metric.name, op, value)


def _value(metric: Metric, op: str, node: Node, scope: Scope) -> Test | None:
    if isinstance(node.value, dict) and not (metric.type == "money" and is_amount(node.value)):
        return _against(metric, op, node, scope)
    value = _literal(node, _plain(node, scope), metric, scope, exact=op in {"eq", "ne"})
    return None if value is None else Test(metric.name, op, value)


_READ: dict[str, Callable[[Metric, str, Node, Scope], Test | None]] = {
    "flag": _flag,
    "list": _list,
    "range": _range,
    "value": _value,
    "days": _days,
    "phrases": _phrases,
    "pattern": _pattern,
}


def _against(metric: Metric, op: str, node: Node, scope: Scope) -> Test | None:
    fields = node.fields(("metric",))
    other = scope.metric(fields["metric"], fields["metric"].value) if "metric" in fields else None
    if other is None:
        return None
    if (other.type == "money") != (metric.type == "money") or _family(other) != _family(metric):
        node.blame(f'"{metric.name}" ({metric.type}) cannot be compared with "{other.name}" ({other.type})')
        return None
    if _family(metric) == "number" and metric.unit != other.unit:
        units = [one.unit or "no unit" for one in (metric, other)]
        node.blame(f'"{metric.name}" ({units[0]}) cannot be compared with "{other.name}" ({units[1]})')
        return None
    return Test(metric.name, op, None, other.name)


def _family(metric: Metric) -> str:
    return FAMILY_OF_TYPE[metric.type]


def _named(node: Node) -> bool:
    return isinstance(node.value, str) and node.value.startswith("$")


def _plain(node: Node, scope: Scope) -> Any:
    return _param(node, scope) if _named(node) else node.value


def _param(node: Node, scope: Scope) -> Any:
    name = node.value[1:]
    if name not in scope.params:
        node.blame(f'there is no parameter "{name}" in this pack{suggest(name, scope.params)}')
        return None
    return scope.params[name].value


def _literal(node: Node, value: Any, metric: Metric, scope: Scope, *, exact: bool) -> Any:
    if value is None:
        if node.value is None:
            node.blame("nothing to compare with; to ask whether a fact is missing write {exists: false}")
        return None
    try:
        return convert(value, metric, exact=exact, currency=scope.currency)
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


def reads_clock(condition: Condition) -> bool:
    """True where the condition depends on the day as of which is decided."""
    return any(OPERATORS[test.op].takes == "days" for test in tests(condition))
