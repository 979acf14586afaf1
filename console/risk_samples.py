"""What the early-warning model learns from: the lender's own accounts, as they stood before each due date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from console.risk_training import Sample
from lending.account_file import AccountFile
from lending.behaviour import CYCLES, features_of
from lending.behaviour_of import due_days, history_of, missed

GRACE_DAYS = 5
"""A payment that comes within these days after its due date is not counted as missed."""


def samples_of(file: AccountFile, today: date) -> Iterator[Sample]:
    """A sample for each of the last due dates whose outcome is known; the first date has no past."""
    last_known = date.fromordinal(today.toordinal() - GRACE_DAYS - 1)
    known = [day for day in due_days(file, today) if day <= last_known]
    for day in known[1:][-CYCLES:]:
        yield Sample(
            features=features_of(history_of(file, day)),
            missed=missed(file, day, grace_days=GRACE_DAYS),
            group=file.account.reference,
        )
