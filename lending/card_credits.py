"""What a line of a card's ledger does to its balance, and what counts as paying a statement.

Credits are payments, refunds of older purchases, waivers and write-offs. A credit that was taken
back (its posting is reversed by a later line) never counts; nor does a refund of something bought
after the statement closed, which was not part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from lending.entries import Derived


def net_change(line: Derived) -> int:
    """By how many minor units the line raises what is owed less the credit held."""
    split = line.split
    charges = split.interest.minor + split.fee.minor + split.penalty.minor
    return split.principal.minor + charges - split.credit.minor


def bearing_change(line: Derived) -> int:
    """By how many minor units the line raises what can bear interest: principal less credit."""
    return line.split.principal.minor - line.split.credit.minor


def charges_change(line: Derived) -> int:
    """By how many minor units the line raises unpaid interest, fees and penalties."""
    split = line.split
    return split.interest.minor + split.fee.minor + split.penalty.minor


def credits_after(closed_on: date, lines: Sequence[Derived]) -> tuple[Derived, ...]:
    """The lines that count as paying the statement closed on that day, seen from the given lines."""
    later = [line for line in lines if line.effective_on > closed_on]
    taken_back = {line.reverses for line in later if line.reverses}
    new = {line.key for line in later}
    return tuple(
        line
        for line in later
        if net_change(line) < 0 and line.key not in taken_back and line.reverses not in new
    )


def amount_of(credits_: Iterable[Derived], through: date) -> int:
    """What the credits come to, in minor units, as far as they are effective by that day."""
    return -sum(net_change(line) for line in credits_ if line.effective_on <= through)


def restated_balance(closed_on: date, lines: Sequence[Derived]) -> int:
    """The balance at the end of that day without the credits that later lines took back."""
    taken_back = {line.reverses for line in lines if line.effective_on > closed_on}
    return sum(
        change
        for line in lines
        if line.effective_on <= closed_on
        and ((change := net_change(line)) >= 0 or line.key not in taken_back)
    )
