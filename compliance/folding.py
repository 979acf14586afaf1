"""One plain form for a message, so that a phrase is found however it was typed.

Folding undoes what people do to slip past a word list, or what their keyboard does by itself:
full-width and decorated letters, look-alike letters of other alphabets, zero-width characters,
traditional characters, spaces inside a Chinese word. `readings` adds the bolder guesses (letters
spelled apart, digits for letters, pinyin inside a word) as further readings of the same message.
Every character of a reading knows where it stood in the message.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import opencc


@cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


HAN = "㐀-鿿豈-﫿"
# Letters of other alphabets that look like Latin ones (Unicode's confusables, the usual ones).
_LOOK_ALIKES = dict(
    zip("аеорсухіјѕһԁԛԝкмтвнгαεικνορτυχ", "aeopcyxijshdqwkmtbhraeiknoptux", strict=True)
)
_PUNCTUATION = {
    **dict.fromkeys("’‘ʼ`´′", "'"), **dict.fromkeys("–—‐‑−", "-"), **dict.fromkeys("“”„「」『』", '"'),
}  # fmt: skip
_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5")

# Each begins with a fixed character or set: such patterns are searched several times as fast.
_SPACES = re.compile(r" (?<=  ) *")
_SPACES_IN_CHINESE = re.compile(rf" (?<=[{HAN}] ) *(?=[{HAN}])")
_BROKEN_WORD = re.compile(
    rf"[*_~|^·•.\-](?<=[a-z].)[*_~|^·•.\-]*(?=[a-z])"
    rf"|[*_~|^·•.\-+=/\\#&](?:(?<=[{HAN}].)|(?<=[{HAN}] .))[*_~|^·•.\-+=/\\#&]* *(?=[{HAN}])"
)
_SINGLE_LETTERS = re.compile(r" [a-z] [a-z](?![a-z'])")
_LETTERS_APART = re.compile(r"(?<![a-z'])[a-z](?: [a-z](?![a-z'])){2,}")
_MIXED_TOKEN = re.compile(r"[0-9@$!](?:(?<=[a-z].)|(?=[a-z]))")
_DISGUISED = re.compile(r"[a-z0-9@$!]*[a-z][a-z0-9@$!]*")
_DIGIT_LETTERS = str.maketrans("01345789@$!", "oieastbgasi")
_PLAIN_TOKEN = re.compile(r"[a-z]+!*|\d+[a-z]{1,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A folded message; `at[i]` is the place in the message of character i."""

    text: str
    at: Sequence[int]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The part of the message that characters start..end of the reading stand for."""
        if end <= start:
            return (0, 0)
        return self.at[start], self.at[end - 1] + 1


def _folded_character(character: str) -> str:
    if character in "\n\r":
        return "\n"
    if character.isspace():
        return " "
    if character in _INVISIBLE:
        return ""
    folded: list[str] = []
    for part in unicodedata.normalize("NFKD", character):
        if unicodedata.category(part) in ("Mn", "Cf", "Cc"):
            continue
        part = _PUNCTUATION.get(part, part)
        folded.extend(_LOOK_ALIKES.get(lower, lower) for lower in part.casefold())
    return "".join(folded)


class _Folds(dict[int, str]):
    """Character code to folded text, filled as characters are met (Unicode bounds it)."""

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()
        """Characters that fold to nothing or to several."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _folded_character(chr(code))
        if len(folded) != 1:
            self.uneven.add(chr(code))
        return folded


_folds = _Folds()


def fold(text: str) -> Reading:
    """The plain form: lower case, simplified, no tricks. Never fails, for any text."""
    return _simplified(_single_spaced(_fold_characters(text)))


def _single_spaced(reading: Reading) -> Reading:
    if "  " in reading.text:
        reading = _rewrite(reading, _SPACES, lambda _: "")
    if reading.text.isascii():
        return reading
    return _rewrite(reading, _SPACES_IN_CHINESE, lambda _: "")


def _fold_characters(text: str) -> Reading:
    folded = text.translate(_folds)
    places: Sequence[int] = range(len(text))
    if not _folds.uneven.isdisjoint(text):
        lengths = (len(_folds[ord(character)]) for character in text)
        places = [place for place, length in enumerate(lengths) for _ in range(length)]
    return Reading(text=folded, at=places)


def _simplified(reading: Reading) -> Reading:
    """Done last: the converter reads whole words, which spaces and marks would hide."""
    text = reading.text
    if text.isascii():
        return reading
    converted = str(_to_simplified().convert(text))
    if len(converted) != len(text):
        # A phrase changed its length: character by character the places stay right.
        converted = "".join(str(_to_simplified().convert(c))[:1] or c for c in text)
    return Reading(text=converted, at=reading.at)


def _rewrite(
    reading: Reading, pattern: re.Pattern[str], change: Callable[[re.Match[str]], str]
) -> Reading:
    matches = list(pattern.finditer(reading.text))
    if not matches:
        return reading
    text: list[str] = []
    at: list[int] = []
    done = 0
    for match in matches:
        new, old = change(match), reading.at[match.start() : match.end()]
        text += (reading.text[done : match.start()], new)
        at += reading.at[done : match.start()]
        at += [old[min(i, len(old) - 1)] for i in range(len(new) - 1)] + [old[-1]] * bool(new)
        done = match.end()
    text.append(reading.text[done:])
    at += reading.at[done:]
    return Reading(text="".join(text), at=at)


def _undisguised(match: re.Match[str]) -> str:
    token = match.group()
    if _PLAIN_TOKEN.fullmatch(token):
        return token
    return token.rstrip("!").translate(_DIGIT_LETTERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spellings:
    """What stands for a word that people avoid to write: `报jing` for 报警."""

    pattern: re.Pattern[str]
    meant: dict[str, str]


def readings(text: str, spellings: Spellings | None = None) -> tuple[Reading, ...]:
    """The plain form first, then other ways to read the message, where they differ."""
    folded = _fold_characters(text)
    plain = _simplified(_single_spaced(folded))
    # Before spaces are made single: two of them part the words of letters spelled apart.
    joined = _rewrite(folded, _BROKEN_WORD, lambda _: "")
    if _SINGLE_LETTERS.search(joined.text):
        joined = _rewrite(joined, _LETTERS_APART, lambda match: match.group().replace(" ", ""))
    joined = _simplified(_single_spaced(joined))
    spelled = joined
    if _MIXED_TOKEN.search(joined.text):
        spelled = _rewrite(joined, _DISGUISED, _undisguised)
    if spellings is not None and any(written in spelled.text for written in spellings.meant):
        meant = spellings.meant
        spelled = _rewrite(spelled, spellings.pattern, lambda match: meant[match.group()])
    found = [plain]
    for reading in (joined, spelled):
        if all(reading.text != other.text for other in found):
            found.append(reading)
    return tuple(found)
