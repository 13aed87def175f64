"""Which conditions of rules no example would miss: each is turned round, then left out, and the examples run again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integrator.domain import Condition, Group, Test, Truth
from integrator.engine.conditions import metrics_read, tests
from integrator.engine.examples import OUTCOMES
from integrator.engine.proofs_places import TASK_ONLY, Places, pasted, said
from integrator.engine.proofs_values import CLOCK, UnprovableError
from integrator.engine.reference import evaluate

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from integrator.domain import Metric
    from integrator.engine.proofs_cells import Space, World
    from integrator.engine.ruleset import Rule
    from integrator.errors import Problem
    from integrator.positions import Location

MOST_TESTS = 60
NOTHING = Group("all", ())


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule's condition with one test turned round, or without it."""

    test: Test
    path: Location
    changes: tuple[tuple[str, Condition], ...]


def unpinned(world: World, packs: Collection[str]) -> list[Problem]:
    """Return the tests in rules of these packs whose loss no example would show, each with an example that would."""
    places = Places()
    found = []
    for rule in world.rules.rules:
        if rule.pack not in packs:
            continue
        count = sum(1 for _ in tests(rule.when))
        if count > MOST_TESTS:
            sentence = f"rule {rule.full} has {count} conditions, of at most {MOST_TESTS} is it tried what pins them"
            found.append(places.of_rule(rule, sentence))
            continue
        for mutant in mutants(rule.when, ("when",)):
            metrics = _metrics(world, rule)
            alive = [(how, changed) for how, changed in mutant.changes if not _noticed(rule, changed)]
            if alive and (example := _example(world, rule, [changed for _, changed in alive])) is not None:
                sentence = f'rule {rule.full}: no example pins "{said(mutant.test, metrics)}" ({_what(alive)}){example}'
                found.append(places.of_rule(rule, sentence, mutant.path, key=True))
        found += _unpinned_task(world, rule, places)
    return sorted(found)


def _unpinned_task(world: World, rule: Rule, places: Places) -> Iterator[Problem]:
    """Yield the tests of the task's own condition that nothing pins, where examples tell of the task at all."""
    only = rule.task.only if rule.task else None
    told = [one.given for one in rule.examples if one.task is not None]
    if only is None or not told:
        return
    metrics = _metrics(world, rule)
    for mutant in mutants(only, TASK_ONLY):
        alive = [
            (how, changed)
            for how, changed in mutant.changes
            if all((evaluate(only, facts) is Truth.TRUE) is (evaluate(changed, facts) is Truth.TRUE) for facts in told)
        ]
        if alive and (example := _example_of_task(world, rule, only, [changed for _, changed in alive])) is not None:
            sentence = f'rule {rule.full}: no example pins "{said(mutant.test, metrics)}" of its task'
            yield places.of_rule(rule, f"{sentence} ({_what(alive)}){example}", mutant.path, key=True)


def _example_of_task(world: World, rule: Rule, only: Condition, alive: list[Condition]) -> str | None:
    """Return how to pin the test, None where nothing could while the rule fires."""
    try:
        space = world.space(rule.subject, [rule.when, only, *alive], chained=False)
    except UnprovableError:
        return ""
    fires, own = space.possible & space.sets(rule.when).true, space.sets(only).true
    subjects = next((one for changed in alive if (one := fires & (own ^ space.sets(changed).true))), 0)
    if not subjects:
        return None
    known = subjects & ~space.vague
    if not known:
        return ""
    facts = space.facts(known, dict.fromkeys((*metrics_read(rule.when), *metrics_read(only))))
    asks = str(evaluate(only, {**facts, **CLOCK}) is Truth.TRUE).lower()
    return f"; this one would: {pasted(facts, f'fires, task: {asks}', _metrics(world, rule), [rule.when, only])}"


def _metrics(world: World, rule: Rule) -> dict[str, Metric]:
    return {name: metric for (of, name), metric in world.metrics.items() if of == rule.subject}


def mutants(condition: Condition, path: Location) -> Iterator[Mutant]:
    """Yield a mutant for every test of the condition, which is written at `path`."""
    if isinstance(condition, Test):
        yield Mutant(condition, (*path, condition.metric), (("turned round", turned(condition)), ("left out", NOTHING)))
        return
    for index, part in enumerate(condition.parts):
        for inner in mutants(part, (*path, condition.join, index)):
            changes = tuple((how, _with(condition, index, changed)) for how, changed in inner.changes)
            yield Mutant(inner.test, inner.path, changes)


def turned(test: Test) -> Condition:
    """Return what is TRUE where the test is FALSE, and FALSE where it is TRUE."""
    return Group("none", (test,))


def _with(group: Group, index: int, part: Condition) -> Condition:
    """Return the group with another part in this place; with nothing there, without it."""
    instead = () if part == NOTHING else (part,)
    parts = (*group.parts[:index], *instead, *group.parts[index + 1 :])
    return Group(group.join, parts) if parts else NOTHING


def _noticed(rule: Rule, changed: Condition) -> bool:
    given = (example.given for example in rule.examples)
    return any(evaluate(rule.when, facts) is not evaluate(changed, facts) for facts in given)


def _what(alive: list[tuple[str, Condition]]) -> str:
    return f"{' or '.join(how for how, _ in alive)}, all examples come out the same"


def _example(world: World, rule: Rule, alive: list[Condition]) -> str | None:
    """Return how to pin the test, None where nothing could: it makes no difference to any subject."""
    try:
        space = world.space(rule.subject, [rule.when, *alive], chained=False)
    except UnprovableError:
        return ""
    subjects = _telling(space, rule.when, alive)
    if not subjects:
        return None
    known = subjects & ~space.vague
    if not known:
        return ""
    facts = space.facts(known, metrics_read(rule.when))
    outcome = OUTCOMES[evaluate(rule.when, {**facts, **CLOCK})]
    return f"; this one would: {pasted(facts, outcome, _metrics(world, rule), [rule.when])}"


def _telling(space: Space, when: Condition, alive: list[Condition]) -> int:
    """Return the subjects that tell the condition from the others, from all of them where possible, best by firing."""
    own = space.sets(when)
    fires, other = [], []
    for changed in alive:
        sets = space.sets(changed)
        fires.append((own.true ^ sets.true) & space.possible)
        other.append(((own.true ^ sets.true) | (own.false ^ sets.false)) & space.possible)
    choices = [fires, other]
    for choice in choices:
        shared = choice[0]
        for one in choice[1:]:
            shared &= one
        if shared:
            return shared
    return next((one for choice in choices for one in choice if one), 0)
