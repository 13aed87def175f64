"""The portal's own words for reasons."""

from __future__ import annotations

import re

import pytest

from integrator.domain.reasons import BY_CODE, CORE, OTHER, REASONS, SUB_REASONS, Nature
from integrator.text import canonical, canonical_all, propose
from integrator.text.lists import sections, strong, vocabulary


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Дорого", "price_high"),
        (" дОРОГО ", "price_high"),
        ("Учёт", "legal"),
        ("УЧЕТ", "legal"),
        ("price_high", "price_high"),
        ("No_Budget", "no_budget"),
        ("Нет бюджета", "no_budget"),
        ("no  budget", "no_budget"),
        ("Ушел наш менеджер", "manager_left"),
        ("Другое", "other"),
        ("Очень дорого", "price_high"),
        ("Дорого, да и не доверяют", None),
        ("Нецелевой", None),
        ("", None),
        ("Нет доверия", "poor_service"),
    ],
)
def test_names_are_matched_exactly(name: str, code: str | None) -> None:
    mapping = {"Дорого": "price_high", "учет": "legal", "нет доверия": "poor_service"}
    assert canonical(name, mapping) == code


def test_many_names_are_matched_at_once() -> None:
    assert canonical_all(["a", "Other"], {"A": "legal"}) == {"a": "legal", "Other": "other"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Слишком дорого", "price_high"),
        ("Нет денег", "no_budget"),
        ("Есть свой поставщик", "has_supplier"),
        ("Не подошли сроки поставки", "delivery_terms"),
        ("Не ЛПР", "not_decision_maker"),
        ("Компания закрылась", "closed_business"),
        ("Выбрали другого", "competitor_offer"),
        ("Expensive for them", "price_high"),
        ("Абракадабра", None),
        ("", None),
        ("🙂", None),
    ],
)
def test_a_code_is_proposed_by_common_words(name: str, code: str | None) -> None:
    found = propose(name)
    assert (found and found.code) == code


def test_lists_know_every_code_and_no_other() -> None:
    assert set(strong()) == set(BY_CODE) - {OTHER}
    assert set(sections("topics")) <= set(BY_CODE)
    assert set(sections("hints")) <= set(BY_CODE)
    assert set(sections("sub_reasons")) == set(SUB_REASONS)


WORD = r"-?(@[a-z]+|#geo|=?[а-яa-z0-9']+[~!]?)"
CUE = re.compile(rf">?{WORD}(\|{WORD})*")
WORDS = {"topics", "classes", "opinions", "vague", "soft_no"}  # lists with words parted by blanks under some headings


@pytest.mark.parametrize("name", ["reasons_ru", "reasons_en", "hints", "sub_reasons", *sorted(WORDS)])
def test_lists_are_written_as_they_are_read(name: str) -> None:
    places = [place for lines in sections(name).values() for line in lines for place in line.split()]
    assert [place for place in places if not CUE.fullmatch(place)] == []
    assert {used for place in places for used in re.findall("@([a-z]+)", place)} <= set(sections("classes"))


def test_lists_are_folded() -> None:
    assert not any("ё" in word for word in vocabulary())


def test_no_cue_begins_in_mid_air() -> None:
    cues = [line for name in ("reasons_ru", "reasons_en") for lines in sections(name).values() for line in lines]
    assert [cue for cue in cues if cue.startswith(">")] == []


def test_every_portal_word_of_ours_means_one_reason() -> None:
    names = [name.casefold() for reason in REASONS for name in (reason.ru, reason.en)]
    assert len(set(names)) == len(names)


def test_the_canonical_table() -> None:
    assert len(REASONS) == 28
    assert [reason.code for reason in REASONS[:CORE]] == [
        "no_budget",
        "has_supplier",
        "price_high",
        "purchase_not_planned",
        "product_mismatch",
        "not_interested",
        "delivery_terms",
    ]
    assert {reason.code for reason in REASONS if reason.closes_door} == {"closed_business", "moved_away"}
    assert [BY_CODE[code].come_back_days for code in ("not_decision_maker", "manager_left", "territory", "other")] == [
        14,
        7,
        180,
        60,
    ]
    assert sum(reason.nature is Nature.SALES_ERROR for reason in REASONS) == 12
