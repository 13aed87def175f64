"""SQLAlchemy engines set up for durable commits and short write locks."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from integrator.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

BUSY_SECONDS = 30.0
CONNECT_SECONDS = 10
FORMS = '"sqlite:///integrator.db" or "postgresql+psycopg://user:password@host/name"'
DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
# Execution options of a transaction that only reads: one state of the database, no write lock.
READING: dict[str, dict[str, Any]] = {
    "sqlite": {"integrator_reads": True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


def parse_address(address: str) -> URL:
    """Return the address with its driver named; ConfigError, without the password, when it is none of ours."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        # The library's message may quote the address, and the password is in it.
        raise ConfigError(f"`database` is not an address; write {FORMS}") from None
    driver = DRIVERS.get(url.drivername)
    if driver is None:
        raise ConfigError(f"`database` begins with {url.drivername}, which is not supported; write {FORMS}")
    if url.database in {None, "", ":memory:"}:
        raise ConfigError(f"`database` names no database; write {FORMS}")
    return url.set(drivername=driver)


def shown(url: URL) -> str:
    """Return the address without its password, wherever it stands."""
    return url.set(query={}).render_as_string(hide_password=True)


def make_engine(url: URL) -> Engine:
    """Return an engine whose transactions are durable and, on SQLite, take the write lock when they begin."""
    if url.get_backend_name() == "postgresql":
        return create_engine(url, connect_args={"connect_timeout": CONNECT_SECONDS}, pool_pre_ping=True)
    _require_folder(url)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _require_folder(url: URL) -> None:
    """Raise StoreError where SQLite would only say that it is unable to open the file."""
    folder = Path(str(url.database)).absolute().parent
    if not folder.is_dir():
        raise StoreError(
            f"the folder {folder} of the database does not exist; create it,"
            " or set another `database` in the configuration"
        )


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own BEGIN would be a deferred one, whose later upgrade to a write fails instead of waiting.
    connection.isolation_level = None
    _use_wal(connection)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _use_wal(connection: sqlite3.Connection) -> None:
    """The file is in WAL mode, also when several processes open a new one at once."""
    # SQLite does not call its busy handler for this change of mode: it answers "locked" at once.
    deadline = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("integrator_reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
