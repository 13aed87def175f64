"""Random rules and facts, with what engines stumble over: nulls, NaN, Cyrillic, extremes, kinds mixed up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from integrator.domain import Group
from integrator.domain import Test as Leaf

if TYPE_CHECKING:
    from integrator.domain import Condition

METRICS = ("a", "b", "c", "d")
NUMBERS = (0, 1, 7, 7.0, -0.0, -3, 0.1, Decimal("0.1"), 1e22, 1e-7, 2**53, 2**53 + 1, 2**63, -(2**63), 10**30, 121.3)
WORDS = ("", "ab", "ab c", "Дорого", "дорого", "5", "7", "ё", "\u0000", '"', "🙂", "x" * 300)
DAYS = (date(2026, 1, 1), date(2026, 2, 1), date(1, 1, 1))
INSTANTS = tuple(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=step) for step in (0, 1, 10**9))
CONSTANTS = (*NUMBERS, *WORDS, True, False, *DAYS, *INSTANTS)
FACTS = (*CONSTANTS, None, None, float("nan"), float("inf"), float("-inf"), datetime(2026, 1, 1), [1])
RANK = ("lt", "lte", "gt", "gte")
PHRASES = ("ab", "ab (c)", "дорогой", "не дорогой", "ё|дорого", "x")
PATTERNS = ("^$", "a.", "ДОРОГО", "[0-9]", "^x+$")
AGES = (0, 1, 31, 32, 40_000)
CLOCKS = {
    "now": (INSTANTS[1], INSTANTS[0] + timedelta(days=1), INSTANTS[0] + timedelta(days=31), None, DAYS[0], 7),
    "today": (DAYS[0], DAYS[1], None, INSTANTS[0], "ab"),
}


def leaves(metrics: tuple[str, ...] = METRICS) -> st.SearchStrategy[Condition]:
    metric = st.sampled_from(metrics)
    constant = st.sampled_from(CONSTANTS)
    ops = st.sampled_from(("eq", "ne", *RANK))
    ranked = st.builds(Leaf, metric, st.sampled_from(RANK), st.sampled_from(NUMBERS))
    alike = st.one_of(st.lists(st.sampled_from(NUMBERS), max_size=4), st.lists(st.sampled_from(WORDS), max_size=20))
    lists = st.one_of(alike, st.lists(constant, max_size=3)).map(tuple)
    return st.one_of(
        ranked,
        st.builds(Leaf, metric, ops, constant),
        st.builds(Leaf, metric, ops, st.none(), metric),
        st.builds(Leaf, metric, st.sampled_from(("in", "not_in")), lists),
        st.builds(Leaf, metric, st.just("exists"), st.booleans()),
        others(metric),
    )


def others(metric: st.SearchStrategy[str]) -> st.SearchStrategy[Condition]:
    def some(values: tuple[Any, ...]) -> st.SearchStrategy[tuple[Any, ...]]:
        return st.lists(st.sampled_from(values), min_size=1, max_size=3).map(tuple)

    bounds = st.one_of(*(st.tuples(*[st.sampled_from(one)] * 2) for one in (NUMBERS, DAYS, INSTANTS)))
    return st.one_of(
        st.builds(Leaf, metric, st.sampled_from(("between", "not_between")), bounds),
        st.builds(Leaf, metric, st.sampled_from(("within_days", "older_than_days")), st.sampled_from(AGES)),
        st.builds(Leaf, metric, st.sampled_from(("mentions", "not_mentions")), some(PHRASES)),
        st.builds(Leaf, metric, st.sampled_from(("matches", "not_matches")), st.sampled_from(PATTERNS)),
    )


def conditions(leaf: st.SearchStrategy[Condition] | None = None, *, most: int = 12) -> st.SearchStrategy[Condition]:
    joins = st.sampled_from(("all", "any", "none"))

    def grown(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        return st.builds(Group, joins, st.lists(parts, min_size=1, max_size=4).map(tuple))

    return st.recursive(leaf if leaf is not None else leaves(), grown, max_leaves=most)


def rules(condition: st.SearchStrategy[Condition], most: int = 8) -> st.SearchStrategy[dict[str, Condition]]:
    made = st.lists(condition, min_size=1, max_size=most)
    return made.map(lambda found: {f"правило/{index}": one for index, one in enumerate(found)})


def facts(values: st.SearchStrategy[Any] | None = None) -> st.SearchStrategy[dict[str, Any]]:
    value = values if values is not None else st.sampled_from(FACTS)
    own = st.dictionaries(st.sampled_from(METRICS), value, max_size=len(METRICS))
    clocks = st.fixed_dictionaries({}, optional={name: st.sampled_from(odd) for name, odd in CLOCKS.items()})
    return st.builds(lambda one, other: one | other, own, clocks)
