"""Opening, migrating and refusing databases."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, text

from integrator.errors import ConfigError, StoreError
from integrator.store.database import open_database
from integrator.store.migrate import _config
from integrator.store.schema import CURSORS, METADATA, REVISION, VERSION_TABLE

SPAWN = multiprocessing.get_context("spawn")
PASSWORD = "s3cr3t-pass"


def test_the_way_to_the_schema_ends_at_the_schema(database_url):
    with open_database(database_url) as db:
        db.migrate()
        with db.read() as connection:
            context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
            assert compare_metadata(context, METADATA) == []
            assert context.get_current_revision() == REVISION


def test_the_last_migration_is_the_one_the_schema_names():
    assert ScriptDirectory.from_config(_config()).get_heads() == [REVISION]


FIRST_ROWS = {
    "users": {"portal": "main", "place": 0, "id": 3, "name": "Борис", "active": False, "department_ids": "[]"},
    "companies": {
        "portal": "main", "id": 12, "name": "Ромашка", "responsible_id": 7, "created_at": 1, "updated_at": 1,
        "fields": "{}",
    },
    "contacts": {"portal": "main", "id": 5, "name": "Анна", "created_at": 1, "updated_at": 1, "fields": "{}"},
    "tasks": {
        "portal": "main", "origin": "task", "id": 1, "entity_kind": "deal", "entity_id": 93, "text": "Позвонить",
        "completed": False, "created_at": 1, "updated_at": 1, "result": "",
    },
}  # fmt: skip
OLD_CURSORS = [{"portal": "main", "kind": kind, "cursor": "1"} for kind in ("company", "contact", "task", "deal")]


def _of_revision(db, revision) -> None:
    """The database is one that this older version filled."""
    config = _config()
    with db.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for name, row in FIRST_ROWS.items():
            connection.execute(METADATA.tables[name].insert().values(row))
        connection.execute(CURSORS.insert(), OLD_CURSORS)


def test_what_an_older_version_stored_is_kept(database_url):
    with open_database(database_url) as db:
        _of_revision(db, "0002")
        db.migrate()
        with db.read() as connection:
            rows = {name: connection.execute(select(METADATA.tables[name])).mappings().one() for name in FIRST_ROWS}
            left = connection.execute(select(CURSORS.c.kind)).scalars().all()
    assert {name: {**rows[name], **row} for name, row in FIRST_ROWS.items()} == rows
    client = {"keys": "", "responsible_since": None, "responsible_before": None}
    new = {"users": {"inactive_since": None}, "companies": client, "contacts": client}
    new["tasks"] = {"kind": "task", "incoming": False}
    assert {name: {part: rows[name][part] for part in parts} for name, parts in new.items()} == new
    # What is new in these is read from the CRM once more.
    assert left == ["deal"]


def test_an_empty_database_is_not_current_and_says_what_to_do(database_url):
    with open_database(database_url) as db:
        with pytest.raises(StoreError, match="run `integrator sync` first"):
            db.require_current()
        db.migrate()
        db.require_current()


def test_reading_tables_that_are_not_there_says_what_to_do(database_url):
    with open_database(database_url) as db, pytest.raises(StoreError, match="run `integrator sync` first"):  # noqa: SIM117
        with db.read() as connection:
            connection.execute(select(CURSORS))


def test_a_database_of_a_newer_version_is_refused_and_not_touched(database_url):
    with open_database(database_url) as db:
        db.migrate()
        with db.write() as connection:
            connection.execute(text("UPDATE integrator_version SET version_num = '9999'"))
            connection.execute(text("DROP TABLE cursors"))
        for refused in (db.migrate, db.require_current):
            with pytest.raises(ConfigError, match=r"newer version \(revision 9999.*upgrade integrator"):
                refused()
        with db.read() as connection:
            assert connection.execute(text("SELECT version_num FROM integrator_version")).scalars().all() == ["9999"]
            assert not connection.dialect.has_table(connection, "cursors")


def _migrate(url: str, ready, answers) -> None:
    try:
        with open_database(url) as db:
            ready.wait(20)
            db.migrate()
            db.require_current()
    except Exception as error:  # noqa: BLE001 - whatever it is, the test is to show it
        answers.put(repr(error))
    else:
        answers.put("fine")


def test_two_processes_may_migrate_at_once(database_url):
    answers, ready = SPAWN.Queue(), SPAWN.Barrier(2)
    workers = [SPAWN.Process(target=_migrate, args=(database_url, ready, answers)) for _ in range(2)]
    for worker in workers:
        worker.start()
    assert [answers.get(timeout=30) for _ in workers] == ["fine", "fine"]
    for worker in workers:
        worker.join(10)


def test_a_failed_block_leaves_nothing_behind(database):
    def fail() -> None:
        with database.write() as connection:
            connection.execute(CURSORS.insert().values(portal="main", kind="deal", cursor="1"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.read() as connection:
        assert connection.execute(select(CURSORS)).all() == []


def test_a_reader_sees_one_state(database):
    with database.read() as connection:
        assert connection.execute(select(CURSORS)).all() == []
        with database.write() as other:
            other.execute(CURSORS.insert().values(portal="main", kind="deal", cursor="1"))
        assert connection.execute(select(CURSORS)).all() == []


def test_reading_does_not_wait_for_a_writer(database):
    with database.write() as connection:
        connection.execute(CURSORS.insert().values(portal="main", kind="deal", cursor="1"))
        with database.read() as other:
            assert other.execute(select(CURSORS)).all() == []


def test_between_many_writes_in_a_row_others_have_their_turn(tmp_path):
    with open_database(f"sqlite:///{tmp_path / 'a.db'}") as db:
        with db.write_part():
            time.sleep(0.006)
        ended = time.monotonic()
        with db.write_part():
            assert time.monotonic() - ended > 0.005


def test_sqlite_commits_are_durable_and_readers_do_not_block(tmp_path):
    with open_database(f"sqlite:///{tmp_path / 'a.db'}") as db, db.read() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        assert [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas] == ["wal", 2, 1, 30_000]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("", "not an address"),
        ("integrator.db", "not an address"),
        (f"postgresql://user:{PASSWORD}@host:port/name", "not an address"),
        (f"mysql://user:{PASSWORD}@host/name", "begins with mysql"),
        ("sqlite://", "names no database"),
        ("sqlite:///:memory:", "names no database"),
        (f"postgresql://user:{PASSWORD}@host", "names no database"),
    ],
)
def test_an_address_that_is_none_of_ours_is_refused(address, told):
    with pytest.raises(ConfigError, match=told) as caught:
        open_database(address)
    assert PASSWORD not in str(caught.value)


def test_a_server_that_is_away_is_told_without_the_password():
    with pytest.raises(StoreError, match="cannot be reached; start the server") as caught:
        open_database(f"postgresql+psycopg://somebody:{PASSWORD}@127.0.0.1:1/base")
    assert PASSWORD not in str(caught.value)
    assert "somebody:***@127.0.0.1:1/base" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_password_among_the_options_is_not_shown_either():
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        open_database(f"postgresql+psycopg://127.0.0.1:1/base?user=somebody&password={PASSWORD}")
    assert PASSWORD not in str(caught.value)


def test_a_database_that_the_server_lacks_is_told(postgresql_url):
    with pytest.raises(StoreError, match=r"does not exist on the server; create it"):
        open_database(f"{postgresql_url}_other")


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(StoreError, match=r"the folder .*nowhere of the database does not exist; create it"):
        open_database(f"sqlite:///{tmp_path}/nowhere/a.db")


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path):
    (tmp_path / "a.db").mkdir()
    with pytest.raises(StoreError, match="cannot be opened; check that the folder exists"):
        open_database(f"sqlite:///{tmp_path}/a.db")


def test_a_file_that_is_no_database_is_told_and_kept(tmp_path):
    path = tmp_path / "a.db"
    path.write_text("database: sqlite:///integrator.db\n" * 100)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is not a database, or is damaged"):
        open_database(f"sqlite:///{path}")
    assert path.read_bytes() == before


@pytest.fixture
def others_folder():
    """A folder that everybody may enter; tmp_path's parents are the owner's alone."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def _open_as_nobody(url: str, answers) -> None:
    if os.geteuid() == 0:
        os.setuid(65534)
    try:
        with open_database(url) as db:
            db.migrate()
    except StoreError as error:
        answers.put(str(error))
    else:
        answers.put("fine")


def _told_to_nobody(url: str) -> str:
    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()
    worker = fork.Process(target=_open_as_nobody, args=(url, answers))
    worker.start()
    told = answers.get(timeout=20)
    worker.join(10)
    return told


def test_a_folder_that_may_not_be_written_is_told(others_folder):
    others_folder.chmod(0o555)
    told = _told_to_nobody(f"sqlite:///{others_folder}/a.db")
    assert "cannot be opened; check that the folder exists and that this user may write there" in told


def test_a_file_that_may_not_be_written_is_told(others_folder):
    path = others_folder / "a.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE other (id INTEGER)")
    path.chmod(0o444)
    others_folder.chmod(0o777)
    assert "may only be read; give this user the right to write the file" in _told_to_nobody(f"sqlite:///{path}")


def test_a_database_that_stays_locked_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("integrator.store.engines.BUSY_SECONDS", 0.1)
    with open_database(f"sqlite:///{tmp_path}/a.db") as db:
        db.migrate()
        with db.write(), pytest.raises(StoreError, match="is locked by another program"):  # noqa: SIM117
            with db.write():
                pass
