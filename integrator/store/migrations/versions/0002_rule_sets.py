"""The rule sets of portals: the active one and those before it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT, BIG, FLAG = sa.Text(), sa.BigInteger(), sa.Boolean()
# SQLite numbers rows by itself only where the key is an INTEGER.
AUTO = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """The database is of this revision."""
    op.create_table(
        "rule_texts",
        sa.Column("portal", TEXT, primary_key=True),
        sa.Column("digest", TEXT, primary_key=True),
        sa.Column("text", TEXT, nullable=False),
        sqlite_with_rowid=False,
    )
    texts = ("portal", "hash", "packs", "overrides", "params", "only", "beside")
    op.create_table(
        "rule_sets",
        sa.Column("id", AUTO, primary_key=True, autoincrement=True),
        *(sa.Column(name, TEXT, nullable=False) for name in texts),
        sa.Column("held", FLAG, nullable=False),
        sa.Column("active", FLAG, nullable=False),
        sa.Column("comment", TEXT, nullable=False),
        sa.Column("applied_by", TEXT, nullable=False),
        sa.Column("applied_at", BIG, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "rule_sets_active",
        "rule_sets",
        ["portal"],
        unique=True,
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )
    op.create_index("rule_sets_history", "rule_sets", ["portal", "hash"])


def downgrade() -> None:
    """The database is of the revision before."""
    op.drop_table("rule_sets")
    op.drop_table("rule_texts")
