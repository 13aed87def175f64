"""What is named is found in the catalogue, and nothing that only looks like it."""

from __future__ import annotations

import pytest

from integrator.text import Catalogue, best_match

NAMES = [
    "Кабель ВВГнг(А)-LS 3×1,5",
    "Кабель ВВГ 3x2.5 (бухта 100 м)",
    "Насос Grundfos UPS 25-60",
    "Плитка керамическая 20×30×0,7 белая",
    "Плита минераловатная",
    "Подшипник 6205-2RS",
    "Цемент М-500 50 кг",
    "Мешки для мусора 120 л",
    "Плёнка полиэтиленовая 200 мкм",
]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue(NAMES)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("нет кабеля ВВГ 3х2.5", "Кабель ВВГ 3x2.5 (бухта 100 м)"),
        ("нет насосов грундфос", "Насос Grundfos UPS 25-60"),
        ("Нет керамической плитки 20х30", "Плитка керамическая 20×30×0,7 белая"),
        ("подшипника 6205 не оказалось", "Подшипник 6205-2RS"),
        ("закончился цемент M500", "Цемент М-500 50 кг"),
        ("у вас нет мешков для мусора 120л", "Мешки для мусора 120 л"),
        ("нет пленки полиэтиленовй", "Плёнка полиэтиленовая 200 мкм"),
    ],
)
def test_what_we_have_is_found(catalogue: Catalogue, text: str, name: str) -> None:
    found = catalogue.named_in(text)
    assert found is not None
    assert found.name == name
    assert found.score >= 75


@pytest.mark.parametrize(
    "text",
    [
        "нет кабеля ВВГ 5х2.5",  # another size is another thing
        "нет подшипника 6204",
        "нет плитки 30х30",
        "нет насоса вилла",  # another brand
        "нет красной черепицы",
        "нет денег",
        "дорого",
        "",
    ],
)
def test_what_we_have_not_is_not(catalogue: Catalogue, text: str) -> None:
    assert catalogue.named_in(text) is None


def test_two_words_of_the_dictionary_are_two_things() -> None:
    assert best_match("плитка", ["Плита минераловатная"]) is None


def test_the_nearest_name_of_several_counts() -> None:
    found = best_match("насос", ["Насос погружной", "Насос", "Насос дренажный"])
    assert found is not None
    assert (found.name, found.score) == ("Насос", 100)


def test_with_nothing_in_it_a_catalogue_finds_nothing() -> None:
    assert best_match("насос", []) is None
    assert best_match("", ["Насос"]) is None
    assert best_match("6205", ["6205"]) is None
