"""The whole question of one contact, as one value: judged, stored, and asked again later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from compliance.attempt import Attempt, Decision
from compliance.decide import decide, decide_or_block
from compliance.events import Event
from compliance.facts import Facts
from compliance.history import History
from compliance.profile import Profile

STRICT = "strict"
"""The profile of a borrower whose place is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What `decide` is asked, and by the name of which profile."""

    attempt: Attempt
    facts: Facts
    events: tuple[Event, ...]
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A decision and the version of the profile that made it; "none" if none could be had."""

    decision: Decision
    version: str


def answer(question: Question, profile_named: Callable[[str], Profile]) -> Answer:
    """Judge; whatever is wrong with the profile or the question blocks, with an alert."""
    version = ["none"]

    def ask() -> Decision:
        profile = profile_named(question.profile)
        version[0] = profile.version
        return decide(question.attempt, question.facts, History(question.events), profile)

    decision = decide_or_block(ask)
    return Answer(decision=decision, version=version[0])
