"""How far a feed of the lender's system has come, and whether that is recent enough to act on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lending.errors import LendingError, WatermarkBack


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Everything that happened before `watermark` (UTC) is known; None: nothing has come yet."""

    name: str
    watermark: datetime | None = None


def advance(feed: Feed, watermark: datetime) -> Feed:
    """The feed with a later watermark; the same one again changes nothing.

    Raises WatermarkBack for an earlier one: what was known cannot become unknown.
    """
    _check_aware(watermark)
    if feed.watermark is not None and watermark < feed.watermark:
        raise WatermarkBack(
            f"Feed {feed.name!r} cannot go back to an earlier time.",
            hint="Send corrections as new records; the watermark only rises.",
        )
    return replace(feed, watermark=watermark)


def is_stale(watermark: datetime | None, now: datetime, limit: timedelta) -> bool:
    """Whether the feed is older than the limit; one that never came is stale."""
    _check_aware(now)
    return watermark is None or now - watermark > limit


def _check_aware(instant: datetime) -> None:
    if instant.tzinfo is None:
        raise LendingError(
            "An instant without a time zone was given.", hint="Pass an aware UTC time."
        )
