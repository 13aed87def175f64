"""Labels are told from reasons by lemmas."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrator.text import Kind, classify, is_label
from integrator.text.lists.labels import LABELS

RUSSIAN = [
    "нецелевой",
    "Нецелевые",
    "нецелевых",
    "НЕЦЕЛЕВАЯ",
    "не целевой",
    "не целевая",
    "не-целевой",
    "не — целевой",
    "не\u00a0целевой",
    "«не целевой»",
    "просто посмотреть",
    "просто смотрел",
    "Просто посмотрела.",
    "ничего не нужно",
    "ничего не надо",
    "ничего не нужен",
    "тратит время",
    "потратил наше время",
    "потратили моё время",
    "зря тратит время",
    "тратит время зря",
    "никогда не купит",
    "никогда не купят",
    "всё равно не купит",
    "все равно не купят",
    "погулять зашёл",
    "зашла погулять",
    "Ничего не нужно, сам сказал!",
    "клиент нецелевой",
    "Клиенты просто смотрели",
    "сама сказала: ничего не надо",
    "нецелевой, никогда не купит",
    "нецелевой 🙅‍♂️",
    "🙅 не 🙅 целевой",
    "1️⃣ нецелевой",
    "не_целевой",
    "нецелево\u0438\u0306",
    "неце\u00adлевой",
]
SUBSTANCE = [
    "целевой",
    "целевая",
    "не нецелевой",
    "не, целевой",
    "не не целевой",
    "нецелевой: нет бюджета",
    "просто",
    "посмотреть",
    "не нужно",
    "ничего нужно",
    "время",
    "тратит деньги",
    "не купит",
    "купит",
    "всё равно",
    "погулять",
    "нецелевой 15",
    "дорого",
    "нецелевое использование",
    "сам нецелевой",
    "просто посмотреть каталог",
    "just looking",
]


@pytest.mark.parametrize("text", RUSSIAN)
def test_russian_labels(text: str) -> None:
    assert is_label(text)
    assert is_label(unicodedata.normalize("NFD", text))


@pytest.mark.parametrize("text", SUBSTANCE)
def test_what_is_more_than_a_label(text: str) -> None:
    assert classify(text) is Kind.SUBSTANCE


@pytest.mark.parametrize("text", ["", " ", "…", "—", "🙂", "клиент", "Клиент сам сказал.", "1️⃣"])
def test_what_says_nothing(text: str) -> None:
    assert classify(text) is Kind.NOTHING


@pytest.mark.parametrize(
    "text",
    [
        "Non-target",
        "nontarget",
        "not a target",
        "just looking",
        "The client was only looking.",
        "needs nothing",
        "Needs nothing, said so himself",
        "doesn’t need anything",
        "wastes our time",
        "wasted my time",
        "will never buy",
        "just walked in",
        "walked in for a walk",
        "won't buy anyway",
    ],
)
def test_english_labels(text: str) -> None:
    assert is_label(text, "en")
    assert not is_label(text)


@pytest.mark.parametrize(
    "text", ["target", "not non-target", "too expensive", "will buy", "just looking for a cheaper one"]
)
def test_english_reasons(text: str) -> None:
    assert not is_label(text, "en")


def test_a_language_without_a_list_has_no_labels() -> None:
    assert classify("нецелевой", "de") is Kind.SUBSTANCE


@given(st.text())
def test_any_text_is_worth_something(text: str) -> None:
    assert classify(text) in Kind


@given(
    st.text(alphabet=st.characters(categories=["P", "S", "Z"]), max_size=5),
    st.sampled_from(["нецелевой", "не целевых"]),
)
def test_signs_beside_a_label_change_nothing(signs: str, label: str) -> None:
    assert is_label(f"{signs} {label} {signs}")


def test_phrases_are_written_in_lemmas() -> None:
    from integrator.text.lemmas import lemmas

    words = {word.strip("()") for phrase in LABELS["ru"] for slot in phrase.split() for word in slot.split("|")}
    assert [word for word in sorted(words) if word not in lemmas(word)] == []
    assert not any("ё" in word for word in words)
