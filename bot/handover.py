"""Who speaks in a conversation, and which moves are allowed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.messages import Author
from lending.errors import TideoverError


class Owner(StrEnum):
    """Who holds the conversation."""

    BOT = "bot"
    QUEUED = "queued"
    HUMAN = "human"
    CLOSED = "closed"


class NotYourTurn(TideoverError):
    """A move that the present owner does not allow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The owner, and an epoch that rises at each change of owner.

    A message computed under an older epoch is stale and is refused by the outbox.
    """

    owner: Owner = Owner.BOT
    epoch: int = 0
    staff: str | None = None

    def moved(self, owner: Owner, staff: str | None = None) -> Control:
        return Control(owner=owner, epoch=self.epoch + 1, staff=staff)


def queue_for_person(control: Control) -> Control:
    """The borrower waits for a person; the assistant goes on answering meanwhile."""
    if control.owner in (Owner.QUEUED, Owner.HUMAN):
        return control
    return control.moved(Owner.QUEUED)


def take_over(control: Control, staff: str) -> Control:
    """A member of staff speaks from now on, and nobody else."""
    if control.owner is Owner.HUMAN and control.staff != staff:
        raise NotYourTurn(
            "A colleague holds this conversation.", hint="Ask a supervisor to take it over."
        )
    return control.moved(Owner.HUMAN, staff)


def hand_back(control: Control) -> Control:
    """The assistant speaks again."""
    return control if control.owner is Owner.BOT else control.moved(Owner.BOT)


def may_speak(control: Control, author: Author, epoch: int) -> bool:
    """Whether a message by `author`, computed under `epoch`, may leave now."""
    if epoch != control.epoch:
        return False
    match author:
        case Author.BOT:
            return control.owner in (Owner.BOT, Owner.QUEUED)
        case Author.STAFF:
            return control.owner is Owner.HUMAN
        case Author.BORROWER:
            return False
