"""Hours of the day in a clause: "after 6pm", 晚上九点以后, "between 9 and 5", "in the mornings". Pure.

Hours without a half of the day are read as people mean them of contacts: 1 to 7 is after noon, and
"not after 9" is in the evening.
"""

from __future__ import annotations

import re

from compliance.wishes import DAY_MINUTES

Span = tuple[int, int]
"""Minutes of a local day, half-open."""

_CHINESE = dict(zip("一二三四五六七八九十两", (*range(1, 11), 2), strict=True))
_ENGLISH = dict(
    zip(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ],
        range(1, 13),
        strict=True,
    )
)
_CLOCK = (
    r"(?:(?P<part>早上|上午|凌晨|中午|下午|傍晚|晚上|夜里|晚|早)的?)?"
    r"(?<![\d.,$¥£€周月])(?P<hour>\d{1,2}|十[一二]|[一二三四五六七八九十两]|"
    + "|".join(_ENGLISH)
    + r"|noon|midday|midnight)"
    r"(?:(?:[:.：](?P<minute>[0-5]\d)(?!\d))|(?P<point>点钟?|时(?!间))(?P<half>半)?)?"
    r" ?(?P<half_of_day>a\.?m\b|p\.?m\b|o'?clock)?(?: (?:in the|at) (?P<of>morning|afternoon|evening|night))?"
)
_RANGE = re.compile(
    r"(?:between|from)? ?" + _CLOCK + r" ?(?:and|to|till|until|-|–|~|到|至) ?"
    + re.sub(r"\?P<(\w+)>", r"?P<\1_2>", _CLOCK)
)  # fmt: skip
_AFTER = re.compile(
    r"\b(?:after|past|from|since|later than) (?:about )?" + _CLOCK + r"|"
    + re.sub(r"\?P<(\w+)>", r"?P<\1_2>", _CLOCK) + r"(?: onwards?| or later|(?:之|以)?后|过后| 后)"
)  # fmt: skip
_BEFORE = re.compile(
    r"\b(?:before|until|till|til|by|earlier than|prior to) (?:about )?" + _CLOCK + r"|"
    + re.sub(r"\?P<(\w+)>", r"?P<\1_2>", _CLOCK) + r"(?: or earlier|(?:之|以)?前| 前)"
)  # fmt: skip

# Longest first; what one takes, the next does not see. (pattern, spans when unwanted, when wanted)
_NIGHT: tuple[Span, ...] = ((0, 8 * 60), (20 * 60, DAY_MINUTES))
_PARTS: tuple[tuple[str, tuple[Span, ...], tuple[Span, ...]], ...] = (
    (r"中午|午休|lunch ?(?:time|break|hour)?|at noon", ((720, 840),), ((720, 840),)),
    (r"\bmornings?\b|早上|上午|早晨|一大早|清早|早市", ((0, 720),), ((360, 720),)),
    (r"\bafternoons?\b|下午", ((720, 1080),), ((720, 1080),)),
    (r"\bevenings?\b|傍晚|晚上|晚间|今晚", ((1080, 1440),), ((1080, 1440),)),
    (r"\bnights?\b|夜间|夜里|半夜|深夜|凌晨|大晚上|三更半夜", _NIGHT, ((1080, 1440),)),
    (r"\bdaytime\b|during the day\b|白天", ((480, 1080),), ((480, 1080),)),
    (r"after work\b|下班(?:时间|以后|之后|后)?", ((1080, 1440),), ((1080, 1440),)),
)


