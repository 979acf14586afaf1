"""One form for all writing, and its words: English, Chinese in both scripts, both in one message."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

import jieba
import opencc

from nlu.components.regional import usual_words

jieba.setLogLevel(logging.WARNING)

_WORD = re.compile(r"[㐀-鿿豈-﫿]+|[a-z]+(?:'[a-z]+)?|\d+(?:[.,:/-]\d+)*|[^\s\w]")
_CLAUSE = re.compile(r"[。！？!?；;\n]+|[，,](?=\s*[㐀-鿿])|[.,]\s+|\s+(?:and|but|also)\s+")
_to_simplified = opencc.OpenCC("t2s")

WORD = "\x02"
"""Begins the name of a gram that is a word or two; no text has it."""
LONGEST_GRAM = 5
"""Characters of the longest piece of a word that counts as a feature."""


def normalise(text: str) -> str:
    """Full-width to plain, lower case, simplified characters, usual words: what features see."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    return usual_words(str(_to_simplified.convert(plain)))


def split_words(text: str) -> list[str]:
    """Words of a normalised text: Latin words, numbers, marks, and Chinese cut into words."""
    words: list[str] = []
    for piece in _WORD.findall(text):
        if "㐀" <= piece[0] <= "﫿":
            words.extend(jieba.lcut(piece, HMM=False))
        else:
            words.append(piece)
    return words


def split_clauses(text: str) -> list[str]:
    """The parts of a message that may each want something of their own, in order, as written."""
    return [part.strip() for part in _CLAUSE.split(text) if part and part.strip()]


def grams(text: str) -> Iterator[str]:
    """What is counted of a normalised text: words, pairs of words, and pieces of words.

    Pieces forgive spelling mistakes, and find Chinese words however they were cut.
    """
    words = split_words(text)
    yield from (WORD + word for word in words)
    yield from (f"{WORD}{first} {second}" for first, second in pairwise(words))
    for chunk in text.split():
        padded = f" {chunk} "
        for size in range(1, LONGEST_GRAM + 1):
            for start in range(len(padded) - size + 1):
                yield padded[start : start + size]
