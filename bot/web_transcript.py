"""What of a chat this browser may see and choose from. Reads the store, writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from bot.conversation import Conversation, StoredMessage
from bot.messages import Author, Channel, DeliveryState
from bot.ports import Clock, Store

WINDOW = 100
"""How many messages a page shows and a stream looks back on."""


def visible(
    conversation: Conversation, messages: Sequence[StoredMessage], now: datetime, idle: timedelta
) -> tuple[StoredMessage, ...]:
    """What may be shown: all to a verified borrower, otherwise only what came since the last pause.

    Whoever sits down at this browser after a pause must not read what was said before it. In a
    chat that never belonged to a borrower nothing personal can have been said.
    """
    shown = tuple(m for m in messages if m.delivery is not DeliveryState.FAILED)
    if conversation.identity.borrower_id is None or conversation.identity.is_verified(now):
        return shown
    spoke_at = [m.at for m in shown if m.author is Author.BORROWER]
    if conversation.last_inbound_at is not None:
        spoke_at.append(conversation.last_inbound_at)
    spoke_at.sort()
    pauses = [
        earlier + idle for earlier, later in pairwise([*spoke_at, now]) if later - earlier >= idle
    ]
    return tuple(m for m in shown if not pauses or m.at >= pauses[-1])


def has_lapsed(conversation: Conversation, now: datetime, idle: timedelta) -> bool:
    """Whether a page that stayed open has to be cleared now."""
    return (
        conversation.identity.borrower_id is not None
        and not conversation.identity.is_verified(now)
        and conversation.last_inbound_at is not None
        and now - conversation.last_inbound_at >= idle
    )


def is_open(message: StoredMessage, later: Sequence[StoredMessage]) -> bool:
    """Whether the choices of a message can still be taken: not once the borrower said more."""
    return message.author is not Author.BORROWER and not any(
        m.author is Author.BORROWER and not m.text.startswith("/language") for m in later
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """The newest messages of a chat as stored, and those that may be shown now."""

    conversation: Conversation | None = None
    stored: tuple[StoredMessage, ...] = ()
    shown: tuple[StoredMessage, ...] = ()
    has_lapsed: bool = False

    @property
    def last_id(self) -> int:
        return max((m.id for m in self.stored), default=0)

    @property
    def hides_some(self) -> bool:
        return len(self.shown) < sum(m.delivery is not DeliveryState.FAILED for m in self.stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcripts:
    """Finds the chat of an address. `idle`: the pause after which an unverified chat hides."""

    store: Store
    clock: Clock
    idle: timedelta

    def recent(self, address: str) -> Recent:
        with self.store.unit() as uow:
            conversation = uow.conversations.find(Channel.WEB, address)
            if conversation is None:
                return Recent()
            stored = uow.messages.latest(conversation.id, WINDOW)
        return self._judged(conversation, stored)

    def since(self, address: str, after: int) -> Recent:
        """The same, but without messages when none has come after the id `after`."""
        with self.store.unit() as uow:
            conversation = uow.conversations.find(Channel.WEB, address)
            if conversation is None:
                return Recent()
            fresh = uow.messages.after(conversation.id, after, WINDOW)
            if not fresh:
                return self._judged(conversation, ())
            known = {m.id: m for m in uow.messages.latest(conversation.id, WINDOW)}
        # Only as far as `fresh` reaches: what lies beyond comes with the next look.
        known = {m.id: m for m in known.values() if m.id <= fresh[-1].id}
        known.update({m.id: m for m in fresh})
        return self._judged(conversation, tuple(known[number] for number in sorted(known)))

    def payload(self, address: str, message_id: int, index: int, update_key: str) -> str | None:
        """What a choice stands for; None if it is not in this chat, or has passed."""
        shown = self.recent(address).shown
        for position, message in enumerate(shown):
            if message.id == message_id and index < len(message.buttons):
                later = shown[position + 1 :]
                # The same tap sent again is no second choice: the receiver drops it by its key.
                is_replay = any(m.update_key == update_key for m in later)
                if is_replay or is_open(message, later):
                    return message.buttons[index][1]
        return None

    def _judged(self, conversation: Conversation, stored: tuple[StoredMessage, ...]) -> Recent:
        now = self.clock()
        return Recent(
            conversation=conversation,
            stored=stored,
            shown=visible(conversation, stored, now, self.idle),
            has_lapsed=has_lapsed(conversation, now, self.idle),
        )
