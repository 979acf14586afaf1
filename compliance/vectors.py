"""Test cases of contact rules from a file, strictly read (`repay-compliance-vectors/1.0`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.attempt import Attempt, Decision
from compliance.decide import decide
from compliance.errors import VectorError
from compliance.facts import Facts
from compliance.history import History
from compliance.profile import Profile
from compliance.terms import Effect
from compliance.vector_fields import Fields, reading
from compliance.vector_parts import attempt_of, events_of, facts_of

SCHEMA = "repay-compliance-vectors/1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One case: a question, and the answer that is expected of a profile."""

    id: str
    profile: str
    attempt: Attempt
    facts: Facts
    history: History
    expected: Decision
    rule_ids: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A case that was decided otherwise; `why` says in what."""

    vector: Vector
    got: Decision
    why: str


def read_vectors(path: Path) -> list[Vector]:
    """Every case of the file; raises VectorError naming the case and the key."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise VectorError(f"{path.name} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise VectorError(f"{path.name} is not JSON: {error}.") from None
    return parse_vectors(data)


def parse_vectors(data: Any) -> list[Vector]:
    """Raises VectorError."""
    file = Fields(data, "the file", "")
    file.only("schema", "set", "profiles_as_of", "count", "vectors")
    if file.text("schema") != SCHEMA:
        raise file.wrong("schema", f"is not {SCHEMA}")
    items = file.items("vectors")
    if file.whole("count") != len(items):
        raise file.wrong("count", f"is not the number of cases, {len(items)}")
    vectors = [parse_vector(item, f"vector {number}") for number, item in enumerate(items, 1)]
    seen: set[str] = set()
    for vector in vectors:
        if vector.id in seen:
            raise VectorError(f"{vector.id}: id is used twice.")
        seen.add(vector.id)
    return vectors


def parse_vector(data: Any, place: str = "vector") -> Vector:
    """One case; raises VectorError."""
    name = data.get("id") if isinstance(data, Mapping) else None
    fields = Fields(data, name if isinstance(name, str) else place, "")
    fields.only("id", "profile", "rule_ids", "given", "attempt", "expected", "source", "note")
    given, attempt = fields.part("given"), fields.part("attempt")
    with reading(fields.where):
        return Vector(
            id=fields.text("id"),
            profile=fields.text("profile"),
            attempt=attempt_of(attempt, given.instant("now")),
            facts=facts_of(given),
            history=History(events_of(given)),
            expected=_expected(fields.part("expected")),
            rule_ids=tuple(fields.texts("rule_ids")),
            note=fields.text("note"),
        )


def _expected(fields: Fields) -> Decision:
    fields.only("decision", "until", "reasons")
    until: datetime | None = fields.maybe_instant("until")
    return Decision(
        effect=fields.one_of("decision", Effect), rules=tuple(fields.texts("reasons")), until=until
    )


def check(vector: Vector, profile: Profile) -> Difference | None:
    """What differs when the profile decides the case, or None.

    Outcome and instant must be equal, every expected rule must be named, and each rule named must
    be one of the profile's.
    """
    got = decide(vector.attempt, vector.facts, vector.history, profile)
    expected = vector.expected
    why: list[str] = []
    if got.effect is not expected.effect:
        why.append(f"decision {got.effect}, expected {expected.effect}")
    if got.until != expected.until:
        why.append(f"until {_text(got.until)}, expected {_text(expected.until)}")
    missing = [rule for rule in expected.rules if rule not in got.rules]
    if missing:
        why.append(f"missing {', '.join(missing)}")
    strange = [rule for rule in got.rules if profile.rule(rule) is None]
    if strange:
        why.append(f"not in the profile: {', '.join(strange)}")
    if not why:
        return None
    return Difference(vector=vector, got=got, why="; ".join(why))


def _text(instant: datetime | None) -> str:
    return "none" if instant is None else instant.strftime("%Y-%m-%dT%H:%M:%SZ")
