"""A contact that somebody wants to make, and the answer to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from compliance.errors import NaiveTime
from compliance.terms import (
    AddressKind,
    Channel,
    Effect,
    InitiatedBy,
    Purpose,
    Recipient,
    Voice,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the text conveys (`includes`) and what is wrong with it (`categories`), as codes."""

    language: str = "en"
    includes: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One contact. `at` is the instant of sending; when it was queued does not matter.

    Raises NaiveTime if `at` has no zone. `debt_ids` empty means: about every debt.
    """

    at: datetime
    channel: Channel
    purpose: Purpose
    debt_ids: tuple[str, ...]
    address_id: str
    address_kind: AddressKind = AddressKind.PERSONAL
    recipient: Recipient = Recipient.BORROWER
    automated: bool = True
    voice: Voice | None = None
    initiated_by: InitiatedBy = InitiatedBy.LENDER
    reply_to: str | None = None
    is_initial_communication: bool = False
    content: Content = field(default_factory=Content)

    def __post_init__(self) -> None:
        if self.at.utcoffset() is None:
            raise NaiveTime("The instant of the attempt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer: `rules` names every rule that objected; `until` (UTC) only with DELAY.

    `alert` is for operations: set when the rules themselves could not be asked.
    """

    effect: Effect
    rules: tuple[str, ...] = ()
    until: datetime | None = None
    alert: str | None = None

    @property
    def allowed(self) -> bool:
        return self.effect is Effect.ALLOW
