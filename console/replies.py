"""A person writes to the borrower, or a private note: checked, gated, and refused with the reason."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.control import Mover
from bot.control import renew as renew_lease
from bot.conversation import Conversation
from bot.handover import NotYourTurn, need_holder
from bot.messages import Author, Content
from bot.outbox import Draft, Outbox, SendOutcome, Sent
from bot.ports import Clock, Store, UnitOfWork
from bot.ports_staff import StaffNote
from bot.staff import Staff
from bot.staff_events import EventKind
from bot.typed import clean
from compliance.attempt import Decision
from compliance.phrases import Severity
from compliance.profile import Profile
from compliance.wording import Finding, WordingContext, check_wording
from console.permissions import Action, require
from lending.errors import TideoverError
from lending.ids import ConversationId, MessageId
from lending.sentences import Sentence

LONGEST_REPLY = 4_000
LONGEST_NOTE = 20_000


class BadText(TideoverError):
    """A reply or note that is empty or too long."""


class ReplyState(StrEnum):
    """SENT, or not: NEEDS_CONFIRMATION for words that a person must look at again, BLOCKED_WORDS for
    words that may never leave, BLOCKED_RULES by the contact rules, FAILED on the channel (shown in
    the chat, and may be written again)."""

    SENT = "sent"
    NEEDS_CONFIRMATION = "needs_confirmation"
    BLOCKED_WORDS = "blocked_words"
    BLOCKED_RULES = "blocked_rules"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """A rule that objects, in words: its id, title and source."""

    rule: str
    title: str
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What became of a reply. `findings` say where the words are and why; `until` is when rules allow it."""

    state: ReplyState
    message_id: MessageId | None = None
    findings: tuple[Finding, ...] = ()
    reasons: tuple[Why, ...] = ()
    until: datetime | None = None


