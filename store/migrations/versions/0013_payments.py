"""Payments begun in a chat: orders, reports of providers, news, claims, autopay mandates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
TABLES = ("autopay_mandates", "payment_claims", "pay_news", "pay_reports", "pay_orders")


def upgrade() -> None:
    _orders()
    _reports()
    _news()
    _claims()
    _mandates()


def _orders() -> None:
    name = "pay_orders"
    op.create_table(
        name,
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("borrower_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("choice", sa.String(16), nullable=False),
        sa.Column("provider", sa.String(16), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=True),
        sa.Column("asked_by", KEY, nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("session_id", sa.String(255), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("payment_ref", sa.String(255), nullable=True),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("taken_back_minor", sa.BigInteger(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        _to(name, "borrower_id", "borrowers.id"),
        _to(name, "conversation_id", "conversations.id"),
        _to(name, "asked_by", "messages.id"),
        _to_account(name),
        _one_of(name, "choice", "overdue next full other"),
        _one_of(name, "state", "open pending failed expired paid"),
        _check(
            name,
            "amounts",
            "amount_minor > 0 AND paid_minor >= 0 AND refunded_minor >= 0"
            " AND taken_back_minor >= 0 AND pieces >= 0",
        ),
        sa.UniqueConstraint("session_id", name=op.f("uq_pay_orders_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_orders")),
    )
    _indexes(name, "borrower_id", "account_id", "payment_ref")


def _reports() -> None:
    name = "pay_reports"
    op.create_table(
        name,
        sa.Column("id", KEY, nullable=False),
        sa.Column("provider", sa.String(16), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("heard_at", INSTANT, nullable=False),
        sa.Column("order_id", sa.String(32), nullable=True),
        sa.Column("session_id", sa.String(255), nullable=True),
        sa.Column("payment_ref", sa.String(255), nullable=True),
        sa.Column("currency", sa.String(3), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        _to(name, "order_id", "pay_orders.id"),
        _one_of(name, "kind", "processing paid failed expired refunded disputed"),
        _one_of(name, "state", "done waiting stuck"),
        _check(name, "amount", "(currency IS NULL) = (amount_minor IS NULL)"),
        sa.UniqueConstraint("provider", "key", name=op.f("uq_pay_reports_provider_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_reports")),
    )
    _indexes(name, "order_id", "payment_ref", "state")


def _news() -> None:
    name = "pay_news"
    op.create_table(
        name,
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("borrower_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=True),
        sa.Column("order_id", sa.String(32), nullable=True),
        sa.Column("data", DOCUMENT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("next_try_at", INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("told_at", INSTANT, nullable=True),
        _to(name, "borrower_id", "borrowers.id"),
        _to(name, "account_id", "accounts.id"),
        _to(name, "conversation_id", "conversations.id"),
        _to(name, "order_id", "pay_orders.id"),
        _one_of(name, "kind", "receipt pending failed refunded claim_matched claim_expired"),
        _check(name, "tries", "tries >= 0"),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_pay_news_kind_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_news")),
    )
    _indexes(name, "borrower_id")
    _partial("ix_pay_news_due", name, "next_try_at", "told_at IS NULL", unique=False)


def _claims() -> None:
    name = "payment_claims"
    op.create_table(
        name,
        sa.Column("id", KEY, nullable=False),
        sa.Column("borrower_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("hold_id", KEY, nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("payment_id", KEY, nullable=True),
        sa.Column("resolved_at", INSTANT, nullable=True),
        _to(name, "borrower_id", "borrowers.id"),
        _to(name, "conversation_id", "conversations.id"),
        _to(name, "hold_id", "holds.id"),
        _to(name, "payment_id", "payments.id"),
        _to_account(name),
        _one_of(name, "state", "open matched expired"),
        _check(name, "amount", "amount_minor > 0"),
        _check(name, "payment", "(state = 'matched') = (payment_id IS NOT NULL)"),
        sa.UniqueConstraint("payment_id", name=op.f("uq_payment_claims_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_claims")),
    )
    _indexes(name, "borrower_id", "account_id", "state")


def _mandates() -> None:
    name = "autopay_mandates"
    op.create_table(
        name,
        sa.Column("id", KEY, nullable=False),
        sa.Column("borrower_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=True),
        sa.Column("given_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("revoked_via", sa.String(16), nullable=True),
        _to(name, "borrower_id", "borrowers.id"),
        _to(name, "account_id", "accounts.id"),
        _to(name, "conversation_id", "conversations.id"),
        _check(name, "revoked", "(revoked_at IS NULL) = (revoked_via IS NULL)"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_autopay_mandates")),
    )
    _indexes(name, "borrower_id")
    _partial("uq_autopay_mandates_in_force", name, "account_id", "revoked_at IS NULL", unique=True)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _to_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id", "currency"],
        ["accounts.id", "accounts.currency"],
        name=op.f(f"fk_{table}_account_id_currency"),
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _one_of(table: str, column: str, words: str) -> sa.CheckConstraint:
    allowed = ", ".join(f"'{word}'" for word in words.split())
    return _check(table, column, f"{column} IN ({allowed})")


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _partial(name: str, table: str, column: str, where: str, *, unique: bool) -> None:
    op.create_index(
        op.f(name),
        table,
        [column],
        unique=unique,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
