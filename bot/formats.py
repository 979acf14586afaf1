"""Amounts and dates as the borrower is used to reading them. Babel does the work."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_percent, get_currency_name

from lending.money import Money

_FALLBACK = {"en": "en", "zh-Hans": "zh_Hans_CN", "zh-Hant": "zh_Hant_TW"}

_DAYS = {"mon": "一", "tue": "二", "wed": "三", "thu": "四", "fri": "五", "sat": "六", "sun": "日"}


@lru_cache(maxsize=64)
def locale_for(language: str, country: str | None) -> Locale:
    """Babel's locale for one of our languages and a country, or the language's usual one."""
    for name in (f"{language.replace('-', '_')}_{country}", _FALLBACK[language]):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


@dataclass(frozen=True, slots=True)
class Formats:
    """How one borrower reads numbers. `today` is the local day; other years are spelled out."""

    language: str
    country: str | None
    today: date

    @property
    def _locale(self) -> Locale:
        return locale_for(self.language, self.country)

    def money(self, amount: Money) -> str:
        """$1,326.50, ¥1,326.50, ₹1,82,400.00: the currency's own decimals."""
        return format_currency(
            amount.amount, amount.currency, locale=self._locale, decimal_quantization=True
        )

    def day(self, day: date) -> str:
        """Fri 20 Nov, 11月20日（周五）; with the year when it is not this one."""
        same_year = day.year == self.today.year
        if self.language == "en":
            pattern = "EEE d MMM" if same_year else "EEE d MMM y"
        else:
            pattern = "M月d日（EEE）" if same_year else "y年M月d日（EEE）"
        return format_date(day, pattern, locale=self._locale)

    def month(self, day: date) -> str:
        """Jul 2028, 2028年7月."""
        return format_date(day, "MMM y" if self.language == "en" else "y年M月", locale=self._locale)

    def month_name(self, month: int) -> str:
        """February: of 1 to 12."""
        return format_date(date(2000, month, 1), "MMMM", locale=self._locale)

    def currency(self, code: str) -> str:
        """US dollars, 人民币: what the currency is called."""
        return get_currency_name(code, count=2, locale=self._locale)

    def percent(self, basis_points: int) -> str:
        """14.99%: from basis points."""
        return format_percent(basis_points / 10_000, "#,##0.00%", locale=self._locale)

    def in_days(self, day: date) -> int:
        return (day - self.today).days


def hours_in(team_hours: str, language: str) -> str:
    """Team hours with the English names of days put into Chinese: Mon-Fri is 周一至周五."""
    if language == "en":
        return team_hours
    week = "周" if language == "zh-Hans" else "週"
    days = "|".join(_DAYS)
    text = re.sub(
        rf"\b({days})[a-z]*\b", lambda m: week + _DAYS[m.group(1).lower()], team_hours, flags=re.I
    )
    return re.sub(rf"(?<={week}[一二三四五六日]) ?[-–] ?(?={week})", "至", text)
