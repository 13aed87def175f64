"""The packs that ship, as a whole and each by itself: sound, pinned by their examples, the same in every engine."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from integrator import bootstrap, metrics, packs, rulesets
from integrator.config import Config
from integrator.engine import durable, examples
from integrator.engine.conditions import metrics_read
from integrator.engine.conditions import tests as leaves
from integrator.engine.given import USUAL
from integrator.engine.loader import load
from integrator.engine.reference import ReferenceEngine
from integrator.engine.ruleset import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from integrator.domain import Condition
    from integrator.domain import Test as Leaf
    from integrator.engine.ruleset import Rule, RuleSet

NAMES = ("base", "growth", "next_step", "prevention", "prospecting", "pyramid", "refusals", "target", "win_back")
RULES = load(packs.find([packs.shipped()]), metrics.METRICS)
# Packs that decide classes which a pack reads, and what these rest upon.
GUESTS: dict[str, set[str]] = {
    "base": {"pyramid", "target", "win_back"},
    "growth": {"win_back"},
    "next_step": set(),
    "prevention": {"pyramid", "target", "win_back"},
    "prospecting": set(),
    "pyramid": {"target", "win_back"},
    "refusals": {"target"},
    "target": set(),
    "win_back": set(),
}


def config(*chosen: str) -> Config:
    portal = {"crm": "amocrm", "base_url": "https://x.amocrm.ru", "auth": {"long_lived_token": "t"}}
    return Config.model_validate({"portals": {"main": {**portal, "rules": {"packs": list(chosen)}}}})


@cache
def draft(*chosen: str) -> rulesets.Draft:
    return rulesets.draft(rulesets.Files(config(*chosen), "main", packs.shipped()))


def test_nine_packs_ship() -> None:
    assert tuple(packs.within(packs.shipped())) == NAMES


def test_nothing_in_them_is_wrong_or_useless() -> None:
    report = bootstrap.proved(RULES, NAMES)
    assert [str(remark) for remark in report.errors] == []
    assert [str(remark) for remark in report.warnings] == []


def test_the_examples_hold() -> None:
    assert [str(failure) for failure in examples.run(RULES)] == []


def test_every_condition_is_pinned_by_an_example() -> None:
    assert [str(problem) for problem in bootstrap.unpinned(RULES, NAMES)] == []


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.full)
def test_every_rule_has_examples_of_each_outcome_and_says_what_it_is(rule: Rule) -> None:
    # Of what is always known there is nothing unknown.
    assert {example.expect for example in rule.examples} >= {"fires", "silent"}
    assert set(rule.title) == set(LANGUAGES)


def test_what_a_task_is_about_can_be_told_in_every_language() -> None:
    for (pack, name), template in RULES.templates.items():
        for part in (template.title, template.why, template.closes):
            assert set(part) == set(LANGUAGES), (pack, name)


@pytest.mark.parametrize("name", NAMES)
def test_a_pack_alone_brings_the_classes_it_reads_and_nothing_else_decides(name: str) -> None:
    alone = draft(name)
    there = {rule.pack for rule in alone.rules.rules}
    assert there - {name} == GUESTS[name]
    asking = {rule.pack for rule in alone.rules.rules if rule.task or rule.finding}
    assert asking <= {name}
    alone.check()


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_means_the_same_alone_as_among_all(name: str) -> None:
    for rule in draft(name).rules.rules:
        whole = draft().rules.rule(rule.full)
        assert rule.when == whole.when, rule.full
        if rule.pack == name:
            assert (rule.task, rule.finding, rule.score) == (whole.task, whole.finding, whole.score), rule.full
    for one, dimension in draft(name).rules.dimensions.items():
        assert dimension.order == draft().rules.dimensions[one].order


def test_every_parameter_that_metrics_read_is_declared_with_the_same_default() -> None:
    for name, default in metrics.DEFAULT_PARAMS.items():
        expected = default if isinstance(default, str | tuple) else pytest.approx(float(default))
        assert RULES.params[name] == expected, name


def test_params_change_what_the_rules_decide() -> None:
    wider = load(packs.find(), metrics.METRICS, params={"win_back.abc_a_below": 0.9, "refusals.look_back_days": 90})
    assert 0.9 in [test.value for test in leaves(wider.rule("win_back/abc_a").when)]
    assert wider.hash != RULES.hash


def test_classes_and_findings_are_those_that_the_contract_names() -> None:
    assert {name: list(dimension.values) for name, dimension in RULES.dimensions.items()} == {
        "engagement": ["active", "opportunity"],
        "lifecycle": ["never_bought", "active", "at_risk", "lost", "returned"],
        "abc": ["A", "B", "C"],
        "xyz": ["X", "Y", "Z"],
        "win_back": ["first", "must", "if_possible", "let_go"],
        "pyramid": ["key", "real_large", "real_medium", "real_small", "prospective", "probable", "potential"],
        "role": ["partner"],
        "target": ["target", "non_target", "unknown"],
    }
    found = {rule.finding for rule in RULES.rules if rule.finding}
    assert {"refusal_reason_missing", "refusal_reason_subjective", "next_step_missing", "turnover_falling"} <= found


def test_rules_read_only_metrics_that_exist() -> None:
    known = {name for _, name in metrics.METRICS} | {f"class.{name}" for name in RULES.dimensions}
    for rule in RULES.rules:
        assert {name.removeprefix("client.") for name in metrics_read(rule.when)} <= known


def test_no_task_is_asked_for_without_the_fact_that_begins_its_episode() -> None:
    assert [rule.full for rule in RULES.rules if rule.task and rule.anchor is None] == []


def test_an_example_that_does_not_hold_is_told_with_its_place_and_what_was_seen(tmp_path: Path) -> None:
    copied = []
    for name in ("refusals", "target"):
        (tmp_path / name).mkdir()
        copied.append(tmp_path / name / "pack.yaml")
        copied[-1].write_text((packs.shipped() / name / "pack.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    text = copied[0].read_text(encoding="utf-8")
    broken = text.replace("{given: {outcome: won}, expect: silent}", "{given: {outcome: won}, expect: fires}", 1)
    copied[0].write_text(broken, encoding="utf-8")
    (failure,) = examples.run(load(copied, metrics.METRICS))
    line = broken[: broken.index("{given: {outcome: won}, expect: fires}")].count("\n") + 1
    assert str(failure).startswith(f"{copied[0]}:{line}:9: refusals/reason_missing, example ")
    assert "expected fires, got silent" in str(failure)
    assert "outcome is won, eq lost: false" in str(failure)


# What lies just on either side of a threshold, by the type of what stands at it.
STEPS: dict[type, Any] = {int: 1, float: 1e-9, date: timedelta(days=1), datetime: timedelta(microseconds=1)}


def sides(value: Any) -> list[Any]:
    """A threshold's own value and its neighbours; of a text or a flag, itself and another."""
    if isinstance(value, bool):
        return [True, False]
    if isinstance(value, str):
        return [value, f"{value}x"]
    step = STEPS[type(value)]
    return [value - step, value, value + step]


