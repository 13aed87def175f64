"""Every mistake in a pack is told at its place, with what to write instead."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from textwrap import dedent
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrator.domain import Group, Metric
from integrator.domain import Test as Leaf
from integrator.engine import classes
from integrator.engine.examples import OUTCOMES
from integrator.engine.explain import judge
from integrator.engine.loader import load
from integrator.engine.moment import Moment
from integrator.engine.reference import ReferenceEngine, evaluate
from integrator.engine.ruleset import Due, Step, listed
from integrator.errors import Problem, RuleErrors

if TYPE_CHECKING:
    from pathlib import Path

    from integrator.engine.ruleset import RuleSet

_TYPES = {
    "client": {
        "purchase_count": "integer",
        "days_silent": "integer",
        "lost_threshold_days": "number",
        "revenue": "money",
        "last_purchase_on": "date",
        "last_refusal_at": "instant",
        "blacklisted": "boolean",
    },
    "deal": {"outcome": "string", "amount": "money", "closed_at": "instant", "reason_text": "string"},
}
METRICS = {
    (subject, name): Metric(
        name, subject, kind, "", {"ru": "м", "en": "m"}, ("open", "won", "lost") if name == "outcome" else ()
    )
    for subject, metrics in _TYPES.items()
    for name, kind in metrics.items()
}
PACK = dedent("""\
    schema: 1
    name: shop
    title: {ru: "Лавка", en: "Shop"}
    params:
      least: {type: integer, default: 3, min: 1, max: 9, doc: {ru: "Сколько", en: "How many"}}
      words: {type: list, default: [won, lost], doc: {ru: "Исходы", en: "Outcomes"}}
      share: {type: number, default: 4/3, min: 1, max: 10, doc: {ru: "Доля", en: "Share"}}
    lists:
      causes:
        dear: {ru: "дорого", en: "dear"}
        late: {ru: "долго", en: "late"}
    classes:
      size:
        title: {ru: "Размер", en: "Size"}
        subject: client
        assigns: exactly_one
        values:
          big: {ru: "большой", en: "big"}
          small: {ru: "малый", en: "small"}
        order: [big]
        otherwise: small
      care:
        title: {ru: "Забота", en: "Care"}
        subject: client
        assigns: at_most_one
        only: {purchase_count: {gte: 1}}
        values:
          much: {ru: "много", en: "much"}
        order: [much]
    chains:
      back:
        title: {ru: "Возвращаем", en: "Winning back"}
        steps:
          - {template: call, due: {on: last_refusal_at}}
          - {template: offer, due: {working_days: 5}}
        stop: {days_silent: {lt: 30}}
    rules:
      - id: big
        title: {ru: "Большой", en: "Big"}
        subject: client
        severity: low
        when: {purchase_count: {gte: $least}}
        then: {classify: big}
      - id: much
        title: {ru: "Много", en: "Much"}
        subject: client
        when:
          all:
            - class.size: {eq: big}
            - days_silent: {gte: {metric: lost_threshold_days}}
            - revenue: {gt: 1000.50}
            - last_purchase_on: {gte: 2026-01-01}
        for: {days: 3}
        keep: {until: {blacklisted: {eq: true}}, days: 30}
        anchor: last_purchase_on
        then:
          classify: much
          task: {template: call, due: {working_days: 2}, only: {blacklisted: {exists: false}}, to: head}
        examples:
          - {given: {class.size: big, days_silent: 5, lost_threshold_days: 4.5, revenue: 2000}, expect: unknown}
      - id: closed
        title: {ru: "Закрыта", en: "Closed"}
        subject: deal
        severity: normal
        when:
          any:
            - outcome: {in: $words}
            - none:
                - closed_at: {exists: true}
        anchor: closed_at
        evidence: [outcome]
        then: {finding: deal_closed}
      - id: quiet
        title: {ru: "Тихо", en: "Quiet"}
        subject: client
        when: {days_silent: {gte: 90}}
        anchor: last_purchase_on
        then:
          task: {chain: back, only: {blacklisted: {ne: true}}}
    templates:
      offer:
        title: {ru: "Предложите", en: "Offer"}
        why: {ru: "Причины: {{ lists.causes|join(', ') }}.", en: "Causes: {{ lists.causes|join(', ') }}."}
        closes: {ru: "Сама", en: "By itself"}
      call:
        title: {ru: "Позвоните {{ client|clip(24) }}", en: "Call {{ client|clip(24) }}"}
        why:
          ru: |
            Молчит {{ days_silent|duration }}.
            Куплено на {{ revenue|money }}.
          en: "Silent for {{ days_silent|duration }}."
        closes: {ru: "Закроется сама.", en: "Closes by itself."}
    """)
MARK = "‸"


def write(folder: Path, text: str, name: str = "shop") -> Path:
    pack = folder / name
    pack.mkdir()
    (pack / "pack.yaml").write_text(text, encoding="utf-8")
    return pack


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write(tmp_path, PACK)


@pytest.fixture
def ruleset(shop: Path) -> RuleSet:
    return load([shop], METRICS)


# What is written instead of what; the mark stands where the mistake must be told. Then what the message must say.
BROKEN = [
    ("schema: 1", "schema: ‸2", "schema: 1"),
    ("name: shop", "name: ‸store", 'that of its folder, "shop"'),
    ("params:\n", "‸parms: {}\nparams:\n", 'unknown key "parms", did you mean "params"?'),
    ('en: "Shop"}', 'eng: "Shop"}', 'key "en" is missing'),
    ('title: {ru: "Лавка", en: "Shop"}', 'title: {ru: "Лавка", en: ‸""}', 'the text in "en" must be words'),
    ("least: {type: integer", "least: {type: ‸whole", 'no type of a parameter "whole"'),
    ("default: 3, min", "default: ‸30, min", '"shop.least" is 30, it must be at most 9'),
    ("default: 4/3", "default: ‸4/0", 'must be a number, also as a fraction "4/3"'),
    ("default: 3, min", "default: ‸3.5, min", "must be a whole number"),
    ('doc: {ru: "Исходы"', 'max: 3, doc: {ru: "Исходы"', "only numbers have bounds"),
    ("otherwise: small", "otherwise: ‸smal", 'no value of "size" "smal", did you mean "small"?'),
    ("assigns: exactly_one", "assigns: ‸exactly", 'no way to assign "exactly", did you mean "exactly_one"?'),
    ("order: [big]", "order: [big, ‸bigg]", 'no rule of this pack "bigg", did you mean "big"?'),
    ("order: [big]", "order: [big, ‸big]", "stands twice in this order"),
    ("order: [big]", "order: [big, ‸closed]", "about each deal, the class about each client"),
    ("order: [big]", "order: [big, much]", "stands in the order of several classes (size, care)"),
    ("- id: much", "- id: ‸big", 'rule "big" stands twice'),
    ("- id: closed", "- id: ‸Closed!", "must be a name"),
    ("subject: deal", "subject: ‸deals", 'no subject "deals", did you mean "deal"?'),
    ("severity: low", "severity: ‸lowest", 'no severity "lowest", did you mean "low"?'),
    ("{purchase_count: {gte: $least}}", "{‸purchase_cont: {gte: $least}}", 'did you mean "purchase_count"?'),
    (
        "{purchase_count: {gte: $least}}",
        "{‸outcome: {eq: lost}}",
        "belongs to each deal, this rule is about each client",
    ),
    ("{purchase_count: {gte: $least}}", "{purchase_count: {‸gtee: 1}}", 'no operator "gtee", did you mean "gte"?'),
    ("{purchase_count: {gte: $least}}", "{purchase_count: ‸5}", "write an operator: purchase_count: {eq: 5}"),
    ("{purchase_count: {gte: $least}}", "{purchase_count: {gte: ‸$leest}}", 'did you mean "least"?'),
    ("{purchase_count: {gte: $least}}", '{purchase_count: {gte: ‸"3"}}', 'a number, it cannot be compared with "3"'),
    ("{purchase_count: {gte: $least}}", "{purchase_count: {eq: ‸2.5}}", "a whole number"),
    ("{purchase_count: {gte: $least}}", "{purchase_count: {gte: ‸null}}", "write {exists: false}"),
    ("{purchase_count: {gte: $least}}", "{purchase_count: {in: ‸3}}", "must be a list"),
    ("{purchase_count: {gte: $least}}", "{purchase_count: {in: ‸[]}}", "is empty"),
    ("{purchase_count: {gte: $least}}", "{purchase_count: {exists: ‸1}}", "takes true or false"),
    ("{purchase_count: {gte: $least}}", "{blacklisted: {‸lt: true}}", '"lt" does not go with "blacklisted"'),
    ("{purchase_count: {gte: $least}}", "{purchase_count: {gte: ‸{metric: revenue}}}", "cannot be compared with"),
    (
        "{purchase_count: {gte: $least}}",
        "{purchase_count: {gte: {metric: ‸days_silnt}}}",
        'did you mean "days_silent"?',
    ),
    (
        "{purchase_count: {gte: $least}}",
        "‸{days_silent: {gte: 1}, purchase_count: {gte: 1}}",
        "2 conditions in one entry",
    ),
    ("{purchase_count: {gte: $least}}", "{purchase_count: ‸{gte: 1, lt: 3}}", "2 operators in one test"),
    ("{purchase_count: {gte: $least}}", "{all: ‸{purchase_count: {gte: 1}}}", '"all" must be a list'),
    ("class.size: {eq: big}", "class.size: {eq: ‸bigg}", 'never "bigg", did you mean "big"?'),
    (
        "class.size: {eq: big}",
        "‸class.sise: {eq: big}",
        'no class "class.sise" of a client, did you mean "class.size"?',
    ),
    ("{gt: 1000.50}", "{gt: ‸1000.505}", "at most two decimals"),
    ("{gte: 2026-01-01}", "{gte: ‸2026-01-01T00:00:00}", "write it as 2026-11-22"),
    ("outcome: {in: $words}", "outcome: {eq: ‸no}", "put the word in quotes"),
    ("outcome: {in: $words}", "outcome: {in: [won, ‸lots]}", 'did you mean "lost"?'),
    ("outcome: {in: $words}", "closed_at: {gte: ‸2026-01-01T00:00:00}", "2026-11-22T09:00:00+03:00"),
    ("    anchor: closed_at\n", "", 'key "anchor" is missing'),
    ("anchor: closed_at", "anchor: ‸closed", 'did you mean "closed_at"?'),
    ("evidence: [outcome]", "evidence: [outcome, ‸outcom]", 'did you mean "outcome"?'),
    ("then: {finding: deal_closed}", "then: {}", "the rule does nothing"),
    ("then: {finding: deal_closed}", "then: {finding: deal_closed, ‸classify: x}", "no class of this pack names it"),
    ("then: {classify: big}", "then: {classify: ‸huge}", 'no value of "size" "huge"'),
    ("then: {classify: big}", "then: {finding: big_one}", "write its value as then: {classify: ...}"),
    ("template: call", "template: ‸cal", 'no template in this pack "cal", did you mean "call"?'),
    ("working_days: 2", "working_days: ‸-1", "a whole number from 0 to 365"),
    ("working_days: 2", "‸days: 2", 'unknown key "days"'),
    ("expect: unknown", "expect: ‸nothing", "known: fires, silent, unknown"),
    ("{given: {class.size: big, ", "{given: {‸class.siz: big, ", 'did you mean "class.size"?'),
    ("revenue: 2000}", "revenue: ‸much}", "a number, it cannot be compared"),
    ('"Позвоните {{ client|clip(24) }}"', '‸"Позвоните {{ client|clip(24 }}"', "template:"),
    ('"Позвоните {{ client|clip(24) }}"', '‸"Позвоните {{ client|clap }}"', 'no filter "clap", did you mean "clip"?'),
    ('"Call {{ client|clip(24) }}"', '‸"Call {{ clients }}"', 'no metric "clients", did you mean "client"?'),
    ("        Куплено на {{ revenue|money }}.", "‸        Куплено на {{ revenu|money }}.", 'did you mean "revenue"?'),
    ('"Closes by itself."', "‸\"{% include 'other' %}\"", "other files cannot be included"),
    ("only: {purchase_count: {gte: 1}}", "only: {class.care: {eq: much}}", "care → care"),
    ("rules:\n  - id: big", "rules: ‸many\nother:\n  - id: big", '"rules" must be a list'),
    ("name: shop", "name: shop\n‸name: shop", 'key "name" stands twice'),
    ("{purchase_count: {gte: $least}}", "{purchase_count: {between: ‸3}}", "must be a list"),
    (
        "{purchase_count: {gte: $least}}",
        "{purchase_count: {between: ‸[1, 2, 3]}}",
        "two values, the lower first, as [3, 10]",
    ),
    ("{purchase_count: {gte: $least}}", "{purchase_count: {between: ‸[5, 2]}}", "the first is the greater"),
    ("{purchase_count: {gte: $least}}", "{purchase_count: {between: [1, ‸much]}}", "a number, it cannot be compared"),
    ("{purchase_count: {gte: $least}}", "{purchase_count: {‸within_days: 3}}", '"within_days" does not go with'),
    ("{purchase_count: {gte: $least}}", "{last_purchase_on: {within_days: ‸-1}}", "a whole number of days from 0"),
    ("{purchase_count: {gte: $least}}", "{last_purchase_on: {older_than_days: ‸2.5}}", "a whole number of days from 0"),
    (
        "{purchase_count: {gte: $least}}",
        "{last_purchase_on: {older_than_days: ‸$share}}",
        "a whole number of days from 0",
    ),
    ("{purchase_count: {gte: $least}}", "{purchase_count: {‸mentions: [a]}}", '"mentions" does not go with'),
    ("outcome: {in: $words}", "reason_text: {mentions: ‸дорого}", "must be a list"),
    ("outcome: {in: $words}", "reason_text: {mentions: [‸5]}", "a phrase is words in quotes"),
    ("outcome: {in: $words}", 'reason_text: {mentions: [‸"(а)"]}', "no word that must be there"),
    ("outcome: {in: $words}", 'reason_text: {mentions: [‸"цена!"]}', 'not "цена!"'),
    ("outcome: {in: $words}", "reason_text: {mentions: {phrases: ‸dear}}", 'no list among this pack\'s phrases "dear"'),
    ("outcome: {in: $words}", "reason_text: {mentions: {‸phrase: dear}}", 'did you mean "phrases"?'),
    ("outcome: {in: $words}", 'reason_text: {matches: ‸"(a"}', "cannot be read: missing ): (a"),
    ("outcome: {in: $words}", 'reason_text: {matches: ‸"(?=a)"}', "look-around and back references do not exist"),
    ("outcome: {in: $words}", "reason_text: {not_matches: ‸[a]}", "a regular expression in quotes, not a list"),
    ("outcome: {in: $words}", 'reason_text: {matches: ‸""}', "a regular expression in quotes"),
    ("{gt: 1000.50}", "{gt: ‸{amount: 1000, currency: rub}}", "three capital letters"),
    ("{gt: 1000.50}", "{gt: ‸{amount: 1000}}", "{amount: 1000, currency: RUB}"),
    ("{gt: 1000.50}", "{gt: ‸{amount: much, currency: RUB}}", "a number, it cannot be compared"),
    ("rules:\n", "phrases: {dear: ‸[дорого]}\nrules:\n", '"dear" must be a mapping'),
    ("rules:\n", "phrases: {‸dear: {}}\nrules:\n", "stands under its language: ru, en"),
    ("rules:\n", "phrases: {dear: {‸rus: [дорого]}}\nrules:\n", 'unknown key "rus", did you mean "ru"?'),
    ("rules:\n", 'phrases: {dear: {ru: [‸"а|"]}}\nrules:\n', "the phrase"),
    ("rules:\n", "phrases: {‸Dear: {ru: [дорого]}}\nrules:\n", "must be a name"),
    ("then: {finding: deal_closed}", "then: {score: ‸0}", "changes nothing"),
    ("then: {finding: deal_closed}", "then: {score: ‸101}", "a whole number from -100 to 100"),
    ("then: {finding: deal_closed}", "for: {days: ‸0}\n    then: {finding: deal_closed}", "from 1 to 3650"),
    ("then: {finding: deal_closed}", "‸for: {}\n    then: {finding: deal_closed}", 'key "days" is missing'),
    (
        "then: {finding: deal_closed}",
        "keep: {until: ‸{}}\n    then: {finding: deal_closed}",
        "0 conditions in one entry",
    ),
    (
        "then: {finding: deal_closed}",
        "keep: {until: {‸purchase_count: {gte: 1}}}\n    then: {finding: deal_closed}",
        "belongs to each client",
    ),
    ("then: {finding: deal_closed}", "‸keep: {}\n    then: {finding: deal_closed}", "say how long the rule stays"),
    ("expect: unknown}", "expect: unknown, task: ‸maybe}", '"task" takes true or false'),
    ("expect: unknown}", "expect: unknown, ‸task: true}", "only where the rule fires"),
    (
        "then: {finding: deal_closed}",
        "then: {finding: deal_closed}\n    examples: [{given: {outcome: won}, expect: fires, ‸task: false}]",
        "the rule has no task",
    ),
    ("due: {working_days: 2}", "due: ‸{}", "falls due in one way"),
    ("due: {working_days: 2}", "due: {on: ‸revenue}", "a task falls due on a day or an instant"),
    ("due: {working_days: 2}", "due: ‸{on: last_purchase_on, working_days: 2}", "falls due in one way"),
    ("due: {working_days: 2}", "due: {on: ‸last_purchas_on}", 'did you mean "last_purchase_on"?'),
    ("to: head", "to: ‸boss", "(known: responsible, head)"),
    ("{chain: back, only", "{chain: ‸bak, only", 'no chain in this pack "bak", did you mean "back"?'),
    ("{chain: back, only", "{chain: back, ‸template: call, only", 'unknown key "template"'),
    ("{template: offer, due", "{template: ‸offr, due", 'no template in this pack "offr", did you mean "offer"?'),
    ("stop: {days_silent", "stop: {‸days_silnt", 'no metric "days_silnt"'),
    ("due: {on: last_refusal_at}", "due: {on: ‸blacklisted}", "is of type boolean; a task falls due"),
    ("  back:\n", "  ‸Back:\n", '"Back" must be a name'),
    ("      - {template: offer, due: {working_days: 5}}\n", "      - {‸templat: offer}\n", 'unknown key "templat"'),
    ("    dear: {ru", "    dear: {‸rus", 'unknown key "rus"'),
    ("    dear: {ru", "    ‸Dear: {ru", '"Dear" must be a name'),
    (
        "lists.causes|join(', ') }}.\", en",
        'lists.cause }}.", en',
        'this pack has no list "cause", did you mean "causes"?',
    ),
    ("subject: deal\n", "subject: manager\n", "this rule is about each manager"),
    ("expect: unknown", "expect: unknown, at: ‸yesterday", "must be a day, as 2026-11-22"),
    ("classes:\n  size:", "classes:\n  ‸score:", "the sum of the points"),
    ("name: shop", "name: [shop", "YAML"),
]


def told(folder: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(RuleErrors) as caught:
        load([write(folder, text)], METRICS)
    return caught.value.problems


def place_of_mark(text: str) -> tuple[int, int]:
    before = text[: text.index(MARK)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@pytest.mark.parametrize(("old", "new", "message"), BROKEN, ids=[new.strip()[:50] for _, new, _ in BROKEN])
def test_a_mistake_is_told_at_its_place(old: str, new: str, message: str, tmp_path: Path) -> None:
    assert PACK.count(old) >= 1
    marked = PACK.replace(old, new, 1)
    problems = told(tmp_path, marked.replace(MARK, ""))
    assert any(message in problem.message for problem in problems), problems
    if MARK in marked:
        assert place_of_mark(marked) in {(one.line, one.column) for one in problems if message in one.message}


def test_a_sound_pack_says_nothing(ruleset: RuleSet) -> None:
    assert [rule.full for rule in ruleset.rules] == ["shop/big", "shop/closed", "shop/much", "shop/quiet"]
    assert ruleset.params == {"shop.least": 3, "shop.words": ("won", "lost"), "shop.share": pytest.approx(4 / 3)}


def test_conditions_have_their_parameters_put_in_and_money_in_minor_units(ruleset: RuleSet) -> None:
    assert ruleset.rule("shop/big").when == Leaf("purchase_count", "gte", 3)
    assert ruleset.rule("shop/much").when == Group(
        "all",
        (
            Leaf("class.size", "eq", "big"),
            Leaf("days_silent", "gte", None, "lost_threshold_days"),
            Leaf("revenue", "gt", 100_050),
            Leaf("last_purchase_on", "gte", date(2026, 1, 1)),
        ),
    )
    assert ruleset.rule("shop/much").examples[0].given["revenue"] == 200_000
    outcome = ruleset.rule("shop/closed").when
    assert isinstance(outcome, Group)
    assert outcome.parts[0] == Leaf("outcome", "in", ("won", "lost"))


def only_rule(folder: Path, when: str, *, more: str = "", examples: str = "", **options: Any) -> Any:
    text = f"""\
