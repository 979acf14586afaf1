"""Agree on a plan, and undo it: each function is one operation, in the caller's transaction.

Offers are kept as shown. Accepting computes the offer again on the locked account and compares:
what is booked is what was shown, or nothing is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from lending.account_file import AccountFile
from lending.accounts import Account, AccountStatus, EntryKind, Instalment, Product, Schedule
from lending.bookkeeping import Books, bring_up_to_date, lift_hold, place_hold, record_posting
from lending.card_cycle import cycle_of
from lending.entries import Posting, Split
from lending.errors import LendingError
from lending.holds import DEFAULT_SUSPENDS, Hold, HoldKind, Suspended, open_hold
from lending.ids import AccountId, BorrowerId
from lending.money import Money
from lending.plan_card import card_case, plan_terms
from lending.plan_certificate import Parties, make_certificate
from lending.plan_eligibility import refusal
from lending.plan_json import digest, offer_to_json
from lending.plan_offer import Offer
from lending.plan_policy import Approval, MissedPayment, PlanPolicy
from lending.plan_quote import quote_relief
from lending.plan_records import (
    Certificate,
    KeptOffer,
    OfferDeclined,
    OfferExpired,
    OfferMoved,
    OfferNeedsApproval,
    OfferState,
    Plan,
    PlanRefused,
    PlanState,
    TooLateToUndo,
    UnknownOffer,
    WrongState,
)
from lending.reliefs import CardInstalments
from lending.schedules import rows_in_effect
from lending.terms import CardTerms

_DAY = timedelta(days=1)


class PlanBooks(Books, Protocol):
    """What keeps offers and plans beside the money; one transaction, as `Books`."""

    def add_account(self, account: Account) -> Account:
        """The account with its number; its own id does not count."""
        ...

    def add_schedule(self, account_id: AccountId, schedule: Schedule, at: datetime) -> None: ...

    def add_offer(self, offer: KeptOffer) -> None: ...

    def offer(self, offer_id: str) -> KeptOffer | None:
        """Locked until the transaction ends."""
        ...

    def save_offer(self, offer: KeptOffer) -> None:
        """Its state, expiry, staff names and note; what was shown never changes."""
        ...

    def add_plan(self, plan: Plan) -> None: ...

    def save_plan(self, plan: Plan) -> None: ...

    def plan(self, plan_id: str) -> Plan | None: ...

    def plans_of(self, account_id: AccountId) -> tuple[Plan, ...]:
        """Plans of the account, and those made of it if it is a card; oldest first."""
        ...

    def hold(self, hold_id: int) -> Hold: ...

    def add_certificate(self, certificate: Certificate) -> None: ...

    def save_certificate(self, certificate: Certificate) -> None:
        """Its day of acceptance; nothing else of it ever changes."""
        ...

    def certificates_of(self, plan_id: str) -> tuple[Certificate, ...]:
        """Every version, oldest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The borrower's day, and the instant in UTC."""

    today: date
    at: datetime


Policies = Callable[[Account], PlanPolicy]
"""The policy for an account."""


def keep_offers(
    books: PlanBooks,
    file: AccountFile,
    offers: Sequence[Offer],
    policy: PlanPolicy,
    *,
    new_id: Callable[[], str],
    now: Now,
) -> tuple[KeptOffer, ...]:
    """Keep offers that are about to be shown; only what is kept can be accepted."""
    kept = tuple(
        KeptOffer(
            id=new_id(),
            account_id=file.account.id,
            borrower_id=file.account.borrower_id,
            offer=offer,
            policy=f"{policy.name}/{policy.version}",
            digest=digest(offer_to_json(offer)),
            shown_at=now.at,
            expires_at=now.at + timedelta(hours=policy.offer_hours),
        )
        for offer in offers
    )
    for one in kept:
        books.add_offer(one)
    return kept


