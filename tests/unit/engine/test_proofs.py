"""What is proved of packs holds of every subject, and what is told against them comes with one who shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from integrator import bootstrap, metrics
from integrator.domain import Group, Metric, Truth
from integrator.domain import Test as Leaf
from integrator.engine import examples, proofs_cells
from integrator.engine.loader import load
from integrator.engine.proofs import prove
from integrator.engine.proofs_cells import World
from integrator.engine.proofs_values import CLOCK, UnprovableError, factors
from integrator.engine.reference import evaluate
from integrator.engine.ruleset import Keep
from integrator.metrics.catalogue import INVARIANTS
from tests.unit.engine.building import ruleset
from tests.unit.engine.packfiles import HEAD, MARK, dimension, pack, place_of_mark, report, rule, world, write

if TYPE_CHECKING:
    from pathlib import Path

    from integrator.domain import Condition
    from integrator.engine.proofs import Report

BIG = rule("big", "{purchase_count: {gte: 3}}", "{classify: a}")
SMALL = rule("small", "{purchase_count: {lt: 3}}", "{classify: b}")


def shown(found: Report) -> dict[str, Any]:
    """The facts in the one error."""
    (error,) = found.errors
    (example,) = yaml.safe_load(error.problem.message[error.problem.message.index("- {given") :])
    return dict(example)


def test_the_shipped_packs_are_proved_without_a_remark() -> None:
    found = bootstrap.proved(bootstrap.rules_at([]), bootstrap.own_packs([]))
    assert found.remarks == ()
    assert any(
        "class win_back: exactly one value for every client to whom it applies, proved over" in sentence
        for sentence in found.proved["win_back"]
    )


def test_rules_that_leave_no_gap_prove_that_a_class_has_one_value(tmp_path: Path) -> None:
    found = report(tmp_path, pack(dimension("big small"), BIG, SMALL))
    assert found.remarks == ()
    assert "proved over 2 kinds" in found.proved["shop"][0]


def test_a_gap_between_rules_is_shown_as_facts(tmp_path: Path) -> None:
    found = report(tmp_path, pack(dimension("big small"), BIG, SMALL.replace("lt: 3", "lt: 2")))
    assert shown(found) == {"given": {"purchase_count": 2}, "expect": "silent"}
    (error,) = found.errors
    assert (error.problem.line, error.problem.column) == (5, 3)
    assert 'must give exactly one value to every client; write "otherwise" or another rule' in error.problem.message


def test_a_fact_that_may_be_missing_is_a_gap(tmp_path: Path) -> None:
    rules = (
        rule("big", "{average_purchase: {gte: 1000}}", "{classify: a}"),
        rule("small", "{average_purchase: {lt: 1000}}", "{classify: b}"),
    )
    assert shown(report(tmp_path, pack(dimension("big small"), *rules))) == {"given": {}, "expect": "unknown"}


def test_what_is_always_true_of_the_facts_closes_gaps(tmp_path: Path) -> None:
    """A client without a purchase has no ABC share, and one with a purchase has."""
    rules = (
        rule("none_yet", "{purchase_count: {eq: 0}}", "{classify: a}"),
        rule("upper", "{abc_share_above: {lt: 0.5}}", "{classify: b}"),
        rule("lower", "{abc_share_above: {gte: 0.5}}", "{classify: b}"),
    )
    assert report(tmp_path, pack(dimension("none_yet upper lower"), *rules)).errors == ()


def test_facts_tied_by_one_that_no_rule_reads_close_gaps(tmp_path: Path) -> None:
    rules = (
        rule("late", "{days_silent: {gt: 5}}", "{classify: a}"),
        rule("soon", "{days_silent: {lte: 5}}", "{classify: a}"),
        rule("stranger", "{abc_share_above: {exists: false}}", "{classify: b}"),
    )
    assert report(tmp_path, pack(dimension("late soon stranger"), *rules)).errors == ()


def test_a_class_must_have_a_value_where_it_applies_and_nowhere_else(tmp_path: Path) -> None:
    only = "    only: {purchase_count: {gte: 3}}\n"
    assert report(tmp_path, pack(dimension("big", "a", more=only), BIG)).errors == ()
    wider = only.replace("3", "2")
    found = report(tmp_path, pack(dimension("big", "a", more=wider), BIG))
    assert shown(found)["given"] == {"purchase_count": 2}


CHAIN = (
    rule("steady", "{class.size: {eq: a}}", "{classify: kept}"),
    rule("rare", "{all: [{class.size: {eq: b}}, {purchase_count: {lt: 2}}]}", "{classify: kept}"),
)


def test_classes_that_rules_read_are_decided_from_their_own_facts(tmp_path: Path) -> None:
    two = dimension("big small") + dimension("steady rare", "kept", name="care")
    chained = pack(two, BIG, SMALL.replace("lt: 3", "lt: 2"), *CHAIN)
    first, second = report(tmp_path, chained).errors
    assert "class size" in first.problem.message
    assert "given: {purchase_count: 2}" in second.problem.message
    assert report(tmp_path, pack(two, BIG.replace("gte: 3", "gte: 2"), SMALL.replace("3", "2"), *CHAIN)).errors == ()


def test_what_an_example_shows_can_be_pasted_and_holds(tmp_path: Path) -> None:
    before = "{last_refusal_at: {lt: 2026-01-01T00:00:00+03:00}}"
    rules = [
        rule("rich", "{average_purchase: {gte: 1000.50}}", "{classify: a}"),
        rule("new", "{last_purchase_on: {gte: 2026-01-01}}", "{classify: b}"),
        rule("refused", f"{{all: [{before}, {{blacklisted: {{eq: true}}}}]}}", "{classify: b}"),
    ]
    text = pack(dimension("rich new refused"), *rules)
    (error,) = report(tmp_path, text).errors
    example = error.problem.message[error.problem.message.index("- {given") :]
    pasted = load([write(tmp_path, f"{text}    examples:\n      {example}\n")], metrics.METRICS)
    assert len(pasted.rule("shop/refused").examples) == 1
    assert pasted.rule("shop/refused").examples[0].given
    assert examples.run(pasted) == []


def one(*conditions: str) -> str:
    """A pack of one rule with these conditions joined as the first says, or with the one condition."""
    when = conditions[0] if len(conditions) == 1 else f"{{{conditions[0]}: [{', '.join(conditions[1:])}]}}"
    return pack("", rule("mine", when))


def marked(rule_: str) -> str:
    return rule_.replace("- id", f"- {MARK}id")


def sized(*rules: str, order: str = "big", more: str = "") -> str:
    return pack(dimension(order, more=f"{more}    otherwise: b\n"), *rules)


CLEAN = one("{purchase_count: {gte: 3}}")
PARAMS = (
    HEAD + "params:\n  ‸least: {type: integer, default: 3, doc: {ru: а, en: b}}\n"
    "  most: {type: integer, default: 9, doc: {ru: а, en: b}}\n"
)
TEMPLATE = "templates:\n  ‸call:\n" + "".join(f"    {part}: {{ru: а, en: b}}\n" for part in ("title", "why", "closes"))
TASK = "{task: {template: call, due: {working_days: 1}, ‸only: {purchase_count: {lt: 2}}}}"
HUGE = rule("huge", "{purchase_count: {gte: 9}}", "{classify: a}")
LISTED = "{blacklisted: {eq: true}}"
# The pack with a mark where the warning must be told, and what it must say.
DOUBTFUL = [
    (
        marked(one("all", "{purchase_count: {gte: 5}}", "{purchase_count: {lt: 3}}")),
        "rule shop/mine can never be true: no client has such facts",
    ),
    (one("{‸purchase_count: {lt: 0}}"), '"purchase_count lt 0" can never be true'),
    (one("{‸purchase_count: {gte: 0}}"), '"purchase_count gte 0" is always true; remove it'),
    (
        one("{‸days_silent: {gte: 0}}"),
        '"days_silent gte 0" is true whenever days_silent is known; write {exists: true} if that is meant',
    ),
    (
        one("any", LISTED, "{‸all: [{days_silent: {gte: 5}}, {purchase_count: {eq: 0}}]}"),
        'this "all" can never be true',
    ),
    (
        one("all", LISTED, "{‸any: [{open_deals: {gte: 5}}, {open_deals: {lt: 7}}]}"),
        'this "any" is always true; remove it',
    ),
    (one("none", LISTED, "{‸purchase_count: {in: [-1, -2]}}"), '"purchase_count in [-1, -2]" can never be true'),
    (
        sized(BIG, marked(HUGE), order="big huge"),
        "rule shop/huge never decides: wherever it is true, big came before it",
    ),
    (
        sized(marked(BIG), more="    only: {purchase_count: {lt: 2}}\n"),
        "rule shop/big is true only of those to whom class size does not apply",
    ),
    (
        sized(BIG, more="    ‸only: {purchase_count: {lt: 0}}\n"),
        'class size applies to no client: "only" can never be true',
    ),
    (
        sized(BIG, more="    only: {any: [{‸purchase_count: {gte: 0}}, {open_deals: {gte: 3}}]}\n"),
        '"purchase_count gte 0" is always true; remove it',
    ),
    (pack(dimension("big", "a ‸c b", more="    otherwise: b\n"), BIG), 'no rule gives "c" of class size'),
    (pack("", rule("often", "{purchase_count: {gte: $most}}"), head=PARAMS), 'nothing uses parameter "least"'),
    (CLEAN + TEMPLATE, 'no rule uses "call" of templates'),
    (
        pack("", rule("often", "{purchase_count: {gte: 3}}", TASK), tail=TEMPLATE.replace(MARK, "")),
        'the task of rule shop/mine is never asked for: "only" is never true where the rule is'.replace(
            "mine", "often"
        ),
    ),
]


@pytest.mark.parametrize(("text", "message"), DOUBTFUL)
def test_what_can_hardly_be_meant_is_a_warning_at_its_place(tmp_path: Path, text: str, message: str) -> None:
    found = [remark for remark in report(tmp_path, text).warnings if message in remark.problem.message]
    assert [(one.problem.line, one.problem.column) for one in found] == [place_of_mark(text)], report(tmp_path, text)
    assert str(found[0]).startswith(f"{tmp_path / 'shop' / 'pack.yaml'}:")
    assert ": warning: " in str(found[0])


def test_a_sound_pack_has_no_warnings(tmp_path: Path) -> None:
    assert report(tmp_path, CLEAN).remarks == ()
    used = pack("", rule("often", "{purchase_count: {between: [$least, $most]}}"), head=PARAMS)
    assert report(tmp_path, used).remarks == ()


def test_a_parameter_that_metrics_read_is_used(tmp_path: Path) -> None:
    found = bootstrap.proved(bootstrap.rules_at([]), {"win_back"})
    assert not [remark for remark in found.warnings if "parameter" in remark.problem.message]


def test_texts_cannot_be_foreseen_and_are_taken_either_way(tmp_path: Path) -> None:
    rules = [
        rule("dear", '{reason_text: {matches: "дорого"}}', "{classify: a}", subject="deal"),
        rule("far", '{reason_text: {not_matches: "дорого"}}', "{classify: b}", subject="deal"),
    ]
    made = dimension("dear far", subject="deal")
    assert shown(report(tmp_path, pack(made, *rules)))["given"] == {}
    written = made + "    only: {reason_text: {exists: true}}\n"
    assert report(tmp_path, pack(written, *rules)).remarks == ()
    other = pack(written, rules[0], rules[1].replace("дорого", "дёшево"))
    assert shown(report(tmp_path, other)) == {"given": {"reason_text": "дёшево"}, "expect": "silent"}
    # Only a text that nobody wrote down would be both: there may be none.
    both = [each.replace(": {matches", ": {not_matches") for each in rules]
    unseen = pack(written, both[0].replace("дорого", "^до"), both[1].replace("дорого", "го$"))
    (doubt,) = report(tmp_path, unseen).warnings
    assert "can't prove that class size gives exactly one value" in doubt.problem.message


def test_more_kinds_of_subjects_than_can_be_looked_through_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs_cells, "MOST_CELLS", 3)
    tight = "{all: [{purchase_count: {gte: 3}}, {open_deals: {gte: 2}}, {days_silent: {gte: 9}}]}"
    text = pack(dimension("big", "a"), rule("big", tight, "{classify: a}"))
    (doubt, *_) = report(tmp_path, text).warnings
    assert "can't prove that class size gives exactly one value" in doubt.problem.message
    assert "3 at most are looked through (" in doubt.problem.message


def test_classes_too_wide_to_be_decided_are_taken_as_any_they_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = dimension("big small") + dimension("steady", "kept", name="care")
    big = rule("big", "{all: [{purchase_count: {gte: 3}}, {open_deals: {gte: 1}}]}", "{classify: a}")
    text = pack(two, big, SMALL, CHAIN[0])
    monkeypatch.setattr(proofs_cells, "MOST_CELLS", 3)
    doubts = [str(remark) for remark in report(tmp_path, text).warnings]
    assert any("class care gives exactly one" in said and "unless there is such a client" in said for said in doubts)


def timed(folder: Path, text: str, **changes: Any) -> Report:
    """What is told of a pack whose rule `big` takes time."""
    plain = world(folder, text)
    rules = tuple(replace(one, **changes) if one.id == "big" else one for one in plain.rules.rules)
    return prove(replace(plain, rules=replace(plain.rules, rules=rules)), {"shop"})


LATER = rule("later", "{purchase_count: {gte: 3}}", "{classify: a}")


def test_a_rule_that_must_hold_for_some_days_leaves_a_gap_until_then(tmp_path: Path) -> None:
    found = timed(tmp_path, pack(dimension("big small"), BIG, SMALL), for_days=30)
    assert shown(found)["given"] == {"purchase_count": 3}
    assert timed(tmp_path, pack(dimension("big small later"), BIG, SMALL, LATER), for_days=30).remarks == ()


def test_a_class_that_time_decides_is_taken_as_any_it_may_be(tmp_path: Path) -> None:
    two = dimension("big small later") + dimension("steady", "kept", name="care")
    (doubt,) = timed(tmp_path, pack(two, BIG, SMALL, LATER, CHAIN[0]), for_days=30).remarks
    assert "can't prove that class care gives exactly one value" in doubt.problem.message
    assert "{class.size: b}" in doubt.problem.message


def test_what_a_rule_is_kept_by_is_looked_at_too(tmp_path: Path) -> None:
    text = pack("", marked(rule("big", "{days_silent: {gte: 5}}")))
    (doubt,) = timed(tmp_path, text, keep=Keep(Leaf("days_silent", "lt", 0))).remarks
    assert '"days_silent lt 0" can never be true' in doubt.problem.message
    assert (doubt.problem.line, doubt.problem.column) == place_of_mark(text)


def test_a_rule_that_stays_decides_and_asks_where_its_condition_does_not_hold(tmp_path: Path) -> None:
    asks = TASK.replace(MARK, "")
    alone = pack("", rule("big", "{purchase_count: {gte: 3}}", asks), tail=TEMPLATE.replace(MARK, ""))
    assert len(timed(tmp_path, alone).remarks) == 1
    assert timed(tmp_path, alone, keep=Keep(days=3)).remarks == ()
    few = "    only: {purchase_count: {lt: 3}}\n    otherwise: b\n"
    outside = pack(dimension("big", more=few), BIG)
    assert "does not apply" in timed(tmp_path, outside).remarks[0].problem.message
    assert timed(tmp_path, outside, keep=Keep(days=3)).remarks == ()


CHAINED = """\
lists:
  {list}causes: {{dear: {{ru: а, en: b}}}}
