"""The comparison of a judge with the literal restatement, and the smallest case of a difference.

    differences = compare(judge, (random_vector(rng) for _ in range(10_000)))
    print(summary(differences))

A judge takes a vector and gives `decision`, `until` and `reasons` as `expected` has them.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.compliance.literal import literal_decide

Record = dict[str, Any]
Judge = Callable[[Record], Record]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One vector on which two judges part. `what` names the answers that differ."""

    what: tuple[str, ...]
    literal: Record
    judged: Record
    vector: Record

    @property
    def rules(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Rule ids that only the literal reports, and those that only the other one does."""
        ours, theirs = set(self.literal["reasons"]), set(self.judged["reasons"])
        return tuple(sorted(ours - theirs)), tuple(sorted(theirs - ours))


def difference(judge: Judge, vector: Record) -> Difference | None:
    """Decision, `until` and the set of reasons must be the same."""
    literal, judged = literal_decide(vector), judge(copy.deepcopy(vector))
    what = [name for name in ("decision", "until") if literal[name] != judged[name]]
    if set(literal["reasons"]) != set(judged["reasons"]):
        what.append("reasons")
    if not what:
        return None
    return Difference(what=tuple(what), literal=literal, judged=judged, vector=vector)


def compare(judge: Judge, vectors: Iterable[Record]) -> list[Difference]:
    found = (difference(judge, vector) for vector in vectors)
    return [one for one in found if one is not None]


def summary(differences: Iterable[Difference]) -> str:
    """How often each kind of difference occurred, with the id of one vector."""
    counts: Counter[tuple[Any, ...]] = Counter()
    first: dict[tuple[Any, ...], str] = {}
    for one in differences:
        kind = (one.what, *one.rules)
        counts[kind] += 1
        first.setdefault(kind, f"{one.vector['profile']} {one.vector['id']}")
    return "\n".join(
        f"{count} x {', '.join(what)}: only literal {list(ours)}, only judged {list(theirs)}"
        f" (such as {first[what, ours, theirs]})"
        for (what, ours, theirs), count in counts.most_common()
    )


# --- the smallest case ---------------------------------------------------------------------------


def without_event(vector: Record, event_id: str) -> Record:
    smaller = copy.deepcopy(vector)
    history = smaller["given"]["history"]
    smaller["given"]["history"] = [event for event in history if event["id"] != event_id]
    for event in smaller["given"]["history"]:
        if event["reply_to"] == event_id:
            event["reply_to"] = None
    return smaller


def without_state(vector: Record, name: str) -> Record:
    smaller = copy.deepcopy(vector)
    value = smaller["given"]["borrower_state"][name]
    empty: Any = [] if isinstance(value, list) else False if isinstance(value, bool) else None
    smaller["given"]["borrower_state"][name] = empty
    return smaller


def simpler(vector: Record) -> Iterator[Record]:
    """The same vector with one thing less, still valid."""
    for event in vector["given"]["history"]:
        if event["id"] != vector["attempt"]["reply_to"]:
            yield without_event(vector, event["id"])
    for name, value in vector["given"]["borrower_state"].items():
        if value:
            yield without_state(vector, name)
    if len(vector["given"]["possible_timezones"]) > 1:
        smaller = copy.deepcopy(vector)
        smaller["given"]["possible_timezones"] = [vector["given"]["timezone"]]
        yield smaller
    if vector["attempt"]["content"]["categories"]:
        smaller = copy.deepcopy(vector)
        smaller["attempt"]["content"]["categories"] = []
        yield smaller


def smallest(judge: Judge, found: Difference) -> Difference:
    """The same kind of difference with as little around it as can be."""
    kind = (found.what, found.rules)
    for vector in simpler(found.vector):
        smaller = difference(judge, vector)
        if smaller is not None and (smaller.what, smaller.rules) == kind:
            return smallest(judge, smaller)
    return found
