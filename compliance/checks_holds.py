"""Standing reasons not to contact: stop, cease, dispute, bankruptcy, moratorium and the like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from compliance.case import Case, is_after, is_before
from compliance.terms import WRITTEN, Intent, Purpose
from compliance.zones import DAY, seconds_of

_CLOSING = frozenset({Intent.STOP_CHANNEL, Intent.CEASE_ALL})
_WISHES = frozenset({Intent.CEASE_ALL})
_WISHES_AND_REFUSALS = _WISHES | {Intent.REFUSES_TO_PAY}


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut:
    """The channel or address was closed by its owner.

    An answer to something said after that is let through, and so is the one confirmation.
    `whole_channel`: a closed address closes its channel.
    """

    whole_channel: bool = False

    def objects(self, case: Case) -> bool:
        if not case.state.opt_outs and not case.history.stated:
            return False
        closed = self._closed_at(case)
        if closed is None or not case.is_reply or case.answers is None:
            return closed is not None
        if case.attempt.purpose is Purpose.OPT_OUT_CONFIRMATION:
            return False
        return case.answers.at < closed

    def _closed_at(self, case: Case) -> datetime | None:
        """When the channel or address was last closed."""
        attempt = case.attempt
        said = [
            event.at
            for meaning, event in case.history.stated
            if meaning in _CLOSING and event.channel is attempt.channel
        ]
        on_file = [
            record.at
            for record in case.state.opt_outs
            if record.channel is attempt.channel
            and record.at <= case.now
            and (self.whole_channel or record.address_id in (None, attempt.address_id))
        ]
        return max([*said, *on_file], default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceased:
    """Wants no contact at all. `written_only` needs it in writing; `refusals` count too."""

    written_only: bool = False
    refusals: bool = True

    def objects(self, case: Case) -> bool:
        cease = case.state.cease
        if cease is None or cease.received_at > case.now:
            cease = None
        if cease is not None and (cease.written or not self.written_only):
            return True
        wishes = _WISHES_AND_REFUSALS if self.refusals else _WISHES
        return any(
            meaning in wishes and (event.channel in WRITTEN or not self.written_only)
            for meaning, event in case.history.stated
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Represented:
    """A lawyer acts for the borrower. `reachable_only`: one who can be found, answers and did not agree."""

    reachable_only: bool = False

    def objects(self, case: Case) -> bool:
        lawyer = case.state.attorney
        if lawyer is None or lawyer.known_since > case.now:
            return False
        if not self.reachable_only:
            return True
        return lawyer.contact_known and not lawyer.unresponsive and not lawyer.consents_to_direct


@dataclass(frozen=True, slots=True, kw_only=True)
class Bankrupt:
    """`any_debt`: whichever debt the case is about."""

    statuses: frozenset[str]
    any_debt: bool = False

    def objects(self, case: Case) -> bool:
        record = case.state.bankruptcy
        if record is None or record.filed_at > case.now or record.status not in self.statuses:
            return False
        return self.any_debt or case.concerns(record.debt_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deceased:
    """`unless_includes`: a text that conveys this may be sent."""

    unless_includes: str | None = None

    def objects(self, case: Case) -> bool:
        since = case.state.deceased_since
        if since is None or since > case.now:
            return False
        return self.unless_includes not in case.attempt.content.includes


@dataclass(frozen=True, slots=True, kw_only=True)
class Living:
    """Not known to be dead: nobody is an executor yet."""

    def objects(self, case: Case) -> bool:
        since = case.state.deceased_since
        return since is None or since > case.now


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityDoubted:
    def objects(self, case: Case) -> bool:
        concern = case.state.capacity_concern
        if concern is None or concern.notified_at > case.now:
            return False
        return concern.resolved_at is None or concern.resolved_at > case.now


@dataclass(frozen=True, slots=True, kw_only=True)
class InMoratorium:
    any_debt: bool = False

    def objects(self, case: Case) -> bool:
        record = case.state.moratorium
        if record is None or is_before(_today(case), record.start_on):
            return False
        if is_after(case.day, record.end_on):
            return False
        return self.any_debt or case.concerns(record.debt_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanBeingMade:
    """For `days` dates from the day on which a plan was announced."""

    days: int

    def objects(self, case: Case) -> bool:
        record = case.state.plan_in_development
        if record is None or record.notified_at > case.now:
            return False
        start = case.clock.local(seconds_of(record.notified_at)) // DAY
        return case.day < start + self.days


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPerformed:
    any_debt: bool = False

    def objects(self, case: Case) -> bool:
        plan = case.state.payment_plan
        if plan is None or plan.status != "performing" or is_before(_today(case), plan.since):
            return False
        return self.any_debt or case.concerns(plan.debt_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedStatuteBarred:
    any_debt: bool = False

    def objects(self, case: Case) -> bool:
        record = case.state.statute_barred_refusal
        return (
            record is not None
            and record.stated_at <= case.now
            and (self.any_debt or case.concerns(record.debt_ids))
        )


def _today(case: Case) -> int:
    """The local date when the attempt is judged; a record of a later date does not exist yet."""
    return case.clock.local(seconds_of(case.now)) // DAY
