"""Derive the ledger: walk the days in order, postings and charges together.

On a day, a new schedule version comes first, then, for loans, the terms' charges, then postings,
then, for cards, the charges. Postings of one day have an order of their own, so that the order in
which they became known never matters: what raises debts before what pays them, by key within a
kind; what is taken back the same day goes right after its target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

from lending.accounts import Account, AccountStatus, EntryKind, Product, Schedule
from lending.allocation import slot_ranks
from lending.debts import Debts
from lending.dues import dues_of
from lending.entries import REBATE, ChargeRules, Posting, Split
from lending.ledger_types import DerivedLedger
from lending.money import Money
from lending.money_in import receive
from lending.take_back import charge_back, reverse
from lending.walk import Walk

_APPLY: dict[EntryKind, Callable[[Walk, Posting], None]] = {
    EntryKind.DISBURSEMENT: Walk.lend,
    EntryKind.PURCHASE: Walk.lend,
    EntryKind.FEE: Walk.charge_outside,
    EntryKind.PENALTY: Walk.charge_outside,
    EntryKind.INTEREST: Walk.charge_outside,
    EntryKind.CAPITALISATION: Walk.capitalise,
    EntryKind.WAIVER: Walk.waive,
    EntryKind.REPAYMENT: receive,
    EntryKind.REVERSAL: reverse,
    EntryKind.CHARGEBACK: charge_back,
    EntryKind.REFUND: Walk.refund,
    EntryKind.WRITE_OFF: Walk.write_off,
    EntryKind.RECOVERY: receive,
}
_RANK = {kind: rank for rank, kind in enumerate(_APPLY)}
_NEVER = date.max


def derive(
    account: Account,
    *,
    rules: ChargeRules,
    postings: Iterable[Posting],
    through: date,
    schedules: Sequence[Schedule] = (),
) -> DerivedLedger:
    """Every line effective up to the end of `through`, and what it comes to.

    The same postings, schedules and rules give the same ledger in whatever order they come.
    Raises BadAllocation for terms whose allocation order is none; postings are taken as checked.
    """
    walk = walked(account, rules=rules, postings=postings, through=through, schedules=schedules)
    return ledger_of(walk, through)


def walked(
    account: Account,
    *,
    rules: ChargeRules,
    postings: Iterable[Posting],
    through: date,
    schedules: Sequence[Schedule] = (),
) -> Walk:
    """The state after `through`, for those who check what a posting came to."""
    slot_ranks(account.terms.allocation)
    walk = Walk(
        currency=account.currency,
        debts=Debts(account.terms.allocation),
        dues=dues_of(account, schedules, rules),
    )
    waiting = in_booking_order(postings)
    waiting.reverse()
    charge_day = rules.next_day(account.opened_on - timedelta(days=1)) or _NEVER
    while True:
        change_day = walk.dues.next_change() or _NEVER
        posting_day = waiting[-1].effective_on if waiting else _NEVER
        day = min(change_day, charge_day, posting_day)
        if day > through or day == _NEVER:
            return walk
        if change_day == day:
            walk.adopt_schedule(day)
            continue
        if charge_day == day and not (rules.at_day_end and posting_day == day):
            _charge(walk, rules, day)
            charge_day = rules.next_day(day) or _NEVER
            continue
        _apply(walk, waiting.pop())


def ledger_of(walk: Walk, through: date) -> DerivedLedger:
    """The walked state as a value."""
    return DerivedLedger(
        through=through,
        lines=tuple(walk.lines),
        balance=_balance(walk),
        open_items=walk.debts.items(walk.currency),
        instalments=walk.dues.balances(walk.debts, through, walk.currency),
        is_written_off=walk.is_written_off,
        written_off=Money(walk.written_off(), walk.currency),
    )


def in_booking_order(postings: Iterable[Posting]) -> list[Posting]:
    """Postings by day, and within a day in the order in which they take effect."""
    known = {posting.key: posting for posting in postings}

    def place(posting: Posting) -> tuple[date, int, str, int, str]:
        target = known.get(posting.reverses or "")
        if target is not None and target.effective_on == posting.effective_on:
            after, rank, key, _, _ = place(target)
            return after, rank, key, 1, posting.key
        if posting.key.startswith(REBATE):  # with its payoff, after what was paid before it
            paid = posting.key.removeprefix(REBATE)
            return posting.effective_on, _RANK[EntryKind.REPAYMENT], paid, -1, posting.key
        return posting.effective_on, _RANK[posting.kind], posting.key, 0, posting.key

    return sorted(known.values(), key=place)


def status_of(account: Account, ledger: DerivedLedger) -> AccountStatus:
    """What the ledger makes of the account: a loan is settled once all that was lent is repaid
    and no credit waits to be refunded; a card stays active.
    """
    if ledger.is_written_off:
        return AccountStatus.WRITTEN_OFF
    idle = not ledger.open_items and not ledger.balance.credit
    if account.product is Product.INSTALMENT_LOAN and ledger.lines and idle:
        return AccountStatus.SETTLED
    return AccountStatus.ACTIVE


def _charge(walk: Walk, rules: ChargeRules, day: date) -> None:
    if walk.is_written_off:
        return
    for charge in rules.assess(day, walk.lines):
        walk.charge(charge)


def _apply(walk: Walk, posting: Posting) -> None:
    if walk.is_written_off:
        walk.closed_for.add(posting.key)
    _APPLY[posting.kind](walk, posting)


def _balance(walk: Walk) -> Split:
    sums = {"principal": 0, "interest": 0, "fee": 0, "penalty": 0}
    for debt in walk.debts.by_key.values():
        sums[debt.component.value] += debt.left
    return Split.of(walk.currency, credit=walk.credit, **sums)
