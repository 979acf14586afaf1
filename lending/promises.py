"""Promises to pay: what the borrower said, when it can be said, and which money counts for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from lending.accounts import Account, AccountStatus, Payment
from lending.errors import (
    CurrencyMismatch,
    InvalidPromise,
    PromiseAboveOwed,
    PromiseDayOutOfRange,
    PromiseForClosedAccount,
    PromiseOfNothing,
)
from lending.ids import AccountId, PromiseId
from lending.money import Money
from lending.sentences import Sentence

GRACE_DAYS = 1
"""Days after the day promised on which paying still keeps a promise, unless said otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """The borrower's word to pay `amount` by the end of `due_on`, a local day.

    Paying within `grace_days` after it keeps the promise too. Raises InvalidPromise for an amount
    of zero or below, a day before `made_on`, or negative grace.
    """

    id: PromiseId
    account_id: AccountId
    amount: Money
    made_on: date
    due_on: date
    grace_days: int = GRACE_DAYS

    def __post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise PromiseOfNothing("A promise of nothing.", hint="Promise an amount above zero.")
        if self.due_on < self.made_on:
            raise PromiseDayOutOfRange(
                Sentence(
                    "A promise made on %(made)s for %(due)s, which is earlier.",
                    made=self.made_on,
                    due=self.due_on,
                ),
                hint="Promise the same day or a later one.",
            )
        if self.grace_days < 0:
            raise InvalidPromise("Negative days of grace.", hint="Give zero or more.")

    @property
    def last_day(self) -> date:
        """The last day on which paying keeps it."""
        return self.due_on + timedelta(days=self.grace_days)

    def takes(self, payment: Payment) -> bool:
        """Whether money sent on the payment's day counts: from `made_on` to the last day of grace.

        Days tell no hours, so a payment of the very day counts, in the borrower's favour. What
        matters is the day on which the borrower sent the money: how long it travels is not theirs.
        """
        return self.made_on <= payment.initiated_on <= self.last_day


def make_promise(
    *,
    promise_id: PromiseId,
    account: Account,
    amount: Money,
    today: date,
    due_on: date,
    latest_on: date,
    owed: Money,
    grace_days: int = GRACE_DAYS,
) -> Promise:
    """A promise made today for a day from today to `latest_on`.

    `owed` is the most that can be promised: what the borrower could have to pay by that day, less
    what other open promises leave to come. Raises PromiseForClosedAccount, CurrencyMismatch,
    PromiseOfNothing, PromiseAboveOwed or PromiseDayOutOfRange.
    """
    if account.status is not AccountStatus.ACTIVE:
        raise PromiseForClosedAccount(
            Sentence("The account is not active: %(status)s.", status=account.status),
            hint="Promises are for active accounts.",
        )
    if {amount.currency, owed.currency} != {account.currency}:
        raise CurrencyMismatch(
            Sentence(
                "%(given)s was promised to an account in %(kept)s.",
                given=amount.currency,
                kept=account.currency,
            ),
            hint="Promise in the account's currency.",
        )
    if not today <= due_on <= latest_on:
        raise PromiseDayOutOfRange(
            Sentence(
                "%(day)s is not between %(first)s and %(last)s.",
                day=due_on,
                first=today,
                last=latest_on,
            ),
            hint="Choose a day in between.",
        )
    promise = Promise(
        id=promise_id,
        account_id=account.id,
        amount=amount,
        made_on=today,
        due_on=due_on,
        grace_days=grace_days,
    )
    if amount > owed:
        raise PromiseAboveOwed(
            "More is promised than there is to pay.", hint="Promise what is owed, or less."
        )
    return promise
