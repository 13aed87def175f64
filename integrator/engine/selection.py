"""A rule set restricted to some rules, with what these rest upon."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from integrator.engine.fingerprint import fingerprint
from integrator.engine.rules import classes_named
from integrator.engine.ruleset import SCORE
from integrator.engine.strata import asking, deciding, needs, points_need, reads, scoring, stratify

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from integrator.engine.ruleset import Dimension, Rule, RuleSet


def restrict(
    rules: Mapping[str, Rule], dimensions: Mapping[str, Dimension], only: Sequence[str]
) -> tuple[dict[str, Rule], dict[str, Dimension]]:
    """Return the rules named in `only` (all when empty) and the dimensions they belong to or read.

    A dimension is kept whole, else its classes would be others than without the restriction; those of its rules that
    `only` does not name classify, and neither find nor ask for tasks.
    """
    if not only:
        return dict(rules), dict(dimensions)
    kept = set(only)
    wanted: set[str] = set()
    queue = [name for full in only for name in _rests_on(rules[full])]
    while queue:
        name = queue.pop()
        given = [rule.full for rule in scoring(name, rules.values())]
        if name in wanted or (name not in dimensions and not given):
            continue
        wanted.add(name)
        order = dimensions[name].order if name in dimensions else given
        queue += reads(dimensions[name].subject, dimensions[name].only) if name in dimensions else ()
        for full in order:
            kept.add(full)
            queue += _rests_on(rules[full])
    silent = {full: replace(rule, finding=None, task=None) for full, rule in rules.items() if full not in only}
    return (
        {full: silent.get(full, rule) for full, rule in rules.items() if full in kept},
        {name: dimension for name, dimension in dimensions.items() if name in wanted},
    )


def _rests_on(rule: Rule) -> set[str]:
    own = {rule.dimension} if rule.dimension else set()
    shown = {f"{rule.subject}.{name}" if name == SCORE else name for name in classes_named(rule)}
    return own | reads(rule.subject, *deciding(rule), *asking(rule)) | shown


def resting(rules: RuleSet, wanted: Collection[str]) -> RuleSet:
    """Return the rules of these full ids and what it depends on whether they fire; none of them finds or asks."""
    names = _closure(rules, wanted)
    own = {name: rules.dimensions[name] for name in sorted(names & rules.dimensions.keys())}
    given = {rule.full for name in names for rule in scoring(name, rules.rules)}
    kept = {*wanted, *given, *(full for one in own.values() for full in one.order)}
    plain = tuple(replace(rule, finding=None, task=None) for rule in rules.rules if rule.full in kept)
    return replace(rules, rules=plain, dimensions=own, strata=stratify(plain, own))


def _closure(rules: RuleSet, wanted: Collection[str]) -> set[str]:
    """Return the dimensions and scores that the rules read, and those that these read."""
    names: set[str] = set()
    by_full = {rule.full: rule for rule in rules.rules}
    queue = [name for full in wanted for name in reads(by_full[full].subject, *deciding(by_full[full]))]
    while queue:
        name = queue.pop()
        if name not in names:
            names.add(name)
            dimension = rules.dimensions.get(name)
            queue += needs(dimension, by_full) if dimension else points_need(scoring(name, rules.rules))
    return names


def meaning(rules: RuleSet, full: str) -> str:
    """Return a text that is the same where the same makes the rule fire."""
    found = resting(rules, [full])
    said = [(rule.full, rule.when, rule.for_days, rule.keep, rule.classify, rule.score) for rule in found.rules]
    decided = [(one.name, one.order, one.otherwise, one.only) for one in found.dimensions.values()]
    return fingerprint(said, decided)
