"""Cases that staff open by hand, and two chats of one borrower that become one."""

from __future__ import annotations

from dataclasses import replace

from bot.control import Mover, Resolution
from bot.control import resolve as resolve_escalation
from bot.conversation import Conversation, EscalationReason, Outcome
from bot.effects import escalate
from bot.handover import NotYourTurn, Owner, hand_back
from bot.ports import UnitOfWork
from bot.staff import Staff
from bot.staff_events import EventKind
from console.changes import BadChange, Changes, checked_reason
from console.permissions import Action, require
from lending.ids import ConversationId


class ChatDesk(Changes):
    """Puts conversations in the queue, and merges duplicates."""

    def open_escalation(
        self, staff: Staff, conversation_id: ConversationId, *, reason: str
    ) -> Conversation:
        """Put a conversation in the queue that staff found; nothing happens if it is there already."""
        require(staff.role, Action.OPEN_ESCALATION)
        reason = checked_reason(reason)
        now = self._clock()
        with self._store.unit() as uow:
            current = uow.conversations.get(conversation_id, for_update=True)
            after = escalate(uow, current, EscalationReason.STAFF, now, details=reason)
            uow.conversations.save(after)
            uow.commit()
        return after

    def merge(
        self, staff: Staff, keep: ConversationId, other: ConversationId, *, reason: str
    ) -> None:
        """Two chats of one borrower: what is open in `other` is worked on in `keep`.

        An escalation whose reason is open in both is resolved as a duplicate. The assistant
        answers in the other chat. Raises NotAllowed, BadChange, NotYourTurn.
        """
        require(staff.role, Action.MERGE_CHATS)
        reason = checked_reason(reason)
        mover = Mover(staff=staff.login, now=self._clock())
        with self._store.unit() as uow:
            first, second = sorted((keep, other))
            locked = {c: uow.conversations.get(c, for_update=True) for c in (first, second)}
            kept, merged = locked[keep], locked[other]
            _check_same_borrower(kept, merged)
            for chat in (kept, merged):
                if chat.control.owner is Owner.HUMAN and not chat.control.is_held_by(
                    staff.login, mover.now
                ):
                    raise NotYourTurn("A colleague holds one of them.", hint="Ask them first.")
            for double in uow.escalations.move(other, keep):
                made = Resolution(escalation_id=double.id, outcome=Outcome.DUPLICATE, note=reason)
                resolve_escalation(uow, merged, mover, made)
            uow.escalations.returned(other, mover.now)
            uow.conversations.save(
                replace(
                    merged,
                    merged_into=keep,
                    control=hand_back(merged.control),
                    waiting_since=None,
                )
            )
            _take_on(uow, kept, merged, mover, reason)
            for chat_id, details in ((keep, {"from": other}), (other, {"into": keep})):
                uow.events.add(
                    EventKind.MERGED,
                    at=mover.now,
                    conversation_id=chat_id,
                    actor=staff.login,
                    details=details,
                )
            uow.audit.append(
                at=mover.now,
                actor=staff.login,
                event="chats.merged",
                subject=f"conversation:{keep}",
                details={"from": other, "reason": reason},
            )
            uow.commit()


def _take_on(
    uow: UnitOfWork, kept: Conversation, merged: Conversation, mover: Mover, reason: str
) -> None:
    """Whoever waited in the other chat waits here, where colleagues find them."""
    waiting = [at for at in (kept.waiting_since, merged.waiting_since) if at is not None]
    kept = replace(kept, waiting_since=min(waiting, default=None))
    is_open = bool(uow.escalations.unresolved(kept.id))
    if waiting and not is_open:
        kept = escalate(uow, kept, EscalationReason.STAFF, mover.now, details=reason)
    elif is_open and kept.control.owner in (Owner.BOT, Owner.CLOSED):
        kept = replace(kept, control=kept.control.moved(Owner.QUEUED))
    uow.conversations.save(kept)
    held = kept.control
    if held.staff is not None and held.lease_until is not None:
        uow.escalations.claim(kept.id, held.staff, at=mover.now, until=held.lease_until)
    else:
        uow.escalations.unclaim(kept.id)


def _check_same_borrower(kept: Conversation, merged: Conversation) -> None:
    who = kept.identity.borrower_id
    if kept.id == merged.id or who is None or merged.identity.borrower_id != who:
        raise BadChange(
            "These are not two chats of one known borrower.",
            hint="Only chats that the same borrower has proved to be theirs can be merged.",
        )
