"""Packs become a rule set, or every mistake in them is told at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from integrator.engine import dimensions, params, phrases, rules, tasks, templates
from integrator.engine.conditions import Scope
from integrator.engine.fingerprint import fingerprint
from integrator.engine.params import override
from integrator.engine.reading import Node
from integrator.engine.ruleset import (
    CLASS,
    OF_CLIENT,
    SCORE,
    SUBJECTS,
    Dimension,
    Pack,
    Param,
    Rule,
    RuleSet,
    Template,
    Texts,
    score_metric,
)
from integrator.engine.selection import restrict
from integrator.engine.sources import document, folder
from integrator.engine.strata import cycle, scoring, stratify
from integrator.errors import ConfigError, Problem, RuleErrors
from integrator.positions import suggest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from integrator.domain import Metric
    from integrator.engine.params import Blame
    from integrator.engine.sources import PackSource

SCHEMA = 1
REQUIRED = ("schema", "name", "title", "rules")
OPTIONAL = ("description", "params", "phrases", "lists", "classes", "chains", "templates")
NOTHING: Mapping[str, Any] = MappingProxyType({})


def _unplaced(path: tuple[str | int, ...], message: str) -> Problem:
    return Problem(f"rules.{path[0]}", 1, 1, message)


@dataclass(frozen=True, slots=True)
class Draft:
    """A pack whose conditions are not read yet."""

    pack: Pack
    params: Mapping[str, Param]
    dimensions: Mapping[str, dimensions.Draft]
    templates: Mapping[str, Template]
    template_nodes: Mapping[str, Node]
    rule_nodes: tuple[Node, ...]
    phrases: Mapping[str, tuple[str, ...]]
    chains: Mapping[str, tasks.Draft]
    lists: Mapping[str, Mapping[str, Texts]]


@dataclass(frozen=True, slots=True)
class Known:
    """What the rules of all packs may name: metrics by subject, classes among them."""

    metrics: Mapping[str, Mapping[str, Metric]]
    params: Mapping[str, Param]
    phrases: Mapping[str, Mapping[str, tuple[str, ...]]]
    currency: str

    def scope(self, pack: str, subject: str) -> Scope:
        """Return what a rule of the pack about the subject may name."""
        elsewhere = {name: other for other in SUBJECTS if other != subject for name in self.metrics[other]}
        own = {param.name: param for param in self.params.values() if param.pack == pack}
        return Scope(subject, self.metrics[subject], elsewhere, own, self.phrases[pack], self.currency)


def load(  # noqa: PLR0913 each is a part of what makes a rule set
    paths: Sequence[PackSource],
    metrics: Mapping[tuple[str, str], Metric],
    *,
    params: Mapping[str, Any] = NOTHING,
    only: Sequence[str] = (),
    metrics_version: str = "",
    switched_off: Collection[str] = (),
    guests: Collection[str] = (),
    blame: Blame = _unplaced,
    currency: str = "",
) -> RuleSet:
    """Return the rule set of the packs at `paths` (folders, their pack.yaml, or texts that one once held).

    `metrics` are keyed by subject and name. `params` (`pack.name`) and `only` (`pack/rule`) are a portal's; `blame`
    makes the problem of a mistake in these from its path (`("params", name)`, `("only", index)`). Parameters of packs
    that are `switched_off` are passed over. Packs that are `guests` only classify, as far as others read their classes.
    `currency` is the portal's; empty, amounts may be in any. RuleErrors holds
    every mistake of every file.
    """
    problems: list[Problem] = []
    drafts = _drafts(paths, problems)
    skipped = {*switched_off, *({folder(path) for path in paths} - {draft.pack.name for draft in drafts})}
    declared = {param.full: param for draft in drafts for param in draft.params.values()}
    effective = override(declared, {name: value for name, value in params.items() if _pack(name) not in skipped}, blame)
    problems += effective.problems
    own_phrases = {draft.pack.name: draft.phrases for draft in drafts}
    known = Known(_metrics(metrics, drafts), effective.params, own_phrases, currency)
    found_rules = {rule.full: rule for draft in drafts for rule in _rules(draft, known)}
    found_dimensions = _dimensions(drafts, known)
    _check_templates(drafts, found_rules.values(), known)
    problems += _cycles(found_dimensions, found_rules)
    problems += _check_only(only, [id_ for draft in drafts for id_ in _ids(draft)], blame)
    if problems:
        raise RuleErrors(sorted(set(problems)))
    own = only or [full for full in found_rules if _pack_of(full) not in guests] if guests else only
    kept, kept_dimensions = restrict(found_rules, found_dimensions, own)
    return _assemble(drafts, kept, kept_dimensions, effective.params, metrics_version)


def _pack_of(rule: str) -> str:
    return rule.partition("/")[0]


def _pack(param: str) -> str:
    return param.partition(".")[0]


def _drafts(paths: Sequence[PackSource], problems: list[Problem]) -> list[Draft]:
    drafts: dict[str, Draft] = {}
    for path in paths:
        try:
            found = document(path)
        except ConfigError as error:
            problems += error.problems
            continue
        made = _draft(Node(found, (), found.value, problems), folder(path))
        if made.pack.name in drafts:
            problems.append(found.problem(("name",), f'two packs are called "{made.pack.name}"; rename one'))
        drafts.setdefault(made.pack.name, made)
    _check_dimension_names(drafts.values())
    return list(drafts.values())


def _draft(root: Node, folder: str) -> Draft:
    fields = root.fields(REQUIRED, OPTIONAL)
    if "schema" in fields and str(fields["schema"].value) != str(SCHEMA):
        fields["schema"].blame(f"schema {fields['schema'].value} is not known; this version reads schema: {SCHEMA}")
    if "name" in fields and fields["name"].name() not in ("", folder):
        fields["name"].blame(f'the pack\'s name must be that of its folder, "{folder}"')
    texts = {key: fields[key].texts() if key in fields else {} for key in ("title", "description")}
    classes = fields["classes"].children() if "classes" in fields else {}
    made = templates.read(folder, fields["templates"]) if "templates" in fields else {}
    return Draft(
        Pack(folder, texts["title"], texts["description"]),
        params.read(folder, fields["params"]) if "params" in fields else {},
        {name: dimensions.draft(folder, name, node) for name, node in classes.items()},
        made,
        fields["templates"].children() if "templates" in fields and isinstance(fields["templates"].value, dict) else {},
        tuple(fields["rules"].items()) if "rules" in fields else (),
        phrases.read(fields["phrases"]) if "phrases" in fields else {},
        tasks.drafts(fields["chains"], made) if "chains" in fields else {},
        tasks.lists(fields["lists"]) if "lists" in fields else {},
    )


def _check_dimension_names(drafts: Iterable[Draft]) -> None:
    first: dict[str, str] = {}
    for draft in drafts:
        for name, dimension in draft.dimensions.items():
            owner = first.setdefault(name, draft.pack.name)
            if owner != draft.pack.name:
                dimension.node.blame(f'class "{name}" is decided by pack "{owner}" already; rename it', key=True)


def _metrics(metrics: Mapping[tuple[str, str], Metric], drafts: Iterable[Draft]) -> dict[str, dict[str, Metric]]:
    found: dict[str, dict[str, Metric]] = {subject: {} for subject in SUBJECTS}
    for (subject, name), metric in metrics.items():
        if subject in found:
            found[subject][name] = metric
    for subject in _scored(drafts):
        found[subject][f"{CLASS}{SCORE}"] = score_metric(subject)
    for draft in drafts:
        for dimension in draft.dimensions.values():
            if dimension.subject in found:
                found[dimension.subject][dimension.metric.name] = dimension.metric
            if dimension.subject == "client":
                of_deal = replace(dimension.metric, name=OF_CLIENT + dimension.metric.name, subject="deal")
                found["deal"][of_deal.name] = of_deal
    return found


def _scored(drafts: Iterable[Draft]) -> set[str]:
    """Return the subjects about whom rules give points."""
    written = [node.value for draft in drafts for node in draft.rule_nodes if isinstance(node.value, dict)]
    scored = [rule for rule in written if isinstance(rule.get("then"), dict) and "score" in rule["then"]]
    return {str(rule.get("subject")) for rule in scored}.intersection(SUBJECTS)


def _ids(draft: Draft) -> dict[str, str]:
    """Return the subjects of the pack's rules as written, by full id."""
    named = [node.value for node in draft.rule_nodes if isinstance(node.value, dict)]
    return {f"{draft.pack.name}/{rule.get('id')}": str(rule.get("subject")) for rule in named}


