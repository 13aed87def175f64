"""What can be known of rules before they meet a client: classes with gaps, rules that never fire, leftovers.

Nothing here looks at a base: all subjects that the rules could tell apart are gone through at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integrator.domain import Test
from integrator.engine.conditions import metrics_read
from integrator.engine.examples import OUTCOMES
from integrator.engine.proofs_cells import World, of_dimension
from integrator.engine.proofs_places import TASK_ONLY, Places, parts, pasted, said
from integrator.engine.proofs_values import CLOCK, UnprovableError
from integrator.engine.reference import evaluate
from integrator.engine.strata import asking, deciding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from integrator.domain import Condition, Metric
    from integrator.engine.proofs_cells import Space
    from integrator.engine.ruleset import Dimension, Rule
    from integrator.errors import Problem
    from integrator.positions import Document, Location

ERROR = "error"
WARNING = "warning"
_REMEDY = 'write "otherwise" or another rule'
# Sections of a pack whose entries rules name, and the word under which they do.
_NAMED = {"templates": "template", "phrases": "phrases", "chains": "chain"}
_USED = re.compile(r"\$([a-z][a-z0-9_]*)")


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """Something wrong with rules that can be read; printed as `file:line:column: message`."""

    problem: Problem
    severity: str

    def __str__(self) -> str:
        place = f"{self.problem.file}:{self.problem.line}:{self.problem.column}"
        return f"{place}: {'warning: ' if self.severity == WARNING else ''}{self.problem.message}"


@dataclass(frozen=True, slots=True)
class Report:
    """What is wrong with packs, in the order of their files, and sentences on what was proved of their classes."""

    remarks: tuple[Remark, ...]
    proved: Mapping[str, tuple[str, ...]]

    @property
    def errors(self) -> tuple[Remark, ...]:
        """Remarks with which a pack must not be applied."""
        return tuple(remark for remark in self.remarks if remark.severity == ERROR)

    @property
    def warnings(self) -> tuple[Remark, ...]:
        """Remarks with which a pack works, though hardly as meant."""
        return tuple(remark for remark in self.remarks if remark.severity == WARNING)


def prove(world: World, packs: Collection[str], *, read_elsewhere: Collection[str] = ()) -> Report:
    """Return what is wrong with the packs of these names; `read_elsewhere` are parameters that metrics read."""
    look = _Look(world, Places())
    for dimension in world.rules.dimensions.values():
        if dimension.pack in packs:
            look.at_dimension(dimension)
    for rule in world.rules.rules:
        if rule.pack in packs and rule.dimension is None:
            look.at_rule(rule)
    for name in packs:
        look.at_leftovers(name, read_elsewhere)
    proved = {name: tuple(look.proved.get(name, ())) for name in sorted(packs)}
    return Report(tuple(sorted(set(look.remarks))), proved)


@dataclass(frozen=True, slots=True)
class _Look:
    world: World
    places: Places
    remarks: list[Remark] = field(default_factory=list)
    proved: dict[str, list[str]] = field(default_factory=dict)

    def warn(self, problem: Problem) -> None:
        self.remarks.append(Remark(problem, WARNING))

    def at_dimension(self, dimension: Dimension) -> None:
        """Remarks on the class and on the rules in its order are noted."""
        self._values(dimension)
        rules = [self.world.rules.rule(full) for full in dimension.order]
        try:
            self._exactly_one(dimension)
        except UnprovableError as error:
            self._unproved(dimension, str(error))
        try:
            space = self._space(dimension.subject, [*of_dimension(dimension, self.world.rules), *_all(rules)])
        except UnprovableError:
            for rule in rules:
                self.at_rule(rule)
            return
        self._only(dimension, space)
        for rule in rules:
            self._conditions(rule, space)
        self._order(dimension, rules, space)

    def at_rule(self, rule: Rule) -> None:
        """Remarks on the rule's own conditions are noted."""
        try:
            self._conditions(rule, self._space(rule.subject, _all([rule])))
        except UnprovableError as error:
            self.warn(self.places.of_rule(rule, f"rule {rule.full} can't be looked through: {error}"))

    def _space(self, subject: str, conditions: list[Condition]) -> Space:
        try:
            return self.world.space(subject, conditions, chained=True)
        except UnprovableError:
            return self.world.space(subject, conditions, chained=False)

    def _values(self, dimension: Dimension) -> None:
        given = {*(self.world.rules.rule(full).classify for full in dimension.order), dimension.otherwise}
        for value in dimension.values:
            if value not in given:
                message = f'no rule gives "{value}" of class {dimension.name}; write one or remove the value'
                self.warn(self.places.of_dimension(dimension, message, ("values", value), key=True))

    def _exactly_one(self, dimension: Dimension) -> None:
        whom = f"every {dimension.subject}" + (" to whom it applies" if dimension.only else "")
        if dimension.assigns != "exactly_one":
            self._proved(dimension, "at most one value, the first of its order that holds")
        elif dimension.otherwise is not None:
            self._proved(dimension, f'exactly one value for {whom}, by its "otherwise"')
        else:
            self._without_gap(dimension, whom)

    def _without_gap(self, dimension: Dimension, whom: str) -> None:
        conditions = list(of_dimension(dimension, self.world.rules))
        chained = True
        try:
            space = self.world.space(dimension.subject, conditions, chained=True)
        except UnprovableError:
            chained, space = False, self.world.space(dimension.subject, conditions, chained=False)
        asked = space.possible & space.admitted(dimension)
        gap = asked & space.classes(dimension.name)[None]
        sure = gap & ~space.vague if chained and not space.undecided else 0
        if not gap:
            self._proved(dimension, f"exactly one value for {whom}, proved over {asked.bit_count()} kinds of them")
        elif sure:
            message = f"class {dimension.name} must give exactly one value to {whom}"
            example = self._example(dimension, space, sure)
            problem = self.places.of_dimension(dimension, f"{message}; {_REMEDY}, for this one gets none: {example}")
            self.remarks.append(Remark(problem, ERROR))
        else:
            example = self._example(dimension, space, gap)
            self._unproved(dimension, f"it gives one unless there is such a {dimension.subject}: {example}")

    def _proved(self, dimension: Dimension, sentence: str) -> None:
        self.proved.setdefault(dimension.pack, []).append(f"class {dimension.name}: {sentence}")

    def _unproved(self, dimension: Dimension, why: str) -> None:
        message = f"can't prove that class {dimension.name} gives exactly one value; {_REMEDY}: {why}"
        self.warn(self.places.of_dimension(dimension, message))

    def _example(self, dimension: Dimension, space: Space, subjects: int) -> str:
        conditions = list(of_dimension(dimension, self.world.rules))
        named = [name for condition in conditions for name in metrics_read(condition)]
        facts = space.facts(subjects, dict.fromkeys(named))
        last = self.world.rules.rule(dimension.order[-1])
        outcome = OUTCOMES[evaluate(last.when, {**facts, **CLOCK})]
        return pasted(facts, outcome, self._metrics(dimension.subject), conditions)

    def _metrics(self, subject: str) -> dict[str, Metric]:
        return {name: metric for (of, name), metric in self.world.metrics.items() if of == subject}

    def _only(self, dimension: Dimension, space: Space) -> None:
        if dimension.only is None:
            return
        if not space.possible & space.sets(dimension.only).true:
            message = f'class {dimension.name} applies to no {dimension.subject}: "only" can never be true'
            self.warn(self.places.of_dimension(dimension, message, ("only",), key=True))
            return
        for sentence, path in _pointless(dimension.only, ("only",), space, self._metrics(dimension.subject)):
            self.warn(self.places.of_dimension(dimension, sentence, path, key=True))

    def _conditions(self, rule: Rule, space: Space) -> None:
        fires = space.possible & space.sets(rule.when).true
        for condition, path in _written(rule):
            for sentence, below in _pointless(condition, path, space, self._metrics(rule.subject)):
                self.warn(self.places.of_rule(rule, sentence, below, key=True))
        chain = rule.task.chain if rule.task else None
        if chain and chain.stop:
            for sentence, below in _pointless(
                chain.stop, ("chains", chain.name, "stop"), space, self._metrics(rule.subject)
            ):
                self.warn(self.places.in_pack(rule.source, sentence, below, key=True))
        if not fires:
            message = f"rule {rule.full} can never be true: no {rule.subject} has such facts"
            self.warn(self.places.of_rule(rule, message))
        elif rule.task and rule.task.only and rule.keep is None and not fires & space.sets(rule.task.only).true:
            message = f'the task of rule {rule.full} is never asked for: "only" is never true where the rule is'
            self.warn(self.places.of_rule(rule, message, TASK_ONLY, key=True))

    def _order(self, dimension: Dimension, rules: list[Rule], space: Space) -> None:
        free = space.possible & space.admitted(dimension)
        for at, rule in enumerate(rules):
            fires = space.possible & space.sets(rule.when).true
            if fires and rule.keep is None and not fires & space.admitted(dimension):
                message = (
                    f'rule {rule.full} is true only of those to whom class {dimension.name} does not apply ("only")'
                )
                self.warn(self.places.of_rule(rule, message))
            elif fires and not fires & free and rule.keep is None:
                before = [one.id for one in rules[:at] if fires & space.sets(one.when).true & space.possible]
                message = f"rule {rule.full} never decides: wherever it is true, {' or '.join(before)} came before it"
                self.warn(self.places.of_rule(rule, message))
            # One that must hold for some days leaves a subject to those after it until then.
            free &= ~fires if rule.for_days is None else space.everyone

    def at_leftovers(self, pack: str, read_elsewhere: Collection[str]) -> None:
        """Parameters and texts that nothing uses are noted."""
        file = next((rule.source.file for rule in self.world.rules.rules if rule.pack == pack), None)
        document = self.places.document(file) if file is not None else None
        if document is None or not isinstance(document.value, dict):
            return
        for path, message in (*_unused_params(document, pack, read_elsewhere), *_unused_texts(document)):
            self.warn(document.problem(path, message, key=True))


