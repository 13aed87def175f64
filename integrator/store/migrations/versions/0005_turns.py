"""What only the whole base tells, whose rows changed, and when time alone may change what the rules come to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT, BIG = sa.Text(), sa.BigInteger()
TABLES = ("shared", "watched", "touched", "due")


def upgrade() -> None:
    """The database is of this revision."""
    op.create_table(
        "shared",
        sa.Column("portal", TEXT, primary_key=True),
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("at", BIG, nullable=False),
        sa.Column("meaning", TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "watched",
        sa.Column("portal", TEXT, primary_key=True),
        sa.Column("mark", BIG, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table("touched", *_whose(), sa.Column("mark", BIG, nullable=False), sqlite_with_rowid=False)
    op.create_table("due", *_whose(), sa.Column("at", BIG, nullable=False), sqlite_with_rowid=False)
    op.create_index("due_at", "due", ["portal", "at"])


def downgrade() -> None:
    """The database is of the revision before."""
    for table in TABLES:
        op.drop_table(table)


def _whose() -> tuple[sa.Column[str], sa.Column[str], sa.Column[int]]:
    return (
        sa.Column("portal", TEXT, primary_key=True),
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
    )
