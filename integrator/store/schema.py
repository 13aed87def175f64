"""The tables. The portal is part of every key; instants are microseconds since the epoch, amounts hundredths."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

# The revision that these tables are; migrations/versions holds the way to it.
REVISION = "0005"
VERSION_TABLE = "integrator_version"

METADATA = MetaData()
COMPUTED = "computed"
"""Under this name a table's `info` holds what can be read of its rows that is no column: the expression by name."""
AutoId = BigInteger().with_variant(Integer, "sqlite")


def _key(name: str, kind: Any = BigInteger) -> Column[Any]:
    return Column(name, kind, primary_key=True, autoincrement=False)


def _must(name: str, kind: Any = Text) -> Column[Any]:
    return Column(name, kind, nullable=False)


def _may(name: str, kind: Any = Text) -> Column[Any]:
    return Column(name, kind, nullable=True)


def _table(name: str, *parts: Any) -> Table:
    """Return a table clustered by its primary key: pages come and go in the order of ids."""
    return Table(name, METADATA, *parts, sqlite_with_rowid=False)


PORTALS = _table(
    "portals",
    _key("portal", Text),
    _may("account_id"),
    _may("name"),
    _may("currency"),
    _may("timezone"),
    _may("member_id"),
    _may("stopped_reason"),
    _may("stopped_at", BigInteger),
    _may("blocked_until", BigInteger),
    Column("block_seconds", Double, nullable=False, server_default=text("0")),
    Column("paused", Boolean, nullable=False, server_default=text("false")),
    _may("last_sync_at", BigInteger),
)

# `place` is the row's place in the CRM's own list.
USERS = _table(
    "users",
    _key("portal", Text),
    _must("place", Integer),
    _key("id"),
    _must("name"),
    _must("active", Boolean),
    _must("department_ids"),
    _may("inactive_since", BigInteger),
)

PIPELINES = _table(
    "pipelines", _key("portal", Text), _must("place", Integer), _key("id"), _must("name"), _must("sort", BigInteger)
)

STAGES = _table(
    "stages",
    _key("portal", Text),
    _must("place", Integer),
    _key("pipeline_id"),
    _key("id", Text),
    _must("name"),
    _must("sort", BigInteger),
    _must("outcome"),
)

LOSS_REASONS = _table("loss_reasons", _key("portal", Text), _must("place", Integer), _key("id", Text), _must("name"))
SUB_REASONS = _table("sub_reasons", _key("portal", Text), _must("place", Integer), _key("id", Text), _must("name"))
CURRENCIES = _table(
    "currencies",
    _key("portal", Text),
    _must("place", Integer),
    _key("code", Text),
    _must("rate"),
    _must("is_base", Boolean),
)


def _client_parts() -> list[Column[Any]]:
    """Return the last columns of a company and a contact alike; `responsible_...` are kept by the mirror itself."""
    return [
        _may("responsible_id", BigInteger),
        _must("created_at", BigInteger),
        _must("updated_at", BigInteger),
        _must("fields"),
        Column("keys", Text, nullable=False, server_default=text("''")),
        _may("responsible_since", BigInteger),
        _may("responsible_before", BigInteger),
    ]


COMPANIES = _table("companies", _key("portal", Text), _key("id"), _must("name"), *_client_parts())
CONTACTS = _table(
    "contacts", _key("portal", Text), _key("id"), _must("name"), _may("company_id", BigInteger), *_client_parts()
)
Index("contacts_company", CONTACTS.c.portal, CONTACTS.c.company_id)


def _deal_parts() -> list[Column[Any]]:
    """Return the columns of a deal and of a lead, which is no deal yet, alike."""
    return [
        _key("portal", Text),
        _key("id"),
        _must("title"),
        _must("pipeline_id", BigInteger),
        _must("stage_id"),
        _must("outcome"),
        _must("amount", BigInteger),
        _may("currency"),
        _may("company_id", BigInteger),
        _may("contact_id", BigInteger),
        _may("responsible_id", BigInteger),
        _must("created_at", BigInteger),
        _must("updated_at", BigInteger),
        _may("closed_at", BigInteger),
        _may("loss_reason_id"),
        _may("source"),
        _must("fields"),
        _may("first_closed_seen_at", BigInteger),
    ]


