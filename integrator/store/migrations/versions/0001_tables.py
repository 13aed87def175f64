"""The tables of the first version."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT, BIG, INT, FLAG = sa.Text(), sa.BigInteger(), sa.Integer(), sa.Boolean()
REAL: Any = sa.Double()
# SQLite numbers rows by itself only where the key is an INTEGER.
AUTO = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """The database is of this revision."""
    _portals()
    _dictionaries()
    _clients()
    _deals()
    _of_deals()
    _tasks()
    _decisions()
    _outbox()


def downgrade() -> None:
    """Nothing of this product is in the database."""
    for table in (
        "portals",
        "cursors",
        "budgets",
        "users",
        "pipelines",
        "stages",
        "loss_reasons",
        "sub_reasons",
        "currencies",
        "companies",
        "contacts",
        "deals",
        "stage_changes",
        "notes",
        "tasks",
        "decisions",
        "findings",
        "evaluations",
        "outbox",
    ):
        op.drop_table(table)


def _key(name: str, kind: Any = TEXT) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _must(name: str, kind: Any = TEXT) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _may(name: str, kind: Any = TEXT) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _with(name: str, kind: Any, default: str) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, server_default=sa.text(default))


def _table(name: str, *columns: Any) -> None:
    op.create_table(name, *columns, sqlite_with_rowid=False)


def _portals() -> None:
    _table(
        "portals",
        _key("portal"),
        _may("account_id"),
        _may("name"),
        _may("currency"),
        _may("timezone"),
        _may("member_id"),
        _may("stopped_reason"),
        _may("stopped_at", BIG),
        _may("blocked_until", BIG),
        _with("block_seconds", REAL, "0"),
        _with("paused", FLAG, "false"),
        _may("last_sync_at", BIG),
    )
    _table("cursors", _key("portal"), _key("kind"), _must("cursor"))
    _table("budgets", _key("portal"), _with("tat", REAL, "0"), _with("held_until", REAL, "0"))


def _dictionaries() -> None:
    _table(
        "users",
        _key("portal"),
        _must("place", INT),
        _key("id", BIG),
        _must("name"),
        _must("active", FLAG),
        _must("department_ids"),
    )
    _table("pipelines", _key("portal"), _must("place", INT), _key("id", BIG), _must("name"), _must("sort", BIG))
    _table(
        "stages",
        _key("portal"),
        _must("place", INT),
        _key("pipeline_id", BIG),
        _key("id"),
        _must("name"),
        _must("sort", BIG),
        _must("outcome"),
    )
    _table("loss_reasons", _key("portal"), _must("place", INT), _key("id"), _must("name"))
    _table("sub_reasons", _key("portal"), _must("place", INT), _key("id"), _must("name"))
    _table("currencies", _key("portal"), _must("place", INT), _key("code"), _must("rate"), _must("is_base", FLAG))


def _clients() -> None:
    _table(
        "companies",
        _key("portal"),
        _key("id", BIG),
        _must("name"),
        _may("responsible_id", BIG),
        _must("created_at", BIG),
        _must("updated_at", BIG),
        _must("fields"),
    )
    _table(
        "contacts",
        _key("portal"),
        _key("id", BIG),
        _must("name"),
        _may("company_id", BIG),
        _may("responsible_id", BIG),
        _must("created_at", BIG),
        _must("updated_at", BIG),
        _must("fields"),
    )


def _deals() -> None:
    _table(
        "deals",
        _key("portal"),
        _key("id", BIG),
        _must("title"),
        _must("pipeline_id", BIG),
        _must("stage_id"),
        _must("outcome"),
        _must("amount", BIG),
        _may("currency"),
        _may("company_id", BIG),
        _may("contact_id", BIG),
        _may("responsible_id", BIG),
        _must("created_at", BIG),
        _must("updated_at", BIG),
        _may("closed_at", BIG),
        _may("loss_reason_id"),
        _may("source"),
        _must("fields"),
        _may("first_closed_seen_at", BIG),
    )
    op.create_index(
        "deals_lost",
        "deals",
        ["portal", "closed_at"],
        sqlite_where=sa.text("outcome = 'lost'"),
        postgresql_where=sa.text("outcome = 'lost'"),
    )


def _of_deals() -> None:
    _table(
        "stage_changes",
        _key("portal"),
        _key("id"),
        _must("deal_id", BIG),
        _must("pipeline_id", BIG),
        _must("stage_id"),
        _must("at", BIG),
    )
    op.create_index("stage_changes_deal", "stage_changes", ["portal", "deal_id"])
    _table(
        "notes",
        _key("portal"),
        _key("id", BIG),
        _must("deal_id", BIG),
        _must("text"),
        _must("created_at", BIG),
        _may("created_by", BIG),
    )
    op.create_index("notes_deal", "notes", ["portal", "deal_id"])


def _tasks() -> None:
    _table(
        "tasks",
        _key("portal"),
        _key("origin"),
        _key("id", BIG),
        _key("entity_kind"),
        _key("entity_id", BIG),
        _may("responsible_id", BIG),
        _must("text"),
        _may("due_at", BIG),
        _must("completed", FLAG),
        _may("completed_at", BIG),
        _must("created_at", BIG),
        _must("updated_at", BIG),
        _must("result"),
    )
    op.create_index("tasks_entity", "tasks", ["portal", "entity_kind", "entity_id"])


def _decisions() -> None:
    _table(
        "decisions",
        _key("portal"),
        _key("subject_kind"),
        _key("subject_id", BIG),
        _must("at", BIG),
        _must("ruleset"),
        _must("classes"),
        _must("metrics"),
        _must("digest"),
    )
    op.create_table(
        "findings",
        sa.Column("id", AUTO, primary_key=True, autoincrement=True),
        _must("portal"),
        _must("subject_kind"),
        _must("subject_id", BIG),
        _must("rule"),
        _must("finding"),
        _must("evidence"),
        _must("since", BIG),
        _must("ruleset"),
        _may("cleared_at", BIG),
    )
    op.create_index(
        "findings_standing",
        "findings",
        ["portal", "subject_kind", "subject_id", "rule", "finding"],
        unique=True,
        sqlite_where=sa.text("cleared_at IS NULL"),
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    _table("evaluations", _key("portal"), _key("at", BIG), _key("ruleset"), _must("counts"), _must("stored_at", BIG))


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", AUTO, primary_key=True, autoincrement=True),
        _must("portal"),
        _must("key"),
        _must("action"),
        _must("subject"),
        _must("rule"),
        _must("template"),
        _must("state"),
        _may("reason"),
        _with("attempts", INT, "0"),
        _with("lookups", INT, "0"),
        _may("remote_id", BIG),
        _with("not_before", BIG, "0"),
        _may("sent_at", BIG),
        _may("claimed_by"),
        _may("claimed_at", BIG),
        _may("error"),
        _must("payload"),
        _must("created_at", BIG),
        _must("updated_at", BIG),
        sa.UniqueConstraint("portal", "key", "action", name="outbox_cause"),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_due", "outbox", ["portal", "state", "not_before", "id"])
