"""Who speaks in a conversation, and which moves are allowed. Pure.

A person holds a conversation by a lease that their activity renews. When it lapses, the
conversation goes back to the queue: a borrower must not wait for someone who went home.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.messages import Author
from lending.errors import TideoverError

LEASE = timedelta(minutes=15)
"""How long a person holds a conversation without doing anything in it."""


RATE = "/rate_person"
"""The payload of a rating button: this, a colon, the number of the escalation, a colon, 1 to 5."""


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

    A message computed under an older epoch is stale and is refused by the outbox. `staff` is the
    sign-in name of the person who holds it, `lease_until` the instant from which they do no more.
    """

    owner: Owner = Owner.BOT
    epoch: int = 0
    staff: str | None = None
    lease_until: datetime | None = None

    def moved(
        self, owner: Owner, staff: str | None = None, lease_until: datetime | None = None
    ) -> Control:
        return Control(owner=owner, epoch=self.epoch + 1, staff=staff, lease_until=lease_until)

    def has_lapsed(self, now: datetime) -> bool:
        """Whether a person holds it whose lease is over."""
        return self.owner is Owner.HUMAN and (self.lease_until is None or self.lease_until <= now)

    def is_held_by(self, staff: str, now: datetime) -> bool:
        return self.owner is Owner.HUMAN and self.staff == staff and not self.has_lapsed(now)


def queue_for_person(control: Control) -> Control:
    """The borrower waits for a person; the assistant goes on answering meanwhile."""
    if control.owner in (Owner.QUEUED, Owner.HUMAN):
        return control
    return control.moved(Owner.QUEUED)


def claim(control: Control, staff: str, *, now: datetime, lease: timedelta = LEASE) -> Control:
    """A member of staff speaks from now on, and nobody else.

    Who holds it already keeps it, with a new lease. Raises NotYourTurn while a colleague does.
    """
    if control.is_held_by(staff, now):
        return replace(control, lease_until=now + lease)
    if control.owner is Owner.HUMAN and not control.has_lapsed(now):
        raise NotYourTurn(
            "A colleague holds this conversation.", hint="Ask a supervisor to take it over."
        )
    return control.moved(Owner.HUMAN, staff, now + lease)


def take_over(control: Control, staff: str, *, now: datetime, lease: timedelta = LEASE) -> Control:
    """As `claim`, but from whoever holds it; for those who may."""
    if control.is_held_by(staff, now):
        return replace(control, lease_until=now + lease)
    return control.moved(Owner.HUMAN, staff, now + lease)


def transfer(
    control: Control, staff: str, to: str, *, now: datetime, lease: timedelta = LEASE
) -> Control:
    """The holder passes the conversation on to a colleague. Raises NotYourTurn."""
    need_holder(control, staff, now)
    if staff == to:
        raise NotYourTurn("You hold it already.", hint="Choose a colleague.")
    return control.moved(Owner.HUMAN, to, now + lease)


def release(control: Control, staff: str, *, now: datetime) -> Control:
    """The holder puts the conversation back into the queue. Raises NotYourTurn."""
    need_holder(control, staff, now)
    return control.moved(Owner.QUEUED)


def lapse(control: Control, now: datetime) -> Control:
    """Back to the queue if the holder's lease is over; else unchanged."""
    return control.moved(Owner.QUEUED) if control.has_lapsed(now) else control


def hand_back(control: Control) -> Control:
    """The assistant speaks again."""
    return control if control.owner is Owner.BOT else control.moved(Owner.BOT)


def close(control: Control) -> Control:
    """Nobody speaks until the borrower writes again."""
    return control if control.owner is Owner.CLOSED else control.moved(Owner.CLOSED)


def need_holder(control: Control, staff: str, now: datetime) -> None:
    """Raises NotYourTurn unless this person holds the conversation now."""
    if control.is_held_by(staff, now):
        return
    if control.owner is Owner.HUMAN and control.staff == staff:
        raise NotYourTurn(
            "Your claim ran out because nothing happened for a while.",
            hint="Claim the conversation again; what you typed is kept.",
        )
    if control.owner is Owner.HUMAN:
        raise NotYourTurn(
            "A colleague holds this conversation.", hint="Ask a supervisor to take it over."
        )
    raise NotYourTurn("You do not hold this conversation.", hint="Claim it first.")


def same_speaker(before: Control, now: Control) -> bool:
    """Whether the assistant has had the conversation all along from `before` until `now`.

    Then only a case was opened or settled in between: a person who comes and goes changes the
    owner twice. What the assistant computed under `before` still answers the borrower.
    """
    assistant = (Owner.BOT, Owner.QUEUED)
    return (
        before.owner in assistant and now.owner in assistant and now.epoch - before.epoch in (0, 1)
    )


def may_speak(
    control: Control,
    author: Author,
    epoch: int,
    *,
    staff: str | None = None,
    now: datetime | None = None,
) -> bool:
    """Whether a message by `author`, computed under `epoch`, may leave now.

    For a person, `staff` says which one, and `now` is when.
    """
    if epoch != control.epoch:
        return False
    match author:
        case Author.BOT:
            return control.owner in (Owner.BOT, Owner.QUEUED)
        case Author.STAFF:
            return staff is not None and now is not None and control.is_held_by(staff, now)
        case Author.BORROWER:
            return False
