"""Leads, products and baskets; what was done in a task; who was responsible before, and who left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT, BIG, FLAG = sa.Text(), sa.BigInteger(), sa.Boolean()
# Rows of these kinds that are in the mirror lack what is new in them: the next sync reads all of them once more.
READ_AGAIN = ("company", "contact", "task")
INDEXES = {
    "contacts_company": ("contacts", "company_id"),
    "deals_company": ("deals", "company_id"),
    "deals_contact": ("deals", "contact_id"),
    "leads_company": ("leads", "company_id"),
    "leads_contact": ("leads", "contact_id"),
    "outbox_subject": ("outbox", "subject"),
}


def upgrade() -> None:
    """The database is of this revision."""
    _tables()
    for client in ("companies", "contacts"):
        op.add_column(client, sa.Column("keys", TEXT, nullable=False, server_default=sa.text("''")))
        op.add_column(client, sa.Column("responsible_since", BIG))
        op.add_column(client, sa.Column("responsible_before", BIG))
    op.add_column("users", sa.Column("inactive_since", BIG))
    op.add_column("tasks", sa.Column("kind", TEXT, nullable=False, server_default=sa.text("'task'")))
    op.add_column("tasks", sa.Column("incoming", FLAG, nullable=False, server_default=sa.text("false")))
    for name, (table, column) in INDEXES.items():
        op.create_index(name, table, ["portal", column])
    is_open = sa.text("outcome = 'open'")
    op.create_index("deals_open", "deals", ["portal", "id"], sqlite_where=is_open, postgresql_where=is_open)
    cursors = sa.table("cursors", sa.column("kind", TEXT))
    op.execute(sa.delete(cursors).where(cursors.c.kind.in_(READ_AGAIN)))


def downgrade() -> None:
    """The database is of the revision before."""
    op.drop_index("deals_open", "deals")
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table)
    for table in ("leads", "products", "baskets"):
        op.drop_table(table)
    for client in ("companies", "contacts"):
        for column in ("keys", "responsible_since", "responsible_before"):
            op.drop_column(client, column)
    op.drop_column("users", "inactive_since")
    for column in ("kind", "incoming"):
        op.drop_column("tasks", column)


def _tables() -> None:
    must = ("title", "stage_id", "outcome", "fields")
    numbers = ("pipeline_id", "amount", "created_at", "updated_at")
    maybe = ("company_id", "contact_id", "responsible_id", "closed_at", "first_closed_seen_at")
    op.create_table(
        "leads",
        *_key(),
        *(sa.Column(name, TEXT, nullable=False) for name in must),
        *(sa.Column(name, BIG, nullable=False) for name in numbers),
        *(sa.Column(name, TEXT) for name in ("currency", "loss_reason_id", "source")),
        *(sa.Column(name, BIG) for name in maybe),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "products",
        *_key(),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("group_id", TEXT),
        sa.Column("group", TEXT),
        sqlite_with_rowid=False,
    )
    op.create_table("baskets", *_key(), sa.Column("lines", TEXT, nullable=False), sqlite_with_rowid=False)


def _key() -> tuple[sa.Column[str], sa.Column[int]]:
    return (
        sa.Column("portal", TEXT, primary_key=True),
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
    )
