"""Softmax regression over counts of grams and the vector of the meaning; no pickle, no framework."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Any

import numpy as np
from scipy import sparse

from nlu.components.descent import minimise

Matrix = np.ndarray[Any, np.dtype[np.float32]]

_BEND = 0.01
"""p(1 - p) of a usual example and class; of 0.01, 0.05 and 0.2 the first was quickest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How it is trained."""

    penalty: float = 0.04
    """Of the squared weights, against the sum of the losses: larger means smoother."""
    vector_scale: float = 0.8
    """How loud the vector is beside the counts."""
    steps: int = 60
    lean: float = 2.0
    """Odds that what must not be missed gets beside the rest: docs/decisions/0034."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """Trained weights: one column per class."""

    classes: tuple[str, ...]
    grams: Matrix
    vector: Matrix
    bias: Matrix

    def scores(self, columns: Any, values: Matrix, vector: Matrix) -> Matrix:
        """Of one message, before temperature and softmax."""
        scores = values @ self.grams[columns] + vector @ self.vector + self.bias
        return np.asarray(scores, dtype=np.float32)

    def leaning(self, names: Collection[str], odds: float) -> Linear:
        """The same, with the odds of these classes against all others multiplied."""
        more = [log(odds) if name in names else 0.0 for name in self.classes]
        return replace(self, bias=self.bias + np.asarray(more, dtype=np.float32))

    def all_scores(self, counts: sparse.csr_matrix, vectors: Matrix) -> Matrix:
        """Of many messages, a row each."""
        return np.asarray(counts @ self.grams + vectors @ self.vector + self.bias)


def softmax(scores: Matrix) -> Matrix:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def train(
    counts: sparse.csr_matrix,
    vectors: Matrix,
    labels: Sequence[str],
    fit: Fit,
    weights: Matrix,
) -> Linear:
    """Fit by L-BFGS. `weights` says how much each example counts (1 is normal)."""
    classes = tuple(sorted(set(labels)))
    at = {name: index for index, name in enumerate(classes)}
    truth = np.zeros((len(labels), len(classes)), dtype=np.float32)
    truth[np.arange(len(labels)), [at[label] for label in labels]] = 1
    n_grams, n_vector = counts.shape[1], vectors.shape[1]
    shape = (n_grams + n_vector + 1, len(classes))
    vectors = vectors * np.float32(fit.vector_scale)
    ease = _ease(counts, vectors, fit.penalty)
    counts = (counts @ sparse.diags(ease[:n_grams])).astype(np.float32).tocsr()
    loud = vectors * ease[n_grams:-1]
    turned = counts.T.tocsr()
    penalty = (np.float32(fit.penalty) * ease**2)[:, None]
    penalty[-1] = 0  # the bias is free

    def loss(flat: Matrix) -> tuple[float, Matrix]:
        w = flat.reshape(shape)
        scores = counts @ w[:n_grams] + loud @ w[n_grams:-1] + ease[-1] * w[-1]
        scores -= scores.max(axis=1, keepdims=True)
        raised = np.exp(scores)
        total = raised.sum(axis=1, keepdims=True)
        value = float(((np.log(total[:, 0]) - (truth * scores).sum(axis=1)) * weights).sum())
        error = (raised / total - truth) * weights[:, None]
        smooth = penalty * w
        slope = np.concatenate([turned @ error, loud.T @ error, ease[-1] * error.sum(axis=0)[None]])
        slope += smooth
        value += 0.5 * float(np.vdot(smooth, w))
        return value, slope.ravel()

    start = np.zeros(shape[0] * shape[1], dtype=np.float32)
    w = minimise(loss, start, steps=fit.steps, tolerance=1e-5).reshape(shape) * ease[:, None]
    return Linear(
        classes=classes,
        grams=w[:n_grams],
        vector=w[n_grams:-1] * np.float32(fit.vector_scale),
        bias=w[-1],
    )


def _ease(counts: sparse.csr_matrix, vectors: Matrix, penalty: float) -> Matrix:
    """What each weight is measured in while it is sought, so that no direction is much steeper.

    The loss bends by about p(1 - p) x^2 for each example and by the penalty. With the weights
    measured in the root of one over that, a quarter of the steps gets as low: it is Jacobi's
    preconditioning (Nocedal and Wright, Numerical Optimization, 5.1).
    """
    squares = np.concatenate(
        [
            np.asarray(counts.multiply(counts).sum(axis=0)).ravel(),
            (vectors**2).sum(axis=0),
            [counts.shape[0]],
        ]
    )
    return np.asarray(1 / np.sqrt(penalty + _BEND * squares), dtype=np.float32)
