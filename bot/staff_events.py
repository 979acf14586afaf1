"""What happened that staff should see at once: one row each, read by every open page and alert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from lending.ids import ConversationId, EscalationId


class EventKind(StrEnum):
    """Kinds of news. MESSAGE is from the borrower, or to them by anyone."""

    ESCALATION_OPENED = "escalation_opened"
    CLAIMED = "claimed"
    RELEASED = "released"
    TRANSFERRED = "transferred"
    TAKEN_OVER = "taken_over"
    LEASE_LAPSED = "lease_lapsed"
    HANDED_BACK = "handed_back"
    CLOSED = "closed"
    RESOLVED = "resolved"
    MESSAGE = "message"
    NOTE = "note"
    CHANGED = "changed"
    CLOCK_WARNING = "clock_warning"
    CLOCK_BREACHED = "clock_breached"
    NOBODY_FREE = "nobody_free"
    RATED = "rated"
    MERGED = "merged"
    ALERTED = "alerted"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffEvent:
    """One thing that happened. `details` hold codes and numbers, never what people wrote."""

    id: int
    at: datetime
    kind: EventKind
    conversation_id: ConversationId | None = None
    escalation_id: EscalationId | None = None
    actor: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
