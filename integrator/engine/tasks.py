"""Tasks as rules ask for them, alone or as the first step of a chain; and lists of words that their texts name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integrator.engine import conditions
from integrator.engine.operators import DATED
from integrator.engine.reading import NAME, NAME_HINT
from integrator.engine.ruleset import HEAD, RESPONSIBLE, Chain, Due, Step, TaskSpec, Texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from integrator.engine.conditions import Scope
    from integrator.engine.reading import Node

LONGEST_DUE = 365
TASK, CHAINED, OPTIONAL = ("template", "due"), ("chain",), ("only", "to")
DUE, TO = ("working_days", "on"), (RESPONSIBLE, HEAD)
CHAIN, CHAIN_OPTIONAL, STEP = ("title", "steps"), ("stop",), ("template", "due")


@dataclass(frozen=True, slots=True)
class Draft:
    """A chain whose conditions and due dates are not read yet: what they may name depends on who uses it."""

    name: str
    node: Node
    fields: Mapping[str, Node]
    title: Texts
    templates: tuple[str, ...]


def read(node: Node, scope: Scope, templates: Iterable[str], chains: Mapping[str, Draft]) -> TaskSpec | None:
    """Return the task that a rule asks for; None where it has no readable form."""
    chained = isinstance(node.value, dict) and "chain" in node.value
    fields = node.fields(CHAINED, OPTIONAL) if chained else node.fields(TASK, (*OPTIONAL, *CHAINED))
    only = conditions.read(fields["only"], scope) if "only" in fields else None
    to = fields["to"].choice(TO, "one to whom tasks go") if "to" in fields else RESPONSIBLE
    if chained:
        chosen = fields["chain"].choice(chains, "chain in this pack")
        chain = finish(chains[chosen], scope) if chosen else None
        return TaskSpec(chain.steps[0].template, chain.steps[0].due, only, to, chain) if chain else None
    step = _step(fields, scope, templates)
    return TaskSpec(step.template, step.due, only, to)


def _step(fields: Mapping[str, Node], scope: Scope, templates: Iterable[str]) -> Step:
    template = fields["template"].choice(templates, "template in this pack") if "template" in fields else ""
    return Step(template, _due(fields["due"], scope) if "due" in fields else Due())


def _due(node: Node, scope: Scope) -> Due:
    fields = node.fields((), DUE)
    if isinstance(node.value, dict) and len(fields) != 1:
        node.blame("say when it falls due in one way: working_days: 2, or on: a metric that is a day or an instant")
    if "working_days" in fields:
        return Due(fields["working_days"].whole(0, LONGEST_DUE))
    if "on" not in fields:
        return Due()
    metric = scope.metric(fields["on"], fields["on"].value)
    if metric is not None and metric.type not in DATED:
        fields["on"].blame(f'"{metric.name}" is of type {metric.type}; a task falls due on a day or an instant')
    return Due(on=metric.name if metric else None)


def drafts(node: Node, templates: Iterable[str]) -> dict[str, Draft]:
    """Return the pack's chains as far as they can be read without knowing whom they are about."""
    return {name: _draft(name, child, templates) for name, child in node.children().items()}


def _draft(name: str, node: Node, templates: Iterable[str]) -> Draft:
    _must_be_name(name, node)
    fields = node.fields(CHAIN, CHAIN_OPTIONAL)
    title = fields["title"].texts() if "title" in fields else {}
    steps = [item.fields(STEP) for item in fields["steps"].items()] if "steps" in fields else []
    known = list(templates)
    chosen = [one["template"].choice(known, "template in this pack") for one in steps if "template" in one]
    return Draft(name, node, fields, title, tuple(chosen))


def finish(draft: Draft, scope: Scope) -> Chain | None:
    """Return the chain as rules of this scope use it; None where it has no step."""
    nodes = draft.fields["steps"].value if "steps" in draft.fields else None
    if not isinstance(nodes, list) or not nodes:
        return None
    steps = []
    for index, value in enumerate(nodes):
        due = value.get("due") if isinstance(value, dict) else None
        node = draft.fields["steps"].child(index, value).child("due", due)
        template = value.get("template") if isinstance(value, dict) else ""
        steps.append(Step(str(template), _due(node, scope) if due is not None else Due()))
    stop = conditions.read(draft.fields["stop"], scope) if "stop" in draft.fields else None
    return Chain(draft.name, draft.title, tuple(steps), stop)


def lists(node: Node) -> dict[str, dict[str, Texts]]:
    """Return the pack's lists: for each its texts by code, in the order in which they are written."""
    return {name: _listed(name, child) for name, child in node.children().items()}


def _listed(name: str, node: Node) -> dict[str, Texts]:
    _must_be_name(name, node)
    children = node.children()
    if isinstance(node.value, dict) and not children:
        node.blame("the list is empty; write at least one entry or remove it", key=True)
    for code, child in children.items():
        _must_be_name(code, child)
    return {code: child.texts() for code, child in children.items()}


def _must_be_name(name: str, node: Node) -> None:
    if not NAME.fullmatch(name):
        node.blame(f'"{name}" must be a name ({NAME_HINT})', key=True)