def known_offer(books: PlanBooks, offer_id: str, borrower_id: BorrowerId | None) -> KeptOffer:
    """The offer, if it was made to this borrower; None is staff. Raises UnknownOffer."""
    kept = books.offer(offer_id)
    if kept is None or borrower_id not in (None, kept.borrower_id):
        raise UnknownOffer("There is no such offer.", hint="Ask for a new one.")
    return kept


def accept(
    books: PlanBooks,
    offer_id: str,
    borrower_id: BorrowerId,
    *,
    policies: Policies,
    parties: Parties,
    now: Now,
) -> Plan:
    """Book the plan of an offer; a second yes gives the same plan and changes nothing.

    Raises UnknownOffer, OfferDeclined, OfferExpired, OfferNeedsApproval, OfferMoved and
    PlanRefused; then nothing is to be committed.
    """
    account_id = known_offer(books, offer_id, borrower_id).account_id
    file = books.locked(account_id)
    kept = known_offer(books, offer_id, borrower_id)  # as it is now that the account is locked
    known = books.plan(kept.id)
    if known is not None:
        return known
    _check_state(kept, now)
    policy = policies(file.account)
    bring_up_to_date(books, account_id, through=now.today, now=now.at)
    file = books.locked(account_id)
    why_not = refusal(file, now.today, policy, [p.as_past for p in books.plans_of(account_id)])
    if why_not is not None:
        raise PlanRefused(
            f"No plan can start on this account now ({why_not.value}).",
            hint="A person of the team can look at it.",
        )
    offer = _same_again(file, kept, policy, now)
    book = _book_card if isinstance(file.account.terms, CardTerms) else _book_loan
    plan = book(books, file, kept, offer, now)
    books.add_plan(plan)
    books.save_offer(replace(kept, state=OfferState.ACCEPTED))
    lift_requests(books, file, now)
    account = books.locked(plan.account_id).account
    books.add_certificate(
        make_certificate(
            plan,
            account,
            offer.rows,
            parties,
            version=1,
            agreed_on=now.today,
            made_at=now.at,
            accepted=True,
            grace_days=policy.missed_grace_days,
            misses_allowed=int(policy.missed_payment is MissedPayment.MOVE_ONCE),
        )
    )
    return plan


def undo(books: PlanBooks, plan: Plan, *, policy: PlanPolicy, now: Now) -> Plan:
    """Take the plan back as if it had not been, before its first payment.

    The schedule of before applies again; days on which late fees were suspended stay free of them.
    Raises TooLateToUndo, WrongState.
    """
    file = books.locked(plan.account_id)
    plan = books.plan(plan.id) or plan
    if plan.state is not PlanState.ON_TRACK:
        raise WrongState("The plan is not in force.", hint="There is nothing to take back.")
    since = [p for p in file.payments if p.initiated_on >= plan.started_on]
    if since or now.today > plan.started_on + timedelta(days=policy.undo_days):
        raise TooLateToUndo(
            "A payment was made on the plan, or the time for taking it back is over.",
            hint="A person of the team can change the plan.",
        )
    for account_id in (plan.account_id, plan.card_id):
        if account_id is not None:
            _reverse_all(books, account_id, plan, now)
    if plan.card_id is None:
        _restore_schedule(books, file, plan, now)
    lift_own_holds(books, plan, now)
    bring_up_to_date(books, plan.account_id, through=now.today, now=now.at)
    ended = replace(plan, state=PlanState.CANCELLED, ended_on=now.today)
    books.save_plan(ended)
    return ended


def _check_state(kept: KeptOffer, now: Now) -> None:
    if kept.state in (OfferState.DECLINED, OfferState.WITHDRAWN):
        raise OfferDeclined("This offer was taken back.", hint="Ask for a new one.")
    if kept.offer.approval is Approval.STAFF and kept.state is not OfferState.APPROVED:
        raise OfferNeedsApproval(
            "Two of the lender's staff must agree to this plan first.", hint="Send it to them."
        )
    if now.at >= kept.expires_at:
        raise OfferExpired("This offer has expired.", hint="Ask for a new one.")


