"""The repayment history of a kept account, as it stood on a day: see `lending.behaviour`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from lending.account_file import AccountFile
from lending.accounts import EntryKind, Payment, PaymentStatus
from lending.behaviour import CYCLES, Cycle, History, NoHistory
from lending.books_of import is_derived, statements_of
from lending.position import position_of
from lending.promise_states import PromiseState, promise_states
from lending.schedules import rows_in_effect
from lending.terms import CardTerms

_DAY = timedelta(days=1)


def history_of(file: AccountFile, as_of: date, *, unanswered_reminders: int = 0) -> History:
    """What was known at the start of `as_of`: later entries, payments and promises are left out.

    Raises NoHistory before the first due date.
    """
    seen = _until(file, as_of)
    days = [day for day in due_days(seen, as_of) if day < as_of][-CYCLES:]
    if not days:
        raise NoHistory("No payment was due yet.", hint="Score it after its first due date.")
    cycles = [_cycle(seen, before, day) for before, day in zip([None, *days], days, strict=False)]
    return History(
        cycles=tuple(reversed(_counted(cycles))),
        limit=_limit(file),
        broken_promises=_broken(seen, days[0], as_of),
        unanswered_reminders=unanswered_reminders,
    )


def due_days(file: AccountFile, as_of: date) -> list[date]:
    """The account's due dates, oldest first; a card's are those of statements that ask for some."""
    if isinstance(file.account.terms, CardTerms):
        known = statements_of(file, as_of) if is_derived(file) else file.statements
        return sorted({statement.due_on for statement in known})
    return sorted({row.due_on for _, row in rows_in_effect(file.schedules)})


def missed(file: AccountFile, due_on: date, *, grace_days: int) -> bool:
    """Whether the payment due on a day was still missing when its days of grace were over."""
    seen = _until(file, due_on + timedelta(days=grace_days + 1))
    position = position_of(seen, due_on + timedelta(days=grace_days + 1))
    return position.overdue_since is not None and position.overdue_since <= due_on


def _until(file: AccountFile, as_of: date) -> AccountFile:
    return replace(
        file,
        entries=tuple(e for e in file.entries if e.effective_on < as_of),
        postings=tuple(p for p in file.postings if p.effective_on < as_of),
        payments=tuple(p for p in file.payments if p.initiated_on < as_of),
        promises=tuple(p for p in file.promises if p.made_on < as_of),
    )


def _cycle(file: AccountFile, before: date | None, day: date) -> tuple[bool, int, int]:
    """Whether it was late the day after, what was owed then, and what came in since `before`."""
    position = position_of(file, day + _DAY)
    late = position.overdue_since is not None
    return late, position.payoff.minor, _received(file, before, day)


def _received(file: AccountFile, before: date | None, day: date) -> int:
    since = before or file.account.opened_on - _DAY
    if is_derived(file):
        undone = {p.reverses for p in file.postings}
        posted = [p for p in file.postings if p.kind is EntryKind.REPAYMENT and p.key not in undone]
        return sum(p.amount.minor for p in posted if since < p.effective_on <= day)
    return sum(
        payment.amount.minor
        for payment in file.payments
        if payment.status is PaymentStatus.SETTLED and since < _arrived(payment) <= day
    )


def _arrived(payment: Payment) -> date:
    return payment.settled_on or payment.initiated_on


def _counted(cycles: Sequence[tuple[bool, int, int]]) -> list[Cycle]:
    counted, behind = [], 0
    for late, balance, paid in cycles:
        behind = behind + 1 if late else 0
        counted.append(Cycle(balance=balance, paid=paid, behind=behind))
    return counted


def _limit(file: AccountFile) -> int:
    terms = file.account.terms
    return terms.credit_limit.minor if isinstance(terms, CardTerms) else terms.principal.minor


def _broken(file: AccountFile, since: date, as_of: date) -> int:
    outcomes = promise_states(file.promises, file.payments, as_of)
    recent = [p.id for p in file.promises if p.due_on >= since]
    return sum(outcomes[one].state is PromiseState.BROKEN for one in recent)
