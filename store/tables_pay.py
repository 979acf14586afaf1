"""Payments begun in a chat: orders, what their providers told, news, claims, autopay mandates."""

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
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from lending.pay_orders import Heard, OrderState, PayChoice
from lending.pay_ports import NewsKind, ReportState
from lending.payment_claims import ClaimState
from store.base import Base
from store.columns import FreeJson, FreeText, Key, UtcInstant, one_of


class PayOrderRow(Base):
    """One payment that was asked for. `id` goes to the provider and comes back with its reports."""

    __tablename__ = "pay_orders"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    account_id: Mapped[int] = mapped_column(Key, index=True)
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    choice: Mapped[str] = mapped_column(String(16))
    provider: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(16))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    state: Mapped[str] = mapped_column(String(16))
    session_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    url: Mapped[str | None] = mapped_column(Text)
    payment_ref: Mapped[str | None] = mapped_column(String(255), index=True)
    paid_minor: Mapped[int] = mapped_column(BigInteger)
    refunded_minor: Mapped[int] = mapped_column(BigInteger)
    taken_back_minor: Mapped[int] = mapped_column(BigInteger)
    pieces: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    expires_at: Mapped[datetime] = mapped_column(UtcInstant)
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "currency"], ["accounts.id", "accounts.currency"]),
        one_of("choice", PayChoice),
        one_of("state", OrderState),
        CheckConstraint(
            "amount_minor > 0 AND paid_minor >= 0 AND refunded_minor >= 0"
            " AND taken_back_minor >= 0 AND pieces >= 0",
            name="amounts",
        ),
    )


class PayReportRow(Base):
    """A report of a provider, by its own key: the same key is heard once."""

    __tablename__ = "pay_reports"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    provider: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcInstant)
    heard_at: Mapped[datetime] = mapped_column(UtcInstant)
    order_id: Mapped[str | None] = mapped_column(ForeignKey("pay_orders.id"), index=True)
    session_id: Mapped[str | None] = mapped_column(String(255))
    payment_ref: Mapped[str | None] = mapped_column(String(255), index=True)
    currency: Mapped[str | None] = mapped_column(String(3))
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16), index=True)
    note: Mapped[str] = mapped_column(FreeText)

    __table_args__ = (
        UniqueConstraint("provider", "key"),
        one_of("kind", Heard),
        one_of("state", ReportState),
        CheckConstraint("(currency IS NULL) = (amount_minor IS NULL)", name="amount"),
    )


class PayNewsRow(Base):
    """What a borrower is to be told once; `told_at` is set before it is sent."""

    __tablename__ = "pay_news"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(64))
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    order_id: Mapped[str | None] = mapped_column(ForeignKey("pay_orders.id"))
    data: Mapped[dict[str, Any]] = mapped_column(FreeJson)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    next_try_at: Mapped[datetime] = mapped_column(UtcInstant)
    tries: Mapped[int]
    told_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        one_of("kind", NewsKind),
        CheckConstraint("tries >= 0", name="tries"),
        Index(
            "ix_pay_news_due",
            "next_try_at",
            sqlite_where=told_at.is_(None),
            postgresql_where=told_at.is_(None),
        ),
    )


class PaymentClaimRow(Base):
    """A payment that a borrower says was made and that we do not see."""

    __tablename__ = "payment_claims"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    account_id: Mapped[int] = mapped_column(Key, index=True)
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    paid_on: Mapped[date]
    opened_at: Mapped[datetime] = mapped_column(UtcInstant)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    state: Mapped[str] = mapped_column(String(16), index=True)
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("holds.id"))
    until_on: Mapped[date | None]
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"), unique=True)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "currency"], ["accounts.id", "accounts.currency"]),
        one_of("state", ClaimState),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("(state = 'matched') = (payment_id IS NOT NULL)", name="payment"),
    )


class AutopayMandateRow(Base):
    """A consent to autopay in the very words agreed to; revoked, never changed."""

    __tablename__ = "autopay_mandates"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    consent: Mapped[str] = mapped_column(FreeText)
    language: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(16))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    given_at: Mapped[datetime] = mapped_column(UtcInstant)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    revoked_via: Mapped[str | None] = mapped_column(String(16))

    __table_args__ = (
        CheckConstraint("(revoked_at IS NULL) = (revoked_via IS NULL)", name="revoked"),
        Index(
            "uq_autopay_mandates_in_force",
            "account_id",
            unique=True,
            sqlite_where=revoked_at.is_(None),
            postgresql_where=revoked_at.is_(None),
        ),
    )
