"""The packs win_back, growth and prevention, from rows of a base to classes, findings, tasks and their texts."""

from __future__ import annotations

import re
from datetime import date
from itertools import product
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrator import metrics, packs
from integrator.domain import Truth
from integrator.domain.reasons import BY_CODE
from integrator.engine import reference
from integrator.engine.classes import evaluate
from integrator.engine.durable import choose
from integrator.engine.loader import load
from integrator.engine.moment import Moment
from integrator.planning.words import TITLE_LIMIT, Words
from tests.unit.metrics.bases import MOSCOW, at, context, deal, frames
from tests.unit.metrics.worlds import NOW, Story, regulars, snapshot, stories

if TYPE_CHECKING:
    from integrator.metrics import Context

RULES = load(packs.find([packs.shipped()]), metrics.METRICS)
OWN = ("win_back", "growth", "prevention")
FAST = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def decided(base: dict[str, pl.DataFrame], told: Context) -> list[dict[str, Any]]:
    """Every client with his facts and what the rules make of him."""
    found = metrics.compute(base, told).clients
    verdicts = evaluate(RULES, "client", found, choose(), Moment.of(told.now, told.timezone))
    return found.hstack(verdicts).to_dicts()


def one(now: str, deals: list[dict[str, Any]], told: dict[str, Any] | None = None, **tables: Any) -> dict[str, Any]:
    """Company 1 at a Moscow time."""
    portal = dict(told or {})
    params = {**RULES.params, **portal.pop("params", {})}
    rows = decided(frames(deals=deals, **tables), context(now, params=params, **portal))
    return next(row for row in rows if (row["kind"], row["id"]) == ("company", 1))


def fires(row: dict[str, Any], rule: str) -> bool:
    return bool(row[f"rule.{rule}"])


def tasks(row: dict[str, Any]) -> set[str]:
    """The tasks of the packs under test."""
    names = {name.removeprefix("task.") for name, value in row.items() if name.startswith("task.") and value}
    return {name for name in names if name.split("/")[0] in OWN}


def bought(*days: str, **columns: Any) -> list[dict[str, Any]]:
    return [deal(place + 1, "won", f"{day} 12:00", **columns) for place, day in enumerate(days)]


QUARTERS = ("2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01")


@pytest.mark.parametrize(
    ("today", "lifecycle", "tier"),
    [
        ("2025-12-31", "active", None),
        ("2026-01-01", "at_risk", None),
        ("2026-01-30", "at_risk", None),
        ("2026-02-01", "lost", "first"),
    ],
)
def test_the_golden_case_of_a_loss(today: str, lifecycle: str, tier: str | None) -> None:
    row = one(f"{today} 09:00", bought(*QUARTERS))
    assert (row["class.lifecycle"], row["class.win_back"]) == (lifecycle, tier)


TIERS = {
    **dict.fromkeys(("AX", "AY"), "first"),
    **dict.fromkeys(("AZ", "BX", "BY"), "must"),
    **dict.fromkeys(("BZ", "CX"), "if_possible"),
    **dict.fromkeys(("CY", "CZ"), "let_go"),
}


@FAST
@given(world=stories() | regulars(), marks=st.lists(st.sampled_from([None, "да", "нет"]), min_size=4, max_size=4))
def test_every_lost_client_has_one_tier_and_nobody_else_has_any(world: list[Story], marks: list[str | None]) -> None:
    base = snapshot(world, NOW, exact=True)
    companies = base["companies"]
    base["companies"] = companies.with_columns(blacklisted=pl.Series(marks[: companies.height], dtype=pl.String))
    told = context("2025-12-01 12:30", fields_named=frozenset({"client.blacklisted"}), params=RULES.params)
    for row in decided(base, told):
        tier = row["class.win_back"]
        if row["class.lifecycle"] != "lost":
            assert tier is None
        elif row["blacklisted"] or row["refusal_closes_door"]:
            assert tier == "let_go"
        else:
            assert tier == TIERS[row["class.abc"] + row["class.xyz"]]


