"""People at work: staff and sessions, leases, outcomes, notes, and news as it happens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
NEW_TABLES = ("staff_events", "memory_notes", "staff_notes", "staff_sessions", "staff")
NEW_COLUMNS = (
    *(("escalations", name) for name in ("resolved_by", "note", "details", "rating", "rated_at")),
    ("messages", "staff"),
    ("messages", "intent"),
    *(("conversations", name) for name in ("control_lease_until", "waiting_since", "merged_into")),
)


def upgrade() -> None:
    # Plain columns: on SQLite these tables have rows that point to them and cannot be copied.
    op.add_column("conversations", sa.Column("control_lease_until", INSTANT, nullable=True))
    op.add_column("conversations", sa.Column("waiting_since", INSTANT, nullable=True))
    op.add_column("conversations", sa.Column("merged_into", sa.String(64), nullable=True))
    op.add_column("messages", sa.Column("staff", sa.String(128), nullable=True))
    op.add_column("messages", sa.Column("intent", sa.String(64), nullable=True))
    op.add_column("escalations", sa.Column("resolved_by", sa.String(128), nullable=True))
    op.add_column("escalations", sa.Column("note", sa.Text(), nullable=True))
    op.add_column("escalations", sa.Column("details", DOCUMENT, nullable=True))
    op.add_column("escalations", sa.Column("rating", sa.Integer(), nullable=True))
    op.add_column("escalations", sa.Column("rated_at", INSTANT, nullable=True))
    held = sa.text("control_owner = 'human'")
    op.create_index(
        "ix_conversations_held",
        "conversations",
        ["control_lease_until"],
        sqlite_where=held,
        postgresql_where=held,
    )
    for column in ("conversation_id", "opened_at", "first_reply_at"):
        op.create_index(op.f(f"ix_escalations_{column}"), "escalations", [column])
    _staff()
    _work()


def downgrade() -> None:
    for table in NEW_TABLES:
        op.drop_table(table)
    for column in ("conversation_id", "opened_at", "first_reply_at"):
        op.drop_index(op.f(f"ix_escalations_{column}"), "escalations")
    op.drop_index("ix_conversations_held", "conversations")
    for table, column in NEW_COLUMNS:
        op.drop_column(table, column)


def _staff() -> None:
    op.create_table(
        "staff",
        sa.Column("id", KEY, nullable=False),
        sa.Column("login", sa.String(128), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("totp_secret", sa.String(255), nullable=True),
        sa.Column("totp_last_step", KEY, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("failed_tries", sa.Integer(), nullable=False),
        sa.Column("locked_until", INSTANT, nullable=True),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.UniqueConstraint("login", name=op.f("uq_staff_login")),
        _check("staff", "role", "role IN ('agent', 'supervisor', 'compliance', 'admin')"),
        _check("staff", "failed_tries", "failed_tries >= 0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("staff_id", KEY, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        _to("staff_sessions", "staff_id", "staff.id"),
        _check("staff_sessions", "token_hash", "length(token_hash) = 64"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_sessions")),
    )
    op.create_index(op.f("ix_staff_sessions_staff_id"), "staff_sessions", ["staff_id"])


def _work() -> None:
    op.create_table(
        "staff_notes",
        sa.Column("id", KEY, nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("author", sa.String(128), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _to("staff_notes", "conversation_id", "conversations.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_notes")),
    )
    op.create_index(op.f("ix_staff_notes_conversation_id"), "staff_notes", ["conversation_id"])
    op.create_table(
        "memory_notes",
        sa.Column("id", KEY, nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("facts", DOCUMENT, nullable=False),
        sa.Column("told_at", INSTANT, nullable=True),
        _to("memory_notes", "conversation_id", "conversations.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memory_notes")),
    )
    untold = sa.text("told_at IS NULL")
    op.create_index(
        "ix_memory_notes_untold",
        "memory_notes",
        ["conversation_id"],
        sqlite_where=untold,
        postgresql_where=untold,
    )
    op.create_table(
        "staff_events",
        sa.Column("id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=True),
        sa.Column("escalation_id", KEY, nullable=True),
        sa.Column("actor", sa.String(128), nullable=True),
        sa.Column("details", DOCUMENT, nullable=False),
        sa.Column("once", sa.String(128), nullable=True),
        _to("staff_events", "conversation_id", "conversations.id"),
        _to("staff_events", "escalation_id", "escalations.id"),
        sa.UniqueConstraint("once", name=op.f("uq_staff_events_once")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_events")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_staff_events_conversation_id_id"), "staff_events", ["conversation_id", "id"]
    )


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
