"""Book what a plan comes to: schedule, waiver, capitalisation, a card's new account, its hold."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from datetime import date, timedelta

from lending.account_file import AccountFile
from lending.accounts import Account, AccountStatus, EntryKind, Product, Schedule
from lending.bookkeeping import lift_hold, place_hold, record_posting
from lending.card_cycle import cycle_of
from lending.entries import Posting, Split
from lending.holds import Hold, HoldKind, Suspended, open_hold
from lending.ids import AccountId
from lending.money import Money
from lending.plan_card import card_case, plan_terms
from lending.plan_offer import Offer
from lending.plan_ports import Now, PlanBooks
from lending.plan_records import KeptOffer, Plan, PlanState
from lending.reliefs import CardInstalments
from lending.terms import CardTerms

_DAY = timedelta(days=1)


def book_loan(books: PlanBooks, file: AccountFile, kept: KeptOffer, offer: Offer, now: Now) -> Plan:
    """Waiver and capitalisation of today, and the rows from tomorrow on."""
    account = file.account
    version = book_terms(books, file, kept.id, offer, now)
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
        offer_id=kept.id,
    )


def book_terms(books: PlanBooks, file: AccountFile, offer_id: str, offer: Offer, now: Now) -> int:
    """Post what the offer waives and capitalises, add its schedule, and give that its version."""
    for posting in relief_postings(offer_id, offer, now.today):
        record_posting(books, file.account.id, posting, today=now.today, now=now.at)
    version = max((s.version for s in file.schedules), default=0) + 1
    schedule = Schedule(
        version=version,
        reason=f"plan:{offer_id}",
        instalments=offer.rows,
        from_on=now.today + _DAY,
    )
    books.add_schedule(file.account.id, schedule, now.at)
    return version


def book_card(books: PlanBooks, file: AccountFile, kept: KeptOffer, offer: Offer, now: Now) -> Plan:
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
    # Fees of the cycle moved with the rest; the balance moved was that of this morning.
    for first, last, what in (
        (cycle.first_day, cycle.closed_on, Suspended.INTEREST),
        (now.today, now.today, Suspended.LATE_FEES),
    ):
        _hold(books, card, kept.id, now, from_on=first, until_on=last + _DAY, suspends={what})
    if offer.waived.owed:
        waiver = _waiver(kept.id, offer.waived, now.today)
        record_posting(books, card.id, waiver, today=now.today, now=now.at)
    for account_id, kind, name in (
        (card.id, EntryKind.REPAYMENT, "moved"),
        (made.id, EntryKind.DISBURSEMENT, "disbursement"),
    ):
        posting = Posting(
            key=posting_key(kept.id, name), kind=kind, effective_on=now.today, amount=moved
        )
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
        offer_id=kept.id,
        card_id=card.id,
    )


def _plan_hold(books: PlanBooks, account: Account, plan_id: str, now: Now) -> Hold:
    """From tomorrow on: what today charges is in the figures that were shown."""
    return _hold(books, account, plan_id, now, from_on=now.today + _DAY)


def _hold(
    books: PlanBooks,
    account: Account,
    plan_id: str,
    now: Now,
    *,
    from_on: date,
    until_on: date | None = None,
    suspends: Set[Suspended] | None = None,
) -> Hold:
    hold = open_hold(
        kind=HoldKind.PLAN,
        borrower_id=account.borrower_id,
        account_id=account.id,
        from_on=from_on,
        until_on=until_on,
        owner="system",
        reason=f"plan:{plan_id}",
        suspends=None if suspends is None else frozenset(suspends),
    )
    return place_hold(books, hold, today=now.today, now=now.at)


def relief_postings(plan_id: str, offer: Offer, on: date) -> list[Posting]:
    postings = []
    if offer.waived.owed:
        postings.append(_waiver(plan_id, offer.waived, on))
    if offer.capitalised.owed:
        moved = offer.capitalised
        postings.append(
            Posting(
                key=posting_key(plan_id, "capitalisation"),
                kind=EntryKind.CAPITALISATION,
                effective_on=on,
                amount=moved.owed,
                split=replace(-moved, principal=moved.owed),
            )
        )
    return postings


def _waiver(plan_id: str, waived: Split, on: date) -> Posting:
    return Posting(
        key=posting_key(plan_id, "waiver"),
        kind=EntryKind.WAIVER,
        effective_on=on,
        amount=waived.owed,
        split=-waived,
    )


def lift_own_holds(books: PlanBooks, plan: Plan, now: Now) -> None:
    for account_id in (plan.account_id, plan.card_id):
        if account_id is None:
            continue
        for hold in books.locked(account_id).holds:
            is_own = hold.kind is HoldKind.PLAN and hold.reason == f"plan:{plan.id}"
            if is_own and (hold.until_on is None or hold.until_on > now.today):
                lift_hold(books, hold, max(hold.from_on, now.today), today=now.today, now=now.at)


def lift_requests(books: PlanBooks, file: AccountFile, now: Now) -> None:
    """What paused the account while a plan was looked for has served its purpose.

    Today stays held: what it would charge is not in the figures that were shown.
    """
    tomorrow = now.today + _DAY
    for hold in file.holds:
        waited = hold.kind in (HoldKind.HARDSHIP_REQUEST, HoldKind.PLAN_PENDING)
        if waited and hold.covers(tomorrow):
            lift_hold(books, hold, max(hold.from_on, tomorrow), today=now.today, now=now.at)


def posting_key(plan_id: str, name: str) -> str:
    return f"plan:{plan_id}:{name}"