DEALS = _table("deals", *_deal_parts())
LEADS = _table("leads", *_deal_parts())
Index(
    "deals_lost",
    DEALS.c.portal,
    DEALS.c.closed_at,
    sqlite_where=DEALS.c.outcome == text("'lost'"),
    postgresql_where=DEALS.c.outcome == text("'lost'"),
)
Index(
    "deals_open",
    DEALS.c.portal,
    DEALS.c.id,
    sqlite_where=DEALS.c.outcome == text("'open'"),
    postgresql_where=DEALS.c.outcome == text("'open'"),
)
for _deals in (DEALS, LEADS):
    Index(f"{_deals.name}_company", _deals.c.portal, _deals.c.company_id)
    Index(f"{_deals.name}_contact", _deals.c.portal, _deals.c.contact_id)

PRODUCTS = _table("products", _key("portal", Text), _key("id"), _must("name"), _may("group_id"), _may("group"))

# What is sold by a deal, whose id the row bears; its lines are read and written together.
BASKETS = _table("baskets", _key("portal", Text), _key("id"), _must("lines"))

TASKS = _table(
    "tasks",
    _key("portal", Text),
    _key("origin", Text),
    _key("id"),
    _key("entity_kind", Text),
    _key("entity_id"),
    _may("responsible_id", BigInteger),
    _must("text"),
    _may("due_at", BigInteger),
    _must("completed", Boolean),
    _may("completed_at", BigInteger),
    _must("created_at", BigInteger),
    _must("updated_at", BigInteger),
    _must("result"),
    Column("kind", Text, nullable=False, server_default=text("'task'")),
    Column("incoming", Boolean, nullable=False, server_default=text("false")),
)
Index("tasks_entity", TASKS.c.portal, TASKS.c.entity_kind, TASKS.c.entity_id)

STAGE_CHANGES = _table(
    "stage_changes",
    _key("portal", Text),
    _key("id", Text),
    _must("deal_id", BigInteger),
    _must("pipeline_id", BigInteger),
    _must("stage_id"),
    _must("at", BigInteger),
)
Index("stage_changes_deal", STAGE_CHANGES.c.portal, STAGE_CHANGES.c.deal_id)

NOTES = _table(
    "notes",
    _key("portal", Text),
    _key("id"),
    _must("deal_id", BigInteger),
    _must("text"),
    _must("created_at", BigInteger),
    _may("created_by", BigInteger),
)
Index("notes_deal", NOTES.c.portal, NOTES.c.deal_id)

CURSORS = _table("cursors", _key("portal", Text), _key("kind", Text), _must("cursor"))

BUDGETS = _table(
    "budgets",
    _key("portal", Text),
    Column("tat", Double, nullable=False, server_default=text("0")),
    Column("held_until", Double, nullable=False, server_default=text("0")),
)

DECISIONS = _table(
    "decisions",
    _key("portal", Text),
    _key("subject_kind", Text),
    _key("subject_id"),
    _must("at", BigInteger),
    _must("ruleset"),
    _must("classes"),
    _must("metrics"),
    _must("digest"),
)

