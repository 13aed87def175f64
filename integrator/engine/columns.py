"""Columns of facts as the codes that rules tell apart, a whole base at a time; `coding` says what the codes are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import polars as pl

from integrator.engine.coding import Age, Axis, Judged, Pair, Presence, Scale
from integrator.engine.operators import CLOCKS, RANKED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SMALLEST, LARGEST = -(2**63), 2**63 - 1
EXACT = 2**53
# More words than this are found faster in a table than one after the other.
MOST_COMPARED = 12
_WIDTHS = ((2**8, pl.UInt8), (2**16, pl.UInt16), (2**32, pl.UInt32))


def width(size: int) -> Any:
    """Return the narrowest type that holds so many codes."""
    return next((kind for most, kind in _WIDTHS if size <= most), pl.UInt64)


def codes(axis: Axis, frame: pl.DataFrame) -> pl.Series:
    """Return the axis's code of every row; the last code where a fact is missing."""
    found = _codes(axis, frame)
    kind = width(axis.kinds)
    if found is None:
        return pl.repeat(axis.kinds - 1, frame.height, dtype=kind, eager=True)
    return found.cast(kind).fill_null(axis.kinds - 1)


def switched(sides: Iterable[tuple[pl.Expr, int]], otherwise: int, kind: Any) -> pl.Expr:
    """Return the number of the first side that a row lies on."""
    chain: Any = pl
    for side, number in sides:
        chain = chain.when(side).then(pl.lit(number, dtype=kind))
    last = pl.lit(otherwise, dtype=kind)
    whole: pl.Expr = last if chain is pl else chain.otherwise(last)
    return whole


def _codes(axis: Axis, frame: pl.DataFrame) -> pl.Series | None:
    """Return the codes, null where a fact is missing; None where no row's fact is known."""
    columns = [_column(frame[name]) if name in frame.columns else pl.Series([None]) for name in axis.metrics]
    kinds = [_family(column.dtype) for column in columns]
    if isinstance(axis, Presence):
        return (columns[0].is_not_null() if kinds[0] else pl.repeat(value=False, n=frame.height, eager=True)).cast(
            pl.UInt8
        )
    if isinstance(axis, Judged):
        return _judged(axis, columns[0]) if kinds[0] == "string" else None
    if isinstance(axis, Age):
        past = _age(kinds[0], dict(zip(axis.metrics, columns, strict=True)), axis.metric)
        return None if past is None else _scale(axis.scale, past)
    if isinstance(axis, Scale):
        return _scale(axis, columns[0]) if kinds[0] == axis.family else None
    return None if kinds[0] is None or kinds[0] != kinds[1] else _pair(axis, columns[0], columns[1], kinds[0])


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
    if axis.family == "number" and column.dtype not in (pl.Int64, pl.Float64):
        return pl.Series([axis.code({axis.metric: value}) for value in column.to_list()], dtype=pl.Int64)
    if axis.family == "string" and len(axis.marks) > MOST_COMPARED:
        numbers = {word: index + 1 for index, word in enumerate(axis.marks)}
        found = column.replace_strict(numbers, default=0, return_dtype=pl.UInt32)
        return found.set(column.is_null(), None)
    fact = pl.col(column.name)
    if axis.ranked:
        beyond = [_beyond(fact, column.dtype, *mark) for mark in axis.marks]
        sides = [(side, index + 1) for index, side in enumerate(beyond)][::-1]
    else:
        sides = [(fact == word, index + 1) for index, word in enumerate(axis.marks)]
    missing = (fact.is_null(), axis.kinds - 1)
    return column.to_frame().select(switched([missing, *sides], 0, width(axis.kinds))).to_series()


def _beyond(fact: pl.Expr, kind: Any, constant: Any, above: bool) -> pl.Expr:  # noqa: FBT001 as the cut has it
    """Return where a known fact lies beyond the cut."""
    low = high = constant
    if kind == pl.Int64:
        if not SMALLEST <= constant <= LARGEST:
            return pl.lit(constant < 0)
        low, high = math.ceil(constant), math.floor(constant)
    elif kind == pl.Float64:
        low, high = _nearest(constant)
    beyond: pl.Expr = fact > high if above else fact >= low
    return beyond


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
    found = pl.Series([axis.of(text) for text in texts.to_list()], dtype=pl.Int64)
    return column.replace_strict(texts, found, default=None, return_dtype=pl.Int64)


def _age(kind: str | None, columns: Mapping[str, pl.Series], metric: str) -> pl.Series | None:
    """Return how many microseconds ago each day or instant was; None where no row's is known."""
    clock = columns.get(CLOCKS.get(kind or "", ""))
    if clock is None or _family(clock.dtype) != kind:
        return None
    return (clock - columns[metric]).dt.total_microseconds()


def _pair(axis: Pair, left: pl.Series, right: pl.Series, kind: str) -> pl.Series | None:
    if axis.ranked and kind not in RANKED:
        return None
    if kind == "number" and not _comparable(left, right):
        facts = zip(left.to_list(), right.to_list(), strict=True)
        return pl.Series([axis.code({axis.metric: a, axis.other: b}) for a, b in facts], dtype=pl.Int64)
    found = (left == right).cast(pl.UInt8)
    return found + (left > right).cast(pl.UInt8) * 2 if axis.ranked else found


def _comparable(left: pl.Series, right: pl.Series) -> bool:
    """True where the columns are of one kind of number, or their whole numbers are exact as binary ones."""
    if left.dtype == right.dtype:
        return True
    whole = [column for column in (left, right) if column.dtype == pl.Int64]
    if {left.dtype, right.dtype} != {pl.Int64, pl.Float64}:
        return False
    return all(column.is_between(-EXACT, EXACT).all() for column in whole)
