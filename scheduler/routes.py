"""By which ways a borrower can be written to first, in the order of a step. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.conversation import Conversation, IdentityStage
from bot.messages import CHATS, Channel
from bot.reminder_ports import ContactPoint

EVERY_ADDRESS_GONE = "every address is gone"

_POINT_OF = {Channel.SMS: "phone", Channel.EMAIL: "email"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A channel and an address on it; `conversation` where one is open there."""

    channel: Channel
    address: str
    conversation: Conversation | None = None


def routes_for(
    channels: Sequence[Channel],
    conversations: Sequence[Conversation],
    points: Sequence[ContactPoint],
) -> tuple[Route, ...]:
    """Only addresses that are known to be the borrower's and can be reached.

    A chat counts once the borrower has proved there who they are; a number or an e-mail address
    when it was verified. Nothing about a debt goes anywhere else.
    """
    routes: list[Route] = []
    for channel in channels:
        if channel in CHATS:
            routes += [
                Route(channel=channel, address=chat.address, conversation=chat)
                for chat in reversed(conversations)
                if chat.channel is channel and is_proved(chat)
            ][:1]
        else:
            routes += _by_point(channel, conversations, points)
    return tuple(routes)


def is_proved(chat: Conversation) -> bool:
    """A private chat whose owner proved to be the borrower, and that can be reached."""
    return chat.is_private and chat.reachable and chat.identity.stage is IdentityStage.VERIFIED


def _by_point(
    channel: Channel, conversations: Sequence[Conversation], points: Sequence[ContactPoint]
) -> list[Route]:
    known = {chat.address: chat for chat in conversations if chat.channel is channel}
    return [
        Route(channel=channel, address=point.value, conversation=known.get(point.value))
        for point in points
        if point.kind == _POINT_OF.get(channel) and point.verified and point.reachable
        if point.value not in known or known[point.value].reachable
    ][:1]


def why_no_route(
    channels: Sequence[Channel],
    conversations: Sequence[Conversation],
    points: Sequence[ContactPoint],
) -> str:
    """What to tell staff when there is no way: nothing there, or nothing verified, or all gone."""
    chats = [chat for chat in conversations if chat.channel in channels]
    wanted = {_POINT_OF[channel] for channel in channels if channel in _POINT_OF}
    own = [point for point in points if point.kind in wanted]
    if any(not chat.reachable for chat in chats) or any(not point.reachable for point in own):
        return EVERY_ADDRESS_GONE
    if chats or own:
        return "no address is verified"
    return "no address is known"
