"""The grammar of a filter, read once for a command and then cheap for each row."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from connectors.bitrix24.emulator.values import DATES, NUMBERS, Key, key, members

if TYPE_CHECKING:
    from datetime import tzinfo

Row = dict[str, Any]
Test = Callable[[Row], bool]

# Longest first: `!=%` would otherwise be read as `!=`.
_PREFIXES = (
    ("!=%", "not_like"), ("!%=", "not_like"), ("=%", "like"), ("%=", "like"), ("!%", "lacks"), ("!@", "not_in"),
    ("!=", "ne"), (">=", "ge"), ("<=", "le"), ("!", "ne"), ("=", "eq"), ("@", "in"), ("%", "has"), (">", "gt"),
    ("<", "lt"),
)  # fmt: skip
_RANGES: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_LISTS = {"eq": "in", "ne": "not_in"}
# The legacy methods turn a LIKE on these into an equality [on-premise source of the crm module].
_NEVER_LIKE = frozenset({"crm_status", "crm_company", "crm_contact"})
_WITHOUT_LIKE = {"has": "eq", "like": "eq", "lacks": "ne", "not_like": "ne"}


class Column(NamedTuple):
    """A field a filter or an order may name: its name in the stored row and its kind."""

    name: str
    kind: str


Resolve = Callable[[str], Column | None]


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison; `value` is a key, for `in` a tuple of keys, for a LIKE the pattern."""

    column: Column
    op: str
    value: Key | tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when one of the alternatives holds whole."""

    alternatives: tuple[tuple[Condition | AnyOf, ...], ...]


Conditions = tuple[Condition | AnyOf, ...]


def split(name: str) -> tuple[str, str]:
    """The operator and the bare name of a key of a filter."""
    for prefix, op in _PREFIXES:
        if name.startswith(prefix):
            return op, name[len(prefix) :]
    return "eq", name


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads filters; `unknown` is told of a name that is no field (it may raise; the legacy methods drop it)."""

    resolve: Resolve
    zone: tzinfo
    unknown: Callable[[str], None]
    logic: bool = False
    legacy_like: bool = True

    def read(self, written: Mapping[str, Any]) -> Conditions:
        """The conditions of a written filter, all of which must hold."""
        return tuple(self._each(written))

    def _each(self, written: Mapping[str, Any]) -> Iterator[Condition | AnyOf]:
        for name, value in written.items():
            if name.lower() == "logic":
                continue
            if self.logic and name.isdigit():
                yield from self._group(value)
                continue
            op, bare = split(name)
            column = self.resolve(bare)
            if column is None:
                self.unknown(bare)
            else:
                yield from self._condition(column, op, value)

    def _group(self, value: Any) -> Iterator[Condition | AnyOf]:
        written = dict(enumerate(value)) if isinstance(value, list) else value
        if not isinstance(written, Mapping):
            return
        named = {str(name): item for name, item in written.items()}
        logic = next((item for name, item in named.items() if name.lower() == "logic"), "AND")
        if str(logic).upper() != "OR":
            yield from self._each(named)
            return
        parts = [part for name, part in named.items() if name.lower() != "logic" and isinstance(part, Mapping)]
        if parts:
            yield AnyOf(tuple(self.read(part) for part in parts))

    def _condition(self, column: Column, op: str, value: Any) -> Iterator[Condition]:
        if self.legacy_like and column.kind in _NEVER_LIKE:
            op = _WITHOUT_LIKE.get(op, op)
        several = list(value.values()) if isinstance(value, dict) else value
        if isinstance(several, list):
            yield from self._several(column, op, several)
        elif op in ("in", "not_in"):
            yield Condition(column, op, (self._key(column, several),))
        elif op in ("has", "lacks", "like", "not_like"):
            yield Condition(column, op, "" if several is None else str(several).casefold())
        else:
            yield Condition(column, op, self._key(column, several))

    def _several(self, column: Column, op: str, values: list[Any]) -> Iterator[Condition]:
        op = _LISTS.get(op, op)
        if op in ("in", "not_in"):
            yield Condition(column, op, tuple(self._key(column, value) for value in values))
        elif values and op in _RANGES:
            # Several bounds are joined by OR on the server; an empty list leaves no condition at all.
            keys = [self._key(column, value) for value in values]
            yield Condition(column, op, min(keys) if op in ("gt", "ge") else max(keys))
        elif values:
            yield Condition(column, op, str(values[0]).casefold())

    def _key(self, column: Column, value: Any) -> Key:
        return key(column.kind, value, self.zone)


def matcher(conditions: Conditions, zone: tzinfo) -> Test | None:
    """A function that says whether a row meets all of them; None when there are none."""
    tests = tuple(_test(condition, zone) for condition in conditions)
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda row: all(test(row) for test in tests)


def _test(condition: Condition | AnyOf, zone: tzinfo) -> Test:
    if isinstance(condition, AnyOf):
        alternatives = tuple(matcher(part, zone) for part in condition.alternatives)
        return lambda row: any(test is None or test(row) for test in alternatives)
    make = _MAKERS.get(condition.op, _range_test)
    return make(condition, zone)


def _equal_test(condition: Condition, zone: tzinfo) -> Test:
    name, kind = condition.column
    wanted, negative = condition.value, condition.op in ("ne", "not_in")
    accepted = frozenset(wanted) if isinstance(wanted, tuple) else frozenset((wanted,))

    def test(row: Row) -> bool:
        value = row.get(name)
        if isinstance(value, list | dict):
            return any(key(kind, member, zone) in accepted for member in members(value)) is not negative
        return (key(kind, value, zone) in accepted) is not negative

    return test


def _range_test(condition: Condition, zone: tzinfo) -> Test:
    name, kind = condition.column
    compare, bound = _RANGES[condition.op], condition.value

    def test(row: Row) -> bool:
        value = row.get(name)
        # SQL compares nothing with NULL.
        return value is not None and value != "" and compare(key(kind, value, zone), bound)

    return test


def _text_test(condition: Condition, _zone: tzinfo) -> Test:
    name = condition.column.name
    negative = condition.op in ("lacks", "not_like")
    pattern = _pattern(str(condition.value), whole=condition.op in ("like", "not_like"))

    def test(row: Row) -> bool:
        found = any(pattern.search(str(member or "").casefold()) for member in members(row.get(name)))
        return found is not negative

    return test


def _pattern(text: str, *, whole: bool) -> re.Pattern[str]:
    if not whole:
        return re.compile(re.escape(text))
    parts = (".*" if char == "%" else "." if char == "_" else re.escape(char) for char in text)
    return re.compile(f"^{''.join(parts)}$", re.DOTALL)


_MAKERS: dict[str, Callable[[Condition, tzinfo], Test]] = {
    **dict.fromkeys(("eq", "ne", "in", "not_in"), _equal_test),
    **dict.fromkeys(("has", "lacks", "like", "not_like"), _text_test),
}


def comparable(column: Column) -> bool:
    """Whether a range over this column can use a sorted index."""
    return column.kind in DATES or column.kind in NUMBERS
