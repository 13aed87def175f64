"""The shipped packs as a document for people."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from integrator import bootstrap
from integrator.document import Setting, document
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