def _same_again(file: AccountFile, kept: KeptOffer, policy: PlanPolicy, now: Now) -> Offer:
    try:
        offer = quote_relief(file, now.today, policy, kept.offer.reliefs)
    except PlanRefused:
        raise
    except LendingError as error:
        raise OfferMoved(error.message, hint="Ask for a new offer.") from None
    shown = kept.offer
    if (offer.rows, offer.waived, offer.capitalised) != (
        shown.rows,
        shown.waived,
        shown.capitalised,
    ):
        raise OfferMoved(
            "The account changed since this was shown, so the figures are others now.",
            hint="Ask for a new offer.",
        )
    return replace(offer, payment=shown.payment, goals=shown.goals)


def _book_loan(
    books: PlanBooks, file: AccountFile, kept: KeptOffer, offer: Offer, now: Now
) -> Plan:
    account = file.account
    for posting in _relief_postings(kept.id, offer, now.today):
        record_posting(books, account.id, posting, today=now.today, now=now.at)
    version = max((s.version for s in file.schedules), default=0) + 1
    books.add_schedule(
        account.id,
        Schedule(
            version=version,
            reason=f"plan:{kept.id}",
            instalments=offer.rows,
            from_on=now.today + _DAY,
        ),
        now.at,
    )
    hold = _plan_hold(books, account, kept.id, now)
    return Plan(
        id=kept.id,
        account_id=account.id,
        borrower_id=account.borrower_id,
        offer=offer,
        policy=kept.policy,
        state=PlanState.ON_TRACK,
        started_on=now.today,
        schedule_version=version,
        hold_id=hold.id,
    )


def _book_card(
    books: PlanBooks, file: AccountFile, kept: KeptOffer, offer: Offer, now: Now
) -> Plan:
    """The balance moves to an account of its own; interest of the card's running cycle is dropped."""
    card, case = file.account, card_case(file, now.today)
    relief = offer.reliefs[0]
    assert isinstance(relief, CardInstalments) and isinstance(card.terms, CardTerms)
    moved = Money(case.owed - offer.waived.owed.minor, card.currency)
    made = books.add_account(
        Account(
            id=AccountId(0),
            borrower_id=card.borrower_id,
            reference=f"{card.reference}-P{len(books.plans_of(card.id)) + 1}",
            product=Product.INSTALMENT_LOAN,
            currency=card.currency,
            status=AccountStatus.ACTIVE,
            opened_on=now.today,
            terms=plan_terms(case, relief, moved.minor),
        )
    )
    books.add_schedule(
        made.id, Schedule(version=1, reason=f"plan:{kept.id}", instalments=offer.rows), now.at
    )
    cycle = cycle_of(card.terms, card.opened_on, now.today)
    place_hold(
        books,
        open_hold(
            kind=HoldKind.PLAN,
            borrower_id=card.borrower_id,
            account_id=card.id,
            from_on=cycle.first_day,
            until_on=cycle.closed_on + _DAY,
            owner="system",
            reason=f"plan:{kept.id}",
            suspends=DEFAULT_SUSPENDS[HoldKind.PLAN] | {Suspended.INTEREST},
        ),
        today=now.today,
        now=now.at,
    )
    if offer.waived.owed:
        waiver = _waiver(kept.id, offer.waived, now.today)
        record_posting(books, card.id, waiver, today=now.today, now=now.at)
    for account_id, kind, name in (
        (card.id, EntryKind.REPAYMENT, "moved"),
        (made.id, EntryKind.DISBURSEMENT, "disbursement"),
    ):
        posting = Posting(key=_key(kept.id, name), kind=kind, effective_on=now.today, amount=moved)
        record_posting(books, account_id, posting, today=now.today, now=now.at)
    hold = _plan_hold(books, made, kept.id, now)
    return Plan(
        id=kept.id,
        account_id=made.id,
        borrower_id=card.borrower_id,
        offer=offer,
        policy=kept.policy,
        state=PlanState.ON_TRACK,
        started_on=now.today,
        schedule_version=1,
        hold_id=hold.id,
        card_id=card.id,
    )


