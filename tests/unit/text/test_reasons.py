"""The portal's own words for reasons."""

from __future__ import annotations

import pytest

from integrator.domain.reasons import BY_CODE, CORE, REASONS, Nature
from integrator.text import canonical, canonical_all, propose
from integrator.text.hints import HINTS
from integrator.text.lemmas import lemmas


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
        ("Очень дорого", None),
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
    assert propose(name) == code


def test_hints_are_written_in_lemmas_of_known_codes() -> None:
    words = {word for _, phrases in HINTS for phrase in phrases for word in phrase.split()}
    assert [word for word in sorted(words) if word not in lemmas(word)] == []
    assert {code for code, _ in HINTS} == set(BY_CODE)


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
