"""A decision in plain words, with what each rule is based on."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from compliance.attempt import Decision
from compliance.facts import Facts
from compliance.profile import Profile
from compliance.terms import Effect


def explain(decision: Decision, facts: Facts, profile: Profile) -> list[str]:
    """The answer first, then one line for each rule that objected."""
    return [_answer(decision, facts), *(_because(rule, profile) for rule in decision.rules)]


def _answer(decision: Decision, facts: Facts) -> str:
    if decision.effect is Effect.ALLOW:
        return "Yes, the contact may be made now."
    if decision.until is None:
        return "No. This does not pass by waiting; something has to change first."
    local = decision.until.astimezone(ZoneInfo(facts.timezone))
    return (
        f"Not now. The earliest is {local:%A %d %B %Y, %H:%M:%S} in {facts.timezone}"
        f" ({decision.until:%Y-%m-%dT%H:%M:%SZ}), if nothing else happens."
    )


def _because(rule_id: str, profile: Profile) -> str:
    rule = profile.rule(rule_id)
    if rule is None:
        return rule_id
    return f"{rule.id}: {rule.title} [{rule.citation}; confidence {rule.confidence}]"
