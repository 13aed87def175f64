from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest

from connectors.demo import business, vocabulary
from connectors.demo.config import last_day
from connectors.demo.model import FAILED, MOSCOW, Means, Owner, Request, Step
from integrator.domain import Identity, identity
from tests.unit.demo import judged

if TYPE_CHECKING:
    from connectors.demo.model import Business, Deal

LOST_REQUESTS = {Request.POOR, Request.OFF_TARGET, Request.NO_BUDGET}
LABELS = {
    "нецелевой",
    "не целевая",
    "нецелевых",
    "просто посмотреть",
    "клиент: ничего не нужно, сам сказал",
    "сам сказал",
}


def refusals(whole: Business) -> list[Deal]:
    return [deal for deal in whole.deals if deal.step in FAILED and not deal.complaint]


def recent(whole: Business, days: int = 30) -> list[Deal]:
    return [deal for deal in refusals(whole) if deal.closed_at and (whole.today - deal.closed_at.date()).days < days]


def is_missing(deal: Deal) -> bool:
    return deal.reason in (None, "other") and not deal.reason_text.strip()


def is_subjective(deal: Deal) -> bool:
    text = deal.reason_text.strip().lower()
    label_alone = not text or text in LABELS
    if deal.reason in ("off_target", "looking"):
        return label_alone
    return deal.reason in (None, "other") and text in LABELS


def test_same_seed_same_business(whole: Business) -> None:
    assert business.build(whole.today) == whole
    assert business.build(whole.today, seed=2) != whole


def test_sizes(whole: Business) -> None:
    assert 300 <= sum(1 for key, found in judged.clients(whole).items() if found.abc) <= 400
    assert 140 <= len(refusals(whole)) <= 180
    assert sum(deal.closed_at is None and not deal.complaint for deal in whole.deals) == 80
    assert sum(not user.active for user in whole.users) == 1
    assert len(vocabulary.MANAGERS) in range(6, 9)
    assert sum(contact.company_id is None for contact in whole.contacts) > 30


@pytest.mark.parametrize("today", [date(2026, 11, 22), date(2024, 3, 1), date(2027, 1, 1)])
def test_last_day_is_today_and_nothing_is_later_than_nine(today: date) -> None:
    built = business.build(today, customers=40)
    nine = datetime(today.year, today.month, today.day, 9, tzinfo=MOSCOW)
    for deal in built.deals:
        instants = [deal.created_at, deal.updated_at, *(move.at for move in deal.history)]
        assert max(instants) <= nine
        assert instants[2:] == sorted(instants[2:])
        assert all(at.microsecond == 0 for at in instants)
    for row in (*built.companies, *built.contacts, *built.notes, *built.todos):
        assert row.created_at <= nine
    assert all(todo.done_at is None or todo.done_at <= nine for todo in built.todos)
    created = {deal.id: deal.created_at for deal in built.deals}
    for touch in built.touches:
        assert touch.at <= nine
        assert touch.owner is not Owner.DEAL or touch.at >= created[touch.owner_id]


def test_something_was_bought_today(whole: Business) -> None:
    won = [deal.closed_at for deal in whole.deals if deal.step is Step.WON and deal.closed_at]
    assert max(won).date() == whole.today
    assert min(won).date() > whole.today - timedelta(days=800)


def test_every_class_of_client_is_there(whole: Business) -> None:
    found = judged.clients(whole).values()
    assert {one.lifecycle for one in found} == {"never_bought", "active", "at_risk", "lost", "returned"}
    assert {one.win_back for one in found} == {None, "first", "must", "if_possible", "let_go"}
    lost = Counter(f"{one.abc}{one.xyz}" for one in found if one.lifecycle == "lost")
    assert set(lost) == {a + x for a in "ABC" for x in "XYZ"}
    for one in found:
        assert (one.win_back is not None) == (one.lifecycle == "lost")


def test_who_is_barred_or_shut_would_be_wanted_otherwise(whole: Business) -> None:
    let_go = [one for one in judged.clients(whole).values() if one.win_back == "let_go"]
    assert sum(f"{one.abc}{one.xyz}" not in ("CY", "CZ") for one in let_go) == 2


def test_refusals_of_the_last_month_give_some_work_but_no_flood(whole: Business) -> None:
    asked = [deal for deal in recent(whole) if is_missing(deal) or is_subjective(deal)]
    assert 12 <= len(asked) <= 20
    assert sum(is_missing(deal) for deal in asked) >= 5
    assert sum(is_subjective(deal) for deal in asked) >= 5


