"""What `tideover account` answers, as plain data: docs/account-json.md describes each shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from console.account_json import LedgerForm, ProjectionForm
from console.account_parts import (
    Answer,
    entry_part,
    hold_part,
    line_part,
    payment_part,
    position_part,
    promise_part,
    split_part,
    statement_part,
)
from lending.account_file import AccountFile
from lending.accounts import (
    Account,
    AccountStatus,
    Instalment,
    Product,
    Schedule,
    Statement,
)
from lending.apr import effective_annual_rate, reg_z_rate
from lending.booking import book
from lending.books_of import derived_ledger, is_derived, ledger_file, statements_of
from lending.card_minimum import Projection, pay_fixed, pay_only_minimum, payment_to_clear
from lending.due_dates import periods
from lending.ids import AccountId, BorrowerId
from lending.money import Money, total
from lending.promise_states import promise_states
from lending.quote import payoff_quote_on
from lending.schedule import build_schedule
from lending.terms import CardTerms, LoanTerms

_NO_TIME = datetime.min.replace(tzinfo=UTC)
"""Nothing of a file is kept, so it does not matter when it was booked."""


def schedule_answer(terms: LoanTerms) -> Answer:
    """A loan's instalments, their totals, and both annual rates of its cash flows."""
    rows = build_schedule(terms)
    currency = terms.principal.currency
    interest = total((row.interest for row in rows), currency)
    return {
        "product": "instalment_loan",
        "currency": currency,
        "rows": _instalments(terms, rows),
        "totals": {
            "principal_minor": terms.principal.minor,
            "interest_minor": interest.minor,
            "payments_minor": (terms.principal + interest).minor,
        },
        **_rates(terms, rows),
    }


def card_projection(form: ProjectionForm) -> Answer:
    """Paying only the minimum, or a fixed amount; and what would clear the card in 36 months."""
    terms, balance = form.to_terms(), Money(form.balance_minor, form.currency)
    if form.payment_minor is None:
        projection = pay_only_minimum(terms, balance, form.closed_on)
    else:
        payment = Money(form.payment_minor, form.currency)
        projection = pay_fixed(terms, balance, form.closed_on, payment)
    return {
        "product": "credit_card",
        "currency": form.currency,
        "rows": _months(projection),
        "totals": {
            "months": len(projection.months),
            "interest_minor": projection.total_interest.minor,
            "payments_minor": projection.total_paid.minor,
        },
        "clears_in_36_months_minor": payment_to_clear(terms, balance, form.closed_on).minor,
    }


def ledger_answer(form: LedgerForm) -> Answer:
    """Every line of the derived ledger, what is owed at the end of the day, and where it stands."""
    file = booked(form)
    ledger = derived_ledger(file, form.through)
    answer = {
        "product": file.account.product.value,
        "currency": file.account.currency,
        "through": form.through.isoformat(),
        "rows": [line_part(line) for line in ledger.lines],
        "balance": split_part(ledger.balance),
        "is_written_off": ledger.is_written_off,
        "position": position_part(file, form.through + timedelta(days=1)),
    }
    if isinstance(file.account.terms, CardTerms):
        answer["statements"] = [statement_part(s) for s in statements_of(file, form.through)]
    else:
        answer["instalments"] = [
            {
                "number": row.instalment.number,
                "due_on": row.instalment.due_on.isoformat(),
                "principal_left_minor": row.principal_left.minor,
                "interest_left_minor": row.interest_left.minor,
            }
            for row in ledger.instalments
        ]
    return answer


def booked(form: LedgerForm) -> AccountFile:
    """The account of the form after every posting was booked. Raises the ledger's named errors."""
    terms = form.terms.to_terms()
    product = Product(form.terms.product)
    file = AccountFile(
        account=Account(
            id=AccountId(1),
            borrower_id=BorrowerId(1),
            reference="file",
            product=product,
            currency=form.terms.currency,
            status=AccountStatus.ACTIVE,
            opened_on=form.opened_on,
            terms=terms,
        ),
        schedules=_signed(terms),
        holds=tuple(hold.to_hold(n) for n, hold in enumerate(form.holds, start=1)),
    )
    for posting in form.postings:
        told = posting.to_posting(form.terms.currency)
        if book(ledger_file(file, form.through), told, today=form.through, booked_at=_NO_TIME):
            file = replace(file, postings=(*file.postings, told))
    return file


