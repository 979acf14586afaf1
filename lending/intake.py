"""Taking over whole files of the lender's system: what is judged, what is written, how far it came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from lending.errors import TideoverError
from lending.records import (
    AccountRecord,
    BorrowerRecord,
    PaymentRecord,
    PointRecord,
    ScheduleRecord,
)

Record = BorrowerRecord | PointRecord | AccountRecord | ScheduleRecord | PaymentRecord


class OtherImport(TideoverError):
    """Another file of this kind is half written."""


class Kind(StrEnum):
    """What a file tells of. Files are sent in this order: each names what the ones before told."""

    BORROWERS = "borrowers"
    CONTACT_POINTS = "contact-points"
    ACCOUNTS = "accounts"
    SCHEDULES = "schedules"
    PAYMENTS = "payments"


class Outcome(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a record would do, or why it cannot be taken."""

    outcome: Outcome
    problem: str = ""

    @classmethod
    def refused(cls, problem: str) -> Verdict:
        return cls(Outcome.PROBLEM, problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A file that is being written. `records` were consumed and are kept."""

    id: int
    records: int


class IntakeUnit(Protocol):
    """One transaction of an import."""

    def judge(self, records: Sequence[Record], now: datetime) -> list[Verdict]:
        """What each record of a batch would do, all of one kind, without writing."""
        ...

    def write(self, records: Sequence[Record], verdicts: Sequence[Verdict], now: datetime) -> None:
        """Keep those that are new or changed."""
        ...

    def begin(self, kind: Kind, sha256: str, options: str, lines: int, now: datetime) -> Progress:
        """A new import, or the unfinished one of this very file. Raises OtherImport."""
        ...

    def unfinished(self, kind: Kind, sha256: str, options: str) -> Progress | None:
        """Raises OtherImport when another file of this kind is unfinished."""
        ...

    def advance(self, progress: Progress, records: int, counts: dict[str, int]) -> None: ...

    def finish(self, progress: Progress, now: datetime) -> None: ...

    def abandon(self, kind: Kind) -> bool:
        """Forget that a file of this kind is half written; what was written stays."""
        ...

    def commit(self) -> None: ...


class Seen(Protocol):
    """Which keys of a file were seen before, however many there are."""

    def add(self, keys: Sequence[tuple[str, int]]) -> dict[int, int]:
        """Note keys with their lines; those that came before, by line: the line of the first."""
        ...


OpenUnit = Callable[[], AbstractContextManager[IntakeUnit]]
OpenSeen = Callable[[], AbstractContextManager[Seen]]
