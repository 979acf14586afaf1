"""How a borrower seems to feel, from the words: a hint for the person who takes over, no measurement."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum


class Mood(StrEnum):
    CALM = "calm"
    WORRIED = "worried"
    UPSET = "upset"
    DISTRESSED = "distressed"


_DISTRESSED = re.compile(
    r"suicid|kill (?:my|me)|\bdie\b|end it all|no point|hopeless|can'?t go on|hurt myself"
    r"|自杀|自殺|轻生|輕生|不想活|想死|活不下去|撑不下去|撐不下去|绝望|絕望",
    re.I,
)
_UPSET = re.compile(
    r"angry|furious|ridiculous|disgust|fed up|sick of|harass|scam|fraud|liar|lying|useless|terrible"
    r"|unacceptable|lawyer|complain|how dare|leave me alone|stop (?:calling|texting|messaging)"
    r"|\bwtf\b|\bhell\b|\bdamn|fuck|shit"
    r"|烦死|煩死|气死|氣死|投诉|投訴|骗子|騙子|骚扰|騷擾|垃圾|太过分|太過分|凭什么|憑什麼|滚|滾|律师|律師",
    re.I,
)
_WORRIED = re.compile(
    r"worr|scared|afraid|anxious|stress|lost my job|laid off|can'?t (?:pay|afford)|struggl|sorry"
    r"|担心|擔心|害怕|焦虑|焦慮|压力|壓力|失业|失業|没钱|沒錢|还不起|還不起|困难|困難",
    re.I,
)
_SHOUTING = re.compile(r"[!！]{2,}|[?？]{3,}")


def mood_of(texts: Sequence[str]) -> Mood:
    """The strongest sign in these messages of one borrower."""
    together = "\n".join(texts)
    if _DISTRESSED.search(together):
        return Mood.DISTRESSED
    if _UPSET.search(together) or _SHOUTING.search(together) or _in_capitals(texts):
        return Mood.UPSET
    return Mood.WORRIED if _WORRIED.search(together) else Mood.CALM


def _in_capitals(texts: Sequence[str]) -> bool:
    """Whether a message of some length is written in capitals only."""
    letters = ("".join(c for c in text if c.isascii() and c.isalpha()) for text in texts)
    return any(len(word) >= 12 and word.isupper() for word in letters)
