"""What the API answers, each shape once; docs/api.md and the OpenAPI document tell them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, Field

from bot.conversation import Escalation
from bot.ports import StoredDecision
from console.account_json import (
    AllocationForm,
    CardForm,
    LateFeeForm,
    LoanForm,
    RoundingForm,
)
from console.account_parts import entry_part, payment_part, position_part
from lending.account_file import AccountFile
from lending.accounts import Account, Borrower, Payment, Schedule
from lending.events import EventState, EventType, KeptEvent
from lending.holds import Hold
from lending.lender_access import Scope
from lending.portfolio import ContactPoint
from lending.terms import LateFee, LoanTerms

Item = TypeVar("Item", bound=BaseModel)

_LOAN_FIELDS = (
    *("instalments", "first_due_on", "disbursed_on", "frequency", "method"),
    *("day_count", "roll", "holiday_country", "penalty_rate_bp"),
)
_CARD_FIELDS = ("statement_day", "due_days", "minimum_rate_bp", "minimum_adds_charges")


class Page(BaseModel, Generic[Item]):
    """`next_cursor` gives the next page; null at the end."""

    items: list[Item]
    next_cursor: str | None


class KeyAnswer(BaseModel):
    name: str
    scopes: list[Scope]


class BorrowerAnswer(BaseModel):
    reference: str
    full_name: str
    given_name: str
    language: str
    timezone: str
    jurisdiction: str
    country: str

    @classmethod
    def of(cls, borrower: Borrower) -> BorrowerAnswer:
        return cls(**{name: getattr(borrower, name) for name in cls.model_fields})


class PointAnswer(BaseModel):
    kind: str
    value: str
    verified_at: datetime | None
    reachable: bool

    @classmethod
    def of(cls, point: ContactPoint) -> PointAnswer:
        return cls(**{name: getattr(point, name) for name in cls.model_fields})


class DueAnswer(BaseModel):
    due_on: date
    amount_minor: int
    full_minor: int
    number: int


class PositionAnswer(BaseModel):
    as_of: date
    overdue_minor: int
    overdue_since: date | None
    days_past_due: int
    bucket: str
    next_due: DueAnswer | None
    payoff_minor: int
    fees_owed_minor: int
    pending_minor: int
    credit_minor: int


class AccountAnswer(BaseModel):
    reference: str
    borrower: str
    product: str
    currency: str
    status: str
    opened_on: date
    terms: Annotated[LoanForm | CardForm, Field(discriminator="product")]

    @classmethod
    def of(cls, account: Account, borrower: Borrower) -> AccountAnswer:
        return cls(
            reference=account.reference,
            borrower=borrower.reference,
            product=account.product.value,
            currency=account.currency,
            status=account.status.value,
            opened_on=account.opened_on,
            terms=terms_form(account),
        )


class EntryAnswer(BaseModel):
    effective_on: date
    kind: str
    key: str
    principal_minor: int
    interest_minor: int
    fee_minor: int
    penalty_minor: int
    credit_minor: int


class AccountDetails(AccountAnswer):
    """With where it stands at the start of a day."""

    position: PositionAnswer

    @classmethod
    def at(cls, file: AccountFile, borrower: Borrower, on: date) -> AccountDetails:
        plain = AccountAnswer.of(file.account, borrower)
        position = PositionAnswer(**position_part(file, on))
        return cls(**dict(plain), position=position)


class InstalmentAnswer(BaseModel):
    number: int
    due_on: date
    principal_minor: int
    interest_minor: int


class ScheduleAnswer(BaseModel):
    version: int
    reason: str
    from_on: date | None
    instalments: list[InstalmentAnswer]

    @classmethod
    def of(cls, schedule: Schedule) -> ScheduleAnswer:
        return cls(
            version=schedule.version,
            reason=schedule.reason,
            from_on=schedule.from_on,
            instalments=[
                InstalmentAnswer(
                    number=row.number,
                    due_on=row.due_on,
                    principal_minor=row.principal.minor,
                    interest_minor=row.interest.minor,
                )
                for row in schedule.instalments
            ],
        )


class PaymentAnswer(BaseModel):
    initiated_on: date
    settled_on: date | None
    amount_minor: int
    status: str
    method: str

    @classmethod
    def of(cls, payment: Payment) -> PaymentAnswer:
        return cls(**payment_part(payment))


class QuoteAnswer(BaseModel):
    """What clears the account on the day, by part."""

    reference: str
    currency: str
    on: date
    amount_minor: int
    principal_minor: int
    interest_minor: int
    accrued_minor: int
    fees_minor: int
    penalties_minor: int
    credit_minor: int
    refund_minor: int
    per_diem_minor: int


class HoldAnswer(BaseModel):
    id: int
    kind: str
    account: str | None
    from_on: date
    until_on: date | None
    owner: str
    reason: str
    suspends: list[str]

    @classmethod
    def of(cls, hold: Hold, account: str | None) -> HoldAnswer:
        return cls(
            id=hold.id,
            kind=hold.kind.value,
            account=account,
            from_on=hold.from_on,
            until_on=hold.until_on,
            owner=hold.owner,
            reason=hold.reason,
            suspends=sorted(hold.suspends),
        )


class EscalationAnswer(BaseModel):
    """Why a person is needed. Details and words are in the console."""

    id: int
    conversation: str
    reason: str
    priority: int
    opened_at: datetime

    @classmethod
    def of(cls, escalation: Escalation) -> EscalationAnswer:
        return cls(
            id=escalation.id,
            conversation=escalation.conversation_id,
            reason=escalation.reason.value,
            priority=escalation.priority,
            opened_at=escalation.opened_at,
        )


class DecisionAnswer(BaseModel):
    """One attempt to contact somebody, sent or not; `digest` is the SHA-256 of all that it says."""

    id: int
    at: datetime
    profile: str
    version: str
    effect: str
    rules: list[str]
    sent: bool
    digest: str

    @classmethod
    def of(cls, decision: StoredDecision) -> DecisionAnswer:
        return cls(
            id=decision.id,
            at=decision.at,
            profile=decision.question.profile,
            version=decision.answer.version,
            effect=decision.answer.decision.effect.value,
            rules=list(decision.answer.decision.rules),
            sent=decision.message_id is not None,
            digest=decision.digest,
        )


class EventAnswer(BaseModel):
    """As sent by webhook (docs/webhooks.md), with how far it has come."""

    id: str
    type: EventType
    timestamp: datetime
    sequence: int
    data: dict[str, str | int | bool | None]
    state: EventState

    @classmethod
    def of(cls, event: KeptEvent) -> EventAnswer:
        whose = {
            "borrower": event.borrower,
            "account": event.account,
            "conversation": event.conversation,
        }
        return cls(
            id=event.key,
            type=event.type,
            timestamp=event.at,
            sequence=event.number,
            data={**whose, **event.data},
            state=event.state,
        )


class LinkAnswer(BaseModel):
    """A link that works once, until `expires_at`; whoever opens it still proves who they are."""

    url: str
    expires_at: datetime


def entries_of(file: AccountFile) -> list[EntryAnswer]:
    return [EntryAnswer(**entry_part(entry)) for entry in file.entries]


def terms_form(account: Account) -> LoanForm | CardForm:
    """The terms in the form in which they are told."""
    terms = account.terms
    shared: dict[str, Any] = {
        "currency": account.currency,
        "annual_rate_bp": terms.annual_rate_bp,
        "grace_days": terms.grace_days,
        "late_fee": _late_fee(terms.late_fee),
        "rounding": RoundingForm(step_minor=terms.rounding.step, mode=terms.rounding.mode),
        "allocation": AllocationForm(
            order=terms.allocation.order, horizontal=terms.allocation.horizontal
        ),
    }
    if isinstance(terms, LoanTerms):
        own = {name: getattr(terms, name) for name in _LOAN_FIELDS}
        return LoanForm.model_construct(
            product="instalment_loan", principal_minor=terms.principal.minor, **own, **shared
        )
    own = {name: getattr(terms, name) for name in _CARD_FIELDS}
    return CardForm.model_construct(
        product="credit_card",
        credit_limit_minor=terms.credit_limit.minor,
        minimum_floor_minor=terms.minimum_floor.minor,
        **own,
        **shared,
    )


def _late_fee(fee: LateFee | None) -> LateFeeForm | None:
    if fee is None:
        return None
    return LateFeeForm(
        flat_minor=None if fee.flat is None else fee.flat.minor,
        rate_bp=fee.rate_bp,
        cap_minor=None if fee.cap is None else fee.cap.minor,
        as_penalty=fee.as_penalty,
    )
