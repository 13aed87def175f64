"""Rules as packs write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integrator.engine import conditions, given, tasks
from integrator.engine.ruleset import CLASS, OF_CLIENT, SUBJECTS, Keep, Rule, TaskSpec
from integrator.positions import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integrator.domain import Condition
    from integrator.engine.conditions import Scope
    from integrator.engine.dimensions import Draft
    from integrator.engine.reading import Node

SEVERITIES = ("low", "normal", "high")
REQUIRED = ("id", "title", "subject", "when", "then")
OPTIONAL = ("severity", "anchor", "evidence", "for", "keep", "examples")
THEN = ("classify", "finding", "score", "task")
MOST_POINTS = 100
FOR, KEEP, LONGEST_HELD = ("days",), ("until", "days"), 3650


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a pack's rules may name: scopes by subject, templates, chains, and the dimensions that each rule decides."""

    pack: str
    scopes: Mapping[str, Scope]
    templates: Mapping[str, Any]
    chains: Mapping[str, tasks.Draft]
    orders: Mapping[str, Sequence[Draft]]


@dataclass(frozen=True, slots=True)
class Then:
    """What a rule does when it is TRUE."""

    classify: str | None = None
    finding: str | None = None
    score: int | None = None
    task: TaskSpec | None = None


def read(node: Node, around: Surroundings) -> Rule | None:
    """Return the rule, or None where it has no readable id, subject or condition (which is noted)."""
    fields = node.fields(REQUIRED, OPTIONAL)
    id_ = fields["id"].name() if "id" in fields else ""
    title = fields["title"].texts() if "title" in fields else {}
    severity = fields["severity"].choice(SEVERITIES, "severity") if "severity" in fields else "normal"
    subject = fields["subject"].choice(SUBJECTS, "subject") if "subject" in fields else ""
    scope = around.scopes.get(subject or _meant(fields))
    if scope is None:
        return None
    when = conditions.read(fields["when"], scope) if "when" in fields else None
    then = _then(fields["then"], scope, around, id_) if "then" in fields else Then()
    anchor = _anchor(node, fields, scope, needed=bool(then.finding or then.task))
    evidence = _evidence(fields, scope, when)
    examples = given.read(fields["examples"], scope, when, then.task) if "examples" in fields else ()
    for_days = _for(fields["for"]) if "for" in fields else None
    keep = _keep(fields["keep"], scope) if "keep" in fields else None
    dimension = _dimension(node, around, id_)
    if when is None:
        return None
    return Rule(
        pack=around.pack,
        id=id_,
        title=title,
        subject=subject,
        severity=severity,
        when=when,
        evidence=evidence,
        source=node.source,
        anchor=anchor,
        finding=then.finding,
        classify=then.classify,
        dimension=dimension,
        task=then.task,
        examples=examples,
        score=then.score,
        for_days=for_days,
        keep=keep,
    )


def _meant(fields: Mapping[str, Node]) -> str:
    """Return the subject that was probably meant: a misspelt one hides no other mistake of the rule."""
    return nearest(fields["subject"].value, SUBJECTS) or "" if "subject" in fields else ""


def _then(node: Node, scope: Scope, around: Surroundings, id_: str) -> Then:
    fields = node.fields((), THEN)
    if isinstance(node.value, dict) and not node.value:
        node.blame("the rule does nothing; write classify, finding, score or task", key=True)
    return Then(
        _classify(fields["classify"], around, id_) if "classify" in fields else None,
        fields["finding"].name() if "finding" in fields else None,
        _score(fields["score"]) if "score" in fields else None,
        tasks.read(fields["task"], scope, around.templates, around.chains) if "task" in fields else None,
    )


def _classify(node: Node, around: Surroundings, id_: str) -> str | None:
    orders = around.orders.get(id_, ())
    if not orders:
        node.blame(f'rule "{id_}" classifies, but no class of this pack names it in its order', key=True)
        return None
    return node.choice(orders[0].values, f'value of "{orders[0].name}"')


def _dimension(node: Node, around: Surroundings, id_: str) -> str | None:
    orders = around.orders.get(id_, ())
    if len(orders) > 1:
        names = ", ".join(order.name for order in orders)
        node.blame(f'rule "{id_}" stands in the order of several classes ({names}); it can decide one')
    written = node.value.get("then")
    if orders and isinstance(written, dict) and "classify" not in written:
        node.blame(f'rule "{id_}" decides about "{orders[0].name}"; write its value as then: {{classify: ...}}')
    return orders[0].name if orders else None


def _score(node: Node) -> int | None:
    points = node.whole(-MOST_POINTS, MOST_POINTS)
    if not points:
        node.blame(f'"score" of 0 changes nothing; write points from -{MOST_POINTS} to {MOST_POINTS}')
    return points or None


def _for(node: Node) -> int | None:
    fields = node.fields(FOR)
    return fields["days"].whole(1, LONGEST_HELD) if "days" in fields else None


def _keep(node: Node, scope: Scope) -> Keep:
    fields = node.fields((), KEEP)
    if isinstance(node.value, dict) and not fields:
        node.blame("say how long the rule stays: until a condition, so many days, or both", key=True)
    return Keep(
        conditions.read(fields["until"], scope) if "until" in fields else None,
        fields["days"].whole(1, LONGEST_HELD) if "days" in fields else None,
    )


def _anchor(node: Node, fields: Mapping[str, Node], scope: Scope, *, needed: bool) -> str | None:
    if "anchor" not in fields:
        if needed:
            node.blame('key "anchor" is missing: name the metric whose value starts the episode, as closed_at')
        return None
    metric = scope.metric(fields["anchor"], fields["anchor"].value)
    return metric.name if metric else None


def _evidence(fields: Mapping[str, Node], scope: Scope, when: Condition | None) -> tuple[str, ...]:
    if "evidence" not in fields:
        return conditions.metrics_read(when) if when else ()
    found = [scope.metric(item, item.value) for item in fields["evidence"].items()]
    return tuple(metric.name for metric in found if metric)


def classes_named(rule: Rule) -> set[str]:
    """Return the dimensions whose classes the rule shows as evidence."""
    names = (name.removeprefix(OF_CLIENT) for name in rule.evidence)
    return {name.removeprefix(CLASS) for name in names if name.startswith(CLASS)}
