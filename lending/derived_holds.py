"""Holds that nobody opens: they follow from payments on their way, promises, and silent feeds.

The holds of the past come too, as far as the facts still tell them, so that deriving the ledger
anew finds the same days held. Two ends leave no trace in the facts: the day a payment failed, and
the day a silent feed spoke again. Whoever sees one of them happen stores the hold, ended with
`end_hold`, or fees for those days would be posted after all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lending.accounts import Account, Payment, PaymentStatus
from lending.dates import local_day
from lending.holds import Hold, HoldKind, open_hold
from lending.promise_states import promise_states
from lending.promises import Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedAge:
    """How far a feed of payments has told everything, and how long it may be silent."""

    watermark: datetime
    limit: timedelta

    def stale_from(self, timezone: str) -> date:
        """The local day on which the limit runs out; the whole day counts as stale."""
        return local_day(self.watermark + self.limit, timezone)


def derived_holds(
    account: Account,
    *,
    payments: Sequence[Payment],
    promises: Sequence[Promise],
    feed: FeedAge | None,
    today: date,
    timezone: str,
) -> tuple[Hold, ...]:
    """The holds that an account is under without anyone's doing, as known on `today`.

    `payments` and `promises` are those of the account; `feed` is the one that brings its payments,
    None when none does; `timezone` is the borrower's. Suspends what each kind does by default.
    """
    return (
        *_pending(account, payments, today),
        *_promised(account, promises, payments, today),
        *_stale(account, feed, today, timezone),
    )


def _pending(account: Account, payments: Iterable[Payment], today: date) -> Iterable[Hold]:
    """From the day the money was sent until the day it arrived; open-ended while on its way."""
    for payment in payments:
        began, ended = payment.initiated_on, payment.settled_on
        on_its_way = payment.status is PaymentStatus.PENDING
        if began <= today and (on_its_way or (ended is not None and ended > began)):
            yield _hold(
                account,
                HoldKind.PAYMENT_PENDING,
                began,
                None if on_its_way else ended,
                "system",
                f"payment {payment.id} on its way",
            )


def _promised(
    account: Account, promises: Sequence[Promise], payments: Sequence[Payment], today: date
) -> Iterable[Hold]:
    """From the day a promise was made until it is open no more."""
    made = [promise for promise in promises if promise.made_on <= today]
    outcomes = promise_states(made, payments, today)
    for promise in made:
        until = outcomes[promise.id].resolved_on
        if until is None and today <= promise.last_day:
            until = promise.last_day + timedelta(days=1)
        if until is None or until > promise.made_on:
            yield _hold(
                account,
                HoldKind.OPEN_PROMISE,
                promise.made_on,
                until,
                "borrower",
                f"promise {promise.id}",
            )


def _stale(account: Account, feed: FeedAge | None, today: date, timezone: str) -> Iterable[Hold]:
    if feed is not None and feed.stale_from(timezone) <= today:
        began = feed.stale_from(timezone)
        yield _hold(
            account, HoldKind.FEED_STALE, began, None, "system", "payments may be here unseen"
        )


def _hold(
    account: Account, kind: HoldKind, began: date, until: date | None, owner: str, reason: str
) -> Hold:
    return open_hold(
        kind=kind,
        borrower_id=account.borrower_id,
        account_id=account.id,
        from_on=began,
        until_on=until,
        owner=owner,
        reason=reason,
    )
