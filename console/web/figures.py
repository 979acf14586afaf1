"""The figures of the reports, computed from rows. Pure but for the unit of work that it reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import median

from bot.conversation import EscalationReason
from bot.ports import UnitOfWork
from bot.ports_console import CaseFigures, DecisionCount, PromiseBook, TalkDay
from compliance.terms import Effect
from lending.plan_records import OfferState, PlanState
from lending.promise_states import PromiseState, promise_states


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long people waited, in minutes, of those who were answered."""

    answered: int
    median_minutes: float | None
    p90_minutes: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One period, half-open. Shares are None where nothing was counted."""

    conversations: int
    handed_off: int
    days: tuple[TalkDay, ...]
    reasons: tuple[tuple[str, int], ...]
    outcomes: tuple[tuple[str, int], ...]
    escalations: int
    unresolved: int
    first_reply: Waits
    resolution: Waits
    promises: tuple[tuple[str, int], ...]
    promises_due: int
    offers: tuple[tuple[str, int], ...]
    offers_shown: int
    plans: tuple[tuple[str, int], ...]
    plans_started: int
    cohorts: tuple[tuple[str, int, int], ...]
    contacts: int
    sent: int
    effects: tuple[tuple[str, int], ...]
    rules: tuple[tuple[str, int], ...]
    complaints: int
    rating: float | None
    ratings: int

    @property
    def containment(self) -> float | None:
        """Conversations that needed no person."""
        return share(self.conversations - self.handed_off, self.conversations)

    @property
    def hand_off(self) -> float | None:
        return share(self.handed_off, self.conversations)

    @property
    def promise_kept(self) -> float | None:
        """Of promises that came due and are decided."""
        counts = dict(self.promises)
        decided = sum(counts.get(s.value, 0) for s in PromiseState if s is not PromiseState.OPEN)
        return share(counts.get(PromiseState.KEPT.value, 0), decided)

    @property
    def uptake(self) -> float | None:
        return share(dict(self.offers).get(OfferState.ACCEPTED.value, 0), self.offers_shown)

    @property
    def survival(self) -> float | None:
        """Plans of the period that still run or were completed."""
        counts = dict(self.plans)
        alive = counts.get(PlanState.ON_TRACK.value, 0) + counts.get(PlanState.COMPLETED.value, 0)
        return share(alive, self.plans_started)


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def figures(uow: UnitOfWork, since: datetime, until: datetime, today: date) -> Figures:
    escalations = uow.console.cases(since, until)
    conversations, handed_off = uow.console.talk_totals(since, until)
    first_day, end_day = since.astimezone(UTC).date(), until.astimezone(UTC).date()
    promises = promise_counts(
        uow.console.promise_books(first_day, end_day), first_day, end_day, today
    )
    offers = uow.console.offer_counts(since, until)
    started = uow.console.plans_started(first_day, end_day)
    decisions = uow.console.decision_counts(since, until)
    rated = [one.rating for one in escalations if one.rating is not None]
    return Figures(
        conversations=conversations,
        handed_off=handed_off,
        days=uow.console.talk_days(since, until),
        reasons=_counted(one.reason.value for one in escalations),
        outcomes=_counted(one.outcome.value for one in escalations if one.outcome is not None),
        escalations=len(escalations),
        unresolved=sum(one.resolved_at is None for one in escalations),
        first_reply=waits(escalations, "first_reply_at"),
        resolution=waits(escalations, "resolved_at"),
        promises=promises,
        promises_due=sum(count for _, count in promises),
        offers=_counted_of(offers),
        offers_shown=sum(offers.values()),
        plans=_counted(state for _, state in started),
        plans_started=len(started),
        cohorts=_cohorts(started),
        contacts=sum(one.count for one in decisions),
        sent=sum(one.count for one in decisions if one.outcome == Effect.ALLOW.value),
        effects=_counted_of(effect_counts(decisions)),
        rules=_counted_of(rule_counts(decisions)),
        complaints=sum(one.reason is EscalationReason.COMPLAINT for one in escalations),
        rating=sum(rated) / len(rated) if rated else None,
        ratings=len(rated),
    )


def waits(escalations: Sequence[CaseFigures], until: str) -> Waits:
    """From the opening to the instant named, by the clock on the wall."""
    minutes = sorted(
        (end - one.opened_at).total_seconds() / 60
        for one in escalations
        if (end := getattr(one, until)) is not None
    )
    if not minutes:
        return Waits(answered=0, median_minutes=None, p90_minutes=None)
    p90 = minutes[min(len(minutes) - 1, int(len(minutes) * 0.9))]
    return Waits(answered=len(minutes), median_minutes=median(minutes), p90_minutes=p90)


def promise_counts(
    books: Sequence[PromiseBook], since: date, until: date, today: date
) -> tuple[tuple[str, int], ...]:
    """What became of the promises due in the period, as known today."""
    counts: Counter[str] = Counter()
    for book in books:
        states = promise_states(book.promises, book.payments, today)
        counts.update(
            states[promise.id].state.value
            for promise in book.promises
            if since <= promise.due_on < until
        )
    return _counted_of(counts)


def effect_counts(decisions: Sequence[DecisionCount]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for one in decisions:
        counts[one.outcome] += one.count
    return counts


def rule_counts(decisions: Sequence[DecisionCount]) -> Counter[str]:
    """How often each rule objected; one attempt may meet several."""
    counts: Counter[str] = Counter()
    for one in decisions:
        for rule in one.rules:
            counts[rule] += one.count
    return counts


def _cohorts(started: Sequence[tuple[date, str]]) -> tuple[tuple[str, int, int], ...]:
    """(month, plans started, still running or completed)."""
    all_of: Counter[str] = Counter()
    alive: Counter[str] = Counter()
    for day, state in started:
        month = f"{day:%Y-%m}"
        all_of[month] += 1
        alive[month] += state in (PlanState.ON_TRACK.value, PlanState.COMPLETED.value)
    return tuple((month, all_of[month], alive[month]) for month in sorted(all_of))


def _counted(codes: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return _counted_of(Counter(codes))


def _counted_of(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """The most frequent first."""
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
