"""Offers, plans and certificates in SQL, beside the money; `lending.plan_ports` says what each does."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, insert, or_, select, update

from lending.errors import UnknownPosting
from lending.holds import Hold
from lending.ids import AccountId, BorrowerId, PromiseId
from lending.plan_json import offer_from_json, offer_to_json
from lending.plan_records import (
    Certificate,
    KeptOffer,
    NoticeKind,
    OfferState,
    Plan,
    PlanNotice,
    PlanState,
)
from lending.promise_states import PromiseState
from store.insert import insert_or_skip
from store.repositories_accounts import read_hold
from store.repositories_books import SqlBooks
from store.tables import (
    HoldRow,
    PlanCertificateRow,
    PlanNoticeRow,
    PlanOfferRow,
    PlanRow,
    PromiseRow,
)


class SqlPlanBooks(SqlBooks):
    """Implements `lending.plan_ports.PlanBooks`."""

    def add_offer(self, offer: KeptOffer) -> None:
        self._session.execute(
            insert(PlanOfferRow).values(
                id=offer.id,
                account_id=offer.account_id,
                borrower_id=offer.borrower_id,
                offer=offer_to_json(offer.offer),
                policy=offer.policy,
                digest=offer.digest,
                shown_at=offer.shown_at,
                expires_at=offer.expires_at,
                state=offer.state.value,
                recommended_by=offer.recommended_by,
                approved_by=offer.approved_by,
                declined_by=offer.declined_by,
                note=offer.note,
                changes=offer.changes,
            )
        )

    def offer(self, offer_id: str) -> KeptOffer | None:
        row = self._session.scalar(
            select(PlanOfferRow).where(PlanOfferRow.id == offer_id).with_for_update()
        )
        return None if row is None else read_offer(row)

    def offers_in(self, *states: OfferState) -> tuple[KeptOffer, ...]:
        """Those in one of the states, oldest first."""
        found = self._session.scalars(
            select(PlanOfferRow)
            .where(PlanOfferRow.state.in_([state.value for state in states]))
            .order_by(PlanOfferRow.shown_at, PlanOfferRow.id)
        )
        return tuple(read_offer(row) for row in found)

    def offers_of(
        self, borrower_id: BorrowerId, *, since: datetime | None = None
    ) -> tuple[KeptOffer, ...]:
        """All that were shown to a borrower, or those since then; oldest first."""
        wanted = (
            select(PlanOfferRow)
            .where(PlanOfferRow.borrower_id == borrower_id)
            .order_by(PlanOfferRow.shown_at, PlanOfferRow.id)
        )
        if since is not None:
            wanted = wanted.where(PlanOfferRow.shown_at >= since)
        return tuple(read_offer(row) for row in self._session.scalars(wanted))

    def save_offer(self, offer: KeptOffer) -> None:
        self._session.execute(
            update(PlanOfferRow)
            .where(PlanOfferRow.id == offer.id)
            .values(
                state=offer.state.value,
                expires_at=offer.expires_at,
                recommended_by=offer.recommended_by,
                approved_by=offer.approved_by,
                declined_by=offer.declined_by,
                note=offer.note,
            )
        )

    def add_plan(self, plan: Plan) -> None:
        self._session.execute(
            insert(PlanRow).values(
                id=plan.id,
                account_id=plan.account_id,
                borrower_id=plan.borrower_id,
                card_id=plan.card_id,
                policy=plan.policy,
                state=plan.state.value,
                started_on=plan.started_on,
                ended_on=plan.ended_on,
                schedule_version=plan.schedule_version,
                hold_id=plan.hold_id,
                moved=plan.moved,
                offer_id=plan.offer_id,
            )
        )

    def save_plan(self, plan: Plan) -> None:
        self._session.execute(
            update(PlanRow)
            .where(PlanRow.id == plan.id)
            .values(
                state=plan.state.value,
                ended_on=plan.ended_on,
                moved=plan.moved,
                offer_id=plan.offer_id,
                schedule_version=plan.schedule_version,
            )
        )

    def plan(self, plan_id: str) -> Plan | None:
        found = self._plans(PlanRow.id == plan_id)
        return found[0] if found else None

    def plans_of(self, account_id: AccountId) -> tuple[Plan, ...]:
        return self._plans(or_(PlanRow.account_id == account_id, PlanRow.card_id == account_id))

    def plans_in_force(self) -> tuple[Plan, ...]:
        """Every plan that is on track, oldest first."""
        return self._plans(PlanRow.state == PlanState.ON_TRACK.value)

    def promises_to_pass_on(self) -> tuple[tuple[PromiseId, AccountId], ...]:
        waiting = (
            select(PromiseRow.id, PromiseRow.account_id)
            .where(PromiseRow.passed_on.is_(None), PromiseRow.cancelled_at.is_(None))
            .order_by(PromiseRow.id)
        )
        return tuple(
            (PromiseId(promise_id), AccountId(account_id))
            for promise_id, account_id in self._session.execute(waiting)
        )

    def pass_promise_on(self, promise_id: PromiseId, state: PromiseState) -> bool:
        marked = self._session.execute(
            update(PromiseRow)
            .where(PromiseRow.id == promise_id, PromiseRow.passed_on.is_(None))
            .values(passed_on=state.value)
            .returning(PromiseRow.id)
        )
        return marked.scalar() is not None

    def hold(self, hold_id: int) -> Hold:
        row = self._session.get(HoldRow, hold_id)
        if row is None:
            raise UnknownPosting("There is no such hold.", hint="Check its number.")
        return read_hold(row)

    def add_certificate(self, certificate: Certificate) -> None:
        self._session.execute(
            insert(PlanCertificateRow).values(
                plan_id=certificate.plan_id,
                version=certificate.version,
                text=certificate.text,
                sha256=certificate.sha256,
                made_at=certificate.made_at,
                accepted_at=certificate.accepted_at,
            )
        )

    def save_certificate(self, certificate: Certificate) -> None:
        row = PlanCertificateRow
        self._session.execute(
            update(row)
            .where(row.plan_id == certificate.plan_id, row.version == certificate.version)
            .values(accepted_at=certificate.accepted_at)
        )

    def certificates_of(self, plan_id: str) -> tuple[Certificate, ...]:
        row = PlanCertificateRow
        found = self._session.scalars(
            select(row).where(row.plan_id == plan_id).order_by(row.version)
        )
        return tuple(
            Certificate(
                plan_id=one.plan_id,
                version=one.version,
                text=one.text,
                sha256=one.sha256,
                made_at=one.made_at,
                accepted_at=one.accepted_at,
            )
            for one in found
        )

    def add_notice(self, offer: KeptOffer | Plan, kind: NoticeKind, at: datetime) -> None:
        insert_or_skip(
            self._session,
            PlanNoticeRow,
            {
                "kind": kind.value,
                "subject": offer.id,
                "borrower_id": offer.borrower_id,
                "account_id": offer.account_id,
                "at": at,
                "told_at": None,
            },
            unless_same=("subject", "kind"),
        )

    def pending_notices(self, limit: int) -> tuple[PlanNotice, ...]:
        row = PlanNoticeRow
        found = self._session.scalars(
            select(row).where(row.told_at.is_(None)).order_by(row.id).limit(limit)
        )
        return tuple(
            PlanNotice(
                id=one.id,
                kind=NoticeKind(one.kind),
                subject=one.subject,
                borrower_id=BorrowerId(one.borrower_id),
                account_id=AccountId(one.account_id),
                at=one.at,
            )
            for one in found
        )

    def mark_told(self, notice_id: int, at: datetime) -> bool:
        row = PlanNoticeRow
        told = self._session.scalar(
            update(row)
            .where(row.id == notice_id, row.told_at.is_(None))
            .values(told_at=at)
            .returning(row.id)
        )
        return told is not None

    def take_back_told(self, notice_id: int) -> None:
        row = PlanNoticeRow
        self._session.execute(update(row).where(row.id == notice_id).values(told_at=None))

    def _plans(self, condition: ColumnElement[bool]) -> tuple[Plan, ...]:
        found = self._session.execute(
            select(PlanRow, PlanOfferRow)
            .join(PlanOfferRow, PlanOfferRow.id == PlanRow.offer_id)
            .where(condition)
            .order_by(PlanRow.started_on, PlanRow.hold_id, PlanRow.id)
        )
        return tuple(
            Plan(
                id=row.id,
                account_id=AccountId(row.account_id),
                borrower_id=BorrowerId(row.borrower_id),
                offer=offer_from_json(offer.offer),
                policy=row.policy,
                state=PlanState(row.state),
                started_on=row.started_on,
                schedule_version=row.schedule_version,
                hold_id=row.hold_id,
                offer_id=row.offer_id,
                moved=row.moved,
                ended_on=row.ended_on,
                card_id=None if row.card_id is None else AccountId(row.card_id),
            )
            for row, offer in found
        )


def read_offer(row: PlanOfferRow) -> KeptOffer:
    return KeptOffer(
        id=row.id,
        account_id=AccountId(row.account_id),
        borrower_id=BorrowerId(row.borrower_id),
        offer=offer_from_json(row.offer),
        policy=row.policy,
        digest=row.digest,
        shown_at=row.shown_at,
        expires_at=row.expires_at,
        state=OfferState(row.state),
        recommended_by=row.recommended_by,
        approved_by=row.approved_by,
        declined_by=row.declined_by,
        note=row.note,
        changes=row.changes,
    )
