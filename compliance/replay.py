"""Ask stored questions again: with the profile that decided then, or with a changed one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from compliance.attempt import Decision
from compliance.profile import Profile
from compliance.question import Answer, Question, answer
from compliance.terms import Effect


@dataclass(frozen=True, slots=True)
class Asked:
    """A stored question with its number and the answer that it got."""

    id: int
    question: Question
    answer: Answer


@dataclass(frozen=True, slots=True)
class Difference:
    """A question that is answered otherwise now."""

    asked: Asked
    now: Decision


def differences(
    decisions: Iterable[Asked],
    profile_of: Callable[[Asked], Profile],
    house_rules: frozenset[str] = frozenset(),
) -> Iterator[Difference]:
    """The decisions that come out otherwise. `house_rules` object outside the profile and stay."""
    for asked in decisions:
        decision = answer(asked.question, lambda _, asked=asked: profile_of(asked)).decision  # type: ignore[misc]
        outside = tuple(rule for rule in asked.answer.decision.rules if rule in house_rules)
        if outside:
            decision = Decision(effect=Effect.BLOCK, rules=(*decision.rules, *outside))
        if not _same(asked.answer.decision, decision):
            yield Difference(asked, decision)


def _same(then: Decision, now: Decision) -> bool:
    return (then.effect, set(then.rules), then.until) == (now.effect, set(now.rules), now.until)


@dataclass(slots=True)
class Backtest:
    """What a changed profile would have done to the history of the lender."""

    decisions: int = 0
    newly_stopped: list[Difference] = field(default_factory=list)
    newly_allowed: list[Difference] = field(default_factory=list)
    otherwise: list[Difference] = field(default_factory=list)

    def note(self, difference: Difference) -> None:
        then, now = difference.asked.answer.decision, difference.now
        if then.allowed and not now.allowed:
            self.newly_stopped.append(difference)
        elif now.allowed and not then.allowed:
            self.newly_allowed.append(difference)
        else:
            self.otherwise.append(difference)

    def rules_of_stopped(self) -> list[tuple[str, int]]:
        """Which rules stop what went out, the most frequent first."""
        return Counter(rule for one in self.newly_stopped for rule in one.now.rules).most_common()
