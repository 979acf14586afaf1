"""May this contact happen now? `decide` is pure and total over valid questions.

Every rule that concerns the attempt is asked. One standing objection blocks; objections that only
time can lift delay to the earliest instant without any; none allows. Rules and conventions are
described in docs/contact-rules.md.
"""

from __future__ import annotations

from collections.abc import Callable

from compliance.attempt import Attempt, Decision
from compliance.case import Case
from compliance.errors import ProfileError, RulesError
from compliance.facts import Facts
from compliance.history import History
from compliance.profile import Plan, Profile
from compliance.terms import Effect
from compliance.when import PlanKey
from compliance.zones import instant_of

BROKEN_PROFILE = "ALL-PROFILE-BROKEN"
BROKEN_INPUT = "ALL-INPUT-BROKEN"

_ALLOWED = Decision(effect=Effect.ALLOW)
_ROUNDS = 400
"""More steps than any satisfiable set of clock rules needs to settle."""


def decide(attempt: Attempt, facts: Facts, history: History, profile: Profile) -> Decision:
    """Judge one attempt. Raises UnknownZone; everything else was refused when the values were made.

    Delay is answered only with an instant at which the same attempt would be allowed if nothing
    else happened; if there is none, the contact is blocked.
    """
    case = Case(attempt, facts, history)
    plan = profile.plan(_key(case, profile))
    objected: list[str] = []
    blocked = False
    for ids, objects in plan.standing:
        if objects(case):
            objected.extend(ids)
            blocked = True
    for ids, objects, _ in plan.lapsing:
        if objects(case):
            objected.extend(ids)
    if not objected:
        return _ALLOWED
    rules = tuple(dict.fromkeys(objected))
    opening = None if blocked else _opening(case, plan)
    if opening is None:
        return Decision(effect=Effect.BLOCK, rules=rules)
    return Decision(effect=Effect.DELAY, rules=rules, until=instant_of(opening))


def decide_or_block(ask: Callable[[], Decision]) -> Decision:
    """The answer of `ask`, or BLOCK with an alert when it cannot be had.

    Give the whole question, so that whatever is wrong with it fails closed:
    `decide_or_block(lambda: decide(attempt, facts, History(events), load_profile("us")))`.
    """
    try:
        return ask()
    except ProfileError as error:
        return Decision(effect=Effect.BLOCK, rules=(BROKEN_PROFILE,), alert=str(error))
    except RulesError as error:
        return Decision(effect=Effect.BLOCK, rules=(BROKEN_INPUT,), alert=str(error))
    except Exception as error:  # noqa: BLE001 - whatever happened, nobody may be contacted
        alert = f"A contact could not be judged: {type(error).__name__}."
        return Decision(effect=Effect.BLOCK, rules=(BROKEN_INPUT,), alert=alert)


def _key(case: Case, profile: Profile) -> PlanKey:
    attempt, facts = case.attempt, case.facts
    return PlanKey(
        profile.regime(case.day),
        attempt.channel,
        attempt.purpose,
        facts.phase,
        facts.actor_role,
        facts.creditor_follows_collector_rules,
        attempt.recipient,
        attempt.address_kind,
        attempt.automated,
        attempt.voice,
        attempt.is_initial_communication,
        case.is_reply,
        case.confirms,
    )


def _opening(case: Case, plan: Plan) -> int | None:
    """The earliest instant that every clock rule lets pass, if the standing ones then do too.

    Each rule names its own first opening; none earlier than the latest of them can be common, so
    moving there until nothing moves finds the earliest.
    """
    at = case.at
    for _ in range(_ROUNDS):
        before = at
        for _, _, opens in plan.lapsing:
            opening = opens(case, at)
            if opening is None:
                return None
            at = opening
        if at == before:
            case.move_to(at)
            return None if any(objects(case) for _, objects in plan.standing) else at
    return None
