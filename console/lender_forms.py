"""What the lender's system tells, as strict JSON: the bodies of the API and the lines of an import.

Amounts are whole minor units (`*_minor`), rates are basis points (`*_bp`), days are ISO dates. An
unknown field is an error.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

import phonenumbers
from pydantic import AfterValidator, AwareDatetime, Field, StrictBool, StrictInt, model_validator

from compliance.profile_file import available_profiles
from console.account_json import MOST_MINOR, CardForm, Currency, Day, LoanForm, Strict
from lending.accounts import Instalment, PaymentStatus
from lending.holds import HoldKind, Suspended
from lending.money import Money
from lending.records import (
    AccountRecord,
    BorrowerRecord,
    PaymentRecord,
    PointKind,
    PointRecord,
    ScheduleRecord,
)

REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"
MOST_ROWS = 5_200
_PRINTABLE = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


_REFERENCE = re.compile(REFERENCE)


def is_reference(text: str) -> bool:
    return _REFERENCE.fullmatch(text) is not None


@lru_cache(maxsize=1)
def _profiles() -> frozenset[str]:
    return frozenset(available_profiles())


@lru_cache(maxsize=1_024)
def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is no IANA time zone such as Europe/London") from None
    return name


def _profile(name: str) -> str:
    if name not in _profiles():
        raise ValueError(f"is none of the contact-rule profiles {', '.join(sorted(_profiles()))}")
    return name


def _born(day: date) -> date:
    if day > datetime.now(UTC).date():
        raise ValueError("is in the future")
    return day


Reference = Annotated[str, Field(pattern=REFERENCE, examples=["NB-ANN"])]
PaymentKey = Annotated[str, Field(pattern=REFERENCE, examples=["bank-2026-000017"])]
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=_PRINTABLE)]
Zone = Annotated[str, Field(max_length=64, examples=["Europe/London"]), AfterValidator(_zone)]
Jurisdiction = Annotated[str, Field(max_length=16, examples=["UK"]), AfterValidator(_profile)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", examples=["GB"])]
Positive = Annotated[StrictInt, Field(ge=1, le=MOST_MINOR)]
NotNegative = Annotated[StrictInt, Field(ge=0, le=MOST_MINOR)]
Language = Literal["en", "zh-Hans", "zh-Hant"]


class BorrowerForm(Strict):
    """`given_name` is how English texts address the borrower; without it, the whole name.

    `birth_date` is the second fact that proves who writes: kept as a keyed digest, never shown.
    """

    full_name: Line
    given_name: Line | None = None
    language: Language
    timezone: Zone
    jurisdiction: Jurisdiction
    country: Country
    birth_date: Annotated[Day, AfterValidator(_born)] | None = None

    def to_record(self, reference: str) -> BorrowerRecord:
        return BorrowerRecord(
            reference=reference,
            full_name=self.full_name,
            given_name=self.given_name or self.full_name,
            language=self.language,
            timezone=self.timezone,
            jurisdiction=self.jurisdiction,
            country=self.country,
            birth_date=self.birth_date,
        )


class PointForm(Strict):
    """A phone number with + and country code, an e-mail address, a Telegram chat id, or a web id."""

    kind: PointKind
    value: Annotated[str, Field(min_length=1, max_length=254, pattern=_PRINTABLE)]
    verified_at: AwareDatetime | None = None
    reachable: StrictBool = True

    @model_validator(mode="after")
    def _fits(self) -> Self:
        problem = _problem_of(self.kind, self.value)
        if problem:
            raise ValueError(problem)
        return self

    def to_record(self, borrower: str) -> PointRecord:
        return PointRecord(
            borrower=borrower,
            kind=self.kind,
            value=normal(self.kind, self.value),
            verified_at=self.verified_at,
            reachable=self.reachable,
        )


def normal(kind: PointKind, value: str) -> str:
    """The one way in which an address is kept: E.164 for phones, lower-case host for e-mail."""
    match kind:
        case PointKind.PHONE:
            return str(
                phonenumbers.format_number(
                    phonenumbers.parse(value), phonenumbers.PhoneNumberFormat.E164
                )
            )
        case PointKind.EMAIL:
            name, host = value.rsplit("@", 1)
            return f"{name}@{host.lower()}"
        case _:
            return value


def _problem_of(kind: PointKind, value: str) -> str:
    match kind:
        case PointKind.PHONE if not _is_phone(value):
            return "is no phone number with + and country code"
        case PointKind.EMAIL if not _EMAIL.fullmatch(value):
            return "is no e-mail address"
        case PointKind.TELEGRAM if not re.fullmatch(r"[0-9]{1,19}", value):
            return "is no Telegram chat id (digits)"
        case _:
            return ""


def _is_phone(value: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(value))
    except phonenumbers.NumberParseException:
        return False


class InstalmentForm(Strict):
    number: Annotated[StrictInt, Field(ge=1, le=MOST_ROWS)]
    due_on: Day
    principal_minor: NotNegative
    interest_minor: NotNegative

    def to_row(self, currency: str) -> Instalment:
        return Instalment(
            number=self.number,
            due_on=self.due_on,
            principal=Money(self.principal_minor, currency),
            interest=Money(self.interest_minor, currency),
        )


class ScheduleForm(Strict):
    """Every instalment of the loan, paid ones too."""

    instalments: Annotated[tuple[InstalmentForm, ...], Field(min_length=1, max_length=MOST_ROWS)]

    def to_record(self, account: str, currency: str) -> ScheduleRecord:
        rows = tuple(row.to_row(currency) for row in self.instalments)
        return ScheduleRecord(account=account, instalments=rows)


class AccountForm(Strict):
    """`terms` as in docs/account-json.md. `schedule`: made from the terms, or sent by the lender."""

    borrower: Reference
    opened_on: Day
    terms: Annotated[LoanForm | CardForm, Field(discriminator="product")]
    schedule: Literal["from_terms", "sent"] = "from_terms"

    def to_record(self, reference: str) -> AccountRecord:
        """Raises BadAllocation."""
        return AccountRecord(
            reference=reference,
            borrower=self.borrower,
            opened_on=self.opened_on,
            terms=self.terms.to_terms(),
            instalments=None if self.schedule == "from_terms" else (),
        )


class PaymentForm(Strict):
    """`key` is the payment's id with whoever moved the money: the same key is the same payment."""

    key: PaymentKey
    amount_minor: Positive
    currency: Currency
    status: Literal["pending", "settled", "failed"] = "settled"
    method: Annotated[str, Field(min_length=1, max_length=32, pattern=_PRINTABLE)]
    initiated_on: Day
    settled_on: Day | None = None

    @model_validator(mode="after")
    def _days_fit(self) -> Self:
        if self.settled_on is not None and self.status != "settled":
            raise ValueError("settled_on belongs to a settled payment only")
        if self.settled_on is not None and self.settled_on < self.initiated_on:
            raise ValueError("settled_on is before initiated_on")
        return self

    def to_record(self, account: str) -> PaymentRecord:
        settled_on = self.settled_on or self.initiated_on
        return PaymentRecord(
            account=account,
            key=self.key,
            amount=Money(self.amount_minor, self.currency),
            status=PaymentStatus(self.status),
            method=self.method,
            initiated_on=self.initiated_on,
            settled_on=settled_on if self.status == "settled" else None,
        )


class PaymentChangeForm(Strict):
    """A pending payment settles or fails; a settled one can be reversed."""

    status: Literal["settled", "failed", "reversed"]
    on: Day


class NewHoldForm(Strict):
    """Half-open: `until_on` is the first day that is free again. Without `account`, all accounts."""

    kind: HoldKind
    account: Reference | None = None
    from_on: Day
    until_on: Day | None = None
    owner: Line
    reason: Line
    suspends: Annotated[tuple[Suspended, ...], Field(min_length=1)] | None = None


class HoldEndForm(Strict):
    """The first day that is free again."""

    on: Day


class LinkForm(Strict):
    channel: Literal["web", "telegram"]
