"""What a borrower wants of our contacts: plain types, one for each kind of wish. Pure.

The kinds and their fields are those of the borrower state in the contact-rule pack (version 1.0 of
its vectors). Times of day are minutes in the borrower's own zone, half-open: 18:00-24:00 is
`start_minute=1080, end_minute=1440`. Days and `until_on` are local dates; `until_on` is included.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from lending.errors import TideoverError
from lending.ids import BorrowerId

WishId = NewType("WishId", int)
DAY_MINUTES = 24 * 60


class BadWish(TideoverError):
    """A wish that contradicts itself or lacks what its kind needs."""


class Medium(StrEnum):
    """A way to reach someone. Every chat (Telegram, the web chat) is `chat`."""

    CALL = "call"
    SMS = "sms"
    CHAT = "chat"
    EMAIL = "email"
    VISIT = "visit"
    LETTER = "letter"


class Weekday(StrEnum):
    """In the order of `date.weekday()`."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


WEEK = tuple(Weekday)
WORKDAYS = WEEK[:5]
WEEKEND = WEEK[5:]


class Place(StrEnum):
    HOME = "home"
    WORK = "work"


class ConsentType(StrEnum):
    """`channel`: may be written to there. `extra_calls`: more calls than the rule's number.

    `contact_time`: contact in `window`, although it is outside the usual hours.
    """

    CHANNEL = "channel"
    EXTRA_CALLS = "extra_calls"
    CONTACT_TIME = "contact_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Minutes of a local day, half-open. Raises BadWish for an empty or impossible one."""

    start_minute: int = 0
    end_minute: int = DAY_MINUTES

    def __post_init__(self) -> None:
        if not 0 <= self.start_minute < self.end_minute <= DAY_MINUTES:
            raise BadWish(
                f"{self.start_minute}-{self.end_minute} are no minutes of one day.",
                hint="Start before the end, between 00:00 and 24:00.",
            )

    @property
    def start(self) -> str:
        return clock_text(self.start_minute)

    @property
    def end(self) -> str:
        return clock_text(self.end_minute)


ALL_DAY = Window()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelConsent:
    """What the borrower allows expressly, on a channel (None: on every one). Dates are included."""

    type: ConsentType
    channel: Medium | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    window: Window | None = None

    def __post_init__(self) -> None:
        if (self.type is ConsentType.CONTACT_TIME) != (self.window is not None):
            raise BadWish("Only a consent to a time has hours.", hint="Give --from and --to.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """Nothing is started on a channel, or at one address of it; without a channel: nowhere."""

    channel: Medium | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InconvenientTime:
    """Do not contact on these days between these minutes."""

    days: tuple[Weekday, ...] = WEEK
    window: Window = ALL_DAY
    until_on: date | None = None

    def __post_init__(self) -> None:
        _check_days(self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferredHours:
    """Contact on these days between these minutes, and at no other time."""

    days: tuple[Weekday, ...] = WEEK
    window: Window = ALL_DAY
    until_on: date | None = None

    def __post_init__(self) -> None:
        _check_days(self.days)

    def closed(self) -> tuple[InconvenientTime, ...]:
        """The same wish as the times that it closes."""
        other_days = tuple(day for day in WEEK if day not in self.days)
        before = (0, self.window.start_minute)
        after = (self.window.end_minute, DAY_MINUTES)
        spans = [
            InconvenientTime(
                days=self.days,
                window=Window(start_minute=start, end_minute=end),
                until_on=self.until_on,
            )
            for start, end in (before, after)
            if start < end
        ]
        if other_days:
            spans.append(InconvenientTime(days=other_days, until_on=self.until_on))
        return tuple(spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class InconvenientPlace:
    """No contact tied to a place: its telephone, its letter box, its door."""

    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployerProhibits:
    """The employer does not allow such contacts at work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyBorrower:
    """Nobody else is spoken to: no partner, relative, friend or reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferredLanguage:
    """A tag of a language that is spoken here, such as zh-Hant."""

    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferredChannel:
    """This channel and no other."""

    channel: Medium


@dataclass(frozen=True, slots=True, kw_only=True)
class Cease:
    """A written request to end all contact about the debt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """A lawyer or adviser acts for the borrower."""

    contact_known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongPerson:
    """Whoever answers there is not the borrower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deceased:
    """The borrower has died."""


Wish = (
    ChannelConsent
    | OptOut
    | InconvenientTime
    | PreferredHours
    | InconvenientPlace
    | EmployerProhibits
    | OnlyBorrower
    | PreferredLanguage
    | PreferredChannel
    | Cease
    | Representation
    | WrongPerson
    | Deceased
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A wish, with who told us of it, when, and in which words of theirs.

    `source` is "chat", "import" or "staff:<name>".
    """

    wish: Wish
    source: str
    said_at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWish:
    """A wish as it is kept. Nothing is deleted: one that no longer holds has an end.

    Without a borrower it counts only in the chat where it was said.
    """

    id: WishId
    borrower_id: BorrowerId | None
    said: Said
    reason: str = ""
    ended_at: datetime | None = None
    ended_by: str | None = None

    @property
    def wish(self) -> Wish:
        return self.said.wish


def clock_text(minute: int) -> str:
    """1080 is 18:00; the end of a day is 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _check_days(days: tuple[Weekday, ...]) -> None:
    if not days or list(days) != [day for day in WEEK if day in days]:
        raise BadWish("Days must be some of mon to sun, each once, in order.", hint="Name a day.")