schema: 1
name: one
title: {{ru: "Одно", en: "One"}}
{more}
rules:
  - id: one
    title: {{ru: "Одно", en: "One"}}
    subject: deal
    when: {when}
    then: {{score: 40}}
    {examples}
"""
    return load([write(folder, text, "one")], METRICS, **options).rule("one/one")


def test_every_kind_of_operand_is_read(tmp_path: Path) -> None:
    more = """\
params:
  days: {type: integer, default: 30, doc: {ru: "Дней", en: "Days"}}
  words: {type: list, default: ["дорого", "нет бюджета"], doc: {ru: "Слова", en: "Words"}}
phrases:
  dear: {ru: ["дорогой"], en: ["too (very) expensive|dear"]}"""
    found = only_rule(
        tmp_path,
        """
      all:
        - closed_at: {within_days: $days}
        - amount: {between: [1000, {amount: 2000.50, currency: RUB}]}
        - reason_text: {mentions: {phrases: dear}}
        - reason_text: {not_mentions: $words}
        - reason_text: {matches: "заказ [0-9]+"}""",
        more=more,
        currency="RUB",
    )
    assert found.when == Group(
        "all",
        (
            Leaf("closed_at", "within_days", 30),
            Leaf("amount", "between", (100_000, 200_050)),
            Leaf("reason_text", "mentions", ("дорогой", "too (very) expensive|dear")),
            Leaf("reason_text", "not_mentions", ("дорого", "нет бюджета")),
            Leaf("reason_text", "matches", "заказ [0-9]+"),
        ),
    )
    assert found.score == 40


def test_an_amount_in_another_currency_than_the_portals_is_refused(tmp_path: Path) -> None:
    condition = "{amount: {gte: {amount: 1000, currency: USD}}}"
    with pytest.raises(RuleErrors, match="the amount is in USD, the portal counts in RUB; write it in RUB"):
        only_rule(tmp_path, condition, currency="RUB")


def test_metrics_of_different_units_are_not_compared(tmp_path: Path) -> None:
    units = {"purchase_count": "purchases", "days_silent": "days"}
    metrics = {key: replace(metric, unit=units.get(key[1], "")) for key, metric in METRICS.items()}
    text = PACK.replace("{purchase_count: {gte: $least}}", "{purchase_count: {gte: {metric: days_silent}}}")
    with pytest.raises(
        RuleErrors, match=r'"purchase_count" \(purchases\) cannot be compared with "days_silent" \(days\)'
    ):
        load([write(tmp_path, text)], metrics)


@pytest.mark.parametrize(
    ("given", "expect"),
    [
        ("{closed_at: {days_ago: 30}}", "fires"),
        ("{closed_at: {days_ago: 31}}", "silent"),
        ("{closed_at: 2026-02-01T00:00:00+03:00}, at: 2026-03-03T00:00:00+03:00", "fires"),
        ("{closed_at: 2026-02-01T00:00:00+03:00}, at: 2026-03-04", "silent"),
        ("{closed_at: null}", "unknown"),
        ("{}", "unknown"),
    ],
)
def test_examples_say_how_long_ago_something_was(tmp_path: Path, given: str, expect: str) -> None:
    examples_of = f"examples: [{{given: {given}, expect: {expect}}}]"
    rule = only_rule(tmp_path, "{closed_at: {within_days: 30}}", examples=examples_of)
    assert OUTCOMES[evaluate(rule.when, rule.examples[0].given)] == expect


def test_a_day_in_an_example_without_as_of_when_is_told(tmp_path: Path) -> None:
    example = "examples: [{given: {closed_at: 2026-02-01T00:00:00+03:00}, expect: fires}]"
    with pytest.raises(RuleErrors, match="say beside it as of when"):
        only_rule(tmp_path, "{closed_at: {within_days: 30}}", examples=example)


def test_rules_may_be_about_managers_once_they_have_metrics(tmp_path: Path) -> None:
    metrics = {**METRICS, ("manager", "open_deals"): Metric("open_deals", "manager", "integer", "", {})}
    text = PACK.replace(
        "templates:\n",
        """\
  - id: busy
    title: {ru: "Занят", en: "Busy"}
    subject: manager
    when: {open_deals: {gte: 50}}
    then: {score: 10}
