""" "I have paid already": open a claim, find its payment, and let it go when its time is over."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import structlog

from bot.conversation import Conversation
from bot.ports import Clock, Store, UnitOfWork
from lending.account_file import AccountFile
from lending.accounts import Borrower, Payment
from lending.bookkeeping import lift_hold, place_hold
from lending.dates import local_day
from lending.errors import HoldEnded, TideoverError
from lending.events import Event, EventType, Fact
from lending.holds import HoldKind, open_hold
from lending.ids import AccountId, BorrowerId
from lending.money import Money
from lending.pay_ports import News, NewsKind
from lending.payment_claims import LOOKED_FOR, Claim, ClaimState, pause_until, payment_for

log = structlog.get_logger(__name__)

_AT_ONCE = 200
_WITHOUT_PAUSE = timedelta(days=5)
"""How long a claim stays open that paused nothing."""


def open_claim(
    uow: UnitOfWork,
    conversation: Conversation,
    borrower: Borrower,
    file: AccountFile,
    *,
    amount: Money,
    paid_on: date,
    days: int,
    now: datetime,
) -> Claim:
    """Keep what the borrower says was paid, and stop reminders and late fees for `days` days.

    The same payment claimed again pauses nothing more. A claim whose payment is here already is
    matched at once. The caller commits.
    """
    today, account_id = local_day(now, borrower.timezone), file.account.id
    known = uow.pay.claims_of(borrower.id)
    until = pause_until(known, account_id, amount, paid_on, today, days)
    hold_id = None
    if until is not None:
        hold = open_hold(
            kind=HoldKind.PAYMENT_PENDING,
            borrower_id=borrower.id,
            account_id=account_id,
            from_on=today,
            until_on=until,
            owner="borrower",
            reason="says that it is paid; being traced",
        )
        hold_id = place_hold(uow.plans, hold, today=today, now=now).id
    claim = uow.pay.add_claim(
        Claim(
            id=0,
            borrower_id=borrower.id,
            account_id=account_id,
            amount=amount,
            paid_on=paid_on,
            opened_at=now,
            conversation_id=conversation.id,
            hold_id=hold_id,
            until_on=until,
        )
    )
    until_day = until.isoformat() if until else None
    _tell(uow, EventType.PAYMENT_CLAIMED, claim, now, {"until": until_day})
    return claim


def match_account(
    uow: UnitOfWork, borrower_id: BorrowerId, account_id: AccountId, now: datetime
) -> int:
    """Match the claims on an account by the payments it has now; how many were matched."""
    claims = uow.pay.claims_of(borrower_id)
    waiting = [
        c for c in claims if c.account_id == account_id and c.state is not ClaimState.MATCHED
    ]
    if not waiting:
        return 0
    borrower = uow.borrowers.get(borrower_id)
    return sum(_match(uow, claim, claims, borrower, now) for claim in waiting)


class ClaimReview:
    """The periodic look at claims: payments come in by many ways, and time runs out."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def run(self) -> tuple[int, int]:
        """(matched, expired). Each claim in a transaction of its own."""
        matched = expired = after = 0
        while True:
            with self._store.unit() as uow:
                page = uow.pay.unmatched_claims(_AT_ONCE, after=after)
            if not page:
                return matched, expired
            after = page[-1].id
            for claim in page:
                try:
                    found, over = self._look(claim)
                except TideoverError as error:
                    log.error("pay.claim_failed", claim=claim.id, error=type(error).__name__)
                    continue
                matched, expired = matched + found, expired + over

    def _look(self, claim: Claim) -> tuple[bool, bool]:
        now = self._clock()
        with self._store.unit() as uow:
            borrower = uow.borrowers.get(claim.borrower_id)
            today = local_day(now, borrower.timezone)
            is_over = claim.state is ClaimState.EXPIRED
            if is_over and today > claim.paid_on + LOOKED_FOR:
                return False, False
            uow.plans.locked(claim.account_id)  # two looks at once must not both tell the borrower
            claims = uow.pay.claims_of(claim.borrower_id)
            current = next(one for one in claims if one.id == claim.id)
            if current.state is not claim.state:
                return False, False
            found = _match(uow, current, claims, borrower, now)
            ends = claim.until_on or local_day(claim.opened_at + _WITHOUT_PAUSE, borrower.timezone)
            over = not found and not is_over and today >= ends
            if over:
                _expire(uow, current, now)
            if found or over:
                uow.commit()
        return found, over


def _match(
    uow: UnitOfWork, claim: Claim, claims: Sequence[Claim], borrower: Borrower, now: datetime
) -> bool:
    file = uow.accounts.file(claim.account_id)
    taken = {c.payment_id for c in claims if c.payment_id is not None}
    # A page that was asked for after these words is another payment than the one they mean.
    taken |= uow.pay.begun_since(claim.account_id, claim.opened_at)
    payment = payment_for(claim, file.payments, taken)
    if payment is None:
        return False
    _resolve(uow, claim, payment, borrower, now)
    return True


def _resolve(
    uow: UnitOfWork, claim: Claim, payment: Payment, borrower: Borrower, now: datetime
) -> None:
    today = local_day(now, borrower.timezone)
    uow.pay.save_claim(
        replace(claim, state=ClaimState.MATCHED, payment_id=payment.id, resolved_at=now)
    )
    if claim.hold_id is not None:
        hold = uow.plans.hold(claim.hold_id)
        with contextlib.suppress(HoldEnded):  # its time was over already
            lift_hold(uow.plans, hold, max(today, hold.from_on), today=today, now=now)
    _tell(uow, EventType.CLAIM_MATCHED, claim, now, {"status": payment.status.value})
    _news(uow, NewsKind.CLAIM_MATCHED, claim, now)


def _expire(uow: UnitOfWork, claim: Claim, now: datetime) -> None:
    uow.pay.save_claim(replace(claim, state=ClaimState.EXPIRED, resolved_at=now))
    _tell(uow, EventType.CLAIM_EXPIRED, claim, now, {})
    if claim.hold_id is not None:  # where nothing was paused, nothing begins again
        _news(uow, NewsKind.CLAIM_EXPIRED, claim, now)


def _tell(
    uow: UnitOfWork, type: EventType, claim: Claim, now: datetime, more: Mapping[str, Fact]
) -> None:
    data: dict[str, Fact] = {
        "claim": claim.id,
        "amount_minor": claim.amount.minor,
        "currency": claim.amount.currency,
        "paid_on": claim.paid_on.isoformat(),
        **more,
    }
    uow.outgoing.add(
        Event(
            type=type,
            at=now,
            borrower_id=claim.borrower_id,
            account_id=claim.account_id,
            data=data,
        )
    )


def _news(uow: UnitOfWork, kind: NewsKind, claim: Claim, now: datetime) -> None:
    uow.pay.add_news(
        News(
            kind=kind,
            subject=f"claim:{claim.id}",
            borrower_id=claim.borrower_id,
            account_id=claim.account_id,
            created_at=now,
            next_try_at=now,
            conversation_id=claim.conversation_id,
            data={
                "amount_minor": claim.amount.minor,
                "currency": claim.amount.currency,
                "on": claim.paid_on.isoformat(),
            },
        )
    )
