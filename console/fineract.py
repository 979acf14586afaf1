"""Apache Fineract's clients and loans as the files that `tideover import` takes (docs/fineract.md).

Takes what its REST resources answer: `GET /clients` items, `GET /loans/{id}?associations=all`.
Pure: no network, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lending.errors import TideoverError
from lending.intake import Kind
from lending.money import Money

Json = Mapping[str, Any]
Row = dict[str, str]

_FREQUENCY = {("Months", 1): "monthly", ("Weeks", 1): "weekly", ("Weeks", 2): "fortnightly"}
_PAYMENTS = frozenset({"repayment", "downPayment", "recoveryRepayment"})


class NotConvertible(TideoverError):
    """A loan that cannot be taken over as it is; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What Fineract does not know of its clients and contact rules ask for."""

    language: str
    timezone: str
    jurisdiction: str
    country: str


def files_of(clients: Iterable[Json], loans: Iterable[Json], house: House) -> dict[Kind, list[Row]]:
    """The rows of all five files. Raises NotConvertible with the loan that stops it."""
    rows: dict[Kind, list[Row]] = {kind: [] for kind in Kind}
    for client in clients:
        if not client.get("active", False):
            continue
        rows[Kind.BORROWERS].append(borrower_row(client, house))
        rows[Kind.CONTACT_POINTS] += point_rows(client)
    for loan in loans:
        if not _was_paid_out(loan):
            continue
        rows[Kind.ACCOUNTS].append(account_row(loan))
        rows[Kind.SCHEDULES] += schedule_rows(loan)
        rows[Kind.PAYMENTS] += payment_rows(loan)
    return rows


def borrower_row(client: Json, house: House) -> Row:
    born = client.get("dateOfBirth")
    return {
        "reference": _client_reference(client["id"]),
        "full_name": str(client["displayName"]),
        "given_name": str(client.get("firstname") or ""),
        "language": house.language,
        "timezone": house.timezone,
        "jurisdiction": house.jurisdiction,
        "country": house.country,
        "birth_date": day(born).isoformat() if born else "",
    }


def point_rows(client: Json) -> list[Row]:
    """A mobile number needs its country code: Fineract keeps what was typed, so others are left out."""
    number = "".join(str(client.get("mobileNo") or "").split())
    email = str(client.get("emailAddress") or "")
    borrower = _client_reference(client["id"])
    rows = []
    if number.startswith("+"):
        rows.append({"borrower": borrower, "kind": "phone", "value": number})
    if email:
        rows.append({"borrower": borrower, "kind": "email", "value": email})
    return rows


def account_row(loan: Json) -> Row:
    """The schedule is sent apart: Fineract's own, whatever calendar and rounding made it."""
    currency = str(loan["currency"]["code"])
    periods = _instalments(loan)
    lent_on = day(loan["timeline"]["actualDisbursementDate"])
    return {
        "reference": _loan_reference(loan),
        "borrower": _client_reference(loan["clientId"]),
        "product": "instalment_loan",
        "currency": currency,
        "opened_on": lent_on.isoformat(),
        "disbursed_on": lent_on.isoformat(),
        "annual_rate_bp": _basis_points(loan),
        "schedule": "sent",
        "principal": amount(_lent(loan), currency),
        "instalments": str(len(periods)),
        "first_due_on": day(periods[0]["dueDate"]).isoformat(),
        "frequency": _frequency(loan),
        "method": _method(loan),
    }


def schedule_rows(loan: Json) -> list[Row]:
    """As it was agreed: what was due, paid or not. Charges are told as postings, not here."""
    currency = str(loan["currency"]["code"])
    return [
        {
            "account": _loan_reference(loan),
            "number": str(number),
            "due_on": day(period["dueDate"]).isoformat(),
            "currency": currency,
            "principal": amount(period.get("principalDue", 0), currency),
            "interest": amount(period.get("interestDue", 0), currency),
        }
        for number, period in enumerate(_instalments(loan), start=1)
    ]


