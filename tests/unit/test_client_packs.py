"""The packs target, pyramid and base decide as the methods say (B1, B3, B10, C4, C5, C6), in texts fit for managers."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from integrator import metrics, packs
from integrator.engine import examples
from integrator.engine.classes import evaluate
from integrator.engine.loader import load
from integrator.engine.moment import Moment
from integrator.engine.reference import ReferenceEngine
from integrator.engine.ruleset import LANGUAGES
from integrator.planning.words import TITLE_LIMIT, Words

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Moscow")
PACKS = ("target", "pyramid", "base")
TYPES = {
    "integer": pl.Int64, "number": pl.Float64, "money": pl.Int64, "string": pl.String, "boolean": pl.Boolean,
    "date": pl.Date, "instant": pl.Datetime("us", "UTC"),
}  # fmt: skip
NOTHING = {"purchase_count": 0, "volume_91": 0, "asked_recently": False, "engaged_deals": 0, "presented_deals": 0}
KNOWN = date(2026, 1, 1)


@cache
def rules(**params: Any) -> Any:
    named = {name.replace("__", "."): value for name, value in params.items()}
    return load(packs.find([packs.shipped()], [*PACKS, "win_back"]), metrics.METRICS, params=named)


def decide(subject: str, *rows: dict[str, Any], **params: Any) -> list[dict[str, Any]]:
    own = {name: metric for (of, name), metric in metrics.METRICS.items() if of == subject}
    schema = {name: TYPES[metric.type] for name, metric in own.items()}
    frame = pl.DataFrame([dict.fromkeys(own) | row for row in rows], schema=schema)
    return evaluate(rules(**params), subject, frame, ReferenceEngine(), Moment.of(NOW, ZONE)).to_dicts()


def one(facts: dict[str, Any], **params: Any) -> dict[str, Any]:
    (row,) = decide("client", {**NOTHING, **facts}, **params)
    return row


def test_the_examples_hold_and_show_every_outcome() -> None:
    assert [str(failure) for failure in examples.run(rules())] == []
    for rule in (rule for rule in rules().rules if rule.pack in PACKS):
        assert {example.expect for example in rule.examples} == {"fires", "silent", "unknown"}, rule.full


BOUGHT = {"purchase_count": 4, "abc_share_above": 0.0, "days_silent": 10, "lost_threshold_days": 100.0}


@pytest.mark.parametrize(
    ("facts", "target"),
    [
        ({"volume_91": 4500_00, "volume_wanted": 4500_00}, "target"),
        ({"volume_91": 4499_99, "volume_wanted": 4500_00}, "unknown"),
        ({"volume_91": 9000_00}, "unknown"),  # no threshold is set
        ({"need_within_days": 183}, "target"),
        ({"need_within_days": 184}, "unknown"),
        ({"need_within_days": 184, "volume_91": 4500_00, "volume_wanted": 4500_00}, "target"),
        ({}, "unknown"),
        # What stands against him comes first.
        ({"volume_91": 4500_00, "volume_wanted": 4500_00, "blacklisted": True}, "non_target"),
        ({"need_within_days": 0, "industry_not_served": True}, "non_target"),
        ({"need_within_days": 0, "region_not_served": True}, "non_target"),
        ({"need_within_days": 0, "last_refusal_reason": "legal"}, "non_target"),
        ({"need_within_days": 0, "last_refusal_reason": "territory"}, "target"),
        ({"need_within_days": 0, "uneconomic": True}, "non_target"),
        ({"need_within_days": 0, "uneconomic": False}, "target"),
        # A partner is never turned away.
        ({"partner": True, "blacklisted": True}, "unknown"),
        ({"referred_deals": 2, "uneconomic": True, "need_within_days": 0}, "target"),
        ({"referred_deals": 1, "uneconomic": True}, "non_target"),
        ({**BOUGHT, "referred_deals": 2, "uneconomic": True}, "non_target"),
    ],
)
def test_target_by_objective_criteria_in_their_order(facts: dict[str, Any], target: str) -> None:
    assert one(facts)["class.target"] == target


def test_a_partner_brings_buyers_and_has_no_other_role() -> None:
    roles = [one(facts)["class.role"] for facts in ({"partner": True, **BOUGHT}, {"referred_deals": 2}, {}, BOUGHT)]
    assert roles == ["partner", "partner", None, None]


@pytest.mark.parametrize(
    ("facts", "asked"),
    [
        ({"profile_gaps": "регион"}, True),
        ({"volume_wanted": 4500_00}, True),
        ({**BOUGHT, "volume_wanted": 4500_00}, True),
        ({**BOUGHT, "profile_gaps": "регион"}, False),  # no threshold is set, and he buys
        ({}, False),  # nothing is left to ask
        ({"profile_gaps": "регион", "partner": True}, False),
        ({"profile_gaps": "регион", "need_within_days": 1}, False),
        ({"profile_gaps": "регион", "blacklisted": True}, False),
    ],
)
def test_who_is_not_known_yet_is_asked_about(facts: dict[str, Any], asked: bool) -> None:
    assert one({"known_since": KNOWN, **facts})["task.target/qualify"] is asked


def test_the_questions_can_be_kept_to_new_clients() -> None:
    for age, asked in ((30, True), (31, False)):
        facts = {"known_since": NOW.date() - timedelta(days=age), "profile_gaps": "регион"}
        assert one(facts, target__qualify_within_days=30)["task.target/qualify"] is asked


@pytest.mark.parametrize(
    ("facts", "place"),
    [
        ({**BOUGHT, "purchases_365": 4}, "key"),
        ({**BOUGHT, "purchases_365": 3}, "real_large"),
        ({**BOUGHT, "purchases_365": 4, "days_silent": 100}, "real_large"),  # lost
        ({**BOUGHT, "purchases_365": 9, "abc_share_above": 0.8}, "real_medium"),
        ({**BOUGHT, "abc_share_above": 0.95, "engaged_deals": 1}, "real_small"),
        ({"engaged_deals": 1}, "prospective"),
        ({"presented_deals": 1, "need_within_days": 1}, "prospective"),
        ({"need_within_days": 1}, "probable"),
        ({"asked_recently": True}, "probable"),
        ({"asked_recently": True, "blacklisted": True}, "probable"),
        ({"blacklisted": True}, "potential"),
        ({}, "potential"),
        # Without stages of a process nobody is known to be near a purchase.
        ({"engaged_deals": None, "presented_deals": None, "asked_recently": True}, "probable"),
    ],
)
def test_the_place_in_the_pyramid(facts: dict[str, Any], place: str) -> None:
    assert one(facts)["class.pyramid"] == place


@pytest.mark.parametrize(
    ("verified", "contact", "stale"),
    [(365, 365, True), (365, None, True), (364, None, False), (365, 364, False), (None, None, False)],
)
def test_a_card_without_contact_and_verification_for_a_year_is_stale(
    verified: int | None, contact: int | None, stale: bool
) -> None:
    facts = {"days_since_verified": verified, "days_since_contact": contact}
    assert one(facts)["rule.base/record_stale"] is stale


def test_a_deal_beyond_the_usual_stay_is_stalled_and_asked_about_where_a_step_is_agreed() -> None:
    stuck = {"outcome": "open", "stage_days": 22, "stage_days_usual": 21}
    rows = [stuck, {**stuck, "next_step_at": NOW}, {**stuck, "stage_days": 21}, {**stuck, "stage_days_usual": None}]
    found = decide("deal", *rows)
    assert [row["rule.base/deal_stalled"] for row in found] == [True, True, False, False]
    assert [row["task.base/deal_stalled"] for row in found] == [False, True, False, False]


@pytest.mark.parametrize(
    ("facts", "score"),
    [
        ({}, 0),
        ({"need_within_days": 1, "engaged_deals": 1, "asked_recently": True, "closeness": 70}, 90),
        ({"closeness": 69}, 0),
        ({**BOUGHT, "purchases_365": 4, "need_within_days": 1, "engaged_deals": 1, "asked_recently": True}, 100),
        ({**BOUGHT, "abc_share_above": 0.95}, 10),
        ({**BOUGHT, "days_silent": 100}, 10),
        ({"need_within_days": 1, "engaged_deals": 1, "blacklisted": True}, 0),
    ],
)
def test_the_score_is_the_sum_of_points_from_0_to_100(facts: dict[str, Any], score: int) -> None:
    assert int(one(facts)["class.score"]) == score


LONG = "Общество с ограниченной ответственностью «Северо-Западная строительная компания»"
FULL: dict[str, dict[str, Any]] = {
    "client": {
        "client": LONG, "revenue_91": 123_456_789_00, "quarter_volume": 987_654_321_00, "volume_wanted": 450_000_00,
        "profile_gaps": "отрасль, регион, сколько берут за квартал у всех поставщиков, когда понадобится",
    },
    "deal": {
        "client": LONG, "deal": LONG, "amount": 123_456_789_000, "stage_days": 640, "stage_days_usual": 59,
        "stage_name": "Согласование коммерческого предложения с заказчиком",
    },
}  # fmt: skip
BARE = {
    "client": {"client": "", "revenue_91": 0},
    "deal": {"client": "", "deal": "", "stage_days": 22, "stage_days_usual": 21},
}
BANNED = re.compile(r"!|[Пп]равил|[Сс]истем|обнаруж|лассифиц|еобходимо|\brule|[Ss]ystem|detected|None|ndefined|\{|\}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("known", [FULL, BARE])
def test_texts_are_short_plain_and_whole(language: str, known: dict[str, dict[str, Any]]) -> None:
    words = Words(language, ZONE, "RUB", NOW.date())
    asking = [rule for rule in rules().rules if rule.task and rule.pack in PACKS]
    assert {rule.full for rule in asking} == {"target/qualify", "base/deal_stalled"}
    for rule in asking:
        template = rules().templates[rule.pack, rule.task.template]
        of_subject = {name: None for of, name in metrics.METRICS if of == rule.subject}
        facts = {**of_subject, **known[rule.subject]}
        title, why, closes = (
            words.render(part[language], facts) for part in (template.title, template.why, template.closes)
        )
        assert 10 < len(title) <= TITLE_LIMIT, title
        assert 2 <= len(why.splitlines()) <= 3, why
        for text in (title, why, closes):
            assert text
            assert not BANNED.search(text), text
            assert "«»" not in text
            assert not re.search(r" [,.:]|\.\.|,,", text), text
