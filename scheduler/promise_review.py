"""The periodic look at promises to pay: tell the lender's system, and staff, what became of each.

Kept or not is computed from payments (`lending.promise_states`); what was passed on is marked, so that
a tick may come at any time. A promise that was not kept, or only in part, opens an escalation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from bot.conversation import EscalationReason
from bot.effects import escalate_borrower
from bot.events import tell_promise
from bot.ports import Clock, Store
from lending.dates import local_day
from lending.errors import TideoverError
from lending.events import EventType
from lending.ids import AccountId, PromiseId
from lending.promise_states import PromiseState, promise_states

log = structlog.get_logger(__name__)

_EVENTS = {
    PromiseState.KEPT: EventType.PROMISE_KEPT,
    PromiseState.PARTIAL: EventType.PROMISE_BROKEN,
    PromiseState.BROKEN: EventType.PROMISE_BROKEN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisesReviewed:
    """What became of the promises that were looked at, and how many could not be looked at."""

    states: Mapping[PromiseState, int]
    problems: int


def review_promises(store: Store, clock: Clock) -> PromisesReviewed:
    """Look at every promise that nothing was passed on of, on its borrower's own day."""
    with store.unit() as uow:
        waiting = uow.plans.promises_to_pass_on()
    states: Counter[PromiseState] = Counter()
    problems = 0
    for promise_id, account_id in waiting:
        try:
            states[_review(store, clock, promise_id, account_id)] += 1
        except TideoverError as error:
            problems += 1
            log.error("promise.review_failed", promise=promise_id, reason=type(error).__name__)
    return PromisesReviewed(states=dict(states), problems=problems)


def _review(
    store: Store, clock: Clock, promise_id: PromiseId, account_id: AccountId
) -> PromiseState:
    with store.unit() as uow:
        file = uow.plans.locked(account_id)
        borrower = uow.borrowers.get(file.account.borrower_id)
        at = clock()
        today = local_day(at, borrower.timezone)
        state = promise_states(file.promises, file.payments, today)[promise_id].state
        if state is PromiseState.OPEN or not uow.plans.pass_promise_on(promise_id, state):
            return PromiseState.OPEN
        promise = next(one for one in file.promises if one.id == promise_id)
        tell_promise(uow, _EVENTS[state], promise, borrower.id, at)
        if state is not PromiseState.KEPT:
            escalate_borrower(
                uow, borrower.id, EscalationReason.BROKEN_PROMISE, at, details=state.value
            )
        uow.audit.append(
            at=at,
            actor="system",
            event=f"promise.{state.value}",
            subject=f"promise:{promise_id}",
            details={},
        )
        uow.commit()
    return state
