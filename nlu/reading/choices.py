"""Which of several offers a message speaks of: by its place, its letter, or what is best about it. Pure."""

from __future__ import annotations

import re

from nlu.reading.found import Found, Kind
from nlu.reading.plain import Text

_PLACES = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "a": 1, "b": 2, "c": 3,
    "one": 1, "two": 2, "three": 3, "1": 1, "2": 2, "3": 3, "一": 1, "二": 2, "三": 3,
    "甲": 1, "乙": 2, "丙": 3,
}  # fmt: skip
_BESTS = {
    "cheapest": "cheapest", "smallest": "smallest", "lowest": "smallest", "shortest": "shortest",
    "quickest": "shortest", "fastest": "shortest", "longest": "longest", "last": "last",
    "final": "last", "middle": "middle",
}  # fmt: skip
_WHICH = rf"({'|'.join([*_BESTS, 'first', 'second', 'third', '1st', '2nd', '3rd'])})"
_NOUN = r"(?:one|option|plan|offer|choice)\b"
_TAKE = r"\b(?:choose|pick|select|go (?:with|for)|i(?:'ll| will) take|i(?:'d| would) (?:take|like|prefer)|prefer|want)"
_END = r"(?=\s*(?:$|[\x00,.!?;:)]|please\b|pls\b|thanks?\b|thx\b|is\b|looks\b|sounds\b|works\b|ok\b|start|from\b|for me\b|then\b|or\b|and\b|it is\b))"

_NAMED = (
    re.compile(rf"\b(?:the )?{_WHICH} (?:cheapest )?{_NOUN}", re.A),
    re.compile(
        rf"\b(?:option|plan|choice|offer|number) ?(?:#|no\.?)? ?([bc1-3]|one|two|three|a){_END}",
        re.A,
    ),
    re.compile(rf"{_TAKE} (?:the )?{_WHICH}{_END}", re.A),
    re.compile(rf"{_TAKE} (?:the )?([abc]){_END}", re.A),
    re.compile(rf"^\W*(?:the )?{_WHICH}(?= or (?:the )?(?:first|second|third|last)\b)", re.A),
    re.compile(rf"(?<=\x00 or )(?:the )?{_WHICH}(?=\W*$)", re.A),
    re.compile(rf"^\W*(?:the )?(?!\d){_WHICH}(?: (?:please|pls|thanks))?\W*$", re.A),
    re.compile(r"第 ?([一二三123]) ?(?:个|种|项|款)(?:方案)?(?![月人孩星问小户账号电地手])", re.A),
    re.compile(r"方案 ?([一二三甲乙丙abc123])(?![a-z\d])", re.A),
    re.compile(r"(?:选|要|就|用|选择) ?(?:方案|计划)? ?([abc])(?![a-z\d])", re.A),
)
_DESCRIBED = (
    (re.compile(r"\b(?:the )?(?:one|option|plan) (?:that|which) costs? (?:the )?least\b|\bleast expensive (?:one|option|plan)\b", re.A), "cheapest"),
    (re.compile(r"\b(?:the )?(?:smallest|lowest) (?:monthly(?: payments?)?|payments?)\b", re.A), "smallest"),
    (re.compile(r"最(?:便宜|省钱|划算)(?:的(?:那个|方案)?|那个|方案)?|(?:总共|一共|总额|利息)(?:还得?|要还)?最[少低]的?", re.A), "cheapest"),
    (re.compile(r"(?:每个?月|月供|每期)(?:还得?|要还|付)?最[少低](?:的(?:那个)?|那个)?", re.A), "smallest"),
    (re.compile(r"(?:时间)?最短的(?:那个)?|最短那个", re.A), "shortest"),
    (re.compile(r"(?:时间)?最长的(?:那个)?|最长那个", re.A), "longest"),
    (re.compile(r"最后(?:一个|那个)(?:方案)?(?!月|人|星期|问题)", re.A), "last"),
    (re.compile(r"中间(?:那个|的|一个)", re.A), "middle"),
    (re.compile(r"前(?:面那[个种]|一个(?=[\s.,!?。]*$|方案|吧))", re.A), 1),
    (re.compile(r"后(?:面那[个种]|一个(?=[\s.,!?。]*$|方案|吧))", re.A), 2),
)  # fmt: skip


def find_choices(text: Text) -> list[Found]:
    """Places from 1, or the quality that is named."""
    found = []
    for pattern, value in _DESCRIBED:
        for match in text.take(pattern):
            if text.is_free(*match.span()):
                found.append(_found(match, value))
                text.blank(*match.span())
    for pattern in _NAMED:
        for match in text.take(pattern):
            if not text.is_free(*match.span()):
                continue
            word = match[1]
            found.append(_found(match, _PLACES.get(word) or _BESTS[word]))
            text.blank(*match.span())
    return sorted(found, key=lambda one: one.start)


def _found(match: re.Match[str], value: int | str) -> Found:
    return Found(kind=Kind.CHOICE, start=match.start(), end=match.end(), readings=(value,))
