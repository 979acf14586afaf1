"""Train the early-warning scorecard and say how good and how fair it is. The only user of scikit-learn here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold

from lending.behaviour import FEATURES
from lending.errors import TideoverError
from lending.risk_score import Part, Scorecard

RANGES = 10
"""Most ranges per feature; fewer where values repeat."""

LEAST_SAMPLES, LEAST_MISSED = 200, 30
FOLDS, SEED = 5, 7
WATCH_TIMES, HELP_TIMES = 1.5, 2.5
"""A band begins at this many times the usual share of missed payments."""

_KNOTS = 20

Numbers = NDArray[np.float64]


class TooLittleHistory(TideoverError):
    """The lender's own history is too short to learn from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was known before a due date, and whether that payment was missed.

    `group`: the account, so that one account is never in training and in test.
    """

    features: Mapping[str, float]
    missed: bool
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Measured on accounts that were not trained on, in five folds.

    `calibration`: tenths of the accounts by score, as (mean predicted, observed), lowest first.
    `predicted`: for each sample, in their order.
    """

    auc: float
    auc_low: float
    auc_high: float
    brier: float
    calibration: tuple[tuple[float, float], ...]
    predicted: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFairness:
    """One group of people beside all: it is looked at, never scored on."""

    group: str
    people: int
    missed_share: float
    predicted_share: float
    helped_share: float
    auc: float | None


def train(samples: Sequence[Sample], currency: str) -> tuple[Scorecard, Quality]:
    """A scorecard of all samples, and what it is worth. Raises TooLittleHistory."""
    missed = np.array([sample.missed for sample in samples])
    if len(samples) < LEAST_SAMPLES or not LEAST_MISSED <= missed.sum() < len(samples):
        raise TooLittleHistory(
            f"{len(samples)} cycles with {int(missed.sum())} missed payments are too few.",
            hint=f"It takes {LEAST_SAMPLES} cycles with {LEAST_MISSED} missed payments.",
        )
    values = np.array([[s.features[name] for name in FEATURES] for s in samples])
    groups = np.array([sample.group for sample in samples])
    log_odds = np.zeros(len(samples))
    predicted = np.zeros(len(samples))
    aucs = []
    for fit, test in _folds(missed, groups):
        edges = _edges(values[fit])
        model = _fit(_ranges(values[fit], edges), missed[fit])
        log_odds[test] = model.decision_function(_ranges(values[test], edges))
        inner = model.decision_function(_ranges(values[fit], edges))
        predicted[test] = _isotonic(inner, missed[fit]).predict(log_odds[test])
        aucs.append(float(roc_auc_score(missed[test], log_odds[test])))
    card = _card(values, missed, _isotonic(log_odds, missed), currency)
    return card, Quality(
        auc=float(np.mean(aucs)),
        auc_low=min(aucs),
        auc_high=max(aucs),
        brier=float(brier_score_loss(missed, predicted)),
        calibration=_tenths(predicted, missed),
        predicted=predicted,
    )


def plain_auc(columns: Numbers, missed: NDArray[np.bool_], groups: NDArray[np.str_]) -> float:
    """The peer: a plain logistic regression on raw columns, in the same folds; mean AUC."""
    aucs = []
    for fit, test in _folds(missed, groups):
        mean, spread = columns[fit].mean(axis=0), columns[fit].std(axis=0)
        spread[spread == 0] = 1.0
        model = LogisticRegression(max_iter=1_000).fit((columns[fit] - mean) / spread, missed[fit])
        scores = model.decision_function((columns[test] - mean) / spread)
        aucs.append(float(roc_auc_score(missed[test], scores)))
    return float(np.mean(aucs))


