"""The whole base at once: subjects that no rule can tell apart are inferred once.

Rules compare metrics with constants, so two subjects that lie on the same side of every constant have the same fate.
Each small group of rules sorts the subjects by the sides they lie on; one real subject of each kind goes through the
engine, and all of its kind share what it came to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from integrator.engine.coding import Axis, Coding, coarser, key
from integrator.engine.columns import codes, switched, width
from integrator.engine.grouping import grouped, rounded
from integrator.engine.memory import HELD, hold
from integrator.engine.moment import day_of
from integrator.engine.ruleset import CLASS, SCORE, SCORE_BOUNDS
from integrator.engine.single import evaluate_one

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from integrator.domain import Condition
    from integrator.engine.moment import Moment
    from integrator.engine.ruleset import Dimension, Rule, RuleSet
    from integrator.ports import RuleEngine

__all__ = ["evaluate", "evaluate_one"]

# Numbers of kinds below this are looked up in a table of as many places.
LARGEST_KEY = 2**20


def evaluate(
    rules: RuleSet,
    subject: str,
    facts: pl.DataFrame,
    engine: RuleEngine,
    moment: Moment | None = None,
    before: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the classes and verdicts of every row of `facts`, in its order.

    Columns: `class.<dimension>` (null where none), `rule.<pack>/<id>` (true where the rule fired) and, for rules with a
    task, `task.<pack>/<id>` (true where it should exist). A rule that classifies fires only where its value was given.
    Where rules give points, `class.score` holds their sum as a text. Rules about days gone by need the `moment` (or its
    facts as columns), and rules that take time need it in any case: `before` has what was known of them
    (`held.<pack>/<id>`, absent: nothing), the same columns of the result have what is known now.
    """
    frame = facts if moment is None else facts.with_columns(_clocks(moment))
    truths: dict[str, pl.Series] = {}
    fired: dict[str, pl.Series] = {}
    held: dict[str, pl.Series] = {}
    for stratum in rules.strata[subject]:
        truths.update(_truths(stratum.conditions, frame, engine))
        for full in stratum.timed:
            held[full] = _held(rules.rule(full), truths, before, moment)
            truths[full] = held[full].struct.field("fires")
        for name in stratum.dimensions:
            values, winners = _classify(rules.dimensions[name], rules, truths, facts.height)
            frame = frame.with_columns(values.alias(f"class.{name}"))
            fired.update(winners)
        if stratum.scored:
            frame = frame.with_columns(_points(rules, subject, {**truths, **fired}).alias(f"{CLASS}{SCORE}"))
    own = {*facts.columns, f"{CLASS}{SCORE}"}
    classes = [frame[name] for name in frame.columns if name.startswith(CLASS) and name not in own]
    states = [state.alias(f"{HELD}{full}") for full, state in held.items()]
    verdicts = {**truths, **fired}
    scored = any(rule.subject == subject and rule.score for rule in rules.rules)
    points = [_points(rules, subject, verdicts).cast(pl.String).alias(f"{CLASS}{SCORE}")] if scored else []
    return pl.DataFrame([*classes, *_verdicts(rules, subject, verdicts), *states, *points])


def _held(rule: Rule, truths: Mapping[str, pl.Series], before: pl.DataFrame | None, moment: Moment | None) -> pl.Series:
    """Return what is known now of a rule that takes time; `truths` say where its conditions are TRUE."""
    name = f"{HELD}{rule.full}"
    known = None if before is None else before.get_column(name, default=None)
    return hold(known, truths[rule.full], truths.get(f"{rule.full}#until"), day_of(moment), rule)


def _clocks(moment: Moment) -> list[pl.Expr]:
    kinds = {"now": pl.Datetime("us", "UTC"), "today": pl.Date()}
    return [pl.lit(value, dtype=kinds[name]).alias(name) for name, value in moment.facts.items()]


def _points(rules: RuleSet, subject: str, fired: Mapping[str, pl.Series]) -> pl.Series:
    """Return the sum of the points of the rules that fired, within a score's bounds."""
    given = [(fired[rule.full], rule.score) for rule in rules.rules if rule.subject == subject and rule.score]
    total = sum((true.cast(pl.Int64) * points for true, points in given), start=pl.Series([0]))
    return total.clip(*SCORE_BOUNDS)


def _verdicts(rules: RuleSet, subject: str, truths: Mapping[str, pl.Series]) -> Iterator[pl.Series]:
    for rule in rules.rules:
        if rule.subject != subject:
            continue
        fired = truths[rule.full]
        yield fired.alias(f"rule.{rule.full}")
        if rule.task:
            due = fired & truths[f"{rule.full}#task"] if rule.task.only else fired
            due = due & ~truths[f"{rule.full}#stop"] if rule.task.stop else due
            yield due.alias(f"task.{rule.full}")


