"""Open disputes, and until when one stops collection in the United States."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from compliance.case import Case
from compliance.records import Dispute
from compliance.zones import DAY, day_number, seconds_of

VALIDATION_DAYS = 30
RECEIPT_BUSINESS_DAYS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDispute:
    """A dispute of the debt, or a question who its creditor was, is not answered yet.

    `in_validation_period`: only one that came while the period of 12 CFR 1006.34(b)(5) ran; while
    neither its end nor the notice's date is known, it has not ended.
    """

    about: Literal["dispute", "original_creditor_request", "any"] = "any"
    written_only: bool = False
    in_validation_period: bool = False

    def objects(self, case: Case) -> bool:
        return any(self._stops(dispute, case) for dispute in case.state.disputes)

    def _stops(self, dispute: Dispute, case: Case) -> bool:
        if dispute.received_at > case.now or not case.concerns((dispute.debt_id,)):
            return False
        if dispute.resolved_at is not None and dispute.resolved_at <= case.now:
            return False
        if self.about != "any" and dispute.is_creditor_request != (self.about != "dispute"):
            return False
        if self.written_only and not dispute.written:
            return False
        return not self.in_validation_period or _came_in_time(dispute, case)


def _came_in_time(dispute: Dispute, case: Case) -> bool:
    end = dispute.validation_period_end
    if end is None and dispute.validation_notice_sent_on is not None:
        end = validation_period_end(dispute.validation_notice_sent_on)
    if end is None:
        return True
    return case.clock.local(seconds_of(dispute.received_at)) // DAY <= day_number(end)


def validation_period_end(sent_on: date) -> date:
    """The last day to dispute: 30 days after an assumed receipt on the fifth business day.

    Saturdays, Sundays and the holidays of 5 USC 6103(a) are not counted.
    """
    day, left = sent_on, RECEIPT_BUSINESS_DAYS
    while left:
        day += timedelta(days=1)
        if day.weekday() < 5 and not is_federal_holiday(day):
            left -= 1
    return day + timedelta(days=VALIDATION_DAYS)


def is_federal_holiday(day: date) -> bool:
    """Whether 5 USC 6103(a) names the day; a day off in lieu of one is not named there."""
    if (day.month, day.day) in {(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)}:
        return True
    return any(rule(day) for rule in _WEEKDAY_HOLIDAYS)


def _nth(month: int, weekday: int, nth: int) -> Callable[[date], bool]:
    return lambda day: (
        day.month == month and day.weekday() == weekday and (day.day - 1) // 7 + 1 == nth
    )


def _is_memorial_day(day: date) -> bool:
    return day.month == 5 and day.weekday() == 0 and day.day > 24


_WEEKDAY_HOLIDAYS = (
    _nth(1, 0, 3),  # birthday of Martin Luther King
    _nth(2, 0, 3),  # Washington's birthday
    _is_memorial_day,
    _nth(9, 0, 1),  # Labor Day
    _nth(10, 0, 2),  # Columbus Day
    _nth(11, 3, 4),  # Thanksgiving
)
