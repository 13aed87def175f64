"""Answers are told apart by a list's own words."""

from __future__ import annotations

import pytest

from integrator.text import cause_in

CAUSES = (
    ("needs", "Не выявил потребности"),
    ("rivals", "Говорил о товарах конкурентов"),
    ("fear", "Не снял страх ошибки"),
    ("no_trust", "Не возникло доверия"),
    ("too_much", "Слишком много информации"),
    ("little", "Слишком мало информации"),
    ("price_early", "Рано назвал цену"),
    ("rundown", "Ругал конкурентов"),
    ("no_trust", "Клиент не поверил"),
)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("Потребности не выявлены", "needs"),
        ("не снял страх клиента ошибиться", "fear"),
        ("назвал цену слишком рано, клиент ушёл", "price_early"),
        ("мало дал информации", "little"),
        ("Ругали конкурентов", "rundown"),
        ("он так и не поверил", "no_trust"),
        ("не было доверия", "no_trust"),
        ("needs", "needs"),
        ("Слишком много информации", "too_much"),
        ("информация", None),
        ("выявил все потребности", None),
        ("не знаю", None),
        ("", None),
    ],
)
def test_an_answer_means_the_cause_it_shares_words_with(answer: str, code: str | None) -> None:
    assert cause_in(answer, CAUSES) == code


def test_of_no_causes_none_is_meant() -> None:
    assert cause_in("дорого", ()) is None
    assert cause_in("дорого", (("a", ""),)) is None