def payment_rows(loan: Json) -> list[Row]:
    """Repayments that stand; one that was undone there is as if it had never been."""
    currency = str(loan["currency"]["code"])
    rows = []
    for told in loan.get("transactions", ()):
        kind = str(told["type"]["code"]).removeprefix("loanTransactionType.")
        if kind not in _PAYMENTS or told.get("manuallyReversed") or told.get("reversed"):
            continue
        paid_on = day(told["date"]).isoformat()
        rows.append(
            {
                "account": _loan_reference(loan),
                "key": f"fineract-{loan['id']}-{told['id']}",
                "amount": amount(told["amount"], currency),
                "currency": currency,
                "status": "settled",
                "method": "fineract",
                "initiated_on": paid_on,
                "settled_on": paid_on,
            }
        )
    return rows


def day(told: Any) -> date:
    """[2026, 2, 1] as Fineract writes dates, or ISO text where it was asked for it."""
    return date.fromisoformat(told) if isinstance(told, str) else date(*told)


def amount(told: Any, currency: str) -> str:
    """As our files write it. JSON must be read with `parse_float=Decimal`: floats are refused."""
    if isinstance(told, float):
        raise NotConvertible(
            "An amount was read as a binary float.", hint="Read the JSON with parse_float=Decimal."
        )
    exact = Decimal(told)
    rounded = Money.from_decimal(exact, currency).amount
    if rounded != exact:
        raise NotConvertible(
            f"An amount has more decimals than {currency} has.",
            hint="Set the decimal places of the currency in Fineract.",
        )
    return str(rounded)


def _instalments(loan: Json) -> list[Json]:
    """The rows with a number; the one without is the payout."""
    periods = [one for one in loan["repaymentSchedule"]["periods"] if "period" in one]
    rows = [
        one
        for one in periods
        if not one.get("downPaymentPeriod")
        and Decimal(one.get("principalDue", 0)) + Decimal(one.get("interestDue", 0))
    ]
    if not rows:
        raise NotConvertible(
            f"The loan {loan['id']} has no schedule.", hint="Ask with ?associations=all."
        )
    return rows


def _was_paid_out(loan: Json) -> bool:
    return bool(loan.get("timeline", {}).get("actualDisbursementDate"))


def _lent(loan: Json) -> Any:
    payouts = [
        one["principalDisbursed"]
        for one in loan["repaymentSchedule"]["periods"]
        if one.get("principalDisbursed")
    ]
    if len(payouts) > 1:
        raise NotConvertible(
            f"The loan {loan['id']} was paid out in {len(payouts)} parts.",
            hint="Tell of it by the API: one account, and a posting for each further payout.",
        )
    return payouts[0] if payouts else loan["principal"]


def _basis_points(loan: Json) -> str:
    rate = Decimal(loan["annualInterestRate"]) * 100
    if rate != rate.to_integral_value():
        raise NotConvertible(
            f"The rate of the loan {loan['id']} has parts of a basis point.",
            hint="Round it as the agreement says, and tell of the loan by the API.",
        )
    return str(int(rate))


def _frequency(loan: Json) -> str:
    unit = str(loan["repaymentFrequencyType"]["value"])
    found = _FREQUENCY.get((unit, int(loan["repaymentEvery"])))
    if found is None:
        raise NotConvertible(
            f"The loan {loan['id']} is due every {loan['repaymentEvery']} {unit.lower()}.",
            hint="Monthly, weekly and fortnightly loans can be taken over.",
        )
    return found


def _method(loan: Json) -> str:
    if "flat" in str(loan["interestType"]["value"]).lower():
        return "flat"
    equal_principal = "principal" in str(loan["amortizationType"]["value"]).lower()
    return "equal_principal" if equal_principal else "annuity"


def _client_reference(number: Any) -> str:
    return f"client-{number}"


def _loan_reference(loan: Json) -> str:
    return f"loan-{loan['id']}"
