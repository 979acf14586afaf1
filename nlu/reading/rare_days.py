"""Days in forms that the rules do not know, by recognizers-text. Pure, but slow to load.

It takes 7 to 30 ms, so it is asked only when a text has a digit or a word of time.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import localcontext

_TIME_WORD = re.compile(
    r"\d|day|week|month|year|[天日周月年号]|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
)
_LONGEST = 200


def rare_day(text: str, language: str, today: date, *, past: bool) -> date | None:
    """The nearest day on the wanted side that the library finds, else its first one."""
    from nlu.reading.plain import Text

    plain = Text(text).plain
    if len(plain) > _LONGEST or not _TIME_WORD.search(plain):
        return None
    with localcontext():  # its import sets 15 digits for every Decimal of the thread
        from recognizers_date_time import recognize_datetime
        from recognizers_text import Culture

    culture = Culture.English if language == "en" else Culture.Chinese
    found = recognize_datetime(plain, culture, reference=datetime.combine(today, time()))
    days = []
    for result in found:
        for value in (result.resolution or {}).get("values", ()):
            if value.get("type") in ("date", "datetime") and value.get("value", "")[:2] == "20":
                days.append(date.fromisoformat(value["value"][:10]))
    there = [day for day in days if (day <= today if past else day >= today)]
    if there:
        return max(there) if past else min(there)
    return days[0] if days else None
