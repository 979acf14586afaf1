"""The literal restatement agrees with the pack, and with itself."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.compliance.compare import compare, smallest, summary
from tests.compliance.literal import PROFILES, allowed, literal_decide, objections
from tests.compliance.literal_case import HARD, Case, instant, known_case, stamp
from tests.compliance.situations import random_vector, vectors
from tests.compliance.strictness import REASONS, excuses

PACK = Path(__file__).parents[2].parent / "shared" / "compliance"
ROUTINE = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
Record = dict[str, Any]
ALLOW: Record = {"decision": "allow", "until": None, "reasons": []}

needs_pack = pytest.mark.skipif(not PACK.is_dir(), reason="the contact-rule pack is not here")


# --- the pack ------------------------------------------------------------------------------------


@needs_pack
def test_agrees_with_every_public_vector() -> None:
    pack = json.loads((PACK / "vectors_public.json").read_text("utf-8"))
    for vector in pack["vectors"]:
        decided, expected = literal_decide(vector), vector["expected"]
        assert decided["decision"] == expected["decision"], vector["id"]
        assert decided["until"] == expected["until"], vector["id"]
        assert set(expected["reasons"]) <= set(decided["reasons"]), vector["id"]


@needs_pack
def test_invented_vectors_are_valid(tmp_path: Path) -> None:
    rng = Random(20261124)
    made = [random_vector(rng) for _ in range(400)]
    for vector in made:
        vector["expected"] = literal_decide(vector)
        vector["rule_ids"] = vector["expected"]["reasons"]
    pack = {
        "schema": "repay-compliance-vectors/1.0",
        "set": "invented",
        "profiles_as_of": "2026-11-23",
        "count": len(made),
        "vectors": made,
    }
    file = tmp_path / "invented.json"
    file.write_text(json.dumps(pack), "utf-8")
    checked = subprocess.run(
        [sys.executable, str(PACK / "validate.py"), str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout[:2000]


def test_a_seed_repeats_its_vectors() -> None:
    first, second = Random(7), Random(7)
    assert [random_vector(first) for _ in range(20)] == [random_vector(second) for _ in range(20)]


# --- decisions -----------------------------------------------------------------------------------


def delayed(seed: int, count: int) -> Iterator[tuple[Record, datetime]]:
    """Vectors that are delayed, each with the end of its delay."""
    rng = Random(seed)
    while count:
        vector = random_vector(rng)
        decided = literal_decide(vector)
        if decided["decision"] == "delay":
            count -= 1
            yield vector, instant(decided["until"])


@pytest.mark.parametrize("seed", range(4))
def test_a_delay_has_soft_reasons_and_ends_in_the_first_allowed_minute(seed: int) -> None:
    for vector, until in delayed(seed, 40):
        case = known_case(vector)
        assert HARD not in objections(case).values()
        assert allowed(case.moved(until))
        back = until - timedelta(minutes=1)
        assert back <= case.at or not allowed(case.moved(back))


@pytest.mark.parametrize("seed", range(4))
def test_no_minute_before_the_delay_ends_is_allowed(seed: int) -> None:
    """Every single minute is tried, without the steps that the search takes."""
    for vector, until in delayed(seed, 25):
        case = known_case(vector)
        moment = case.at.replace(second=0) + timedelta(minutes=1)
        while moment < min(until, case.at + timedelta(hours=15)):
            assert not allowed(case.moved(moment)), (vector["id"], moment)
            moment += timedelta(minutes=1)


def without_the_future(vector: Record, case: Case) -> Record:
    """The vector as it was known at `now`: later records are gone."""
    known = copy.deepcopy(vector)
    known["given"]["borrower_state"] = copy.deepcopy(case.state)
    return known


@pytest.mark.parametrize("seed", range(10, 14))
def test_asked_again_at_the_end_of_its_delay_it_is_allowed(seed: int) -> None:
    for vector, until in delayed(seed, 40):
        later = without_the_future(vector, known_case(vector))
        later["given"]["now"] = stamp(until)
        assert literal_decide(later) == ALLOW


@ROUTINE
@given(vectors(), st.sampled_from([None, "2026-01-01T00:00:00Z"]))
def test_the_time_of_queueing_changes_nothing(vector: Record, queued_at: str | None) -> None:
    other = copy.deepcopy(vector)
    other["attempt"]["queued_at"] = queued_at
    assert literal_decide(other) == literal_decide(vector)


@ROUTINE
@given(vectors("US"), st.sampled_from(["US-MA", "US-DC", "US-WA", "US-FL", "US-CA"]))
def test_a_state_forbids_whatever_the_federal_rules_forbid(vector: Record, state: str) -> None:
    federal = objections(known_case(vector))
    both = objections(known_case({**vector, "profile": state}))
    assert federal.items() <= both.items()


def test_the_invented_situations_reach_every_rule() -> None:
    rng, reached = Random(11), set()
    for _ in range(8000):
        reached |= set(objections(known_case(random_vector(rng))))
    assert reached == {name for rules in PROFILES.values() for name in rules}


# --- STRICT --------------------------------------------------------------------------------------


def automated_to_the_borrower(rng: Random) -> Record:
    vector = random_vector(rng, rng.choice(("STRICT", "US", "CN", "UK", "IN")))
    vector["attempt"] |= {"automated": True, "recipient": "borrower"}
    if vector["attempt"]["channel"] == "call":
        vector["attempt"]["voice"] = "prerecorded"
    return vector


def forbidden_elsewhere(count: int) -> Iterator[tuple[Case, str]]:
    """What STRICT allows and a country forbids: the country's case and the rule that objects."""
    rng = Random(99)
    for _ in range(count):
        vector = automated_to_the_borrower(rng)
        if objections(known_case({**vector, "profile": "STRICT"})):
            continue
        for profile in ("US", "CN", "UK", "IN"):
            case = known_case({**vector, "profile": profile})
            for rule in objections(case):
                yield case, rule


def test_strict_allows_nothing_automated_that_a_country_forbids() -> None:
    """But for the exceptions of rules.md and the gaps that its §9 leaves; none is listed in vain."""
    needed = []
    for case, rule in forbidden_elsewhere(9000):
        excusing = excuses(case, rule)
        assert excusing, (rule, case)
        if len(excusing) == 1:
            needed += excusing
    assert [reason.text for reason in REASONS if reason not in needed] == []


# --- the comparison itself -----------------------------------------------------------------------


def some_vectors(count: int) -> list[Record]:
    rng = Random(3)
    return [random_vector(rng) for _ in range(count)]


def test_the_literal_does_not_differ_from_itself() -> None:
    assert compare(literal_decide, some_vectors(60)) == []


def test_a_judge_that_forgets_a_rule_is_found_and_its_case_made_small() -> None:
    def forgetful(vector: Record) -> Record:
        decided = literal_decide(vector)
        reasons = [name for name in decided["reasons"] if name != "STRICT-FREQ-DAY"]
        return {**decided, "reasons": reasons}

    rng = Random(5)
    found = compare(forgetful, (random_vector(rng, "STRICT") for _ in range(60)))
    assert found
    assert {one.rules for one in found} == {(("STRICT-FREQ-DAY",), ())}
    assert "only literal ['STRICT-FREQ-DAY']" in summary(found)
    least = smallest(forgetful, found[0])
    assert least.rules == (("STRICT-FREQ-DAY",), ())
    assert len(least.vector["given"]["history"]) <= len(found[0].vector["given"]["history"])