templates:
""",
    )
    found = load([write(tmp_path, text)], metrics)
    frame = pl.DataFrame({"open_deals": [49, 50, None]})
    assert classes.evaluate(found, "manager", frame, ReferenceEngine())["class.score"].to_list() == ["0", "10", "0"]
    assert load([tmp_path / "shop" / "pack.yaml"], metrics).strata["manager"]


def test_evidence_is_what_the_condition_reads_unless_it_is_named(ruleset: RuleSet) -> None:
    read = ("class.size", "days_silent", "lost_threshold_days", "revenue", "last_purchase_on")
    assert ruleset.rule("shop/much").evidence == read
    assert ruleset.rule("shop/closed").evidence == ("outcome",)


def test_a_task_may_begin_a_chain_go_to_the_head_and_fall_due_on_a_day(ruleset: RuleSet) -> None:
    much, quiet = (ruleset.rule(f"shop/{name}").task for name in ("much", "quiet"))
    assert much is not None
    assert quiet is not None
    assert (much.to, much.due, much.steps) == ("head", Due(2), (Step("call", Due(2)),))
    assert (quiet.to, quiet.template, quiet.due) == ("responsible", "call", Due(on="last_refusal_at"))
    assert quiet.steps == (Step("call", Due(on="last_refusal_at")), Step("offer", Due(5)))
    assert quiet.stop == Leaf("days_silent", "lt", 30)
    assert listed(ruleset, "shop", "en") == {"causes": ["dear", "late"]}


def test_nothing_is_asked_once_a_chain_has_ended(tmp_path: Path) -> None:
    rules = load(
        [write(tmp_path, PACK.replace("stop: {days_silent: {lt: 30}}", "stop: {purchase_count: {gte: 5}}"))], METRICS
    )
    facts = {"days_silent": [90] * 3, "blacklisted": [False] * 3, "purchase_count": [4, 5, None]}
    moment = Moment.of(datetime(2026, 1, 1, tzinfo=UTC))
    frame = pl.DataFrame(facts)
    found = classes.evaluate(rules, "client", frame, ReferenceEngine(), moment)
    assert found["rule.shop/quiet"].to_list() == [True] * 3
    assert found["task.shop/quiet"].to_list() == [True, False, True]
    for row, due in zip(frame.iter_rows(named=True), (True, False, True), strict=True):
        assert classes.evaluate_one(rules, "client", row, ReferenceEngine(), moment)["task.shop/quiet"] is due
        known = {name: metric for (of, name), metric in METRICS.items() if of == "client"}
        (judged,) = judge(rules, "client", {**row, "today": moment.today}, known, "shop/quiet").rules
        assert (judged.fired, judged.due) == (True, due)


def test_what_reads_a_class_is_decided_after_it(ruleset: RuleSet) -> None:
    first, second = ruleset.strata["client"]
    assert first.dimensions == ("size",)
    assert second.dimensions == ("care",)
    assert set(second.conditions) == {"shop/much"}
    assert "shop/much#until" in first.conditions
    assert (first.timed, second.timed) == ((), ("shop/much",))


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    one = write(tmp_path, PACK.replace("gte: $least", "gte: $leest").replace("expect: unknown", "expect: maybe"))
    two = write(tmp_path, "schema: 1\nname: [", "other")
    three = write(tmp_path, "schema: 1\nname: third\ntitle: {ru: а, en: b}\nrules: [{id: x}]\n", "third")
    with pytest.raises(RuleErrors) as caught:
        load([one, two, three, tmp_path / "absent" / "pack.yaml"], METRICS)
    files = [problem.file for problem in caught.value.problems]
    assert {file.split("/")[-2] for file in files} == {"shop", "other", "third", "absent"}
    assert len([file for file in files if "shop" in file]) == 2
    assert all(f"{one.file}:{one.line}:{one.column}: " in str(caught.value) for one in caught.value.problems)


def test_a_circle_of_classes_is_told_with_its_way_round(tmp_path: Path) -> None:
    circle = PACK.replace("when: {purchase_count: {gte: $least}}", "when: {class.care: {eq: much}}")
    (problem,) = told(tmp_path, circle)
    assert problem.line == PACK.splitlines().index("  size:") + 1
    assert "classes wait for each other: " in problem.message
    assert "→ size" in problem.message
    assert "→ care" in problem.message


POINTS = """\
  - id: points
    title: {ru: "Баллы", en: "Points"}
    subject: client
    when: {purchase_count: {gte: 2}}
    then: {score: 10}
