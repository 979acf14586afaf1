"""`tideover feed`: how far the lender's feed of payments has come."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import Annotated

import typer

from console.plain_errors import out, plain_errors
from console.training_bar import settings_now
from lending.errors import TideoverError


class BadFeedTime(TideoverError):
    """An instant that cannot be read, has no zone, or lies ahead."""


def feed(
    name: Annotated[str, typer.Argument(help="Name of the feed, as in TIDEOVER_FEED.")],
    until: Annotated[
        str | None,
        typer.Argument(help="Everything before this instant has come: 2026-11-30T06:00:00+00:00."),
    ] = None,
) -> None:
    """Say how far a feed of payments has come; by itself, ask. While it is silent, reminders wait."""
    from wiring.base import open_database, utc_now
    from wiring.lender import feed_watermark, tell_feed

    with plain_errors(), closing(open_database(settings_now())) as database:
        database.check()
        if until is None:
            known = feed_watermark(database, name)
            out.print(f"{name}: {known.isoformat() if known else 'never heard of'}")
            return
        at = _instant(until)
        if at > utc_now():
            raise BadFeedTime(f"{until} lies ahead.", hint="Say how far it has come, not further.")
        tell_feed(database, name, at)
        out.print(f"{name}: everything before {at.isoformat()} is known.")


def _instant(told: str) -> datetime:
    wrong = BadFeedTime(
        f"{told!r} is not an instant with a zone.", hint="Write 2026-11-30T06:00:00+00:00."
    )
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        raise wrong from None
    if at.tzinfo is None:
        raise wrong
    return at
