"""The parts of what `tideover account` answers, each as plain data; docs/account-json.md tells them."""

from __future__ import annotations

from datetime import date
from typing import Any

from lending.account_file import AccountFile
from lending.accounts import LedgerEntry, Payment, Statement
from lending.entries import Derived, Split
from lending.holds import Hold
from lending.position import position_of
from lending.promise_states import PromiseOutcome
from lending.promises import Promise

Answer = dict[str, Any]


def position_part(file: AccountFile, on: date) -> Answer:
    at = position_of(file, on)
    due = at.next_due
    return {
        "as_of": on.isoformat(),
        "overdue_minor": at.overdue.minor,
        "overdue_since": at.overdue_since.isoformat() if at.overdue_since else None,
        "days_past_due": at.days_past_due,
        "bucket": at.bucket,
        "next_due": due
        and {
            "due_on": due.due_on.isoformat(),
            "amount_minor": due.amount.minor,
            "full_minor": due.full.minor,
            "number": due.number,
        },
        "payoff_minor": at.payoff.minor,
        "fees_owed_minor": at.fees_owed.minor,
        "pending_minor": at.pending.minor,
        "credit_minor": at.credit.minor,
    }


def split_part(split: Split) -> Answer:
    return {
        "principal_minor": split.principal.minor,
        "interest_minor": split.interest.minor,
        "fee_minor": split.fee.minor,
        "penalty_minor": split.penalty.minor,
        "credit_minor": split.credit.minor,
    }


def line_part(line: Derived) -> Answer:
    return {
        "effective_on": line.effective_on.isoformat(),
        "kind": line.kind.value,
        "key": line.key,
        **split_part(line.split),
    }


def entry_part(entry: LedgerEntry) -> Answer:
    return {
        "effective_on": entry.effective_on.isoformat(),
        "kind": entry.kind.value,
        "key": entry.idempotency_key,
        "principal_minor": entry.principal.minor,
        "interest_minor": entry.interest.minor,
        "fee_minor": entry.fee.minor,
        "penalty_minor": entry.penalty.minor,
        "credit_minor": entry.credit.minor,
    }


def statement_part(statement: Statement) -> Answer:
    return {
        "number": statement.number,
        "closed_on": statement.closed_on.isoformat(),
        "due_on": statement.due_on.isoformat(),
        "balance_minor": statement.balance.minor,
        "minimum_due_minor": statement.minimum_due.minor,
    }


def payment_part(payment: Payment) -> Answer:
    return {
        "initiated_on": payment.initiated_on.isoformat(),
        "settled_on": payment.settled_on.isoformat() if payment.settled_on else None,
        "amount_minor": payment.amount.minor,
        "status": payment.status.value,
        "method": payment.method,
    }


def hold_part(hold: Hold, on: date) -> Answer:
    return {
        "kind": hold.kind.value,
        "from_on": hold.from_on.isoformat(),
        "until_on": hold.until_on.isoformat() if hold.until_on else None,
        "is_in_force": hold.covers(on),
        "suspends": sorted(hold.suspends),
        "owner": hold.owner,
        "reason": hold.reason,
    }


def promise_part(promise: Promise, outcome: PromiseOutcome) -> Answer:
    resolved_on = outcome.resolved_on
    return {
        "made_on": promise.made_on.isoformat(),
        "due_on": promise.due_on.isoformat(),
        "amount_minor": promise.amount.minor,
        "state": outcome.state.value,
        "received_minor": outcome.received.minor,
        "pending_minor": outcome.pending.minor,
        "left_minor": outcome.left.minor,
        "resolved_on": resolved_on.isoformat() if resolved_on else None,
    }
