"""Rules carried by durable_rules: the only place that knows this library, and how to keep it safe.

Its C core is used directly: one session a rule set, one fact at a time under a short id, withdrawn after each. The
library compares texts of unlike length, numbers with exponents and nulls in its own ways, so it is given the codes of
`engine.coding` instead of values. A session that never fired cannot be deleted safely, so each fires once when made.
"""

from __future__ import annotations

import logging
import re
import weakref
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING, Any

import orjson

from integrator.domain import Condition, Group, Test
from integrator.engine.coding import Coding
from integrator.engine.normal import ALWAYS, NEVER, levels, normal, paths, size
from integrator.engine.reference import ReferenceEngine
from integrator.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

    from integrator.ports import Matcher, RuleEngine

log = logging.getLogger(__name__)

# The library's stack of matching branches holds 64, a node's table 511 tests, a fact 255 properties; beyond, it fails,
# crashes or hangs. Groups stay far below.
MOST_PATHS = 40
MOST_PROPERTIES = 200
MOST_REMEMBERED = 50_000
NOT_MATCHED = 1
FACT, WARM_UP = 1, 2
ERRORS = {
    106: "too many rules in a group",
    107: "too many tests of missing facts",
    108: "too many rules with the same condition",
    113: "too many joined conditions",
    202: "an operator it does not know",
    204: "a number it cannot read",
    302: "too many facts about one subject",
    303: "too many conditions hold at once",
    304: "too many facts joined",
    314: "a value that is too long",
}
_COMPARE = {
    "ne": "$neq",
    "lt": "$lt",
    "lte": "$lte",
    "gt": "$gt",
    "gte": "$gte",
    "within_days": "$lte",
    "older_than_days": "$gt",
}
_names = count()
# Calls into the library are atomic, a sequence of them is not.
_lock = Lock()


def available() -> bool:
    """True where the library is installed and can be loaded."""
    return _core() is not None


def choose() -> RuleEngine:
    """Return the engine that decides here: durable_rules, or where it is absent the reference evaluator (logged)."""
    if available():
        return DurableEngine()
    log.warning(
        "durable_rules is not installed for this Python; the reference evaluator decides, with the same results"
    )
    return ReferenceEngine()


def _core() -> ModuleType | None:
    try:
        import durable_rules_engine
    except ImportError:
        return None
    return durable_rules_engine  # type: ignore[no-any-return]


@dataclass(slots=True)
class DurableEngine:
    """Rules matched by the network of durable_rules; rules that were loaded before are found ready."""

    name: str = "durable_rules"

    def load(self, rules: Mapping[str, Condition]) -> Matcher:
        """Return the rules ready to be matched; EngineError where the library is absent."""
        return _load(tuple(rules.items()))


def forget() -> None:
    """Forget the rules loaded so far, and with them what was inferred."""
    _load.cache_clear()


@lru_cache(maxsize=256)
def _load(rules: tuple[tuple[str, Condition], ...]) -> DurableMatcher:
    conditions = {id_: normal(rule) for id_, rule in rules}
    certain = frozenset(id_ for id_, one in conditions.items() if one == ALWAYS)
    open_ = {id_: one for id_, one in conditions.items() if one not in (ALWAYS, NEVER)}
    return DurableMatcher(certain, tuple(tuple(_groups(level)) for level in levels(open_)))


def _groups(rules: Mapping[str, Condition]) -> Iterator[_Network]:
    """Yield networks that together hold the rules, each within the library's limits."""
    group: dict[str, Condition] = {}
    ways = compared = 0
    for id_, rule in rules.items():
        ways += paths(rule)
        compared += size(rule)
        if group and (ways > MOST_PATHS or compared > MOST_PROPERTIES):
            yield _Network(group)
            group, ways, compared = {}, paths(rule), size(rule)
        group[id_] = rule
    if group:
        yield _Network(group)


@dataclass(frozen=True, slots=True)
class DurableMatcher:
    """Rules in networks, level by level: what one level finds are facts of the next."""

    certain: frozenset[str]
    levels: tuple[tuple[_Network, ...], ...]

    def fired(self, facts: Mapping[str, Any]) -> frozenset[str]:
        """Return the ids of the rules whose condition is TRUE."""
        found = self.certain
        for level in self.levels:
            decided = [network.fired(facts) for network in level]
            derived = {id_: True for fired in decided for id_ in fired if id_.startswith("#")}
            facts = {**facts, **derived} if derived else facts
            found = found.union(*decided)
        return frozenset(id_ for id_ in found if not id_.startswith("#"))