def _unused_params(document: Document, pack: str, read_elsewhere: Collection[str]) -> Iterator[tuple[Location, str]]:
    used = set(_USED.findall(" ".join(_texts({**document.value, "params": None}))))
    for name in _section(document, "params"):
        if name not in used and f"{pack}.{name}" not in read_elsewhere:
            yield ("params", name), f'nothing uses parameter "{name}"; write ${name} where it is meant, or remove it'


def _unused_texts(document: Document) -> Iterator[tuple[Location, str]]:
    for section, word in _NAMED.items():
        asked = {name for part in ("rules", "classes", "chains") for name in _under(word, document.value.get(part))}
        for name in _section(document, section):
            if name not in asked:
                message = f'no rule uses "{name}" of {section}; name it where it is meant, or remove it'
                yield (section, name), message
    shown = " ".join(_texts(document.value.get("templates")))
    for name in _section(document, "lists"):
        if f"lists.{name}" not in shown:
            yield (
                ("lists", name),
                f'no text names the list "{name}"; write lists.{name} where it is meant, or remove it',
            )


def _all(rules: list[Rule]) -> list[Condition]:
    return [condition for rule in rules for condition in (*deciding(rule), *asking(rule))]


def _written(rule: Rule) -> Iterator[tuple[Condition, Location]]:
    """Yield every condition of the rule with where it is written."""
    yield rule.when, ("when",)
    if rule.task and rule.task.only:
        yield rule.task.only, TASK_ONLY
    if rule.keep and rule.keep.until:
        yield rule.keep.until, ("keep", "until")