def _rules(draft: Draft, known: Known) -> list[Rule]:
    orders: dict[str, list[dimensions.Draft]] = {}
    subjects = {full.partition("/")[2]: subject for full, subject in _ids(draft).items()}
    for dimension in draft.dimensions.values():
        dimensions.link(dimension, subjects)
        for id_ in dimension.order:
            orders.setdefault(id_, []).append(dimension)
    scopes = {subject: known.scope(draft.pack.name, subject) for subject in SUBJECTS}
    around = rules.Surroundings(draft.pack.name, scopes, draft.templates, draft.chains, orders)
    seen: set[str] = set()
    found = []
    for node in draft.rule_nodes:
        rule = rules.read(node, around)
        written = str(node.value.get("id")) if isinstance(node.value, dict) else ""
        if written in seen:
            node.child("id", written).blame(f'rule "{written}" stands twice in this pack; rename one')
        seen.add(written)
        found += [rule] if rule else []
    return found


def _dimensions(drafts: Iterable[Draft], known: Known) -> dict[str, Dimension]:
    found = {}
    for draft in drafts:
        for name, dimension in draft.dimensions.items():
            scope = known.scope(draft.pack.name, dimension.subject) if dimension.subject in SUBJECTS else None
            found[name] = dimensions.finish(dimension, scope)
    return found


