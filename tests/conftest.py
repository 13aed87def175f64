"""Fixtures that every suite shares: a fresh database of each kind."""

from __future__ import annotations

import os
import shutil
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import Phase, settings
from psycopg import sql
from sqlalchemy import make_url

from integrator.store.database import Database, open_database
from integrator.store.schema import METADATA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POSTGRES = os.environ.get("INTEGRATOR_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")

# `check` tries the same examples every time and shows the first that fails as it is: to make a large one smaller may
# take five minutes. `shrink` tries those very examples and does that; `long` tries others at each run.
_SHORT = [Phase.explicit, Phase.generate]
settings.register_profile("check", derandomize=True, deadline=None, phases=_SHORT)
settings.register_profile("shrink", derandomize=True, deadline=None)
settings.register_profile("long", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "check"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'integrator.db'}"
        return
    with _created() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with the tables of this version, and nothing in them."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "integrator.db")
        yield f"sqlite:///{tmp_path / 'integrator.db'}"
        return
    url = request.getfixturevalue("postgresql_shared")
    yield url
    with psycopg.connect(_plain(url), autocommit=True) as server:
        # Not TRUNCATE, which makes new files for every table.
        emptied = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in METADATA.tables]
        server.execute(sql.SQL("; ").join(emptied))


@pytest.fixture
def database(migrated_url: str) -> Iterator[Database]:
    """A database with the tables of this version, open."""
    with open_database(migrated_url) as db:
        yield db


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """The address of an empty database on PostgreSQL."""
    with _created() as url:
        yield url


# Making and migrating a database takes longer than most tests: it is done once, and copied or emptied.


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    with open_database(f"sqlite:///{path}") as db:
        db.migrate()
        # Whatever is still in the write-ahead log would not be in the copy.
        with db.engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def postgresql_shared() -> Iterator[str]:
    with _created() as url:
        with open_database(url) as db:
            db.migrate()
        yield url


@contextmanager
def _created() -> Iterator[str]:
    name = f"integrator_test_{uuid.uuid4().hex}"
    with _server() as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    finally:
        with _server() as server:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def _server() -> Iterator[psycopg.Connection]:
    try:
        connection = psycopg.connect(_plain(POSTGRES), autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"PostgreSQL is not there: {str(error).splitlines()[0]}")
    with connection:
        yield connection


def _plain(url: str) -> str:
    """Return the address as PostgreSQL's own tools write it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