@FAST
@given(world=stories() | regulars())
def test_who_is_worth_more_is_never_of_a_lower_class(world: list[Story]) -> None:
    rows = decided(snapshot(world, NOW, exact=True), context("2025-12-01 12:30", params=RULES.params))
    ranked = sorted((row for row in rows if row["purchase_count"]), key=lambda row: -row["value_365"])
    worth: dict[int, list[str]] = {}
    for row in ranked:
        worth.setdefault(row["value_365"], []).append(row["class.abc"])
    letters = [letter for alike in worth.values() for letter in sorted(alike)]
    assert letters == sorted(letters)
    assert letters[:1] in ([], ["A"])


@pytest.mark.parametrize(("refused", "wanted"), [("2026-01-30", {"win_back/first"}), ("2026-01-31", set())])
def test_the_way_back_ends_where_the_client_refuses(refused: str, wanted: set[str]) -> None:
    deals = [*bought(*QUARTERS), deal(9, "lost", f"{refused} 12:00")]
    found = one("2026-02-10 12:00", deals)
    assert (found["class.win_back"], tasks(found)) == ("first", wanted)
    assert tasks(one("2026-02-10 12:00", [*deals, deal(10, "won", "2026-02-09 12:00")])) & {"win_back/first"} == set()


def test_each_step_of_the_way_back_has_its_text() -> None:
    for name in ("first", "must"):
        task = RULES.rule(f"win_back/{name}").task
        assert task is not None
        later = ["way_back_remedy", "way_back_contact", "way_back_offer", "way_back_follow_up"]
        assert [step.template for step in task.steps] == [f"win_back_{name}", *later]


def test_a_falling_turnover_is_found_unless_a_season_explains_it() -> None:
    autumn = [deal(1, "won", "2026-03-01 12:00", amount=100_00), deal(2, "won", "2026-06-01 12:00", amount=60_00)]
    assert fires(one("2026-06-20 12:00", autumn), "growth/turnover_falling")
    same_then = deal(3, "won", "2025-06-01 12:00", amount=61_00)
    assert not fires(one("2026-06-20 12:00", [*autumn, same_then]), "growth/turnover_falling")
    assert fires(one("2026-06-20 12:00", [*autumn, {**same_then, "amount": 120_00}]), "growth/turnover_falling")


def test_a_lost_client_has_a_finding_and_no_task_about_his_turnover() -> None:
    found = one("2026-03-01 12:00", bought("2025-10-01", "2025-10-20", "2025-11-10"))
    assert found["class.lifecycle"] == "lost"
    assert fires(found, "growth/turnover_falling")
    assert not tasks(found) & {"growth/turnover_falling", "prevention/at_risk", "prevention/ask_loyal"}


PYRAMID = {"key": 30, "real_large": 45, "real_medium": 60, "real_small": 90, "prospective": 14, "probable": 60}


@pytest.mark.parametrize(("place", "beyond"), list(product(PYRAMID, (0, 1))))
def test_each_place_of_the_pyramid_allows_its_own_silence(place: str, beyond: int) -> None:
    silent = {"class.pyramid": place, "days_without_contact": PYRAMID[place] + beyond}
    facts = {"class.lifecycle": "active", "blacklisted": False, **silent}
    found = reference.evaluate(RULES.rule("prevention/contact_overdue").when, facts)
    assert found is (Truth.TRUE if beyond else Truth.FALSE)


STAFF = [
    {"id": 7, "name": "Ольга Ким", "active": False, "inactive_since": at("2026-06-18 12:00")},
    {"id": 8, "name": "Иван Ли", "active": True},
]
CARD = {"id": 1, "name": "Контур", "responsible_id": 7, "created_at": at("2024-01-01 12:00")}
OFTEN = ("2026-01-10", "2026-02-10", "2026-03-10", "2026-04-10", "2026-05-10", "2026-06-10")


def call(when: str) -> dict[str, Any]:
    columns = {"origin": "task", "id": 1, "entity_kind": "company", "entity_id": 1, "kind": "call", "completed": True}
    return {**columns, "created_at": at(when), "completed_at": at(when)}


