"""What a rule can ask. A check is a set of parameters from a profile and one question.

`Check` says whether it objects; it does not lapse by itself. `ClockCheck` also says when it stops.
"""

from __future__ import annotations

from typing import Protocol

from compliance.case import Case


class Check(Protocol):
    """A question whose answer does not pass with the hours."""

    def objects(self, case: Case) -> bool:
        """Whether the contact must not happen."""


class ClockCheck(Check, Protocol):
    """A question that time answers."""

    def opens(self, case: Case, at: int) -> int | None:
        """The first instant from `at` on (seconds) without objection; None if never."""


def second_of_day(text: str) -> int:
    """HH:MM as seconds of the day, up to 24:00; raises ValueError."""
    hours, colon, minutes = text.partition(":")
    if not (colon and len(hours) == len(minutes) == 2 and (hours + minutes).isdecimal()):
        raise ValueError(f"{text!r} is not a time such as 08:00")
    seconds = int(hours) * 3600 + int(minutes) * 60
    if int(minutes) > 59 or seconds > 86_400:
        raise ValueError(f"{text!r} is not a time of the day")
    return seconds
