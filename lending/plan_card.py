"""Instalment plans of a card's balance: the balance moves to an account with fixed payments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from lending.account_file import AccountFile
from lending.accounts import Instalment
from lending.books_of import standing
from lending.card_cycle import due_date, next_closing
from lending.card_minimum import pay_only_minimum
from lending.dates import add_months
from lending.entries import Split
from lending.errors import NeverAmortises, UnpayableTerms
from lending.money import Money
from lending.plan_build import approval_of
from lending.plan_case import NoPlanCase
from lending.plan_offer import Comparison, Figures, Offer, figures, largest_before
from lending.plan_policy import Approval, PlanPolicy, Treatment
from lending.plan_rows import shares
from lending.plan_search import Wanted, best
from lending.position import position_of
from lending.reliefs import CardInstalments, ReliefKind
from lending.schedule import build_schedule
from lending.terms import CardTerms, LoanTerms

_NOTICE_DAYS = 20
"""The first payment comes at least so long after the plan is agreed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCase:
    """A card on the day `on`: what is owed by component, in minor units, and today's payment."""

    terms: CardTerms
    on: date
    principal: int
    interest: int
    fee: int
    penalty: int
    overdue: int
    minimum: int
    next_due_on: date

    @property
    def currency(self) -> str:
        return self.terms.credit_limit.currency

    @property
    def owed(self) -> int:
        return self.principal + self.interest + self.fee + self.penalty


def card_case(file: AccountFile, on: date) -> CardCase:
    """The facts of a card whose books are derived here. Raises NoPlanCase."""
    terms = file.account.terms
    if not isinstance(terms, CardTerms):
        raise NoPlanCase("This account is no card.", hint="Ask for a plan of the loan.")
    ledger = standing(file, on).ledger
    if ledger is None:
        raise NoPlanCase(
            "The books of this account are kept by another system.",
            hint="Ask the lender's staff for a plan.",
        )
    # What is charged at the end of the day comes after the plan, or not at all.
    balance = sum((line.split for line in ledger.lines), Split.zero(terms.credit_limit.currency))
    if balance.owed.minor <= 0 or balance.principal.minor <= 0:
        raise NoPlanCase("Nothing is owed on this card.", hint="There is nothing to plan.")
    position = position_of(file, on)
    due = position.next_due
    return CardCase(
        terms=terms,
        on=on,
        principal=balance.principal.minor,
        interest=balance.interest.minor,
        fee=balance.fee.minor,
        penalty=balance.penalty.minor,
        overdue=position.overdue.minor,
        minimum=position.overdue.minor + (due.amount.minor if due else 0),
        next_due_on=_first_due(terms, on, 0),
    )


def search_card(case: CardCase, policy: PlanPolicy, wanted: Wanted) -> tuple[Offer, ...]:
    """At most three plans of the balance that fit policy and budget."""
    fitting = _fitting(case, policy, wanted)
    alone = [offer for offer in fitting if offer.approval is Approval.SELF]
    return best(alone or fitting)


def nearest_card(case: CardCase, policy: PlanPolicy, wanted: Wanted) -> Offer | None:
    """The plan with the lowest payment that the policy knows, whatever the borrower can pay."""
    offers = best(_fitting(case, policy, replace(wanted, monthly=None)))
    return offers[0] if offers else None


def _fitting(case: CardCase, policy: PlanPolicy, wanted: Wanted) -> list[Offer]:
    allowance = policy.reliefs.get(ReliefKind.CARD_INSTALMENTS)
    if allowance is None:
        return []
    until = add_months(case.on, wanted.months or policy.usual_months)
    offers = (
        card_offer(case, policy, CardInstalments(count, rate_bp), until)
        for count in allowance.counts
        if count > wanted.longer_than
        for rate_bp in allowance.rates_bp
    )
    return [
        offer
        for offer in offers
        if offer is not None and fits_policy(offer, policy) and _fits_budget(offer, wanted)
    ]


def _fits_budget(offer: Offer, wanted: Wanted) -> bool:
    most = wanted.monthly
    return most is None or all(row.amount.minor <= most.minor for row in offer.rows)


def fits_policy(offer: Offer, policy: PlanPolicy) -> bool:
    """Whether the policy has this very relief, and the rows keep its limits."""
    allowance = policy.reliefs.get(ReliefKind.CARD_INSTALMENTS)
    relief = offer.reliefs[0]
    if allowance is None or not isinstance(relief, CardInstalments):
        return False
    least = policy.least_payment.get(offer.payment.currency, 1)
    return (
        relief.payments in allowance.counts
        and relief.rate_bp in allowance.rates_bp
        and relief.payments <= policy.longest_payments
        and offer.ends_on <= add_months(offer.on, policy.longest_months)
        and all(row.amount.minor >= least for row in offer.rows[:-1])
    )


