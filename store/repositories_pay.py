"""Payments begun in a chat, in SQL; see lending/pay_ports.py for what each promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lending.ids import AccountId, BorrowerId, ConversationId, MessageId, PaymentId
from lending.mandates import Mandate
from lending.money import Money
from lending.pay_orders import UNDER_WAY, Heard, OrderState, PayChoice, PayEvent, PayOrder
from lending.pay_ports import News, NewsKind, ReportState
from lending.payment_claims import Claim, ClaimState
from store.insert import insert_or_skip
from store.tables_lending import PaymentRow
from store.tables_pay import (
    AutopayMandateRow,
    PaymentClaimRow,
    PayNewsRow,
    PayOrderRow,
    PayReportRow,
)

_LONGEST = 255


class SqlPayBook:
    """Implements `lending.pay_ports.PayBook`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # Orders.

    def add_order(self, order: PayOrder) -> None:
        self._session.execute(
            insert(PayOrderRow).values(
                id=order.id,
                borrower_id=order.borrower_id,
                account_id=order.account_id,
                currency=order.amount.currency,
                amount_minor=order.amount.minor,
                choice=order.choice.value,
                provider=order.provider,
                language=order.language,
                conversation_id=order.conversation_id,
                asked_by=order.asked_by,
                created_at=order.created_at,
                **_changing(order, order.created_at),
            )
        )

    def order(self, order_id: str, *, for_update: bool = False) -> PayOrder | None:
        query = select(PayOrderRow).where(PayOrderRow.id == order_id)
        if for_update:
            query = query.with_for_update()
        row = self._session.scalars(query.execution_options(populate_existing=True)).one_or_none()
        return None if row is None else _order(row)

    def find_order(
        self, *, session_id: str | None = None, payment_ref: str | None = None
    ) -> PayOrder | None:
        for column, value in (
            (PayOrderRow.session_id, session_id),
            (PayOrderRow.payment_ref, payment_ref),
        ):
            if value is None:
                continue
            found = self._session.scalars(select(PayOrderRow.id).where(column == value)).first()
            if found is not None:
                return self.order(found, for_update=True)
        return None

    def open_orders(self, account_id: AccountId) -> tuple[PayOrder, ...]:
        row = PayOrderRow
        query = (
            select(row)
            .where(row.account_id == account_id, row.state.in_([s.value for s in UNDER_WAY]))
            .order_by(row.created_at.desc(), row.id)
        )
        return tuple(_order(found) for found in self._session.scalars(query))

    def begun_since(self, account_id: AccountId, since: datetime) -> frozenset[PaymentId]:
        row = PayOrderRow
        query = select(row).where(row.account_id == account_id, row.created_at > since)
        keys = [
            replace(order, pieces=piece).payment_key
            for order in map(_order, self._session.scalars(query))
            for piece in range(1, order.pieces + 1)
        ]
        found = select(PaymentRow.id).where(PaymentRow.external_key.in_(keys))
        return frozenset(PaymentId(number) for number in self._session.scalars(found))

    def save_order(self, order: PayOrder, now: datetime) -> None:
        self._session.execute(
            update(PayOrderRow).where(PayOrderRow.id == order.id).values(**_changing(order, now))
        )

    # Reports.

    def note_report(
        self, event: PayEvent, *, order_id: str | None, state: ReportState, now: datetime
    ) -> bool:
        values = {
            "provider": event.provider,
            "key": event.key[:_LONGEST],
            "kind": event.kind.value,
            "at": event.at,
            "heard_at": now,
            "order_id": order_id,
            "session_id": event.session_id,
            "payment_ref": event.payment_ref,
            "currency": event.amount.currency if event.amount else None,
            "amount_minor": event.amount.minor if event.amount else None,
            "state": state.value,
            "note": "",
        }
        same = ("provider", "key")
        return insert_or_skip(self._session, PayReportRow, values, unless_same=same) is not None

    def set_report(self, event: PayEvent, state: ReportState, *, note: str = "") -> None:
        row = PayReportRow
        self._session.execute(
            update(row)
            .where(row.provider == event.provider, row.key == event.key[:_LONGEST])
            .values(state=state.value, note=note)
        )

    def reports(
        self, state: ReportState, limit: int, *, payment_ref: str | None = None
    ) -> tuple[PayEvent, ...]:
        row = PayReportRow
        query = select(row).where(row.state == state.value).order_by(row.id).limit(limit)
        if payment_ref is not None:
            query = query.where(row.payment_ref == payment_ref)
        return tuple(_report(found) for found in self._session.scalars(query))

    # News.

    def add_news(self, news: News) -> bool:
        values = {
            "kind": news.kind.value,
            "subject": news.subject,
            "borrower_id": news.borrower_id,
            "account_id": news.account_id,
            "conversation_id": news.conversation_id,
            "order_id": news.order_id,
            "data": dict(news.data),
            "created_at": news.created_at,
            "next_try_at": news.next_try_at,
            "tries": 0,
            "told_at": None,
        }
        same = ("kind", "subject")
        return insert_or_skip(self._session, PayNewsRow, values, unless_same=same) is not None

    def due_news(self, now: datetime, limit: int) -> tuple[News, ...]:
        row = PayNewsRow
        query = (
            select(row)
            .where(row.told_at.is_(None), row.next_try_at <= now)
            .order_by(row.next_try_at, row.id)
            .limit(limit)
        )
        return tuple(_news(found) for found in self._session.scalars(query))

    def claim_news(self, news_id: int, now: datetime) -> bool:
        row = PayNewsRow
        changed = self._session.execute(
            update(row)
            .where(row.id == news_id, row.told_at.is_(None))
            .values(told_at=now)
            .returning(row.id)
        )
        return changed.one_or_none() is not None

    def give_back_news(self, news_id: int, *, next_try_at: datetime) -> None:
        row = PayNewsRow
        self._session.execute(
            update(row)
            .where(row.id == news_id)
            .values(told_at=None, next_try_at=next_try_at, tries=row.tries + 1)
        )

    # Claims.

    def add_claim(self, claim: Claim) -> Claim:
        new_id: int = self._session.execute(
            insert(PaymentClaimRow)
            .values(
                borrower_id=claim.borrower_id,
                account_id=claim.account_id,
                currency=claim.amount.currency,
                amount_minor=claim.amount.minor,
                paid_on=claim.paid_on,
                opened_at=claim.opened_at,
                conversation_id=claim.conversation_id,
                state=claim.state.value,
                hold_id=claim.hold_id,
                until_on=claim.until_on,
                payment_id=claim.payment_id,
                resolved_at=claim.resolved_at,
            )
            .returning(PaymentClaimRow.id)
        ).scalar_one()
        return replace(claim, id=new_id)

    def claims_of(self, borrower_id: BorrowerId) -> tuple[Claim, ...]:
        row = PaymentClaimRow
        query = select(row).where(row.borrower_id == borrower_id).order_by(row.id)
        return tuple(_claim(found) for found in self._session.scalars(query))

    def unmatched_claims(self, limit: int, *, after: int = 0) -> tuple[Claim, ...]:
        row = PaymentClaimRow
        query = (
            select(row)
            .where(row.id > after, row.state != ClaimState.MATCHED.value)
            .order_by(row.id)
            .limit(limit)
        )
        return tuple(_claim(found) for found in self._session.scalars(query))

    def save_claim(self, claim: Claim) -> None:
        self._session.execute(
            update(PaymentClaimRow)
            .where(PaymentClaimRow.id == claim.id)
            .values(
                state=claim.state.value,
                payment_id=claim.payment_id,
                resolved_at=claim.resolved_at,
                until_on=claim.until_on,
            )
        )

    # Mandates.

    def add_mandate(self, mandate: Mandate) -> Mandate | None:
        new_id = insert_or_skip(
            self._session,
            AutopayMandateRow,
            {
                "borrower_id": mandate.borrower_id,
                "account_id": mandate.account_id,
                "consent": mandate.consent,
                "language": mandate.language,
                "source": mandate.source,
                "conversation_id": mandate.conversation_id,
                "given_at": mandate.given_at,
                "revoked_at": None,
                "revoked_via": None,
            },
            unless_same=("account_id",),
            where=AutopayMandateRow.revoked_at.is_(None),
        )
        return None if new_id is None else replace(mandate, id=new_id)

    def mandates_of(self, borrower_id: BorrowerId) -> tuple[Mandate, ...]:
        row = AutopayMandateRow
        query = select(row).where(row.borrower_id == borrower_id).order_by(row.id)
        return tuple(_mandate(found) for found in self._session.scalars(query))

    def revoke_mandate(self, mandate_id: int, *, at: datetime, via: str) -> bool:
        row = AutopayMandateRow
        changed = self._session.execute(
            update(row)
            .where(row.id == mandate_id, row.revoked_at.is_(None))
            .values(revoked_at=at, revoked_via=via)
            .returning(row.id)
        )
        return changed.one_or_none() is not None


