"""A1 to A3: what a refusal gives as its reason."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.metrics.bases import Facts, deal, facts, one

NAMES = ["Дорого", "Нецелевой", "Другое", "Сложно с ценой", "Неясно"]
REASONS = [{"id": str(number), "name": name} for number, name in enumerate(NAMES, start=1)]
MAPPED = {"reason_map": {"Дорого ": "price_high", "Неясно": "other"}}


def refusal(name: str | None = None, text: str | None = None, **settings: Any) -> dict[str, Any]:
    return one(base(name, text, **settings))


def base(name: str | None = None, text: str | None = None, **settings: Any) -> Facts:
    number = str(NAMES.index(name) + 1) if name in NAMES else name
    row = deal(1, "lost", "2025-05-01 12:00", loss_reason_id=number, reason_text=text)
    return facts("2025-06-01 12:00", [row], {**MAPPED, **settings}, loss_reasons=REASONS)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (None, None),
        ("Дорого", "price_high"),
        ("Другое", "other"),
        ("Неясно", "other"),
        ("Нецелевой", None),
        ("Сложно с ценой", None),
    ],
)
def test_reasons_are_named_in_both_words(name: str | None, code: str | None) -> None:
    found = refusal(name)
    assert (found["loss_reason_name"], found["loss_reason"]) == (name, code)


def test_a_reason_deleted_from_the_list_is_still_a_reason() -> None:
    found = refusal("99")
    assert (found["loss_reason_name"], found["loss_reason"], found["reason_is_label"]) == ("99", None, False)


@pytest.mark.parametrize(("text", "kept"), [(None, None), ("", None), (" \n\t", None), ("  так  ", "так")])
def test_texts_are_trimmed(text: str | None, kept: str | None) -> None:
    assert refusal(text=text)["reason_text"] == kept


@pytest.mark.parametrize(
    ("name", "text", "label"),
    [
        (None, None, False),
        ("Нецелевой", None, True),
        ("Нецелевой", "...", True),
        ("Нецелевой", "сам сказал 🙂", True),
        ("Нецелевой", "просто посмотреть", True),
        ("Нецелевой", "нет бюджета", False),
        (None, "Нецелевой!", True),
        (None, "нецелевой, дорого", False),
        (None, "клиент", False),
        ("Другое", None, False),
        ("Другое", "не целевая", True),
        ("Другое", "уехал", False),
        ("Неясно", "никогда не купит", True),
        ("Дорого", "нецелевой", False),
        ("Сложно с ценой", "нецелевой", False),
    ],
)
def test_a_label_is_not_a_reason(name: str | None, text: str | None, label: bool) -> None:
    assert refusal(name, text)["reason_is_label"] is label


def test_a_label_stays_one_whatever_it_is_mapped_to() -> None:
    assert refusal("Нецелевой", reason_map={"Нецелевой": "not_interested"})["reason_is_label"] is True


def test_labels_are_those_of_the_portals_language() -> None:
    assert refusal(text="just looking", language="en")["reason_is_label"] is True
    assert refusal(text="just looking", language="ru")["reason_is_label"] is False


def test_only_refusals_are_asked_for_a_reason() -> None:
    row = deal(1, "won", "2025-05-01 12:00", loss_reason_id="2", reason_text="нецелевой")
    found = one(facts("2025-06-01 12:00", [row], loss_reasons=REASONS))
    assert (found["reason_is_label"], found["loss_reason_name"]) == (None, None)


def test_the_admin_is_told_what_maps_to_nothing() -> None:
    assert base("Нецелевой").notes == (
        "«Нецелевой» — мнение, а не причина, отказов с ним: 1. Сопоставлять не нужно: спросим, что помешало.",
        (
            "Причина «Сложно с ценой» ни с чем не сопоставлена, отказов с ней: 0. Добавьте её в loss_reasons.map."
            " Похоже на price_high (Высокая цена)."
        ),
    )
    assert base("Нецелевой", language="en").notes[0].startswith('The reason "Нецелевой" is not mapped')


def test_the_admin_is_told_of_sub_reasons_that_map_to_nothing() -> None:
    rows = [
        deal(1, "lost", "2025-05-01 12:00", sub_reason=" Дешевле "),
        deal(2, "lost", "2025-05-01 12:00", sub_reason="иное"),
    ]
    found = facts("2025-06-01 12:00", rows, {"sub_reason_map": {"дешевле": "cheaper"}})
    assert found.notes == (
        "Уточнение «иное» ни с чем не сопоставлено, отказов с ним: 1. Добавьте его в sub_reasons.map.",
    )
