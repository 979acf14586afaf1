"""Moves of control with all that goes with them, in the caller's transaction.

Each move is one UPDATE that compares the epoch and sets the new owner: of two who move at once one
wins, and the other gets NotYourTurn. Escalations, news and audit follow in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot import handover
from bot.conversation import Conversation, Escalation, EscalationReason, Outcome
from bot.effects import escalate
from bot.handover import LEASE, Control, NotYourTurn, Owner
from bot.ports import UnitOfWork
from bot.staff_events import EventKind
from lending.errors import TideoverError
from lending.ids import EscalationId, MessageId

LONGEST_SEND = timedelta(seconds=60)
"""What has been on its way for longer was left behind by a process that died."""


class OutcomeMissing(TideoverError):
    """A conversation goes back only when each escalation in it has an outcome."""


class AlreadyResolved(TideoverError):
    """The escalation has an outcome already."""


class StillSending(TideoverError):
    """A message is on its way to the borrower; a moment later it has arrived."""


class UnreadMessages(TideoverError):
    """The borrower wrote something that the person has not seen yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What came of one escalation. `details`: day, amount, plan, hold ... as codes and ISO values."""

    escalation_id: EscalationId
    outcome: Outcome
    note: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """Who moves, when, and for how long a claim lasts."""

    staff: str
    now: datetime
    lease: timedelta = LEASE


def claim(uow: UnitOfWork, conversation: Conversation, mover: Mover) -> Conversation:
    """This person speaks from now on. Raises NotYourTurn."""
    to = handover.claim(conversation.control, mover.staff, now=mover.now, lease=mover.lease)
    return _take(uow, conversation, to, mover, EventKind.CLAIMED)


def take_over(uow: UnitOfWork, conversation: Conversation, mover: Mover) -> Conversation:
    """As `claim`, from whoever holds it. Raises NotYourTurn if someone else was faster."""
    to = handover.take_over(conversation.control, mover.staff, now=mover.now, lease=mover.lease)
    before = conversation.control.staff or ""
    return _take(uow, conversation, to, mover, EventKind.TAKEN_OVER, {"from": before})


def transfer(uow: UnitOfWork, conversation: Conversation, mover: Mover, to: str) -> Conversation:
    """A colleague speaks from now on. Raises NotYourTurn."""
    control = handover.transfer(
        conversation.control, mover.staff, to, now=mover.now, lease=mover.lease
    )
    return _take(uow, conversation, control, mover, EventKind.TRANSFERRED, {"to": to})


def release(uow: UnitOfWork, conversation: Conversation, mover: Mover) -> Conversation:
    """Back to the queue; the assistant answers meanwhile. Raises NotYourTurn."""
    control = handover.release(conversation.control, mover.staff, now=mover.now)
    return _requeue(uow, conversation, control, mover.staff, mover.now, EventKind.RELEASED)


def renew(uow: UnitOfWork, conversation: Conversation, mover: Mover) -> Conversation:
    """The holder is active: the lease runs anew. Raises NotYourTurn."""
    handover.need_holder(conversation.control, mover.staff, mover.now)
    until = mover.now + mover.lease
    moved = _set(uow, conversation, replace(conversation.control, lease_until=until))
    uow.escalations.renew(conversation.id, until)
    return moved


def lapse(uow: UnitOfWork, conversation: Conversation, now: datetime) -> Conversation:
    """Back to the queue if the holder's lease is over; else unchanged."""
    control = handover.lapse(conversation.control, now)
    if control is conversation.control:
        return conversation
    details = {"from": conversation.control.staff or ""}
    return _requeue(uow, conversation, control, "system", now, EventKind.LEASE_LAPSED, details)


def force_release(
    uow: UnitOfWork, conversation: Conversation, by: str, now: datetime
) -> Conversation:
    """Back to the queue from someone who works here no more."""
    control = conversation.control.moved(Owner.QUEUED)
    details = {"from": conversation.control.staff or ""}
    return _requeue(uow, conversation, control, by, now, EventKind.RELEASED, details)


def resolve(
    uow: UnitOfWork, conversation: Conversation, mover: Mover, made: Resolution
) -> Escalation:
    """Give an escalation its outcome. Raises NotYourTurn, AlreadyResolved, UnknownEscalation.

    While a colleague holds the conversation only they resolve.
    """
    if conversation.control.owner is Owner.HUMAN:
        handover.need_holder(conversation.control, mover.staff, mover.now)
    if uow.escalations.get(made.escalation_id).conversation_id != conversation.id:
        raise NotYourTurn("The escalation is of another conversation.", hint="Open that one.")
    done = uow.escalations.resolve(
        made.escalation_id,
        by=mover.staff,
        outcome=made.outcome,
        note=made.note,
        details=made.details,
        at=mover.now,
    )
    if not done:
        raise AlreadyResolved("It was resolved before.", hint="Look at its outcome.")
    _note(
        uow,
        conversation,
        mover.staff,
        mover.now,
        EventKind.RESOLVED,
        {"outcome": made.outcome.value, "escalation": str(made.escalation_id)},
        made.escalation_id,
    )
    return uow.escalations.get(made.escalation_id)