class _Network:
    """One small rule set of the library with its session; vectors of codes seen before are answered from memory."""

    def __init__(self, rules: Mapping[str, Condition]) -> None:
        self._coding = Coding.of(rules.values())
        self._ids = {f"r{index}": id_ for index, id_ in enumerate(rules)}
        self._most_steps = sum(paths(rule) for rule in rules.values()) + 1
        patterns = zip(self._ids, (self._pattern(rule) for rule in rules.values()), strict=True)
        self._definition = _json({"warm_up": _rule({"k": WARM_UP}), **{name: _rule(one) for name, one in patterns}})
        self._seen: dict[tuple[int | None, ...], frozenset[str]] = {}
        self._session: _Session | None = None

    def _pattern(self, rule: Condition) -> dict[str, Any]:
        return {"$and": [{"k": FACT}, self._expression(rule)]}

    def _expression(self, condition: Condition) -> dict[str, Any]:
        if isinstance(condition, Group):
            return {
                f"${'and' if condition.join == 'all' else 'or'}": [self._expression(one) for one in condition.parts]
            }
        return self._comparison(condition)

    def _comparison(self, test: Test) -> dict[str, Any]:
        axis, code = self._coding.place(test)
        compared = {f"p{axis}": code}
        return {_COMPARE[test.op]: compared} if test.op in _COMPARE else compared

    def fired(self, facts: Mapping[str, Any]) -> frozenset[str]:
        codes = self._coding.code(facts)
        found = self._seen.get(codes)
        if found is None:
            if len(self._seen) >= MOST_REMEMBERED:
                self._seen.clear()
            found = self._seen[codes] = self._infer(codes)
        return found

    def _infer(self, codes: tuple[int | None, ...]) -> frozenset[str]:
        properties = {f"p{axis}": code for axis, code in enumerate(codes) if code is not None}
        with _lock:
            if self._session is None:
                self._session = _Session(self._definition)
            try:
                names = self._session.run({"k": FACT, **properties}, self._most_steps)
            except EngineError:
                # After an error in the middle of a fact the session holds half of it.
                self._session = None
                raise
        return frozenset(self._ids[name] for name in names)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _rule(pattern: dict[str, Any]) -> dict[str, Any]:
    return {"all": [{"m": pattern}]}


@dataclass(slots=True, weakref_slot=True)
class _Session:
    """A rule set made in the library, deleted with this object."""

    definition: str
    _core: ModuleType = field(init=False)
    _handle: int = field(init=False)

    def __post_init__(self) -> None:
        core = _core()
        if core is None:
            raise EngineError("durable_rules is not installed; use the reference engine")
        self._core = core
        self._handle = self._call(core.create_ruleset, f"group{next(_names)}", self.definition)
        weakref.finalize(self, core.delete_ruleset, self._handle)
        if self.run({"k": WARM_UP}, 1) != {"warm_up"}:
            raise EngineError("durable_rules does not fire a rule that holds; install it again")

    def run(self, properties: Mapping[str, int], most_steps: int) -> set[str]:
        """Return the names of the rules that fire for one fact; the session is empty again afterwards."""
        fact = _json({"id": "f", "sid": "s", **properties})
        code, state = self._call(self._core.assert_fact, self._handle, fact)
        if code == NOT_MATCHED:
            return set()
        if code:
            raise EngineError(f"durable_rules did not take a fact (answer {code}): {fact}")
        fired = set()
        _, action = self._call(self._core.start_action_for_state, self._handle, state)
        for _ in range(most_steps + 1):
            if action is None:
                break
            # One that holds in several ways fires once for each.
            fired.update(orjson.loads(action))
            action = self._call(self._core.complete_and_start_action, self._handle, state)
        else:
            raise EngineError(f"durable_rules does not come to rest after {most_steps} steps: {fact}")
        self._call(self._core.retract_fact, self._handle, '{"id":"f","sid":"s"}')
        return fired

    def _call(self, function: Any, *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except Exception as error:
            number = re.search(r"error code: (\d+)", str(error))
            meaning = ERRORS.get(int(number[1]), "an error without a name") if number else str(error)
            raise EngineError(f"durable_rules failed: {meaning} ({error})") from error
