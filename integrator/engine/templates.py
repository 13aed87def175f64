"""The texts of tasks: read from a pack and checked for what would fail when a manager's task is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, TemplateSyntaxError, meta, nodes

from integrator.engine.reading import NAME, NAME_HINT
from integrator.engine.ruleset import Template
from integrator.positions import suggest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from integrator.engine.reading import Node
    from integrator.engine.ruleset import Texts

PARTS = ("title", "why", "closes")
FILTERS = ("clip", "day", "duration", "money", "percent", "plural", "quoted")
# What a text may name beside metrics, by whom its task is about.
_ANY = frozenset({"client", "deal", "of_client", "lists"})
NAMED = {"client": _ANY, "deal": _ANY, "manager": frozenset({"manager", "lists"})}
_LACKS = {"of_client": "a client has no metric", "lists": "this pack has no list"}
_FORBIDDEN = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)


def read(pack: str, node: Node) -> dict[str, Template]:
    """Return the pack's templates by name."""
    result = {}
    for name, child in node.children().items():
        if not NAME.fullmatch(name):
            child.blame(f'"{name}" must be a name ({NAME_HINT})', key=True)
        fields = child.fields(PARTS)
        texts: dict[str, Texts] = {part: fields[part].texts() if part in fields else {} for part in PARTS}
        result[name] = Template(pack, name, texts["title"], texts["why"], texts["closes"])
    return result


def check(node: Node, seen: Collection[str], below: Mapping[str, Collection[str]]) -> None:
    """Mistakes of every text of one template are noted; `seen` are the names that it may use.

    Some of them have names `below`: `of_client` the metrics of a deal's client, `lists` the pack's lists.
    """
    if not isinstance(node.value, dict):
        return
    environment = Environment(autoescape=False)  # noqa: S701 plain text for a CRM's task, nothing is rendered here
    environment.filters.update(dict.fromkeys(FILTERS, str))
    for part in PARTS:
        texts = node.value.get(part)
        if not isinstance(texts, dict):
            continue
        for language, text in texts.items():
            if isinstance(text, str):
                place = node.child(part, texts).child(language, text)
                for line, message in _mistakes(environment, text, seen, below):
                    _blame(place, line, message)


def _blame(node: Node, line: int, message: str) -> None:
    """Note the message at the line of the text; a text in a block (`|`) begins below its key."""
    problem = node.document.problem(node.path, message)
    below = line if "\n" in str(node.value) else line - 1
    node.problems.append(type(problem)(problem.file, problem.line + below, problem.column if not below else 1, message))


def _mistakes(
    environment: Environment, text: str, seen: Collection[str], below: Mapping[str, Collection[str]]
) -> Iterator[tuple[int, str]]:
    try:
        tree = environment.parse(text)
    except TemplateSyntaxError as error:
        yield error.lineno, f"template: {error.message}"
        return
    for banned in tree.find_all(_FORBIDDEN):
        yield banned.lineno, "template: other files cannot be included"
    unknown = [one for one in tree.find_all(nodes.Filter) if one.name not in environment.filters]
    for one in unknown:
        yield one.lineno, f'template: there is no filter "{one.name}"{suggest(one.name, FILTERS)}'
    if unknown:
        return
    yield from _unknown_names(tree, seen, below)


def _unknown_names(
    tree: nodes.Template, seen: Collection[str], below: Mapping[str, Collection[str]]
) -> Iterator[tuple[int, str]]:
    free = meta.find_undeclared_variables(tree)
    for name in tree.find_all(nodes.Name):
        if name.name in free and name.name not in seen:
            yield name.lineno, f'template: there is no metric "{name.name}"{suggest(name.name, seen)}'
    for step in tree.find_all(nodes.Getattr):
        if not isinstance(step.node, nodes.Name) or step.node.name not in below:
            continue
        known = below[step.node.name]
        if step.attr not in known:
            yield step.lineno, f'template: {_LACKS[step.node.name]} "{step.attr}"{suggest(step.attr, known)}'
