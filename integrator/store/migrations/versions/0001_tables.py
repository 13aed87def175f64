"""The tables of the first version."""

from __future__ import annotations

from alembic import op

from integrator.store.schema import METADATA

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The database is of this revision."""
    METADATA.create_all(op.get_bind())
