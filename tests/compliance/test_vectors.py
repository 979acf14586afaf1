"""Test cases of the schema: the public ones agree, and a wrong file is named with case and key."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from compliance.errors import VectorError
from compliance.profile_file import load_profile
from compliance.vectors import Vector, check, parse_vector, parse_vectors, read_vectors
from console.cli import app
from tests.compliance.situations import random_vector

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT.parent / "shared" / "compliance" / "vectors_public.json"


def file_of(*vectors: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema": "repay-compliance-vectors/1.0",
        "set": "own",
        "profiles_as_of": "2026-11-23",
        "count": len(vectors),
        "vectors": list(vectors),
    }


def own_vector(**expected: Any) -> dict[str, Any]:
    """A reminder by night in New York, which the US rules delay to eight."""
    vector = random_vector(random.Random(1), "US")
    vector["id"] = "own-1"
    vector["given"].update(
        timezone="America/New_York",
        possible_timezones=["America/New_York"],
        now="2026-06-11T01:00:00Z",
        actor_role="third_party_collector",
        history=[],
        debts=[
            {
                "id": "D1",
                "kind": "consumer_loan",
                "account_group": None,
                "days_past_due": 75,
                "time_barred": False,
            }
        ],
    )
    state = vector["given"]["borrower_state"]
    for name, value in state.items():
        state[name] = [] if isinstance(value, list) else False if value in (True, False) else None
    vector["attempt"].update(
        channel="chat",
        automated=True,
        voice=None,
        initiated_by="lender",
        reply_to=None,
        recipient="borrower",
        purpose="reminder",
        debt_ids=["D1"],
        address_kind="personal",
        is_initial_communication=False,
        content={
            "language": "en",
            "includes": ["identity", "purpose", "opt_out", "us_18e2"],
            "categories": [],
        },
    )
    vector["expected"] = {
        "decision": "delay",
        "until": "2026-06-11T12:00:00Z",
        "reasons": ["US-1006.6-b-1-i"],
        **expected,
    }
    return vector


def public_vectors() -> list[Any]:
    if not PACK.is_file():
        return [pytest.param(None, marks=pytest.mark.skip(reason="the public cases are not here"))]
    return [pytest.param(vector, id=vector.id) for vector in read_vectors(PACK)]


@pytest.mark.parametrize("vector", public_vectors())
def test_a_public_case_agrees(vector: Vector) -> None:
    difference = check(vector, load_profile(vector.profile))

    assert difference is None, difference


@pytest.mark.parametrize(
    ("expected", "why"),
    [
        ({}, None),
        ({"until": "2026-06-11T12:00:01Z"}, "until 2026-06-11T12:00:00Z, expected"),
        ({"reasons": ["US-BK-362"]}, "missing US-BK-362"),
        ({"decision": "allow", "until": None, "reasons": []}, "decision delay, expected allow"),
    ],
)
def test_what_differs_is_said(expected: dict[str, Any], why: str | None) -> None:
    difference = check(parse_vector(own_vector(**expected)), load_profile("us"))

    assert (difference is None) if why is None else (difference and why in difference.why)


def put(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(vector: dict[str, Any]) -> None:
        place: Any = vector
        for step in path[:-1]:
            place = place[step]
        if value is KeyError:
            del place[path[-1]]
        else:
            place[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put("given", value=KeyError), "own-1: given is missing"),
        (put("moon", value=1), "own-1: moon is not a key"),
        (put("given", "phase", value="late"), "own-1: given.phase is 'late'"),
        (put("given", "now", value="2026-06-11"), "own-1: given.now is not an instant"),
        (put("given", "timezone", value="Mars"), "own-1: There is no time zone 'Mars'"),
        (put("attempt", "channel", value="pigeon"), "own-1: attempt.channel is 'pigeon'"),
        (put("attempt", "automated", value="yes"), "own-1: attempt.automated is not true or false"),
        (put("given", "history", value=[{}]), "own-1: given.history[0].id is missing"),
        (
            put("given", "borrower_state", "cease", value={"written": True}),
            "own-1: given.borrower_state.cease.sent_at is missing",
        ),
        (put("expected", "reasons", value="all"), "own-1: expected.reasons is not a list"),
    ],
)
def test_a_wrong_case_is_named(change: Callable[[dict[str, Any]], None], said: str) -> None:
    vector = copy.deepcopy(own_vector())
    change(vector)

    with pytest.raises(VectorError) as caught:
        parse_vectors(file_of(vector))
    assert caught.value.message.startswith(said)


def test_a_wrong_file_is_named() -> None:
    for change, said in (
        ({"schema": "other"}, "schema is not"),
        ({"count": 7}, "count is not"),
        ({"vectors": {}}, "vectors is not a list"),
    ):
        with pytest.raises(VectorError, match=said):
            parse_vectors({**file_of(own_vector()), **change})
    with pytest.raises(VectorError, match="used twice"):
        parse_vectors(file_of(own_vector(), own_vector()))


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["rules", *arguments])
    return result.exit_code, result.output


def test_check_says_what_differs_and_leaves_with_it(tmp_path: Path) -> None:
    good, bad, broken = (tmp_path / name for name in ("good.json", "bad.json", "broken.json"))
    good.write_text(json.dumps(file_of(own_vector())), "utf-8")
    bad.write_text(json.dumps(file_of(own_vector(until="2026-06-11T13:00:00Z"))), "utf-8")
    broken.write_text("{", "utf-8")

    assert run("check", str(good)) == (0, "1 cases, 1 agree, 0 differ.\n")
    status, said = run("check", str(bad))
    assert status == 1
    assert "own-1 (US): until 2026-06-11T12:00:00Z, expected 2026-06-11T13:00:00Z" in said
    assert "got      delay until 2026-06-11T12:00:00Z US-1006.6-b-1-i" in said
    assert run("check", str(broken))[0] == 2
    assert run("check", str(tmp_path / "none.json"))[0] == 2


def test_explain_answers_in_plain_words() -> None:
    zone = ("--profile", "us", "--timezone", "America/New_York")

    status, said = run("explain", *zone, "--channel", "sms", "--at", "2026-06-11T01:00:00Z")
    assert status == 0
    assert "Not now. The earliest is Thursday 11 June 2026, 08:00:00 in America/New_York" in said
    assert "12 CFR 1006.6(b)(1)(i)" in said
    assert (
        "Yes, the contact may be made now." in run("explain", *zone, "--at", "2026-06-10T16:00Z")[1]
    )
    assert (
        "No. This does not pass by waiting"
        in run("explain", *zone, "--ceased", "--at", "2026-06-10T16:00Z")[1]
    )
    assert run("explain", "--profile", "atlantis", "--at", "2026-06-10T16:00Z")[0] == 2
    assert run("explain", "--profile", "us", "--at", "noon")[0] == 2
    assert run("explain", "--profile", "us", "--at", "2026-06-10T16:00")[0] == 2


def test_list_shows_every_rule() -> None:
    status, said = run("list", "us-ca")

    assert status == 0
    assert all(rule.id in said for rule in load_profile("us-ca").rules)
