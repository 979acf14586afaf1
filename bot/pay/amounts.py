"""Amounts as payment providers count them, where that differs from ISO 4217. Pure.

Stripe takes ISK and UGX with two decimals that must be zero, and three-decimal currencies only in
steps of ten (docs.stripe.com/currencies, read 2026-11). Telegram counts as ISO 4217 does for all
others; both get the same treatment, since Telegram passes an invoice on to such a provider.
"""

from __future__ import annotations

from bot.pay.ports import ProviderRefused
from lending.money import Money, exponent_of

_AS_TWO_DECIMALS = frozenset({"ISK", "UGX"})


def to_provider(amount: Money) -> int:
    """Raises ProviderRefused for an amount that cannot be charged to the last unit."""
    if amount.currency in _AS_TWO_DECIMALS:
        return amount.minor * 100
    if exponent_of(amount.currency) == 3 and amount.minor % 10:
        raise ProviderRefused(
            f"{amount.currency} can only be paid in steps of ten units.",
            hint="Choose an amount with a zero at the end.",
        )
    return amount.minor


def from_provider(minor: int, currency: str) -> Money:
    """Raises ProviderRefused when the provider reports a fraction of our smallest unit."""
    code = currency.upper()
    if code in _AS_TWO_DECIMALS:
        whole, rest = divmod(minor, 100)
        if rest:
            raise ProviderRefused(f"{code} has no decimals.", hint="Look at it by hand.")
        return Money(whole, code)
    return Money(minor, code)
