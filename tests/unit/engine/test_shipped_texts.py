"""Tasks of the packs that ship read well whatever the client is called and whichever facts are missing."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from jinja2 import Environment, meta

from integrator import metrics, packs
from integrator.domain import Test as Leaf
from integrator.domain import Truth
from integrator.domain.invariants import Invariant
from integrator.engine.conditions import metrics_read
from integrator.engine.given import USUAL
from integrator.engine.loader import load
from integrator.engine.reference import evaluate
from integrator.engine.ruleset import LANGUAGES, listed
from integrator.engine.templates import FILTERS
from integrator.metrics.catalogue import INVARIANTS
from integrator.planning.words import TITLE_LIMIT, Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from integrator.engine.ruleset import Rule, Template

    Facts = dict[str, Any]

RULES = load(packs.find([packs.shipped()]), metrics.METRICS)
TODAY = date(2026, 11, 22)
LONG = "Общество с ограниченной ответственностью «Северо-Западная строительная компания»"
NAMES = (LONG, "ООО «Вега-Строй и партнёры Северо-Запад»", "Константинопольский-Задунайский Константин", "Я", "")
BY_TYPE: Facts = {
    "integer": 651,
    "number": 651.5,
    "money": 123_456_789_000,
    "string": LONG,
    "boolean": False,
    "date": date(2025, 9, 19),
    "instant": datetime(2025, 9, 19, 9, tzinfo=UTC),
}
AHEAD = {"next_step_at", "meeting_at", "come_back_on", "lost_on"}


def known(name: str) -> Leaf:
    return Leaf(name, "exists", value=True)


def buyer(name: str, *values: str) -> Invariant:
    return Invariant("client", Leaf("purchase_count", "gte", 1), Leaf(f"class.{name}", "in", values))


# What else holds of the facts: whom a class tells of has bought, what is counted can be listed, and the like.
MORE = (
    buyer("lifecycle", "active", "at_risk", "lost", "returned"),
    buyer("abc", "A", "B", "C"),
    buyer("xyz", "X", "Y", "Z"),
    buyer("pyramid", "key", "real_large", "real_medium", "real_small"),
    *(
        Invariant("client", known(name), Leaf("purchase_count", "gte", 1))
        for name in ("last_purchase_on", "days_silent", "purchase_period_days", "purchase_period_source", "lost_on")
    ),
    Invariant("client", Leaf("purchase_count", "gte", 1), known("turnover_ratio")),
    Invariant("client", known("groups_missing"), known("gap_group")),
    Invariant("client", known("groups_bought"), known("gap_group")),
    Invariant("client", known("gap_share"), known("gap_group")),
    Invariant("client", known("turnover_ratio_year"), known("revenue_90_year_ago")),
    Invariant("client", known("days_since_contact"), known("last_contact_at")),
    Invariant("manager", known("call_list"), Leaf("call_list_count", "gte", 1)),
    Invariant("manager", known("lost_yesterday_list"), Leaf("lost_yesterday", "gte", 1)),
    Invariant("deal", known("loss_reason_name"), known("come_back_on")),
    Invariant("deal", known("loss_reason"), known("reason_nature")),
    *(Invariant("deal", known(name)) for name in ("created_at", "age_days")),
    *(
        Invariant("deal", known(name), Leaf("outcome", "eq", "open"))
        for name in ("last_step_at", "days_since_step", "cycle_days")
    ),
)
ALWAYS = {"client", "deal", "manager", "lists", "of_client"}


def full(rule: Rule, given: Mapping[str, Any], name: str) -> Facts:
    """Facts of one called `name` of whom the rule is true by what is `given`, the others each as long as it gets."""
    facts: Facts = {"client": name, "deal": name if rule.subject == "deal" else "", "manager": name}
    for (subject, each), metric in metrics.METRICS.items():
        if subject == rule.subject:
            facts[each] = metric.values[0] if metric.values else BY_TYPE[metric.type]
            facts[each] = 0.655 if metric.unit == "share" else facts[each]
            facts[each] = facts[each].replace(year=2027) if each in AHEAD else facts[each]
    facts |= dict.fromkeys(set(metrics_read(rule.when)) & facts.keys())
    return settled(rule, {**facts, **USUAL.facts, **given}) or {}


def read_by(template: Template) -> set[str]:
    environment = Environment(autoescape=True)
    environment.filters.update(dict.fromkeys(FILTERS, str))
    parts = (part[language] for part in (template.title, template.why, template.closes) for language in LANGUAGES)
    return {name for part in parts for name in meta.find_undeclared_variables(environment.parse(part))}


def settled(rule: Rule, facts: Facts) -> Facts | None:
    """The facts without those that cannot be without what is missing; None where such a subject cannot be."""
    found = dict(facts)
    own = [one for one in (*INVARIANTS, *MORE) if one.subject == rule.subject]
    for _ in range(len(own)):
        broken = next((one for one in own if _is_broken(one, found)), None)
        if broken is None:
            stays = rule.anchor is None or found.get(rule.anchor) is not None
            return found if stays and evaluate(rule.when, found) is Truth.TRUE else None
        if not isinstance(broken.when, Leaf):
            return None
        if broken.when.metric == "purchase_count":
            found["purchase_count"] = 0
        elif broken.when.op == "exists":
            found[broken.when.metric] = None
        else:
            return None
    raise AssertionError(f"{rule.full}: the facts never come to rest")


def _is_broken(one: Invariant, facts: Facts) -> bool:
    """Whether a fact is missing that must be there; figures may lie as they like."""
    if one.when is not None and evaluate(one.when, facts) is not Truth.TRUE:
        return False
    about_presence = isinstance(one.then, Leaf) and (one.then.op == "exists" or one.then.metric == "purchase_count")
    return about_presence and evaluate(one.then, facts) is not Truth.TRUE


def bare(rule: Rule, facts: Facts, names: list[str]) -> Facts:
    """The facts without all that may be missing at once."""
    for name in names:
        facts = settled(rule, {**facts, name: None}) or facts
    return facts


def cases(rule: Rule, template: Template) -> Iterator[Facts]:
    """The rule's subjects of every name, with each of the facts that the texts read missing, and with all of them."""
    read = sorted(read_by(template) - ALWAYS)
    for example in (one for one in rule.examples if one.expect == "fires"):
        for name in NAMES:
            facts = full(rule, example.given, name)
            yield facts
            yield from filter(None, (settled(rule, {**facts, each: None}) for each in read))
            yield bare(rule, facts, read)
            yield bare(rule, facts, read[::-1])


