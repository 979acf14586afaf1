"""Which route needs what. The whole table: a route that is not in it cannot be registered.

Who has a permission stands in console/permissions.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from console.permissions import Action as A


class Open(StrEnum):
    """Needs no permission: ANYONE may, or everyone who is SIGNED_IN."""

    ANYONE = "anyone"
    SIGNED_IN = "signed_in"


ACCESS: Mapping[str, A | Open] = {
    "GET /assets/{version}/{name:path}": Open.ANYONE,
    "GET /sign-in": Open.ANYONE,
    "POST /sign-in": Open.ANYONE,
    "POST /language": Open.ANYONE,
    "POST /sign-out": Open.SIGNED_IN,
    "GET /": Open.SIGNED_IN,
    "GET /me": Open.SIGNED_IN,
    "POST /me/language": Open.SIGNED_IN,
    "POST /me/password": Open.SIGNED_IN,
    "POST /me/second-factor": Open.SIGNED_IN,
    "POST /me/second-factor/off": Open.SIGNED_IN,
    "POST /me/sessions/end": Open.SIGNED_IN,
    "GET /queue": A.SEE_QUEUE,
    "GET /queue/stream": A.SEE_QUEUE,
    "GET /conversations/{conversation_id}": A.SEE_CONVERSATION,
    "GET /conversations/{conversation_id}/stream": A.SEE_CONVERSATION,
    "GET /conversations/{conversation_id}/earlier": A.SEE_CONVERSATION,
    "GET /conversations/{conversation_id}/top": A.SEE_CONVERSATION,
    "GET /conversations/{conversation_id}/write": A.SEE_CONVERSATION,
    "GET /conversations/{conversation_id}/work": A.SEE_CONVERSATION,
    "GET /conversations/{conversation_id}/ready": A.REPLY,
    "POST /conversations/{conversation_id}/open": A.OPEN_ESCALATION,
    "POST /conversations/{conversation_id}/merge": A.MERGE_CHATS,
    "POST /points/{point_id}/correct": A.CORRECT_CONTACT,
    "GET /messages/{message_id}.png": A.SEE_CONVERSATION,
    "GET /messages/{message_id}.pdf": A.SEE_CONVERSATION,
    "POST /conversations/{conversation_id}/claim": A.CLAIM,
    "POST /conversations/{conversation_id}/take-over": A.TAKE_OVER,
    "POST /conversations/{conversation_id}/release": A.RELEASE,
    "POST /conversations/{conversation_id}/transfer": A.TRANSFER,
    "POST /conversations/{conversation_id}/reply": A.REPLY,
    "POST /conversations/{conversation_id}/note": A.NOTE,
    "POST /conversations/{conversation_id}/resolve": A.RESOLVE,
    "POST /conversations/{conversation_id}/hand-back": A.HAND_BACK,
    "POST /conversations/{conversation_id}/hold": A.SET_HOLD,
    "POST /conversations/{conversation_id}/lift/{hold_id}": A.LIFT_HOLD,
    "POST /conversations/{conversation_id}/waive": A.WAIVE_FEE,
    "POST /conversations/{conversation_id}/promise": A.LOG_CONTACT,
    "POST /conversations/{conversation_id}/log": A.LOG_CONTACT,
    "GET /conversations/{conversation_id}/may-contact": A.LOG_CONTACT,
    "GET /conversations/{conversation_id}/plans": A.PREVIEW_PLAN,
    "POST /conversations/{conversation_id}/plans": A.PREVIEW_PLAN,
    "GET /borrowers": A.SEE_BORROWER,
    "GET /borrowers/{reference}": A.SEE_BORROWER,
    "POST /points/{point_id}/reveal": A.REVEAL,
    "GET /approvals": A.SEE_APPROVALS,
    "GET /approvals/{offer_id}": A.SEE_APPROVALS,
    "POST /approvals/{offer_id}/recommend": A.RECOMMEND_PLAN,
    "POST /approvals/{offer_id}/approve": A.APPROVE_PLAN,
    "POST /approvals/{offer_id}/decline": A.RECOMMEND_PLAN,
    "GET /contacts": A.SEE_CONTACTS,
    "GET /contacts.csv": A.SEE_CONTACTS,
    "GET /contacts/{decision_id}": A.SEE_CONTACTS,
    "GET /strategy": A.PREVIEW_STRATEGY,
    "GET /strategy/portfolio": A.PREVIEW_STRATEGY,
    "GET /reports": A.SEE_REPORTS,
    "GET /reports/arrears": A.SEE_REPORTS,
    "GET /reports/{name}.csv": A.EXPORT_REPORTS,
    "GET /templates": A.SEE_TEMPLATES,
    "POST /templates/check": A.CHECK_WORDING,
    "GET /templates/{key}": A.SEE_TEMPLATES,
    "GET /staff": A.SEE_STAFF,
    "POST /staff": A.MANAGE_STAFF,
    "POST /staff/{login}/role": A.MANAGE_STAFF,
    "POST /staff/{login}/disable": A.MANAGE_STAFF,
    "POST /staff/{login}/enable": A.MANAGE_STAFF,
    "POST /staff/{login}/reset": A.MANAGE_STAFF,
    "GET /audit": A.SEE_AUDIT,
    "POST /audit/verify": A.SEE_AUDIT,
    "GET /health": A.SEE_HEALTH,
}
