"""What kept wishes mean: which channels are closed, what still holds, what a new wish replaces."""

from __future__ import annotations

from datetime import date, datetime

from compliance.wishes import (
    Cease,
    InconvenientPlace,
    InconvenientTime,
    KeptWish,
    Medium,
    OnlyBorrower,
    OptOut,
    PreferredChannel,
    PreferredHours,
    PreferredLanguage,
    Wish,
)

PREFERENCES = (
    OptOut,
    PreferredChannel,
    PreferredHours,
    InconvenientTime,
    InconvenientPlace,
    OnlyBorrower,
)
"""What a borrower can take back in the chat by saying so. The rest are facts; staff end them."""

_ONE_AT_A_TIME = (PreferredChannel, PreferredHours, PreferredLanguage)


def closes(wish: Wish) -> frozenset[Medium]:
    """The channels on which the borrower wants nothing that they did not ask for.

    An opt-out of one address closes no channel as a whole.
    """
    match wish:
        case OptOut(channel=None, address=None) | Cease():
            return frozenset(Medium)
        case OptOut(channel=Medium() as channel, address=None):
            return frozenset({channel})
        case PreferredChannel(channel=channel):
            return frozenset(Medium) - {channel}
        case _:
            return frozenset()


def holds(kept: KeptWish, now: datetime, today: date) -> bool:
    """Whether a wish counts at `now`; `today` is the borrower's local day."""
    if kept.said.said_at > now or (kept.ended_at is not None and kept.ended_at <= now):
        return False
    last = getattr(kept.wish, "until_on", None) or getattr(kept.wish, "valid_until", None)
    return last is None or today <= last


def replaces(new: Wish, old: Wish) -> bool:
    """Whether a new wish takes the place of an old one: hours, channel and language are single."""
    return isinstance(new, _ONE_AT_A_TIME) and type(new) is type(old)
