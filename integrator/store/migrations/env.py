"""Alembic runs this to migrate; the connection is that of the transaction that holds the lock."""

from __future__ import annotations

from alembic import context

from integrator.store.schema import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