def _changing(order: PayOrder, now: datetime) -> dict[str, Any]:
    return {
        "state": order.state.value,
        "session_id": order.session_id,
        "url": order.url,
        "payment_ref": order.payment_ref,
        "paid_minor": order.paid_minor,
        "refunded_minor": order.refunded_minor,
        "taken_back_minor": order.taken_back_minor,
        "pieces": order.pieces,
        "expires_at": order.expires_at,
        "changed_at": now,
    }


def _order(row: PayOrderRow) -> PayOrder:
    return PayOrder(
        id=row.id,
        borrower_id=BorrowerId(row.borrower_id),
        account_id=AccountId(row.account_id),
        amount=Money(row.amount_minor, row.currency),
        choice=PayChoice(row.choice),
        provider=row.provider,
        language=row.language,
        created_at=row.created_at,
        expires_at=row.expires_at,
        conversation_id=_chat(row.conversation_id),
        asked_by=None if row.asked_by is None else MessageId(row.asked_by),
        state=OrderState(row.state),
        session_id=row.session_id,
        url=row.url,
        payment_ref=row.payment_ref,
        paid_minor=row.paid_minor,
        refunded_minor=row.refunded_minor,
        taken_back_minor=row.taken_back_minor,
        pieces=row.pieces,
    )


