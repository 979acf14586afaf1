"""What `tideover plans` answers, as plain data: docs/plans-json.md describes each shape."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from console.account_answers import booked
from console.account_parts import Answer
from console.plan_json import QuoteForm
from lending.account_file import AccountFile
from lending.accounts import Product
from lending.affordability import Means, means_of
from lending.plan_case import PlanCase, plan_case
from lending.plan_eligibility import refusal
from lending.plan_json import figures_to_json, offer_to_json
from lending.plan_offer import Offer
from lending.plan_policy import PlanPolicy
from lending.plan_quote import PlanAnswer, PlanOutcome, quote_plans, quote_relief
from lending.plan_records import Certificate, KeptOffer, Plan
from store.plan_policy_file import read_policy

PolicyFor = Callable[[str, str], PlanPolicy]


def quote_answer(form: QuoteForm, policy_for: PolicyFor) -> Answer:
    """The plans for the account of the form; with `reliefs`, that one plan. Raises TideoverError."""
    file = booked(form)
    policy = policy_of(form, policy_for)
    past = [plan.to_past() for plan in form.past_plans]
    if form.reliefs:
        answer = _named(form, file, policy)
    else:
        answer = quote_plans(file, form.on, policy, form.to_request(), past)
    return {
        "product": form.terms.product,
        "currency": form.terms.currency,
        "on": form.on.isoformat(),
        "policy": policy.label,
        "outcome": answer.outcome.value,
        "refusal": answer.refusal.value if answer.refusal else None,
        "means": means_part(answer.means),
        "today": figures_to_json(answer.today) if answer.today else None,
        "facts": _facts(file, form.on, answer),
        "offers": [offer_part(offer) for offer in answer.offers],
        "closest": offer_part(answer.closest) if answer.closest else None,
    }


def policy_of(form: QuoteForm, policy_for: PolicyFor) -> PlanPolicy:
    """The named one, or the one that stands in the form. Raises BrokenPolicy."""
    product = Product(form.terms.product).value
    if isinstance(form.policy, str):
        return policy_for(form.policy, product)
    return read_policy(form.policy, "FILE", "1", product)


def means_part(means: Means) -> Answer:
    return {
        "surplus_minor": None if means.surplus is None else means.surplus.minor,
        "kept_minor": None if means.kept is None else means.kept.minor,
        "available_minor": None if means.available is None else means.available.minor,
    }


def offer_part(offer: Offer) -> Answer:
    """An offer with every figure of it; rows tell what is left of the principal after each."""
    told = offer_to_json(offer)
    left = sum(row.principal.minor for row in offer.rows)
    for row, part in zip(offer.rows, told["rows"], strict=True):
        left -= row.principal.minor
        part |= {"payment_minor": row.amount.minor, "balance_minor": left}
    return told


def kept_part(kept: KeptOffer) -> Answer:
    """An offer as it is kept, and where it stands."""
    return {
        "offer_id": kept.id,
        "state": kept.state.value,
        "policy": kept.policy,
        "sha256": kept.digest,
        "shown_at": kept.shown_at.isoformat(),
        "expires_at": kept.expires_at.isoformat(),
        "recommended_by": kept.recommended_by,
        "approved_by": kept.approved_by,
        "declined_by": kept.declined_by,
        "note": kept.note,
        "changes": kept.changes,
        **offer_part(kept.offer),
    }


def plan_part(plan: Plan, reference: str, certificates: tuple[Certificate, ...]) -> Answer:
    return {
        "plan_id": plan.id,
        "account": reference,
        "state": plan.state.value,
        "started_on": plan.started_on.isoformat(),
        "ended_on": plan.ended_on.isoformat() if plan.ended_on else None,
        "moved_payments": plan.moved,
        "policy": plan.policy,
        "certificates": [
            {
                "version": one.version,
                "sha256": one.sha256,
                "made_at": one.made_at.isoformat(),
                "accepted_at": one.accepted_at.isoformat() if one.accepted_at else None,
            }
            for one in certificates
        ],
        **offer_part(plan.offer),
    }


def _named(form: QuoteForm, file: AccountFile, policy: PlanPolicy) -> PlanAnswer:
    means = means_of(None, buffer_bp=policy.buffer_bp)
    past = [plan.to_past() for plan in form.past_plans]
    why_not = refusal(file, form.on, policy, past)
    if why_not is not None:
        return PlanAnswer(outcome=PlanOutcome.NOT_POSSIBLE, means=means, refusal=why_not)
    reliefs = tuple(relief.to_relief() for relief in form.reliefs)
    offer = quote_relief(file, form.on, policy, reliefs)
    return PlanAnswer(
        outcome=PlanOutcome.OFFERS, means=means, today=offer.comparison.today, offers=(offer,)
    )


def _facts(file: AccountFile, on: date, answer: PlanAnswer) -> Answer | None:
    """What the figures of a loan's plans stand on; docs/plans.md names each."""
    is_loan = file.account.product is Product.INSTALMENT_LOAN
    if not is_loan or answer.outcome is PlanOutcome.NOT_POSSIBLE:
        return None
    case: PlanCase = plan_case(file, on)
    return {
        "start_on": case.start.isoformat(),
        "rate_bp": case.rate_bp,
        "coming_minor": case.coming,
        "overdue_principal_minor": case.overdue,
        "interest_minor": case.interest,
        "fee_minor": case.fee,
        "penalty_minor": case.penalty,
        "interest_paid_ahead_minor": case.prepaid,
        "rows": [
            {
                "due_on": row.due_on.isoformat(),
                "principal_minor": row.principal.minor,
                "interest_minor": row.interest.minor,
            }
            for row in case.rows
        ],
    }
