"""The whole base at once: subjects that no rule can tell apart are inferred once.

Rules compare metrics with constants, so two subjects that lie on the same side of every constant have the same fate.
Each small group of rules sorts the subjects by the sides they lie on; one real subject of each kind goes through the
engine, and all of its kind share what it came to.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import polars as pl

from integrator.engine.coding import Age, Axis, Coding, Judged, Pair, Presence, Scale
from integrator.engine.operators import CLOCKS, RANKED
from integrator.engine.ruleset import CLASS, SCORE, SCORE_BOUNDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from integrator.domain import Condition
    from integrator.engine.moment import Moment
    from integrator.engine.ruleset import Dimension, RuleSet
    from integrator.ports import RuleEngine

# More kinds of subjects than this in one group cost more than another group does.
MOST_KINDS = 4096
MOST_RULES = 40
LARGEST_KEY = 2**62
SMALLEST, LARGEST = -(2**63), 2**63 - 1
EXACT = 2**53


def evaluate(
    rules: RuleSet, subject: str, facts: pl.DataFrame, engine: RuleEngine, moment: Moment | None = None
) -> pl.DataFrame:
    """Return the classes and verdicts of every row of `facts`, in its order.

    Columns: `class.<dimension>` (null where none), `rule.<pack>/<id>` (true where the rule fired) and, for rules with a
    task, `task.<pack>/<id>` (true where it should exist). A rule that classifies fires only where its value was given.
    Where rules give points, `class.score` holds their sum as a text. Rules about days gone by need the `moment` (or its
    facts as columns).
    """
    frame = facts if moment is None else facts.with_columns(_clocks(moment))
    truths: dict[str, pl.Series] = {}
    fired: dict[str, pl.Series] = {}
    for stratum in rules.strata[subject]:
        truths.update(_truths(stratum.conditions, frame, engine))
        for name in stratum.dimensions:
            values, winners = _classify(rules.dimensions[name], rules, truths, facts.height)
            frame = frame.with_columns(values.alias(f"class.{name}"))
            fired.update(winners)
    classes = [frame[name] for name in frame.columns if name.startswith("class.") and name not in facts.columns]
    found = pl.DataFrame([*classes, *_verdicts(rules, subject, {**truths, **fired})])
    return found.with_columns(_score(rules, subject, found))


def _clocks(moment: Moment) -> list[pl.Expr]:
    kinds = {"now": pl.Datetime("us", "UTC"), "today": pl.Date()}
    return [pl.lit(value, dtype=kinds[name]).alias(name) for name, value in moment.facts.items()]


def _score(rules: RuleSet, subject: str, verdicts: pl.DataFrame) -> list[pl.Series]:
    """Return the sum of the points of the rules that fired, within a score's bounds; nothing where none gives any."""
    given = [
        (verdicts[f"rule.{rule.full}"], rule.score) for rule in rules.rules if rule.subject == subject and rule.score
    ]
    return [_summed(given[0][0], given).clip(*SCORE_BOUNDS).cast(pl.String).alias(f"{CLASS}{SCORE}")] if given else []


def _verdicts(rules: RuleSet, subject: str, truths: Mapping[str, pl.Series]) -> Iterator[pl.Series]:
    for rule in rules.rules:
        if rule.subject != subject:
            continue
        fired = truths[rule.full]
        yield fired.alias(f"rule.{rule.full}")
        if rule.task:
            due = fired & truths[f"{rule.full}#task"] if rule.task.only else fired
            yield due.alias(f"task.{rule.full}")


def _classify(
    dimension: Dimension, rules: RuleSet, truths: Mapping[str, pl.Series], height: int
) -> tuple[pl.Series, dict[str, pl.Series]]:
    """Return the dimension's values, and where each of its rules gave one."""
    free = truths[f"{dimension.name}#only"] if dimension.only else pl.repeat(value=True, n=height, eager=True)
    values = pl.repeat(None, height, dtype=pl.String, eager=True)
    winners = {}
    for full in dimension.order:
        winners[full] = won = free & truths[full]
        values = values.set(won, rules.rule(full).classify)
        free = free & ~won
    if dimension.otherwise is not None:
        values = values.set(free, dimension.otherwise)
    return values, winners


