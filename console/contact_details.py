"""Phone numbers and e-mail addresses that staff correct."""

from __future__ import annotations

import re

import phonenumbers

from bot.staff import Staff
from console.changes import BadChange, Changes, checked_reason, note_change
from console.permissions import Action, require
from lending.ids import BorrowerId

_EMAIL = re.compile(r"[^@\s<>\"',;]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+", re.I)


class ContactDetails(Changes):
    """Replaces and adds contact points."""

    def correct_contact(
        self,
        staff: Staff,
        borrower_id: BorrowerId,
        point_id: int | None,
        kind: str,
        value: str,
        *,
        reason: str,
    ) -> str:
        """Replace a phone number or e-mail address, or add one (`point_id` None); returns it as kept.

        The new one is not verified. Raises NotAllowed, BadChange.
        """
        require(staff.role, Action.CORRECT_CONTACT)
        reason = checked_reason(reason)
        with self._store.unit() as uow:
            now, _ = self._now(uow, borrower_id)
            kept = checked_point(kind, value, uow.borrowers.get(borrower_id).country)
            if not uow.desk.keep_contact_point(borrower_id, point_id, kind, kept):
                raise BadChange(
                    "There is no such contact detail, or this one is known already.",
                    hint="Look at the list again.",
                )
            details = {"point": str(point_id or "new"), "kind": kind, "reason": reason}
            note_change(uow, staff, now, "contact.corrected", borrower_id, details, None)
            uow.commit()
        return kept


def checked_point(kind: str, value: str, country: str) -> str:
    """A phone number as E.164, or an e-mail address in lower case. Raises BadChange."""
    value = value.strip()
    if kind == "email" and len(value) <= 254 and _EMAIL.fullmatch(value):
        return value.lower()
    if kind == "phone":
        try:
            number = phonenumbers.parse(value, country)
        except phonenumbers.NumberParseException:
            number = None
        if number is not None and phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise BadChange(
        "This is no phone number or e-mail address.",
        hint="Type a number with its country code, or an address like name@example.com.",
    )