FINDINGS = Table(
    "findings",
    METADATA,
    Column("id", AutoId, primary_key=True, autoincrement=True),
    _must("portal"),
    _must("subject_kind"),
    _must("subject_id", BigInteger),
    _must("rule"),
    _must("finding"),
    _must("evidence"),
    _must("since", BigInteger),
    _must("ruleset"),
    _may("cleared_at", BigInteger),
)
Index(
    "findings_standing",
    FINDINGS.c.portal,
    FINDINGS.c.subject_kind,
    FINDINGS.c.subject_id,
    FINDINGS.c.rule,
    FINDINGS.c.finding,
    unique=True,
    sqlite_where=FINDINGS.c.cleared_at.is_(None),
    postgresql_where=FINDINGS.c.cleared_at.is_(None),
)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", AutoId, primary_key=True, autoincrement=True),
    _must("portal"),
    _must("key"),
    _must("action"),
    _must("subject"),
    _must("rule"),
    _must("template"),
    _must("state"),
    _may("reason"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("lookups", Integer, nullable=False, server_default=text("0")),
    _may("remote_id", BigInteger),
    Column("not_before", BigInteger, nullable=False, server_default=text("0")),
    _may("sent_at", BigInteger),
    _may("claimed_by"),
    _may("claimed_at", BigInteger),
    _may("error"),
    _must("payload"),
    _must("created_at", BigInteger),
    _must("updated_at", BigInteger),
    UniqueConstraint("portal", "key", "action", name="outbox_cause"),
    # What is read of a row beside its columns: whether the product itself completed the task that the row made.
    info={
        COMPUTED: {
            "cleared": (
                "EXISTS (SELECT 1 FROM outbox AS closing WHERE closing.portal = outbox.portal"
                " AND closing.key = outbox.key AND closing.action = 'complete' AND closing.state = 'done')"
            )
        }
    },
    # A number is never given twice, so that a listing stays true after rows have been cleaned away.
    sqlite_autoincrement=True,
)
Index("outbox_due", OUTBOX.c.portal, OUTBOX.c.state, OUTBOX.c.not_before, OUTBOX.c.id)
Index("outbox_subject", OUTBOX.c.portal, OUTBOX.c.subject)

EVALUATIONS = _table(
    "evaluations",
    _key("portal", Text),
    _key("at"),
    _key("ruleset", Text),
    _must("counts"),
    _must("stored_at", BigInteger),
)

# What is remembered of rules with `for` or `keep`: days are counted since the epoch. A row says since when the rule's
# condition is TRUE, when it last was, and whether the rule fires; nothing stands where there is nothing to say.
HELD = _table(
    "held",
    _key("portal", Text),
    _key("subject_kind", Text),
    _key("subject_id"),
    _key("rule", Text),
    _may("since", Integer),
    _may("last", Integer),
    _must("fires", Boolean),
)

# What each such rule meant when it was remembered, and the last day for which every subject is accounted for.
HELD_RULES = _table("held_rules", _key("portal", Text), _key("rule", Text), _must("digest"), _must("through", Integer))

# What only the whole base tells, as it was at the last evaluation of all of it: Arrow frames by name. `meaning` says by
# which rules and settings.
SHARED = _table(
    "shared",
    _key("portal", Text),
    _key("name", Text),
    _must("at", BigInteger),
    _must("meaning"),
    _must("body", LargeBinary),
)

# Whether changes of the mirror are noted: from the beginning of an evaluation of the whole base on. `mark` is another
# number after each such beginning.
WATCHED = _table("watched", _key("portal", Text), _must("mark", BigInteger))

# Whose rows changed since he was last evaluated: companies and contacts, deals and leads; `mark` is another number
# after each change.
TOUCHED = _table("touched", _key("portal", Text), _key("kind", Text), _key("id"), _must("mark", BigInteger))

# The instant at which time alone may change what the rules come to about a client, or a deal that names none.
DUE = _table("due", _key("portal", Text), _key("kind", Text), _key("id"), _must("at", BigInteger))
Index("due_at", DUE.c.portal, DUE.c.at)

# The texts of packs as they were written, each once a portal.
RULE_TEXTS = _table("rule_texts", _key("portal", Text), _key("digest", Text), _must("text"))

# One row each time that a rule set became the active one; `packs` names the texts, `beside` the paths that were given
# to the command, `held` tells that files wait for an explicit command.
RULE_SETS = Table(
    "rule_sets",
    METADATA,
    Column("id", AutoId, primary_key=True, autoincrement=True),
    _must("portal"),
    _must("hash"),
    _must("packs"),
    _must("overrides"),
    _must("params"),
    _must("only"),
    _must("beside"),
    _must("held", Boolean),
    _must("active", Boolean),
    _must("comment"),
    _must("applied_by"),
    _must("applied_at", BigInteger),
    sqlite_autoincrement=True,
)
Index(
    "rule_sets_active",
    RULE_SETS.c.portal,
    unique=True,
    sqlite_where=RULE_SETS.c.active,
    postgresql_where=RULE_SETS.c.active,
)
Index("rule_sets_history", RULE_SETS.c.portal, RULE_SETS.c.hash)
