"""Portals, their dictionaries, cursors and budgets."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, select

from integrator.domain import Account, Currency, Directory, LossReason, Outcome, Pipeline, Stage, User
from integrator.errors import StoreError
from integrator.store import cursors, directory, portals
from integrator.store.budgets import Budgets
from integrator.store.convert import to_micros
from integrator.store.database import open_database
from integrator.store.portals import PortalState
from integrator.store.schema import USERS

SPAWN = multiprocessing.get_context("spawn")
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LATER = datetime(2026, 11, 22, 10, tzinfo=UTC)
ACCOUNT = Account("777", "ООО «Ромашка»", "RUB", "Europe/Moscow")
DIRECTORY = Directory(
    account=ACCOUNT,
    users=(User(9, "Борис"), User(7, "Анна", active=False, department_ids=(3, 1))),
    pipelines=(
        Pipeline(
            31, "Продажи", 10, (Stage("141", 31, "Новая", 5, Outcome.OPEN), Stage("142", 31, "Успех", 9, Outcome.WON))
        ),
        Pipeline(12, "Опт", 20, (Stage("142", 12, "Успех", 1, Outcome.WON),)),
        Pipeline(13, "Пустая", 30, ()),
    ),
    loss_reasons=(LossReason("9", "Дорого"), LossReason("31:143", "Отказ")),
    currencies=(Currency("RUB", Decimal(1), is_base=True), Currency("USD", Decimal("97.1500"))),
    sub_reasons=(LossReason("2", "дешевле"),),
)


def writes(db, work):
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        if statement.split()[0].upper() in {"INSERT", "UPDATE", "DELETE"}:
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    work()
    event.remove(db.engine, "before_cursor_execute", note)
    return seen


def test_a_directory_comes_back_as_it_was(database):
    assert directory.replace(database, "main", DIRECTORY, NOW)
    assert directory.load(database, "main") == DIRECTORY


def test_a_directory_that_did_not_change_is_not_written(database):
    directory.replace(database, "main", DIRECTORY, NOW)
    assert writes(database, lambda: directory.replace(database, "main", DIRECTORY, LATER)) == []
    assert not directory.replace(database, "main", DIRECTORY, LATER)


@pytest.mark.parametrize(
    "change",
    [
        {"users": DIRECTORY.users[1:]},
        {"users": DIRECTORY.users[::-1]},
        {"pipelines": DIRECTORY.pipelines[:1]},
        {"loss_reasons": ()},
        {"sub_reasons": (LossReason("2", "качество"),)},
        {"currencies": (Currency("USD", Decimal(98)),)},
        {"account": replace(ACCOUNT, name="ООО «Лютик»")},
    ],
)
def test_a_directory_is_replaced_where_it_changed(database, change):
    directory.replace(database, "main", DIRECTORY, NOW)
    directory.replace(database, "shop", DIRECTORY, NOW)
    changed = replace(DIRECTORY, **change)
    assert directory.replace(database, "main", changed, LATER)
    assert directory.load(database, "main") == changed
    assert directory.load(database, "shop") == DIRECTORY


def test_a_reason_that_a_crm_lists_twice_does_no_harm(database):
    twice = (LossReason("9", "Дорого"), LossReason("9", "Дорого!"))
    directory.replace(database, "main", replace(DIRECTORY, loss_reasons=twice), NOW)
    assert directory.load(database, "main").loss_reasons == (LossReason("9", "Дорого!"),)


def test_a_portal_never_synced_says_what_to_do(database):
    with pytest.raises(StoreError, match='portal "main" was never synced; run `integrator sync --portal main` first'):
        directory.load(database, "main")


def test_cursors_are_kept_by_portal_and_kind(database):
    assert cursors.get(database, "main", "deal") is None
    cursors.set(database, "main", "deal", "1")
    cursors.set(database, "main", "task", "2")
    cursors.set(database, "shop", "deal", "3")
    cursors.set(database, "main", "deal", "4")
    found = [cursors.get(database, *key) for key in (("main", "deal"), ("main", "task"), ("shop", "deal"))]
    assert found == ["4", "2", "3"]


def test_the_state_of_a_portal(database):
    assert portals.state(database, "main") == PortalState("main")
    portals.learn_account(database, "main", ACCOUNT)
    portals.stop(database, "main", "401: the token was withdrawn")
    portals.block(database, "main", LATER, 600.0)
    portals.pause(database, "main", paused=True)
    state = portals.state(database, "main")
    assert (state.account_id, state.name, state.currency, state.timezone) == (
        "777",
        ACCOUNT.name,
        "RUB",
        "Europe/Moscow",
    )
    assert (state.stopped_reason, state.blocked_until, state.block_seconds) == (
        "401: the token was withdrawn",
        LATER,
        600.0,
    )
    portals.synced(database, "main", NOW)
    state = portals.state(database, "main")
    assert (state.stopped_reason, state.blocked_until, state.block_seconds) == (None, None, 0.0)
    assert (state.last_sync_at, state.paused, state.account_id) == (NOW, True, "777")
    portals.pause(database, "main", paused=False)
    portals.stop(database, "main", "403", NOW)
    assert portals.state(database, "main").stopped_at == NOW
    portals.clear(database, "main")
    assert portals.state(database, "main").stopped_reason is None
    assert portals.state(database, "shop") == PortalState("shop")


def test_the_first_member_is_pinned(database):
    portals.learn_account(database, "shop", ACCOUNT)
    assert portals.pin_member(database, "shop", "a1") == "a1"
    assert portals.pin_member(database, "shop", "b2") == "a1"
    assert portals.state(database, "shop").member_id == "a1"


def test_a_budget_lets_a_burst_through_and_then_keeps_the_pace(database):
    budgets = Budgets(database)
    given = [budgets.reserve("main", 1000.0, 0.5, 3) for _ in range(6)]
    assert given == pytest.approx([1000, 1000, 1000, 1000.5, 1001, 1001.5])
    assert budgets.reserve("main", 1000.6, 0.5, 3) == pytest.approx(1002)
    assert budgets.reserve("shop", 1000.0, 0.5, 3) == pytest.approx(1000)
    # Idle long enough, the whole burst is there again.
    given = [budgets.reserve("main", 2000.0, 0.5, 3) for _ in range(4)]
    assert given == pytest.approx([2000, 2000, 2000, 2000.5])


def test_a_budget_without_a_burst(database):
    given = [Budgets(database).reserve("main", 1000.0, 0.25, 1) for _ in range(3)]
    assert given == pytest.approx([1000, 1000.25, 1000.5])


def test_a_hold_keeps_everybody_back_and_the_pace_after_it(database):
    budgets = Budgets(database)
    budgets.hold("main", 1060.0)
    budgets.hold("main", 1030.0)
    given = [budgets.reserve("main", 1000.0 + number, 1.0, 2) for number in range(4)]
    assert given == pytest.approx([1060, 1060, 1061, 1062])
    assert budgets.reserve("shop", 1000.0, 1.0, 2) == pytest.approx(1000)


def _reserve(url: str, times: int, ready, answers) -> None:
    with open_database(url) as db:
        budgets = Budgets(db)
        ready.wait(20)
        answers.put([budgets.reserve("main", 1000.0, 1.0, 1) for _ in range(times)])


def test_two_processes_are_never_given_the_same_place(migrated_url):
    answers, ready = SPAWN.Queue(), SPAWN.Barrier(2)
    workers = [SPAWN.Process(target=_reserve, args=(migrated_url, 40, ready, answers)) for _ in range(2)]
    for worker in workers:
        worker.start()
    given = [answers.get(timeout=40) for _ in workers]
    for worker in workers:
        worker.join(10)
    assert sorted(given[0] + given[1]) == pytest.approx([1000.0 + number for number in range(80)])


def test_when_a_user_was_first_seen_deactivated(database):
    def seen(**active):
        users = tuple(User(number, "Анна", active=active[f"user_{number}"]) for number in (3, 7))
        directory.replace(database, "main", replace(DIRECTORY, users=users), at.pop(0))
        with database.read() as connection:
            return connection.execute(select(USERS.c.inactive_since).order_by(USERS.c.id)).scalars().all()

    at = [NOW + timedelta(hours=hour) for hour in range(5)]
    left = to_micros(at[1])
    assert seen(user_3=False, user_7=True) == [None, None]
    assert seen(user_3=False, user_7=False) == [None, left]
    assert seen(user_3=True, user_7=False) == [None, left]
    assert seen(user_3=True, user_7=True) == [None, None]
    assert seen(user_3=False, user_7=True) == [to_micros(NOW + timedelta(hours=4)), None]
