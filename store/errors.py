"""What can go wrong with the database. The message and hint hold no personal data.

StoreError
├── StoreUnavailable    nothing can be kept now: unreachable, locked, not migrated, ...
├── BadDatabaseUrl      the address of the database makes no sense
├── ChangeRefused       a constraint of the database does not allow this change
├── UnknownBorrower     UnknownMessage
└── NaiveInstant        an instant without a time zone

What a caller is expected to handle (ConversationExists, ...) stands in bot/ports.py.
"""

from __future__ import annotations

from sqlalchemy.exc import DontWrapMixin

from lending.errors import TideoverError


class StoreError(TideoverError):
    """Something about the database is wrong."""


class StoreUnavailable(StoreError):
    """Nothing can be read or kept until a person mends what the hint names."""


class BadDatabaseUrl(StoreError):
    """The database URL cannot be used."""


class ChangeRefused(StoreError):
    """A constraint of the database does not allow this change."""


class UnknownBorrower(StoreError):
    """No borrower has this id."""


class UnknownMessage(StoreError):
    """No message has this id."""


# SQLAlchemy would hide it inside a StatementError without the mixin.
class NaiveInstant(StoreError, DontWrapMixin):
    """An instant without a time zone was about to be kept."""
