"""Calls, visits and letters by people: may I now, and what became of it. One history with the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from bot.batch_ports import Known
from bot.contact_case import (
    HISTORY,
    Lender,
    Message,
    debts_of,
    is_first,
    phase_of,
    question,
)
from bot.conversation import Conversation, Identity, IdentityStage
from bot.messages import Author, Channel, Content, DeliveryState
from bot.ports import UnitOfWork
from compliance.attempt import Content as Conveyed
from compliance.disclosures import required_disclosures
from compliance.profile import Profile
from compliance.question import Answer, Question, answer
from compliance.terms import AddressKind, ContactOutcome, Purpose, Voice
from lending.accounts import Borrower
from lending.dates import local_day
from lending.errors import TideoverError
from lending.ids import AccountId, ConversationId, MessageId
from lending.sentences import Sentence

BY_HAND = (Channel.CALL, Channel.VISIT, Channel.LETTER)

CALL_OUTCOMES = (
    ContactOutcome.CONVERSATION,
    ContactOutcome.VOICEMAIL_LEFT,
    ContactOutcome.VOICEMAIL_NOT_LEFT,
    ContactOutcome.RANG_NO_VOICEMAIL,
    ContactOutcome.DROPPED,
    ContactOutcome.BUSY,
    ContactOutcome.NOT_IN_SERVICE,
)


class WrongOutcome(TideoverError):
    """A call has the outcomes of a call; a visit or letter was made, or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """A contact that a person wants to make, or made. `account_id` None: about all of them."""

    borrower: Borrower
    way: Channel
    address: str
    staff: str
    account_id: AccountId | None = None
    address_kind: AddressKind = AddressKind.PERSONAL


@dataclass(frozen=True, slots=True, kw_only=True)
class MayI:
    """`must_say`: codes of what has to be told in it (compliance/disclosures.py)."""

    answer: Answer
    must_say: tuple[str, ...]

    @property
    def allowed(self) -> bool:
        return self.answer.decision.allowed


def may_i(
    uow: UnitOfWork,
    contact: ByHand,
    *,
    profiles: Callable[[str], Profile],
    lender: Lender,
    now: datetime,
) -> MayI:
    """Ask the contact rules, and keep the question and the answer. Commits nothing."""
    conversation = _conversation(uow, contact, now)
    asked, must_say = _question(uow, contact, conversation, lender, now)
    given = answer(asked, profiles)
    _record(uow, contact, conversation, asked, given, now, None)
    return MayI(answer=given, must_say=must_say)


def log_contact(
    uow: UnitOfWork,
    contact: ByHand,
    outcome: ContactOutcome,
    note: str,
    *,
    profiles: Callable[[str], Profile],
    lender: Lender,
    now: datetime,
) -> tuple[MessageId, MayI]:
    """Write down what a person did, allowed or not: what happened counts. Commits nothing.

    A contact outside the rules is audited as such. Raises WrongOutcome.
    """
    if (contact.way is Channel.CALL) != (outcome in CALL_OUTCOMES):
        raise WrongOutcome(
            Sentence("%(way)s: this cannot end as %(outcome)s.", way=contact.way, outcome=outcome),
            hint=Sentence(
                "Calls: %(outcomes)s. Visits and letters: %(sent)s.",
                outcomes=tuple(CALL_OUTCOMES),
                sent=ContactOutcome.SENT,
            ),
        )
    conversation = _conversation(uow, contact, now)
    asked, must_say = _question(uow, contact, conversation, lender, now)
    given = answer(asked, profiles)
    message_id = uow.messages.add_outbound(
        conversation.id,
        author=Author.STAFF,
        content=Content(text=note),
        answers=None,
        epoch=conversation.control.epoch,
        at=now,
        staff=contact.staff,
    )
    uow.messages.set_delivery(message_id, DeliveryState.SENT)
    uow.reminders.add_staff_contact(
        message_id=message_id,
        borrower_id=contact.borrower.id,
        account_id=contact.account_id,
        staff=contact.staff,
        outcome=outcome.value,
    )
    _record(uow, contact, conversation, asked, given, now, message_id)
    uow.audit.append(
        at=now,
        actor=f"staff:{contact.staff}",
        event="contact.by_hand" if given.decision.allowed else "contact.outside_rules",
        subject=f"borrower:{contact.borrower.id}",
        details={"way": contact.way.value, "outcome": outcome.value, "message": str(message_id)},
    )
    return message_id, MayI(answer=given, must_say=must_say)


def _question(
    uow: UnitOfWork,
    contact: ByHand,
    conversation: Conversation,
    lender: Lender,
    now: datetime,
) -> tuple[Question, tuple[str, ...]]:
    borrower = contact.borrower
    known = Known(
        borrower=borrower,
        files=uow.accounts.files_of(borrower.id),
        wishes=uow.wishes.of_borrower(borrower.id),
        events=uow.contacts.events(
            conversation_id=conversation.id,
            borrower_id=borrower.id,
            answers=None,
            since=now - HISTORY,
        ),
        opted_out_at=uow.contacts.opted_out_at(contact.way, contact.address, borrower.id),
    )
    debts = tuple(
        file.account.reference for file in known.files if file.account.id == contact.account_id
    )
    message = Message(
        text="", author=Author.STAFF, purpose=Purpose.REMINDER, answers=None, at=now, debts=debts
    )
    asked = question(message, conversation, known, lender)
    must_say = required_disclosures(
        profile=borrower.jurisdiction,
        phase=phase_of(debts_of(known, local_day(now, borrower.timezone))).value,
        actor_role=lender.role.value,
        is_first=is_first(known),
        channel=contact.way.value,
        purpose="reminder",
    )
    # What a person says is not written yet; they are told what it has to convey.
    attempt = replace(
        asked.attempt,
        address_kind=contact.address_kind,
        voice=Voice.LIVE if contact.way is Channel.CALL else None,
        content=Conveyed(language=borrower.language, includes=frozenset(must_say)),
    )
    return replace(asked, attempt=attempt), must_say


def _record(
    uow: UnitOfWork,
    contact: ByHand,
    conversation: Conversation,
    asked: Question,
    given: Answer,
    now: datetime,
    message_id: MessageId | None,
) -> None:
    uow.contacts.record_decision(
        conversation_id=conversation.id,
        borrower_id=contact.borrower.id,
        channel=contact.way,
        question=asked,
        answer=given,
        at=now,
        message_id=message_id,
    )


def _conversation(uow: UnitOfWork, contact: ByHand, now: datetime) -> Conversation:
    """Where contacts at this address are written down; made when it is first used."""
    # Two borrowers can share a telephone or a house; each has their own record of it.
    address = f"{contact.borrower.id}:{contact.address}"
    found = uow.conversations.find(contact.way, address)
    if found is not None:
        return found
    new = Conversation(
        id=ConversationId(str(uuid4())),
        channel=contact.way,
        address=address,
        is_private=True,
        language=contact.borrower.language,
        language_chosen=False,
        identity=Identity(stage=IdentityStage.LINKED, borrower_id=contact.borrower.id),
        opened_at=now,
    )
    uow.conversations.add(new)
    return new