def test_every_kind_of_refusal_is_there(whole: Business) -> None:
    lost = refusals(whole)
    old = [deal for deal in lost if deal not in recent(whole)]
    for group in (lost, old):
        assert any(deal.reason is None and not deal.reason_text.strip() for deal in group)
        assert any(deal.reason == "other" and not deal.reason_text.strip() for deal in group)
        assert any(deal.reason == "other" and deal.reason_text.strip() for deal in group)
        assert any(deal.reason is None and is_subjective(deal) for deal in group)
        assert any(deal.reason == "off_target" for deal in group)
        assert any(deal.reason == "supplier" and not deal.sub_reason for deal in group)
        assert any(deal.reason == "supplier" and deal.sub_reason in vocabulary.SUB_REASONS for deal in group)
    assert {deal.reason for deal in lost} == {*vocabulary.REASONS, None}
    assert any("посмотреть" in deal.reason_text and not is_subjective(deal) for deal in lost)
    assert any(deal.planned_on for deal in lost)
    yesterday = whole.today - timedelta(days=1)
    assert sum(deal.closed_at is not None and deal.closed_at.date() == yesterday for deal in lost) >= 4


def test_open_deals_stand_in_every_way(whole: Business) -> None:
    assert {deal.step for deal in whole.deals if deal.closed_at is None} == {
        Step.ACQUAINTANCE, Step.PRESENTATION, Step.CONTRACT, Step.PAYMENT,
    }  # fmt: skip
    found = judged.steps(whole)
    assert sum(found.values()) == 80
    assert min(found[name] for name in ("active", "beyond", "overdue", "missing")) >= 5


def test_traps_are_there(whole: Business) -> None:
    moved = [deal for deal in whole.deals if deal.step is Step.SORTED_OUT]
    assert moved
    assert all(deal.closed_at is not None and deal.closed_at < deal.history[-1].at for deal in moved)
    closed = [deal for deal in whole.deals if deal.closed_at]
    assert 0.05 < sum(deal.closed_at.date() != deal.close_on for deal in closed if deal.closed_at) / len(closed) < 0.3
    assert any(deal.complaint and deal.step is Step.WON for deal in whole.deals)
    names = " ".join(company.name for company in whole.companies)
    assert all(mark in names for mark in ("🎄", "&", '"', "<b>", "'"))
    assert max(len(company.name) for company in whole.companies) > 250


def test_a_small_one_can_be_had(whole: Business) -> None:
    small = business.build(whole.today, customers=5)
    assert len(small.deals) < len(whole.deals) / 4
    assert judged.clients(small)


def test_last_day_is_the_latest_whose_morning_has_passed() -> None:
    assert last_day(datetime(2026, 11, 22, 8, 59, tzinfo=MOSCOW)) == date(2026, 11, 21)
    assert last_day(datetime(2026, 11, 22, 9, 0, tzinfo=MOSCOW)) == date(2026, 11, 22)


def test_synthetic_is_as_large_as_asked_and_the_same_each_time() -> None:
    big = business.synthetic(clients=300, deals=5000, seed=3, today=date(2026, 11, 22))
    deals = list(big.deals)
    assert [deal.id for deal in deals] == list(range(1, 5001))
    assert deals == list(big.deals)
    assert len(list(big.companies)) + len(list(big.contacts)) == 300
    outcomes = Counter(deal.step for deal in deals)
    assert outcomes[Step.WON] > outcomes[Step.LOST] > 500
    known = {company.id for company in big.companies} | {contact.id for contact in big.contacts}
    nine = datetime(2026, 11, 22, 9, tzinfo=MOSCOW)
    for deal in deals:
        assert (deal.company_id or deal.contact_id) in known
        assert max(move.at for move in deal.history) <= nine
    open_ids = {deal.id for deal in deals if deal.closed_at is None}
    assert {todo.owner_id for todo in big.todos} <= open_ids


