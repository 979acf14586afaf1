"""What the borrower is told when a person comes, goes, or is not free. Sent through the outbox."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date

from bot.conversation import Conversation, Escalation, Outcome
from bot.formats import Formats, hours_in
from bot.handover import RATE, Owner
from bot.messages import Author, Button, Content
from bot.outbox import Draft, Outbox, SendOutcome
from bot.ports import Clock, Store
from bot.texts import Texts
from lending.dates import local_day
from lending.ids import MessageId

_BACK = {
    Outcome.PROMISE: "utter_back_promise",
    Outcome.DUE_DATE_MOVED: "utter_back_due_date",
    Outcome.PLAN: "utter_back_plan",
    Outcome.HOLD: "utter_back_hold",
}
_NEEDS_DAY = frozenset({Outcome.PROMISE, Outcome.DUE_DATE_MOVED})


class Notices:
    """Tells the borrower who speaks from now on. A notice that may not leave changes nothing."""

    def __init__(
        self, *, store: Store, outbox: Outbox, texts: Texts, clock: Clock, team_hours: str
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._texts = texts
        self._clock = clock
        self._team_hours = team_hours

    async def joined(self, conversation: Conversation, name: str) -> SendOutcome:
        return await self._tell(conversation, "utter_person_joined", name=name)

    async def stepped_away(self, conversation: Conversation, name: str) -> SendOutcome:
        return await self._tell(conversation, "utter_person_stepped_away", name=name)

    async def nobody_free(self, conversation: Conversation) -> SendOutcome:
        hours = hours_in(self._team_hours, conversation.language)
        return await self._tell(conversation, "utter_nobody_free", hours=hours)

    async def back(
        self, conversation: Conversation, name: str, returned: Sequence[Escalation]
    ) -> SendOutcome:
        """The assistant speaks again: with what was arranged, if that may be said here."""
        key, values = await asyncio.to_thread(self._back_text, conversation, returned)
        return await self._tell(conversation, key, name=name, **values)

    async def closed(self, conversation: Conversation, name: str, staff: str) -> SendOutcome:
        """Said by the person before they leave: afterwards nobody speaks."""
        return await self._tell(conversation, "utter_person_closed", staff=staff, name=name)

    async def ask_rating(
        self, conversation: Conversation, name: str, returned: Sequence[Escalation]
    ) -> SendOutcome | None:
        """One question for the latest escalation, to which no answer is needed."""
        if not returned:
            return None
        language = conversation.language
        labels = self._texts.content("utter_rating_labels", language).text.splitlines()
        buttons = tuple(
            Button(label=label, payload=f"{RATE}:{returned[-1].id}:{5 - place}")
            for place, label in enumerate(labels)
        )
        text = self._texts.content("utter_ask_rating", language, name=name).text
        return await self._send(conversation, Content(text=text, buttons=buttons), None)

    def _back_text(
        self, conversation: Conversation, returned: Sequence[Escalation]
    ) -> tuple[str, dict[str, str]]:
        now, borrower_id = self._clock(), conversation.identity.borrower_id
        # What was arranged is about a debt: only for the one who proved who they are.
        if borrower_id is None or not conversation.identity.is_verified(now):
            return "utter_back", {}
        for escalation in reversed(returned):
            outcome = escalation.outcome
            if outcome is None or outcome not in _BACK:
                continue
            if outcome not in _NEEDS_DAY:
                return _BACK[outcome], {}
            try:
                day = date.fromisoformat(escalation.details.get("day", ""))
            except ValueError:
                continue
            with self._store.unit() as uow:
                borrower = uow.borrowers.get(borrower_id)
            today = local_day(now, borrower.timezone)
            formats = Formats(conversation.language, borrower.country, today)
            return _BACK[outcome], {"day": formats.day(day)}
        return "utter_back", {}

    async def _tell(
        self, conversation: Conversation, key: str, *, staff: str | None = None, **values: str
    ) -> SendOutcome:
        content = self._texts.content(key, conversation.language, **values)
        return await self._send(conversation, content, staff)

    async def _send(
        self, conversation: Conversation, content: Content, staff: str | None
    ) -> SendOutcome:
        control = conversation.control
        by = staff or control.staff
        answers = await asyncio.to_thread(self._last_inbound, conversation)
        return await self._outbox.send(
            Draft(
                conversation_id=conversation.id,
                author=Author.STAFF if control.owner is Owner.HUMAN else Author.BOT,
                epoch=control.epoch,
                content=content,
                answers=answers,
                language=conversation.language,
                staff=by,
                is_notice=True,
            )
        )

    def _last_inbound(self, conversation: Conversation) -> MessageId | None:
        with self._store.unit() as uow:
            return uow.desk.last_inbound(conversation.id)