def _pointless(
    condition: Condition, path: Location, space: Space, metrics: Mapping[str, Metric]
) -> Iterator[tuple[str, Location]]:
    """Yield a sentence on each of the smallest parts that are true, or untrue, of every subject there can be."""
    found: list[Location] = []
    for part, at in reversed(list(parts(condition, path))):
        sets = space.sets(part)
        called = f'"{said(part, metrics)}"' if isinstance(part, Test) else f'this "{part.join}"'
        sentence = _sentence(part, called, space.possible & sets.true, space.possible & sets.false, space.possible)
        if not sentence or any(one[: len(at)] == at for one in found):
            continue
        found.append(at)
        if part is not condition or isinstance(part, Test):
            yield sentence, at


def _sentence(part: Condition, called: str, true: int, false: int, possible: int) -> str:
    if not true:
        return f"{called} can never be true"
    if false:
        return ""
    if true == possible:
        return f"{called} is always true; remove it"
    if isinstance(part, Test):
        return f"{called} is true whenever {part.metric} is known; write {{exists: true}} if that is meant"
    return f"{called} is never false"


def _section(document: Document, name: str) -> list[str]:
    found = document.value.get(name)
    return [str(key) for key in found] if isinstance(found, dict) else []


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(child)


def _under(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict) and isinstance(value.get(key), str):
        yield value[key]
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _under(key, child)
