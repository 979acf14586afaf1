"""Lists and searches of the staff console, in SQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, exists, func, or_, select
from sqlalchemy.orm import Session

from bot.messages import Author, DeliveryState
from bot.ports_console import (
    AuditFilter,
    AuditLine,
    BorrowerHit,
    ContactPoint,
    DecisionFilter,
    DecisionLine,
    Health,
    OfferLine,
)
from lending.ids import BorrowerId, ConversationId, MessageId
from lending.plan_records import KeptOffer, OfferState, Plan
from store.repositories_plans import SqlPlanBooks, read_offer
from store.repositories_reports import SqlReports
from store.tables import (
    AccountRow,
    AuditRow,
    BorrowerRow,
    ContactDecisionRow,
    ContactPointRow,
    ConversationRow,
    EscalationRow,
    FeedRow,
    MessageRow,
    PlanOfferRow,
    PlanRow,
)

_OPEN_TEXT = 200
"""How much of a message a list shows."""


class SqlConsoleReads(SqlReports):
    """Implements `bot.ports_console.ConsoleReads`."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)

    def find_borrowers(self, text: str, limit: int) -> tuple[BorrowerHit, ...]:
        accounts = (
            select(func.count())
            .select_from(AccountRow)
            .where(AccountRow.borrower_id == BorrowerRow.id)
            .scalar_subquery()
        )
        chats = (
            select(func.count())
            .select_from(ConversationRow)
            .where(ConversationRow.borrower_id == BorrowerRow.id)
            .scalar_subquery()
        )
        last = (
            select(func.max(ConversationRow.last_inbound_at))
            .where(ConversationRow.borrower_id == BorrowerRow.id)
            .scalar_subquery()
        )
        query = select(BorrowerRow, accounts, chats, last).order_by(BorrowerRow.reference)
        wanted = text.strip()
        if wanted:
            query = query.where(_is_called(wanted))
        return tuple(
            BorrowerHit(
                id=BorrowerId(row.id),
                reference=row.reference,
                full_name=row.full_name,
                country=row.country,
                language=row.language,
                accounts=account_count,
                conversations=chat_count,
                last_inbound_at=last_at,
            )
            for row, account_count, chat_count, last_at in self._session.execute(query.limit(limit))
        )

    def contact_points(self, borrower_id: BorrowerId) -> tuple[ContactPoint, ...]:
        row = ContactPointRow
        query = select(row).where(row.borrower_id == borrower_id).order_by(row.kind, row.id)
        return tuple(_point(found) for found in self._session.scalars(query))

    def contact_point(self, point_id: int) -> tuple[BorrowerId, ContactPoint] | None:
        found = self._session.get(ContactPointRow, point_id)
        return None if found is None else (BorrowerId(found.borrower_id), _point(found))

    def decision_lines(self, wanted: DecisionFilter) -> tuple[DecisionLine, ...]:
        row = ContactDecisionRow
        query = (
            select(
                row.id,
                row.at,
                row.conversation_id,
                row.borrower_id,
                BorrowerRow.full_name,
                BorrowerRow.reference,
                row.channel,
                row.purpose,
                row.outcome,
                row.rules,
                row.until,
                row.gate_version,
                row.message_id,
                MessageRow.author,
                MessageRow.delivery,
                MessageRow.text,
            )
            .outerjoin(BorrowerRow, BorrowerRow.id == row.borrower_id)
            .outerjoin(MessageRow, MessageRow.id == row.message_id)
            .where(*_decision_conditions(wanted))
            .order_by(row.id.desc())
            .limit(wanted.limit)
        )
        return tuple(
            DecisionLine(
                id=found.id,
                at=found.at,
                conversation_id=found.conversation_id and ConversationId(found.conversation_id),
                borrower_id=found.borrower_id and BorrowerId(found.borrower_id),
                borrower_name=found.full_name,
                borrower_reference=found.reference,
                channel=found.channel,
                purpose=found.purpose,
                outcome=found.outcome,
                rules=tuple(found.rules),
                until=found.until,
                version=found.gate_version,
                message_id=found.message_id and MessageId(found.message_id),
                author=found.author,
                delivery=found.delivery,
                text=found.text and found.text[:_OPEN_TEXT],
            )
            for found in self._session.execute(query)
        )

    def offers(self, states: tuple[OfferState, ...], limit: int) -> tuple[OfferLine, ...]:
        query = _offer_lines().where(PlanOfferRow.state.in_([state.value for state in states]))
        query = query.order_by(PlanOfferRow.shown_at, PlanOfferRow.id).limit(limit)
        return tuple(_offer_line(found) for found in self._session.execute(query))

    def offer(self, offer_id: str) -> OfferLine | None:
        found = self._session.execute(_offer_lines().where(PlanOfferRow.id == offer_id)).first()
        return None if found is None else _offer_line(found)

    def offers_of(self, borrower_id: BorrowerId) -> tuple[KeptOffer, ...]:
        return SqlPlanBooks(self._session).offers_of(borrower_id)

    def plans_of(self, borrower_id: BorrowerId) -> tuple[Plan, ...]:
        return SqlPlanBooks(self._session)._plans(PlanRow.borrower_id == borrower_id)

    def audit_lines(self, wanted: AuditFilter) -> tuple[AuditLine, ...]:
        row = AuditRow
        conditions: list[ColumnElement[bool]] = []
        if wanted.actor:
            conditions.append(row.actor == wanted.actor)
        if wanted.event:
            conditions.append(row.event.startswith(wanted.event, autoescape=True))
        if wanted.subject:
            conditions.append(row.subject == wanted.subject)
        if wanted.before is not None:
            conditions.append(row.id < wanted.before)
        query = select(row).where(*conditions).order_by(row.id.desc()).limit(wanted.limit)
        return tuple(
            AuditLine(
                id=found.id,
                at=found.at,
                actor=found.actor,
                event=found.event,
                subject=found.subject,
                details=found.details,
                hash=found.hash,
            )
            for found in self._session.scalars(query)
        )

    def health(self, now: datetime) -> Health:
        unhandled = (MessageRow.author == Author.BORROWER.value, MessageRow.handled_at.is_(None))
        day_ago = now - timedelta(days=1)
        failed = (MessageRow.delivery == DeliveryState.FAILED.value, MessageRow.at >= day_ago)
        feeds = self._session.execute(
            select(FeedRow.name, FeedRow.watermark).order_by(FeedRow.name)
        )
        return Health(
            unhandled=self._count(MessageRow, *unhandled),
            unconfirmed=self._count(
                MessageRow, MessageRow.delivery == DeliveryState.UNCONFIRMED.value
            ),
            failed_last_day=self._count(MessageRow, *failed),
            open_escalations=self._count(EscalationRow, EscalationRow.resolved_at.is_(None)),
            oldest_unhandled_at=self._session.scalar(
                select(func.min(MessageRow.at)).where(*unhandled)
            ),
            feeds=tuple((name, watermark) for name, watermark in feeds),
            audit_rows=self._count(AuditRow),
            borrowers=self._count(BorrowerRow),
            accounts=self._count(AccountRow),
        )

    def _count(self, table: Any, *conditions: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(table).where(*conditions)
        return self._session.scalar(query) or 0


def _is_called(text: str) -> ColumnElement[bool]:
    account = exists().where(
        AccountRow.borrower_id == BorrowerRow.id,
        AccountRow.reference.istartswith(text, autoescape=True),
    )
    return or_(
        BorrowerRow.full_name.icontains(text, autoescape=True),
        BorrowerRow.reference.istartswith(text, autoescape=True),
        account,
    )


def _decision_conditions(wanted: DecisionFilter) -> list[ColumnElement[bool]]:
    row = ContactDecisionRow
    conditions: list[ColumnElement[bool]] = []
    if wanted.borrower_id is not None:
        conditions.append(row.borrower_id == wanted.borrower_id)
    if wanted.conversation_id is not None:
        conditions.append(row.conversation_id == wanted.conversation_id)
    if wanted.outcome:
        conditions.append(row.outcome == wanted.outcome)
    if wanted.purpose:
        conditions.append(row.purpose == wanted.purpose)
    if wanted.rule:
        # Rules are a JSON list of plain codes; a code stands in it between quotation marks.
        quoted = f'"{wanted.rule}"'
        conditions.append(cast(row.rules, String).contains(quoted, autoescape=True))
    if wanted.since is not None:
        conditions.append(row.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(row.at < wanted.until)
    if wanted.before is not None:
        conditions.append(row.id < wanted.before)
    return conditions


def _offer_lines() -> Select[Any]:
    latest = (
        select(ConversationRow.id)
        .where(ConversationRow.borrower_id == PlanOfferRow.borrower_id)
        .order_by(ConversationRow.last_inbound_at.desc(), ConversationRow.id)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            PlanOfferRow,
            BorrowerRow.full_name,
            BorrowerRow.reference,
            AccountRow.reference.label("account"),
            latest.label("chat"),
        )
        .join(BorrowerRow, BorrowerRow.id == PlanOfferRow.borrower_id)
        .join(AccountRow, AccountRow.id == PlanOfferRow.account_id)
    )


def _offer_line(found: Any) -> OfferLine:
    row, name, reference, account, chat = found
    return OfferLine(
        kept=read_offer(row),
        borrower_name=name,
        borrower_reference=reference,
        account_reference=account,
        conversation_id=None if chat is None else ConversationId(chat),
    )


def _point(row: ContactPointRow) -> ContactPoint:
    return ContactPoint(
        id=row.id,
        kind=row.kind,
        value=row.value,
        verified_at=row.verified_at,
        reachable=row.reachable,
    )
