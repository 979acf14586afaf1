"""One attempt being judged: what every rule asks for, worked out once."""

from __future__ import annotations

from datetime import date, datetime

from compliance.attempt import Attempt
from compliance.events import Event
from compliance.facts import Debt, Facts
from compliance.history import History
from compliance.records import Consent
from compliance.terms import ConsentType, InitiatedBy, Intent, Purpose
from compliance.zones import DAY, EPOCH_DAY, ZoneClock, seconds_of, zone_clock

CONFIRMATION_SECONDS = 5 * 60
"""How long an opt-out may be confirmed (47 CFR 64.1200(a)(12))."""


class Case:
    """An attempt with its facts and the history up to it.

    `now` is when the attempt is judged: records after it do not exist. `at`, `day` and `second`
    (local, primary zone) can be moved ahead to ask when it would be allowed.
    """

    __slots__ = (
        "answers",
        "at",
        "attempt",
        "clock",
        "confirms",
        "day",
        "facts",
        "history",
        "is_reply",
        "now",
        "second",
        "state",
    )

    def __init__(self, attempt: Attempt, facts: Facts, history: History) -> None:
        """Raises UnknownZone."""
        self.attempt = attempt
        self.facts = facts
        self.state = facts.state
        self.now: datetime = attempt.at
        self.history = history.up_to(attempt.at)
        self.clock: ZoneClock = zone_clock(facts.timezone)
        self.move_to(seconds_of(attempt.at))
        self.answers: Event | None = None
        self.confirms = False
        self.is_reply = attempt.initiated_by is InitiatedBy.REPLY_TO_BORROWER and self._is_reply()

    def move_to(self, at: int) -> None:
        self.at = at
        self.day, self.second = divmod(self.clock.local(at), DAY)

    def _is_reply(self) -> bool:
        """The first answer, in its channel, to something that the borrower started."""
        answered = self.attempt.reply_to
        event = None if answered is None else self.history.inbound(answered)
        if event is None or event.channel is not self.attempt.channel:
            return False
        if self.history.is_answered(event.id):
            return False
        self.answers = event
        if event.meaning not in (Intent.STOP_CHANNEL, Intent.CEASE_ALL):
            return True
        waited = self.at - seconds_of(event.at)
        self.confirms = (
            self.attempt.purpose is Purpose.OPT_OUT_CONFIRMATION and waited <= CONFIRMATION_SECONDS
        )
        return self.confirms

    @property
    def debts(self) -> tuple[Debt, ...]:
        """The debts that the attempt is about."""
        return self.facts.debts_of(self.attempt.debt_ids)

    def concerns(self, debt_ids: tuple[str, ...]) -> bool:
        """Whether the attempt is about one of these debts; nothing named means every debt."""
        mine = self.attempt.debt_ids
        return not mine or not debt_ids or any(debt_id in debt_ids for debt_id in mine)

    def clocks(self, names: tuple[str, ...] | None, also: tuple[str, ...] = ()) -> list[ZoneClock]:
        """The named zones; with None every zone where the borrower may be, and `also`."""
        if names is not None:
            return [zone_clock(name) for name in names]
        every = dict.fromkeys((self.facts.timezone, *self.facts.possible_timezones, *also))
        return [zone_clock(name) for name in every]

    def consents(self, kind: ConsentType) -> list[Consent]:
        """What was consented to the sender for this channel and these debts, and not revoked yet."""
        return [c for c in self.state.consents if c.type is kind and self._covers(c)]

    def _covers(self, consent: Consent) -> bool:
        if not consent.to_sender or consent.given_at > self.now:
            return False
        if consent.revoked_at is not None and consent.revoked_at <= self.now:
            return False
        if consent.channel is not None and consent.channel is not self.attempt.channel:
            return False
        return consent.debt_ids is None or all(debt.id in consent.debt_ids for debt in self.debts)


def is_valid_on(consent: Consent, day: int) -> bool:
    """Whether a local day lies within the stated dates."""
    return not is_before(day, consent.valid_from) and not is_after(day, consent.valid_until)


def is_before(day: int, limit: date | None) -> bool:
    return limit is not None and day < limit.toordinal() - EPOCH_DAY


def is_after(day: int, limit: date | None) -> bool:
    return limit is not None and day > limit.toordinal() - EPOCH_DAY
