"""Every metric has a name in both languages that stands before its figure."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrator import metrics, packs
from integrator.domain import Test as Leaf
from integrator.engine.conditions import metrics_read
from integrator.engine.loader import load
from integrator.engine.ruleset import LANGUAGES, SUBJECTS
from integrator.wording import conditions
from integrator.wording.labels import LABELS, OF_CLIENT, RUN_ON, UNITS, label, word
from integrator.wording.speech import Speech, speech_about

RULES = load(packs.find([packs.shipped()]), metrics.METRICS)
OWN = {key: metric for key, metric in metrics.METRICS.items() if not key[1].startswith(OF_CLIENT)}


def speech(subject: str, language: str) -> Speech:
    about = speech_about(RULES, subject, metrics.METRICS, language)
    return Speech(language, ZoneInfo("Europe/Moscow"), "RUB", date(2026, 11, 22), **about)


def plain(text: str) -> str:
    return text.replace("\xa0", " ").replace("\u202f", " ")


def test_every_metric_has_a_label_and_no_label_is_left_of_one_that_is_gone() -> None:
    assert {name for _, name in OWN} - set(LABELS) == set()
    # The points are no metric of the catalogue, yet rules read them as one.
    assert set(LABELS) - {name for _, name in OWN} == {"class.score"}
    assert set(RUN_ON) <= set(LABELS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_no_two_metrics_of_a_subject_are_called_the_same(subject: str, language: str) -> None:
    names = [name for of, name in metrics.METRICS if of == subject]
    said = Counter(label(name, metrics.METRICS[subject, name], language) for name in names)
    assert [text for text, times in said.items() if times > 1] == []


@pytest.mark.parametrize("place", range(len(LANGUAGES)), ids=LANGUAGES)
def test_labels_stand_inside_a_sentence(place: int) -> None:
    for name, texts in LABELS.items():
        text = texts[place]
        assert text == text.strip(" .:"), name
        assert text[0].islower(), name
        assert len(text) <= 50, name


def test_labels_before_figures_need_no_comma_after_them() -> None:
    figures = {name for (_, name), metric in OWN.items() if metric.type in {"integer", "number", "money"}}
    assert {name for name in figures if "," in "".join(LABELS[name])} == set()


def test_what_is_counted_says_so_in_its_name() -> None:
    counted = {name for (_, name), metric in OWN.items() if metric.unit in {"purchases", "deals", "clients", "tasks"}}
    assert {name for name in counted if not LABELS[name][0].startswith("число ")} == set()
    assert {name for name in counted if not LABELS[name][1].startswith("number of ")} == set()


def test_every_unit_has_words() -> None:
    assert {metric.unit for metric in OWN.values()} - {"", "money", "share"} <= set(UNITS)


def test_every_value_of_a_closed_list_has_words() -> None:
    for (_, name), metric in OWN.items():
        for value in metric.values:
            said = [word(name, value, language) for language in LANGUAGES]
            assert None not in said, (name, value)
            assert said[0] != said[1], (name, value)


def test_every_metric_and_class_that_a_shipped_rule_reads_or_shows_is_told_without_its_code() -> None:
    for rule in RULES.rules:
        read = {*conditions_of(rule), *rule.evidence, *filter(None, [rule.anchor])}
        for language in LANGUAGES:
            words = speech(rule.subject, language)
            assert {name for name in read if set(words.label(name)) & set("._")} == set()


def conditions_of(rule: Any) -> set[str]:
    read = set(metrics_read(rule.when))
    return read | set(metrics_read(rule.task.only)) if rule.task and rule.task.only else read


@pytest.mark.parametrize(
    ("test", "russian", "english"),
    [
        (
            Leaf("client.open_deals", "eq", 0),
            "у клиента число открытых сделок: 0",
            "the client's number of open deals: 0",
        ),
        (Leaf("client.blacklisted", "eq", value=True), "клиент в чёрном списке: да", "client blacklisted: yes"),
        (
            Leaf("client.days_silent", "gte", 91),
            "у клиента молчание не меньше 91 дня",
            "the client's silence is at least 91 days",
        ),
        (
            Leaf("client.last_refusal_reason", "eq", "legal"),
            "у клиента причина последнего отказа: «Юридические ограничения»",
            "the client's reason of the latest refusal: “Legal restrictions”",
        ),
        (Leaf("client.class.abc", "eq", "A"), "у клиента ценность (ABC): A", "the client's value (ABC): A"),
        (Leaf("client.class.lifecycle", "eq", "lost"), "жизнь клиента: потерян", "the client's lifecycle: lost"),
    ],
)
def test_what_a_deal_reads_of_its_client_says_whose_it_is(test: Leaf, russian: str, english: str) -> None:
    assert plain(conditions.asked(test, speech("deal", "ru"))) == russian
    assert plain(conditions.asked(test, speech("deal", "en"))) == english


def test_a_code_of_a_packs_list_is_told_by_its_text() -> None:
    said = conditions.stated(
        Leaf("seller_cause", "exists", value=False), speech("deal", "ru"), "price_early", None, holds=False
    )
    assert said == "что не получилось у продавца: рано назвали цену"


def test_a_name_that_runs_on_does_so_of_a_deals_client_too() -> None:
    test = Leaf("client.days_since_return", "lte", 182)
    said = conditions.stated(test, speech("deal", "ru"), 5, None, holds=True)
    assert plain(said) == "у клиента после возвращения прошло 5 дней — не больше 182 дней"
