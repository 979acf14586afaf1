"""Who writes: a one-time link token names the borrower, a second fact proves it.

Handled here, before any classifier sees the message, and the answer is masked before it is kept.
Guessing is bounded per chat and per borrower; a lock opens an escalation, never a dead end.
"""

from __future__ import annotations

import calendar
import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.conversation import Conversation, Identity, IdentityStage
from bot.ports import UnitOfWork
from lending.ids import BorrowerId

TOKEN_GUESSES = 5
"""Wrong link tokens per chat and lock time; people paste an old link once or twice."""

_MONTHS = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
}
_PARTS = re.compile(r"\d+|[a-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityPolicy:
    """How strict: tries before a lock, how long a lock and an idle verification last."""

    tries: int
    lock: timedelta
    idle: timedelta


class Check(StrEnum):
    """What came of a link token or a second fact."""

    LINKED = "linked"
    BAD_LINK = "bad_link"
    TOO_MANY_LINKS = "too_many_links"
    VERIFIED = "verified"
    WRONG = "wrong"
    LOCKED = "locked"


def new_link_token() -> str:
    """An unguessable token that fits a Telegram deep link (64 characters of A-Z a-z 0-9 _ -)."""
    return secrets.token_urlsafe(24)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def fact_digest(key: bytes, borrower_reference: str, kind: str, value: str) -> str:
    """A keyed digest of a second fact. Keyed, because birth dates alone are few enough to try."""
    message = "\x1f".join((borrower_reference, kind, value)).encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def read_birth_dates(text: str) -> tuple[date, ...]:
    """Every day that a text such as 1990-04-21, 21/4/1990, April 21 1990 or 1990年4月21日 can mean.

    A day and month that could be swapped give both; nothing readable gives none.
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    if len(plain) > 60:
        return ()
    parts = _PARTS.findall(re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", plain))
    months = [_MONTHS[part] for part in parts if part in _MONTHS]
    numbers = [part for part in parts if part.isdigit()]
    if len(numbers) == 1 and len(numbers[0]) == 8 and not months:
        digits = numbers[0]
        orders = [(digits[:4], digits[4:6], digits[6:])]
        orders += [(digits[4:], digits[2:4], digits[:2]), (digits[4:], digits[:2], digits[2:4])]
    elif len(numbers) == 2 and len(months) == 1:
        first, second = numbers
        month = str(months[0])
        orders = [(second, month, first), (first, month, second)]
    elif len(numbers) == 3 and not months:
        first, second, third = numbers
        orders = [(first, second, third), (third, second, first), (third, first, second)]
    else:
        return ()
    found = [day for order in orders if (day := _day(*order)) is not None]
    return tuple(dict.fromkeys(found))


def _day(year: str, month: str, day: str) -> date | None:
    if len(year) != 4:
        return None
    try:
        born = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return born if born.year >= 1900 else None


def awaits_second_fact(conversation: Conversation, now: datetime) -> bool:
    """Whether a date in the next message is meant as the second fact."""
    identity = conversation.identity
    return identity.borrower_id is not None and not (
        identity.is_verified(now) or identity.stage is IdentityStage.LOCKED
    )


def after_pause(identity: Identity, now: datetime) -> Identity:
    """A lock that ended goes back to asking the second fact.

    A verification that lapsed keeps its stage, so that the borrower can be told why we ask again.
    """
    if identity.stage is IdentityStage.LOCKED and (
        identity.locked_until is None or now >= identity.locked_until
    ):
        stage = IdentityStage.LINKED if identity.borrower_id else IdentityStage.UNKNOWN
        return replace(identity, stage=stage, tries=0, locked_until=None)
    return identity


def kept_alive(identity: Identity, now: datetime, policy: IdentityPolicy) -> Identity:
    """A verified borrower who writes stays verified for another idle time."""
    return (
        replace(identity, expires_at=now + policy.idle) if identity.is_verified(now) else identity
    )


def redeem_link(
    uow: UnitOfWork, conversation: Conversation, token: str, now: datetime, policy: IdentityPolicy
) -> tuple[Identity, Check]:
    """Use a link token up and tie the chat to its borrower, still to be proved by a second fact."""
    since = now - policy.lock
    if uow.borrowers.conversation_failures(conversation.id, "token", since) >= TOKEN_GUESSES:
        return conversation.identity, Check.TOO_MANY_LINKS
    borrower_id = uow.links.redeem(token_hash(token), now)
    uow.borrowers.add_identity_attempt(
        borrower_id=borrower_id,
        conversation_id=conversation.id,
        kind="token",
        succeeded=borrower_id is not None,
        at=now,
    )
    if borrower_id is None:
        return conversation.identity, Check.BAD_LINK
    if _is_locked(uow, borrower_id, now, policy):
        return _locked(borrower_id, now, policy), Check.LOCKED
    return Identity(stage=IdentityStage.LINKED, borrower_id=borrower_id), Check.LINKED


def check_second_fact(
    uow: UnitOfWork,
    conversation: Conversation,
    answers: tuple[date, ...],
    key: bytes,
    now: datetime,
    policy: IdentityPolicy,
) -> tuple[Identity, Check]:
    """Compare the borrower's answer with what is kept; count a wrong one; lock when too many."""
    identity = conversation.identity
    borrower_id = identity.borrower_id
    assert borrower_id is not None
    if _is_locked(uow, borrower_id, now, policy):
        return _locked(borrower_id, now, policy), Check.LOCKED
    is_right = _matches(uow, borrower_id, answers, key)
    uow.borrowers.add_identity_attempt(
        borrower_id=borrower_id,
        conversation_id=conversation.id,
        kind="second_fact",
        succeeded=is_right,
        at=now,
    )
    if is_right:
        verified = Identity(
            stage=IdentityStage.VERIFIED, borrower_id=borrower_id, expires_at=now + policy.idle
        )
        return verified, Check.VERIFIED
    tries = identity.tries + 1
    if tries >= policy.tries or _is_locked(uow, borrower_id, now, policy):
        return _locked(borrower_id, now, policy), Check.LOCKED
    return replace(identity, stage=IdentityStage.LINKED, tries=tries), Check.WRONG


def _matches(
    uow: UnitOfWork, borrower_id: BorrowerId, answers: tuple[date, ...], key: bytes
) -> bool:
    kept = uow.borrowers.second_fact(borrower_id)
    if kept is None:
        return False
    kind, digest = kept
    reference = uow.borrowers.get(borrower_id).reference
    digests = [fact_digest(key, reference, kind, answer.isoformat()) for answer in answers]
    return any([hmac.compare_digest(digest, candidate) for candidate in digests])


def _is_locked(
    uow: UnitOfWork, borrower_id: BorrowerId, now: datetime, policy: IdentityPolicy
) -> bool:
    return uow.borrowers.identity_failures(borrower_id, now - policy.lock) >= policy.tries


def _locked(borrower_id: BorrowerId, now: datetime, policy: IdentityPolicy) -> Identity:
    return Identity(
        stage=IdentityStage.LOCKED, borrower_id=borrower_id, locked_until=now + policy.lock
    )
