"""The database is brought to the schema of this version, by whichever process comes first."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from integrator.errors import ConfigError, StoreError
from integrator.store.engines import shown
from integrator.store.schema import REVISION, VERSION_TABLE

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

    from integrator.store.database import Database

# Any number of our own: the lock under which PostgreSQL lets one process migrate at a time.
ADVISORY_LOCK = 7_203_114_596


def migrate(db: Database) -> None:
    """The tables are those of this version; two processes at once are safe: the second finds the work done."""
    with db.read() as connection:
        found = _revision(connection)
    if found == REVISION:
        return
    with db.write() as connection:
        if db.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
        found = _revision(connection)
        if found != REVISION:
            _upgrade(connection, found)


def require_current(db: Database) -> None:
    """Return when the tables are those of this version."""
    with db.read() as connection:
        found = _revision(connection)
    if found == REVISION:
        return
    if found is not None:
        _refuse_newer(found, _config())
    raise StoreError(f"the database {shown(db.address)} has no tables of this version yet; run `integrator sync` first")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - our own constant


def _upgrade(connection: Connection, found: str | None) -> None:
    from alembic import command

    config = _config()
    if found is not None:
        _refuse_newer(found, config)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    folder = str(resources.files("integrator.store") / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    return config


def _refuse_newer(found: str, config: Config) -> None:
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found not in known:
        raise ConfigError(
            f"the database was made by a newer version (revision {found}; this version knows up to {REVISION});"
            " upgrade integrator or set another `database` in the configuration"
        )
