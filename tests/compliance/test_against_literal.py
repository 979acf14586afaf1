"""The engine beside the literal restatement, over situations that nobody picked.

Both were written from the same rules by different hands. The engine may refuse more; what it allows,
the literal must allow too, but for readings that are settled below, each with its reason.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from compliance.attempt import Attempt, Decision
from compliance.decide import decide
from compliance.profile_file import load_profile
from compliance.terms import Effect
from compliance.vectors import Vector, parse_vector
from tests.compliance.literal import literal_decide
from tests.compliance.situations import random_vector
from tests.compliance.strictness import EXCEPTIONS
from tests.lending.profiles import NIGHTLY

COUNT = 20_000 if NIGHTLY else 1_500

SETTLED = {
    "US-1006.22-f-3": "Consent to e-mail that was given to the sender itself is the direct consent"
    " that lifts the rule; the literal wants the very address to have been used.",
    "US-1006.14-RAPID": "The guard counts unanswered calls to one number; the literal counts those"
    " to every number of the person.",
    "US-1006.6-b-1-ii": "A place is tied to what reaches it: a letter to another address than home"
    " is not closed by `home`.",
    "US-DC-3814-d-4-A": "An answer by telephone is never counted, so it begins no closed week.",
    "ALL-OPTOUT": "A notice that the law requires is sent although the channel is opted out"
    " (12 CFR 1006.14(h)(2)(iii)).",
}


def judged(vector: Vector, **changes: object) -> Decision:
    attempt = Attempt(
        **{name: getattr(vector.attempt, name) for name in Attempt.__slots__} | changes  # type: ignore[arg-type]
    )
    return decide(attempt, vector.facts, vector.history, load_profile(vector.profile))


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_allowed_that_the_literal_forbids(seed: int) -> None:
    rng = Random(1_000 + seed)
    allowed = 0
    for _ in range(COUNT // 3):
        plain = random_vector(rng)
        if not judged(parse_vector(plain)).allowed:
            continue
        allowed += 1
        objecting = set(literal_decide(plain)["reasons"])
        assert objecting <= set(SETTLED), (plain["id"], objecting)
    assert allowed > COUNT // 15


_BEGINS = frozenset(
    [
        "at",
        "received_at",
        "known_since",
        "given_at",
        "notified_at",
        "filed_at",
        "stated_at",
        "sent_at",
        "start_date",
        "valid_from",
        "since",
    ]
)
_ENDS = ("resolved_at", "revoked_at")


def without_the_future(plain: Any, now: str) -> Any:
    """The vector without what is dated after the question: "if nothing else happened"."""
    match plain:
        case dict():
            kept = {key: without_the_future(value, now) for key, value in plain.items()}
            for key in _ENDS:
                if key in kept and kept[key] and kept[key] > now:
                    kept[key] = None
            return kept
        case list():
            return [without_the_future(item, now) for item in plain if not _is_future(item, now)]
        case _:
            return plain


def _is_future(item: Any, now: str) -> bool:
    """ISO texts compare as instants; a day counts as future from its first second on."""
    return isinstance(item, dict) and any(
        isinstance(item.get(key), str) and item[key] > now[: len(item[key])] for key in _BEGINS
    )


def frozen(plain: Any) -> Vector:
    given = plain["given"]
    state = {
        key: None if _is_future(value, given["now"]) else value
        for key, value in given["borrower_state"].items()
    }
    given = without_the_future({**given, "borrower_state": state}, given["now"])
    return parse_vector({**plain, "given": given})


@pytest.mark.parametrize("seed", range(3))
def test_delay_ends_at_the_first_instant_that_is_allowed(seed: int) -> None:
    """Asked again then, the same attempt is allowed; a second earlier, and at any time tried before
    that, it is not.
    """
    rng = Random(2_000 + seed)
    delays = 0
    for _ in range(COUNT // 3):
        vector = frozen(random_vector(rng))
        decision = judged(vector)
        if decision.effect is not Effect.DELAY:
            continue
        delays += 1
        assert decision.until is not None
        assert decision.until > vector.attempt.at
        assert judged(vector, at=decision.until).allowed
        wait = (decision.until - vector.attempt.at).total_seconds()
        for earlier in (1.0, *(rng.uniform(1, wait) for _ in range(4))):
            at = decision.until - timedelta(seconds=int(earlier))
            if at > vector.attempt.at:
                assert not judged(vector, at=at).allowed, (vector.id, at)
    assert delays > 20


def test_strict_allows_no_automated_message_that_a_country_forbids() -> None:
    """But for what the rules except themselves (`strictness.EXCEPTIONS`); the gaps are closed."""
    rng = Random(3_000)
    excepted = {rule for reason in EXCEPTIONS for rule in reason.rules}
    allowed = 0
    for _ in range(COUNT):
        plain = random_vector(rng, rng.choice(("STRICT", "US", "CN", "UK", "IN")))
        plain["attempt"] |= {"automated": True, "recipient": "borrower"}
        if plain["attempt"]["channel"] == "call":
            plain["attempt"]["voice"] = "prerecorded"
        if not judged(parse_vector({**plain, "profile": "STRICT"})).allowed:
            continue
        allowed += 1
        for country in ("US", "CN", "UK", "IN"):
            there = judged(parse_vector({**plain, "profile": country}))
            assert set(there.rules) <= excepted, (
                plain["attempt"],
                plain["given"]["borrower_state"]["inconvenient_places"],
                country,
                there.rules,
            )
    assert allowed > COUNT // 20
