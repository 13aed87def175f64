"""The shipped packs as a document for people."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from integrator import bootstrap, metrics
from integrator.document import Setting, document
from integrator.domain.packs import PackText
from integrator.engine.loader import load
from integrator.store.standing import Standing
from integrator.wording.blocks import Heading, Quote, html, markdown

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_class_task_and_parameter_of_the_shipped_packs_is_there(language: str) -> None:
    rules = bootstrap.rules_at(())
    blocks = document(rules, Setting(language, NOW))
    headings = {block.text.lower() for block in blocks if isinstance(block, Heading)}
    for dimension in rules.dimensions.values():
        assert dimension.title[language].lower() in headings
        assert {texts[language].lower() for texts in dimension.values.values()} <= headings
    for rule in rules.rules:
        assert rule.dimension is not None or rule.title[language].lower() in headings
    quotes = [block for block in blocks if isinstance(block, Quote)]
    assert len(quotes) == sum(rule.task is not None for rule in rules.rules)
    assert all(len(block.lines[0]) <= 80 and all(block.lines) for block in quotes)
    text = markdown(blocks)
    for name in rules.declared:
        assert name.replace("_", "\\_") in text
    assert "{{" not in text
    assert "None" not in text
    assert len(html(blocks, language)) > len(text)


def test_counts_stand_beside_classes_and_findings() -> None:
    rules = bootstrap.rules_at(())
    standing = Standing(
        Counter(client=4, deal=9),
        Counter({("lifecycle", "lost"): 3, ("lifecycle", "active"): 1}),
        Counter({"refusals/reason_missing": 2}),
        Counter({"refusals/reason_missing": 1}),
        NOW,
    )
    notes = {
        block.text: block.note
        for block in document(rules, Setting("en", NOW, "main", standing=standing))
        if isinstance(block, Heading)
    }
    assert notes["Lost"].replace("\xa0", " ").replace("\u202f", " ") == "3 clients, 75 %"
    assert notes["Refusal without a reason"].replace("\xa0", " ") == "2 deals"
    text = markdown(document(rules, Setting("en", NOW, "main", standing=standing))).replace("\xa0", " ")
    assert "Open now: 1." in text
    assert "4 clients, 9 deals" in text


def test_before_the_first_decision_the_document_says_when_counts_come() -> None:
    standing = Standing(Counter(), Counter(), Counter(), Counter(), None)
    assert "integrator evaluate" in markdown(
        document(bootstrap.rules_at(()), Setting("ru", NOW, "main", standing=standing))
    )


LASTING = """\
schema: 1
name: shop
title: {ru: "Лавка", en: "Shop"}
lists:
  causes: {dear: {ru: "дорого", en: "dear"}, late: {ru: "долго", en: "late"}}
chains:
  back:
    title: {ru: "Возвращаем", en: "Winning back"}
    steps:
      - {template: call, due: {working_days: 1}}
      - {template: offer, due: {on: last_purchase_on}}
    stop: {open_deals: {gte: 1}}
rules:
  - id: quiet
    title: {ru: "Тихо", en: "Quiet"}
    subject: client
    when: {days_silent: {gte: 90}}
    for: {days: 3}
    keep: {until: {purchase_count: {gte: 9}}, days: 30}
    anchor: last_purchase_on
    then: {task: {chain: back, to: head}}
templates:
  call:
    title: {ru: "Спросите: {{ lists.causes|join(' или ') }}", en: "Ask: {{ lists.causes|join(' or ') }}"}
    why: {ru: "Молчит", en: "Silent"}
    closes: {ru: "Сама", en: "By itself"}
  offer:
    title: {ru: "Предложите", en: "Make an offer"}
    why: {ru: "Молчит", en: "Silent"}
    closes: {ru: "Сама", en: "By itself"}
"""


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "ru",
            [
                "И так уже 3 дня или дольше.", "пока не станет верно:** число покупок не меньше 9.",
                "Но не дольше, чем ещё 30 дней.", "задача руководителю, срок рабочих дней: 1.",
                "**Спросите: дорого или долго**", "**Цепочка дел:** Возвращаем; каждое следующее",
                "- Предложите (срок — последняя покупка)", "прекращается, если** число открытых сделок не меньше 1.",
            ],
        ),
        (
            "en",
            [
                "And so for 3 days or longer.", "until this holds:** number of purchases is at least 9.",
                "Stays so for 30 days more at most.", "a task for the manager's head, due within 1 day (working).",
                "**Ask: dear or late**", "**A chain of tasks:** Winning back; each once the one before is done.",
                "- Make an offer (due on the day of: last purchase)", "ends if** number of open deals is at least 1.",
            ],
        ),
    ],
)  # fmt: skip
def test_times_chains_lists_and_heads_are_told(language: str, sentences: list[str]) -> None:
    rules = load([PackText("shop", "pack.yaml", LASTING)], metrics.METRICS)
    text = markdown(document(rules, Setting(language, NOW))).replace("\xa0", " ")
    assert [one for one in sentences if one not in text] == [], text
