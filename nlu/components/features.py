"""A message as numbers: which words and pieces of words it has, each weighed by how rare it is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from math import log
from typing import Any

import numpy as np
from scipy import sparse

from nlu.components.words import WORD, grams, split_words

LEAST_EXAMPLES = 2
"""A gram that stands in fewer examples says nothing of other messages."""
_PIECE = 3
"""Characters of the pieces by which a misspelt word is still known."""
_COMMON = 4_000
"""One in so many examples must have such a piece: of many examples, few pieces stand in none of them."""
_ENOUGH = 8
"""Letters from which on it can be said that none is known; a Chinese character counts two."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """How often each gram stands in each of many texts: counted once, as cutting them takes longest."""

    names: Sequence[str]
    """The gram of each column."""
    times: sparse.csr_matrix
    """A row for each text."""

    @classmethod
    def of(cls, texts: Sequence[str]) -> Counted:
        """Of normalised texts."""
        place: defaultdict[str, int] = defaultdict(count().__next__)
        rows = [np.asarray([place[gram] for gram in grams(text)], dtype=np.int32) for text in texts]
        ends = np.cumsum([0, *(len(row) for row in rows)])
        columns = np.concatenate([*rows, np.zeros(0, dtype=np.int32)])
        times = sparse.csr_matrix(
            (np.ones(len(columns), dtype=np.float32), columns, ends), shape=(len(texts), len(place))
        )
        times.sum_duplicates()
        return cls(names=list(place), times=times)

    def some(self, rows: Any) -> Counted:
        """Only these texts, by their places."""
        return Counted(names=self.names, times=self.times[rows])


@dataclass(frozen=True, kw_only=True)
class Grams:
    """The known grams, their columns and weights (inverse document frequency)."""

    column: dict[str, int]
    weight: np.ndarray[Any, np.dtype[np.float32]]

    @classmethod
    def learnt_from(cls, counted: Counted) -> Grams:
        """The grams that stand in enough of the texts."""
        seen = np.bincount(counted.times.indices, minlength=len(counted.names))
        kept = sorted((counted.names[at], int(at)) for at in np.where(seen >= LEAST_EXAMPLES)[0])
        total = counted.times.shape[0]
        weight = [log((1 + total) / (1 + seen[at])) + 1 for _, at in kept]
        return cls(
            column={gram: at for at, (gram, _) in enumerate(kept)},
            weight=np.asarray(weight, dtype=np.float32),
        )

    def weighed(self, counted: Counted) -> sparse.csr_matrix:
        """A row for each text, the same as `row` gives."""
        places = np.asarray([self.column.get(name, -1) for name in counted.names], dtype=np.int32)
        entries = counted.times.tocoo()
        columns = places[entries.col]
        known = columns >= 0
        rows, columns = entries.row[known], columns[known]
        values = (1 + np.log(entries.data[known])) * self.weight[columns]
        part = 2 * rows + self._is_word[columns]
        length = np.sqrt(np.bincount(part, weights=values**2))
        return sparse.csr_matrix(
            ((values / length[part]).astype(np.float32), (rows, columns)),
            shape=(counted.times.shape[0], len(self.weight)),
        )

    @cached_property
    def _is_word(self) -> Any:
        return np.asarray([gram[0] == WORD for gram in self.column], dtype=np.int32)

    def row(self, text: str) -> tuple[Any, Any]:
        """Columns and values of one normalised text; words and pieces each have length 1."""
        counts: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
        for gram in grams(text):
            at = self.column.get(gram)
            if at is not None:
                counts[gram[0] == WORD][at] += 1
        columns: list[int] = []
        values: list[Any] = []
        for part in counts:
            if not part:
                continue
            places = np.fromiter(part, dtype=np.int32, count=len(part))
            count = np.fromiter(part.values(), dtype=np.float32, count=len(part))
            value = (1 + np.log(count)) * self.weight[places]
            columns.extend(part)
            values.append(value / np.linalg.norm(value))
        joined = np.concatenate(values) if values else np.zeros(0, dtype=np.float32)
        return np.asarray(columns, dtype=np.int32), joined.astype(np.float32)

    def known_share(self, text: str) -> float:
        """How much of the letters of a normalised text stood in the examples, from 0 to 1.

        Words count whole, misspelt ones by their pieces; digits and marks do not count. 1 for a
        few letters or none. "qwrtp lkjhg" is near 0 and "balanse pls" above a half.
        """
        letters = known = weight = 0.0
        for word in split_words(text):
            if not word[0].isalpha():
                continue
            letters += len(word)
            weight += len(word) if word.isascii() else 2 * len(word)
            if WORD + word in self.column:
                known += len(word)
            elif word.isascii():
                padded = f" {word} "
                pieces = [padded[at : at + _PIECE] for at in range(len(padded) - _PIECE + 1)]
                share = sum(map(self._is_common, pieces)) / max(len(pieces), 1)
                known += len(word) * share
            else:
                known += sum(character in self.column for character in word)
        return known / letters if weight >= _ENOUGH else 1.0

    def _is_common(self, gram: str) -> bool:
        at = self.column.get(gram)
        return at is not None and bool(self.weight[at] <= 1 + log(_COMMON))

    def matrix(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """One row per normalised text."""
        rows = [self.row(text) for text in texts]
        ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
        return sparse.csr_matrix(
            (
                np.concatenate([values for _, values in rows]),
                np.concatenate([columns for columns, _ in rows]),
                ends,
            ),
            shape=(len(texts), len(self.weight)),
        )