def _check_templates(drafts: Iterable[Draft], found: Iterable[Rule], known: Known) -> None:
    users: dict[tuple[str, str], set[str]] = {}
    for rule in found:
        for step in rule.task.steps if rule.task else ():
            users.setdefault((rule.pack, step.template), set()).add(rule.subject)
    for draft in drafts:
        for name, node in draft.template_nodes.items():
            subjects = users.get((draft.pack.name, name), set(SUBJECTS))
            seen = {metric for subject in subjects for metric in known.metrics[subject]}
            named = {name for subject in subjects for name in templates.NAMED[subject]}
            templates.check(node, seen | named, {"of_client": known.metrics["client"], "lists": draft.lists})


def _cycles(found: Mapping[str, Dimension], by_full: Mapping[str, Rule]) -> list[Problem]:
    names = cycle(found, by_full)
    if not names:
        return []
    places = [found[name].source for name in names if name in found]
    given = [rule.source for name in names for rule in scoring(name, by_full.values())]
    place = min(places or given)
    chain = " → ".join(names)
    return [Problem(place.file, place.line, place.column, f"classes wait for each other: {chain}; break the circle")]


def _check_only(only: Sequence[str], ids: Sequence[str], blame: Blame) -> list[Problem]:
    return [
        blame(("only", index), f'there is no rule "{full}"{suggest(full, ids)}; write it as pack/rule')
        for index, full in enumerate(only)
        if full not in ids
    ]


def _assemble(
    drafts: Sequence[Draft],
    kept: Mapping[str, Rule],
    found: Mapping[str, Dimension],
    effective: Mapping[str, Param],
    metrics_version: str,
) -> RuleSet:
    ordered = tuple(kept[full] for full in sorted(kept))
    packs = {draft.pack.name: draft.pack for draft in drafts}
    lists = {(draft.pack.name, name): dict(one) for draft in drafts for name, one in draft.lists.items()}
    texts = {(draft.pack.name, name): one for draft in drafts for name, one in draft.templates.items()}
    return RuleSet(
        hash=fingerprint(
            metrics_version,
            packs,
            ordered,
            dict(found),
            [texts[key] for key in sorted(texts)],
            dict(effective),
            *([{"/".join(key): listed for key, listed in lists.items()}] if lists else []),
        ),
        packs=packs,
        rules=ordered,
        dimensions=dict(found),
        templates=texts,
        params={name: param.value for name, param in effective.items()},
        declared=dict(effective),
        strata=stratify(ordered, found),
        lists=lists,
    )
