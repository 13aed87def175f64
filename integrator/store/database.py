"""One database: opened, brought up to date, read and written in transactions."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy.exc import DBAPIError

from integrator.store import trouble
from integrator.store.engines import READING, make_engine, parse_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine


# Seconds for which the write lock is left to others at most.
LONGEST_TURN = 0.01


class Database:
    """An open database; safe to share between threads."""

    def __init__(self, engine: Engine, address: URL) -> None:
        self.engine = engine
        self.address = address
        self.dialect = engine.dialect.name
        # Rows in one transaction: a hook waits behind SQLite's one write lock, 50 ms at most; PostgreSQL locks rows.
        self.chunk = 500 if self.dialect == "sqlite" else 5_000
        self._free_until = 0.0
        # What was read and made ready once, and told by a mark of the database to be so still.
        self.kept: dict[tuple[str, ...], Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Every connection is closed."""
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database from its first query on."""
        with self._translated(), self.engine.connect() as connection:
            reading = connection.execution_options(**READING[self.dialect])
            with reading.begin():
                yield reading

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection in one transaction: all of it is stored, or nothing when the block raises."""
        with self._translated(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write_part(self) -> Iterator[Connection]:
        """Yield a connection as `write` does, for one of many transactions in a row: others get their turn.

        SQLite's lock has no queue: who waits looks again ever more seldom, and finds it taken by who came right back.
        So it is left free for as long as it was held.
        """
        time.sleep(max(0.0, self._free_until - time.monotonic()))
        begun = time.monotonic()
        with self.write() as connection:
            yield connection
        if self.dialect == "sqlite":
            ended = time.monotonic()
            self._free_until = ended + min(ended - begun, LONGEST_TURN)

    def migrate(self) -> None:
        """The tables are those of this version; ConfigError when a newer version made them, and nothing is changed."""
        from integrator.store.migrate import migrate

        migrate(self)

    def require_current(self) -> None:
        """Return when the tables are those of this version, else raise what tells people what to do."""
        from integrator.store.migrate import require_current

        require_current(self)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise trouble.translate(error, self.address) from error


def open_database(address: str) -> Database:
    """Return the database at the address, reached once; ConfigError or StoreError says what is wrong with it."""
    url = parse_address(address)
    database = Database(make_engine(url), url)
    try:
        with database.read() as connection:
            connection.exec_driver_sql("SELECT 1")
    except BaseException:
        database.close()
        raise
    return database