def _classify(
    dimension: Dimension, rules: RuleSet, truths: Mapping[str, pl.Series], height: int
) -> tuple[pl.Series, dict[str, pl.Series]]:
    """Return the dimension's values, and where each of its rules gave one."""
    free = truths[f"{dimension.name}#only"] if dimension.only else pl.repeat(value=True, n=height, eager=True)
    names = [None, *(rules.rule(full).classify for full in dimension.order), dimension.otherwise]
    winners = {}
    for full in dimension.order:
        winners[full] = won = free & truths[full]
        free = free & ~won
    kind = width(len(names))
    sides = [(pl.lit(won), at + 1) for at, won in enumerate([*winners.values(), free])]
    chosen = pl.select(switched(sides, 0, kind)).to_series()
    return pl.Series(names, dtype=pl.String).gather(chosen), winners


def _truths(conditions: Mapping[str, Condition], frame: pl.DataFrame, engine: RuleEngine) -> dict[str, pl.Series]:
    """Return where each condition is TRUE."""
    coding = Coding.of(conditions.values())
    coded = pl.DataFrame([codes(axis, frame).alias(str(index)) for index, axis in enumerate(coding.axes)])
    found: dict[str, pl.Series] = {}
    for group in grouped(conditions, rounded(frame.height)):
        found.update(_group(group, frame, (coding, coded), engine))
    return found


def _group(
    conditions: Mapping[str, Condition], frame: pl.DataFrame, wide: tuple[Coding, pl.DataFrame], engine: RuleEngine
) -> dict[str, pl.Series]:
    """Return where each condition is TRUE; the codes are those of all conditions of the stratum."""
    coding = Coding.of(conditions.values())
    keys, size = _keys(coding, *wide, frame.height)
    firsts = keys.arg_unique()
    known = [name for name in coding.metrics if name in frame.columns]
    real = frame.select(known)[firsts].to_dicts() if known else [{} for _ in firsts]
    matcher = engine.load(conditions)
    bits = {id_: 1 << at for at, id_ in enumerate(conditions)}
    kind = width(1 << len(bits))
    fired = pl.Series([sum(bits[id_] for id_ in matcher.fired(facts)) for facts in real], dtype=kind)
    table = pl.zeros(size, dtype=kind, eager=True).scatter(keys.gather(firsts).cast(pl.UInt32), fired)
    of_row = table.gather(keys)
    return {id_: (of_row & pl.Series([bit], dtype=kind)) != 0 for id_, bit in bits.items()}


def _keys(coding: Coding, wide: Coding, coded: pl.DataFrame, rows: int) -> tuple[pl.Series, int]:
    """Return what kind each row is, the codes of all axes as digits of one number, and below what all these lie."""
    places = {key(axis): index for index, axis in enumerate(wide.axes)}
    done, size = pl.repeat(0, rows, dtype=pl.UInt8, eager=True), 1
    digits: list[tuple[Axis, int]] = []
    for axis in coding.axes:
        if digits and size * axis.kinds > LARGEST_KEY:
            done, size = _dense(_packed(done, digits, wide, coded, size))
            digits = []
        digits.append((axis, places[key(axis)]))
        size *= axis.kinds
    keys = _packed(done, digits, wide, coded, size)
    return _dense(keys) if size > LARGEST_KEY else (keys, size)


def _packed(
    done: pl.Series, digits: Iterable[tuple[Axis, int]], wide: Coding, coded: pl.DataFrame, size: int
) -> pl.Series:
    """Return the number with the codes as its further digits."""
    kind = width(size)
    number = pl.lit(done).cast(kind)
    for axis, place in digits:
        number = number * pl.lit(axis.kinds, dtype=kind) + _digit(axis, wide.axes[place], pl.col(str(place)), kind)
    return coded.select(number.alias("key")).to_series()


def _digit(axis: Axis, wide: Axis, code: pl.Expr, kind: Any) -> pl.Expr:
    """Return the code on an axis from that on the wider one."""
    if axis == wide:
        return code.cast(kind)
    numbers = coarser(wide, axis)
    ends = [at for at in range(1, len(numbers)) if numbers[at] != numbers[at - 1]]
    narrow = width(wide.kinds)
    return switched([(code < pl.lit(end, dtype=narrow), numbers[end - 1]) for end in ends], numbers[-1], kind)


def _dense(keys: pl.Series) -> tuple[pl.Series, int]:
    """Return the numbers' ranks instead of them, and how many there are."""
    return keys.rank("dense") - 1, keys.n_unique()