def _truths(conditions: Mapping[str, Condition], frame: pl.DataFrame, engine: RuleEngine) -> dict[str, pl.Series]:
    found: dict[str, pl.Series] = {}
    for group in _groups(conditions):
        found.update(_group(group, frame, engine))
    return found


def _groups(conditions: Mapping[str, Condition]) -> Iterator[dict[str, Condition]]:
    """Yield the conditions in groups that tell at most MOST_KINDS kinds of subjects apart, alone if need be."""
    group: dict[str, Condition] = {}
    for id_, condition in conditions.items():
        wider = {**group, id_: condition}
        if group and (len(wider) > MOST_RULES or Coding.of(wider.values()).kinds > MOST_KINDS):
            yield group
            wider = {id_: condition}
        group = wider
    if group:
        yield group


def _group(conditions: Mapping[str, Condition], frame: pl.DataFrame, engine: RuleEngine) -> dict[str, pl.Series]:
    """Return where each condition is TRUE."""
    coding = Coding.of(conditions.values())
    keys = _keys(coding, frame)
    kinds = keys.with_row_index("#").group_by(keys.columns, maintain_order=True).agg(pl.col("#").first())
    known = [name for name in coding.metrics if name in frame.columns]
    real = frame.select(known)[kinds["#"]].to_dicts() if known else [{} for _ in range(kinds.height)]
    matcher = engine.load(conditions)
    fired = [matcher.fired(facts) for facts in real]
    table = kinds.drop("#").with_columns(
        pl.Series(id_, [id_ in one for one in fired], dtype=pl.Boolean) for id_ in conditions
    )
    joined = keys.join(table, on=keys.columns, how="left", maintain_order="left")
    return {id_: joined[id_] for id_ in conditions}


def _keys(coding: Coding, frame: pl.DataFrame) -> pl.DataFrame:
    """Return what kind each row is: the codes of all axes as digits of as few integers as hold them."""
    if not coding.axes:
        return pl.DataFrame({"key0": pl.repeat(0, frame.height, dtype=pl.Int64, eager=True)})
    keys: list[pl.Series] = []
    size = LARGEST_KEY
    for axis in coding.axes:
        codes = _codes(axis, frame).fill_null(axis.kinds - 1)
        if size * axis.kinds >= LARGEST_KEY:
            keys.append(codes.alias(f"key{len(keys)}"))
            size = axis.kinds
        else:
            keys[-1] = keys[-1] * axis.kinds + codes
            size *= axis.kinds
    return pl.DataFrame(keys)


def _codes(axis: Axis, frame: pl.DataFrame) -> pl.Series:
    """Return the axis's code of every row, null where a fact is missing."""
    nothing = pl.repeat(None, frame.height, dtype=pl.Int64, eager=True)
    columns = [_column(frame[name]) if name in frame.columns else nothing for name in axis.metrics]
    kinds = [_family(column.dtype) for column in columns]
    if isinstance(axis, Presence):
        known = columns[0].is_not_null() if kinds[0] else columns[0].is_not_null() & False
        return known.cast(pl.Int64)
    if isinstance(axis, Judged):
        return _judged(axis, columns[0]) if kinds[0] == "string" else nothing
    if isinstance(axis, Age):
        past = _age(kinds[0], dict(zip(axis.metrics, columns, strict=True)), axis.metric)
        return nothing if past is None else _scale(axis.scale, past)
    if isinstance(axis, Scale):
        return _scale(axis, columns[0]) if kinds[0] == axis.family else nothing
    if kinds[0] is None or kinds[0] != kinds[1]:
        return nothing
    return _pair(axis, columns[0], columns[1], kinds[0])


def _column(column: pl.Series) -> pl.Series:
    """Return the column as the codes need it: no NaN, whole and binary numbers of one width, instants in UTC."""
    kind = column.dtype
    if kind.is_float():
        return column.cast(pl.Float64).fill_nan(None)
    if kind.is_integer() and kind not in (pl.UInt64, pl.Int128):
        return column.cast(pl.Int64)
    if isinstance(kind, pl.Datetime) and kind.time_zone:
        return column.dt.convert_time_zone("UTC").dt.cast_time_unit("us")
    return column.cast(pl.String) if isinstance(kind, pl.Categorical | pl.Enum) else column


