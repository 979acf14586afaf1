"""Each contact decision against the digest of it on the audit chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.ports import Store

DECIDED = "contact.decided"
_BATCH = 1_000


def changed_decisions(store: Store) -> list[str]:
    """What was changed, removed or added behind the chain's back, in words; [] if nothing was."""
    promised = _promised(store)
    problems = []
    last = 0
    while True:
        with store.unit() as uow:
            batch = uow.contacts.decisions(after=last, limit=_BATCH)
        if not batch:
            break
        for row in batch:
            digest = promised.pop(f"decision:{row.id}", None)
            if digest is None:
                problems.append(f"decision {row.id} is not on the chain.")
            elif digest != row.digest:
                problems.append(f"decision {row.id} is not what the chain says of it.")
        last = batch[-1].id
    problems += [f"{subject} is on the chain and was removed." for subject in promised]
    return problems


def _promised(store: Store) -> dict[str, str]:
    found: dict[str, str] = {}
    last = 0
    while True:
        with store.unit() as uow:
            batch = uow.audit.details_of(DECIDED, after=last, limit=_BATCH)
        if not batch:
            return found
        found |= {row.subject: row.details["digest"] for row in batch}
        last = batch[-1].id
