"""The order of deciding: what reads a class comes after the dimension that decides it."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from integrator.engine.conditions import metrics_read
from integrator.engine.ruleset import CLASS, OF_CLIENT, SCORE, SUBJECTS, Dimension, Rule, Stratum

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from integrator.domain import Condition


def classes_read(*conditions: Condition | None) -> set[str]:
    """Return the names of the dimensions whose classes the conditions read, those of a deal's client among them."""
    names = (name.removeprefix(OF_CLIENT) for condition in conditions if condition for name in metrics_read(condition))
    return {name.removeprefix(CLASS) for name in names if name.startswith(CLASS)}


def reads(subject: str, *conditions: Condition | None) -> set[str]:
    """Return what must be decided before the conditions about the subject: dimensions, and `<subject>.score`."""
    return {f"{subject}.{SCORE}" if name == SCORE else name for name in classes_read(*conditions)}


def scoring(name: str, rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules that give points, where `name` is that of a score; none where it is a dimension's."""
    subject, _, score = name.partition(".")
    return [rule for rule in rules if rule.subject == subject and rule.score] if score == SCORE else []


def needs(dimension: Dimension, rules: Mapping[str, Rule]) -> set[str]:
    """Return what must be decided before this dimension; `rules` are by full id."""
    own = (rules[full] for full in dimension.order if full in rules)
    return reads(dimension.subject, dimension.only, *(condition for rule in own for condition in deciding(rule)))


def points_need(rules: Iterable[Rule]) -> set[str]:
    """Return what must be decided before the points of these rules are known."""
    found: set[str] = set()
    for rule in rules:
        found |= reads(rule.subject, *deciding(rule)) | ({rule.dimension} if rule.dimension else set())
    return found


def _graph(dimensions: Mapping[str, Dimension], rules: Mapping[str, Rule]) -> dict[str, set[str]]:
    """Return what each dimension, and each score that is read, waits for."""
    graph = {name: needs(dimension, rules) for name, dimension in sorted(dimensions.items())}
    read = {name for rule in rules.values() for name in reads(rule.subject, *deciding(rule), *asking(rule))}
    for name in sorted({*read, *(name for waits in graph.values() for name in waits)} - graph.keys()):
        graph[name] = points_need(scoring(name, rules.values()))
    return graph


def deciding(rule: Rule) -> tuple[Condition, ...]:
    """Return the conditions on which it depends whether the rule fires."""
    return (rule.when,) if rule.keep is None or rule.keep.until is None else (rule.when, rule.keep.until)


def asking(rule: Rule) -> tuple[Condition, ...]:
    """Return the conditions on which its task depends beside."""
    return rule.task.conditions if rule.task else ()


def cycle(dimensions: Mapping[str, Dimension], rules: Mapping[str, Rule]) -> list[str]:
    """Return the dimensions and scores that wait for each other, the first again at the end; empty when none do."""
    graph = {name: sorted(waits) for name, waits in _graph(dimensions, rules).items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def stratify(rules: Iterable[Rule], dimensions: Mapping[str, Dimension]) -> dict[str, tuple[Stratum, ...]]:
    """Return the strata of each subject kind; the dimensions must be free of cycles."""
    by_full = {rule.full: rule for rule in rules}
    graph = _graph(dimensions, by_full)
    levels: dict[str, int] = {}
    for name in TopologicalSorter(graph).static_order():
        levels[name] = max((levels[other] + 1 for other in graph.get(name, ())), default=0)
    return {subject: _of_subject(subject, by_full.values(), dimensions, levels) for subject in SUBJECTS}


def _of_subject(
    subject: str, rules: Iterable[Rule], dimensions: Mapping[str, Dimension], levels: Mapping[str, int]
) -> tuple[Stratum, ...]:
    own = [dimension for dimension in dimensions.values() if dimension.subject == subject]
    about = [rule for rule in rules if rule.subject == subject]
    conditions = _conditions(about, own)
    at = {id_: _level(levels, reads(subject, one)) for id_, one in conditions.items()}
    timed = {rule.full: _level(levels, reads(subject, *deciding(rule))) for rule in about if rule.takes_time}
    height = max([*at.values(), *(levels[dimension.name] for dimension in own)], default=-1) + 1
    levels_of = (
        Stratum(
            {id_: one for id_, one in conditions.items() if at[id_] == level},
            tuple(dimension.name for dimension in own if levels[dimension.name] == level),
            tuple(full for full, known in timed.items() if known == level),
            scored=levels.get(f"{subject}.{SCORE}") == level,
        )
        for level in range(height)
    )
    return tuple(stratum for stratum in levels_of if stratum.conditions or stratum.dimensions or stratum.scored)


def _level(levels: Mapping[str, int], read: set[str]) -> int:
    return max((levels[name] + 1 for name in read), default=0)


def _conditions(rules: Sequence[Rule], dimensions: Sequence[Dimension]) -> dict[str, Condition]:
    return {
        **{rule.full: rule.when for rule in rules},
        **{f"{rule.full}#task": rule.task.only for rule in rules if rule.task and rule.task.only},
        **{f"{rule.full}#stop": rule.task.stop for rule in rules if rule.task and rule.task.stop},
        **{f"{rule.full}#until": rule.keep.until for rule in rules if rule.keep and rule.keep.until},
        **{f"{one.name}#only": one.only for one in dimensions if one.only},
    }
