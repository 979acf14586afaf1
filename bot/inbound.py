"""One borrower message, from any channel: keep it, see who it is and who speaks, answer it.

`receive` returns when the message is safely stored; the answer follows in the background, in
order within a conversation and side by side across conversations.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

import structlog

import metrics
from bot.buckets import Buckets
from bot.control import lapse
from bot.conversation import Conversation, EscalationReason
from bot.data_effects import Clerk
from bot.dialogue import DialogueEngine, EngineUnavailable, Turn, Utterance
from bot.effects import apply_effects, purpose_of
from bot.first_look import FirstLook, House, Plan, Work
from bot.formats import Formats
from bot.handover import Control, Owner, same_speaker
from bot.languages import language_from_tag
from bot.messages import Author, Content, Inbound, Picture
from bot.outbox import Draft, Outbox, SendOutcome
from bot.owed import owe_answer, owe_overtaken
from bot.pay.clerk import PayClerk
from bot.pictures import offers_picture, schedule_picture
from bot.ports import Clock, ConversationExists, Store, UnitOfWork
from bot.ports_staff import MemoryNote
from bot.request_ids import current_request_id, request
from bot.staff_events import EventKind
from bot.texts import Texts
from bot.typed import MAX_KEPT, clean
from compliance.terms import Purpose
from lending.dates import local_day
from lending.ids import ConversationId
from lending.plan_service import kept_from_json
from lending.position import position_agreed, position_of
from nlu.second_look import is_urgent

log = structlog.get_logger(__name__)

_ALWAYS = ("/stop", "/human")


class Router:
    """Takes every inbound message of every channel."""

    def __init__(
        self,
        *,
        store: Store,
        engine: DialogueEngine,
        outbox: Outbox,
        texts: Texts,
        clock: Clock,
        house: House,
        clerk: Clerk | None = None,
        payer: PayClerk | None = None,
        pace: Buckets | None = None,
    ) -> None:
        """`pace`: how often one chat may write and be answered; without it, as often as it likes."""
        self._store = store
        self._engine = engine
        self._outbox = outbox
        self._clock = clock
        self._house = house
        self._clerk = clerk
        self._payer = payer
        self._pace = pace
        self._first_look = FirstLook(texts, house)
        self._waiting: dict[ConversationId, deque[Work]] = {}
        self._workers: dict[ConversationId, asyncio.Task[None]] = {}
        self._doors: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def receive(self, inbound: Inbound) -> ConversationId | None:
        """Store a message and see to its answer. A replay of a known message changes nothing."""
        if not inbound.is_private:
            log.info("inbound.not_private", channel=inbound.channel)
            return None
        door = self._doors.setdefault((inbound.channel, inbound.address), asyncio.Lock())
        async with door:  # first come, first stored: threads and commits may overtake each other
            work = await asyncio.to_thread(self._keep, inbound)
            if not isinstance(work, Work):
                return work
            if self._is_too_fast(inbound):
                await asyncio.to_thread(self._finish, work, "")
            else:
                self._enqueue(work)
            return work.conversation_id

    def _is_too_fast(self, inbound: Inbound) -> bool:
        """A flood is kept and not answered, but for the words that must never be missed in it."""
        key = f"{inbound.channel.value}:{inbound.address}"
        if self._pace is None or not self._pace.take(key):
            return False
        if inbound.text.startswith(_ALWAYS) or is_urgent(inbound.text):
            return False
        metrics.limited.labels("chat").inc()
        log.warning("inbound.too_fast", channel=inbound.channel)
        return True

    async def resume_unfinished(
        self, limit: int = 1_000, *, left_for: timedelta = timedelta(0)
    ) -> int:
        """Answer what was stored and not answered, by this process or another. Returns how many.

        `left_for`: only what came at least so long ago; younger messages are being answered.
        Of two processes that answer the same message, the second finds it handled.
        """

        def unfinished() -> tuple[Work, ...]:
            before = self._clock() - left_for
            with self._store.unit() as uow:
                rest = uow.messages.unhandled(limit)
            return tuple(
                Work(conversation_id=m.conversation_id, message_id=m.id, kind=m.kind, text=m.text)
                for m in rest
                if m.at <= before
            )

        found = await asyncio.to_thread(unfinished)
        works = [work for work in found if not self._has(work)]
        for work in works:
            self._enqueue(work)
        return len(works)

    def _has(self, work: Work) -> bool:
        """Whether this process answers the message already."""
        begun = self._waiting.get(work.conversation_id, ())
        return any(one.message_id == work.message_id for one in begun)

    async def idle(self) -> None:
        """Wait until every message received so far has been answered."""
        while self._workers:
            await asyncio.gather(*self._workers.values(), return_exceptions=True)

    def _enqueue(self, work: Work) -> None:
        key = work.conversation_id
        self._waiting.setdefault(key, deque()).append(work)
        if key not in self._workers:
            self._workers[key] = asyncio.create_task(self._drain(key), name=f"conversation-{key}")

    async def _drain(self, key: ConversationId) -> None:
        queue = self._waiting[key]
        try:
            while queue:
                work = queue[0]
                with request(work.request or f"message-{work.message_id}"):
                    await self._answer(work)
                queue.popleft()
        finally:
            del self._workers[key], self._waiting[key]

    async def _answer(self, work: Work) -> None:
        try:
            with metrics.timed(metrics.answer_seconds):
                await self._handle(work)
        except Exception as error:  # noqa: BLE001 - one message must not end the others
            log.error("inbound.failed", message=work.message_id, error=type(error).__name__)
            await self._apologise(work)

    def _keep(self, inbound: Inbound) -> Work | ConversationId:
        now = self._clock()
        text = clean(inbound.text)
        with self._store.unit() as uow:
            conversation = self._conversation_for(uow, inbound, now)
            message_id = uow.messages.add_inbound(conversation.id, inbound, text[:MAX_KEPT])
            if message_id is not None and conversation.control.owner in (Owner.QUEUED, Owner.HUMAN):
                uow.events.add(
                    EventKind.MESSAGE,
                    at=now,
                    conversation_id=conversation.id,
                    actor=Author.BORROWER.value,
                    details={"message": str(message_id)},
                )
            uow.commit()
        if message_id is None:
            log.info("inbound.replayed", channel=inbound.channel)
            return conversation.id
        metrics.inbound.labels(inbound.channel.value).inc()
        return Work(
            conversation_id=conversation.id,
            message_id=message_id,
            kind=inbound.kind,
            text=text,
            request=current_request_id(),
        )

    def _conversation_for(self, uow: UnitOfWork, inbound: Inbound, now: datetime) -> Conversation:
        found = uow.conversations.find(inbound.channel, inbound.address)
        if found is not None:
            return found
        conversation = Conversation(
            id=ConversationId(uuid.uuid4().hex),
            channel=inbound.channel,
            address=inbound.address,
            is_private=True,
            language=language_from_tag(inbound.language_hint, self._house.default_language),
            language_chosen=False,
            opened_at=now,
        )
        try:
            uow.conversations.add(conversation)
        except ConversationExists:
            found = uow.conversations.find(inbound.channel, inbound.address)
            if found is None:
                raise
            return found
        return conversation

    async def _handle(self, work: Work) -> None:
        async with self._engine.exclusive(work.conversation_id):
            planned = await asyncio.to_thread(self._plan, work)
            if planned is None:
                return
            plan, news = planned
            conversation = plan.conversation
            for content in plan.say:
                await self._send(work, conversation, content, plan.purpose)
            intent = ""
            if plan.ask_engine is not None:
                await self._outbox.show_typing(conversation)
                intent = await self._ask_engine(work, plan, plan.ask_engine, news)
            await asyncio.to_thread(self._finish, work, intent)

    def _plan(self, work: Work) -> tuple[Plan, tuple[MemoryNote, ...]] | None:
        """Decide how to answer, in one transaction; None if it has been answered already.

        With it comes what the engine is to be told before it answers.
        """
        now = self._clock()
        with self._store.unit() as uow:
            stored = uow.messages.get(work.message_id)
            if stored is None or stored.handled_at is not None:
                return None
            if uow.messages.has_answer(work.message_id):
                uow.messages.mark_handled(work.message_id, now)
                uow.commit()
                return None
            before = uow.conversations.get(work.conversation_id, for_update=True)
            before = lapse(uow, before, now)
            conversation = self._first_look.refreshed(before, work, now)
            plan = self._first_look.decide(uow, conversation, work, now)
            uow.conversations.save(plan.conversation)
            asks = plan.ask_engine is not None
            news = uow.notes.memories(conversation.id) if asks else ()
            uow.commit()
            return plan, news

    async def _ask_engine(
        self, work: Work, plan: Plan, question: str, news: tuple[MemoryNote, ...]
    ) -> str:
        """Answer by the engine; gives what it took the message for, unless that is kept already."""
        conversation = plan.conversation
        ask = self._engine.choose if plan.is_payload else self._engine.turn
        try:
            await self._tell_memory(conversation.id, news)
            turn = await ask(conversation.id, question, language=conversation.language)
            effects = [utterance.extra for utterance in turn.utterances if utterance.extra]
            if effects:  # a picture is drawn in a thread; words alone need none
                contents = await asyncio.to_thread(self._contents, conversation, turn)
            else:
                contents = self._contents(conversation, turn)
        except EngineUnavailable:
            metrics.engine_failures.inc()
            await self._apologise(work)
            return ""
        if not contents and not effects:
            log.error("inbound.no_words", message=work.message_id, intent=turn.intent)
            await self._apologise(work)
            return ""
        if effects and (self._clerk is not None or self._payer is not None):
            # Before anything is said: an offer is kept before it is shown.
            try:
                told = await self._carry_out(work, conversation, effects)
            except Exception as error:  # noqa: BLE001 - nothing of what was computed may be said
                log.error(
                    "inbound.plan_failed", message=work.message_id, error=type(error).__name__
                )
                await self._apologise(work)
                return ""
            contents = (*contents, *told)
        after: Conversation | None = conversation
        if effects:
            after = await asyncio.to_thread(self._apply, work, conversation, turn, effects)
        if after is None:
            log.info("inbound.overtaken", conversation=conversation.id)
            await asyncio.to_thread(self._overtaken, work)
            return ""
        for content in contents:
            await self._send(work, after, content, purpose_of(effects))
        return "" if effects else turn.intent

    async def _carry_out(
        self, work: Work, conversation: Conversation, effects: list[Mapping[str, Any]]
    ) -> tuple[Content, ...]:
        """What plans and payments come to, and what is to be said of it."""
        told: tuple[Content, ...] = ()
        if self._clerk is not None:
            told = await asyncio.to_thread(self._clerk.carry_out, conversation, effects)
        if self._payer is not None:
            told += await self._payer.carry_out(conversation, effects, work.message_id)
        return told

    async def _tell_memory(
        self, conversation_id: ConversationId, news: tuple[MemoryNote, ...]
    ) -> None:
        """Before the assistant answers again: what happened while a person spoke. Told once."""

        def told(ids: list[int]) -> None:
            with self._store.unit() as uow:
                uow.notes.told(ids, self._clock())
                uow.commit()

        if not news:
            return
        facts: dict[str, str] = {}
        for note in news:
            facts.update(note.facts)
        await self._engine.remember(conversation_id, facts)
        await asyncio.to_thread(told, [note.id for note in news])

    def _contents(self, conversation: Conversation, turn: Turn) -> tuple[Content, ...]:
        return tuple(
            Content(
                text=utterance.text,
                buttons=utterance.buttons,
                picture=self._picture(conversation, utterance),
            )
            for utterance in turn.utterances
            if utterance.text
        )

    def _picture(self, conversation: Conversation, utterance: Utterance) -> Picture | None:
        wanted = utterance.extra.get("picture")
        now = self._clock()
        identity = conversation.identity
        if not wanted or identity.borrower_id is None or not identity.is_verified(now):
            return None
        with self._store.unit() as uow:
            borrower = uow.borrowers.get(identity.borrower_id)
            file = uow.accounts.by_reference(str(wanted["account"]))
        if file is None or file.account.borrower_id != borrower.id:
            return None
        today = local_day(now, borrower.timezone)
        formats = Formats(conversation.language, borrower.country, today)
        if wanted["kind"] == "offers":
            position = position_of(file, today)
            offers = [kept_from_json(one).offer for one in utterance.extra["keep_offers"]]
            return offers_picture(position, offers, file.account.reference, formats)
        return schedule_picture(position_agreed(file, today), file.account.reference, formats)

    def _apply(
        self,
        work: Work,
        conversation: Conversation,
        turn: Turn,
        effects: list[Mapping[str, Any]],
    ) -> Conversation | None:
        """Carry out effects; None if a person took control while the answer was computed."""
        now = self._clock()
        with self._store.unit() as uow:
            if turn.intent:
                uow.messages.note_intent(work.message_id, turn.intent)
            current = uow.conversations.get(conversation.id, for_update=True)
            after = apply_effects(uow, current, effects, now)
            uow.conversations.save(after)
            uow.commit()
        return after if same_speaker(conversation.control, current.control) else None

    async def _apologise(self, work: Work) -> None:
        """The bot failed: tell the borrower and a person, never stay silent."""

        try:
            conversation = await asyncio.to_thread(
                self._owe, work, EscalationReason.ENGINE_ERROR, is_handled=True
            )
            plan = self._first_look.say(conversation, "utter_engine_error")
            await self._send(work, conversation, plan.say[0])
        except Exception as error:  # noqa: BLE001 - the last line of defence; the message stays stored
            log.error("inbound.apology_failed", message=work.message_id, error=type(error).__name__)

    async def _send(
        self,
        work: Work,
        conversation: Conversation,
        content: Content,
        purpose: Purpose = Purpose.REPLY,
    ) -> None:
        held = conversation.control
        # That a stop was heard is confirmed at once, on the part of the person who holds the chat.
        for_holder = held.owner is Owner.HUMAN and purpose is Purpose.OPT_OUT_CONFIRMATION
        draft = Draft(
            conversation_id=conversation.id,
            author=Author.STAFF if for_holder else Author.BOT,
            epoch=held.epoch,
            content=content,
            answers=work.message_id,
            language=conversation.language,
            purpose=purpose,
            staff=held.staff if for_holder else None,
            is_notice=for_holder,
        )
        outcome = await self._outbox.send(draft)
        if outcome is SendOutcome.STALE:
            outcome = await self._send_again(draft, held)
        if outcome is SendOutcome.BLOCKED:
            # The rules do not let the assistant answer: a person decides what may be said.
            await asyncio.to_thread(self._owe, work, EscalationReason.RULE)
        if outcome is SendOutcome.STALE:
            await asyncio.to_thread(self._overtaken, work)

    async def _send_again(self, draft: Draft, computed: Control) -> SendOutcome:
        """Under the epoch of now, if the assistant still has the conversation it had computed in."""

        def control() -> Control:
            with self._store.unit() as uow:
                return uow.conversations.get(draft.conversation_id).control

        now = await asyncio.to_thread(control)
        if not same_speaker(computed, now):
            return SendOutcome.STALE
        return await self._outbox.send(replace(draft, epoch=now.epoch))

    def _owe(
        self, work: Work, reason: EscalationReason, *, is_handled: bool = False
    ) -> Conversation:
        now = self._clock()
        with self._store.unit() as uow:
            after = owe_answer(uow, work.conversation_id, reason, now)
            if is_handled:
                uow.messages.mark_handled(work.message_id, now)
            uow.commit()
        return after

    def _overtaken(self, work: Work) -> None:
        with self._store.unit() as uow:
            owe_overtaken(uow, work.conversation_id, self._clock())
            uow.commit()

    def _finish(self, work: Work, intent: str) -> None:
        with self._store.unit() as uow:
            uow.messages.mark_handled(work.message_id, self._clock(), intent=intent)
            uow.commit()
