"""A contact that happened, in either direction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from compliance.errors import NaiveTime
from compliance.terms import Actor, Channel, ContactOutcome, Direction, Intent, Person, Purpose

OPT_OUT_KEYWORDS = frozenset(
    ["stop", "quit", "end", "revoke", "cancel", "unsubscribe", "退订", "停止", "td", "बंद"]
) | {
    "opt out",
    "optout",
    "opt-out",
}
"""One-word opt-outs: the seven of 47 CFR 64.1200(a)(10) and their local equivalents."""

_TRAILING = " \t\r\n.,;:!?…。，；：！？、।"


def is_opt_out_keyword(text: str) -> bool:
    """Whether a message is nothing but an opt-out keyword."""
    return " ".join(text.split()).rstrip(_TRAILING).casefold() in OPT_OUT_KEYWORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One contact of the past. `purpose` is of outbound ones, `intent` and `text` of inbound ones.

    Raises NaiveTime if `at` has no zone.
    """

    id: str
    at: datetime
    channel: Channel
    direction: Direction
    outcome: ContactOutcome
    debt_ids: tuple[str, ...] = ()
    address_id: str = ""
    actor: Actor = Actor.SELF
    person: Person = Person.BORROWER
    purpose: Purpose | None = None
    intent: Intent | None = None
    text: str | None = None
    reply_to: str | None = None

    def __post_init__(self) -> None:
        if self.at.utcoffset() is None:
            raise NaiveTime(f"Event {self.id}")

    @property
    def is_inbound(self) -> bool:
        return self.direction is Direction.INBOUND

    @property
    def meaning(self) -> Intent | None:
        """What the borrower said here; a bare opt-out keyword closes the channel."""
        if self.intent is None and self.is_inbound and is_opt_out_keyword(self.text or ""):
            return Intent.STOP_CHANNEL
        return self.intent
