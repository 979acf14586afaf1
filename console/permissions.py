"""Who may do what: one table. Every route of the console names its action and asks `may` here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from bot.staff import Role
from lending.errors import TideoverError
from lending.sentences import Sentence


class NotAllowed(TideoverError):
    """This role may not do that."""


class Action(StrEnum):
    """Everything that the console lets anyone do."""

    SEE_QUEUE = "see_queue"
    SEE_CONVERSATION = "see_conversation"
    SEE_BORROWER = "see_borrower"
    REVEAL = "reveal"
    CLAIM = "claim"
    RELEASE = "release"
    TRANSFER = "transfer"
    TAKE_OVER = "take_over"
    REPLY = "reply"
    NOTE = "note"
    RESOLVE = "resolve"
    HAND_BACK = "hand_back"
    CLOSE = "close"
    OPEN_ESCALATION = "open_escalation"
    SEND_DOCUMENT = "send_document"
    MERGE_CHATS = "merge_chats"
    CORRECT_CONTACT = "correct_contact"
    LOG_CONTACT = "log_contact"
    PREVIEW_PLAN = "preview_plan"
    RECOMMEND_PLAN = "recommend_plan"
    APPROVE_PLAN = "approve_plan"
    SEE_APPROVALS = "see_approvals"
    WAIVE_FEE = "waive_fee"
    WAIVE_ABOVE_LIMIT = "waive_above_limit"
    SET_HOLD = "set_hold"
    LIFT_HOLD = "lift_hold"
    LIFT_LEGAL_HOLD = "lift_legal_hold"
    SEE_CONTACTS = "see_contacts"
    SEE_REPORTS = "see_reports"
    EXPORT_REPORTS = "export_reports"
    SEE_TEMPLATES = "see_templates"
    CHECK_WORDING = "check_wording"
    PREVIEW_STRATEGY = "preview_strategy"
    SEE_AUDIT = "see_audit"
    SEE_HEALTH = "see_health"
    SEE_STAFF = "see_staff"
    MANAGE_STAFF = "manage_staff"


_EVERYONE = frozenset(Role)
_WORKERS = frozenset({Role.AGENT, Role.SUPERVISOR})
_LEAD = frozenset({Role.SUPERVISOR})
_WATCH = frozenset({Role.SUPERVISOR, Role.COMPLIANCE})
_WORK_AND_WATCH = frozenset({Role.AGENT, Role.SUPERVISOR, Role.COMPLIANCE})
_RUN = frozenset({Role.SUPERVISOR, Role.ADMIN})

PERMISSIONS: Mapping[Action, frozenset[Role]] = MappingProxyType(
    {
        Action.SEE_QUEUE: _WORK_AND_WATCH,
        Action.SEE_CONVERSATION: _WORK_AND_WATCH,
        Action.SEE_BORROWER: _WORK_AND_WATCH,
        Action.REVEAL: _WORK_AND_WATCH,
        Action.CLAIM: _WORKERS,
        Action.RELEASE: _WORKERS,
        Action.TRANSFER: _WORKERS,
        Action.TAKE_OVER: _LEAD,
        Action.REPLY: _WORKERS,
        Action.NOTE: _WORK_AND_WATCH,
        Action.RESOLVE: _WORKERS,
        Action.HAND_BACK: _WORKERS,
        Action.CLOSE: _WORKERS,
        Action.OPEN_ESCALATION: _WORK_AND_WATCH,
        Action.SEND_DOCUMENT: _WORKERS,
        Action.MERGE_CHATS: _WORKERS,
        Action.CORRECT_CONTACT: _WORKERS,
        Action.LOG_CONTACT: _WORKERS,
        Action.PREVIEW_PLAN: _WORKERS,
        Action.RECOMMEND_PLAN: _WORKERS,
        Action.APPROVE_PLAN: _LEAD,
        Action.SEE_APPROVALS: _WORK_AND_WATCH,
        Action.WAIVE_FEE: _WORKERS,
        Action.WAIVE_ABOVE_LIMIT: _LEAD,
        Action.SET_HOLD: _WORKERS,
        Action.LIFT_HOLD: _WORKERS,
        # Law, not the lender, placed these: insolvency, death, an adviser, a wish to be left alone.
        Action.LIFT_LEGAL_HOLD: _WATCH,
        Action.SEE_CONTACTS: _WORK_AND_WATCH,
        Action.SEE_REPORTS: _WATCH,
        Action.EXPORT_REPORTS: _WATCH,
        Action.SEE_TEMPLATES: _WORK_AND_WATCH,
        Action.CHECK_WORDING: _WORK_AND_WATCH,
        Action.PREVIEW_STRATEGY: _WATCH,
        Action.SEE_AUDIT: frozenset({Role.COMPLIANCE, Role.ADMIN}),
        Action.SEE_HEALTH: frozenset({Role.SUPERVISOR, Role.COMPLIANCE, Role.ADMIN}),
        Action.SEE_STAFF: _RUN | _WATCH,
        Action.MANAGE_STAFF: frozenset({Role.ADMIN}),
    }
)
"""Action by role. Admins run the house (staff, health, audit) and see no borrower."""


def may(role: Role, action: Action) -> bool:
    return role in PERMISSIONS[action]


def require(role: Role, action: Action) -> None:
    """Raises NotAllowed."""
    if not may(role, action):
        raise NotAllowed(
            Sentence("The role %(role)s may not do this.", role=role),
            hint=Sentence("Ask a colleague: %(roles)s.", roles=tuple(sorted(PERMISSIONS[action]))),
        )