# Every step of a chain has its own texts.
ASKING = [(rule, step.template) for rule in RULES.rules if rule.task for step in rule.task.steps]
BANNED = re.compile(
    r"!|[Пп]равил|[Сс]истем|обнаруж|лассифиц|еобходимо|арушен|\brule|[Ss]ystem|detected|violat"
    r"|None|ndefined|True|False|nan\b|[{}]|\b[a-z]+_[a-z_]+\b"
)
# Where a fact was missing its words would leave such a trace.
TORN = re.compile(
    r" [,.:;?]|\.\.|,,|::|:\.|,\.|«»|“”|:\s*\Z|(?<!\w)[,;]\s*$|\(\)|\bна \.|\bза \.|\bfor [.,]|\bof [.,]", re.MULTILINE
)


def balanced(text: str) -> bool:
    return text.count("«") == text.count("»") and text.count("“") == text.count("”")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("rule", "name"), ASKING, ids=lambda one: one if isinstance(one, str) else one.full)
def test_the_texts_are_short_plain_and_whole(rule: Rule, name: str, language: str) -> None:
    template = RULES.templates[rule.pack, name]
    words = Words(language, ZoneInfo("Europe/Moscow"), "RUB", TODAY)
    lists = listed(RULES, rule.pack, language)
    subjects = list(cases(rule, template))
    assert all(subjects), "an example of which no subject can be made"
    for facts in subjects:
        told = {**facts, "lists": lists}
        title, why, closes = (
            words.render(part[language], told) for part in (template.title, template.why, template.closes)
        )
        assert 10 < len(title) <= TITLE_LIMIT, title
        assert "\n" not in title
        assert 2 <= len(why.splitlines()) <= 3, why
        assert 1 <= len(closes.splitlines()) <= 2, closes
        for text in (title, why, closes):
            assert not BANNED.search(text.replace(LONG, "")), text
            assert not TORN.search(text), text
            assert balanced(text), text
            assert all(line[:1] == line[:1].upper() for line in text.splitlines()), text
