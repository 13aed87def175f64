"""What is remembered of rules that must hold for a time, or stay for a time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT, BIG, DAY, FLAG = sa.Text(), sa.BigInteger(), sa.Integer(), sa.Boolean()


def upgrade() -> None:
    """The database is of this revision."""
    op.create_table(
        "held",
        sa.Column("portal", TEXT, primary_key=True),
        sa.Column("subject_kind", TEXT, primary_key=True),
        sa.Column("subject_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("rule", TEXT, primary_key=True),
        sa.Column("since", DAY, nullable=True),
        sa.Column("last", DAY, nullable=True),
        sa.Column("fires", FLAG, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "held_rules",
        sa.Column("portal", TEXT, primary_key=True),
        sa.Column("rule", TEXT, primary_key=True),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("through", DAY, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """The database is of the revision before."""
    op.drop_table("held_rules")
    op.drop_table("held")