def _report(row: PayReportRow) -> PayEvent:
    amount = None
    if row.amount_minor is not None and row.currency is not None:
        amount = Money(row.amount_minor, row.currency)
    return PayEvent(
        provider=row.provider,
        key=row.key,
        kind=Heard(row.kind),
        at=row.at,
        amount=amount,
        order_id=row.order_id,
        session_id=row.session_id,
        payment_ref=row.payment_ref,
    )


def _news(row: PayNewsRow) -> News:
    return News(
        id=row.id,
        kind=NewsKind(row.kind),
        subject=row.subject,
        borrower_id=BorrowerId(row.borrower_id),
        account_id=AccountId(row.account_id),
        created_at=row.created_at,
        next_try_at=row.next_try_at,
        conversation_id=_chat(row.conversation_id),
        order_id=row.order_id,
        data=row.data,
        tries=row.tries,
    )


def _claim(row: PaymentClaimRow) -> Claim:
    return Claim(
        id=row.id,
        borrower_id=BorrowerId(row.borrower_id),
        account_id=AccountId(row.account_id),
        amount=Money(row.amount_minor, row.currency),
        paid_on=row.paid_on,
        opened_at=row.opened_at,
        conversation_id=_chat(row.conversation_id),
        state=ClaimState(row.state),
        hold_id=row.hold_id,
        until_on=row.until_on,
        payment_id=None if row.payment_id is None else PaymentId(row.payment_id),
        resolved_at=row.resolved_at,
    )


def _mandate(row: AutopayMandateRow) -> Mandate:
    return Mandate(
        id=row.id,
        borrower_id=BorrowerId(row.borrower_id),
        account_id=AccountId(row.account_id),
        consent=row.consent,
        language=row.language,
        source=row.source,
        given_at=row.given_at,
        conversation_id=_chat(row.conversation_id),
        revoked_at=row.revoked_at,
        revoked_via=row.revoked_via,
    )


def _chat(value: str | None) -> ConversationId | None:
    return None if value is None else ConversationId(value)
