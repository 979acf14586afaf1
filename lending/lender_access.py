"""The lender's programs: which key may do what, and what was answered to a write that is repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from lending.errors import TideoverError


class UnknownApiKey(TideoverError):
    """No API key has this id, or it was revoked before."""


class Scope(StrEnum):
    """What a key is for. To write does not include to read."""

    BORROWERS_READ = "borrowers:read"
    BORROWERS_WRITE = "borrowers:write"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    PAYMENTS_READ = "payments:read"
    PAYMENTS_WRITE = "payments:write"
    HOLDS_READ = "holds:read"
    HOLDS_WRITE = "holds:write"
    ESCALATIONS_READ = "escalations:read"
    DECISIONS_READ = "decisions:read"
    EVENTS_READ = "events:read"
    LINKS_WRITE = "links:write"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key without its secret. `hash` is the SHA-256 of the whole key, in hex."""

    id: str
    name: str
    hash: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A write that was done before. `digest` tells whether the same was asked."""

    digest: str
    status: int
    answer: Mapping[str, Any]


class LenderAccess(Protocol):
    """Keys, and writes with an idempotency key."""

    def add_key(self, key: ApiKey) -> None: ...

    def key(self, key_id: str) -> ApiKey | None: ...

    def keys(self) -> tuple[ApiKey, ...]:
        """All of them, revoked ones too, oldest first."""
        ...

    def revoke(self, key_id: str, at: datetime) -> None:
        """From now on it opens nothing. Raises UnknownApiKey."""
        ...

    def used(self, key_id: str, at: datetime) -> None: ...

    def begin(self, key_id: str, key: str, digest: str, at: datetime) -> Answered | None:
        """Claim an idempotency key for this transaction; what was answered if it was used before.

        Of two callers the second waits for the first, and finds its answer, or claims it if the
        first undid its transaction.
        """
        ...

    def finish(self, key_id: str, key: str, status: int, answer: Mapping[str, Any]) -> None: ...

    def forget(self, before: datetime) -> int:
        """Drop answers that are older; a repeat that comes later is a new write."""
        ...
