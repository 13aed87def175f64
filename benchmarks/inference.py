"""What whole-base inference costs beside durable_rules one client at a time, and beside the same rules written by hand.

    python benchmarks/inference.py [CLIENTS]

Rules: one in five chained (a class decided by earlier rules, and a metric), the others a word and two thresholds.
Clients: thirteen metrics, skewed as recency, frequency and money are, one value in twenty missing; and once uniform and
independent, the worst case for sorting clients by the sides of thresholds. Everything runs in one process on one core,
in seconds of the processor, medians of three. durable_rules takes the facts in its best form (raw core, one session,
orjson, only the metrics that rules mention) on a sample, scaled; json-logic and zen-engine stand beside it where they
are installed. The hand-written form is polars expressions with the same treatment of missing values, chained classes in
a second step.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["POLARS_MAX_THREADS"] = "1"
import orjson
import polars as pl
import yaml

from integrator.domain import Group, Metric, Test
from integrator.engine import classes, durable, loader
from integrator.engine.durable import DurableEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from integrator.domain import Condition
    from integrator.engine.ruleset import RuleSet

SIZES = (10, 50, 200)
SAMPLE = 2_000
WORDS = ["a", "b", "c", "d", "e"]
NUMBERS = [f"n{index}" for index in range(10)]
TEXTS = [f"w{index}" for index in range(3)]
SYMBOLS = {"eq": "__eq__", "gte": "__ge__", "gt": "__gt__", "lte": "__le__", "lt": "__lt__"}
DURABLE = {"gte": "$gte", "gt": "$gt", "lte": "$lte", "lt": "$lt"}
LOGIC = {"eq": "==", "gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}


def metric(name: str, type_: str, values: tuple[str, ...] = ()) -> Metric:
    return Metric(name, "client", type_, "", {"ru": name, "en": name}, values)


METRICS = {
    **{("client", name): metric(name, "integer") for name in NUMBERS},
    **{("client", name): metric(name, "string", tuple(WORDS)) for name in TEXTS},
}


def pack(count: int) -> dict[str, Any]:
    """Return a pack with so many rules, one in five of them chained."""
    import random

    chance = random.Random(count)
    named = {"ru": "x", "en": "x"}

    def thresholds(number: int) -> list[dict[str, Any]]:
        chosen = chance.sample(NUMBERS, number)
        return [{name: {chance.choice(["gte", "lt"]): chance.choice([5, 20, 60, 150, 400, 700])}} for name in chosen]

    chained = count // 5
    rules, order = [], []
    for number in range(count - chained):
        when = [{chance.choice(TEXTS): {"eq": chance.choice(WORDS)}}, *thresholds(2)]
        rule = {"id": f"r{number}", "title": named, "subject": "client", "severity": "low", "when": {"all": when}}
        if number < 5:
            order.append(rule["id"])
            rule["then"] = {"classify": f"v{number}"}
        else:
            rule |= {"anchor": "n0", "then": {"finding": f"f{number}"}}
        rules.append(rule)
    for number in range(chained):
        when = [{"class.kind": {"eq": f"v{number % 5}"}}, *thresholds(1)]
        rule = {"id": f"c{number}", "title": named, "subject": "client", "severity": "low", "when": {"all": when}}
        rules.append(rule | {"anchor": "n0", "then": {"finding": f"g{number}"}})
    values = {f"v{number}": named for number in range(5)} | {"none": named}
    kind = {"title": named, "subject": "client", "assigns": "exactly_one", "values": values}
    top = {"schema": 1, "name": "bench", "title": named, "description": named}
    return top | {"classes": {"kind": kind | {"order": order, "otherwise": "none"}}, "rules": rules}


def rule_set(count: int) -> RuleSet:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench" / "pack.yaml"
        path.parent.mkdir()
        path.write_text(yaml.safe_dump(pack(count), allow_unicode=True), encoding="utf-8")
        return loader.load([path], METRICS)


def base(clients: int, *, uniform: bool = False) -> pl.DataFrame:
    """Return the clients' facts; skewed unless uniform."""
    rows = pl.DataFrame({"row": pl.int_range(clients, eager=True)})

    def drawn(seed: int) -> pl.Expr:
        return (pl.col("row").hash(seed) % 1_000_003) / 1_000_003

    numbers = [
        ((drawn(seed) * 900) if uniform else (900 * drawn(seed).pow(4))).floor().cast(pl.Int64).alias(name)
        for seed, name in enumerate(NUMBERS)
    ]
    texts = [
        (drawn(50 + seed) * len(WORDS)).floor().cast(pl.Int64).replace_strict(dict(enumerate(WORDS))).alias(name)
        for seed, name in enumerate(TEXTS)
    ]
    columns = [
        pl.when(drawn(90 + at) > 0.05).then(one).alias(name)
        for at, (name, one) in enumerate(zip([*NUMBERS, *TEXTS], [*numbers, *texts], strict=True))
    ]
    return rows.select(columns)


