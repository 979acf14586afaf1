"""Borrowers, accounts and the money. Amounts are minor units of the currency on the same row."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from lending.accounts import AccountStatus, EntryKind, PaymentStatus, Product
from lending.holds import HoldKind
from store.base import Base
from store.columns import (
    BlindIndex,
    FreeJson,
    FreeText,
    Key,
    Sealed,
    UtcInstant,
    currency_check,
    one_of,
)

MONEY_IN = ("repayment", "waiver", "reversal")
"""The kinds of entry that pay something, or take a payment back."""

CONTACT_KINDS = ("telegram", "phone", "email", "web")


class BorrowerRow(Base):
    __tablename__ = "borrowers"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    reference: Mapped[str] = mapped_column(String(64), unique=True)
    full_name: Mapped[str] = mapped_column(FreeText)
    given_name: Mapped[str] = mapped_column(FreeText)
    language: Mapped[str] = mapped_column(String(16))
    timezone: Mapped[str] = mapped_column(String(64))
    jurisdiction: Mapped[str] = mapped_column(String(16))
    country: Mapped[str] = mapped_column(String(2))
    second_fact_kind: Mapped[str | None] = mapped_column(String(32))
    second_fact_digest: Mapped[str | None] = mapped_column(String(128))

    __table_args__ = (
        CheckConstraint(
            "(second_fact_kind IS NULL) = (second_fact_digest IS NULL)", name="second_fact"
        ),
    )


class ContactPointRow(Base):
    """A way to reach a borrower. One value may belong to several (a shared family phone).

    `value` is sealed; `value_index`, given the same text, is what it is found by.
    """

    __tablename__ = "contact_points"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"))
    kind: Mapped[str] = mapped_column(String(16))
    value: Mapped[str] = mapped_column(Sealed)
    value_index: Mapped[str] = mapped_column(BlindIndex)
    verified_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    reachable: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (
        UniqueConstraint("borrower_id", "kind", "value_index"),
        Index(None, "kind", "value_index"),
        one_of("kind", CONTACT_KINDS),
    )


class AccountRow(Base):
    """`terms` is JSON with its own version; store/terms.py reads and writes it."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    reference: Mapped[str] = mapped_column(String(64), unique=True)
    product: Mapped[str] = mapped_column(String(32))
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(16))
    opened_on: Mapped[date]
    terms: Mapped[dict[str, Any]] = mapped_column(FreeJson)

    __table_args__ = (
        # The target of the composite keys below: money on an account is in its currency.
        UniqueConstraint("id", "currency"),
        one_of("product", Product),
        one_of("status", AccountStatus),
        currency_check(),
    )


class ScheduleRow(Base):
    __tablename__ = "schedules"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    version: Mapped[int]
    reason: Mapped[str] = mapped_column(FreeText)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    from_on: Mapped[date | None]

    __table_args__ = (
        UniqueConstraint("account_id", "version"),
        CheckConstraint("version >= 1", name="version"),
    )


class InstalmentRow(Base):
    __tablename__ = "instalments"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("schedules.id"))
    number: Mapped[int]
    due_on: Mapped[date]
    currency: Mapped[str] = mapped_column(String(3))
    principal_minor: Mapped[int] = mapped_column(BigInteger)
    interest_minor: Mapped[int] = mapped_column(BigInteger)
    # What the rows of this version up to this one ask for together. Filled in by the planner of
    # reminders, so that one row tells whether it is the oldest that is unpaid.
    principal_to_date_minor: Mapped[int | None] = mapped_column(BigInteger)
    interest_to_date_minor: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        UniqueConstraint("schedule_id", "number"),
        Index(None, "schedule_id", "due_on"),
        Index(
            "ix_instalments_to_sum",
            "schedule_id",
            sqlite_where=principal_to_date_minor.is_(None),
            postgresql_where=principal_to_date_minor.is_(None),
        ),
        CheckConstraint(
            "number >= 1 AND principal_minor >= 0 AND interest_minor >= 0", name="amounts"
        ),
        currency_check(),
    )


class StatementRow(Base):
    __tablename__ = "statements"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account_id: Mapped[int] = mapped_column(Key)
    number: Mapped[int]
    closed_on: Mapped[date]
    due_on: Mapped[date]
    currency: Mapped[str] = mapped_column(String(3))
    balance_minor: Mapped[int] = mapped_column(BigInteger)
    minimum_due_minor: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "currency"], ["accounts.id", "accounts.currency"]),
        UniqueConstraint("account_id", "number"),
        CheckConstraint("due_on >= closed_on", name="due_on"),
        CheckConstraint("number >= 1 AND minimum_due_minor >= 0", name="amounts"),
    )


