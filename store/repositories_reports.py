"""The figures of the console's reports, each by one or two grouped queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import ColumnElement, String, and_, cast, distinct, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.conversation import EscalationReason, Outcome
from bot.messages import Author
from bot.ports_console import CaseFigures, DecisionCount, PromiseBook, TalkDay
from lending.accounts import AccountStatus, Payment, PaymentStatus
from lending.ids import AccountId, BorrowerId, PaymentId, PromiseId
from lending.money import Money
from lending.promises import Promise
from store.tables import (
    AccountRow,
    ContactDecisionRow,
    EscalationRow,
    MessageRow,
    PaymentRow,
    PlanOfferRow,
    PlanRow,
    PromiseRow,
)


class SqlReports:
    """The reporting half of `bot.ports_console.ConsoleReads`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def talk_days(self, since: datetime, until: datetime) -> tuple[TalkDay, ...]:
        message, escalation = MessageRow, EscalationRow
        wrote = dict(
            self._by_day(message.at, message.conversation_id, _wrote(since, until)),
        )
        opened = dict(
            self._by_day(
                escalation.opened_at,
                escalation.conversation_id,
                and_(escalation.opened_at >= since, escalation.opened_at < until),
            )
        )
        return tuple(
            TalkDay(day=day, conversations=wrote.get(day, 0), handed_off=opened.get(day, 0))
            for day in sorted(wrote.keys() | opened.keys())
        )

    def talk_totals(self, since: datetime, until: datetime) -> tuple[int, int]:
        row = MessageRow
        handed = exists().where(
            EscalationRow.conversation_id == row.conversation_id,
            EscalationRow.opened_at >= since,
            EscalationRow.opened_at < until,
        )
        count = select(func.count(distinct(row.conversation_id))).where(_wrote(since, until))
        total = self._session.scalar(count) or 0
        return total, self._session.scalar(count.where(handed)) or 0

    def cases(self, since: datetime, until: datetime) -> tuple[CaseFigures, ...]:
        row = EscalationRow
        query = select(
            row.reason, row.outcome, row.opened_at, row.first_reply_at, row.resolved_at, row.rating
        ).where(row.opened_at >= since, row.opened_at < until)
        return tuple(
            CaseFigures(
                reason=EscalationReason(found.reason),
                outcome=Outcome(found.outcome) if found.outcome else None,
                opened_at=found.opened_at,
                first_reply_at=found.first_reply_at,
                resolved_at=found.resolved_at,
                rating=found.rating,
            )
            for found in self._session.execute(query)
        )

    def decision_counts(self, since: datetime, until: datetime) -> tuple[DecisionCount, ...]:
        row = ContactDecisionRow
        rules = cast(row.rules, String)
        query = (
            select(row.outcome, row.channel, func.min(row.id), func.count())
            .where(row.at >= since, row.at < until)
            .group_by(row.outcome, row.channel, rules)
        )
        found = self._session.execute(query).all()
        samples = select(row.id, row.rules).where(row.id.in_([sample for _, _, sample, _ in found]))
        lists = {key: tuple(names) for key, names in self._session.execute(samples)}
        return tuple(
            DecisionCount(outcome=outcome, channel=channel, rules=lists[sample], count=count)
            for outcome, channel, sample, count in found
        )

    def promise_books(self, since: date, until: date) -> tuple[PromiseBook, ...]:
        due = select(PromiseRow.account_id).where(
            PromiseRow.due_on >= since, PromiseRow.due_on < until
        )
        promises: dict[int, list[Promise]] = defaultdict(list)
        kept = select(PromiseRow).where(
            PromiseRow.account_id.in_(due), PromiseRow.cancelled_at.is_(None)
        )
        for row in self._session.scalars(kept.order_by(PromiseRow.id)):
            promises[row.account_id].append(_promise(row))
        payments: dict[int, list[Payment]] = defaultdict(list)
        paid = select(PaymentRow).where(PaymentRow.account_id.in_(due))
        for payment in self._session.scalars(paid.order_by(PaymentRow.id)):
            payments[payment.account_id].append(_payment(payment))
        return tuple(
            PromiseBook(
                account_id=AccountId(account_id),
                promises=tuple(made),
                payments=tuple(payments[account_id]),
            )
            for account_id, made in promises.items()
        )

    def offer_counts(self, since: datetime, until: datetime) -> Mapping[str, int]:
        row = PlanOfferRow
        query = (
            select(row.state, func.count())
            .where(row.shown_at >= since, row.shown_at < until)
            .group_by(row.state)
        )
        return {state: count for state, count in self._session.execute(query)}

    def plans_started(self, since: date, until: date) -> tuple[tuple[date, str], ...]:
        row = PlanRow
        query = select(row.started_on, row.state).where(
            row.started_on >= since, row.started_on < until
        )
        found = self._session.execute(query.order_by(row.started_on))
        return tuple((started_on, state) for started_on, state in found)

    def active_borrowers(self, after: int, limit: int) -> tuple[BorrowerId, ...]:
        row = AccountRow
        query = (
            select(row.borrower_id)
            .where(row.status == AccountStatus.ACTIVE.value, row.borrower_id > after)
            .distinct()
            .order_by(row.borrower_id)
            .limit(limit)
        )
        return tuple(BorrowerId(found) for found in self._session.scalars(query))

    def active_accounts(self, most: int | None = None) -> tuple[AccountId, ...]:
        is_active = AccountRow.status == AccountStatus.ACTIVE.value
        query = select(AccountRow.id).where(is_active).order_by(AccountRow.id)
        if most is not None:
            count = self._session.scalar(select(func.count()).where(is_active)) or 0
            if count <= most:
                return self.active_accounts()
            number = func.row_number().over(order_by=AccountRow.id).label("number")
            numbered = select(AccountRow.id, number).where(is_active).subquery()
            # As many rows as the whole number of `most` parts of the portfolio rises.
            parts = numbered.c.number * most
            query = (
                select(numbered.c.id)
                .where(parts // count > (parts - most) // count)
                .order_by(numbered.c.id)
            )
        return tuple(AccountId(found) for found in self._session.scalars(query))

    def _by_day(
        self,
        at: InstrumentedAttribute[datetime],
        counted: InstrumentedAttribute[str],
        condition: ColumnElement[bool],
    ) -> list[tuple[date, int]]:
        """Distinct `counted` per UTC day of `at`."""
        day: ColumnElement[str] = func.substr(cast(at, String), 1, 10)
        if self._session.get_bind().dialect.name == "postgresql":
            day = func.to_char(func.timezone("UTC", at), "YYYY-MM-DD")
        query = select(day, func.count(distinct(counted))).where(condition).group_by(day)
        return [(date.fromisoformat(text), count) for text, count in self._session.execute(query)]


def _wrote(since: datetime, until: datetime) -> ColumnElement[bool]:
    row = MessageRow
    return and_(row.author == Author.BORROWER.value, row.at >= since, row.at < until)


def _promise(row: PromiseRow) -> Promise:
    return Promise(
        id=PromiseId(row.id),
        account_id=AccountId(row.account_id),
        amount=Money(row.amount_minor, row.currency),
        made_on=row.made_on,
        due_on=row.due_on,
        grace_days=row.grace_days,
    )


def _payment(row: PaymentRow) -> Payment:
    return Payment(
        id=PaymentId(row.id),
        amount=Money(row.amount_minor, row.currency),
        status=PaymentStatus(row.status),
        method=row.method,
        initiated_on=row.initiated_on,
        settled_on=row.settled_on,
    )