def hand_back(
    uow: UnitOfWork,
    conversation: Conversation,
    mover: Mover,
    *,
    resolutions: Sequence[Resolution] = (),
    seen: MessageId | None,
    closing: bool = False,
) -> tuple[Conversation, tuple[Escalation, ...]]:
    """The assistant speaks again, or with `closing` nobody until the borrower writes.

    `seen` is the borrower's newest message on the person's screen. Gives the conversation and the
    escalations that go back with it. Raises NotYourTurn, OutcomeMissing, UnreadMessages.
    """
    handover.need_holder(conversation.control, mover.staff, mover.now)
    for made in resolutions:
        resolve(uow, conversation, mover, made)
    control = (
        handover.close(conversation.control)
        if closing
        else handover.hand_back(conversation.control)
    )
    moved = _set(uow, replace(conversation, waiting_since=None), control)
    # From here on the row is locked: what the borrower writes now is answered by the assistant.
    need_all_read(uow, moved, None, seen)
    left = uow.escalations.unresolved(conversation.id)
    if left:
        raise OutcomeMissing(
            "Cases in this conversation have no outcome yet.", hint="Say what came of each."
        )
    kind = EventKind.CLOSED if closing else EventKind.HANDED_BACK
    return moved, _go_back(uow, moved, mover, kind)


def settle(uow: UnitOfWork, conversation: Conversation, mover: Mover) -> Conversation:
    """The assistant has the conversation again if the last case was resolved while it was queued.

    Nobody would find it in the queue any more, and nothing would remind the borrower.
    """
    if conversation.control.owner is not Owner.QUEUED:
        return conversation
    if uow.escalations.unresolved(conversation.id):
        return conversation
    control = handover.hand_back(conversation.control)
    moved = _set(uow, replace(conversation, waiting_since=None), control)
    _go_back(uow, moved, mover, EventKind.HANDED_BACK)
    return moved


def need_all_read(
    uow: UnitOfWork, conversation: Conversation, mover: Mover | None, seen: MessageId | None
) -> None:
    """Raises UnreadMessages for what is newer than `seen`; NotYourTurn unless `mover` holds it."""
    if mover is not None:
        handover.need_holder(conversation.control, mover.staff, mover.now)
    newest = uow.desk.last_inbound(conversation.id)
    if newest is not None and newest > (seen or 0):
        raise UnreadMessages("The borrower wrote something new.", hint="Read it, then try again.")


def memory_of(returned: Sequence[Escalation], mover: Mover) -> dict[str, str]:
    """What the dialogue engine is to know of the time while a person spoke."""
    facts = {"until": mover.now.isoformat(), "with": mover.staff}
    for escalation in returned:
        outcome = escalation.outcome or Outcome.NOTHING
        facts["outcome"] = outcome.value
        facts[f"outcome_{escalation.reason.value}"] = outcome.value
        facts.update(escalation.details)
    return facts


def _requeue(
    uow: UnitOfWork,
    conversation: Conversation,
    to: Control,
    actor: str,
    now: datetime,
    kind: EventKind,
    details: Mapping[str, str] | None = None,
) -> Conversation:
    """In the queue again. The queue lists cases, so a conversation without one gets one."""
    moved = _set(uow, conversation, to)
    uow.escalations.unclaim(conversation.id)
    _note(uow, moved, actor, now, kind, details)
    if not uow.escalations.unresolved(conversation.id):
        escalate(uow, moved, EscalationReason.STAFF, now)
    return moved


def _go_back(
    uow: UnitOfWork, moved: Conversation, mover: Mover, kind: EventKind
) -> tuple[Escalation, ...]:
    """What went back, kept with what the dialogue engine is to be told of it."""
    uow.conversations.save(moved)
    returned = uow.escalations.returned(moved.id, mover.now)
    _note(uow, moved, mover.staff, mover.now, kind)
    uow.notes.add_memory(moved.id, memory_of(returned, mover), mover.now)
    return returned


def _take(
    uow: UnitOfWork,
    conversation: Conversation,
    to: Control,
    mover: Mover,
    kind: EventKind,
    details: Mapping[str, str] | None = None,
) -> Conversation:
    is_new = to.epoch != conversation.control.epoch
    moved = _set(uow, conversation, to)
    # The row is locked now, so that none is cleared any more: nothing leaves after the claim.
    if is_new and uow.desk.is_sending(conversation.id, mover.now - LONGEST_SEND):
        raise StillSending("A message is just being delivered.", hint="Try again in a moment.")
    assert to.staff is not None and to.lease_until is not None
    uow.escalations.claim(conversation.id, to.staff, at=mover.now, until=to.lease_until)
    if is_new:
        _note(uow, moved, mover.staff, mover.now, kind, details)
    return moved


def _set(uow: UnitOfWork, conversation: Conversation, to: Control) -> Conversation:
    expected = conversation.control.epoch
    if not uow.conversations.change_control(conversation.id, expected=expected, to=to):
        raise NotYourTurn("Someone else was faster.", hint="Look at the conversation again.")
    return replace(conversation, control=to)


def _note(
    uow: UnitOfWork,
    conversation: Conversation,
    actor: str,
    now: datetime,
    kind: EventKind,
    details: Mapping[str, str] | None = None,
    escalation_id: EscalationId | None = None,
) -> None:
    uow.events.add(
        kind,
        at=now,
        conversation_id=conversation.id,
        escalation_id=escalation_id,
        actor=actor,
        details=details,
    )
    uow.audit.append(
        at=now,
        actor=actor,
        event=f"control.{kind.value}",
        subject=f"conversation:{conversation.id}",
        details={**(details or {}), "epoch": str(conversation.control.epoch)},
    )
