"""Classes as packs declare them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integrator.domain import Metric
from integrator.engine import conditions
from integrator.engine.reading import NAME, NAME_HINT, Node
from integrator.engine.ruleset import CLASS, SCORE, SUBJECTS, Dimension, Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.engine.conditions import Scope

ASSIGNS = ("exactly_one", "at_most_one")
REQUIRED, OPTIONAL = ("title", "subject", "assigns", "values", "order"), ("only", "otherwise")
VALUE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Draft:
    """A dimension whose conditions are not read yet: what other rules need to know of it."""

    pack: str
    name: str
    node: Node
    fields: Mapping[str, Node]
    title: Texts
    subject: str
    assigns: str
    values: Mapping[str, Texts]
    order: tuple[str, ...]
    otherwise: str | None

    @property
    def metric(self) -> Metric:
        """The class as a fact that rules can read."""
        return Metric(f"{CLASS}{self.name}", self.subject, "string", "", self.title, tuple(self.values))


def draft(pack: str, name: str, node: Node) -> Draft:
    """Return what the pack says of this dimension, its mistakes noted."""
    if not NAME.fullmatch(name):
        node.blame(f'"{name}" must be a name ({NAME_HINT})', key=True)
    if name == SCORE:
        node.blame(f'"{SCORE}" is the sum of the points that rules give; call the class otherwise', key=True)
    fields = node.fields(REQUIRED, OPTIONAL)
    values = _values(fields["values"]) if "values" in fields else {}
    return Draft(
        pack,
        name,
        node,
        fields,
        title=fields["title"].texts() if "title" in fields else {},
        subject=fields["subject"].choice(SUBJECTS, "subject") if "subject" in fields else "",
        assigns=fields["assigns"].choice(ASSIGNS, "way to assign") if "assigns" in fields else "",
        values=values,
        order=_order(fields["order"]) if "order" in fields else (),
        otherwise=fields["otherwise"].choice(values, f'value of "{name}"') if "otherwise" in fields else None,
    )


def _values(node: Node) -> dict[str, Texts]:
    result = {}
    for value, child in node.children().items():
        if not VALUE.fullmatch(value):
            child.blame(f'"{value}" must be a name (Latin letters, digits and _, a letter first)', key=True)
        result[value] = child.texts()
    return result


def _order(node: Node) -> tuple[str, ...]:
    found: list[str] = []
    for item in node.items():
        if item.value in found:
            item.blame(f'rule "{item.value}" stands twice in this order; keep the first')
        found.append(item.name())
    return tuple(name for name in found if name)


def link(made: Draft, subjects: Mapping[str, str]) -> None:
    """Mistakes in the order's rules are noted; `subjects` of the pack's rules by id."""
    if "order" not in made.fields or not isinstance(made.fields["order"].value, list):
        return
    for index, id_ in enumerate(made.fields["order"].value):
        item = made.fields["order"].child(index, id_)
        if not isinstance(id_, str) or not NAME.fullmatch(id_) or not item.choice(subjects, "rule of this pack"):
            continue
        if subjects[id_] in SUBJECTS and made.subject and subjects[id_] != made.subject:
            item.blame(f'rule "{id_}" is about each {subjects[id_]}, the class about each {made.subject}')


def finish(made: Draft, scope: Scope | None) -> Dimension:
    """Return the dimension with its condition read."""
    only = conditions.read(made.fields["only"], scope) if scope and "only" in made.fields else None
    return Dimension(
        pack=made.pack,
        name=made.name,
        title=made.title,
        subject=made.subject,
        assigns=made.assigns,
        values=made.values,
        order=tuple(f"{made.pack}/{id_}" for id_ in made.order),
        source=made.node.key_source,
        otherwise=made.otherwise,
        only=only,
    )
