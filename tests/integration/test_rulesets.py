"""Which rules decide: the files, the database, and what happens where these disagree."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from integrator import metrics, rulesets
from integrator.config import Auth, Config, Portal
from integrator.domain.packs import PackText
from integrator.errors import ConfigError
from integrator.store import rulesets as store
from integrator.store.rulesets import Note, Version

NOTE = Note("", "me@here", datetime(2026, 11, 20, 12, tzinfo=UTC))
PACK = """\
schema: 1
name: mine
title: {ru: "Мои", en: "Mine"}
rules:
  - id: big
    title: {ru: "Крупная сделка", en: "A big deal"}
    subject: deal
    severity: low
    when: {amount: {gte: 100}}
    anchor: created_at
    then: {finding: big_deal}
"""

# Every test here is about SQL in no way: one database is enough.
pytestmark = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)


@pytest.fixture
def files(tmp_path):
    path = tmp_path / "mine" / "pack.yaml"
    path.parent.mkdir()
    path.write_text(PACK, encoding="utf-8")
    portal = Portal(
        crm="amocrm",
        base_url="http://localhost",
        auth=Auth.model_validate({"long_lived_token": "x"}),
        rules={"paths": ["."], "packs": ["mine"]},
    )
    return rulesets.Files(Config(portals={"p": portal}), "p", tmp_path)


@pytest.fixture
def write(files):
    return lambda text: (files.base / "mine" / "pack.yaml").write_text(text, encoding="utf-8")


def current(db, files, **options):
    found = rulesets.current(db, files, NOTE, **options)
    return found.rules.hash, found.notes


def comments(db):
    return [entry.note.comment for entry in store.history(db, "p")]


def test_a_stored_rule_set_is_read_as_its_files_were(database, files, write):
    write("\ufeff" + PACK.replace("\n", "\r\n"))
    first, _ = current(database, files)
    write(PACK.replace("100", "200"))
    rulesets.apply(database, "p", rulesets.draft(files), NOTE)
    entry = rulesets.find(database, "p", first)
    rulesets.restore(database, "p", entry, NOTE)
    rules = rulesets.in_force(database, files)
    assert rules.hash == first
    assert str(rules.rule("mine/big").source) == f"{files.base}/mine/pack.yaml:5:5"
    assert comments(database) == [f"restored {first[:19]}", "", "first"]


def test_rules_that_a_new_version_reads_otherwise_are_on_record_under_their_new_hash(database, files, monkeypatch):
    old, _ = current(database, files)
    rulesets.restore(database, "p", rulesets.find(database, "p", old), NOTE)
    monkeypatch.setattr(metrics, "VERSION", "another")
    new, notes = current(database, files)
    assert new != old
    assert notes == [f"p: {old[:19]} was restored: the files wait for `integrator rules apply`"]
    entry = store.active(database, "p")
    assert (entry.hash, entry.held) == (new, True)
    assert entry.note.comment == f"{old[:19]} as this version of the program reads it"


def test_watched_files_that_a_new_version_reads_otherwise_are_applied(database, files, monkeypatch):
    current(database, files)
    monkeypatch.setattr(metrics, "VERSION", "another")
    hash_, _ = current(database, files)
    assert store.active(database, "p").hash == hash_
    assert comments(database) == ["the program reads the same rule files otherwise than before", "first"]


def test_a_stored_rule_set_that_cannot_be_read_says_what_to_do(database, files, write):
    stored = Version("sha256:old", (PackText("mine", "/old/mine/pack.yaml", PACK.replace("when:", "wenn:")),))
    store.activate(database, "p", stored, NOTE)
    write("schema: 1\n")
    with pytest.raises(ConfigError, match=r"(?s)/old/mine/pack.yaml:9:5: .*\n.*run `integrator rules apply`"):
        current(database, files)
    write(PACK)
    assert current(database, files)[0] == store.active(database, "p").hash


def test_what_another_process_applied_meanwhile_decides(database, files, write, monkeypatch):
    current(database, files)
    stale = store.active(database, "p")
    write(PACK.replace("100", "200"))
    other = rulesets.apply(database, "p", rulesets.draft(files), NOTE)
    write(PACK.replace("100", "300"))
    monkeypatch.setattr(store, "active", lambda *_: stale)
    assert current(database, files)[0] == other.entry.hash


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"\xff", "mine/pack.yaml:1:1: is not UTF-8"), (b"schema: 1", 'mine/pack.yaml:1:1: key "name" is missing')],
)
def test_files_that_cannot_be_read_leave_the_active_rules(database, files, content, told):
    first, _ = current(database, files)
    (files.base / "mine" / "pack.yaml").write_bytes(content)
    hash_, notes = current(database, files)
    assert hash_ == first
    assert f"{files.base}/{told}" in notes[0]
    assert notes[1] == f"p: the rule files are broken: {first[:19]}, applied before, stays in force"


def test_a_folder_that_is_gone_leaves_the_active_rules(database, files, tmp_path):
    first, _ = current(database, files)
    (tmp_path / "mine").rename(tmp_path / "yours")
    assert current(database, files)[0] == first


def test_what_changed_is_told_by_pack(database, files, write, tmp_path):
    current(database, files)
    beside = tmp_path / "new" / "other" / "pack.yaml"
    beside.parent.mkdir(parents=True)
    beside.write_text(PACK.replace("mine", "other"), encoding="utf-8")
    write(PACK + "# more\n")
    fresh = rulesets.draft(rulesets.Files(files.config, "p", files.base, (beside,)))
    entry = store.active(database, "p")
    assert rulesets.difference(entry, fresh.version) == "rule files: mine changed, other added"
    after = rulesets.apply(database, "p", fresh, NOTE).entry
    assert rulesets.difference(after, rulesets.draft(files).version) == "rule files: other removed"