chains:
  {chain}back:
    title: {{ru: а, en: b}}
    steps: [{{template: call, due: {{working_days: 1}}}}]
    stop: {{{stop}purchase_count: {{gte: {least}}}}}
templates:
  call:
    title: {{ru: "{{{{ {text} }}}}", en: b}}
    why: {{ru: а, en: b}}
    closes: {{ru: а, en: b}}
"""
FINE = {"list": "", "chain": "", "stop": "", "least": 9, "text": "lists.causes|join"}


@pytest.mark.parametrize(
    ("then", "changes", "message"),
    [
        ("{task: {chain: back}}", {}, None),
        ("{task: {chain: back}}", {"stop": MARK, "least": 0}, '"purchase_count gte 0" is always true'),
        ("{task: {chain: back}}", {"list": MARK, "text": "client"}, 'no text names the list "causes"'),
        ("{finding: found}", {"chain": MARK}, 'no rule uses "back" of chains'),
    ],
)
def test_chains_and_lists_are_looked_at(
    tmp_path: Path, then: str, changes: dict[str, Any], message: str | None
) -> None:
    text = pack("", rule("quiet", "{days_silent: {gte: 90}}", then), tail=CHAINED.format(**{**FINE, **changes}))
    found = report(tmp_path, text).remarks
    assert [message in one.problem.message for one in found if message] == ([True] if message else [])
    assert len(found) == (message is not None)
    if message:
        assert (found[0].problem.line, found[0].problem.column) == place_of_mark(text)


TYPES = {"n": "integer", "m": "integer", "x": "number", "y": "number", "d": "date", "w": "string", "b": "boolean"}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "integer": st.integers(-2, 6),
    "number": st.sampled_from([-1.5, 0, 0.5, 1, 1.25, 1.5, 2, 3, 3.75, 7]),
    "date": st.dates(date(2025, 12, 1), date(2026, 2, 1)),
    "string": st.sampled_from(["", "ab", "text", "text 1", "ё"]),
    "boolean": st.booleans(),
}
KINDS = {name: Metric(name, "client", kind, "", {}) for name, kind in TYPES.items()}


@st.composite
def leaves(draw: st.DrawFn) -> Leaf:
    name = draw(st.sampled_from(sorted(TYPES)))
    kind = TYPES[name]
    value = VALUES[kind]
    if draw(st.booleans()) and draw(st.booleans()):
        return Leaf(name, "exists", draw(st.booleans()))
    if kind == "string" and draw(st.booleans()):
        return Leaf(name, draw(st.sampled_from(("matches", "not_matches"))), draw(st.sampled_from(("a", "t", "1$"))))
    ranked = kind not in ("string", "boolean")
    op = draw(st.sampled_from(("lt", "lte", "gt", "gte", "eq", "ne") if ranked else ("eq", "ne")))
    others = [other for other, its in TYPES.items() if its == kind or {its, kind} == {"integer", "number"}]
    if draw(st.integers(0, 3)) == 0:
        return Leaf(name, op, None, draw(st.sampled_from(others)))
    if draw(st.booleans()) and kind != "boolean":
        return Leaf(name, "in", tuple(draw(st.lists(value, min_size=1, max_size=3))))
    return Leaf(name, op, draw(value))


FACTS = st.fixed_dictionaries({}, optional={name: VALUES[kind] for name, kind in TYPES.items()})


@settings(max_examples=150, deadline=None)
@given(st.lists(leaves(), min_size=1, max_size=5), st.lists(FACTS, min_size=1, max_size=12))
def test_no_facts_are_of_a_kind_that_was_not_looked_at(asked: list[Leaf], found: list[dict[str, Any]]) -> None:
    try:
        made = factors(asked, KINDS)
    except UnprovableError:
        return
    for facts in found:
        for factor in made:
            truths = tuple(evaluate(test, facts) for test in factor.tests)
            assert truths in {kind.truths for kind in factor.kinds}, (factor.tests, facts)


@settings(max_examples=100, deadline=None)
@given(st.lists(leaves(), min_size=1, max_size=4), st.sampled_from(["all", "any", "none"]), st.data())
def test_who_a_condition_is_true_of_is_so_by_its_meaning(parts: list[Leaf], join: str, data: st.DataObject) -> None:
    inner = Group(join, tuple(parts))
    condition: Condition = Group("none", (inner, parts[0])) if data.draw(st.booleans()) else inner
    small = World(ruleset([]), {("client", name): metric for name, metric in KINDS.items()}, ())
    try:
        space = small.space("client", [condition], chained=True)
    except UnprovableError:
        return
    sets = space.sets(condition)
    rest = space.everyone & ~sets.true & ~sets.false
    for subjects, truth in ((sets.true, Truth.TRUE), (sets.false, Truth.FALSE), (rest, Truth.UNKNOWN)):
        if subjects := subjects & ~space.vague:
            assert evaluate(condition, {**space.facts(subjects), **CLOCK}) is truth


def test_days_gone_by_are_told_apart_at_their_bounds() -> None:
    asked = [Leaf("d", "within_days", 30), Leaf("d", "older_than_days", 60)]
    (factor,) = factors(asked, KINDS)
    assert {kind.truths for kind in factor.kinds} == {
        (Truth.TRUE, Truth.FALSE),
        (Truth.FALSE, Truth.FALSE),
        (Truth.FALSE, Truth.TRUE),
        (Truth.UNKNOWN, Truth.UNKNOWN),
    }


def test_bounds_at_the_ends_of_the_calendar_are_no_crash() -> None:
    kinds = {"d": KINDS["d"], "t": Metric("t", "client", "instant", "", {})}
    asked = [
        Leaf("d", "gte", date.min),
        Leaf("d", "lte", date.max),
        Leaf("t", "gte", datetime.min.replace(tzinfo=UTC)),
        Leaf("t", "lt", datetime.max.replace(tzinfo=UTC)),
    ]
    assert len(factors(asked, kinds)) == 2


def test_invariants_only_take_away() -> None:
    left = []
    for fact in (one for one in INVARIANTS if one.subject == "deal"):
        asked = [test for test in fact.tests if test.other is None]
        wide, narrow = (
            World(ruleset([]), metrics.METRICS, known).space("deal", asked, chained=True) for known in ((), INVARIANTS)
        )
        assert wide.possible == wide.everyone
        assert narrow.possible
        left.append(narrow.possible == narrow.everyone)
    assert not all(left)
