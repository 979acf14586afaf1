"""The one error hierarchy. Every package derives its own from here."""


class TideoverError(Exception):
    """Something is wrong and a person can mend it.

    `message` says what is wrong; `hint` says what to do about it. Neither holds personal data.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class LendingError(TideoverError):
    """A wrong call or a broken record in the money part."""


class CurrencyMismatch(LendingError):
    """Two amounts of different currencies were put together."""


class UnknownAccount(LendingError):
    """No account has this reference."""


class UnpayableTerms(LendingError):
    """The terms can never be repaid, or make no sense."""


class BadAmount(LendingError):
    """An amount that is zero or negative, or a split that does not add up to it."""


class WrongCurrency(CurrencyMismatch):
    """A posting in another currency than its account's."""


class DatesOutOfOrder(LendingError):
    """A posting before its account was opened, after today, or before what it takes back."""


class AccountClosed(LendingError):
    """The account is settled or written off and takes no such posting."""


class KeyReused(LendingError):
    """The same key was given before with another content."""


class UnknownPosting(LendingError):
    """The posting that should be taken back is not in the ledger."""


class ReversalOfReversal(LendingError):
    """A reversal cannot itself be taken back."""


class AlreadyReversed(LendingError):
    """The posting has been taken back before, wholly or in part."""


class MoreThanCredit(LendingError):
    """A refund of more than the borrower has to their credit."""


class MoreThanOwed(LendingError):
    """A waiver, capitalisation, write-off or recovery of more than there is."""


class BadAllocation(LendingError):
    """An allocation order that does not name each of the twelve slots exactly once."""


class IllegalTransition(LendingError):
    """A payment cannot go from the state it is in to the one wanted."""


class WatermarkBack(LendingError):
    """A feed said that it knows less than it did before."""


class BadKey(LendingError):
    """A posting's key that is empty, too long, or one that the ledger keeps for itself."""


class UnknownCountry(LendingError):
    """No holiday calendar is known for the country."""


class WrongExponent(LendingError):
    """An amount with more decimals than its currency has."""


class NeverAmortises(UnpayableTerms):
    """Paid this way, a card's balance is never cleared."""


class InvalidHold(LendingError):
    """A hold without an end after its start, an owner, a reason, or anything that it suspends."""


class HoldEnded(LendingError):
    """The hold has ended on that day, or earlier, already."""


class InvalidPromise(LendingError):
    """A promise to pay that cannot be made or followed."""


class PromiseOfNothing(InvalidPromise):
    """The amount promised is zero or below."""


class PromiseAboveOwed(InvalidPromise):
    """More is promised than there is to pay."""


class PromiseDayOutOfRange(InvalidPromise):
    """The day promised lies in the past, or further ahead than the lender allows."""


class PromiseForClosedAccount(InvalidPromise):
    """The account is settled or written off: there is nothing to promise."""


class InvalidDelinquencyTable(LendingError):
    """Buckets with a gap, an overlap or a doubled name, or limits that make no sense."""
