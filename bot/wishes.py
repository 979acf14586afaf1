"""Keeping, ending and lifting what a borrower wants of our contacts; every change is audited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.conversation import Conversation
from bot.events import emit
from bot.ports import UnitOfWork, Whose
from compliance.wish_effects import PREFERENCES, closes, holds, replaces
from compliance.wish_records import kind_of
from compliance.wishes import KeptWish, Medium, OptOut, Said, Wish, WishId, WrongPerson
from lending.events import EventType

CHAT = "chat"
"""The source of what was said in a chat. The actor of its audit rows is the borrower."""


def keep_from_chat(
    uow: UnitOfWork,
    conversation: Conversation,
    wishes: Iterable[Wish],
    *,
    text: str,
    said_at: datetime,
    now: datetime,
    reason: str = "",
) -> None:
    """Keep wishes that were said in a chat: the borrower's if verified, else this chat's alone.

    An unverified chat can be stopped, and as it may well be the borrower's, their other chats too;
    nothing else about a borrower is changed by someone who has not proved to be them.
    """
    for wish in wishes:
        wish, whose = _scoped(conversation, wish, now)
        said = Said(wish=wish, source=CHAT, said_at=said_at, text=text)
        keep(uow, said, whose, now=now, actor="borrower", reason=reason)


def keep(
    uow: UnitOfWork,
    said: Said,
    whose: Whose,
    *,
    now: datetime,
    actor: str,
    reason: str = "",
) -> WishId | None:
    """Keep one wish, ending what it replaces; None if the same one holds already."""
    today = now.date()
    for old in _known(uow, whose):
        if not holds(old, now, today):
            continue
        if old.wish == said.wish:
            return None
        if replaces(said.wish, old.wish):
            end(uow, old, whose, now=now, actor=actor, reason="replaced")
    key = uow.wishes.add(said, whose, reason=reason)
    _audit(uow, whose, now, actor, "consent.added", key, said.wish, reason)
    _tell_lender(uow, said.wish, whose, now)
    return key


def _tell_lender(uow: UnitOfWork, wish: Wish, whose: Whose, now: datetime) -> None:
    """The lender's other systems must not go on where the borrower asked us to stop."""
    closed = {medium.value for medium in closes(wish)}
    if isinstance(wish, WrongPerson):
        closed = {Medium.CHAT.value}
    if closed:
        emit(
            uow,
            EventType.OPTED_OUT,
            at=now,
            borrower_id=whose.borrower_id,
            wish=kind_of(wish),
            channels=",".join(sorted(closed)),
        )


def end(
    uow: UnitOfWork, kept: KeptWish, whose: Whose, *, now: datetime, actor: str, reason: str
) -> None:
    """End one wish. Raises UnknownWish if it does not hold."""
    uow.wishes.end(kept.id, at=now, by=actor, reason=reason)
    _audit(uow, whose, now, actor, "consent.ended", kept.id, kept.wish, reason)


def undo(uow: UnitOfWork, conversation: Conversation, said_at: datetime, now: datetime) -> None:
    """Take back what was said in this chat at that instant; doing it twice changes nothing."""
    for kept in uow.wishes.of_chat(conversation.channel, conversation.address):
        if kept.said.said_at == said_at and kept.ended_at is None and _is_ours(conversation, kept):
            end(uow, kept, _whose(conversation, now), now=now, actor="borrower", reason="undone")


def lift_all(uow: UnitOfWork, conversation: Conversation, now: datetime) -> None:
    """The borrower may be contacted in every way again; facts such as a lawyer stay.

    From an unverified chat only that chat is opened.
    """
    reopen_chat(uow, conversation, now)
    whose = _whose(conversation, now)
    for kept in _known(uow, whose):
        if isinstance(kept.wish, PREFERENCES) and kept.ended_at is None:
            end(uow, kept, whose, now=now, actor="borrower", reason="lifted")


def reopen_chat(uow: UnitOfWork, conversation: Conversation, now: datetime) -> None:
    """We may write first here again. What the same wish closed besides the chats stays closed."""
    whose = _whose(conversation, now)
    here = uow.wishes.of_chat(conversation.channel, conversation.address)
    elsewhere = uow.wishes.of_borrower(whose.borrower_id) if whose.borrower_id else ()
    for kept in {one.id: one for one in (*here, *elsewhere)}.values():
        if kept.ended_at is not None or not _is_reopened(kept):
            continue
        end(uow, kept, whose, now=now, actor="borrower", reason="may write again")
        for medium in sorted(closes(kept.wish) - {Medium.CHAT}):
            narrower = replace(kept.said, wish=OptOut(channel=medium))
            keep(uow, narrower, _of_same_owner(kept, whose), now=now, actor="borrower")


def _is_reopened(kept: KeptWish) -> bool:
    return isinstance(kept.wish, WrongPerson) or (
        isinstance(kept.wish, PREFERENCES) and Medium.CHAT in closes(kept.wish)
    )


def _of_same_owner(kept: KeptWish, whose: Whose) -> Whose:
    return replace(whose, borrower_id=kept.borrower_id)


def _is_ours(conversation: Conversation, kept: KeptWish) -> bool:
    """Someone to whom a chat passed on does not undo what its borrower before them said."""
    return kept.borrower_id in (None, conversation.identity.borrower_id)


def _scoped(conversation: Conversation, wish: Wish, now: datetime) -> tuple[Wish, Whose]:
    whose = _whose(conversation, now)
    if whose.borrower_id is None and Medium.CHAT in closes(wish):
        linked = conversation.identity.borrower_id
        return OptOut(channel=Medium.CHAT), replace(whose, borrower_id=linked)
    return wish, whose


def _whose(conversation: Conversation, now: datetime) -> Whose:
    identity = conversation.identity
    return Whose(
        borrower_id=identity.borrower_id if identity.is_verified(now) else None,
        channel=conversation.channel,
        address=conversation.address,
    )


def _known(uow: UnitOfWork, whose: Whose) -> tuple[KeptWish, ...]:
    """The wishes of the same owner: a borrower's, or those of a chat that has none."""
    if whose.borrower_id is not None:
        return uow.wishes.of_borrower(whose.borrower_id)
    if whose.channel is None or whose.address is None:
        return ()
    found = uow.wishes.of_chat(whose.channel, whose.address)
    return tuple(kept for kept in found if kept.borrower_id is None)


def _audit(
    uow: UnitOfWork,
    whose: Whose,
    now: datetime,
    actor: str,
    event: str,
    key: WishId,
    wish: Wish,
    reason: str,
) -> None:
    subject = f"borrower:{whose.borrower_id}" if whose.borrower_id else f"chat:{whose.channel}"
    details = {"wish": str(key), "kind": kind_of(wish), "reason": reason}
    uow.audit.append(at=now, actor=actor, event=event, subject=subject, details=details)
