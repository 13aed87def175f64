"""The active rule set of a portal and its past, on both databases."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from integrator.domain.packs import PackText
from integrator.store import removal
from integrator.store.database import open_database
from integrator.store.rulesets import Note, Version, activate, active, find, history, texts
from integrator.store.schema import RULE_SETS, RULE_TEXTS

SPAWN = multiprocessing.get_context("spawn")
NOTE = Note("why", "me@here", datetime(2026, 11, 20, 12, tzinfo=UTC))
# A byte order mark, other ends of lines and no end at the end: the text comes back letter for letter.
WRITTEN = "\ufeffschema: 1\r\nname: клиенты # 'x' \\ %\n\ttail"


def version(hash_="a", text="x", **fields):
    return Version(f"sha256:{hash_}", (PackText("mine", "/rules/mine/pack.yaml", text),), **fields)


def count(db, table):
    with db.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar()


def test_where_nothing_was_applied_nothing_is_active(database):
    assert active(database, "main") is None
    assert history(database, "main") == []
    assert find(database, "main", "a") == []


def test_what_was_applied_comes_back_as_it_was_written(database):
    fields = {"overrides": {"mine.n": "4/3"}, "params": {"mine.n": 1.5}, "only": ("mine/a",), "beside": ("/x",)}
    entry = activate(database, "main", version(text=WRITTEN, **fields), NOTE).entry
    assert entry == active(database, "main")
    assert (entry.hash, entry.note, entry.active, entry.held) == ("sha256:a", NOTE, True, False)
    assert {name: getattr(entry, name) for name in fields} == fields
    assert texts(database, "main", entry) == (PackText("mine", "/rules/mine/pack.yaml", WRITTEN),)


def test_the_same_in_the_same_words_is_written_once(database):
    first = activate(database, "main", version(), NOTE)
    again = activate(database, "main", version(), Note("again", "you", NOTE.at))
    assert (again.entry, first.changed, again.changed) == (first.entry, True, False)
    assert count(database, RULE_SETS) == 1


@pytest.mark.parametrize(
    "other",
    [
        version("b"),
        version(text="# a comment\nx"),
        version(overrides={"mine.n": 2}),
        version(only=("mine/a",)),
        version(beside=("/x",)),
        version(held=True),
    ],
)
def test_whatever_differs_is_another_line_of_the_history(database, other):
    first, second = (activate(database, "main", one, NOTE).entry for one in (version(), other))
    assert [entry.number for entry in history(database, "main")] == [second.number, first.number]
    assert [entry.active for entry in history(database, "main")] == [True, False]


def test_a_text_is_kept_once_however_often_it_is_active(database):
    for hash_, text in (("a", "x"), ("b", "y"), ("a", "x"), ("c", "x")):
        activate(database, "main", version(hash_, text), NOTE)
    assert (count(database, RULE_SETS), count(database, RULE_TEXTS)) == (4, 2)


def test_a_hash_is_found_by_its_beginning_the_newest_first(database):
    for hash_, text in (("ab1", "x"), ("ab2", "y"), ("ab1", "z"), ("a_c", "x")):
        activate(database, "main", version(hash_, text), NOTE)
    assert [entry.hash for entry in find(database, "main", "sha256:ab")] == ["sha256:ab1", "sha256:ab2", "sha256:ab1"]
    assert texts(database, "main", find(database, "main", "ab1")[0])[0].text == "z"
    assert [entry.hash for entry in find(database, "main", "a_")] == ["sha256:a_c"]
    assert find(database, "main", "%") == []


def test_what_another_process_applied_meanwhile_stays(database):
    first = activate(database, "main", version("a"), NOTE, after=0).entry
    second = activate(database, "main", version("b"), NOTE, after=first.number).entry
    for late in (0, first.number):
        assert activate(database, "main", version("c"), NOTE, after=late).entry == second
    assert count(database, RULE_SETS) == 2


def test_portals_have_rules_of_their_own(database):
    for portal, hash_ in (("main", "a"), ("shop", "b")):
        activate(database, portal, version(hash_), NOTE)
    removal.forget(database, "main")
    assert active(database, "main") is None
    entry = active(database, "shop")
    assert entry is not None
    assert texts(database, "shop", entry)[0].text == "x"


def _activate(url: str, hashes: list[str], ready, answers) -> None:
    try:
        with open_database(url) as db:
            ready.wait(20)
            for hash_ in hashes:
                activate(db, "main", version(hash_, hash_), NOTE)
    except Exception as error:  # noqa: BLE001 - whatever it is, the test is to show it
        answers.put(repr(error))
    else:
        answers.put("fine")


@pytest.mark.parametrize(
    ("one", "other", "lines"), [(["a"], ["a"], {1}), (["a", "b"] * 5, ["c", "d"] * 5, {20})], ids=["same", "different"]
)
def test_two_processes_may_apply_at_once(migrated_url, one, other, lines):
    answers, ready = SPAWN.Queue(), SPAWN.Barrier(2)
    workers = [SPAWN.Process(target=_activate, args=(migrated_url, hashes, ready, answers)) for hashes in (one, other)]
    for worker in workers:
        worker.start()
    assert [answers.get(timeout=30) for _ in workers] == ["fine", "fine"]
    for worker in workers:
        worker.join(10)
    with open_database(migrated_url) as db:
        found = history(db, "main")
    assert len(found) in lines
    assert [entry.active for entry in found] == [True] + [False] * (len(found) - 1)
