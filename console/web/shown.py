"""How values look on a page: amounts, days, instants and durations, in one language and zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, format_percent

from console.web.words import Words
from lending.money import Money


class Shown:
    """Formats for one reader. `zone` is the team's; a borrower's own time names its zone."""

    def __init__(self, words: Words, zone: str) -> None:
        self._words = words
        self._locale = words.locale
        self._zone = ZoneInfo(zone)

    def money(self, amount: Money | None) -> str:
        if amount is None:
            return "–"
        return format_currency(
            amount.amount, amount.currency, locale=self._locale, decimal_quantization=True
        )

    def number(self, value: int | float) -> str:
        return format_decimal(value, locale=self._locale)

    def share(self, value: float | None) -> str:
        return "–" if value is None else format_percent(value, "#,##0.#%", locale=self._locale)

    def day(self, day: date | None) -> str:
        if day is None:
            return "–"
        chinese = self._words.language.startswith("zh")
        return format_date(day, "y年M月d日 EEE" if chinese else "EEE d MMM y", locale=self._locale)

    def instant(self, at: datetime | None) -> str:
        """Day and time in the team's zone."""
        if at is None:
            return "–"
        chinese = self._words.language.startswith("zh")
        pattern = "M月d日 HH:mm" if chinese else "d MMM HH:mm"
        return format_datetime(at, pattern, tzinfo=self._zone, locale=self._locale)

    def full_instant(self, at: datetime | None) -> str:
        if at is None:
            return "–"
        return format_datetime(at, "y-MM-dd HH:mm:ss zzz", tzinfo=self._zone, locale=self._locale)

    def time_in(self, at: datetime, zone: str) -> str:
        """The time of day where the borrower is."""
        return format_datetime(at, "EEE HH:mm", tzinfo=ZoneInfo(zone), locale=self._locale)

    def lasting(self, span: timedelta | None) -> str:
        """3 min, 2 h 10 min, 4 d 3 h."""
        if span is None:
            return "–"
        minutes = int(abs(span.total_seconds()) // 60)
        days, hours = minutes // 1440, minutes % 1440 // 60
        return self._words.say("%(d)s d %(h)s h", d=days, h=hours) if days else self.hours(span)

    def local(self, at: datetime) -> str:
        """Day and time in the zone that the instant is of, for a borrower's own time."""
        chinese = self._words.language.startswith("zh")
        pattern = "M月d日 EEE HH:mm" if chinese else "EEE d MMM HH:mm"
        return format_datetime(at, pattern, tzinfo=at.tzinfo, locale=self._locale)

    def hours(self, span: timedelta) -> str:
        """26 h 10 min, without days: working time, of which a day has not 24 hours."""
        hours, rest = divmod(int(abs(span.total_seconds()) // 60), 60)
        if hours:
            return self._words.say("%(h)s h %(m)s min", h=hours, m=rest)
        return self._words.say("%(m)s min", m=rest)
