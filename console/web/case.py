"""Everything about one borrower and one conversation, read at once for one screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.conversation import Conversation, Escalation, StoredMessage
from bot.ports import UnitOfWork
from bot.ports_console import ContactPoint, DecisionFilter, DecisionLine
from bot.ports_staff import StaffNote
from bot.staff_events import EventKind, StaffEvent
from compliance.wishes import KeptWish
from lending.account_file import AccountFile
from lending.accounts import Borrower, Payment
from lending.dates import local_day
from lending.errors import LendingError
from lending.holds import Hold
from lending.ids import BorrowerId, ConversationId
from lending.mandates import Mandate
from lending.payment_claims import Claim
from lending.plan_records import KeptOffer, Plan
from lending.position import InstalmentState, Position, position_of
from lending.promise_states import PromiseOutcome, promise_states
from lending.promises import Promise

LINES = 60
"""How many messages a page begins with; earlier ones are a click away."""
CONTACTS = 40
ROWS_AROUND = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account on the borrower's day. `position` None: its books do not add up, see `problem`."""

    file: AccountFile
    position: Position | None
    problem: str
    payments: tuple[Payment, ...]
    promises: tuple[tuple[Promise, PromiseOutcome], ...]
    claims: tuple[Claim, ...] = ()
    mandate: Mandate | None = None

    @property
    def rows(self) -> tuple[InstalmentState, ...]:
        """The part of the schedule that matters now: from two rows before the first unpaid one."""
        if self.position is None:
            return ()
        rows = self.position.rows
        first = next((n for n, row in enumerate(rows) if not row.is_paid), len(rows))
        start = max(0, first - 2)
        return rows[start : start + ROWS_AROUND]


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowerView:
    """All that is kept of one borrower, as of their own day."""

    borrower: Borrower
    today: date
    accounts: tuple[AccountView, ...]
    holds: tuple[Hold, ...]
    wishes: tuple[KeptWish, ...]
    points: tuple[ContactPoint, ...]
    offers: tuple[KeptOffer, ...]
    plans: tuple[Plan, ...]
    decisions: tuple[DecisionLine, ...]
    conversations: tuple[Conversation, ...]

    @property
    def open_holds(self) -> tuple[Hold, ...]:
        return tuple(hold for hold in self.holds if hold.covers(self.today))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry of the transcript: a message, a private note, or something that happened."""

    at: datetime
    message: StoredMessage | None = None
    note: StaffNote | None = None
    event: StaffEvent | None = None

    @property
    def key(self) -> str:
        if self.message is not None:
            return f"m{self.message.id}"
        if self.note is not None:
            return f"n{self.note.id}"
        return f"e{self.event.id}" if self.event is not None else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    conversation: Conversation
    escalations: tuple[Escalation, ...]
    lines: tuple[Line, ...]
    has_earlier: bool
    person: BorrowerView | None
    decisions: tuple[DecisionLine, ...]

    @property
    def open_escalations(self) -> tuple[Escalation, ...]:
        return tuple(one for one in self.escalations if one.is_open)

    @property
    def last_message_id(self) -> int:
        return max((line.message.id for line in self.lines if line.message), default=0)

    @property
    def first_message_id(self) -> int:
        return min((line.message.id for line in self.lines if line.message), default=0)


def account_view(
    file: AccountFile,
    today: date,
    claims: Sequence[Claim] = (),
    mandates: Sequence[Mandate] = (),
) -> AccountView:
    """A view that never fails: an account whose books do not add up says so.

    `claims` and `mandates` are those of the borrower; the view takes what is the account's.
    """
    position, problem = None, ""
    try:
        position = position_of(file, today)
    except LendingError as error:
        problem = error.message
    outcomes: Sequence[tuple[Promise, PromiseOutcome]] = ()
    if file.promises:
        try:
            states = promise_states(file.promises, file.payments, today)
            outcomes = [(promise, states[promise.id]) for promise in file.promises]
        except LendingError as error:
            problem = problem or error.message
    paid = sorted(file.payments, key=lambda p: (p.settled_on or p.initiated_on, p.id), reverse=True)
    return AccountView(
        file=file,
        position=position,
        problem=problem,
        payments=tuple(paid[:12]),
        promises=tuple(outcomes),
        claims=tuple(c for c in claims if c.account_id == file.account.id),
        mandate=next(
            (m for m in mandates if m.account_id == file.account.id and m.is_in_force), None
        ),
    )


def borrower_view(uow: UnitOfWork, borrower_id: BorrowerId, now: datetime) -> BorrowerView:
    borrower = uow.borrowers.get(borrower_id)
    today = local_day(now, borrower.timezone)
    files = uow.accounts.files_of(borrower_id)
    holds = {hold.id: hold for file in files for hold in file.holds}
    claims, mandates = uow.pay.claims_of(borrower_id), uow.pay.mandates_of(borrower_id)
    return BorrowerView(
        borrower=borrower,
        today=today,
        accounts=tuple(account_view(file, today, claims, mandates) for file in files),
        holds=tuple(sorted(holds.values(), key=lambda hold: hold.from_on, reverse=True)),
        wishes=uow.wishes.of_borrower(borrower_id),
        points=uow.console.contact_points(borrower_id),
        offers=uow.console.offers_of(borrower_id),
        plans=uow.console.plans_of(borrower_id),
        decisions=uow.console.decision_lines(
            DecisionFilter(borrower_id=borrower_id, limit=CONTACTS)
        ),
        conversations=uow.conversations.of_borrower(borrower_id),
    )


def case_view(uow: UnitOfWork, conversation_id: ConversationId, now: datetime) -> CaseView:
    """Raises UnknownConversation."""
    conversation = uow.conversations.get(conversation_id)
    escalations = uow.escalations.of_conversation(conversation_id)
    lines, has_earlier = transcript(uow, conversation_id)
    borrower_id = conversation.identity.borrower_id
    person = None if borrower_id is None else borrower_view(uow, borrower_id, now)
    decisions = (
        person.decisions
        if person is not None
        else uow.console.decision_lines(
            DecisionFilter(conversation_id=conversation_id, limit=CONTACTS)
        )
    )
    return CaseView(
        conversation=conversation,
        escalations=escalations,
        lines=lines,
        has_earlier=has_earlier,
        person=person,
        decisions=decisions,
    )


_TOLD = frozenset(EventKind) - {EventKind.MESSAGE, EventKind.NOTE, EventKind.CHANGED}


def transcript(
    uow: UnitOfWork, conversation_id: ConversationId, *, before: int | None = None
) -> tuple[tuple[Line, ...], bool]:
    """The newest messages below an id, with the notes and events of their time, oldest first."""
    found = uow.desk.messages_before(conversation_id, before, LINES + 1)
    has_earlier = len(found) > LINES
    messages = found[1:] if has_earlier else found
    lines = [Line(at=message.at, message=message) for message in messages]
    since = messages[0].at if has_earlier else None
    until = messages[-1].at if before is not None and messages else None
    for note in uow.notes.of_conversation(conversation_id):
        if _within(note.at, since, until):
            lines.append(Line(at=note.at, note=note))
    for event in uow.events.of_conversation(conversation_id):
        if event.kind in _TOLD and _within(event.at, since, until):
            lines.append(Line(at=event.at, event=event))
    return tuple(sorted(lines, key=lambda line: (line.at, line.key[:1]))), has_earlier


def _within(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or at >= since) and (until is None or at <= until)
