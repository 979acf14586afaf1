"""A profile: the contact rules of one place, as data, ready to be asked."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple, cast

from compliance.case import Case
from compliance.checks import Check, ClockCheck
from compliance.terms import (
    ActorRole,
)
from compliance.when import PlanKey, UnlessReply, When
from compliance.zones import day_number


class Binds(StrEnum):
    """Whom a rule binds. A lender can take on what binds collectors, never what binds agents only."""

    ALL = "all"
    COLLECTORS = "collectors"
    AGENTS_ONLY = "agents_only"
    CREDITORS_ONLY = "creditors_only"
    NOBODY = "nobody"


class Kind(StrEnum):
    """Decided for one attempt, or documented because no single attempt can decide it."""

    DECIDED = "decided"
    DOCUMENTED = "documented"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCheck:
    """One check of a rule with the attempts that it is for; `lapses` with time or stands."""

    kind: str
    when: When
    check: Check | ClockCheck
    lapses: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a profile. `also` are rules that object with it; what a reply is excused from stands in `unless_reply`."""

    id: str
    title: str
    binds: Binds
    effect: str
    citation: str
    confidence: str
    when: When
    checks: tuple[RuleCheck, ...]
    unless_reply: UnlessReply = UnlessReply.NEVER
    effective_from: date | None = None
    effective_until: date | None = None
    note: str = ""
    also: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        return Kind.DECIDED if self.checks else Kind.DOCUMENTED

    def binds_role(self, role: ActorRole, follows: bool) -> bool:
        """`follows`: the creditor takes on the collectors' rules."""
        is_collector = role is ActorRole.THIRD_PARTY_COLLECTOR
        match self.binds:
            case Binds.ALL:
                return True
            case Binds.COLLECTORS:
                return is_collector or follows
            case Binds.AGENTS_ONLY:
                return is_collector
            case Binds.CREDITORS_ONLY:
                return not is_collector
            case Binds.NOBODY:
                return False


Opens = Callable[[Case, int], int | None]
"""When a clock rule first lets pass, from an instant on."""


class Plan(NamedTuple):
    """The questions for one kind of attempt: those that stand, and those that lapse."""

    standing: tuple[tuple[tuple[str, ...], Callable[[Case], bool]], ...]
    lapsing: tuple[tuple[tuple[str, ...], Callable[[Case], bool], Opens], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The rules of one place. `version` is the declared one with a digest of the files' content."""

    name: str
    title: str
    version: str
    as_of: date
    rules: tuple[Rule, ...]
    _regimes: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _plans: dict[PlanKey, Plan] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        turns = {day_number(r.effective_from) for r in self.rules if r.effective_from}
        turns |= {day_number(r.effective_until) + 1 for r in self.rules if r.effective_until}
        object.__setattr__(self, "_regimes", tuple(sorted(turns)))

    def rule(self, rule_id: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def regime(self, day: int) -> int:
        """A number for the set of rules in force on a local day."""
        return bisect_right(self._regimes, day)

    def plan(self, key: PlanKey) -> Plan:
        known = self._plans.get(key)
        if known is None:
            known = self._plans[key] = self._make_plan(key)
        return known

    def _make_plan(self, key: PlanKey) -> Plan:
        standing, lapsing = [], []
        for rule in self.rules:
            if rule.unless_reply.lifts(key) or not self._in_force(rule, key.regime):
                continue
            if not rule.binds_role(key.role, key.follows) or not rule.when.fits(key):
                continue
            for part in rule.checks:
                if not part.when.fits(key):
                    continue
                ids = (rule.id, *rule.also)
                whens = tuple(when for when in (rule.when, part.when) if when.asks_debts)
                objects = _for_debts(part.check.objects, whens)
                if part.lapses:
                    opens = cast(ClockCheck, part.check).opens
                    lapsing.append((ids, objects, _opens_for_debts(opens, whens)))
                else:
                    standing.append((ids, objects))
        return Plan(tuple(standing), tuple(lapsing))

    def _in_force(self, rule: Rule, regime: int) -> bool:
        day = self._regimes[regime - 1] if regime else -(10**7)
        begun = rule.effective_from is None or day_number(rule.effective_from) <= day
        return begun and (rule.effective_until is None or day <= day_number(rule.effective_until))


def _for_debts(objects: Callable[[Case], bool], whens: tuple[When, ...]) -> Callable[[Case], bool]:
    """The question, asked only if the attempt is about a debt that the rule means."""
    if not whens:
        return objects
    return lambda case: all(when.fits_debts(case) for when in whens) and objects(case)


def _opens_for_debts(opens: Opens, whens: tuple[When, ...]) -> Opens:
    if not whens:
        return opens
    return lambda case, at: opens(case, at) if all(when.fits_debts(case) for when in whens) else at
