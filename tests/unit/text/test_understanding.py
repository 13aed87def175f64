"""Vague texts, soft noes, sub-reasons, slips of the pen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrator.text import is_label, propose, soft_no, sub_reason, vague
from integrator.text.lemmas import is_known
from integrator.text.lists import vocabulary
from integrator.text.typos import mended


@pytest.mark.parametrize("text", ["не срослось", "Не договорились", "передумал", "клиент пропал", "отказ без причины"])
def test_what_says_no_why_is_vague(text: str) -> None:
    assert vague(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "дорого",
        "передумал: жена против",
        "не договорились по цене",
        "отказ из-за сроков",
        "нецелевой",
        "отказались, потому что начальник участка сменился и привёл знакомых",
        "didn't work out",
    ],
)
def test_what_gives_a_reason_is_not(text: str) -> None:
    assert not vague(text)


def test_english_is_read_as_english() -> None:
    assert vague("It didn't work out", "en")
    assert not vague("too expensive", "en")
    assert not vague("не срослось", "de")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Дорого, но подумаю", "подумаю"),
        ("мне надо посоветоваться с шефом, не решаю", "посоветоваться с шефом"),
        ("подумал и согласился", None),
        ("не надо думать, берёт", None),
        ("думать не стал, оплатил", None),
        ("занят", "занят"),
        ("не занят", None),
        ("перезвоню сам", "перезвоню сам"),
        ("перезвонил сам", None),
        ("", None),
    ],
)
def test_a_soft_no_is_shown_in_its_own_words(text: str, found: str | None) -> None:
    got = soft_no(text)
    assert (found in got) if found and got else got == found


def test_a_soft_no_in_english() -> None:
    assert soft_no("I'll think about it", "en")
    assert soft_no("asked his boss, approved", "en") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("дешевле", "cheaper"),
        ("У них цена ниже", "cheaper"),
        ("лучше качество", "better_quality"),
        ("надёжнее оборудование", "better_quality"),
        ("Шире ассортимент", "wider_range"),
        ("у них есть всё в одном месте", "wider_range"),
        ("быстрее возят", "faster_delivery"),
        ("сроки поставки", "faster_delivery"),
        ("cheaper", "cheaper"),
        ("faster_delivery", "faster_delivery"),
        ("better quality", "better_quality"),
        ("wider choice of models", "wider_range"),
        ("друг директора", None),
        ("", None),
    ],
)
def test_sub_reasons(text: str, code: str | None) -> None:
    assert sub_reason(text) == code


@pytest.mark.parametrize("text", ["нецелевои", "не целивой", "нецелевый", "нецелвой", "нецеелвой", "не целеввой"])
def test_a_label_with_a_slip_is_a_label(text: str) -> None:
    assert is_label(text)


@pytest.mark.parametrize("text", ["целевой", "не нецелевой", "не цельной", "не полевой", "не волевой", "целивой"])
def test_another_word_is_not_a_slip(text: str) -> None:
    assert not is_label(text)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("постовщик", "поставщик"),
        ("нецелевои", "нецелевой"),
        ("цина", "цина"),  # too short
        ("поставка", "поставка"),  # a word of the dictionary
        ("iphoone", "iphoone"),
        ("м500", "м500"),
    ],
)
def test_one_slip_is_mended(word: str, meant: str) -> None:
    assert mended(word) == meant


@given(st.text(alphabet="абвгдежзийклмнопрстуфхцчшщъыьэюя", min_size=1, max_size=12))
def test_what_is_mended_is_a_word_of_our_lists_and_was_none_of_the_dictionary(word: str) -> None:
    assert mended(word) == word or (not is_known(word) and mended(word) in vocabulary())


@pytest.mark.parametrize(
    ("text", "code", "sure"),
    [
        ("Очень дорого", "price_high", True),
        ("не дорого, просто есть свой поставщик", "has_supplier", True),
        ("цена устроила, а сроки нет", "delivery_terms", True),
        ("Дорого, да и не доверяют", "price_high", False),
        ("цена", "price_high", True),
        ("обсудили цену", "price_high", False),
        ("нет кабеля ВВГ 3х2.5", "product_mismatch", True),
        ("у него нет кабеля", "product_mismatch", False),
        ("Дoрoго", "price_high", True),  # with Latin letters
    ],
)
def test_reasons_are_told_or_hinted_at(text: str, code: str, *, sure: bool) -> None:
    found = propose(text)
    assert found is not None
    assert (found.code, found.sure) == (code, sure)


@pytest.mark.parametrize("text", ["не дорого", "нецелевой", "just looking", "абракадабра", ""])
def test_what_tells_no_reason(text: str) -> None:
    assert propose(text) is None


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    propose(text)
    vague(text)
    soft_no(text)
    sub_reason(text)