def _plan_hold(books: PlanBooks, account: Account, plan_id: str, now: Now) -> Hold:
    hold = open_hold(
        kind=HoldKind.PLAN,
        borrower_id=account.borrower_id,
        account_id=account.id,
        from_on=now.today,
        until_on=None,
        owner="system",
        reason=f"plan:{plan_id}",
    )
    return place_hold(books, hold, today=now.today, now=now.at)


def _relief_postings(plan_id: str, offer: Offer, on: date) -> list[Posting]:
    postings = []
    if offer.waived.owed:
        postings.append(_waiver(plan_id, offer.waived, on))
    if offer.capitalised.owed:
        moved = offer.capitalised
        postings.append(
            Posting(
                key=_key(plan_id, "capitalisation"),
                kind=EntryKind.CAPITALISATION,
                effective_on=on,
                amount=moved.owed,
                split=replace(-moved, principal=moved.owed),
            )
        )
    return postings


def _waiver(plan_id: str, waived: Split, on: date) -> Posting:
    return Posting(
        key=_key(plan_id, "waiver"),
        kind=EntryKind.WAIVER,
        effective_on=on,
        amount=waived.owed,
        split=-waived,
    )


def _reverse_all(books: PlanBooks, account_id: AccountId, plan: Plan, now: Now) -> None:
    """Take back the plan's own postings, on the day on which each took effect."""
    prefix = _key(plan.id, "")
    for posting in books.locked(account_id).postings:
        if posting.key.startswith(prefix) and posting.kind is not EntryKind.REVERSAL:
            back = Posting(
                key=f"undo:{posting.key}",
                kind=EntryKind.REVERSAL,
                effective_on=posting.effective_on,
                amount=posting.amount,
                reverses=posting.key,
            )
            record_posting(books, account_id, back, today=now.today, now=now.at)


def _restore_schedule(books: PlanBooks, file: AccountFile, plan: Plan, now: Now) -> None:
    """The rows of before the plan, from the day on which the plan's applied."""
    from_on = plan.started_on + _DAY
    before = [s for s in file.schedules if s.version < plan.schedule_version]
    rows = _rows_from(before, from_on)
    version = max(s.version for s in file.schedules) + 1
    undone = Schedule(version=version, reason=f"undo:{plan.id}", instalments=rows, from_on=from_on)
    books.add_schedule(file.account.id, undone, now.at)


def _rows_from(schedules: Sequence[Schedule], from_on: date) -> tuple[Instalment, ...]:
    return tuple(row for _, row in rows_in_effect(schedules) if row.due_on >= from_on)


def lift_own_holds(books: PlanBooks, plan: Plan, now: Now) -> None:
    for account_id in (plan.account_id, plan.card_id):
        if account_id is None:
            continue
        for hold in books.locked(account_id).holds:
            is_own = hold.kind is HoldKind.PLAN and hold.reason == f"plan:{plan.id}"
            if is_own and (hold.until_on is None or hold.until_on > now.today):
                lift_hold(books, hold, now.today, today=now.today, now=now.at)


def lift_requests(books: PlanBooks, file: AccountFile, now: Now) -> None:
    """What paused the account while a plan was looked for has served its purpose."""
    for hold in file.holds:
        waited = hold.kind in (HoldKind.HARDSHIP_REQUEST, HoldKind.PLAN_PENDING)
        if waited and hold.covers(now.today):
            lift_hold(books, hold, now.today, today=now.today, now=now.at)


def _key(plan_id: str, name: str) -> str:
    return f"plan:{plan_id}:{name}"
