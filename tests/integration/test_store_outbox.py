"""The outbox: each write once, whatever dies on the way."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from integrator.domain import Known, PlannedTask, Subject
from integrator.store import outbox
from integrator.store.database import open_database
from integrator.store.outbox import SENTENCES, Action, Reason, State

SPAWN = multiprocessing.get_context("spawn")
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
TASK = PlannedTask(
    rule="refusals/reason_missing",
    template="record_why",
    key="k1",
    subject=Subject("deal", 93),
    entity=Subject("deal", 93),
    responsible_id=7,
    due_at=NOW + timedelta(days=1),
    title="Запишите причину",
    text="Почему ушёл клиент?\n[#k1]",
)


def add(db, *tasks, portal="main"):
    with db.write() as connection:
        return outbox.add(connection, portal, tasks or [TASK])


def claim(db, now=NOW, worker="w1", portal="main"):
    return outbox.claim(db, outbox.next_due(db, portal).id, worker, now)


def send(db, remote_id=500, now=NOW):
    item = claim(db, now)
    assert outbox.sent(db, item.id, now, "w1")
    assert outbox.finish(db, item.id, remote_id)
    return item


def row(db, number=0, portal="main"):
    return outbox.list_rows(db, portal)[number]


def state(db, number=0):
    return row(db, number)["state"]


def test_a_task_is_planned_once(database):
    assert add(database, TASK, replace(TASK, key="k2"), TASK) == 2
    assert add(database, replace(TASK, title="other words", due_at=NOW)) == 0
    assert add(database, portal="shop") == 1
    assert claim(database).payload["title"] == "Запишите причину"


def test_a_listing_has_the_form_of_the_contract(database):
    add(database)
    told = {
        "portal": "main",
        "key": "k1",
        "subject": "deal:93",
        "rule": "refusals/reason_missing",
        "action": "create",
        "state": "waiting",
        "reason": None,
        "attempts": 0,
        "remote_id": None,
        "not_before": None,
        "error": None,
    }
    listed = row(database)
    assert listed.pop("id") > 0
    assert listed == told
    item = claim(database)
    outbox.retry(database, item.id, NOW + MINUTE, "429")
    listed = row(database)
    assert (listed["attempts"], listed["not_before"], listed["error"]) == (1, "2026-11-22T09:01:00+00:00", "429")


def test_an_item_holds_what_a_draft_needs(database):
    add(database, replace(TASK, subject=Subject("client:company", 12)))
    item = claim(database)
    assert (item.action, item.subject, item.entity) == (Action.CREATE, Subject("client:company", 12), TASK.entity)
    assert item.payload["responsible_id"] == 7
    assert item.payload["text"] == TASK.text
    assert item.payload["marker"] == "[#k1]"
    assert outbox.instant(item.payload["due_at"]) == TASK.due_at
    assert (item.state, item.claimed_by, item.claimed_at, item.attempts) == (State.SENDING, "w1", NOW, 1)


def test_what_is_known_of_a_key(database):
    def known():
        return outbox.known(database, "main").get("k1")

    assert known() is None
    add(database)
    assert known() is Known.WAITING
    item = claim(database)
    assert known() is Known.IN_FLIGHT
    outbox.sent(database, item.id, NOW)
    outbox.unknown(database, item.id, "time-out", NOW)
    assert known() is Known.IN_FLIGHT
    send(database)
    assert known() is Known.SENT
    assert outbox.complete(database, "main", ["k1"], "Причина устранена") == 1
    assert known() is Known.CLOSED


def test_what_is_known_of_some_subjects(database):
    add(database, TASK, replace(TASK, key="k2", subject=Subject("deal", 94)))
    assert outbox.known(database, "main", {Subject("deal", 94)}) == {"k2": Known.WAITING}
    assert outbox.known(database, "shop") == {}


def test_a_dead_write_is_not_planned_anew(database):
    add(database)
    outbox.dead(database, claim(database).id, "400")
    assert outbox.known(database, "main") == {"k1": Known.IN_FLIGHT}


def test_only_what_was_never_sent_is_dropped(database):
    add(database, TASK, replace(TASK, key="k2"), replace(TASK, key="k3"))
    send(database)
    item = claim(database)
    outbox.sent(database, item.id, NOW)
    outbox.unknown(database, item.id, "time-out", NOW + MINUTE)
    assert outbox.drop(database, "main", ["k1", "k2", "k3"]) == 1
    assert [state(database, number) for number in range(3)] == ["done", "unknown", "done"]
    assert row(database, 2)["reason"] == Reason.CLEARED_BEFORE_SENT
    assert outbox.drop(database, "main", []) == 0


def test_a_cause_that_comes_back_before_its_task_was_sent_has_its_task(database):
    add(database)
    outbox.drop(database, "main", ["k1"])
    assert outbox.known(database, "main") == {}
    assert outbox.next_due(database, "main") is None
    assert add(database, replace(TASK, title="Новое название")) == 1
    assert claim(database).payload["title"] == "Новое название"
    assert row(database)["reason"] is None


def test_a_task_is_completed_once_and_with_the_id_it_has(database):
    add(database)
    assert outbox.complete(database, "main", ["k1"], "note") == 0
    send(database, remote_id=500)
    assert outbox.complete(database, "main", ["k1", "k9"], "note") == 1
    assert outbox.complete(database, "main", ["k1"], "another") == 0
    item = claim(database)
    assert (item.action, item.remote_id, item.payload["note"], item.entity) == (
        Action.COMPLETE,
        500,
        "note",
        TASK.entity,
    )
    assert item.reason == Reason.CLEARED
    assert outbox.complete(database, "main", [], "note") == 0


def test_a_write_is_claimed_when_it_is_due_and_by_one(database):
    add(database)
    first = outbox.next_due(database, "main")
    assert outbox.claim(database, first.id, "w1", NOW) is not None
    assert outbox.claim(database, first.id, "w2", NOW) is None
    assert outbox.next_due(database, "main") is None
    outbox.retry(database, first.id, NOW + MINUTE, "502")
    assert outbox.next_due(database, "main").not_before == NOW + MINUTE
    assert outbox.claim(database, first.id, "w2", NOW + 59 * SECOND) is None
    assert outbox.claim(database, first.id, "w2", NOW + MINUTE).attempts == 2


def test_the_longest_due_comes_first(database):
    add(database, *(replace(TASK, key=f"k{number}") for number in range(1, 4)))
    first = claim(database)
    assert first.key == "k1"
    outbox.retry(database, first.id, NOW + SECOND, "502")
    assert claim(database).key == "k2"
    assert [item.key for item in outbox.due(database, "main", NOW + SECOND, 10)] == ["k3", "k1"]
    assert [item.key for item in outbox.due(database, "main", NOW + SECOND, 1)] == ["k3"]
    assert [item.key for item in outbox.due(database, "main", NOW, 10)] == ["k3"]


def test_a_request_that_failed_without_effect_is_not_in_doubt(database):
    add(database)
    item = claim(database)
    outbox.sent(database, item.id, NOW)
    outbox.retry(database, item.id, NOW, "429")
    again = claim(database, NOW + SECOND)
    assert (again.sent_at, again.lookups) == (None, 0)


def test_a_look_up_that_failed_leaves_the_doubt(database):
    add(database)
    item = claim(database)
    outbox.sent(database, item.id, NOW)
    outbox.unknown(database, item.id, "time-out", NOW + 2 * SECOND)
    item = claim(database, NOW + 2 * SECOND)
    assert item.sent_at == NOW
    outbox.retry(database, item.id, NOW + 4 * SECOND, "502 while looking up")
    assert state(database) == "unknown"
    item = claim(database, NOW + 4 * SECOND)
    assert item.sent_at == NOW


def test_look_ups_are_counted_and_are_no_attempts(database):
    add(database)
    item = claim(database)
    outbox.sent(database, item.id, NOW)
    outbox.unknown(database, item.id, "time-out", NOW)
    for number in range(3):
        item = claim(database, NOW + number * SECOND)
        assert (item.lookups, item.attempts) == (number, 2)
        outbox.looked_up(database, item.id, NOW + (number + 1) * SECOND)
    # A write in doubt that is sent again and is in doubt again needs look-ups of its own.
    item = claim(database, NOW + MINUTE)
    outbox.sent(database, item.id, NOW + MINUTE)
    outbox.unknown(database, item.id, "time-out", NOW + MINUTE)
    assert claim(database, NOW + MINUTE).lookups == 0


def test_what_a_dead_worker_was_sending_is_in_doubt(database):
    add(database, TASK, replace(TASK, key="k2"), replace(TASK, key="k3"), replace(TASK, key="k4"))
    sent, claimed = claim(database), claim(database)
    outbox.sent(database, sent.id, NOW)
    claim(database, NOW + MINUTE)
    assert outbox.release(database, "main", NOW + MINUTE, NOW) == 0
    assert outbox.release(database, "shop", NOW + MINUTE, NOW + MINUTE) == 0
    assert outbox.release(database, "main", NOW + MINUTE, NOW + MINUTE) == 2
    assert [state(database, number) for number in range(4)] == ["unknown", "waiting", "sending", "waiting"]
    assert outbox.claim(database, claimed.id, "w2", NOW).sent_at is None


def test_a_worker_whose_claim_was_taken_over_changes_nothing_but_facts(database):
    add(database)
    item = claim(database, worker="slow")
    outbox.release(database, "main", NOW + MINUTE, NOW + SECOND)
    assert outbox.claim(database, item.id, "w2", NOW + MINUTE)
    assert not outbox.sent(database, item.id, NOW + MINUTE, "slow")
    assert not outbox.retry(database, item.id, NOW, "502", "slow")
    assert not outbox.unknown(database, item.id, "time-out", NOW, "slow")
    assert not outbox.looked_up(database, item.id, NOW, "slow")
    assert not outbox.dead(database, item.id, "400", "slow")
    assert state(database) == "sending"
    assert outbox.finish(database, item.id, 500)
    assert not outbox.finish(database, item.id, 501)
    assert not outbox.dead(database, item.id, "400", "w2")
    assert (state(database), row(database)["remote_id"]) == ("done", 500)


def test_people_retry_and_discard(database):
    add(database, TASK, replace(TASK, key="k2"), replace(TASK, key="k3"))
    first, second = claim(database), claim(database)
    outbox.sent(database, first.id, NOW)
    outbox.dead(database, first.id, "400")
    outbox.dead(database, second.id, "400")
    ids = [item["id"] for item in outbox.list_rows(database, "main")]
    assert outbox.requeue(database, "shop", ids) == 0
    assert outbox.requeue(database, "main", ids[:1]) == 1
    assert outbox.discard(database, "main", ids) == 2
    assert [state(database, number) for number in range(3)] == ["unknown", "done", "done"]
    assert row(database, 1)["reason"] == Reason.DISCARDED
    assert outbox.known(database, "main") == {"k1": Known.IN_FLIGHT, "k2": Known.CLOSED, "k3": Known.CLOSED}


def test_what_a_rule_made_is_undone(database):
    other = replace(TASK, key="k3", rule="win_back/first")
    add(database, TASK, replace(TASK, key="k2"), other, replace(TASK, key="k4"))
    for number, at in enumerate((NOW, NOW + MINUTE, NOW + MINUTE)):
        send(database, 500 + number, at)
    assert outbox.undo(database, "main", TASK.rule, NOW + SECOND, "Отменено") == 1
    item = claim(database, NOW + MINUTE)
    assert item.key == "k4"
    item = claim(database, NOW + MINUTE)
    assert (item.key, item.action, item.remote_id, item.reason) == ("k2", Action.COMPLETE, 501, Reason.UNDONE)


def test_counts(database):
    add(database, TASK, replace(TASK, key="k2"), replace(TASK, key="k3"))
    send(database)
    claim(database)
    counts = outbox.counts(database, "main")
    assert counts.by_state == {State.DONE: 1, State.SENDING: 1, State.WAITING: 1}
    assert counts.unfinished == 2
    assert outbox.counts(database, "shop").unfinished == 0


@pytest.mark.parametrize("name", [*State, *Reason])
def test_every_state_and_reason_has_a_sentence(name):
    assert len(SENTENCES[name].split()) > 3


def _claim_all(url: str, worker: str, ready, answers) -> None:
    claimed = []
    with open_database(url) as db:
        ready.wait(20)
        while (due := outbox.next_due(db, "main")) is not None:
            item = outbox.claim(db, due.id, worker, NOW)
            if item is not None:
                claimed.append(item.key)
    answers.put(claimed)


def test_two_processes_never_claim_one_write(migrated_url):
    keys = [f"k{number}" for number in range(60)]
    with open_database(migrated_url) as db:
        add(db, *(replace(TASK, key=key) for key in keys))
    answers, ready = SPAWN.Queue(), SPAWN.Barrier(2)
    workers = [SPAWN.Process(target=_claim_all, args=(migrated_url, name, ready, answers)) for name in ("w1", "w2")]
    for worker in workers:
        worker.start()
    claimed = [answers.get(timeout=40) for _ in workers]
    for worker in workers:
        worker.join(10)
    assert Counter(key for keys_of_one in claimed for key in keys_of_one) == Counter(keys)
    assert all(claimed)