def by_hand(rules: RuleSet, frame: pl.DataFrame) -> pl.DataFrame:
    """Evaluate the rules as polars expressions: what a programmer would write for this one set."""

    def expression(condition: Condition) -> pl.Expr:
        if isinstance(condition, Group):
            return pl.all_horizontal([expression(part) for part in condition.parts])
        column = pl.col(condition.metric)
        return getattr(column, SYMBOLS[condition.op])(condition.value).fill_null(value=False)

    dimension = rules.dimensions["kind"]
    first = [rule for rule in rules.rules if not rule.id.startswith("c")]
    kind: Any = pl
    for full in dimension.order:
        rule = rules.rule(full)
        kind = kind.when(expression(rule.when)).then(pl.lit(rule.classify))
    frame = frame.with_columns(kind.otherwise(pl.lit("none")).alias("class.kind"))
    chained = [rule for rule in rules.rules if rule.id.startswith("c")]
    return frame.select(
        "class.kind", *(expression(rule.when).alias(f"rule.{rule.full}") for rule in [*first, *chained])
    )


class OneByOne:
    """durable_rules at its best: raw core, one session, orjson, groups within its limits; classes passed on."""

    def __init__(self, rules: RuleSet) -> None:
        import durable_rules_engine as core

        self.core, self.rules = core, rules
        plain = [rule for rule in rules.rules if not rule.id.startswith("c")]
        chained = [rule for rule in rules.rules if rule.id.startswith("c")]
        self.first, self.then = self._sets(plain), self._sets(chained)

    def _sets(self, rules: list[Any]) -> list[tuple[int, tuple[str, ...]]]:
        made = []
        for at in range(0, len(rules), 40):
            group = rules[at : at + 40]
            body = {rule.full: {"all": [{"m": self._pattern(rule.when)}]} for rule in group}
            body["warm"] = {"all": [{"m": {"k": 2}}]}
            handle = self.core.create_ruleset(f"b{id(self)}{at}{len(made)}{group[0].id}", orjson.dumps(body).decode())
            names = tuple(sorted({test.metric for rule in group for test in rule.when.parts}))
            self._fired(handle, {"k": 2})
            made.append((handle, names))
        return made

    def _pattern(self, condition: Any) -> dict[str, Any]:
        tests = [self._test(test) for test in condition.parts]
        return {"$and": [{"k": 1}, *tests]}

    def _test(self, test: Test) -> dict[str, Any]:
        name = test.metric.replace(".", "_")
        return {name: test.value} if test.op == "eq" else {DURABLE[test.op]: {name: test.value}}

    def _fired(self, handle: int, facts: dict[str, Any]) -> set[str]:
        code, state = self.core.assert_fact(handle, orjson.dumps({"id": "f", "sid": "s", **facts}).decode())
        if code == 1:
            return set()
        found = set()
        _, action = self.core.start_action_for_state(handle, state)
        while action is not None:
            found.update(orjson.loads(action))
            action = self.core.complete_and_start_action(handle, state)
        self.core.retract_fact(handle, '{"id":"f","sid":"s"}')
        return found

    def run(self, row: dict[str, Any]) -> tuple[str, set[str]]:
        found: set[str] = set()
        for handle, names in self.first:
            found |= self._fired(handle, {"k": 1, **{name: row[name] for name in names if row[name] is not None}})
        order = self.rules.dimensions["kind"].order
        kind = next((self.rules.rule(full).classify for full in order if full in found), "none")
        row = {**row, "class.kind": kind}
        for handle, names in self.then:
            facts = {name.replace(".", "_"): row[name] for name in names if row[name] is not None}
            found |= self._fired(handle, {"k": 1, **facts})
        return str(kind), found


