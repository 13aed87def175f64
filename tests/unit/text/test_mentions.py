"""Phrases are found in any form of their words, and what is denied is not."""

from __future__ import annotations

import pytest

from integrator.text import matches, mentions, wrong_pattern, wrong_phrase


@pytest.mark.parametrize(
    ("text", "phrase", "found"),
    [
        ("Клиенту показалось дорого", "дорого", True),
        ("Дорогая доставка", "дорого", True),
        ("Ушли к конкурентам", "уйти к конкурент|другой", True),
        ("ушёл к другому", "уйти к конкурент|другой", True),
        ("слишком уж дорого", "слишком (уж) дорого", True),
        ("слишком дорого", "слишком (уж) дорого", True),
        ("подорожало", "дорого", False),
        ("не дорого", "дорого", False),
        ("Не очень-то и дорого", "дорого", True),
        ("совсем не слишком дорого", "дорого", False),
        ("нет, дорого", "дорого", True),
        ("не подошло: дорого", "дорого", True),
        ("не дорого, но потом стало дорого", "дорого", True),
        ("нет бюджета на год", "нет бюджет", True),
        ("бюджет есть", "нет бюджета", False),
        ("без бюджета", "бюджет", False),
        ("нет. Бюджета ждём", "нет бюджета", False),
        ("It is too expensive", "expensive", True),
        ("It isn't expensive", "expensive", False),
        ("not that expensive", "expensive", False),
        ("бизнес-план утверждён", "бизнес-план", True),
        ("", "дорого", False),
        ("!!!", "дорого", False),
    ],
)
def test_a_phrase_is_found_in_any_form_unless_denied(text: str, phrase: str, *, found: bool) -> None:
    assert mentions(text, ("никогда_такого", phrase)) is found


@pytest.mark.parametrize("phrase", ["", " ", "(а)", "а|", "цена!", "(а б)", "а (б", "а|б-в", "100%"])
def test_what_is_no_phrase_is_told(phrase: str) -> None:
    assert phrase in wrong_phrase(phrase)


@pytest.mark.parametrize(
    "phrase", ["дорого", "нет бюджета", "(очень) дорого", "a|b c", "бизнес-план", "don't buy", "24 часа"]
)
def test_phrases_that_are_sound(phrase: str) -> None:
    assert wrong_phrase(phrase) == ""


def test_patterns_are_found_anywhere_whatever_the_case() -> None:
    assert matches("Номер ЗАКАЗА 15", "заказа [0-9]+")
    assert not matches("Номер заказа", "^заказа")
    assert matches("half \ud800 a character", "character$")


def test_a_pattern_that_would_take_for_ever_elsewhere_takes_no_time() -> None:
    assert not matches("a" * 50_000 + "!", "^(a+)+$")


@pytest.mark.parametrize("pattern", ["(a", "(?=a)", r"(a)\1", "a{5000}", "x" * 501])
def test_patterns_that_cannot_be_carried_are_told(pattern: str) -> None:
    assert "pattern" in wrong_pattern(pattern)


def test_without_the_library_a_pattern_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "re2", None)
    assert "google-re2, which is not installed" in wrong_pattern("a")
