"""When a card's own charges come about: interest on closing days, late fees after due dates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from lending.accounts import EntryKind
from lending.card_credits import amount_of, credits_after, net_change
from lending.card_cycle import is_closing, last_day_in_time, next_closing
from lending.card_interest import cycle_interest
from lending.card_statement import statements, unpaid_minimum
from lending.card_terms import check_card_terms
from lending.entries import Charge, Derived
from lending.holds import Hold, Suspended, is_suspended
from lending.late_charges import late_fee
from lending.money import Money
from lending.terms import CardTerms

_DAY = timedelta(days=1)


class CardCharges:
    """`entries.ChargeRules` of a card: charges come at the end of the day, after its postings.

    Interest is charged on each closing day (key `interest:{closing day}`) and is part of that
    statement. A late fee is charged on the day after due date + days of grace when the minimum was
    not received in time (key `late-fee:{closing day}`), on what is unpaid of it. A payment that
    was taken back by then does not count; one taken back later brings no late fee afterwards.
    `holds` are those of the account and its borrower.

    Raises UnpayableTerms or CurrencyMismatch for terms that make no sense.
    """

    def __init__(self, *, terms: CardTerms, opened_on: date, holds: Iterable[Hold] = ()) -> None:
        self.at_day_end = True
        self._terms = check_card_terms(terms)
        self._opened_on = opened_on
        self._holds = tuple(holds)
        # From a closing day to the day on which its late fee is assessed.
        self._until_late = timedelta(days=terms.due_days + terms.grace_days + 1)

    def next_day(self, after: date) -> date:
        """The next closing day or late-fee day later than `after`. Cards never run out of them."""
        closing = next_closing(self._terms, max(after, self._opened_on - _DAY))
        if self._terms.late_fee is None:
            return closing
        fee_for = next_closing(self._terms, max(after - self._until_late, self._opened_on - _DAY))
        return min(closing, fee_for + self._until_late)

    def assess(self, on: date, so_far: Sequence[Derived]) -> tuple[Charge, ...]:
        """The day's late fee and interest; no charge of zero."""
        known = [line for line in so_far if line.effective_on <= on]
        charges: list[Charge] = []
        late_for = on - self._until_late
        if self._is_statement(late_for):
            charges += self._late_fee(on, late_for, known)
        if self._is_statement(on):
            charges += self._interest(on, known)
        return tuple(charge for charge in charges if charge.amount.minor > 0)

    def _is_statement(self, day: date) -> bool:
        return day >= self._opened_on and is_closing(self._terms, day)

    def _interest(self, on: date, known: Sequence[Derived]) -> list[Charge]:
        amount = cycle_interest(
            self._terms, opened_on=self._opened_on, closed_on=on, lines=known, holds=self._holds
        )
        return [_charge("interest", EntryKind.INTEREST, on, on, amount)]

    def _late_fee(self, on: date, closed_on: date, known: Sequence[Derived]) -> list[Charge]:
        fee = self._terms.late_fee
        if fee is None or is_suspended(self._holds, Suspended.LATE_FEES, on):
            return []
        unpaid = self._unpaid_in_time(closed_on, known)
        kind = EntryKind.PENALTY if fee.as_penalty else EntryKind.FEE
        return [_charge("late-fee", kind, on, closed_on, late_fee(fee, unpaid))]

    def _unpaid_in_time(self, closed_on: date, known: Sequence[Derived]) -> Money:
        """What of the minimum was not received in time."""
        limit = last_day_in_time(self._terms, closed_on)
        balance = sum(net_change(line) for line in known if line.effective_on <= closed_on)
        if amount_of(credits_after(closed_on, known), limit) >= balance:
            # A minimum is never above the balance: the usual case needs no statement.
            return Money.zero(self._terms.credit_limit.currency)
        statement = statements(self._terms, self._opened_on, known, closed_on)[-1]
        return unpaid_minimum(statement, known, limit)


def _charge(name: str, kind: EntryKind, on: date, closed_on: date, amount: Money) -> Charge:
    key = f"{name}:{closed_on.isoformat()}"
    return Charge(key=key, kind=kind, effective_on=on, amount=amount)
