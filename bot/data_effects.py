"""What a borrower is given of what we keep about them: everything, as a file, once they are verified."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from bot.conversation import Conversation
from bot.messages import Content, Document
from bot.ports import Clock
from bot.texts import Texts
from lending.ids import BorrowerId

KEY = "give_data_copy"
FILE_NAME = "my-data.json"

Export = Callable[[BorrowerId], Mapping[str, Any]]
"""Every row about a borrower, by table, as JSON can hold it."""


class Clerk(Protocol):
    """Carries out effects of actions, and gives what to say of them."""

    def carry_out(
        self, conversation: Conversation, effects: Iterable[Mapping[str, Any]]
    ) -> tuple[Content, ...]: ...


class DataClerk:
    """Gives the file; nothing for a chat that is not verified now. Safe to call from any thread."""

    def __init__(self, *, export: Export, texts: Texts, clock: Clock) -> None:
        self._export, self._texts, self._clock = export, texts, clock

    def carry_out(
        self, conversation: Conversation, effects: Iterable[Mapping[str, Any]]
    ) -> tuple[Content, ...]:
        identity = conversation.identity
        now = self._clock()
        asked = any(KEY in effect for effect in effects)
        if not asked or identity.borrower_id is None or not identity.is_verified(now):
            return ()
        told = {"made_at": now.isoformat(), "records": self._export(identity.borrower_id)}
        data = json.dumps(told, ensure_ascii=False, indent=1).encode()
        said = self._texts.content("utter_data_copy", conversation.language)
        return (
            Content(
                text=said.text,
                buttons=said.buttons,
                document=Document(pdf=data, filename=FILE_NAME),
            ),
        )


class Clerks:
    """Several, asked one after the other."""

    def __init__(self, *clerks: Clerk) -> None:
        self._clerks = clerks

    def carry_out(
        self, conversation: Conversation, effects: Iterable[Mapping[str, Any]]
    ) -> tuple[Content, ...]:
        wanted = list(effects)
        return tuple(
            content for clerk in self._clerks for content in clerk.carry_out(conversation, wanted)
        )