class Replies:
    """Replies and notes of staff. `profiles` gives a contact profile by name, to explain a refusal."""

    def __init__(
        self,
        *,
        store: Store,
        outbox: Outbox,
        clock: Clock,
        profiles: Mapping[str, Profile] | None = None,
        allowed_links: Sequence[str] = (),
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._profiles = profiles or {}
        self._links = tuple(allowed_links)

    def check(self, text: str, conversation: Conversation) -> tuple[Finding, ...]:
        """What is wrong with these words, as typed; nothing is sent."""
        with self._store.unit() as uow:
            borrower_id = conversation.identity.borrower_id
            borrower = uow.borrowers.get(borrower_id) if borrower_id else None
            escalations = uow.escalations.unresolved(conversation.id)
        moods = {str(one.packet.get("mood")) for one in escalations}
        context = WordingContext(
            profile=borrower.jurisdiction if borrower else "STRICT",
            purpose="reply",
            required=(),
            is_vulnerable="distressed" in moods,
        )
        return check_wording(
            text, language=conversation.language, context=context, allowed_links=self._links
        )

    async def reply(
        self,
        staff: Staff,
        conversation_id: ConversationId,
        text: str,
        *,
        epoch: int,
        confirmed: bool = False,
        content: Content | None = None,
    ) -> Reply:
        """Send words to the borrower, as the person who holds the conversation.

        `epoch` is the one that the page showed; `confirmed` says that warnings were read. `content`
        replaces the plain text where something goes with it (a document, buttons).
        Raises NotAllowed, BadText, UnknownConversation, and NotYourTurn when a colleague holds it,
        the lease is over, or it changed hands since the page was drawn. Nothing is sent then.
        """
        require(staff.role, Action.REPLY)
        text = checked_text(text, LONGEST_REPLY)
        conversation, answers = await asyncio.to_thread(self._held, staff, conversation_id, epoch)
        findings = await asyncio.to_thread(self.check, text, conversation)
        if any(finding.severity is Severity.BLOCK for finding in findings):
            return Reply(state=ReplyState.BLOCKED_WORDS, findings=findings)
        if findings and not confirmed:
            return Reply(state=ReplyState.NEEDS_CONFIRMATION, findings=findings)
        sent = await self._outbox.attempt(
            Draft(
                conversation_id=conversation.id,
                author=Author.STAFF,
                epoch=epoch,
                content=content or Content(text=text),
                answers=answers,
                language=conversation.language,
                staff=staff.login,
            )
        )
        return self._told(sent, conversation, findings)

    def note(self, staff: Staff, conversation_id: ConversationId, text: str) -> StaffNote:
        """A private note; anyone who may write notes can, whoever holds the conversation.

        Raises NotAllowed, BadText, UnknownConversation.
        """
        require(staff.role, Action.NOTE)
        text, now = checked_text(text, LONGEST_NOTE), self._clock()
        with self._store.unit() as uow:
            conversation = uow.conversations.get(conversation_id, for_update=True)
            note = uow.notes.add(conversation_id, author=staff.login, text=text, at=now)
            uow.events.add(
                EventKind.NOTE, at=now, conversation_id=conversation_id, actor=staff.login
            )
            uow.audit.append(
                at=now,
                actor=staff.login,
                event="note.added",
                subject=f"conversation:{conversation_id}",
                details={"note": str(note.id)},
            )
            if conversation.control.is_held_by(staff.login, now):
                renew_lease(uow, conversation, Mover(staff=staff.login, now=now))
            uow.commit()
        return note

    def _held(
        self, staff: Staff, conversation_id: ConversationId, epoch: int
    ) -> tuple[Conversation, MessageId | None]:
        with self._store.unit() as uow:
            conversation = uow.conversations.get(conversation_id)
            need_holder(conversation.control, staff.login, self._clock())
            if conversation.control.epoch != epoch:
                raise _changed_hands()
            return conversation, _to_answer(uow, conversation)

    def _told(self, sent: Sent, conversation: Conversation, findings: tuple[Finding, ...]) -> Reply:
        match sent.outcome:
            case SendOutcome.STALE:
                raise _changed_hands()
            case SendOutcome.BLOCKED:
                assert sent.decision is not None
                return Reply(
                    state=ReplyState.BLOCKED_RULES,
                    findings=findings,
                    reasons=self._reasons(sent.decision, conversation),
                    until=sent.decision.until,
                )
            case SendOutcome.FAILED:
                return Reply(state=ReplyState.FAILED, message_id=sent.message_id, findings=findings)
        return Reply(state=ReplyState.SENT, message_id=sent.message_id, findings=findings)

    def _reasons(self, decision: Decision, conversation: Conversation) -> tuple[Why, ...]:
        return tuple(self._why(rule) for rule in decision.rules)

    def _why(self, rule_id: str) -> Why:
        for profile in self._profiles.values():
            rule = profile.rule(rule_id)
            if rule is not None:
                return Why(rule=rule.id, title=rule.title, citation=rule.citation)
        return Why(rule=rule_id, title=rule_id, citation="")


def _to_answer(uow: UnitOfWork, conversation: Conversation) -> MessageId | None:
    """The borrower's newest message, unless it is the one that asked us to stop."""
    newest = uow.desk.last_inbound(conversation.id)
    message = uow.messages.get(newest) if newest is not None else None
    stopped = uow.contacts.opted_out_at(
        conversation.channel, conversation.address, conversation.identity.borrower_id
    )
    if message is None or (stopped is not None and message.at <= stopped):
        return None
    return message.id


def checked_text(text: str, longest: int) -> str:
    """The text without control and direction characters. Raises BadText."""
    text = clean(text).strip()
    if not text:
        raise BadText("There is no text.", hint="Write something first.")
    if len(text) > longest:
        raise BadText(
            Sentence("The text has %(n)s characters.", n=len(text)),
            hint=Sentence("Keep it to %(most)s, or send two.", most=longest),
        )
    return text


def _changed_hands() -> NotYourTurn:
    return NotYourTurn(
        "The conversation changed hands, or your claim ran out, before this was sent.",
        hint="Nothing was sent. Look at the conversation again; what you typed is kept.",
    )
