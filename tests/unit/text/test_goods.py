"""Things that a refusal for range names."""

from __future__ import annotations

import pytest

from integrator.text import items, normal_item


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("нет кабеля ВВГ 3х2.5", ("кабель ввг 3х2.5",)),
        ("Нет насосов грундфос", ("насос грундфос",)),
        ("у нас нет керамической плитки 20х30", ("керамический плитка 20х30",)),
        ("фанеры нет", ("фанера",)),
        ("искал мембрану для кровли, не продаём", ("мембрана для кровля",)),
        ("хотели утеплитель роквул, нет в наличии", ("утеплитель роквул",)),
        ("нет такого: труба пнд 32", ("труба пнд 32",)),
        ("не завезли розетки легранд", ("розетка легранд",)),
        ("закончилась краска", ("краска",)),
        ("краска не закончилась", ()),
        ("нет модели X500", ("модель х 500",)),
        ("we don't have brass valves", ("brass valves",)),
        ("нет кабеля, и гофры нет", ("кабель", "гофр")),
        ("нет денег", ()),
        ("нет доверия", ()),
        ("нет нужного размера", ()),
        ("нет в наличии", ()),
        ("нет срочности", ()),
        ("не было времени", ()),
        ("не возим в Сибирь", ()),
        ("нет менеджера", ()),
        ("купил кабель", ()),
        ("не нашли общий язык", ()),
        ("дорого", ()),
        ("", ()),
    ],
)
def test_the_things_we_are_said_not_to_have(text: str, named: tuple[str, ...]) -> None:
    assert items(text) == named


def test_where_the_reason_is_the_range_any_thing_named_counts() -> None:
    assert items("ламинат дуб 33 класса") == ()
    assert items("ламинат дуб 33 класса", named=True) == ("ламинат дуб 33 класс",)


@pytest.mark.parametrize(
    "name",
    ["Кабель ВВГ-нг 3×2,5", "кабеля ввг нг 3x2.5", "КАБЕЛИ ВВГ — НГ 3 х 2,5", "кабель ввг-нг 3*2.5"],
)
def test_one_way_to_write_a_name(name: str) -> None:
    assert normal_item(name) == "кабель ввг нг 3х2.5"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Цемент M500", "цемент м-500"),
        ("10 литров", "10л"),
        ("Ёлка зелёная", "елки зеленые"),
        ("18мм", "18 миллиметров"),
    ],
)
def test_units_letters_and_forms_make_no_difference(one: str, other: str) -> None:
    assert normal_item(one) == normal_item(other)


def test_a_normal_name_stays_as_it_is() -> None:
    assert normal_item(normal_item("Кабеля ВВГ-нг 3×2,5")) == normal_item("Кабеля ВВГ-нг 3×2,5")