def test_each_client_of_a_manager_who_left_is_called_once() -> None:
    tables: dict[str, Any] = {"users": STAFF, "companies": [CARD, {**CARD, "id": 2, "responsible_id": 8}]}
    found = one("2026-06-20 12:00", bought(*OFTEN), **tables)
    assert (found["class.pyramid"], tasks(found)) == ("key", {"prevention/handover_key"})
    assert fires(found, "prevention/responsible_left")
    seldom = one("2026-06-20 12:00", bought("2026-06-10"), **tables)
    assert (seldom["class.pyramid"], tasks(seldom)) == ("real_large", {"prevention/handover"})
    stranger = one("2026-06-20 12:00", [], **tables)
    assert (fires(stranger, "prevention/handover"), tasks(stranger)) == (True, set())


@pytest.mark.parametrize(
    ("made", "wanted"), [("2026-06-18 11:59", {"prevention/handover_key"}), ("2026-06-18 12:01", set())]
)
def test_a_contact_made_since_the_manager_left_is_the_call(made: str, wanted: set[str]) -> None:
    found = one("2026-06-20 12:00", bought(*OFTEN), tasks=[call(made)], users=STAFF, companies=[CARD])
    assert tasks(found) == wanted


def test_a_client_given_to_somebody_else_is_introduced_to_him() -> None:
    given = {**CARD, "responsible_id": 8, "responsible_since": at("2026-06-15 12:00"), "responsible_before": 9}
    tables: dict[str, Any] = {"users": STAFF, "companies": [given]}
    earlier, later = ("2026-06-15 11:59", "2026-06-15 12:01")
    wanted = {"prevention/responsible_changed"}
    assert tasks(one("2026-06-20 12:00", bought(*OFTEN), tasks=[call(earlier)], **tables)) == wanted
    assert tasks(one("2026-06-20 12:00", bought(*OFTEN), tasks=[call(later)], **tables)) == set()


def test_a_blacklisted_client_gets_no_task() -> None:
    listed = {"fields_named": frozenset({"client.blacklisted", "client.complaint"})}
    bad = {**CARD, "blacklisted": "да", "complaint": "да", "responsible_id": 8}
    for now in ("2026-06-20 12:00", "2026-07-20 12:00", "2026-12-20 12:00"):
        assert tasks(one(now, bought(*OFTEN), listed, companies=[bad], users=STAFF)) == set()
    good = {**bad, "blacklisted": ""}
    assert "prevention/complaint_open" in tasks(one("2026-06-20 12:00", bought(*OFTEN), listed, companies=[good]))


def test_at_risk_becomes_a_call_when_nobody_has_talked_to_him() -> None:
    tables: dict[str, Any] = {"users": STAFF, "companies": [{**CARD, "responsible_id": 8}]}
    assert tasks(one("2026-07-15 12:00", bought(*OFTEN), **tables)) == {"prevention/at_risk"}
    for made, wanted in (("2026-07-08 12:00", {"prevention/at_risk"}), ("2026-07-09 12:00", set())):
        assert tasks(one("2026-07-15 12:00", bought(*OFTEN), tasks=[call(made)], **tables)) == wanted


def test_a_loyal_client_is_asked_in_his_quarter_only() -> None:
    turns = {"params": {"prevention.survey_one_in": 4}}
    tables: dict[str, Any] = {"users": STAFF, "companies": [{**CARD, "responsible_id": 8}]}
    asked = []
    for quarter in range(4):
        first, second = (f"2026-{quarter * 3 + month:02}" for month in (1, 2))
        days = [f"{month}-{day:02}" for month in (first, second) for day in (1, 8, 15, 22)]
        found = one(f"{second}-23 12:00", bought(*days), turns, tasks=[call(f"{second}-22 12:00")], **tables)
        asked.append("prevention/ask_loyal" in tasks(found))
    assert sorted(asked) == [False, False, False, True]