"""


def test_points_may_be_read_once_rules_give_them(tmp_path: Path) -> None:
    read = PACK.replace("days_silent: {gte: 90}", "class.score: {gte: 10}")
    (problem,) = told(tmp_path, read)
    assert 'there is no class "class.score" of a client' in problem.message
    scored = read.replace("rules:\n", f"rules:\n{POINTS}", 1)
    (tmp_path / "shop" / "pack.yaml").write_text(scored, encoding="utf-8")
    found = load([tmp_path / "shop"], METRICS, only=["shop/quiet"])
    assert [rule.full for rule in found.rules] == ["shop/points", "shop/quiet"]
    frame = pl.DataFrame({"purchase_count": [1, 2, None], "blacklisted": [False] * 3})
    judged = classes.evaluate(found, "client", frame, ReferenceEngine())
    assert judged["rule.shop/quiet"].to_list() == [False, True, False]
    assert judged["class.score"].to_list() == ["0", "10", "0"]


@pytest.mark.parametrize("when", ["{class.score: {gte: 5}}", "{class.care: {eq: much}}"])
def test_points_that_wait_for_themselves_are_told(tmp_path: Path, when: str) -> None:
    circle = PACK.replace("        - revenue: {gt: 1000.50}", "        - class.score: {lt: 100}")
    text = circle.replace("rules:\n", f"rules:\n{POINTS.replace('{purchase_count: {gte: 2}}', when)}", 1)
    (problem,) = told(tmp_path, text)
    assert "classes wait for each other: " in problem.message
    assert "client.score" in problem.message


def test_two_packs_cannot_decide_the_same_class(tmp_path: Path, shop: Path) -> None:
    other = write(tmp_path, PACK.replace("name: shop", "name: mall"), "mall")
    with pytest.raises(RuleErrors, match='class "size" is decided by pack "shop" already'):
        load([shop, other], METRICS)


def test_a_portal_sets_parameters_within_their_bounds(shop: Path) -> None:
    changed = load([shop], METRICS, params={"shop.least": 5, "shop.share": "3/2"})
    assert changed.rule("shop/big").when == Leaf("purchase_count", "gte", 5)
    assert changed.params["shop.share"] == 1.5
    assert changed.declared["shop.least"].default == 3


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("shop.leest", 3, 'no parameter "shop.leest", did you mean "shop.least"?'),
        ("shop.least", 10, "must be at most 9"),
        ("shop.least", 0, "must be at least 1"),
        ("shop.least", "many", "must be a number"),
        ("shop.words", "won", "must be a list"),
        ("mall.least", 3, 'no parameter "mall.least"'),
    ],
)
def test_a_portals_mistake_is_told_where_the_portal_made_it(shop: Path, name: str, value: object, message: str) -> None:
    def blame(path: tuple[str | int, ...], text: str) -> Problem:
        return Problem("config.yaml", 7, 3, f"{path}: {text}")

    with pytest.raises(RuleErrors) as caught:
        load([shop], METRICS, params={name: value}, blame=blame)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("config.yaml", 7)
    assert message in problem.message
    assert f"('params', '{name}')" in problem.message


def test_parameters_of_a_pack_that_is_switched_off_are_passed_over(shop: Path) -> None:
    assert load([shop], METRICS, params={"mall.least": 3}, switched_off=["mall"]).params["shop.least"] == 3


def test_only_keeps_a_rule_and_what_it_rests_on(shop: Path) -> None:
    closed = load([shop], METRICS, only=["shop/closed"])
    assert [rule.full for rule in closed.rules] == ["shop/closed"]
    assert closed.dimensions == {}
    much = load([shop], METRICS, only=["shop/much"])
    assert [rule.full for rule in much.rules] == ["shop/big", "shop/much"]
    assert set(much.dimensions) == {"size", "care"}
    with pytest.raises(RuleErrors, match='no rule "shop/mach", did you mean "shop/much"'):
        load([shop], METRICS, only=["shop/mach"])


def test_rules_kept_for_a_class_alone_ask_for_nothing(tmp_path: Path) -> None:
    text = PACK.replace("then: {classify: big}", "anchor: last_purchase_on\n    then: {classify: big, finding: is_big}")
    shop = write(tmp_path, text)
    assert load([shop], METRICS).rule("shop/big").finding == "is_big"
    assert load([shop], METRICS, only=["shop/much"]).rule("shop/big").finding is None


def test_the_hash_covers_meaning_parameters_and_metrics(tmp_path: Path, shop: Path) -> None:
    usual = load([shop], METRICS, metrics_version="1").hash
    assert usual.startswith("sha256:")
    assert load([shop / "pack.yaml"], METRICS, metrics_version="1").hash == usual
    assert load([shop], METRICS, metrics_version="2").hash != usual
    assert load([shop], METRICS, metrics_version="1", params={"shop.least": 4}).hash != usual
    assert load([shop], METRICS, metrics_version="1", params={"shop.least": 3}).hash == usual
    assert load([shop], METRICS, metrics_version="1", only=["shop/closed"]).hash != usual
    pack = shop / "pack.yaml"
    pack.write_text("# a comment\n" + PACK.replace("$least", "3").replace("expect: unknown", "expect: fires"))
    assert load([shop], METRICS, metrics_version="1").hash == usual
    pack.write_text(PACK.replace("Closes by itself.", "Closes itself."))
    assert load([shop], METRICS, metrics_version="1").hash != usual


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, child in below for found in places(child, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


class Keys(yaml.SafeLoader):
    """YAML whose key `on` is a word, as it is to editors and to the loader."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:bool" or first in "tf"]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


RAW = yaml.load(PACK, Keys)  # noqa: S506 a safe loader
ODD = (
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "big",
    "$least",
    "$",
    "{{",
    [],
    {},
    [None],
    {"all": []},
    {"metric": "revenue"},
    [[]],
    {1: 2},
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(places(RAW)), st.sampled_from(ODD)), min_size=1, max_size=2))
def test_whatever_stands_in_a_pack_is_read_or_told(tmp_path: Path, changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    value = RAW
    for path, new in changes:
        try:
            value = replaced(value, path, new)
        except (TypeError, KeyError, IndexError, AttributeError):
            continue
    folder = tmp_path / "shop"
    folder.mkdir(exist_ok=True)
    (folder / "pack.yaml").write_text(yaml.safe_dump(value, allow_unicode=True), encoding="utf-8")
    with suppress(RuleErrors):
        load([folder], METRICS)