def card_offer(
    case: CardCase, policy: PlanPolicy, relief: CardInstalments, until: date
) -> Offer | None:
    """The plan with so many payments; None where payments of so little make no schedule."""
    split = _split(case, policy)
    waived, moved = split.waived, split.moved
    bearing = case.owed - waived.owed.minor - split.spread - split.parked
    if not policy.may_waive(waived.owed.minor, case.owed, case.currency):
        return None
    try:
        rows = build_schedule(plan_terms(case, relief, bearing))
    except UnpayableTerms:
        return None
    rows = _with_more(rows, split, case)
    today, plan = figures_today(case), figures(rows, Money.zero(case.currency))
    return Offer(
        reliefs=(relief,),
        on=case.on,
        rows=rows,
        waived=waived,
        capitalised=moved,
        rate_bp=relief.rate_bp,
        payment=Money(largest_before(rows, until), case.currency),
        comparison=Comparison(
            today=today,
            plan=plan,
            difference=plan.total - today.total,
            waived=waived.owed,
            capitalised=moved.owed,
        ),
        approval=approval_of((relief,), policy, waived=waived.owed.minor),
    )


def plan_terms(case: CardCase, relief: CardInstalments, minor: int) -> LoanTerms:
    """The terms of the instalment account that takes over `minor` of the balance."""
    return LoanTerms(
        principal=Money(minor, case.currency),
        annual_rate_bp=relief.rate_bp,
        instalments=relief.payments,
        first_due_on=_first_due(case.terms, case.on, _NOTICE_DAYS),
        disbursed_on=case.on,
        rounding=case.terms.rounding,
        grace_days=case.terms.grace_days,
        late_fee=case.terms.late_fee,
    )


def _first_due(terms: CardTerms, on: date, notice_days: int) -> date:
    """The card's first due date so long after the day."""
    closing = next_closing(terms, on - timedelta(days=terms.due_days + 31))
    while due_date(terms, closing) < on + timedelta(days=max(notice_days, 1)):
        closing = next_closing(terms, closing)
    return due_date(terms, closing)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Split:
    """What is waived and what becomes principal, and of that what bears no interest."""

    waived: Split
    moved: Split
    spread: int
    parked: int


def _split(case: CardCase, policy: PlanPolicy) -> _Split:
    rule = policy.arrears
    owed = {
        "interest": (case.interest, rule.interest),
        "fee": (case.fee, rule.fee),
        "penalty": (case.penalty, rule.penalty),
    }
    sums = dict.fromkeys(Treatment, 0)
    for amount, treatment in owed.values():
        sums[treatment] += amount
    waived = {
        name: amount if treatment is Treatment.WAIVE else 0
        for name, (amount, treatment) in owed.items()
    }
    moved = {name: amount - waived[name] for name, (amount, _) in owed.items()}
    return _Split(
        waived=Split.of(case.currency, **waived),
        moved=Split.of(case.currency, **moved),
        spread=sums[Treatment.SPREAD],
        parked=sums[Treatment.PARK],
    )


def _with_more(
    rows: tuple[Instalment, ...], split: _Split, case: CardCase
) -> tuple[Instalment, ...]:
    """What is spread in equal shares over all payments, and what is parked with the last."""
    more = shares(split.spread, len(rows), case.terms.rounding.step)
    more[-1] += split.parked
    return tuple(
        replace(row, principal=row.principal + Money(extra, case.currency))
        for row, extra in zip(rows, more, strict=True)
    )


def figures_today(case: CardCase) -> Figures:
    """What paying only the minimum comes to, from the next statement on; a balance that this never
    clears is counted as far as the projection goes.
    """
    closed_on = next_closing(case.terms, case.on - timedelta(days=1))
    balance = Money(case.owed, case.currency)
    try:
        projection = pay_only_minimum(case.terms, balance, closed_on)
    except NeverAmortises:
        return Figures(
            due_now=Money.zero(case.currency),
            payment=Money(case.minimum, case.currency),
            payments=0,
            first_on=case.next_due_on,
            last_on=date.max,
            interest=Money.zero(case.currency),
            total=balance,
        )
    months = projection.months
    return Figures(
        due_now=Money.zero(case.currency),
        payment=max((m.payment for m in months), key=lambda amount: amount.minor),
        payments=len(months),
        first_on=months[0].due_on,
        last_on=months[-1].due_on,
        interest=projection.total_interest,
        total=projection.total_paid,
    )