class PaymentRow(Base):
    """`external_key` is the payer's or provider's own id: the same key is the same payment."""

    __tablename__ = "payments"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account_id: Mapped[int] = mapped_column(Key, index=True)
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(16))
    method: Mapped[str] = mapped_column(String(32))
    initiated_on: Mapped[date]
    settled_on: Mapped[date | None]
    external_key: Mapped[str] = mapped_column(String(128), unique=True)

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "currency"], ["accounts.id", "accounts.currency"]),
        one_of("status", PaymentStatus),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("status <> 'settled' OR settled_on IS NOT NULL", name="settled_on"),
    )


class LedgerEntryRow(Base):
    """Append-only: triggers of the first migration refuse any other change.

    `origin` is the posting or charge that the row comes from; re-derived rows share it.
    """

    __tablename__ = "ledger_entries"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account_id: Mapped[int] = mapped_column(Key)
    currency: Mapped[str] = mapped_column(String(3))
    kind: Mapped[str] = mapped_column(String(16))
    effective_on: Mapped[date]
    booked_at: Mapped[datetime] = mapped_column(UtcInstant)
    idempotency_key: Mapped[str] = mapped_column(String(160))
    origin: Mapped[str] = mapped_column(String(128), server_default=text("''"))
    principal_minor: Mapped[int] = mapped_column(BigInteger)
    interest_minor: Mapped[int] = mapped_column(BigInteger)
    fee_minor: Mapped[int] = mapped_column(BigInteger)
    penalty_minor: Mapped[int] = mapped_column(BigInteger)
    credit_minor: Mapped[int] = mapped_column(BigInteger)
    reverses: Mapped[int | None] = mapped_column(ForeignKey("ledger_entries.id"))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"), index=True)

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "currency"], ["accounts.id", "accounts.currency"]),
        UniqueConstraint("account_id", "idempotency_key"),
        one_of("kind", EntryKind),
        # What the planner of reminders sums for each account, without reading the table itself.
        Index(
            "ix_ledger_entries_money_in",
            "account_id",
            "effective_on",
            "kind",
            "principal_minor",
            "interest_minor",
            "fee_minor",
            "penalty_minor",
            "credit_minor",
            sqlite_where=kind.in_(MONEY_IN),
            postgresql_where=kind.in_(MONEY_IN),
        ),
        # A row can be taken back by one posting, and cancelled once when the ledger is derived anew.
        Index("uq_ledger_entries_reverses_origin", "reverses", "origin", unique=True),
        CheckConstraint("(kind = 'reversal') = (reverses IS NOT NULL)", name="reverses"),
        {"sqlite_autoincrement": True},
    )


class PostingRow(Base):
    """What the ledger was told from outside; entries are derived from it. Append-only."""

    __tablename__ = "postings"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account_id: Mapped[int] = mapped_column(Key)
    currency: Mapped[str] = mapped_column(String(3))
    key: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(16))
    effective_on: Mapped[date]
    booked_at: Mapped[datetime] = mapped_column(UtcInstant)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    split: Mapped[dict[str, int] | None] = mapped_column(FreeJson)
    reverses: Mapped[str | None] = mapped_column(String(128))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"), index=True)
    note: Mapped[str] = mapped_column(FreeText)

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "currency"], ["accounts.id", "accounts.currency"]),
        UniqueConstraint("account_id", "key"),
        one_of("kind", EntryKind),
        CheckConstraint("amount_minor > 0", name="amount"),
        {"sqlite_autoincrement": True},
    )


class HoldRow(Base):
    """What is suspended over [from_on, until_on); `account_id` NULL holds all accounts."""

    __tablename__ = "holds"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    owner: Mapped[str] = mapped_column(FreeText)
    reason: Mapped[str] = mapped_column(FreeText)
    suspends: Mapped[list[str]] = mapped_column(FreeJson)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        one_of("kind", HoldKind),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="until_on"),
    )


class PromiseRow(Base):
    """A promise to pay; whether it was kept is computed from payments, never stored.

    `passed_on` is what the lender's system and staff were told of it, None until they were.
    """

    __tablename__ = "promises"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account_id: Mapped[int] = mapped_column(Key, index=True)
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    made_on: Mapped[date]
    due_on: Mapped[date]
    grace_days: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    passed_on: Mapped[str | None] = mapped_column(String(16))

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "currency"], ["accounts.id", "accounts.currency"]),
        CheckConstraint("amount_minor > 0 AND grace_days >= 0", name="amounts"),
        CheckConstraint("due_on >= made_on", name="due_on"),
    )


class FeedRow(Base):
    """How far a feed of the lender's system has come; everything before `watermark` is known."""

    __tablename__ = "feeds"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    watermark: Mapped[datetime] = mapped_column(UtcInstant)
