"""What stands beside the balance: the plan in force, a request that waits, promises and what came of them."""

from __future__ import annotations

from datetime import timedelta

from actions._base import Case, Desk
from actions._plans import office_of, payments_to_come, plan_in_force
from actions._words import words
from bot.plan_words import is_small
from lending.account_file import AccountFile
from lending.plan_records import OfferState
from lending.promise_states import PromiseOutcome, PromiseState, promise_states
from lending.promises import Promise

_TOLD_FOR = timedelta(days=14)
"""How long after it was settled a promise is still spoken of."""


def plan_sentences(case: Case, desk: Desk, file: AccountFile) -> list[str]:
    """The plan that the account is paid by, or the request that waits for an answer."""
    plan = plan_in_force(desk, file.account)
    if plan is not None and is_small(plan.offer):
        return []  # a moved date shows in what is due
    if plan is not None and plan.account_id == file.account.id:
        assert case.borrower is not None
        policy = office_of(desk).policy(case.borrower, file.account)
        coming = payments_to_come(plan, file, case, policy.missed_grace_days)
        return [
            words(
                case,
                "utter_part_plan_next",
                ends=case.formats.month(coming[-1][0]),
            )
        ]
    return _request_sentences(case, desk, file)


def _request_sentences(case: Case, desk: Desk, file: AccountFile) -> list[str]:
    assert case.borrower is not None
    with desk.store.unit() as uow:
        offers = [
            o for o in uow.plans.offers_of(case.borrower.id) if o.account_id == file.account.id
        ]
    waiting = [o for o in offers if o.state in (OfferState.REQUESTED, OfferState.RECOMMENDED)]
    if waiting:
        return [words(case, "utter_part_plan_requested")]
    approved = [o for o in offers if o.state is OfferState.APPROVED and case.now < o.expires_at]
    if approved:
        day = case.formats.day(approved[-1].expires_at.date())
        return [words(case, "utter_part_plan_approved", day=day)]
    return []


def promise_sentences(case: Case, file: AccountFile) -> list[str]:
    """Every open promise, and the newest one that was settled in the last two weeks."""
    outcomes = promise_states(file.promises, file.payments, case.today)
    said = [
        _promise_sentence(case, promise, outcomes[promise.id])
        for promise in file.promises
        if outcomes[promise.id].state is PromiseState.OPEN
    ]
    settled = [p for p in file.promises if outcomes[p.id].state is not PromiseState.OPEN]
    if not said and settled:
        latest = max(settled, key=lambda p: (p.due_on, p.id))
        resolved = outcomes[latest.id].resolved_on
        if resolved is not None and case.today - resolved <= _TOLD_FOR:
            said.append(_promise_sentence(case, latest, outcomes[latest.id]))
    return said


def _promise_sentence(case: Case, promise: Promise, outcome: PromiseOutcome) -> str:
    money = case.formats.money
    values = {"amount": money(promise.amount), "day": case.formats.day(promise.due_on)}
    match outcome.state:
        case PromiseState.OPEN if outcome.received:
            received = money(outcome.received)
            return words(case, "utter_part_promise_open_some", received=received, **values)
        case PromiseState.PARTIAL:
            parts = {"received": money(outcome.received), "left": money(outcome.left)}
            return words(case, "utter_part_promise_partial", **parts, **values)
        case state:
            return words(case, f"utter_part_promise_{state.value}", **values)