def spans_in(clause: str, *, is_refused: bool) -> list[Span]:
    """The spans that a clause names: what is closed if it refuses, else what is wanted."""
    if match := _RANGE.search(clause):
        span = _range(match)
        if span is not None:
            return [span]
    found: list[Span] = []
    rest = clause
    for match in _AFTER.finditer(clause):
        start = _minute(match, evening=is_refused)
        if start is not None and start < DAY_MINUTES:
            found.append((start, DAY_MINUTES))
            rest = rest.replace(match.group(), " ")
    for match in _BEFORE.finditer(clause):
        end = _minute(match, evening=False)
        if end:
            found.append((0, end))
            rest = rest.replace(match.group(), " ")
    if len(found) == 2 and not is_refused:
        start, end = max(span[0] for span in found), min(span[1] for span in found)
        return [(start, end)] if start < end else found
    if found:
        return found
    for pattern, unwanted, wanted in _PARTS:
        if re.search(pattern, rest):
            found.extend(unwanted if is_refused else wanted)
            rest = re.sub(pattern, " ", rest)
    return found


def _range(match: re.Match[str]) -> Span | None:
    """Both ends of "9 to 5" or 中午十二点到两点; None when it is no time of day."""
    if not _names_clock(match, "") and not _names_clock(match, "_2"):
        bare = re.match(r"between|from", match.group().strip())
        if not bare:
            return None
    start, end = (
        _minute_of(match, "", evening=False, bare=True),
        _minute_of(match, "_2", evening=False),
    )
    if start is None or end is None:
        return None
    # "6 to 9" is one half of the day: the later one ends it.
    if start < end - 12 * 60 and start >= 60 and not _names_clock(match, "") and start < 8 * 60:
        start += 12 * 60
    if end <= start and end + 12 * 60 <= DAY_MINUTES:
        end += 12 * 60
    return (start, end) if start < end else None


def _names_clock(match: re.Match[str], suffix: str) -> bool:
    names = ("part", "point", "half_of_day", "of", "minute")
    return any(match[name + suffix] for name in names) or (match["hour" + suffix] or "") in (
        "noon", "midday", "midnight",
    )  # fmt: skip


def _minute(match: re.Match[str], *, evening: bool) -> int | None:
    return _minute_of(match, "" if match["hour"] else "_2", evening=evening)


def _minute_of(
    match: re.Match[str], suffix: str, *, evening: bool, bare: bool = False
) -> int | None:
    word = match["hour" + suffix]
    if word in ("noon", "midday", "midnight"):
        return 0 if word == "midnight" and bare else {"midnight": DAY_MINUTES}.get(word, 12 * 60)
    hour = 10 + _CHINESE[word[1]] if word[0] == "十" and len(word) == 2 else number_of(word)
    if hour > 24:
        return None
    half = (match["half_of_day" + suffix] or "")[:1]
    part = (match["part" + suffix] or "") + (match["of" + suffix] or "")
    is_exact = word.startswith("0") or (hour == 0)
    if hour < 12 and not is_exact and _is_second_half(hour, half, part, evening=evening):
        hour += 12
    elif hour == 12 and (half == "a" or part in ("凌晨", "晚上", "夜里", "night")):
        hour = 24 if part in ("晚上", "夜里", "night") else 0
    minutes = int(match["minute" + suffix] or 0) + (30 if match["half" + suffix] else 0)
    return min(hour * 60 + minutes, DAY_MINUTES)


def _is_second_half(hour: int, half: str, part: str, *, evening: bool) -> bool:
    if half in ("a", "p"):
        return half == "p"
    if part:
        return part in ("下午", "傍晚", "晚上", "夜里", "晚", "afternoon", "evening", "night") or (
            part == "中午" and hour < 3
        )
    return hour <= 7 or evening


def is_clock(text: str) -> bool:
    """Whether an hour is named, and no day."""
    match = re.match(_CLOCK, text)
    return bool(match and (match["point"] or match["half_of_day"] or match["of"] or match["minute"]
                           or not re.search(r"\d(?:st|nd|rd|th)|[月号日周天/-]|[a-z]{3}", text[match.start():])))  # fmt: skip


def number_of(word: str) -> int:
    """3, \"three\", 三."""
    known = {**_CHINESE, **_ENGLISH, "a": 1, "an": 1}
    return known[word] if word in known else int(word)