def json_logic(rules: RuleSet) -> Callable[[dict[str, Any]], Any]:
    from json_logic import jsonLogic

    def logic(rule: Any) -> dict[str, Any]:
        guarded = [{"!=": [{"var": test.metric}, None]} for test in rule.when.parts]
        return {"and": [*guarded, *({LOGIC[t.op]: [{"var": t.metric}, t.value]} for t in rule.when.parts)]}

    plain = [logic(rule) for rule in rules.rules]
    return lambda row: [jsonLogic(one, {**row, "class.kind": None}) for one in plain]


def zen(rules: RuleSet) -> Callable[[dict[str, Any]], Any]:
    from zen import compile_expression

    def text(rule: Any) -> str:
        tests = (
            f"{t.metric.replace('.', '_')} != null and {t.metric.replace('.', '_')} {LOGIC[t.op]} {t.value!r}"
            for t in rule.when.parts
        )
        return " and ".join(tests)

    compiled = [compile_expression(text(rule)) for rule in rules.rules]
    return lambda row: [one.evaluate({**row, "class_kind": None}) for one in compiled]


def timed(work: Callable[[], Any], times: int = 3) -> float:
    """Return the median seconds of the processor."""
    taken = []
    for _ in range(times):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return statistics.median(taken)


def check(rules: RuleSet, frame: pl.DataFrame, found: pl.DataFrame, sample: list[dict[str, Any]]) -> None:
    """All three ways agree: by hand on everything, one by one on the sample."""
    written = by_hand(rules, frame)
    winners = set(rules.dimensions["kind"].order)
    for name in written.columns:
        if name.removeprefix("rule.") not in winners:
            assert written[name].equals(found[name]), name
    slow = OneByOne(rules)
    for at, row in enumerate(sample[:500]):
        kind, fired = slow.run(row)
        assert kind == found["class.kind"][at]
        ours = {rule.full for rule in rules.rules if rule.full not in winners and found[f"rule.{rule.full}"][at]}
        assert fired - winners == ours


def beside(rules: RuleSet, sample: list[dict[str, Any]]) -> Iterator[str]:
    for name, make in (("json-logic", json_logic), ("zen-engine", zen)):
        try:
            run = make(rules)
        except ImportError:
            yield f"{name}: not installed"
            continue
        rows = sample[:200]
        yield f"{name} {len(rows) / timed(lambda rows=rows, run=run: [run(row) for row in rows], 1):,.0f}/s"


def compare(count: int, clients: int, *, uniform: bool = False) -> None:
    rules, frame = rule_set(count), base(clients, uniform=uniform)
    sample = frame.head(SAMPLE).to_dicts()
    engine = DurableEngine()
    found = classes.evaluate(rules, "client", frame, engine)
    check(rules, frame, found, sample)
    ours = timed(lambda: classes.evaluate(rules, "client", frame, _fresh()))
    hand = timed(lambda: by_hand(rules, frame))
    slow = OneByOne(rules)
    single = timed(lambda: [slow.run(row) for row in sample]) / len(sample) * clients
    kind = "uniform" if uniform else "skewed"
    print(
        f"{count} rules, {clients:,} {kind} clients: {ours:.2f} s ({clients / ours:,.0f}/s); "
        f"one by one {single:.1f} s = {single / ours:.0f} x; by hand {hand:.2f} s, ours = {ours / hand:.1f} x; "
        + "; ".join(beside(rules, sample)),
        flush=True,
    )


def _fresh() -> DurableEngine:
    """Return an engine that has seen nothing: what earlier runs inferred must not help."""
    durable.forget()
    return DurableEngine()


def one_client(count: int) -> None:
    """The time of one client, as a hook brings him, the rules loaded before; none is like an earlier one."""
    rules, sample = rule_set(count), base(1_000, uniform=True).to_dicts()
    engine = DurableEngine()
    classes.evaluate_one(rules, "client", {}, engine)
    taken = []
    for facts in sample:
        begin = time.perf_counter()
        classes.evaluate_one(rules, "client", facts, engine)
        taken.append((time.perf_counter() - begin) * 1000)
    print(f"one client, {count} rules: p50 {statistics.median(taken):.2f} ms, p95 {sorted(taken)[950]:.2f} ms")


def main(arguments: list[str]) -> None:
    clients = int(arguments[0]) if arguments else 1_000_000
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    for count in SIZES:
        compare(count, clients)
    compare(50, clients, uniform=True)
    one_client(50)


if __name__ == "__main__":
    main(sys.argv[1:])