def fairness(
    samples: Sequence[Sample], quality: Quality, card: Scorecard, groups: Sequence[str]
) -> list[GroupFairness]:
    """Each group beside the others: who would be offered help, and whether the score fits them."""
    missed = np.array([sample.missed for sample in samples])
    names = np.array(groups)
    rows = []
    for group in sorted(set(groups)):
        own = names == group
        both = 0 < missed[own].sum() < own.sum()
        rows.append(
            GroupFairness(
                group=group,
                people=int(own.sum()),
                missed_share=float(missed[own].mean()),
                predicted_share=float(quality.predicted[own].mean()),
                helped_share=float((quality.predicted[own] * 10_000 >= card.help_bp).mean()),
                auc=float(roc_auc_score(missed[own], quality.predicted[own])) if both else None,
            )
        )
    return rows


def _folds(
    missed: NDArray[np.bool_], groups: NDArray[np.str_]
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
    return list(splitter.split(np.zeros(len(missed)), missed, groups))


def _edges(values: Numbers) -> list[Numbers]:
    """Where the ranges of each feature begin: quantiles, without repeats or an empty first range."""
    quantiles = np.linspace(0, 1, RANGES + 1)[1:-1]
    found = []
    for column in values.T:
        edges = np.unique(np.quantile(column, quantiles))
        found.append(edges[edges > column.min()])
    return found


def _ranges(values: Numbers, edges: Sequence[Numbers]) -> Numbers:
    """One column of zeros and ones for each range of each feature."""
    blocks = []
    for column, starts in zip(values.T, edges, strict=True):
        at = np.searchsorted(starts, column, side="right")
        blocks.append(np.eye(len(starts) + 1)[at])
    return np.hstack(blocks)


def _fit(ranges: Numbers, missed: NDArray[np.bool_]) -> LogisticRegression:
    return LogisticRegression(C=0.1, max_iter=500).fit(ranges, missed)


def _isotonic(log_odds: Numbers, missed: NDArray[np.bool_]) -> IsotonicRegression:
    return IsotonicRegression(out_of_bounds="clip").fit(log_odds, missed)


def _card(
    values: Numbers, missed: NDArray[np.bool_], calibration: IsotonicRegression, currency: str
) -> Scorecard:
    edges = _edges(values)
    model = _fit(_ranges(values, edges), missed)
    weights, parts, ranges, start = model.coef_[0], [], {}, 0
    for name, column, starts in zip(FEATURES, values.T, edges, strict=True):
        points = weights[start : start + len(starts) + 1]
        start += len(starts) + 1
        at = np.searchsorted(starts, column, side="right")
        shares = np.bincount(at, minlength=len(points)) / len(column)
        ranges[name] = tuple(int(share) for share in np.round(shares * 10_000))
        parts.append(
            Part(
                feature=name,
                edges=tuple(float(edge) for edge in starts),
                points=tuple(round(float(point), 6) for point in points),
                usual=round(float(points[at].mean()), 6),
            )
        )
    usual = float(missed.mean()) * 10_000
    return Scorecard(
        currency=currency,
        trained_on=len(values),
        intercept=round(float(model.intercept_[0]), 6),
        parts=tuple(parts),
        calibration=_knots(calibration, model.decision_function(_ranges(values, edges))),
        watch_bp=min(10_000, round(usual * WATCH_TIMES)),
        help_bp=min(10_000, round(usual * HELP_TIMES)),
        ranges=ranges,
    )


def _knots(calibration: IsotonicRegression, log_odds: Numbers) -> tuple[tuple[float, int], ...]:
    at = np.unique(np.round(np.quantile(log_odds, np.linspace(0, 1, _KNOTS)), 6))
    if len(at) < 2:
        at = np.array([at[0], at[0] + 1.0])
    # Never sure: nobody's next payment is certain to come or to be missed.
    shares = np.clip(calibration.predict(at), 0.0025, 0.9975)
    return tuple((float(x), round(float(y) * 10_000)) for x, y in zip(at, shares, strict=True))


def _tenths(predicted: Numbers, missed: NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
    parts = np.array_split(np.argsort(predicted, kind="stable"), 10)
    return tuple((float(predicted[p].mean()), float(missed[p].mean())) for p in parts)
