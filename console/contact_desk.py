"""Calls, visits and letters by staff, in the limits of the contact rules: `ContactLog` of the casework."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.contact_case import Lender
from bot.messages import Channel
from bot.ports import Store, UnitOfWork
from bot.staff_contacts import ByHand, MayI, log_contact, may_i
from compliance.errors import BrokenProfile
from compliance.profile import Profile
from compliance.terms import Channel as ContactChannel
from compliance.terms import ContactOutcome
from lending.accounts import Borrower
from lending.ids import BorrowerId

ON_FILE = "on file"
"""The address of a visit or a letter: the one that the lender has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MayContact:
    """Whether a person may contact now. `earliest` is of the borrower's zone; None: waiting is no help."""

    is_allowed: bool
    earliest: datetime | None = None
    rules: tuple[str, ...] = ()


class ContactDesk:
    """Asks and logs through bot/staff_contacts.py; each call is one transaction."""

    def __init__(self, *, store: Store, profiles: Callable[[str], Profile], lender: Lender) -> None:
        self._store = store
        self._profiles = profiles
        self._lender = lender

    def may_contact(
        self, borrower_id: BorrowerId, *, channel: ContactChannel, at: datetime, staff: str
    ) -> MayContact:
        """Yes or no, when, and the rules that object; the question is kept."""
        with self._store.unit() as uow:
            borrower = uow.borrowers.get(borrower_id)
            given = may_i(
                uow,
                _by_hand(uow, borrower, channel, staff),
                profiles=self._profiles,
                lender=self._lender,
                now=at,
            )
            uow.commit()
        return self._told(given, borrower)

    def log(
        self,
        borrower_id: BorrowerId,
        *,
        channel: ContactChannel,
        outcome: ContactOutcome,
        at: datetime,
        staff: str,
        note: str,
    ) -> None:
        """Keep it; one outside the rules is kept and audited too. Raises WrongOutcome."""
        with self._store.unit() as uow:
            borrower = uow.borrowers.get(borrower_id)
            log_contact(
                uow,
                _by_hand(uow, borrower, channel, staff),
                outcome,
                note,
                profiles=self._profiles,
                lender=self._lender,
                now=at,
            )
            uow.commit()

    def _told(self, given: MayI, borrower: Borrower) -> MayContact:
        decision = given.answer.decision
        if given.allowed:
            return MayContact(is_allowed=True)
        zone = ZoneInfo(borrower.timezone)
        return MayContact(
            is_allowed=False,
            earliest=decision.until.astimezone(zone) if decision.until is not None else None,
            rules=tuple(self._title(rule, borrower) for rule in decision.rules),
        )

    def _title(self, rule_id: str, borrower: Borrower) -> str:
        try:
            rule = self._profiles(borrower.jurisdiction.lower()).rule(rule_id)
        except BrokenProfile:
            rule = None
        return f"{rule_id}: {rule.title}" if rule is not None else rule_id


def _by_hand(uow: UnitOfWork, borrower: Borrower, channel: ContactChannel, staff: str) -> ByHand:
    phones = [
        point.value
        for point in uow.reminders.points_of([borrower.id])[borrower.id]
        if point.kind == "phone" and point.reachable
    ]
    is_call = channel is ContactChannel.CALL
    address = phones[0] if is_call and phones else ON_FILE
    return ByHand(borrower=borrower, way=Channel(channel.value), address=address, staff=staff)
