"""The question that everyone asks: what plans are there for this account, for this household?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from lending.account_file import AccountFile
from lending.affordability import Budget, BudgetMakesNoSense, Means, check_budget, means_of
from lending.dates import add_months
from lending.money import Money, exponent_of
from lending.plan_build import ReliefNotPossible
from lending.plan_card import (
    card_case,
    card_offer,
    figures_today,
    fits_policy,
    nearest_card,
    search_card,
)
from lending.plan_case import NoPlanCase, plan_case
from lending.plan_eligibility import PastPlan, Refusal, refusal, used_up
from lending.plan_limits import is_within
from lending.plan_offer import Figures, Offer, figures
from lending.plan_policy import Approval, PlanPolicy
from lending.plan_search import Wanted, hardship_until, limits, nearest, offer_of, search
from lending.reliefs import CardInstalments, Deferral, DueDateChange, Relief
from lending.sentences import Sentence
from lending.terms import CardTerms


class PlanOutcome(StrEnum):
    OFFERS = "offers"
    FITS_TODAY = "fits_today"
    NOTHING_FITS = "nothing_fits"
    NOT_POSSIBLE = "not_possible"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What the borrower says. Everything may be left out.

    `monthly`: "what if I pay this much a month", counts instead of the budget. `day`: the wished day
    of the month. `longer_than`: "can it be longer", more payments than this.
    """

    budget: Budget | None = None
    monthly: Money | None = None
    day: int | None = None
    longer_than: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAnswer:
    """What is offered, or why nothing is. `today` is None where no plan can be computed.

    `closest`: where nothing fits, the plan with the lowest payment that the policy knows, whatever
    the budget; to tell how far off it is, never to be accepted. None if there is no plan at all.
    """

    outcome: PlanOutcome
    means: Means
    today: Figures | None = None
    offers: tuple[Offer, ...] = ()
    refusal: Refusal | None = None
    closest: Offer | None = None


def quote_plans(
    file: AccountFile,
    on: date,
    policy: PlanPolicy,
    request: PlanRequest,
    past: Iterable[PastPlan] = (),
) -> PlanAnswer:
    """Search the policy's plans for the account on the borrower's day `on`.

    FITS_TODAY: nothing is overdue and what is paid today is within the means. NOTHING_FITS: a
    person should look at it. Raises BudgetMakesNoSense.
    """
    _check_request(request, file.account.currency)
    means = means_of(request.budget, buffer_bp=policy.buffer_bp)
    plans = tuple(past)
    why_not = refusal(file, on, policy, plans)
    if why_not is not None:
        return PlanAnswer(outcome=PlanOutcome.NOT_POSSIBLE, means=means, refusal=why_not)
    spent = used_up(policy, on, plans)
    policy = replace(
        policy, reliefs={kind: a for kind, a in policy.reliefs.items() if kind not in spent}
    )
    wanted = Wanted(
        monthly=means.available if request.monthly is None else request.monthly,
        months=request.budget.months if request.budget else None,
        day=request.day,
        longer_than=request.longer_than,
    )
    try:
        if isinstance(file.account.terms, CardTerms):
            return _card(file, on, policy, wanted, means)
        return _loan(file, on, policy, wanted, means)
    except NoPlanCase:
        return PlanAnswer(
            outcome=PlanOutcome.NOT_POSSIBLE, means=means, refusal=Refusal.NOTHING_TO_COME
        )


def quote_relief(
    file: AccountFile, on: date, policy: PlanPolicy, reliefs: tuple[Relief, ...]
) -> Offer:
    """The offer of these very reliefs, as the account is now. Raises ReliefNotPossible, NoPlanCase.

    What goes beyond the policy's choices and limits needs the approval of staff.
    """
    wanted = Wanted()
    if isinstance(file.account.terms, CardTerms):
        made, is_usual = _card_relief(file, on, policy, reliefs)
    else:
        case = plan_case(file, on)
        made = offer_of(case, policy, reliefs, hardship_until(case, policy, wanted))
        is_usual = made is not None and is_within(made, policy, case)
    if made is None:
        raise ReliefNotPossible(
            "This plan cannot be made for the account as it is now.", hint="Ask for a new offer."
        )
    return made if is_usual else replace(made, approval=Approval.STAFF)


def _card_relief(
    file: AccountFile, on: date, policy: PlanPolicy, reliefs: tuple[Relief, ...]
) -> tuple[Offer | None, bool]:
    match reliefs:
        case (CardInstalments() as relief,):
            case = card_case(file, on)
            until = add_months(on, policy.usual_months)
            made = card_offer(case, policy, relief, until)
            return made, made is not None and fits_policy(made, policy)
        case _:
            raise ReliefNotPossible(
                "A card's balance can only be moved to instalments.",
                hint="Ask for an instalment plan of it.",
            )


def self_service(policy: PlanPolicy, relief: Deferral | DueDateChange, days: int) -> bool:
    """Whether the borrower may take it alone: `days` is how far the next payment moves."""
    allowance = policy.reliefs.get(relief.kind)
    return (
        allowance is not None
        and allowance.approval is Approval.SELF
        and 0 < days <= allowance.most_days
    )


def _loan(
    file: AccountFile, on: date, policy: PlanPolicy, wanted: Wanted, means: Means
) -> PlanAnswer:
    case = plan_case(file, on)
    today = figures(case.rows, Money(case.arrears, case.currency))
    during, _ = limits(case, policy, wanted)
    asked = wanted.monthly is not None and wanted.day is None and not wanted.longer_than
    if asked and not case.arrears and case.normal <= during:
        return PlanAnswer(outcome=PlanOutcome.FITS_TODAY, means=means, today=today)
    offers = search(case, policy, wanted)
    closest = None if offers else nearest(case, policy, wanted)
    return _answer(offers, closest, today, means)


def _card(
    file: AccountFile, on: date, policy: PlanPolicy, wanted: Wanted, means: Means
) -> PlanAnswer:
    case = card_case(file, on)
    offers = search_card(case, policy, wanted)
    closest = None if offers else nearest_card(case, policy, wanted)
    return _answer(offers, closest, figures_today(case), means)


def _answer(
    offers: tuple[Offer, ...], closest: Offer | None, today: Figures, means: Means
) -> PlanAnswer:
    outcome = PlanOutcome.OFFERS if offers else PlanOutcome.NOTHING_FITS
    return PlanAnswer(outcome=outcome, means=means, today=today, offers=offers, closest=closest)


def _check_request(request: PlanRequest, currency: str) -> None:
    if request.budget is not None:
        check_budget(request.budget, exponent=exponent_of(currency))
    told = {part.currency for part in (request.budget, request.monthly) if part is not None}
    if told - {currency}:
        raise BudgetMakesNoSense(
            Sentence("The account is in %(currency)s, the amounts are not.", currency=currency),
            hint=Sentence("Give the amounts in %(currency)s.", currency=currency),
        )
    if request.monthly is not None and request.monthly.minor < 0:
        raise BudgetMakesNoSense("A payment below zero makes no sense.", hint="Give 0 or more.")
    if request.day is not None and not 1 <= request.day <= 28:
        raise BudgetMakesNoSense(
            Sentence("Payments cannot fall on day %(day)s of each month.", day=request.day),
            hint="Choose 1 to 28.",
        )
