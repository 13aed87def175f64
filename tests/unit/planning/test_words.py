from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from jinja2.exceptions import SecurityError

from integrator.planning.words import TITLE_LIMIT, Words, clip

MOSCOW = ZoneInfo("Europe/Moscow")
RU = Words("ru", MOSCOW, "RUB", date(2026, 11, 22))
EN = Words("en", MOSCOW, "USD", date(2026, 11, 22))
THIN = "\u202f"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ 48000000 | money }}", f"480{THIN}000{THIN}₽"),
        ("{{ 48000050 | money }}", f"480{THIN}000,50{THIN}₽"),
        ("{{ at | day }}", "14 июля"),
        ("{{ night | day }}", "1 января"),
        ("{{ old | day }}", "31 декабря 2025"),
        ("{{ 1 | plural('покупка', 'покупки', 'покупок') }}", "1\xa0покупка"),
        ("{{ 22 | plural('покупка', 'покупки', 'покупок') }}", "22\xa0покупки"),
        ("{{ 11 | plural('покупка', 'покупки', 'покупок') }}", "11\xa0покупок"),
        ("{{ 21 | duration }}", "21\xa0день"),
        ("{{ 123 | duration }}", "4\xa0месяца"),
        ("{{ 800 | duration }}", "2\xa0года"),
        ("{{ missing.deeper }}", ""),
        ("{{ nothing | money }}{{ nothing | day }}{{ nothing }}", ""),
    ],
)
def test_facts_are_said_as_people_say_them(template: str, expected: str) -> None:
    facts = {
        "at": date(2026, 7, 14),
        "night": datetime(2025, 12, 31, 21, 30, tzinfo=UTC),
        "old": datetime(2025, 12, 31, 20, 30, tzinfo=UTC),
        "nothing": None,
    }
    assert RU.render(template, facts) == expected


def test_english() -> None:
    assert (
        EN.render("{{ 48000000 | money }}, {{ 1 | plural('purchase', 'purchases') }}", {}) == "$480,000, 1\xa0purchase"
    )


def test_empty_lines_and_spaces_are_tidied() -> None:
    assert RU.render("а  б\n{% if false %}x{% endif %}\n  в", {}) == "а б\nв"


def test_names_are_facts_and_never_templates() -> None:
    assert RU.render("{{ client }}", {"client": "{{ 7 * 7 }} <b>&"}) == "{{ 7 * 7 }} <b>&"


def test_templates_reach_nothing_of_the_program() -> None:
    assert RU.render("{{ client.__class__.__mro__ }}", {"client": "x"}) == ""
    with pytest.raises(SecurityError):
        RU.render("{{ client.__class__.__mro__() }}", {"client": "x"})


def test_the_first_line_fits() -> None:
    title = RU.title("Позвоните в «{{ client }}»: молчат 4 месяца", {"client": "Очень Длинное Название " * 9})
    assert len(title) <= TITLE_LIMIT
    assert title.endswith("…»")


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("Вега-Строй", 24, "Вега-Строй"),
        ("Рога и Копыта, филиал", 16, "Рога и Копыта…"),
        ("а" * 30, 10, "а" * 9 + "…"),
        ("ООО «Северный дом Плюс»", 22, "ООО «Северный дом…»"),
        ("ООО «Северный дом» и партнёры", 20, "ООО «Северный дом»…"),
        ("ООО «Северный", 6, "ООО…"),
        (None, 5, ""),
    ],
)
def test_clip_cuts_at_a_word(text: str | None, limit: int, expected: str) -> None:
    assert clip(text, limit) == expected