def _family(kind: pl.DataType) -> str | None:
    """Return the family of a column's values as `operators.family` has it; None where no value can be known."""
    if kind.is_numeric():
        return "number"
    if isinstance(kind, pl.Datetime):
        return "instant" if kind.time_zone else None
    return {pl.String: "string", pl.Boolean: "boolean", pl.Date: "date"}.get(type(kind))


def _scale(axis: Scale, column: pl.Series) -> pl.Series:
    if axis.family == "string":
        codes = {one: index + 1 for index, one in enumerate(axis.constants)}
        found = column.replace_strict(codes, default=0, return_dtype=pl.Int64)
    elif axis.family == "boolean":
        found = _summed(column, ((column == one, index + 1) for index, one in enumerate(axis.constants)))
    elif axis.family == "number" and column.dtype not in (pl.Int64, pl.Float64):
        found = pl.Series([axis.code({axis.metric: value}) for value in column.to_list()], dtype=pl.Int64)
    else:
        pairs = _bounds(axis, column)
        found = _summed(column, ((side, 1) for low, high in pairs for side in (column >= low, column > high)))
    return found.set(column.is_null(), None)


def _summed(column: pl.Series, parts: Iterable[tuple[pl.Series, int]]) -> pl.Series:
    found = pl.repeat(0, column.len(), dtype=pl.Int64, eager=True)
    for side, weight in parts:
        found = found + side.cast(pl.Int64) * weight
    return found


def _bounds(axis: Scale, column: pl.Series) -> list[tuple[Any, Any]]:
    """Return for each constant from which value on a row reaches it, and beyond which it passes it."""
    if column.dtype == pl.Int64:
        # A constant out of range has every row on one side: it tells none apart.
        return [(math.ceil(one), math.floor(one)) for one in axis.constants if SMALLEST <= one <= LARGEST]
    if column.dtype == pl.Float64:
        return [_nearest(one) for one in axis.constants]
    return [(one, one) for one in axis.constants]


def _nearest(constant: Any) -> tuple[float, float]:
    """Return the binary numbers nearest to the constant from above and from below."""
    try:
        near = float(constant)
    except OverflowError:
        near = math.inf if constant > 0 else -math.inf
    if near < constant:
        return math.nextafter(near, math.inf), near
    return near, math.nextafter(near, -math.inf) if near > constant else near


def _judged(axis: Judged, column: pl.Series) -> pl.Series:
    texts = column.drop_nulls().unique()
    codes = pl.Series([axis.of(text) for text in texts.to_list()], dtype=pl.Int64)
    return column.replace_strict(texts, codes, default=None, return_dtype=pl.Int64)


def _age(kind: str | None, columns: Mapping[str, pl.Series], metric: str) -> pl.Series | None:
    """Return how many microseconds ago each day or instant was; None where no row's is known."""
    clock = columns.get(CLOCKS.get(kind or "", ""))
    if clock is None or _family(clock.dtype) != kind:
        return None
    return (clock - columns[metric]).dt.total_microseconds()


def _pair(axis: Pair, left: pl.Series, right: pl.Series, kind: str) -> pl.Series:
    if axis.ranked and kind not in RANKED:
        return pl.repeat(None, left.len(), dtype=pl.Int64, eager=True)
    if kind == "number" and not _comparable(left, right):
        facts = zip(left.to_list(), right.to_list(), strict=True)
        return pl.Series([axis.code({axis.metric: a, axis.other: b}) for a, b in facts], dtype=pl.Int64)
    found = (left == right).cast(pl.Int64)
    return found + (left > right).cast(pl.Int64) * 2 if axis.ranked else found


def _comparable(left: pl.Series, right: pl.Series) -> bool:
    """True where the columns are of one kind of number, or their whole numbers are exact as binary ones."""
    if left.dtype == right.dtype:
        return True
    whole = [column for column in (left, right) if column.dtype == pl.Int64]
    if {left.dtype, right.dtype} != {pl.Int64, pl.Float64}:
        return False
    return all(column.is_between(-EXACT, EXACT).all() for column in whole)
