"""Softmax regression over counts of grams and the vector of the meaning; no pickle, no framework."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from nlu.components.descent import minimise

Matrix = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How it is trained."""

    penalty: float = 0.04
    """Of the squared weights, against the sum of the losses: larger means smoother."""
    vector_scale: float = 0.8
    """How loud the vector is beside the counts."""
    steps: int = 80


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
    counts, loud = counts.astype(np.float32), vectors * np.float32(fit.vector_scale)
    turned = counts.T.tocsr()
    n_grams, n_vector = counts.shape[1], loud.shape[1]
    shape = (n_grams + n_vector + 1, len(classes))

    def loss(flat: Matrix) -> tuple[float, Matrix]:
        w = flat.reshape(shape)
        scores = counts @ w[:n_grams] + loud @ w[n_grams:-1] + w[-1]
        scores -= scores.max(axis=1, keepdims=True)
        raised = np.exp(scores)
        total = raised.sum(axis=1, keepdims=True)
        value = float(((np.log(total[:, 0]) - (truth * scores).sum(axis=1)) * weights).sum())
        error = (raised / total - truth) * weights[:, None]
        slope = np.concatenate([turned @ error, loud.T @ error, error.sum(axis=0)[None]])
        slope[:-1] += np.float32(fit.penalty) * w[:-1]
        value += 0.5 * fit.penalty * float(np.vdot(w[:-1], w[:-1]))
        return value, slope.ravel()

    start = np.zeros(shape[0] * shape[1], dtype=np.float32)
    w = minimise(loss, start, steps=fit.steps, tolerance=1e-5).reshape(shape)
    return Linear(
        classes=classes,
        grams=w[:n_grams],
        vector=w[n_grams:-1] * np.float32(fit.vector_scale),
        bias=w[-1],
    )
