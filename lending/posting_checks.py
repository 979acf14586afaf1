"""What is refused before anything is booked: each wrong posting with an error of its own name."""

from __future__ import annotations

from datetime import date

from lending.accounts import AccountStatus, EntryKind
from lending.entries import Posting, Split
from lending.errors import (
    AccountClosed,
    AlreadyReversed,
    BadAmount,
    BadKey,
    DatesOutOfOrder,
    MoreThanCredit,
    MoreThanOwed,
    ReversalOfReversal,
    UnknownPosting,
    WrongCurrency,
)
from lending.ledger_types import LedgerFile
from lending.money import total
from lending.sentences import Sentence
from lending.take_back import PAYMENTS
from lending.walk import Walk, by_component

LONGEST_KEY = 100
_RESERVED = ("interest:", "late-fee:", "penalty:", "credit:", "revived:", "unrevived:")
_RESERVED_TOO = ("schedule:", "cancel:")
_TAKES_BACK = frozenset({EntryKind.REVERSAL, EntryKind.CHARGEBACK})
_OPEN_FOR_ALL = _TAKES_BACK | {EntryKind.REFUND, EntryKind.RECOVERY}
_LENDS = frozenset({EntryKind.DISBURSEMENT, EntryKind.PURCHASE})
_SPLIT = _LENDS | {EntryKind.REPAYMENT, EntryKind.WAIVER, EntryKind.CAPITALISATION}


def check_posting(file: LedgerFile, posting: Posting, today: date) -> None:
    """Refuse what can be seen to be wrong from the posting and the file."""
    _check_key(posting.key)
    _check_amount(file, posting)
    if posting.split is not None:
        _check_split(posting, posting.split)
    _check_dates(file, posting, today)
    if posting.reverses is not None or posting.kind is EntryKind.REVERSAL:
        _check_target(file, posting)
    _check_status(file, posting)


def check_result(posting: Posting, walk: Walk) -> None:
    """Refuse what turns out not to fit where the posting comes to stand in the ledger."""
    closed = posting.key in walk.closed_for
    if closed and posting.kind not in _OPEN_FOR_ALL | {EntryKind.WRITE_OFF}:
        raise _closed(AccountStatus.WRITTEN_OFF)
    if posting.kind is EntryKind.RECOVERY and not closed:
        raise MoreThanOwed("Nothing was written off by then.", hint="Book a repayment instead.")
    short = walk.short.get(posting.key, 0)
    if short and posting.kind is EntryKind.REFUND:
        raise MoreThanCredit(
            "The refund is more than the credit of that day.", hint="Refund at most the credit."
        )
    if short:
        raise MoreThanOwed(
            f"The {posting.kind} does not match what there is on that day.",
            hint="A write-off takes exactly all that is owed, the others at most what there is.",
        )


def _check_key(key: str) -> None:
    if not key or len(key) > LONGEST_KEY or "#" in key:
        raise BadKey(
            f"A key needs 1 to {LONGEST_KEY} characters and no '#'.", hint="Shorten the key."
        )
    if key.startswith(_RESERVED + _RESERVED_TOO):
        raise BadKey(
            "This key is one of the ledger's own.", hint="Put a word of yours in front of it."
        )


def _check_amount(file: LedgerFile, posting: Posting) -> None:
    if posting.amount.currency != file.account.currency:
        raise WrongCurrency(
            Sentence(
                "The account is in %(kept)s, the posting in %(given)s.",
                kept=file.account.currency,
                given=posting.amount.currency,
            ),
            hint="Convert it first, or choose the right account.",
        )
    if posting.amount.minor <= 0:
        raise BadAmount(
            "The amount of a posting must be above zero.",
            hint="Its kind says which way it goes; to undo one, book a reversal.",
        )


def _check_split(posting: Posting, split: Split) -> None:
    wrong = BadAmount(
        f"The split of this {posting.kind} does not add up to its amount.",
        hint="Components raise (+) or pay (-) what is owed; only a repayment gives credit.",
    )
    if posting.kind not in _SPLIT or split.owed.currency != posting.amount.currency:
        raise wrong
    parts = by_component(split)
    principal, credit = split.principal.minor, split.credit.minor
    if posting.kind in _LENDS:
        fits = min(parts.values()) >= 0 and not credit and split.owed == posting.amount
    elif posting.kind is EntryKind.CAPITALISATION:
        moved = principal - split.owed.minor
        others = max(split.interest.minor, split.fee.minor, split.penalty.minor)
        fits = principal == moved == posting.amount.minor and others <= 0 and not credit
    else:
        fits = max(parts.values()) <= 0 <= credit and -split.owed + split.credit == posting.amount
        fits = fits and (not credit or posting.kind is EntryKind.REPAYMENT)
    if not fits:
        raise wrong


def _check_dates(file: LedgerFile, posting: Posting, today: date) -> None:
    if posting.effective_on < file.account.opened_on:
        raise DatesOutOfOrder(
            "The posting is dated before the account was opened.", hint="Correct the date."
        )
    if posting.effective_on > today:
        raise DatesOutOfOrder(
            "The posting is dated in the future.", hint="Book it on its day, or as pending."
        )


def _check_target(file: LedgerFile, posting: Posting) -> None:
    known = {other.key: other for other in file.postings}
    target = known.get(posting.reverses or "")
    if target is None or posting.kind not in _TAKES_BACK:
        raise UnknownPosting(
            "There is no such posting to take back.", hint="Name the key of a booked posting."
        )
    if target.kind is EntryKind.REVERSAL:
        raise ReversalOfReversal(
            "A reversal cannot be taken back.", hint="Book what happened as a new posting."
        )
    if posting.effective_on < target.effective_on:
        raise DatesOutOfOrder(
            "It would be taken back before it happened.", hint="Correct the date."
        )
    taken = [other for other in known.values() if other.reverses == target.key]
    if posting.kind is EntryKind.REVERSAL:
        _check_reversal(posting, target, taken)
    else:
        _check_chargeback(posting, target, taken)


def _check_reversal(posting: Posting, target: Posting, taken: list[Posting]) -> None:
    if taken:
        raise AlreadyReversed(
            "The posting was taken back before, wholly or in part.",
            hint="For the rest of a payment that was charged back in part, book a chargeback.",
        )
    if posting.amount != target.amount:
        raise BadAmount(
            "A reversal takes back the whole posting.", hint="Give the posting's own amount."
        )


def _check_chargeback(posting: Posting, target: Posting, taken: list[Posting]) -> None:
    if target.kind not in PAYMENTS:
        raise UnknownPosting(
            "Only a payment can be charged back.", hint="Name the key of a repayment."
        )
    before = total((other.amount for other in taken), target.amount.currency)
    if before + posting.amount > target.amount:
        raise AlreadyReversed(
            "More would be charged back than was paid.",
            hint="Earlier reversals and chargebacks of the payment count too.",
        )


def _check_status(file: LedgerFile, posting: Posting) -> None:
    """By the stored status; a write-off in the ledger itself is judged on the posting's day."""
    status = file.account.status
    has_write_off = any(other.kind is EntryKind.WRITE_OFF for other in file.postings)
    shut = status is AccountStatus.SETTLED or (
        status is AccountStatus.WRITTEN_OFF and not has_write_off
    )
    if shut and posting.kind not in _OPEN_FOR_ALL:
        raise _closed(status)


def _closed(status: AccountStatus) -> AccountClosed:
    return AccountClosed(
        Sentence("The account is not active: %(status)s.", status=status),
        hint="Money after a write-off is a recovery; a reversal or refund can still be booked.",
    )
