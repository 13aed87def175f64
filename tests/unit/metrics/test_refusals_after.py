"""What follows from a refusal: nature, the way back, sub-reasons, items that we have, the seller's own cause."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from integrator.domain.reasons import REASONS
from tests.unit.metrics.bases import at, deal, facts, one

NOW = "2026-03-20 12:00"
LIST = [{"id": reason.code, "name": reason.code} for reason in REASONS] + [{"id": "x", "name": "Шут его знает"}]


def lost(number: int, reason: str | None = "no_budget", day: str = "2026-03-01", **columns: Any) -> dict[str, Any]:
    return deal(number, "lost", f"{day} 12:00", loss_reason_id=reason, **columns)


def found(*deals: dict[str, Any], settings: dict[str, Any] | None = None, **tables: Any) -> dict[str, Any]:
    return one(facts(NOW, list(deals), settings, loss_reasons=LIST, **tables))


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code)
def test_every_reason_has_its_nature_its_side_and_its_way_back(reason: Any) -> None:
    row = found(lost(1, reason.code))
    assert (row["reason_nature"], row["reason_side"]) == (str(reason.nature), str(reason.side))
    back = row["come_back_on"]
    assert (back - date(2026, 3, 1)).days == reason.come_back_days if reason.come_back_days else back is None


def test_an_unmapped_reason_comes_back_as_other_and_none_never() -> None:
    assert found(lost(1, "x"))["come_back_on"] == date(2026, 4, 30)
    assert found(lost(1, None))["come_back_on"] is None
    assert found(lost(1, None, reason_text="ушли"))["come_back_on"] is None


@pytest.mark.parametrize(
    ("planned", "back"),
    [
        ("2026-09-15", date(2026, 9, 15)),
        ("15.09.2026", date(2026, 9, 15)),
        ("2026-09-15T00:00:00+03:00", date(2026, 9, 15)),
        ("осенью", date(2026, 5, 30)),
        (None, date(2026, 5, 30)),
    ],
)
def test_a_planned_purchase_comes_back_on_its_day(planned: str | None, back: date) -> None:
    assert found(lost(1, "purchase_not_planned", planned_at=planned))["come_back_on"] == back


def test_a_planned_day_counts_for_planned_purchases_only() -> None:
    assert found(lost(1, "no_budget", planned_at="2026-09-15"))["come_back_on"] == date(2026, 4, 30)


def test_a_portal_sets_its_own_days() -> None:
    params = {"params": {"refusals.back_days_no_budget": 10, "refusals.back_days_quality": 0}}
    assert found(lost(1), settings=params)["come_back_on"] == date(2026, 3, 11)
    assert found(lost(1, "quality"), settings=params)["come_back_on"] is None


def test_one_refusal_of_a_client_is_the_latest() -> None:
    rows = [lost(1, day="2026-03-01"), lost(2, day="2026-03-05"), lost(3, day="2026-03-05"), lost(4, company_id=2)]
    latest = {number: one(facts(NOW, rows, loss_reasons=LIST), number)["is_latest_refusal"] for number in (1, 2, 3, 4)}
    assert latest == {1: False, 2: False, 3: True, 4: True}


def test_a_refusal_after_now_is_not_the_latest_yet() -> None:
    assert found(lost(1), lost(2, day="2026-03-21"))["is_latest_refusal"] is True


def test_who_bought_since_is_known_by_the_instant() -> None:
    bought = deal(2, "won", "2026-03-01 12:01")
    assert found(lost(1), bought)["bought_since_refusal"] is True
    assert found(lost(1), deal(2, "won", "2026-03-01 12:00"))["bought_since_refusal"] is False
    assert found(lost(1), deal(2, "won", "2026-03-21 12:00"))["bought_since_refusal"] is False


def test_a_deal_of_nobody_is_nobody_s_latest_refusal() -> None:
    assert found(lost(1, company_id=None))["is_latest_refusal"] is False


def test_open_and_won_deals_have_nothing_of_this() -> None:
    for outcome, closed in (("open", None), ("won", "2026-03-02 12:00")):
        row = found(deal(1, outcome, closed, loss_reason_id="no_budget"))
        names = ("reason_nature", "reason_side", "is_latest_refusal", "bought_since_refusal", "come_back_on")
        assert [row[name] for name in names] == [None] * len(names)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Дешевле у них", "cheaper"),
        ("Быстрее везут", "faster_delivery"),
        ("wider_range", "wider_range"),
        ("так", None),
        (" ", None),
    ],
)
def test_sub_reasons_are_mapped_by_the_portal_then_by_words(written: str, code: str | None) -> None:
    assert found(lost(1, "has_supplier", sub_reason=written))["sub_reason"] == code
    own = {"sub_reason_map": {"так": "better_quality"}}
    assert found(lost(1, "has_supplier", sub_reason="Так "), settings=own)["sub_reason"] == "better_quality"


def test_a_refusal_names_what_the_catalogue_has() -> None:
    products = [{"id": 1, "name": "Кабель ВВГнг 3х2,5"}, {"id": 2, "name": "Розетка двойная белая"}]
    row = found(lost(1, "product_mismatch", reason_text="нет кабеля ВВГнг 3x2.5"), products=products)
    assert row["catalogue_item"] == "Кабель ВВГнг 3х2,5"
    assert row["catalogue_match"] >= 90
    other = found(lost(1, "product_mismatch", reason_text="нет насоса дренажного"), products=products)
    assert (other["catalogue_item"], other["catalogue_match"]) == (None, None)


def test_the_seller_names_his_cause_in_the_result_of_our_task() -> None:
    causes = {"price_early": {"ru": "рано назвали цену", "en": "the price was named too early"}}
    causes["no_contact"] = {"ru": "не установили контакт", "en": "no contact was made"}
    settings = {"lists": {("refusals", "seller_causes"): causes}}
    own = {"rule": "refusals/seller_cause", "subject": "deal:1", "remote_id": 70, "created_at": at("2026-03-02 12:00")}
    task = {"origin": "task", "id": 70, "completed": True, "created_at": at("2026-03-02 12:00")}
    told = {**task, "completed_at": at("2026-03-03 12:00"), "result": "Рано назвал цену, думаю"}
    assert found(lost(1), own_tasks=[own], tasks=[told], settings=settings)["seller_cause"] == "price_early"
    later = {**told, "completed_at": at("2026-03-21 12:00")}
    assert found(lost(1), own_tasks=[own], tasks=[later], settings=settings)["seller_cause"] is None
    elsewhere = {**own, "rule": "refusals/come_back"}
    assert found(lost(1), own_tasks=[elsewhere], tasks=[told], settings=settings)["seller_cause"] is None


def test_a_lead_is_a_refusal_with_a_reason_and_no_way_back() -> None:
    lead = {**lost(5, "price_high"), "pipeline_id": 0}
    both = facts(NOW, [lost(1)], loss_reasons=LIST, leads=[lead])
    assert both.deals.select("entity", "id").rows() == [("deal", 1), ("lead", 5)]
    row = both.deals.row(1, named=True)
    assert (row["loss_reason"], row["reason_nature"], row["reason_is_label"]) == ("price_high", "sales_error", False)
    assert (row["come_back_on"], row["is_latest_refusal"]) == (None, None)
    # It is no refusal of the client's deals, and no deal of his.
    assert both.clients["last_refusal_at"].to_list() == [at("2026-03-01 12:00")]
