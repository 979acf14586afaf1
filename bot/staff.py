"""Who works here: members of staff, their roles and sessions. Plain types."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

StaffId = NewType("StaffId", int)


class Role(StrEnum):
    """What a member of staff is here for; what each may do stands in console/permissions.py."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    COMPLIANCE = "compliance"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """One member of staff.

    `login` is what they type to sign in and what records name them by; it never changes. `name` is
    what borrowers and colleagues read; it may be an alias. `totp_secret` is sealed
    (console/passwords.py). `failed_tries` counts wrong passwords or codes since the last right one.
    """

    id: StaffId
    login: str
    name: str
    role: Role
    language: str
    password_hash: str
    created_at: datetime
    totp_secret: str | None = None
    totp_last_step: int | None = None
    failed_tries: int = 0
    locked_until: datetime | None = None
    disabled_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSession:
    """One sign-in. Only the SHA-256 of its token is kept.

    It ends at `expires_at` whatever happens, or earlier when it is idle or signed out.
    """

    token_hash: str
    staff_id: StaffId
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
