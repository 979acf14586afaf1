"""What the conversation part expects of a dialogue engine."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.messages import Button
from lending.errors import TideoverError


class EngineUnavailable(TideoverError):
    """The dialogue engine cannot be loaded or could not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One message that the dialogue wants to say; `extra` asks for things beside the text."""

    text: str
    buttons: tuple[Button, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one message led to. `intent` and `confidence` are for records, not for decisions."""

    utterances: tuple[Utterance, ...]
    intent: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a text was taken for, and all intents with their confidence (0 to 1), likeliest first."""

    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...]


class DialogueEngine(Protocol):
    """Turns what a borrower wrote into what to say. Keeps each conversation's memory by its id.

    `turn` takes free text, never read as a command; `choose` takes a payload that we made
    ourselves (a button, a menu command), such as `/check_balance`. Both raise EngineUnavailable
    when no answer could be computed. `exclusive` makes turns of one conversation wait for each
    other, in order, over all processes that share a lock store. `remember` tells the memory what
    happened while a person spoke: any form is left, nothing waits for an answer any more.
    """

    def exclusive(self, conversation_id: str) -> AbstractAsyncContextManager[None]: ...

    async def turn(self, conversation_id: str, text: str, *, language: str) -> Turn: ...

    async def choose(self, conversation_id: str, payload: str, *, language: str) -> Turn: ...

    async def remember(self, conversation_id: str, facts: Mapping[str, str]) -> None: ...
