"""D9 to D11: signals before a loss, who takes over from a manager who left, and whom to ask."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrator.metrics import Context, Facts, compute
from tests.unit.metrics.alone import alone, clients_of
from tests.unit.metrics.bases import MOSCOW, at, client, deal, facts, frames

NOW = "2026-06-30 12:00"
FAST = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def card(number: int = 1, responsible: int | None = 7, **columns: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"C{number}",
        "responsible_id": responsible,
        "created_at": at("2025-01-01 12:00"),
    } | columns


def user(number: int, left: str | None = None, **columns: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"U{number}",
        "active": left is None,
        "inactive_since": at(left) if left else None,
    } | columns


def of(*cards: dict[str, Any], now: str = NOW, deals: Any = (), users: Any = (), **more: Any) -> Facts:
    return facts(now, list(deals), companies=list(cards), users=list(users), **more)


@pytest.mark.parametrize(
    ("since", "changed"),
    [(None, False), ("2026-06-30 11:00", True), ("2026-06-01 00:01", True), ("2026-05-31 23:59", False)],
)
def test_a_new_manager_is_a_signal_for_thirty_days(since: str | None, changed: bool) -> None:
    moved = {"responsible_since": at(since), "responsible_before": 8} if since else {}
    found = client(of(card(**moved), users=[user(7), user(8)]))
    assert found["responsible_changed"] is changed
    assert found["responsible_before"] == ("U8" if since else None)


def test_a_change_to_come_has_not_happened() -> None:
    coming = card(responsible_since=at("2026-07-01 12:00"), responsible_before=8)
    found = client(of(coming, users=[user(7), user(8, "2026-06-29 12:00")]))
    assert (found["responsible_changed"], found["responsible_since"], found["responsible_before"]) == (
        False,
        None,
        None,
    )
    assert (found["responsible_inactive"], found["handed_over_from"]) == (True, "U8")


@pytest.mark.parametrize(
    ("users", "inactive"),
    [
        ([user(7)], False),
        ([user(7, "2026-06-30 11:00")], True),
        ([user(7, "2026-06-30 13:00")], False),  # leaves an hour from now
        ([user(7, active=False)], True),  # met when he had left
        ([user(8)], True),  # no longer in the directory
        ([], None),
    ],
)
def test_whoever_does_not_work_here_looks_after_nobody(users: list[dict[str, Any]], inactive: bool | None) -> None:
    assert client(of(card(), users=users))["responsible_inactive"] is inactive


def test_nobody_responsible_is_not_somebody_who_left() -> None:
    assert client(of(card(responsible=None), users=[user(7)]))["responsible_inactive"] is None


COMPLAINTS = {"settings": {"complaint_pipelines": frozenset({9})}}


def complaint(outcome: str = "open", closed: str | None = None, **columns: Any) -> dict[str, Any]:
    return deal(50, outcome, closed, **{"pipeline_id": 9, "created_at": at("2026-06-10 12:00"), **columns})


@pytest.mark.parametrize(
    ("one", "since"),
    [
        (complaint(), date(2026, 6, 10)),
        (complaint("won", "2026-06-29 12:00"), None),
        (complaint("lost", "2026-06-29 12:00"), None),
        (complaint("won", "2026-07-01 12:00"), date(2026, 6, 10)),  # settled tomorrow
        (complaint(created_at=at("2026-06-30 13:00")), None),
        (complaint(pipeline_id=1), None),
    ],
)
def test_a_complaint_is_an_open_deal_of_its_pipeline(one: dict[str, Any], since: date | None) -> None:
    found = client(of(card(), deals=[one], **COMPLAINTS))
    assert (found["complaint_open"], found["complaint_since"]) == (since is not None, since)
    assert found["open_deals"] == (one["pipeline_id"] == 1)


def test_a_mark_in_the_card_is_a_complaint_too() -> None:
    named = {"settings": {"fields_named": frozenset({"client.complaint"})}}
    bought = [deal(1, "won", "2026-05-05 12:00")]
    marked = client(of(card(complaint="да"), deals=bought, **named))
    assert (marked["complaint_open"], marked["complaint_since"]) == (True, date(2026, 5, 5))
    assert client(of(card(complaint="да"), **named))["complaint_since"] == date(2025, 1, 1)
    assert client(of(card(complaint=""), **named))["complaint_open"] is False
    assert client(of(card(complaint="да")))["complaint_open"] is None


def test_silence_counts_from_the_last_contact_else_from_the_card() -> None:
    assert client(of(card()))["days_without_contact"] == 545
    call = {"origin": "task", "id": 1, "entity_kind": "company", "entity_id": 1, "kind": "call", "completed": True}
    dates = {"created_at": at("2026-06-01 12:00"), "completed_at": at("2026-06-20 12:00")}
    assert client(of(card(), tasks=[call | dates]))["days_without_contact"] == 10


@pytest.mark.parametrize(("refused", "since"), [("2026-01-30 12:00", False), ("2026-01-31 00:01", True)])
def test_a_refusal_of_who_was_lost_already(refused: str, since: bool) -> None:
    days = ("2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01")  # lost on 31 January
    bought = [deal(number, "won", f"{day} 12:00") for number, day in enumerate(days)]
    found = client(of(card(), deals=[*bought, deal(9, "lost", refused)]))
    assert found["refused_since_lost"] is since


def given_over(number: int, to: int, since: str = "2026-06-28 12:00", before: int = 7) -> dict[str, Any]:
    return card(number, to, responsible_since=at(since), responsible_before=before)


def taken_over(found: Facts) -> dict[int, int | None]:
    return {number: row["successor_id"] for (_, number), row in clients_of(found).items() if row["handed_over_at"]}


STAFF = [user(7, "2026-06-25 12:00"), user(8), user(9), user(10)]


def by(way: str, **more: Any) -> dict[str, Any]:
    return {"settings": {"params": {"prevention.successor": way}, **more}}


def test_in_turn_each_takes_as_many() -> None:
    cards = [*(card(number) for number in range(1, 8)), card(21, 8), card(22, 9)]
    found = of(*cards, users=STAFF)
    # Who has no client at all is no salesman.
    assert taken_over(found) == {1: 8, 2: 9, 3: 8, 4: 9, 5: 8, 6: 9, 7: 8}
    first = client(found)
    assert (first["handed_over_from"], first["successor"]) == ("U7", "U8")
    assert first["handed_over_at"] == at("2026-06-25 12:00")


def test_the_pool_says_who_takes_over_and_those_who_left_are_not_in_it() -> None:
    pool = by("round_robin", pool=(10, 9, 7, 99))
    assert taken_over(of(card(1), card(2), card(3), card(21, 8), users=STAFF, **pool)) == {1: 9, 2: 10, 3: 9}


def test_the_least_loaded_is_who_has_the_fewest_clients_by_then() -> None:
    loads = [*(card(number, 8) for number in (21, 22, 23)), card(24, 9), *(card(number, 10) for number in (25, 26))]
    found = of(*(card(number) for number in range(1, 7)), *loads, users=STAFF, **by("least_loaded"))
    # 8 has three, 9 one, 10 two: filled up to four each.
    assert taken_over(found) == {1: 9, 2: 9, 3: 10, 4: 8, 5: 9, 6: 10}


def test_a_named_one_takes_over_while_he_works_here() -> None:
    named = by("named", deputies={7: 10})
    assert taken_over(of(card(1), card(2), card(21, 8), users=STAFF, **named)) == {1: 10, 2: 10}
    assert taken_over(of(card(1), card(21, 8), users=STAFF, **by("named"))) == {1: None}
    without = [*STAFF[:3], user(10, "2026-06-26 12:00")]
    assert taken_over(of(card(1), users=without, **named)) == {1: None}


def test_who_was_given_the_client_keeps_him_and_moves_nobody_elses_turn() -> None:
    rest = [card(3), card(4), card(21, 8), card(22, 9)]
    before = taken_over(of(card(1), card(2), *rest, users=STAFF))
    after = taken_over(of(card(1), given_over(2, 10), *rest, users=STAFF))
    assert before == {1: 8, 2: 9, 3: 8, 4: 9}
    assert after == {**before, 2: 10}


def test_a_client_given_away_before_his_manager_left_was_not_left_behind() -> None:
    assert taken_over(of(given_over(1, 8, "2026-06-25 11:59"), card(2), users=STAFF)) == {2: 8}


@pytest.mark.parametrize(
    ("left", "followed"),
    [("2026-04-02 00:01", True), ("2026-04-01 23:59", False), ("2026-06-30 11:59", True), ("2026-06-30 12:01", False)],
)
def test_clients_are_followed_for_ninety_days(left: str, followed: bool) -> None:
    found = client(of(card(), users=[user(7, left), user(8)]))
    assert (found["handed_over_at"] is not None) is followed
    assert (found["revenue_since_handover"] == 0) is followed


def test_what_was_bought_since_the_manager_left_is_counted() -> None:
    days = ("2026-06-25 11:59", "2026-06-25 12:01", "2026-06-29 12:00", "2026-06-30 12:01")
    deals = [deal(number, "won", day, amount=10**number) for number, day in enumerate(days)]
    assert client(of(card(), deals=deals, users=STAFF))["revenue_since_handover"] == 10 + 100


def quarters(since: str, count: int) -> list[str]:
    year, first = int(since[:4]), (int(since[5:7]) - 1) // 3
    return [f"{year + number // 4}-{number % 4 * 3 + 2:02}-15 12:00" for number in range(first, first + count)]


def test_everybody_is_asked_once_in_so_many_quarters_and_never_twice_in_a_year() -> None:
    cards = [card(number) for number in range(1, 301)]
    asked: Counter[int] = Counter()
    for now in quarters("2026-01", 20):
        turn = [number for (_, number), row in clients_of(of(*cards, now=now)).items() if row["survey_quarter_on"]]
        assert 1 <= len(turn) <= 40
        asked.update(turn)
    assert set(asked.values()) == {1}
    assert set(asked) == set(range(1, 301))


def test_a_quarter_is_one_date_however_often_one_looks() -> None:
    params = {"settings": {"params": {"prevention.survey_one_in": 4}}}
    turns = {
        day: client(of(card(), now=f"2026-{day} 12:00", **params))["survey_quarter_on"]
        for day in ("01-01", "02-11", "03-31", "04-01", "06-30", "07-01", "10-01", "12-31")
    }
    assert turns["01-01"] == turns["02-11"] == turns["03-31"]
    assert turns["04-01"] == turns["06-30"]
    assert turns["10-01"] == turns["12-31"]
    assert {turn for turn in turns.values() if turn} < {date(2026, month, 1) for month in (1, 4, 7, 10)}
    assert len({turn for turn in turns.values() if turn}) == 1


def asked(
    number: int, result: str | None, completed: str, rule: str = "prevention/ask_loyal", who: str = "company:1"
) -> Any:
    kind, _, id_ = who.partition(":")
    columns = {
        "origin": "task",
        "id": number,
        "entity_kind": kind,
        "entity_id": int(id_),
        "kind": "task",
        "result": result,
    }
    task = columns | {"completed": True, "created_at": at("2026-01-01 12:00"), "completed_at": at(completed)}
    own = {"rule": rule, "template": "t", "subject": f"client:{who}", "remote_id": number, "state": "done"}
    return task, own


def told(*answers: Any, **more: Any) -> dict[str, Any]:
    return {"tasks": [task for task, _ in answers], "own_tasks": [own for _, own in answers], **more}


def test_the_latest_answer_is_the_clients_reason() -> None:
    mapped = {"settings": {"reason_map": {"Возим сами": "needs_changed"}}}
    some = told(
        asked(1, "Дорого", "2026-03-01 12:00"),
        asked(2, " возим сами ", "2026-04-01 12:00", "win_back/must"),
        asked(3, "  ", "2026-05-01 12:00"),
        asked(4, "Закрылись", "2026-07-01 12:00"),  # tomorrow
        asked(5, "Обещали перезвонить", "2026-05-01 12:00", "refusals/reason_missing"),
        asked(6, "Сменили отрасль", "2026-05-01 12:00", who="contact:1"),
    )
    found = client(of(card(), **some, **mapped))
    assert (found["leaving_answer"], found["leaving_reason"]) == ("возим сами", "needs_changed")
    assert found["leaving_answered_at"] == at("2026-04-01 12:00")


def test_an_answer_in_words_of_his_own_has_no_reason_yet() -> None:
    found = client(of(card(), **told(asked(1, "Нас устроили соседи по складу", "2026-03-01 12:00"))))
    assert (found["leaving_answer"], found["leaving_reason"]) == ("Нас устроили соседи по складу", None)


MOMENT = datetime(2026, 6, 30, 9, tzinfo=at(NOW).tzinfo)
MOMENTS = st.integers(-200, 40).map(lambda days: MOMENT + timedelta(days=days))
WAYS = ("round_robin", "least_loaded", "named")


@st.composite
def offices(draw: st.DrawFn) -> dict[str, Any]:
    people = range(5, 11)
    users = [
        user(one, active=left is None, inactive_since=left)
        for one in people
        if (left := draw(st.none() | MOMENTS)) is None or draw(st.booleans())
    ]
    cards = []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        change = draw(st.none() | MOMENTS)
        moved = {"responsible_since": change, "responsible_before": draw(st.sampled_from(people))} if change else {}
        created = MOMENT - timedelta(days=draw(st.integers(-20, 400)))
        cards.append(card(number, draw(st.sampled_from([None, *people])), **moved) | {"created_at": created})
    deals = [
        complaint(company_id=draw(st.integers(1, 12)), created_at=draw(MOMENTS)) | {"id": number}
        for number in range(draw(st.integers(0, 4)))
    ]
    won = [
        deal(number, "won", None, company_id=draw(st.integers(1, 12))) | {"closed_at": draw(MOMENTS)}
        for number in range(50, 50 + draw(st.integers(0, 6)))
    ]
    return {"users": users, "companies": cards, "deals": deals + won}


def context(way: str) -> Context:
    params = {"prevention.successor": way, "prevention.survey_one_in": 4}
    more: Any = {"deputies": {5: 6, 7: 8}, "complaint_pipelines": frozenset({9})}
    return Context(MOMENT, MOSCOW, "RUB", params=params, **more)


@FAST
@given(office=offices(), way=st.sampled_from(WAYS))
def test_one_client_alone_is_what_he_is_among_all(office: dict[str, Any], way: str) -> None:
    snapshot = frames(**office)
    found = compute(snapshot, context(way))
    for who, row in clients_of(found).items():
        assert alone(snapshot, context(way), found.shared, who) == row


@FAST
@given(office=offices(), way=st.sampled_from(WAYS))
def test_successors_work_here_and_nobody_is_left_without_one(office: dict[str, Any], way: str) -> None:
    working = {row["id"] for row in office["users"] if row["active"] or row["inactive_since"] > MOMENT}
    found = clients_of(compute(frames(**office), context(way)))
    followed = [row for row in found.values() if row["handed_over_at"]]
    assert all(row["successor_id"] in {*working, None} for row in followed)
    if working and way != "named":
        assert all(row["successor_id"] for row in followed)


@FAST
@given(office=offices(), way=st.sampled_from(WAYS))
def test_nothing_changes_by_what_comes_after_now(office: dict[str, Any], way: str) -> None:
    """The mirror of then: who leaves later works, who comes later is not there, deals that close later are open."""
    users = [row if row["active"] or row["inactive_since"] <= MOMENT else user(row["id"]) for row in office["users"]]
    cards = [
        row | {"responsible_id": row["responsible_before"], "responsible_since": None, "responsible_before": None}
        if (row.get("responsible_since") or MOMENT) > MOMENT
        else row
        for row in office["companies"]
    ]
    then = {**office, "users": users, "companies": [row for row in cards if row["created_at"] <= MOMENT]}
    then["deals"] = [row for row in office["deals"] if (row["closed_at"] or MOMENT) <= MOMENT]
    then["deals"] = [row for row in then["deals"] if row["created_at"] <= MOMENT]
    names = ("complaint_open", "successor_id", "handed_over_from", "responsible_changed", "responsible_inactive")
    earlier, later = (clients_of(compute(frames(**one), context(way))) for one in (then, office))
    for who in later:
        assert [earlier[who][name] for name in names] == [later[who][name] for name in names]
