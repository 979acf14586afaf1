"""The hand-off packet: what a person needs to know to go on where the assistant stopped.

Taken when an escalation opens, so that it says how things stood then. Plain JSON values: dates as
ISO 8601, amounts as {"minor": ..., "currency": ...}. Only staff read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.conversation import Conversation, EscalationReason
from bot.messages import Author, Kind
from bot.mood import mood_of
from bot.ports import UnitOfWork
from lending.account_file import AccountFile
from lending.accounts import AccountStatus, Borrower
from lending.dates import local_day
from lending.money import Money
from lending.position import position_of

LOOKED_AT = 40
"""How many of the newest messages count for intents, mood and what was said."""

TOLD = 3
INTENTS = 5
SHORT = 300
"""Characters of a message that a packet keeps; the transcript has all of it."""
OFFERS = 5
OFFERED_WITHIN = timedelta(days=30)
"""Which offers of a plan count as shown lately; no more than the newest five."""


def build_packet(
    uow: UnitOfWork,
    conversation: Conversation,
    reason: EscalationReason,
    now: datetime,
    *,
    details: str = "",
) -> dict[str, Any]:
    """All that is known now. Keys: reason, channel, language, identity, verified, details, accounts,
    holds, promises, offers, intents, mood, told, wrote."""
    messages = uow.messages.latest(conversation.id, LOOKED_AT)
    said = [m for m in messages if m.author is Author.BORROWER]
    typed = [m.text for m in said if m.kind in (Kind.TEXT, Kind.EDITED)]
    told = [m for m in messages if m.author is Author.BOT and m.kind is not Kind.NOTICE]
    return {
        "reason": reason.value,
        "channel": conversation.channel.value,
        "language": conversation.language,
        "identity": conversation.identity.stage.value,
        "verified": "yes" if conversation.identity.is_verified(now) else "no",
        "details": details,
        "intents": [m.intent for m in said if m.intent][-INTENTS:],
        "mood": mood_of(typed[-INTENTS:]).value,
        "told": [_short(m.text) for m in told[-TOLD:]],
        "wrote": [_short(text) for text in typed[-TOLD:]],
        **_money(uow, conversation, now),
    }


def _money(uow: UnitOfWork, conversation: Conversation, now: datetime) -> dict[str, Any]:
    borrower_id = conversation.identity.borrower_id
    if borrower_id is None:
        return {"accounts": [], "holds": [], "promises": [], "offers": []}
    borrower = uow.borrowers.get(borrower_id)
    today = local_day(now, borrower.timezone)
    files = uow.accounts.files_of(borrower_id)
    holds = {hold.id: hold for file in files for hold in file.holds if hold.covers(today)}
    return {
        "accounts": [
            _account(file, now, borrower.timezone)
            for file in files
            if file.account.status is AccountStatus.ACTIVE
        ],
        "holds": [
            {
                "kind": hold.kind.value,
                "from": hold.from_on.isoformat(),
                "until": hold.until_on.isoformat() if hold.until_on else None,
            }
            for hold in holds.values()
        ],
        "promises": [
            {"day": promise.due_on.isoformat(), "amount": _amount(promise.amount)}
            for file in files
            for promise in file.promises
            if promise.due_on >= today
        ],
        "offers": _offers(uow, borrower, files, now),
    }


def _offers(
    uow: UnitOfWork, borrower: Borrower, files: Sequence[AccountFile], now: datetime
) -> list[dict[str, Any]]:
    """The offers of a plan that the borrower saw lately, newest first."""
    references = {file.account.id: file.account.reference for file in files}
    shown = uow.plans.offers_of(borrower.id, since=now - OFFERED_WITHIN)
    return [
        {
            "account": references.get(kept.account_id, ""),
            "payment": _amount(kept.offer.payment),
            "payments": kept.offer.comparison.plan.payments,
            "until": kept.offer.ends_on.isoformat(),
            "total": _amount(kept.offer.cost),
            "state": kept.state.value,
            "shown": local_day(kept.shown_at, borrower.timezone).isoformat(),
        }
        for kept in reversed(shown[-OFFERS:])
    ]


def _account(file: AccountFile, now: datetime, timezone: str) -> dict[str, Any]:
    position = position_of(file, local_day(now, timezone))
    due = position.next_due
    return {
        "reference": file.account.reference,
        "product": file.account.product.value,
        "overdue": _amount(position.overdue),
        "days_past_due": position.days_past_due,
        "next_due": due.due_on.isoformat() if due else None,
        "next_amount": _amount(due.amount) if due else None,
        "payoff": _amount(position.payoff),
    }


def _short(text: str) -> str:
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


def _amount(money: Money) -> dict[str, Any]:
    return {"minor": money.minor, "currency": money.currency}
