"""The lender's own system: events for it, keys of its programs, imports of its files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
TABLES = ("imports", "api_requests", "api_keys", "outgoing_events")


def upgrade() -> None:
    op.create_table(
        "outgoing_events",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("stream", sa.String(80), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("borrower_id", KEY, nullable=True),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("conversation_id", sa.String(64), nullable=True),
        sa.Column("data", DOCUMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", INSTANT, nullable=False),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        _to("outgoing_events", "borrower_id", "borrowers.id"),
        _to("outgoing_events", "account_id", "accounts.id"),
        _to("outgoing_events", "conversation_id", "conversations.id"),
        _check("outgoing_events", "state", "state IN ('waiting', 'delivered', 'dead', 'skipped')"),
        _check("outgoing_events", "attempts", "attempts >= 0"),
        sa.UniqueConstraint("key", name=op.f("uq_outgoing_events_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_events")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outgoing_events_borrower_id"), "outgoing_events", ["borrower_id"])
    _partial("ix_outgoing_events_due", "outgoing_events", ["next_try_at"], "state = 'waiting'")
    _partial(
        "ix_outgoing_events_open",
        "outgoing_events",
        ["stream", "id"],
        "state IN ('waiting', 'dead')",
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("scopes", DOCUMENT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("last_used_at", INSTANT, nullable=True),
        _check("api_keys", "hash", "length(hash) = 64"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_table(
        "api_requests",
        sa.Column("id", KEY, nullable=False),
        sa.Column("api_key_id", sa.String(16), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", DOCUMENT, nullable=True),
        _to("api_requests", "api_key_id", "api_keys.id"),
        sa.UniqueConstraint("api_key_id", "key", name=op.f("uq_api_requests_api_key_id_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_requests")),
    )
    op.create_index(op.f("ix_api_requests_at"), "api_requests", ["at"])
    op.create_table(
        "imports",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("lines_written", sa.Integer(), nullable=False),
        sa.Column("counts", DOCUMENT, nullable=False),
        _check("imports", "state", "state IN ('checked', 'running', 'done')"),
        _check("imports", "lines", "lines_written >= 0 AND lines >= 0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index(
        "uq_imports_unfinished",
        "imports",
        ["kind"],
        unique=True,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _partial(name: str, table: str, columns: list[str], condition: str) -> None:
    op.create_index(
        name,
        table,
        columns,
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )
