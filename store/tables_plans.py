"""Plans: offers as they were shown, plans that were agreed, their certificates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lending.plan_records import NoticeKind, OfferState, PlanState
from store.base import Base
from store.columns import FreeJson, FreeText, Key, UtcInstant, one_of


class PlanOfferRow(Base):
    """`offer` is what was shown (lending.plan_json) and never changes; `digest` its SHA-256."""

    __tablename__ = "plan_offers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    offer: Mapped[dict[str, Any]] = mapped_column(FreeJson)
    policy: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    shown_at: Mapped[datetime] = mapped_column(UtcInstant)
    expires_at: Mapped[datetime] = mapped_column(UtcInstant)
    state: Mapped[str] = mapped_column(String(16))
    recommended_by: Mapped[str | None] = mapped_column(FreeText)
    approved_by: Mapped[str | None] = mapped_column(FreeText)
    declined_by: Mapped[str | None] = mapped_column(FreeText)
    note: Mapped[str] = mapped_column(FreeText)
    changes: Mapped[str | None] = mapped_column(String(32), index=True)

    __table_args__ = (
        one_of("state", OfferState),
        CheckConstraint(
            "approved_by IS NULL OR recommended_by IS NULL OR approved_by <> recommended_by",
            name="two_people",
        ),
    )


class PlanRow(Base):
    """One row for each plan; its id is that of the offer, so that one offer makes one plan.

    `offer_id` is the offer whose terms count now: another one once the plan was changed.
    """

    __tablename__ = "plans"

    id: Mapped[str] = mapped_column(ForeignKey("plan_offers.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    card_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    policy: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    schedule_version: Mapped[int]
    hold_id: Mapped[int] = mapped_column(ForeignKey("holds.id"))
    moved: Mapped[int]
    offer_id: Mapped[str] = mapped_column(String(32))

    __table_args__ = (
        one_of("state", PlanState),
        CheckConstraint("(state = 'on_track') = (ended_on IS NULL)", name="ended_on"),
        CheckConstraint("moved >= 0", name="moved"),
    )


class PlanCertificateRow(Base):
    """`text` is canonical JSON; its UTF-8 bytes give `sha256`."""

    __tablename__ = "plan_certificates"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    version: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcInstant)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        UniqueConstraint("plan_id", "version"),
        CheckConstraint("version >= 1", name="version"),
    )


class PlanNoticeRow(Base):
    """What a borrower is to be told of an offer or a plan, once; `told_at` is when that began."""

    __tablename__ = "plan_notices"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(32))
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime] = mapped_column(UtcInstant)
    told_at: Mapped[datetime | None] = mapped_column(UtcInstant, index=True)

    __table_args__ = (UniqueConstraint("subject", "kind"), one_of("kind", NoticeKind))
