"""The parts of a case file as the types of this package: attempt, events and facts."""

from __future__ import annotations

from datetime import datetime

from compliance.attempt import Attempt, Content
from compliance.events import Event
from compliance.facts import Debt, Facts
from compliance.terms import (
    Actor,
    ActorRole,
    AddressKind,
    Channel,
    ContactOutcome,
    DebtKind,
    Direction,
    InitiatedBy,
    Intent,
    Person,
    Phase,
    Purpose,
    Recipient,
    Voice,
)
from compliance.vector_fields import Fields
from compliance.vector_state import state_of
from compliance.zones import zone_clock


def attempt_of(fields: Fields, now: datetime) -> Attempt:
    """`queued_at` is read and left out: it must not influence the result."""
    fields.only(
        *[
            "channel",
            "automated",
            "voice",
            "initiated_by",
            "reply_to",
            "recipient",
            "purpose",
            "debt_ids",
            "address_id",
            "address_kind",
            "is_initial_communication",
            "queued_at",
            "content",
        ]
    )
    fields.maybe_instant("queued_at")
    content = fields.part("content")
    content.only("language", "includes", "categories")
    return Attempt(
        at=now,
        channel=fields.one_of("channel", Channel),
        automated=fields.flag("automated"),
        voice=fields.maybe_one_of("voice", Voice),
        initiated_by=fields.one_of("initiated_by", InitiatedBy),
        reply_to=fields.maybe_text("reply_to"),
        recipient=fields.one_of("recipient", Recipient),
        purpose=fields.one_of("purpose", Purpose),
        debt_ids=tuple(fields.texts("debt_ids")),
        address_id=fields.text("address_id"),
        address_kind=fields.one_of("address_kind", AddressKind),
        is_initial_communication=fields.flag("is_initial_communication"),
        content=Content(
            language=content.text("language"),
            includes=frozenset(content.texts("includes")),
            categories=frozenset(content.texts("categories")),
        ),
    )


def events_of(given: Fields) -> list[Event]:
    return [_event_of(fields) for fields in given.parts("history")]


def _event_of(fields: Fields) -> Event:
    fields.only(
        *[
            "id",
            "at",
            "channel",
            "direction",
            "actor",
            "person",
            "address_id",
            "outcome",
            "debt_ids",
            "purpose",
            "intent",
            "text",
            "reply_to",
        ]
    )
    return Event(
        id=fields.text("id"),
        at=fields.instant("at"),
        channel=fields.one_of("channel", Channel),
        direction=fields.one_of("direction", Direction),
        actor=fields.one_of("actor", Actor),
        person=fields.one_of("person", Person),
        address_id=fields.text("address_id"),
        outcome=fields.one_of("outcome", ContactOutcome),
        debt_ids=tuple(fields.texts("debt_ids")),
        purpose=fields.maybe_one_of("purpose", Purpose),
        intent=fields.maybe_one_of("intent", Intent),
        text=fields.maybe_text("text"),
        reply_to=fields.maybe_text("reply_to"),
    )


def facts_of(given: Fields) -> Facts:
    given.only(
        *[
            "timezone",
            "possible_timezones",
            "now",
            "now_local",
            "phase",
            "actor_role",
            "config",
            "channel",
            "debts",
            "history",
            "borrower_state",
        ]
    )
    config = given.part("config")
    config.only("creditor_follows_collector_rules")
    zones = tuple(given.texts("possible_timezones"))
    for zone in (given.text("timezone"), *zones):
        zone_clock(zone)
    return Facts(
        timezone=given.text("timezone"),
        possible_timezones=zones,
        phase=given.one_of("phase", Phase),
        actor_role=given.one_of("actor_role", ActorRole),
        creditor_follows_collector_rules=config.flag("creditor_follows_collector_rules"),
        debts=tuple(_debt_of(fields) for fields in given.parts("debts")),
        state=state_of(given.part("borrower_state")),
    )


def _debt_of(fields: Fields) -> Debt:
    fields.only("id", "kind", "account_group", "days_past_due", "time_barred")
    return Debt(
        id=fields.text("id"),
        kind=fields.one_of("kind", DebtKind),
        account_group=fields.maybe_text("account_group"),
        days_past_due=fields.whole("days_past_due"),
        time_barred=fields.flag("time_barred"),
    )
