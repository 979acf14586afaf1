"""How likely the next payment is to be missed, and why: an additive scorecard over behaviour.

score = intercept + points of the range that each feature falls in (log-odds), turned into a
probability by the calibration. It is used for one thing: to offer help earlier and more gently.
Training is `console/risk_training.py`; docs/early-warning.md tells how it was measured.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import log
from typing import Any

from lending.behaviour import FEATURES, History, features_of
from lending.errors import CurrencyMismatch, LendingError

REASONS = 3
"""How many reasons a score gives at most."""

_FORMAT = "tideover-scorecard/1"


class BadScorecard(LendingError):
    """A scorecard file that is broken, of another format, or names features that do not exist."""


class Band(StrEnum):
    """What to do with a score: nothing, or to offer help early."""

    STEADY = "steady"
    WATCH = "watch"
    OFFER_HELP = "offer_help"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One feature: a value at or above `edges[i]` and below `edges[i + 1]` has `points[i + 1]`.

    `usual` is the mean of the points over the accounts it was trained on.
    """

    feature: str
    edges: tuple[float, ...]
    points: tuple[float, ...]
    usual: float

    def of(self, value: float) -> float:
        return self.points[bisect_right(self.edges, value)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """A trained model. `calibration`: log-odds and probability in basis points, both rising.

    `watch_bp` and `help_bp` are where the bands begin. `trained_on` is how many cycles it saw.
    `ranges`: for each feature the share of them (basis points) in each range, to see drift.
    """

    currency: str
    trained_on: int
    intercept: float
    parts: tuple[Part, ...]
    calibration: tuple[tuple[float, int], ...]
    watch_bp: int
    help_bp: int
    ranges: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A feature that raises this score above the usual one, by `points` of log-odds."""

    feature: str
    points: float

    @property
    def meaning(self) -> str:
        return FEATURES[self.feature]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`probability_bp`: of missing the next payment, in basis points. Strongest reason first."""

    probability_bp: int
    band: Band
    reasons: tuple[Reason, ...]


def score_of(card: Scorecard, history: History, currency: str) -> Score:
    """Raises CurrencyMismatch when the account is in another currency than the model."""
    if currency != card.currency:
        raise CurrencyMismatch(
            f"The model was trained on {card.currency}, the account is in {currency}.",
            hint="Train a model for each currency.",
        )
    return score_features(card, features_of(history))


def score_features(card: Scorecard, features: Mapping[str, float]) -> Score:
    given = [(part, part.of(features[part.feature])) for part in card.parts]
    probability = _calibrated(card.calibration, card.intercept + sum(points for _, points in given))
    above = [
        Reason(feature=part.feature, points=points - part.usual)
        for part, points in given
        if points - part.usual > 0.01
    ]
    above.sort(key=lambda reason: -reason.points)
    return Score(
        probability_bp=probability, band=_band(card, probability), reasons=tuple(above[:REASONS])
    )


def drift_of(card: Scorecard, histories: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The population stability index of each feature: sum of (now - then) * ln(now / then).

    Below 0.1 is stable, above 0.25 asks for new training. Raises LendingError without histories.
    """
    if not histories:
        raise LendingError("There is nothing to compare.", hint="Score some accounts first.")
    drift = {}
    for part in card.parts:
        counts = [0] * len(part.points)
        for features in histories:
            counts[bisect_right(part.edges, features[part.feature])] += 1
        then = [max(share / 10_000, 1e-4) for share in card.ranges[part.feature]]
        now = [max(count / len(histories), 1e-4) for count in counts]
        drift[part.feature] = sum((n - t) * log(n / t) for n, t in zip(now, then, strict=True))
    return drift


def to_json(card: Scorecard) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "currency": card.currency,
        "trained_on": card.trained_on,
        "intercept": card.intercept,
        "parts": [
            {"feature": p.feature, "edges": p.edges, "points": p.points, "usual": p.usual}
            for p in card.parts
        ],
        "calibration": card.calibration,
        "watch_bp": card.watch_bp,
        "help_bp": card.help_bp,
        "ranges": dict(card.ranges),
    }


def from_json(data: Any) -> Scorecard:
    """Raises BadScorecard."""
    try:
        if data["format"] != _FORMAT:
            raise BadScorecard("A scorecard of another format.", hint="Train it again.")
        card = Scorecard(
            currency=str(data["currency"]),
            trained_on=int(data["trained_on"]),
            intercept=float(data["intercept"]),
            parts=tuple(_part(part) for part in data["parts"]),
            calibration=tuple((float(x), int(y)) for x, y in data["calibration"]),
            watch_bp=int(data["watch_bp"]),
            help_bp=int(data["help_bp"]),
            ranges={name: tuple(map(int, shares)) for name, shares in data["ranges"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadScorecard(
            f"A scorecard that cannot be read ({type(error).__name__}).", hint="Train it again."
        ) from None
    _check(card)
    return card


def _part(data: Any) -> Part:
    return Part(
        feature=str(data["feature"]),
        edges=tuple(map(float, data["edges"])),
        points=tuple(map(float, data["points"])),
        usual=float(data["usual"]),
    )


def _check(card: Scorecard) -> None:
    for part in card.parts:
        known = part.feature in FEATURES and part.feature in card.ranges
        if not known or len(part.points) != len(part.edges) + 1 or not _rises(part.edges):
            raise BadScorecard(
                f"The part {part.feature!r} of the scorecard is broken.", hint="Train it again."
            )
        if len(card.ranges[part.feature]) != len(part.points):
            raise BadScorecard("Ranges do not fit their points.", hint="Train it again.")
    if len(card.calibration) < 2 or not _rises([x for x, _ in card.calibration]):
        raise BadScorecard("The calibration is broken.", hint="Train it again.")
    if not 0 < card.watch_bp <= card.help_bp <= 10_000:
        raise BadScorecard("The bands are broken.", hint="Train it again.")


def _rises(values: Sequence[float]) -> bool:
    return all(a < b for a, b in pairwise(values))


def _calibrated(knots: Sequence[tuple[float, int]], log_odds: float) -> int:
    """Straight lines between the knots, level outside them."""
    at = bisect_right([x for x, _ in knots], log_odds)
    if at == 0:
        return knots[0][1]
    if at == len(knots):
        return knots[-1][1]
    (x0, y0), (x1, y1) = knots[at - 1], knots[at]
    return round(y0 + (y1 - y0) * (log_odds - x0) / (x1 - x0))


def _band(card: Scorecard, probability_bp: int) -> Band:
    if probability_bp >= card.help_bp:
        return Band.OFFER_HELP
    return Band.WATCH if probability_bp >= card.watch_bp else Band.STEADY