def at_thresholds(test: Leaf, facts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The facts with what the test reads missing, at its threshold and just off it."""
    yield {**facts, test.metric: None}
    if test.other is not None:
        yield {**facts, test.other: None}
        values = [facts[test.other]] if facts.get(test.other) is not None else []
    elif test.op in {"within_days", "older_than_days"}:
        assert isinstance(test.value, int)
        values = [USUAL.today - timedelta(days=test.value)]
    elif test.op == "exists":
        values = [facts[test.metric]] if facts.get(test.metric) is not None else []
    else:
        values = list(test.value) if isinstance(test.value, tuple) else [test.value]
    for value in values:
        for side in sides(value):
            yield {**facts, test.metric: side}


def conditions(rules: RuleSet, rule: Rule) -> dict[str, Condition]:
    dimension = rules.dimensions.get(rule.dimension or "")
    asked = {"when": rule.when, "dimension": dimension.only if dimension else None}
    if rule.task:
        asked |= {f"task{at}": one for at, one in enumerate(rule.task.conditions)}
    return {f"{rule.full}#{name}": one for name, one in asked.items() if one is not None}


@pytest.mark.skipif(not durable.available(), reason="durable_rules is not installed for this Python")
@pytest.mark.parametrize("name", NAMES)
def test_both_engines_see_the_same_at_every_threshold(name: str) -> None:
    seen = 0
    for rule in (rule for rule in RULES.rules if rule.pack == name):
        group = conditions(RULES, rule)
        fast, meaning = durable.DurableEngine().load(group), ReferenceEngine().load(group)
        for example in rule.examples:
            read = dict.fromkeys(test for one in group.values() for test in leaves(one))
            for facts in (facts for test in read for facts in at_thresholds(test, {**example.given, **USUAL.facts})):
                known = {metric: value for metric, value in facts.items() if value is not None}
                assert fast.fired(known) == meaning.fired(known), (rule.full, known)
                seen += 1
    assert seen > 0
