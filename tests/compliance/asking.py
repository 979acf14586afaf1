"""Questions about contact with everything unsaid in order: a lawful reminder at noon, New York time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from compliance.attempt import Attempt, Content, Decision
from compliance.decide import decide
from compliance.events import Event
from compliance.facts import BorrowerState, Debt, Facts
from compliance.history import History
from compliance.profile_file import load_profile
from compliance.records import Consent, Notice
from compliance.terms import (
    ActorRole,
    AddressKind,
    Channel,
    ConsentType,
    ContactOutcome,
    Direction,
    InitiatedBy,
    Phase,
    Purpose,
    Recipient,
    Voice,
)

NOON = "2026-06-10T16:00"
LONG_AGO = datetime(2025, 12, 1, tzinfo=UTC)
ADDRESS = {
    "call": "tel:1",
    "sms": "tel:1",
    "chat": "tg:1",
    "email": "email:1",
    "visit": "home",
    "letter": "post",
}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def consents(*channels: str, **more: Any) -> tuple[Consent, ...]:
    return tuple(
        Consent(
            type=ConsentType.CHANNEL,
            channel=Channel(channel),
            given_at=more.pop("given_at", LONG_AGO),
            to_sender=more.pop("to_sender", True),
            **more,
        )
        for channel in channels
    )


ALL_CONSENTS = consents("call", "sms", "chat", "email")
ALL_NOTICES = (
    Notice(code="dc_m2A", sent_at=LONG_AGO),
    Notice(code="in_agent_particulars", sent_at=LONG_AGO),
)


def happened(*events: str | tuple[str, str] | dict[str, Any]) -> list[Event]:
    """Events as `at channel [outcome]` (outbound), `at channel < [intent]` (inbound), or fields."""
    return [_event(number, event) for number, event in enumerate(events)]


def _event(number: int, event: Any) -> Event:
    more: dict[str, Any] = {}
    if isinstance(event, tuple):
        event, more = event
    at, channel, *rest = event.split()
    inbound = bool(rest) and rest[0] == "<"
    fields: dict[str, Any] = {
        "id": f"e{number}",
        "at": utc(at),
        "channel": Channel(channel),
        "direction": Direction.INBOUND if inbound else Direction.OUTBOUND,
        "address_id": ADDRESS[channel],
        "debt_ids": ("D1",),
        "purpose": None if inbound else Purpose.REMINDER,
        "outcome": ContactOutcome.RECEIVED if inbound else ContactOutcome.SENT,
    }
    if channel == "call":
        fields["outcome"] = ContactOutcome.CONVERSATION
    if not inbound and rest:
        fields["outcome"] = ContactOutcome(rest[0])
    return Event(**{**fields, **more})


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question, with what `question` leaves open."""

    profile: str
    at: str = NOON
    zone: str = "America/New_York"
    zones: tuple[str, ...] = ()
    channel: str = "chat"
    purpose: str = "reminder"
    recipient: str = "borrower"
    kind: str = "personal"
    role: str = "third_party_collector"
    follows: bool = True
    phase: str = "default"
    automated: bool = True
    voice: str | None = None
    initial: bool = False
    reply_to: str | None = None
    address: str | None = None
    about: tuple[str, ...] = ("D1",)
    debts: tuple[Debt, ...] = (Debt(id="D1", days_past_due=75),)
    includes: str = "identity purpose opt_out us_18e1 us_18e2"
    categories: str = ""
    history: Sequence[Event] = ()
    state: dict[str, Any] = field(default_factory=dict)

    def attempt(self) -> Attempt:
        return Attempt(
            at=utc(self.at),
            channel=Channel(self.channel),
            purpose=Purpose(self.purpose),
            debt_ids=self.about,
            address_id=self.address or ADDRESS[self.channel],
            address_kind=AddressKind(self.kind),
            recipient=Recipient(self.recipient),
            automated=self.automated,
            voice=Voice(self.voice) if self.voice else None,
            initiated_by=InitiatedBy.REPLY_TO_BORROWER if self.reply_to else InitiatedBy.LENDER,
            reply_to=self.reply_to,
            is_initial_communication=self.initial,
            content=Content(
                includes=frozenset(self.includes.split()),
                categories=frozenset(self.categories.split()),
            ),
        )

    def facts(self) -> Facts:
        state = {"consents": ALL_CONSENTS, "notices": ALL_NOTICES, **self.state}
        return Facts(
            timezone=self.zone,
            possible_timezones=(self.zone, *self.zones),
            phase=Phase(self.phase),
            actor_role=ActorRole(self.role),
            creditor_follows_collector_rules=self.follows,
            debts=self.debts,
            state=BorrowerState(**state),
        )

    def decision(self) -> Decision:
        profile = load_profile(self.profile)
        return decide(self.attempt(), self.facts(), History(self.history), profile)


@dataclass(frozen=True, kw_only=True)
class RuleCase:
    """What one rule says to one question."""

    rule: str
    what: str
    objects: bool
    asked: Asked


class Cases:
    """The cases of a profile: `objects(rule, what, ...)` and `passes(rule, what, ...)`."""

    def __init__(self, profile: str, **usual: Any) -> None:
        self.profile = profile
        self.usual = usual
        self.all: list[RuleCase] = []

    def objects(self, rule: str, what: str, **fields: Any) -> None:
        self._add(rule, what, True, fields)

    def passes(self, rule: str, what: str, **fields: Any) -> None:
        self._add(rule, what, False, fields)

    def _add(self, rule: str, what: str, objects: bool, fields: dict[str, Any]) -> None:
        asked = Asked(profile=self.profile, **{**self.usual, **fields})
        self.all.append(RuleCase(rule=rule, what=what, objects=objects, asked=asked))
