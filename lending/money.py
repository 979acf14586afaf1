"""Amounts of money: integer minor units and an ISO 4217 currency. Floats never hold money."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from lending.errors import CurrencyMismatch, LendingError

# ISO 4217 minor-unit exponents that are not 2.
_EXPONENTS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def exponent_of(currency: str) -> int:
    """How many decimal places the currency's minor unit has (ISO 4217: 0, 2 or 3)."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (cents, 分, paise) of one currency. May be negative."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise LendingError(
                f"An amount must be a whole number of minor units, not {type(self.minor).__name__}.",
                hint="Convert with Money.from_decimal.",
            )
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise LendingError(
                f"{self.currency!r} is not an ISO 4217 currency code.", hint="Use one such as USD."
            )

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(0, currency)

    @classmethod
    def from_decimal(cls, amount: Decimal, currency: str) -> Money:
        """Round to the minor unit, half to even. LendingError unless the amount is finite."""
        sign, digits, exponent = amount.as_tuple()
        if not isinstance(exponent, int):
            raise LendingError(f"{amount} is not an amount.", hint="Give a finite number.")
        # Built from its digits: arithmetic would round to the context's 28 of them.
        scaled = Decimal((sign, digits, exponent + exponent_of(currency)))
        return cls(int(scaled.to_integral_value(rounding=ROUND_HALF_EVEN)), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, exact, with the currency's number of decimals."""
        sign, digits, _ = Decimal(self.minor).as_tuple()
        return Decimal((sign, digits, -exponent_of(self.currency)))

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(
                f"Cannot combine {self.currency} with {other.currency}.",
                hint="Each account has one currency.",
            )

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __gt__(self, other: Money) -> bool:
        return other < self

    def __ge__(self, other: Money) -> bool:
        return other <= self

    def __bool__(self) -> bool:
        return self.minor != 0

    def at_least_zero(self) -> Money:
        return self if self.minor > 0 else Money.zero(self.currency)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum; zero of `currency` for nothing."""
    result = Money.zero(currency)
    for amount in amounts:
        result = result + amount
    return result
