"""Consent to a channel, notices that must come first, and addresses that the borrower never used."""

from __future__ import annotations

from dataclasses import dataclass, field

from compliance.case import Case, is_valid_on
from compliance.counting import Counted, Scope
from compliance.terms import Channel, ConsentType, Purpose

_REQUEST = frozenset({Purpose.CONSENT_REQUEST})


def has_channel_consent(case: Case) -> bool:
    """Whether the borrower agreed, directly, to be contacted in this channel on this day."""
    return any(is_valid_on(c, case.day) for c in case.consents(ConsentType.CHANNEL))


@dataclass(frozen=True, slots=True, kw_only=True)
class NoConsent:
    """No consent to the channel is on file.

    `request_days`: the question for it may itself be put once in so many dates, over all of
    `request_channels`; None: it may not be put.
    """

    request_days: int | None = None
    request_channels: frozenset[Channel] = frozenset()
    _requests: Counted = field(init=False, repr=False)

    def __post_init__(self) -> None:
        requests = Counted(channels=self.request_channels, purposes=_REQUEST)
        object.__setattr__(self, "_requests", requests)

    def objects(self, case: Case) -> bool:
        if has_channel_consent(case):
            return False
        if self.request_days is None or case.attempt.purpose is not Purpose.CONSENT_REQUEST:
            return True
        asked = case.history.days(self._requests, Scope(case.facts.timezone))
        return bool(asked) and asked[-1] + self.request_days > case.day


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRevoked:
    """A consent to the channel was withdrawn and no other is valid."""

    def objects(self, case: Case) -> bool:
        channel = case.attempt.channel
        revoked = any(
            c.type is ConsentType.CHANNEL
            and c.channel is channel
            and c.revoked_at is not None
            and c.revoked_at <= case.now
            for c in case.state.consents
        )
        return revoked and not has_channel_consent(case)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeMissing:
    """The notice with this code has not been sent."""

    code: str

    def objects(self, case: Case) -> bool:
        return not any(n.code == self.code and n.sent_at <= case.now for n in case.state.notices)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressNotOffered:
    """The borrower never wrote from this address and did not agree to be reached in the channel."""

    def objects(self, case: Case) -> bool:
        attempt = case.attempt
        used = any(
            event.is_inbound
            and event.channel is attempt.channel
            and event.address_id == attempt.address_id
            for event in case.history.events
        )
        return not used and not has_channel_consent(case)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceClosed:
    """The borrower named this place as inconvenient."""

    place: str

    def objects(self, case: Case) -> bool:
        return self.place in case.state.inconvenient_places


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployerProhibits:
    def objects(self, case: Case) -> bool:
        return case.state.employer_prohibits_contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Always:
    """Objects whenever the rule applies: used with `when` to close recipients, addresses, channels."""

    def objects(self, case: Case) -> bool:
        return True
