"""What can go wrong with reminders.

RemindError
├── BadStrategy      a strategy file says something impossible; the message names file and line
├── BadTemplate      a text of a reminder is missing, or asks for a value that is not there
├── NoSuchReminder   no reminder has this number, or it does not wait for what was asked
└── ClockJumped      the clock of this machine cannot be trusted now
"""

from __future__ import annotations

from lending.errors import TideoverError


class RemindError(TideoverError):
    """Something about reminders is wrong."""


class BadStrategy(RemindError):
    """A strategy file says something impossible."""


class BadTemplate(RemindError):
    """A text of a reminder cannot be made."""


class NoSuchReminder(RemindError):
    """No reminder has this number, or it does not wait for what was asked."""


class ClockJumped(RemindError):
    """The clock went back, or forward by more than can have passed."""