LONG = "Общество с ограниченной ответственностью «Северо-Западная строительная компания»"
FULL: dict[str, Any] = {
    "client": LONG, "days_silent": 640, "last_purchase_on": date(2025, 2, 19), "purchase_count": 25,
    "last_purchase_amount": 123_456_789_00, "purchase_period_days": 91.0, "purchase_period_source": "own",
    "revenue_total": 123_456_789_00, "last_return_on": date(2025, 12, 31), "turnover_ratio": 0.456,
    "revenue_90": 123_456_00, "revenue_90_before": 523_456_00, "revenue_90_year_ago": 423_456_00,
    "profile_gaps": "регион, отрасль, квартальный объём у всех поставщиков, когда понадобится товар", "open_deals": 2,
    "gap_group": "Кабельно-проводниковая продукция", "gap_share": 0.83, "groups_bought": "Лампы, Розетки",
    "groups_missing": "Кабельно-проводниковая продукция, Щиты", "days_without_contact": 640,
    "last_contact_at": at("2025-02-19 12:00"), "lost_on": date(2026, 1, 31), "complaint_since": date(2025, 6, 10),
    "possible_duplicate": f"{LONG} (компания 1234567)", "duplicate_last_purchase_on": date(2025, 6, 1),
    "responsible_since": at("2025-06-15 12:00"), "responsible_before": "Константинопольская Александра",
    "handed_over_at": at("2025-06-18 12:00"), "handed_over_from": "Константинопольская Александра",
    "lost_recently": True, "last_refusal_reason": "project_failed", "leaving_reason": "apathy",
    "leaving_answer": "Сорвали нам сроки, а потом не признали",
}  # fmt: skip
# What a rule cannot fire without is known in every text.
CERTAIN = {
    "last_purchase_on", "purchase_count", "days_silent", "purchase_period_days", "purchase_period_source", "lost_on",
    "last_return_on", "turnover_ratio", "revenue_90", "revenue_90_before", "gap_group", "gap_share", "groups_bought",
    "groups_missing", "days_without_contact", "complaint_since", "responsible_since", "handed_over_at", "lost_recently",
}  # fmt: skip
BARE: dict[str, Any] = {name: value if name in CERTAIN else None for name, value in FULL.items()} | {"client": ""}
ALONE = ("possible_duplicate", "last_refusal_reason", "leaving_reason", "leaving_answer", "last_contact_at")
KINDS: list[dict[str, Any]] = [
    FULL,
    BARE,
    *({**FULL, name: None} for name in ALONE),
    {**FULL, "lost_recently": False},
    {**BARE, "lost_recently": False, "purchase_period_source": "abc_class", "purchase_count": 0},
]
BANNED = re.compile(r"!|[Пп]равил|[Сс]истем|обнаруж|лассифиц|еобходимо|\brule|[Ss]ystem|detected|None|ndefined|\{|\}")


@pytest.mark.parametrize("facts", KINDS)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_texts_are_short_plain_and_whole(language: str, facts: dict[str, Any]) -> None:
    words = Words(language, MOSCOW, "RUB", date(2026, 11, 22))
    for template in (template for (pack, _), template in RULES.templates.items() if pack in OWN):
        title, why, closes = (
            words.render(part[language], facts) for part in (template.title, template.why, template.closes)
        )
        assert 10 < len(title) <= TITLE_LIMIT, (template.name, title)
        assert "\n" not in title
        assert 2 <= len(why.splitlines()) <= 3, (template.name, why)
        assert closes
        for text in (title, why, closes):
            assert not BANNED.search(text), (template.name, text)
            assert "«»" not in text
            assert not re.search(r" [,.:]|\.\.|,,|: \.", text), (template.name, text)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_remedy_follows_from_what_the_client_said_else_from_his_refusal(language: str) -> None:
    words = Words(language, MOSCOW, "RUB", date(2026, 11, 22))
    why = RULES.templates["win_back", "way_back_remedy"].why[language]
    facts = {name: FULL[name] for name in ("days_silent", "last_purchase_on", "last_purchase_amount")}
    said = {
        code: words.render(why, {**facts, "leaving_reason": None, "last_refusal_reason": code})
        for code, reason in BY_CODE.items()
        if not reason.closes_door
    }
    # Nothing is to be brought against territory and law, and `other` tells nothing.
    plain = said.pop("other")
    assert {code for code, text in said.items() if text == plain} == {"territory", "legal"}
    assert words.render(why, {**facts, "leaving_reason": "apathy", "last_refusal_reason": "quality"}) == said["apathy"]
