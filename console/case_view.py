"""Everything of one conversation that the screen shows, read in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.clocks import Clock as ServiceClock
from bot.clocks import ClockRules, clocks_of
from bot.conversation import Conversation, Escalation, StoredMessage
from bot.handover import Owner
from bot.ports import Clock, Store, UnitOfWork
from bot.ports_staff import StaffNote
from bot.staff import Role, Staff
from bot.staff_events import StaffEvent
from compliance.wishes import KeptWish
from console.permissions import Action, may, require
from lending.account_file import AccountFile
from lending.accounts import Borrower
from lending.dates import local_day
from lending.ids import BorrowerId, ConversationId, MessageId
from lending.position import Position, position_of
from lending.promise_states import PromiseOutcome, promise_states

PAGE = 100
"""Messages of one page of the conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationView:
    """An escalation with its clocks; `packet` stands in it."""

    escalation: Escalation
    clocks: tuple[ServiceClock, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account on the borrower's day. Holds, payments and schedules are in `file`."""

    file: AccountFile
    position: Position
    promises: tuple[PromiseOutcome, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """One conversation on one screen.

    `epoch` goes with every reply; `newest_inbound` with hand-back and close. `may_*` say which
    buttons the page offers this person now; the services check again. `other_chats` are of the same
    borrower. `notes` and `events` are private to staff.
    """

    conversation: Conversation
    now: datetime
    today: date
    borrower: Borrower | None
    is_verified: bool
    messages: tuple[StoredMessage, ...]
    has_older: bool
    newest_inbound: MessageId | None
    escalations: tuple[EscalationView, ...]
    accounts: tuple[AccountView, ...]
    wishes: tuple[KeptWish, ...]
    notes: tuple[StaffNote, ...]
    events: tuple[StaffEvent, ...]
    other_chats: tuple[Conversation, ...]
    staff_names: dict[str, str]
    is_mine: bool
    may_claim: bool
    may_take_over: bool
    may_reply: bool

    @property
    def epoch(self) -> int:
        return self.conversation.control.epoch

    @property
    def open_escalations(self) -> tuple[EscalationView, ...]:
        return tuple(view for view in self.escalations if view.escalation.is_open)


class CaseViews:
    """Reads cases. `seen` by staff is audited once per opening of a page, not for each update."""

    def __init__(self, *, store: Store, clock: Clock, rules: ClockRules) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules

    def open(self, staff: Staff, conversation_id: ConversationId) -> CaseView:
        """The whole screen; that it was looked at is audited. Raises NotAllowed, UnknownConversation."""
        require(staff.role, Action.SEE_CONVERSATION)
        now = self._clock()
        with self._store.unit() as uow:
            view = self._view(uow, staff, conversation_id, now)
            uow.audit.append(
                at=now,
                actor=staff.login,
                event="conversation.seen",
                subject=f"conversation:{conversation_id}",
                details={},
            )
            uow.commit()
        return view

    def refresh(self, staff: Staff, conversation_id: ConversationId) -> CaseView:
        """The same for a page that is open already; not audited. Raises as `open`."""
        require(staff.role, Action.SEE_CONVERSATION)
        with self._store.unit() as uow:
            return self._view(uow, staff, conversation_id, self._clock())

    def messages_after(
        self, staff: Staff, conversation_id: ConversationId, after: int
    ) -> tuple[StoredMessage, ...]:
        """What came since; for live updates. Raises NotAllowed."""
        require(staff.role, Action.SEE_CONVERSATION)
        with self._store.unit() as uow:
            return uow.messages.after(conversation_id, after, PAGE)

    def messages_before(
        self, staff: Staff, conversation_id: ConversationId, before: int
    ) -> tuple[StoredMessage, ...]:
        """An older page. Raises NotAllowed."""
        require(staff.role, Action.SEE_CONVERSATION)
        with self._store.unit() as uow:
            return uow.desk.messages_before(conversation_id, before, PAGE)

    def _view(
        self, uow: UnitOfWork, staff: Staff, conversation_id: ConversationId, now: datetime
    ) -> CaseView:
        conversation = uow.conversations.get(conversation_id)
        borrower_id = conversation.identity.borrower_id
        borrower = uow.borrowers.get(borrower_id) if borrower_id else None
        today = local_day(now, borrower.timezone) if borrower else now.date()
        messages = uow.desk.messages_before(conversation_id, None, PAGE + 1)
        escalations = uow.escalations.of_conversation(conversation_id)
        control = conversation.control
        is_mine = control.is_held_by(staff.login, now)
        is_free = control.owner is not Owner.HUMAN or control.has_lapsed(now)
        return CaseView(
            conversation=conversation,
            now=now,
            today=today,
            borrower=borrower,
            is_verified=conversation.identity.is_verified(now),
            messages=messages[-PAGE:],
            has_older=len(messages) > PAGE,
            newest_inbound=uow.desk.last_inbound(conversation_id),
            escalations=tuple(self._escalation(one, conversation, now) for one in escalations),
            accounts=tuple(_account(file, today) for file in _files(uow, borrower_id)),
            wishes=uow.wishes.of_borrower(borrower_id) if borrower_id else (),
            notes=uow.notes.of_conversation(conversation_id),
            events=uow.events.of_conversation(conversation_id),
            other_chats=_other_chats(uow, conversation),
            staff_names={one.login: one.name for one in uow.staff.all()},
            is_mine=is_mine,
            may_claim=may(staff.role, Action.CLAIM) and is_free,
            may_take_over=staff.role is Role.SUPERVISOR and not is_free and not is_mine,
            may_reply=may(staff.role, Action.REPLY) and is_mine,
        )

    def _escalation(
        self, escalation: Escalation, conversation: Conversation, now: datetime
    ) -> EscalationView:
        clocks = clocks_of(escalation, conversation.waiting_since, self._rules, now)
        return EscalationView(escalation=escalation, clocks=clocks)


def _files(uow: UnitOfWork, borrower_id: BorrowerId | None) -> tuple[AccountFile, ...]:
    return uow.accounts.files_of(borrower_id) if borrower_id else ()


def _account(file: AccountFile, today: date) -> AccountView:
    states = promise_states(file.promises, file.payments, today)
    return AccountView(
        file=file, position=position_of(file, today), promises=tuple(states.values())
    )


def _other_chats(uow: UnitOfWork, conversation: Conversation) -> tuple[Conversation, ...]:
    borrower_id = conversation.identity.borrower_id
    if borrower_id is None:
        return ()
    return tuple(c for c in uow.conversations.of_borrower(borrower_id) if c.id != conversation.id)