def show_answer(file: AccountFile, on: date) -> Answer:
    """An account as of the start of a day, with everything that is kept of it."""
    return {
        "reference": file.account.reference,
        "product": file.account.product.value,
        "currency": file.account.currency,
        "status": file.account.status.value,
        "opened_on": file.account.opened_on.isoformat(),
        "books": "derived" if is_derived(file) else "mirrored",
        "position": position_part(file, on),
        "statements": [statement_part(statement) for statement in _closed(file, on)],
        "payments": [payment_part(made) for made in file.payments if made.initiated_on <= on],
        "promises": _promises(file, on),
        "holds": [hold_part(hold, on) for hold in file.holds],
        "rows": [entry_part(entry) for entry in file.entries if entry.effective_on <= on],
    }


def quote_answer(file: AccountFile, on: date) -> Answer:
    """What clears the account on the day, by part."""
    quote = payoff_quote_on(file, on)
    return {
        "reference": file.account.reference,
        "currency": file.account.currency,
        "on": on.isoformat(),
        "amount_minor": quote.amount.minor,
        "principal_minor": quote.principal.minor,
        "interest_minor": quote.interest.minor,
        "accrued_minor": quote.accrued.minor,
        "fees_minor": quote.fees.minor,
        "penalties_minor": quote.penalties.minor,
        "credit_minor": quote.credit.minor,
        "refund_minor": quote.refund.minor,
        "per_diem_minor": quote.per_diem.minor,
    }


def _closed(file: AccountFile, on: date) -> Sequence[Statement]:
    """A card's statements that closed before the day."""
    known = statements_of(file, on - timedelta(days=1)) if is_derived(file) else file.statements
    return [statement for statement in known if statement.closed_on < on]


def _promises(file: AccountFile, on: date) -> list[Answer]:
    made = [promise for promise in file.promises if promise.made_on <= on]
    outcomes = promise_states(made, file.payments, on)
    return [promise_part(promise, outcomes[promise.id]) for promise in made]


def _signed(terms: LoanTerms | CardTerms) -> tuple[Schedule, ...]:
    if isinstance(terms, CardTerms):
        return ()
    return (Schedule(version=1, reason="signed", instalments=build_schedule(terms)),)


def _instalments(terms: LoanTerms, rows: Sequence[Instalment]) -> list[Answer]:
    left = terms.principal.minor
    told = []
    for row in rows:
        left -= row.principal.minor
        told.append(
            {
                "number": row.number,
                "due_on": row.due_on.isoformat(),
                "payment_minor": row.amount.minor,
                "principal_minor": row.principal.minor,
                "interest_minor": row.interest.minor,
                "balance_minor": left,
            }
        )
    return told


def _rates(terms: LoanTerms, rows: Sequence[Instalment]) -> Answer:
    """As text with twelve decimals: JSON numbers would pass through binary floats."""
    lent_on = periods(terms)[0].start
    flows = [(row.due_on, row.amount) for row in rows]
    effective = effective_annual_rate(terms.principal, lent_on, flows)
    actuarial = reg_z_rate(
        terms.principal,
        lent_on,
        terms.first_due_on,
        [row.amount for row in rows],
        terms.frequency,
    )
    return {
        "disbursed_on": lent_on.isoformat(),
        "effective_annual_rate": str(effective),
        "regulation_z_apr": str(actuarial),
    }


def _months(projection: Projection) -> list[Answer]:
    return [
        {
            "number": number,
            "closed_on": month.closed_on.isoformat(),
            "due_on": month.due_on.isoformat(),
            "balance_minor": month.balance.minor,
            "interest_minor": month.interest.minor,
            "payment_minor": month.payment.minor,
        }
        for number, month in enumerate(projection.months, start=1)
    ]
