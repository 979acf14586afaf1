"""Every rule that is decided has cases in which it objects and cases in which it does not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from compliance.profile import Kind
from compliance.profile_file import available_profiles, load_profile
from compliance.terms import Effect
from tests.compliance.asking import RuleCase
from tests.compliance.rule_cases import CASES

WANTED = 2


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.rule}: {c.what}")
def test_the_rule_says_so(case: RuleCase) -> None:
    decision = case.asked.decision()

    assert (case.rule in decision.rules) is case.objects, decision
    assert not (case.objects and decision.effect is Effect.ALLOW)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.rule}: {c.what}")
def test_a_delay_ends_when_it_says(case: RuleCase) -> None:
    decision = case.asked.decision()
    if decision.until is None:
        return
    later = replace(case.asked, at=decision.until.replace(tzinfo=None).isoformat())
    before = decision.until.timestamp() - 1

    assert decision.effect is Effect.DELAY
    assert later.decision().effect is Effect.ALLOW
    assert replace(case.asked, at=_utc(before)).decision().effect is not Effect.ALLOW


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()


def test_every_decided_rule_has_enough_cases() -> None:
    said = Counter((case.rule, case.objects) for case in CASES)
    decided = {
        rule.id
        for name in available_profiles()
        for rule in load_profile(name).rules
        if rule.kind is Kind.DECIDED
    }

    few = {
        (rule, objects)
        for rule in decided
        for objects in (True, False)
        if said[rule, objects] < WANTED
    }
    assert not few
    assert {case.rule for case in CASES} <= decided | {"US-CA-1788.17"}
