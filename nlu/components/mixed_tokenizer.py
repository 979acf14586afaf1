"""Tokens for English, Chinese in both scripts, and both in one message."""

from __future__ import annotations

import logging
import re
import unicodedata
from typing import Any

import jieba
import opencc
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

jieba.setLogLevel(logging.WARNING)

_WORD = re.compile(r"[㐀-鿿豈-﫿]+|[a-z]+(?:'[a-z]+)?|\d+(?:[.,:/-]\d+)*|[^\s\w]")
_to_simplified = opencc.OpenCC("t2s")


def normalise(text: str) -> str:
    """Full-width to plain, lower case, traditional to simplified: one form for the features."""
    return str(_to_simplified.convert(unicodedata.normalize("NFKC", text).lower()))


def split_words(text: str) -> list[str]:
    """Words of a normalised text: Latin words, numbers, marks, and Chinese cut into words."""
    words: list[str] = []
    for piece in _WORD.findall(text):
        if "㐀" <= piece[0] <= "﫿":
            words.extend(jieba.lcut(piece, HMM=False))
        else:
            words.append(piece)
    return words


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class MixedTokenizer(Tokenizer):
    """Tokens whose text is normalised; offsets point into the normalised message."""

    @staticmethod
    def supported_languages() -> list[str] | None:
        return None

    @staticmethod
    def required_packages() -> list[str]:
        return ["jieba", "opencc"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        text = normalise(message.get(attribute) or "")
        tokens: list[Token] = []
        at = 0
        for word in split_words(text):
            start = text.index(word, at)
            at = start + len(word)
            tokens.append(Token(word, start, at))
        return tokens or [Token("_", 0, 0)]
