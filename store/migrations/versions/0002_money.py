"""The money: postings from which the ledger is derived, holds, promises."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
ENTRY_KINDS = (
    "disbursement purchase repayment interest fee penalty waiver capitalisation reversal"
    " chargeback refund write_off recovery"
)
HOLD_KINDS = (
    "hardship_request plan_pending open_promise dispute complaint vulnerable breathing_space"
    " bankruptcy represented deceased cease_contact wrong_person payment_pending feed_stale plan"
)


def upgrade() -> None:
    op.add_column(
        "ledger_entries",
        sa.Column("origin", sa.String(128), nullable=False, server_default=sa.text("''")),
    )
    op.add_column("schedules", sa.Column("from_on", sa.Date(), nullable=True))
    op.create_index(
        op.f("uq_ledger_entries_reverses_origin"),
        "ledger_entries",
        ["reverses", "origin"],
        unique=True,
    )
    _postings()
    _holds()
    _promises()


def downgrade() -> None:
    for table in ("promises", "holds", "postings"):
        op.drop_table(table)
    op.drop_index(op.f("uq_ledger_entries_reverses_origin"), "ledger_entries")
    op.drop_column("schedules", "from_on")
    op.drop_column("ledger_entries", "origin")


def _postings() -> None:
    op.create_table(
        "postings",
        sa.Column("id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("booked_at", INSTANT, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("split", DOCUMENT, nullable=True),
        sa.Column("reverses", sa.String(128), nullable=True),
        sa.Column("payment_id", KEY, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        _to_account("postings"),
        _to("postings", "payment_id", "payments.id"),
        sa.UniqueConstraint("account_id", "key", name=op.f("uq_postings_account_id_key")),
        _one_of("postings", "kind", ENTRY_KINDS),
        _check("postings", "amount", "amount_minor > 0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postings")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_postings_payment_id"), "postings", ["payment_id"])
    _refuse_changes("postings")


def _holds() -> None:
    op.create_table(
        "holds",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("borrower_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("suspends", DOCUMENT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        _to("holds", "borrower_id", "borrowers.id"),
        _to("holds", "account_id", "accounts.id"),
        _one_of("holds", "kind", HOLD_KINDS),
        _check("holds", "until_on", "until_on IS NULL OR until_on >= from_on"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(op.f("ix_holds_borrower_id"), "holds", ["borrower_id"])
    op.create_index(op.f("ix_holds_account_id"), "holds", ["account_id"])


def _promises() -> None:
    op.create_table(
        "promises",
        sa.Column("id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("cancelled_at", INSTANT, nullable=True),
        _to_account("promises"),
        _check("promises", "amounts", "amount_minor > 0 AND grace_days >= 0"),
        _check("promises", "due_on", "due_on >= made_on"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
    )
    op.create_index(op.f("ix_promises_account_id"), "promises", ["account_id"])


def _refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION tideover_append_only()"
    )


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _to_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id", "currency"],
        ["accounts.id", "accounts.currency"],
        name=op.f(f"fk_{table}_account_id_currency"),
    )


def _one_of(table: str, column: str, values: str) -> sa.CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in values.split())
    return _check(table, column, f"{column} IN ({allowed})")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