def test_contacts_are_made_in_every_way(whole: Business) -> None:
    assert {(touch.means, touch.incoming) for touch in whole.touches} == set(product(Means, (True, False)))
    assert {touch.owner for touch in whole.touches} == set(Owner)
    assert all(touch.owner is Owner.DEAL for touch in whole.touches if touch.means is Means.MESSAGE)
    opened = {deal.id for deal in whole.deals if deal.closed_at is None}
    answers = defaultdict(list)
    for touch in whole.touches:
        if touch.owner_id in opened:
            answers[touch.owner_id].append(touch.incoming)
    # Somebody is written to again and again and never answers.
    assert sum(len(found) > 1 and not any(found) for found in answers.values()) >= 3
    assert len({touch.id for touch in whole.touches} | {todo.id for todo in whole.todos}) == len(whole.touches) + len(
        whole.todos
    )


def test_all_purchases_have_lines_and_most_clients_lack_some_group(whole: Business) -> None:
    prices = {item.id: item.price for item in whole.products}
    groups = {item.id: item.group for item in whole.products}
    assert all(line.amount == line.quantity * prices[line.product_id] > 0 for line in whole.lines)
    won = {deal.id for deal in whole.deals if deal.step is Step.WON and not deal.complaint}
    assert won <= {line.deal_id for line in whole.lines}
    bought = defaultdict(set)
    client = {deal.id: judged.client_of(deal) for deal in whole.deals}
    for line in whole.lines:
        bought[client[line.deal_id]].add(groups[line.product_id])
    lacking = sum(len(found) < len(vocabulary.GROUPS) for found in bought.values())
    assert len(bought) // 3 < lacking < len(bought)
    assert {number for found in bought.values() for number in found} == set(vocabulary.GROUPS)


def test_purchases_leave_a_margin_and_nothing_else_does(whole: Business) -> None:
    for deal in whole.deals:
        won = deal.step is Step.WON and not deal.complaint
        assert (deal.margin is not None) == won
        assert deal.margin is None or 0.2 * deal.amount <= deal.margin + 1 <= 0.4 * deal.amount + 1


def test_some_clients_were_sent_by_one_who_never_bought(whole: Business) -> None:
    cards = defaultdict(list)
    for company in whole.companies:
        cards[company.name].append(company.id)
    sent = [deal for deal in whole.deals if deal.referrer]
    senders = Counter(deal.referrer for deal in sent)
    assert all(len(cards[name]) == 1 for name in senders)
    assert all(deal.company_id != cards[deal.referrer][0] for deal in sent)
    bought = {deal.company_id for deal in whole.deals if deal.step is Step.WON}
    never = [count for name, count in senders.items() if cards[name][0] not in bought]
    assert never == [3]
    assert len(senders) == 4


def test_cards_bear_marks(whole: Business) -> None:
    profiles = [company.profile for company in whole.companies]
    assert sum(profile.complaint for profile in profiles) == 1
    assert sum(profile.industry == vocabulary.NOT_SERVED for profile in profiles) == 2
    verified = [company for company in whole.companies if company.profile.verified_on]
    assert len(whole.companies) // 7 < len(verified) < len(whole.companies) // 5
    for company in verified:
        assert company.created_at.date() <= (company.profile.verified_on or date.min) <= whole.today


def test_requests_end_in_every_way_and_none_of_the_last_four_weeks_is_lost(whole: Business) -> None:
    assert {lead.status for lead in whole.leads} == set(Request)
    for lead in whole.leads:
        days = (whole.today - lead.moved_at.date()).days
        assert lead.created_at <= lead.moved_at
        assert lead.status not in LOST_REQUESTS or days >= 28
    assert min((whole.today - lead.moved_at.date()).days for lead in whole.leads if lead.status in LOST_REQUESTS) < 30


def test_two_lost_clients_still_buy_under_another_card(whole: Business) -> None:
    lifecycle = {key[1]: found.lifecycle for key, found in judged.clients(whole).items() if key[0] == 0}
    shared = defaultdict(list)
    for company in whole.companies:
        shared[identity("demo", Identity.PHONE, company.phone)].append(company)
        if company.profile.tax_number:
            shared[identity("demo", Identity.TAX_NUMBER, company.profile.tax_number)].append(company)
    pairs = [cards for cards in shared.values() if len(cards) > 1]
    assert [len(cards) for cards in pairs] == [2, 2]
    for cards in pairs:
        stands = sorted(lifecycle[card.id] for card in cards)
        assert "lost" in stands
        assert stands != ["lost", "lost"]
        first, second = sorted((card.name for card in cards), key=len)
        assert first in second
