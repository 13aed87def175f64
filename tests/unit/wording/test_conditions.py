"""Conditions, traces and changes in words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrator import metrics
from integrator.domain import Group, Metric
from integrator.domain import Test as Leaf
from integrator.engine.flips import flips
from integrator.engine.operators import OPERATORS
from integrator.engine.reference import trace
from integrator.wording import changes, conditions, traces
from integrator.wording.grounds import definitions, grounds
from integrator.wording.speech import Speech

MORE = {
    "class.abc": Metric("class.abc", "client", "string", "", {"ru": "Ценность", "en": "Value"}, ("A", "B", "C")),
    "comment": Metric("comment", "deal", "string", "", {"ru": "Пояснение.", "en": "Comment."}),
    "shown_on": Metric("shown_on", "deal", "date", "", {"ru": "День показа.", "en": "Day of showing."}),
}
METRICS = {name: metric for (_, name), metric in metrics.METRICS.items()} | MORE
VALUES = {("class.abc", "A"): "A: главные", ("class.abc", "C"): "прочие"}
MOSCOW = ZoneInfo("Europe/Moscow")
RU = Speech("ru", MOSCOW, "RUB", date(2026, 11, 22), METRICS, VALUES)
EN = Speech("en", MOSCOW, "USD", date(2026, 11, 22), METRICS, {})

# Operator → a test of it, and what it says in Russian and in English.
SAID: dict[str, tuple[Leaf, str, str]] = {
    "eq": (Leaf("outcome", "eq", "lost"), "исход сделки: проиграна", "outcome: lost"),
    "ne": (Leaf("outcome", "ne", "won"), "исход сделки: не выиграна", "outcome: not won"),
    "lt": (Leaf("days_silent", "lt", 21), "молчание меньше 21 дня", "silence is less than 21 days"),
    "lte": (Leaf("days_silent", "lte", 22), "молчание не больше 22 дней", "silence is at most 22 days"),
    "gt": (Leaf("amount", "gt", 15_000_050), "сумма сделки больше 150 000,50 ₽", "amount is more than $150,000.50"),
    "gte": (
        Leaf("last_purchase_on", "gte", date(2025, 7, 14)),
        "последняя покупка не раньше 14 июля 2025",
        "last purchase is not before 14 July 2025",
    ),
    "between": (Leaf("days_silent", "between", (30, 61)), "молчание от 30 до 61 дня", "silence is from 30 to 61 days"),
    "not_between": (
        Leaf("purchase_count", "not_between", (2, 5)),
        "число покупок вне пределов от 2 до 5",
        "number of purchases is not from 2 to 5",
    ),
    "in": (Leaf("class.abc", "in", ("A", "C")), "ценность: A или прочие", "value: “A” or “C”"),
    "not_in": (
        Leaf("loss_reason", "not_in", ("other", "legal")),
        "причина отказа по единому списку: не «Другое» и не «Юридические ограничения»",
        "canonical reason: neither “Other” nor “Legal restrictions”",
    ),
    "within_days": (
        Leaf("shown_on", "within_days", 3),
        "день показа: не раньше чем 3 дня назад",
        "day of showing: within the last 3 days",
    ),
    "older_than_days": (
        Leaf("shown_on", "older_than_days", 1),
        "день показа: раньше чем 1 день назад",
        "day of showing: more than 1 day ago",
    ),
    "mentions": (
        Leaf("comment", "mentions", ("нет денег", "дорого")),
        "пояснение: сказано «нет денег» или «дорого»",
        "comment: says “нет денег” or “дорого”",
    ),
    "not_mentions": (
        Leaf("comment", "not_mentions", ("дорого",)),
        "пояснение: не сказано «дорого»",
        "comment: does not say “дорого”",
    ),
    "matches": (
        Leaf("comment", "matches", "счёт [0-9]+"),
        "пояснение: подходит под образец счёт [0-9]+",
        "comment: fits the pattern счёт [0-9]+",
    ),
    "not_matches": (
        Leaf("comment", "not_matches", "x"),
        "пояснение: не подходит под образец x",
        "comment: does not fit the pattern x",
    ),
    "exists": (Leaf("comment", "exists", value=False), "пояснение: нет", "comment: not given"),
}


def plain(text: str) -> str:
    return text.replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("op", sorted(OPERATORS))
def test_every_operator_has_words(op: str) -> None:
    assert op in conditions.WORDS, f"say {op} in wording/conditions.py"
    test, russian, english = SAID[op]
    assert test.op == op
    assert plain(conditions.asked(test, RU)) == russian
    assert plain(conditions.asked(test, EN)) == english


def test_an_operator_without_words_is_still_told() -> None:
    assert conditions.asked(Leaf("days_silent", "is_prime", 7), EN) == "silence is prime 7"


def test_two_metrics_are_compared_by_their_names() -> None:
    test = Leaf("days_silent", "gte", None, "lost_threshold_days")
    assert conditions.asked(test, RU) == "молчание не меньше, чем порог потери"
    assert conditions.asked(test, EN) == "silence is at least the threshold of loss"
    same = Leaf("days_silent", "eq", None, "days_since_return")
    assert conditions.asked(same, RU) == "молчание столько же, сколько после возвращения прошло"


def because(condition: Any, facts: dict[str, Any], speech: Speech = RU) -> str:
    return plain(traces.because(trace(condition, facts), speech, lambda name: f"нет {name}"))


def test_several_other_values_are_told_at_once_in_english() -> None:
    either = Group("any", (Leaf("outcome", "eq", "won"), Leaf("outcome", "eq", "lost")))
    assert because(either, {"outcome": "open"}, EN) == "outcome: open, neither won nor lost"
    assert because(Leaf("outcome", "eq", "won"), {"outcome": "open"}, EN) == "outcome: open, not won"


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        (Leaf("days_silent", "gte", 121), {"days_silent": 97}, "молчание: 97 дней — меньше 121 дня"),
        (Leaf("days_silent", "gte", 121), {"days_silent": 121}, "молчание: 121 день — не меньше 121 дня"),
        (Leaf("days_silent", "gte", 121), {}, "молчание: неизвестно (нет days_silent)"),
        (
            Leaf("days_silent", "gte", None, "lost_threshold_days"),
            {"days_silent": 123, "lost_threshold_days": 364 / 3},
            "молчание: 123 дня — не меньше, чем порог потери (121,3 дня)",
        ),
        (
            Leaf("days_silent", "gte", None, "lost_threshold_days"),
            {"days_silent": 123},
            "порог потери: неизвестно (нет lost_threshold_days)",
        ),
        (Leaf("outcome", "eq", "lost"), {"outcome": "won"}, "исход сделки: выиграна, а не проиграна"),
        (Leaf("blacklisted", "eq", value=True), {"blacklisted": False}, "в чёрном списке: нет"),
        (Leaf("comment", "exists", value=False), {"comment": "Склад"}, "пояснение: «Склад»"),
        (Leaf("days_since_return", "exists", value=False), {"days_since_return": 5}, "после возвращения прошло 5 дней"),
        (Leaf("class.abc", "ne", "C"), {"class.abc": "C"}, "ценность: прочие"),
        (Leaf("class.abc", "not_in", ("B", "C")), {"class.abc": "C"}, "ценность: прочие"),
        (
            Group("all", (Leaf("days_silent", "exists", value=True), Leaf("days_silent", "gte", 3))),
            {"days_silent": 5},
            "молчание: 5 дней — не меньше 3 дней",
        ),
        (
            Group("any", (Leaf("days_silent", "exists", value=False), Leaf("days_silent", "gte", 9))),
            {"days_silent": 5},
            "молчание: 5 дней — меньше 9 дней",
        ),
        (
            Group("any", (Leaf("class.abc", "eq", "B"), Leaf("class.abc", "in", ("B", "C")))),
            {"class.abc": "A"},
            "ценность: A, а не «B» и не прочие",
        ),
        (
            Group("none", (Leaf("outcome", "eq", "won"), Leaf("days_silent", "lt", 3))),
            {"outcome": "lost", "days_silent": 3},
            "исход сделки: проиграна, а не выиграна; молчание: 3 дня — не меньше 3 дней",
        ),
        (
            Group("all", (Leaf("outcome", "eq", "won"), Leaf("days_silent", "lt", 3))),
            {"outcome": "lost", "days_silent": 9},
            "исход сделки: проиграна, а не выиграна",
        ),
    ],
)
def test_the_facts_that_decided_are_told(condition: Any, facts: dict[str, Any], expected: str) -> None:
    assert because(condition, facts) == expected


def test_every_condition_stands_in_the_lines_with_what_it_saw() -> None:
    condition = Group("all", (Leaf("outcome", "eq", "lost"), Leaf("days_silent", "gte", 3), Leaf("amount", "gt", 100)))
    facts = {"outcome": "won", "days_silent": 5}
    told = [plain(line) for line in traces.lines(trace(condition, facts), RU, lambda _: "нет курса")]
    assert told == [
        "✗ верно всё:",
        "  ✗ исход сделки: проиграна  [выиграна]",
        "  ✓ молчание не меньше 3 дней  [5 дней]",
        "  ? сумма сделки больше 1 ₽  [неизвестно: нет курса]",
    ]


@pytest.mark.parametrize(
    ("condition", "facts", "russian"),
    [
        (Leaf("days_silent", "gte", 121), {"days_silent": 97}, "молчание: 97 дней → не меньше 121 дня"),
        (Leaf("days_silent", "lt", 14), {"days_silent": 97}, "молчание: 97 дней → не больше 13 дней"),
        (
            Leaf("abc_share_above", "lt", 0.8),
            {"abc_share_above": 0.93},
            "более ценные клиенты приносят 93 % → меньше 80 %",
        ),
        (Leaf("class.abc", "eq", "A"), {"class.abc": "C"}, "ценность: прочие → A"),
        (Leaf("comment", "exists", value=True), {}, "пояснение: неизвестно → любое значение"),
        (
            Leaf("days_since_return", "lte", 9),
            {"days_since_return": 12},
            "после возвращения прошло 12 дней → не больше 9 дней",
        ),
        (Leaf("days_since_return", "lte", 9), {}, "после возвращения прошло: неизвестно → не больше 9 дней"),
        (Leaf("comment", "exists", value=False), {"comment": "x"}, "пояснение: «x» → нет"),
        (Leaf("comment", "ne", "x"), {"comment": "x"}, "пояснение: «x» → что угодно, кроме «x»"),
        (
            Leaf("last_purchase_on", "gt", date(2026, 3, 1)),
            {"last_purchase_on": date(2026, 1, 9)},
            "последняя покупка: 9 января → не раньше 2 марта",
        ),
        (
            Leaf("closed_at", "lt", datetime(2026, 3, 1, tzinfo=MOSCOW)),
            {"closed_at": datetime(2026, 4, 1, tzinfo=UTC)},
            "закрытие сделки: 1 апреля → раньше 1 марта",
        ),
    ],
)
def test_changes_are_told_with_an_arrow(condition: Any, facts: dict[str, Any], russian: str) -> None:
    found = flips((condition,), (), facts, METRICS)
    assert plain(changes.flip(found[0], RU)) == russian


def test_the_threshold_is_told_as_arithmetic() -> None:
    facts = {
        "lost_threshold_days": 364 / 3,
        "purchase_period_days": 91.0,
        "purchase_period_source": "own",
        "purchase_count": 4,
    }
    (told,) = grounds(["lost_threshold_days"], facts, {"win_back.lost_after_periods": "4/3"}, RU)
    assert plain(told) == (
        "порог потери: 121,3 дня = 91 день × 4/3; обычный промежуток между покупками: 91 день (свой; покупок 4)"
    )
    params = {"win_back.lost_after_periods": "4/3", "win_back.lost_floor_days": 14, "win_back.lost_ceiling_days": 730}
    ((_, made),) = definitions(["lost_threshold_days"], params, RU)
    assert plain(made) == "обычный промежуток × 4/3, но не меньше 14 дней и не больше 730 дней"
    (least,) = grounds(["lost_threshold_days"], {"lost_threshold_days": 14, "purchase_period_days": 3}, params, EN)
    assert plain(least) == "threshold of loss: 14 days, the least there is"
