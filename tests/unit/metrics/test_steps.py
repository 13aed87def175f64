"""B4, C5 and meetings: what is agreed on a deal, how long such deals and stages take, where a deal stands."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.metrics.bases import STAGES, at, client, deal, facts, one

if TYPE_CHECKING:
    from integrator.metrics import Facts

NOW = "2026-06-10 12:00"
COMPANY = {"id": 1, "name": "Вега", "responsible_id": 7, "created_at": at("2020-01-01 12:00")}
SORTED: list[dict[str, Any]] = [
    {**stage, "sort": number * 10, "name": str(stage["id"]).title()} for number, stage in enumerate(STAGES, 1)
]


def todo(number: int, due: str | None = None, done: str | None = None, **columns: Any) -> dict[str, Any]:
    return {
        "origin": "task",
        "id": number,
        "entity_kind": "deal",
        "entity_id": 1,
        "responsible_id": 7,
        "kind": "task",
        "incoming": False,
        "due_at": at(due) if due else None,
        "completed": done is not None,
        "completed_at": at(done) if done else None,
        "created_at": at("2026-06-01 12:00"),
        **columns,
    }


def found(*tasks: dict[str, Any], settings: dict[str, Any] | None = None, **tables: Any) -> Facts:
    deals = tables.pop("deals", [deal(1, created_at=at("2026-06-01 12:00"))])
    tables = {"stages": SORTED, "companies": [COMPANY], **tables}
    return facts(NOW, deals, settings, tasks=list(tasks), **tables)


def step(*tasks: dict[str, Any], **tables: Any) -> Any:
    return one(found(*tasks, **tables))["next_step_at"]


def test_the_next_step_is_the_earliest_that_is_due_at_or_after_now() -> None:
    tasks = [todo(1, "2026-06-10 11:59"), todo(2, "2026-06-20 12:00"), todo(3, NOW), todo(4)]
    row = one(found(*tasks))
    assert (row["next_step_at"], row["open_tasks"], row["tasks_overdue"]) == (at(NOW), 4, 1)
    assert (row["next_step_after_days"], row["engaged"]) == (9, True)


@pytest.mark.parametrize(
    "other",
    [
        {"entity_kind": "company"},
        {"entity_kind": "lead"},
        {"entity_id": 2},
        {"created_at": at("2026-06-10 12:01")},
        {"kind": "email"},
        {"kind": "message"},
        {"incoming": True},
        {"origin": "note", "kind": "call"},
    ],
)
def test_what_is_no_step_of_the_deal(other: dict[str, Any]) -> None:
    row = one(found(todo(1, "2026-06-20 12:00", **other)))
    assert (row["next_step_at"], row["open_tasks"]) == (None, 0)


@pytest.mark.parametrize(("origin", "kind"), [("task", "task"), ("activity", "call"), ("activity", "meeting")])
def test_to_dos_and_activities_are_steps(origin: str, kind: str) -> None:
    assert step(todo(1, "2026-06-20 12:00", origin=origin, kind=kind)) == at("2026-06-20 12:00")


@pytest.mark.parametrize(
    "call",
    [
        {"origin": "note", "kind": "call"},
        {"origin": "activity", "kind": "call", "created_at": at("2026-06-09 11:10")},
        {"origin": "activity", "kind": "meeting", "created_at": at("2026-06-09 12:00")},
    ],
)
def test_what_was_logged_as_made_is_no_step_that_ended(call: dict[str, Any]) -> None:
    row = one(found(todo(1, done="2026-06-09 12:00", **call)))
    assert (row["last_step_at"], row["open_tasks"]) == (at("2026-06-01 12:00"), 0)


def test_a_call_that_was_planned_is_a_step_that_ended() -> None:
    call = todo(1, done="2026-06-09 12:00", kind="call", created_at=at("2026-06-09 10:59"))
    assert one(found(call))["last_step_at"] == at("2026-06-09 12:00")


def test_what_was_done_by_now_is_no_step_and_what_is_done_later_still_is() -> None:
    assert step(todo(1, "2026-06-20 12:00", done="2026-06-10 12:00")) is None
    assert step(todo(1, "2026-06-20 12:00", done="2026-06-10 12:01")) == at("2026-06-20 12:00")
    assert step({**todo(1, "2026-06-20 12:00"), "completed": True}) is None


def test_a_task_that_a_rule_made_is_no_step() -> None:
    made = {"rule": "next_step/missing", "subject": "deal:1", "remote_id": 1, "state": "done"}
    row = one(found(todo(1, "2026-06-20 12:00"), own_tasks=[made]))
    assert (row["next_step_at"], row["open_tasks"], row["last_step_at"]) == (None, 0, at("2026-06-01 12:00"))
    other = {**made, "subject": "client:company:1"}
    assert step(todo(1, "2026-06-20 12:00"), own_tasks=[other]) == at("2026-06-20 12:00")


def test_the_last_step_ended_when_it_was_done_or_fell_due() -> None:
    assert one(found())["last_step_at"] == at("2026-06-01 12:00")
    done = todo(1, "2026-06-03 12:00", done="2026-06-05 12:00")
    row = one(found(done))
    assert (row["last_step_at"], row["days_since_step"]) == (at("2026-06-05 12:00"), 5)
    assert one(found(done, todo(2, "2026-06-08 12:00")))["last_step_at"] == at("2026-06-08 12:00")
    assert one(found(done, todo(2, "2026-06-18 12:00")))["last_step_at"] == at("2026-06-05 12:00")


def won(number: int, days: int, closed: str = "2026-05-01 12:00", **columns: Any) -> dict[str, Any]:
    return deal(number, "won", closed, **{"created_at": at(closed) - timedelta(days=days), **columns})


@pytest.mark.parametrize(
    ("lengths", "cycle"),
    [
        ((), 30.0),
        ((1, 2, 3, 4), 30.0),
        ((50, 1, 3, 2, 40), 3.0),
        ((50, 1, 4, 3, 2, 40), 3.5),
    ],
)
def test_the_cycle_is_the_median_of_five_deals_won_or_more(lengths: tuple[int, ...], cycle: float) -> None:
    rows = [deal(1), *(won(number, days) for number, days in enumerate(lengths, 2))]
    assert one(found(deals=rows))["cycle_days"] == cycle


def test_the_cycle_is_of_the_pipeline_and_of_the_last_year() -> None:
    five = [won(number, 3) for number in range(2, 7)]
    assert one(found(deals=[deal(1, pipeline_id=2), *five]))["cycle_days"] == 30.0
    first, last = "2025-06-11 00:30", "2025-06-10 23:30"
    assert one(found(deals=[deal(1), *(won(number, 3, first) for number in range(2, 7))]))["cycle_days"] == 3.0
    assert one(found(deals=[deal(1), *(won(number, 3, last) for number in range(2, 7))]))["cycle_days"] == 30.0


def test_a_step_on_the_last_day_of_the_cycle_is_inside_it() -> None:
    for due, engaged in (("2026-07-01 23:59", True), ("2026-07-02 00:01", False)):
        assert one(found(todo(1, due)))["engaged"] is engaged


def test_only_open_deals_are_engaged_or_not() -> None:
    assert one(found())["engaged"] is False
    assert one(found(todo(1, "2026-06-20 12:00"), deals=[won(1, 3)]))["engaged"] is None


def change(number: int, deal_id: int, stage: str, when: str, **columns: Any) -> dict[str, Any]:
    return {"id": str(number), "deal_id": deal_id, "pipeline_id": 1, "stage_id": stage, "at": at(when), **columns}


def stands(*changes: dict[str, Any], stage: str = "talk", **columns: Any) -> tuple[Any, Any]:
    rows = [deal(1, stage_id=stage, created_at=at("2026-06-01 12:00"), **columns)]
    row = one(found(deals=rows, stage_changes=list(changes)))
    return row["stage_name"], row["stage_days"]


def test_a_deal_stands_where_its_last_change_led() -> None:
    new = change(1, 1, "new", "2026-06-01 12:00")
    assert stands(new, change(2, 1, "talk", "2026-06-05 12:00")) == ("Talk", 5)
    again = (change(2, 1, "talk", "2026-06-03 12:00"), change(3, 1, "new", "2026-06-04 12:00"))
    assert stands(new, *again, change(4, 1, "talk", "2026-06-09 12:00")) == ("Talk", 1)
    assert stands(new, change(2, 1, "talk", "2026-06-05 12:00"), change(3, 1, "talk", "2026-06-08 12:00")) == (
        "Talk",
        5,
    )


def test_a_deal_without_changes_stands_since_it_was_made() -> None:
    assert stands() == ("Talk", 9)


def test_a_change_to_come_has_not_happened() -> None:
    later = change(2, 1, "talk", "2026-06-11 12:00")
    assert stands(change(1, 1, "new", "2026-06-01 12:00"), later) == ("New", 9)
    assert stands(later) == ("New", 9)


def test_a_change_that_the_history_lacks_leaves_the_days_unknown() -> None:
    assert stands(change(1, 1, "new", "2026-06-01 12:00")) == ("Talk", None)


def test_since_when_a_deal_is_at_its_stage() -> None:
    came = [change(1, 1, "new", "2026-06-01 12:00"), change(2, 1, "talk", "2026-06-05 12:00")]
    at_talk = deal(1, stage_id="talk", created_at=at("2026-06-01 12:00"))
    for changes, since in ((came, "2026-06-05 12:00"), ([], "2026-06-01 12:00"), (came[:1], None)):
        row = one(found(deals=[at_talk], stage_changes=changes))
        assert row["stage_since"] == (since and at(since))
    closed = {**at_talk, "outcome": "lost", "closed_at": at("2026-06-06 12:00")}
    assert one(found(deals=[closed], stage_changes=came))["stage_since"] is None


def stays(lengths: list[int], left: str = "2026-06-01 12:00", first: int = 2) -> dict[str, Any]:
    """Deals that stayed so many days at `talk` and left it then."""
    deals, changes = [], []
    for number, days in enumerate(lengths, first):
        entered = at(left) - timedelta(days=days)
        deals.append(deal(number, "lost", left, created_at=entered))
        changes += [
            {**change(2 * number, number, "talk", left), "at": entered},
            change(2 * number + 1, number, "lost", left),
        ]
    return {"deals": deals, "stage_changes": changes}


def test_the_stage_named_for_the_acquaintance_is_the_first() -> None:
    unsorted = {"pipeline_id": 1, "id": "inbox", "name": "Inbox", "sort": 1, "outcome": "open"}
    later = [change(1, 1, "talk", "2026-06-11 12:00")]
    tables: dict[str, Any] = {
        "deals": [deal(1, stage_id="talk")],
        "stages": [*SORTED, unsorted],
        "stage_changes": later,
    }
    assert one(found(**tables))["stage_name"] == "Inbox"
    named = {"stages": {1: {"acquaintance": "new"}}}
    assert one(found(settings=named, **tables))["stage_name"] == "New"


def usual(rows: dict[str, Any]) -> Any:
    deals = [deal(1, stage_id="talk", created_at=at("2026-06-01 12:00")), *rows["deals"]]
    return one(found(deals=deals, stage_changes=rows["stage_changes"]))["stage_days_usual"]


def test_a_usual_stay_is_the_nearest_rank_of_twenty_or_more() -> None:
    assert usual(stays(list(range(1, 20)))) is None
    assert usual(stays(list(range(1, 21)))) == 16
    assert usual(stays(list(range(21, 0, -1)))) == 17


def test_stays_that_ended_longer_than_a_year_ago_do_not_count() -> None:
    assert usual(stays([5] * 20, "2025-06-11 00:30")) == 5
    assert usual(stays([5] * 20, "2025-06-10 23:30")) is None


def test_every_stay_counts_by_itself() -> None:
    rows = stays([1] * 10)
    for number in range(2, 12):
        back = at("2026-06-02 12:00")
        rows["stage_changes"] += [
            {**change(1000 + 2 * number, number, "talk", NOW), "at": back},
            {**change(1001 + 2 * number, number, "lost2", NOW), "at": back + timedelta(days=6)},
        ]
    assert usual(rows) == 6


def test_a_deal_without_a_record_of_its_first_stage_began_on_the_first() -> None:
    deals = [deal(number, "lost", "2026-05-01 12:00", created_at=at("2026-04-24 12:00")) for number in range(2, 22)]
    changes = [change(number, number, "lost", "2026-05-01 12:00") for number in range(2, 22)]
    row = one(found(deals=[deal(1), *deals], stage_changes=changes))
    assert (row["stage_name"], row["stage_days_usual"]) == ("New", 7)


def test_who_came_back_to_the_first_stage_did_not_begin_there() -> None:
    deals = [deal(number, "lost", "2026-05-01 12:00", created_at=at("2026-04-01 12:00")) for number in range(2, 22)]
    changes = [
        each
        for number in range(2, 22)
        for each in (
            change(2 * number, number, "new", "2026-04-28 12:00"),
            change(2 * number + 1, number, "lost", "2026-05-01 12:00"),
        )
    ]
    assert one(found(deals=[deal(1), *deals], stage_changes=changes))["stage_days_usual"] == 3


def test_a_client_counts_his_open_deals_that_are_engaged() -> None:
    rows = [
        deal(1, created_at=at("2026-06-01 12:00")),
        deal(2, created_at=at("2026-06-01 12:00")),
        deal(3, "won", "2026-06-05 12:00"),
    ]
    tasks = [todo(1, "2026-06-20 12:00"), todo(2, "2026-06-20 12:00", entity_id=3)]
    assert client(found(*tasks, deals=rows))["engaged_deals"] == 1
    assert client(found(deals=[]))["engaged_deals"] == 0


@pytest.mark.parametrize(
    ("stages", "presented"), [({}, None), ({2: {"presentation": "talk"}}, 0), ({1: {"presentation": "talk"}}, 2)]
)
def test_deals_at_or_past_the_presentation(stages: dict[int, dict[str, str]], presented: int | None) -> None:
    rows = [deal(number, stage_id=stage) for number, stage in ((1, "new"), (2, "talk"), (3, "offer"))]
    table = [*SORTED, {"pipeline_id": 1, "id": "offer", "name": "Offer", "sort": 25, "outcome": "open"}]
    row = client(found(deals=rows, settings={"stages": stages}, stages=table))
    assert row["presented_deals"] == presented


def test_what_is_planned_next_with_a_client_is_of_him_his_people_and_his_deals() -> None:
    people = [{"id": 5, "name": "Анна", "company_id": 1, "created_at": at("2020-01-01 12:00")}]
    of_deal = todo(1, "2026-06-25 12:00")
    of_person = todo(2, "2026-06-15 23:30", entity_kind="contact", entity_id=5)
    assert client(found(of_deal, contacts=people))["next_contact_on"] == date(2026, 6, 25)
    assert client(found(of_deal, of_person, contacts=people))["next_contact_on"] == date(2026, 6, 15)
    assert client(found(todo(3, "2026-06-09 12:00"), contacts=people))["next_contact_on"] is None


@pytest.mark.parametrize(
    ("when", "days"),
    [
        ("2026-06-10 18:00", -1),
        ("2026-06-11 10:00", 0),
        ("2026-06-12 10:00", 1),
        ("2026-06-15 10:00", 2),  # a Monday: the call is on Friday
    ],
)
def test_the_call_before_a_meeting_is_on_the_working_day_before(when: str, days: int) -> None:
    row = one(found(todo(1, when, kind="meeting"), todo(2, "2026-06-10 13:00", kind="call")))
    assert (row["meeting_at"], row["days_to_meeting_call"]) == (at(when), days)


def test_days_off_of_the_portal_are_not_worked() -> None:
    settings = {"works": lambda day: day != date(2026, 6, 11)}
    row = one(found(todo(1, "2026-06-12 10:00", kind="meeting"), settings=settings))
    assert row["days_to_meeting_call"] == 0


def test_a_meeting_that_hangs_on_a_deal_is_not_the_clients_own() -> None:
    bound = [
        todo(1, "2026-06-11 10:00", kind="meeting"),
        todo(1, "2026-06-11 10:00", kind="meeting", entity_kind="company"),
    ]
    own = todo(2, "2026-06-12 10:00", kind="meeting", entity_kind="company")
    assert client(found(*bound))["meeting_at"] is None
    assert client(found(*bound, own))["meeting_at"] == at("2026-06-12 10:00")


def note(number: int, text: str, when: str, **columns: Any) -> dict[str, Any]:
    return {"id": number, "deal_id": 1, "text": text, "created_at": at(when), **columns}


SOFT, FIRM = "Подумаю и перезвоню сам", "Отправил договор на подпись"


@pytest.mark.parametrize(
    ("notes", "soft", "last"),
    [
        ([], None, None),
        ([(SOFT, "2026-06-05 12:00")], "2026-06-05 12:00", "2026-06-05 12:00"),
        ([(SOFT, "2026-06-05 12:00"), (FIRM, "2026-06-06 12:00")], None, "2026-06-06 12:00"),
        ([(SOFT, "2026-06-06 12:00"), (FIRM, "2026-06-05 12:00")], "2026-06-06 12:00", "2026-06-06 12:00"),
        ([(SOFT, "2026-06-05 12:00"), (FIRM, "2026-06-10 12:01")], "2026-06-05 12:00", "2026-06-05 12:00"),
        ([(SOFT, "2026-06-05 12:00"), ("  ", "2026-06-06 12:00")], "2026-06-05 12:00", "2026-06-05 12:00"),
    ],
)
def test_the_latest_note_alone_may_be_a_soft_no(notes: list[Any], soft: str | None, last: str | None) -> None:
    row = one(found(notes=[note(number, *each) for number, each in enumerate(notes)]))
    assert (row["soft_no_phrase"] is not None) is (soft is not None)
    assert row["soft_no_at"] == (at(soft) if soft else None)
    assert row["last_word_at"] == (at(last) if last else None)


def test_results_of_tasks_are_words_too() -> None:
    done = todo(1, "2026-06-07 12:00", done="2026-06-07 12:00", result=SOFT)
    before, after = note(1, FIRM, "2026-06-06 12:00"), note(1, FIRM, "2026-06-08 12:00")
    assert one(found(done, notes=[before]))["soft_no_at"] == at("2026-06-07 12:00")
    assert one(found(done, notes=[after]))["soft_no_at"] is None
    assert one(found({**done, "origin": "note", "kind": "call"}))["last_word_at"] is None
    assert one(found({**done, "completed_at": at("2026-06-10 12:01")}))["last_word_at"] is None


def test_only_open_deals_are_read() -> None:
    base = found(deals=[won(1, 3)], notes=[note(1, SOFT, "2026-04-30 12:00")])
    assert (one(base)["soft_no_phrase"], one(base)["last_word_at"]) == (None, None)


def test_words_are_of_the_portals_language() -> None:
    english = [note(1, "I'll think about it", "2026-06-05 12:00")]
    assert one(found(notes=english, settings={"language": "en"}))["soft_no_phrase"] is not None
