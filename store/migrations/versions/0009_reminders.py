"""Reminders: what is planned and what became of it, shared pace, contacts by staff."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
STATES = (
    "awaiting planned claimed sending sent unconfirmed failed dead blocked cancelled superseded"
)
MONEY_IN = sa.text("kind IN ('repayment', 'waiver', 'reversal')")
TO_SUM = sa.text("principal_to_date_minor IS NULL")


def upgrade() -> None:
    _reminders()
    op.create_table(
        "send_slots",
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("next_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_send_slots")),
    )
    op.create_table(
        "contact_habits",
        sa.Column("borrower_id", KEY, nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("last_message_id", KEY, nullable=False),
        _to("contact_habits", "borrower_id", "borrowers.id"),
        _check("contact_habits", "minute", "minute >= 0 AND minute < 1440"),
        sa.PrimaryKeyConstraint("borrower_id", name=op.f("pk_contact_habits")),
    )
    op.create_table(
        "delivery_reports",
        sa.Column("id", KEY, nullable=False),
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        _to("delivery_reports", "message_id", "messages.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_reports")),
        sa.UniqueConstraint(
            "message_id", "status", name=op.f("uq_delivery_reports_message_id_status")
        ),
    )
    op.create_table(
        "staff_contacts",
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("borrower_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("staff", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        _to("staff_contacts", "message_id", "messages.id"),
        _to("staff_contacts", "borrower_id", "borrowers.id"),
        _to("staff_contacts", "account_id", "accounts.id"),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_staff_contacts")),
    )
    op.create_index(op.f("ix_staff_contacts_borrower_id"), "staff_contacts", ["borrower_id"])
    _sums()


def _reminders() -> None:
    op.create_table(
        "reminders",
        sa.Column("id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("borrower_id", KEY, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(32), nullable=False),
        sa.Column("offset_days", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("strategy", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("send_at", INSTANT, nullable=False),
        sa.Column("claim", sa.String(64), nullable=True),
        sa.Column("claimed_until", INSTANT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(16), nullable=True),
        sa.Column("message_id", KEY, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("changed_at", INSTANT, nullable=False),
        _to("reminders", "account_id", "accounts.id"),
        _to("reminders", "borrower_id", "borrowers.id"),
        _to("reminders", "message_id", "messages.id"),
        _one_of("reminders", "state", STATES),
        _check("reminders", "counts", "attempt >= 1 AND tries >= 0"),
        _check("reminders", "claimed", "state NOT IN ('claimed', 'sending') OR claim IS NOT NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint(
            "account_id",
            "due_on",
            "step",
            "attempt",
            name=op.f("uq_reminders_account_id_due_on_step_attempt"),
        ),
    )
    _partial("ix_reminders_to_send", ["send_at", "id"], "state = 'planned'")
    _partial("ix_reminders_in_hand", ["claimed_until"], "state IN ('claimed', 'sending')")
    _partial(
        "ix_reminders_for_staff", ["state", "id"], "state IN ('dead', 'unconfirmed', 'awaiting')"
    )
    op.create_index(op.f("ix_reminders_borrower_id"), "reminders", ["borrower_id"])
    op.create_index(op.f("ix_reminders_message_id"), "reminders", ["message_id"])


def _sums() -> None:
    """Running sums of a schedule, and the indexes that let one pass find who owes what."""
    op.add_column("instalments", sa.Column("principal_to_date_minor", sa.BigInteger()))
    op.add_column("instalments", sa.Column("interest_to_date_minor", sa.BigInteger()))
    op.create_index(
        op.f("ix_instalments_schedule_id_due_on"), "instalments", ["schedule_id", "due_on"]
    )
    op.create_index(
        "ix_instalments_to_sum",
        "instalments",
        ["schedule_id"],
        sqlite_where=TO_SUM,
        postgresql_where=TO_SUM,
    )
    op.create_index(
        "ix_ledger_entries_money_in",
        "ledger_entries",
        [
            "account_id",
            "effective_on",
            "kind",
            "principal_minor",
            "interest_minor",
            "fee_minor",
            "penalty_minor",
            "credit_minor",
        ],
        sqlite_where=MONEY_IN,
        postgresql_where=MONEY_IN,
    )


def downgrade() -> None:
    op.drop_index("ix_ledger_entries_money_in", "ledger_entries")
    op.drop_index("ix_instalments_to_sum", "instalments")
    op.drop_index(op.f("ix_instalments_schedule_id_due_on"), "instalments")
    for column in ("interest_to_date_minor", "principal_to_date_minor"):
        op.drop_column("instalments", column)
    for table in ("staff_contacts", "delivery_reports", "contact_habits", "send_slots"):
        op.drop_table(table)
    op.drop_table("reminders")


def _partial(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "reminders", columns, sqlite_where=condition, postgresql_where=condition)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _one_of(table: str, column: str, values: str) -> sa.CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in values.split())
    return _check(table, column, f"{column} IN ({allowed})")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
