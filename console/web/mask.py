"""Which contact details a role sees in full; the rest is masked until it is revealed, audited."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.staff import Role

IN_FULL: Mapping[Role, frozenset[str]] = MappingProxyType(
    {
        Role.AGENT: frozenset(),
        Role.SUPERVISOR: frozenset({"phone"}),
        Role.COMPLIANCE: frozenset({"phone", "email"}),
        Role.ADMIN: frozenset(),
    }
)
"""By kind of contact point: phone, email, telegram, web."""


def shown_to(role: Role, kind: str, value: str) -> str:
    """The value, masked unless this role sees its kind in full."""
    return value if kind in IN_FULL[role] else masked(kind, value)


def masked(kind: str, value: str) -> str:
    """Enough to recognise a value that one knows, too little to learn one that one does not."""
    if kind == "email" and "@" in value:
        name, _, host = value.partition("@")
        return f"{name[:1]}•••@{host}"
    kept = 2 if len(value) > 4 else 0
    return "•" * min(max(len(value) - kept, 3), 8) + value[len(value) - kept :]
