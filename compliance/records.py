"""What is on file about a borrower, as records with the instants from which they count."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime

from compliance.errors import NaiveTime
from compliance.terms import Channel, ConsentType


class Record:
    """A record refuses instants without a zone (NaiveTime)."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for name in _fields(type(self)):
            value = getattr(self, name)
            if isinstance(value, datetime) and value.utcoffset() is None:
                raise NaiveTime(f"{type(self).__name__}.{name}")


def _fields(kind: type) -> tuple[str, ...]:
    known = _FIELDS.get(kind)
    if known is None:
        known = _FIELDS[kind] = tuple(f.name for f in fields(kind))
    return known


_FIELDS: dict[type, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut(Record):
    """A closed address, or with `address_id` None the whole channel."""

    channel: Channel
    address_id: str | None
    at: datetime
    via: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cease(Record):
    """Wants no contact at all; counts from `received_at`."""

    received_at: datetime
    written: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attorney(Record):
    known_since: datetime
    contact_known: bool
    unresponsive: bool = False
    consents_to_direct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute(Record):
    """`is_creditor_request`: asks who the original creditor is, instead of disputing."""

    debt_id: str
    received_at: datetime
    written: bool
    is_creditor_request: bool = False
    validation_notice_sent_on: date | None = None
    validation_period_end: date | None = None
    resolved_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bankruptcy(Record):
    filed_at: datetime
    status: str
    debt_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moratorium(Record):
    """Breathing space by law; both dates inclusive, `end_on` None is open."""

    start_on: date
    end_on: date | None
    debt_ids: tuple[str, ...]
    type: str = "standard"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityConcern(Record):
    notified_at: datetime
    resolved_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanInDevelopment(Record):
    notified_at: datetime
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentPlan(Record):
    status: str
    since: date
    debt_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InconvenientTime(Record):
    """Weekdays (Monday is 0) and seconds of the day, half-open; end before start runs over midnight."""

    days: frozenset[int]
    start: int
    end: int
    until_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatuteBarredRefusal(Record):
    stated_at: datetime
    debt_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent(Record):
    """`to_sender`: given to the one who asks now, not to somebody else. Dates are inclusive.

    `window` is seconds of the borrower's day, half-open; only of CONTACT_TIME.
    """

    type: ConsentType
    channel: Channel | None
    given_at: datetime
    to_sender: bool
    debt_ids: tuple[str, ...] | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    revoked_at: datetime | None = None
    window: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Record):
    code: str
    sent_at: datetime
