"""The kinds of check that a profile can name. A country adds parameters, not code."""

from __future__ import annotations

from typing import Final

from compliance.checks import Check
from compliance.checks_consent import (
    AddressNotOffered,
    Always,
    ConsentRevoked,
    EmployerProhibits,
    NoConsent,
    NoticeMissing,
    PlaceClosed,
)
from compliance.checks_content import BannedContent, MissingContent
from compliance.checks_counts import CalledLately, ClosedAfterConversation, ContactLimit
from compliance.checks_disputes import OpenDispute
from compliance.checks_holds import (
    Bankrupt,
    CapacityDoubted,
    Ceased,
    Deceased,
    InMoratorium,
    Living,
    OptedOut,
    PlanBeingMade,
    PlanPerformed,
    RefusedStatuteBarred,
    Represented,
)
from compliance.checks_hours import HoursWindow, InconvenientTimes

CLOCK_KINDS: Final[dict[str, type[Check]]] = {
    "hours": HoursWindow,
    "inconvenient_times": InconvenientTimes,
    "contact_limit": ContactLimit,
    "closed_after_conversation": ClosedAfterConversation,
}
"""Kinds that time answers: they delay."""

STANDING_KINDS: Final[dict[str, type[Check]]] = {
    "always": Always,
    "banned_content": BannedContent,
    "missing_content": MissingContent,
    "opted_out": OptedOut,
    "ceased": Ceased,
    "represented": Represented,
    "place_closed": PlaceClosed,
    "employer_prohibits": EmployerProhibits,
    "no_consent": NoConsent,
    "consent_revoked": ConsentRevoked,
    "notice_missing": NoticeMissing,
    "address_not_offered": AddressNotOffered,
    "open_dispute": OpenDispute,
    "bankrupt": Bankrupt,
    "deceased": Deceased,
    "living": Living,
    "called_lately": CalledLately,
    "capacity_doubted": CapacityDoubted,
    "moratorium": InMoratorium,
    "plan_being_made": PlanBeingMade,
    "plan_performed": PlanPerformed,
    "refused_statute_barred": RefusedStatuteBarred,
}
"""Kinds that do not lapse by themselves: they block."""

KINDS: Final[dict[str, type[Check]]] = {**CLOCK_KINDS, **STANDING_KINDS}
